"""Common problems (共性问题): similar needs of one chain within the days that the charter says."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Group, Regulation, Seat, Topic
from services.actions import cases
from services.likeness import Likeness, Text
from services.models import Need, TopicCase
from services.models.needs import end_of

MOST = 2000  # needs that are compared, the newest ones
MOST_ALIKE = 150  # of one chain and category
MOST_SHOWN = 20  # of one problem
GIVEN_UP = (Need.Status.DECLINED, Need.Status.WITHDRAWN, Need.Status.MERGED)


@dataclass
class Problem:
    """Needs of a chain that are alike: what they have in common, who asked, and what became of it.

    `number` counts what was merged into them too; `units` are all that asked.
    """

    group: Group
    category: str
    needs: list[Need]
    words: list[str]
    number: int
    units: set[int]
    topics: list[Topic]
    fresh: list[Need]  # that no meeting spoke about or will
    is_set_down: bool = False  # they wait for a meeting that takes topics
    is_enough: bool = False  # there are as many fresh ones as the charter asks for

    @property
    def shown(self) -> list[Need]:
        return self.needs[:MOST_SHOWN]

    @property
    def category_words(self) -> str:
        return Need.Category(self.category).label

    @property
    def why(self) -> str:
        """Why it is one problem, in plain words."""
        facts = {"units": len(self.units), "number": self.number, "category": self.category_words}
        if not self.words:
            return _("%(units)d 家单位提出 %(number)d 次，都属于“%(category)s”类。") % facts
        facts["words"] = _("、").join(f"“{word}”" for word in self.words)  # data
        return (
            _("%(units)d 家单位提出 %(number)d 次，都属于“%(category)s”类，多次提到%(words)s。")
            % facts
        )

    @property
    def standing(self) -> Topic | None:
        """The topic that more needs can be listed under."""
        waits = (Topic.Status.PROPOSED, Topic.Status.DEFERRED)
        return next(
            (
                topic
                for topic in self.topics
                if topic.status in waits or topic.meeting.status != "held"
            ),
            None,
        )


def problems(on: date | None = None) -> list[Problem]:
    """Those of today, the largest first within each group."""
    on = on or timezone.localdate()
    rules = Regulation.objects.settings(on)
    needs = list(_lately(on, rules["common_days"]))
    likeness = Likeness([text_of(need) for need in needs])
    told = _told(needs)
    found = []
    for group, category, part in _parts(needs, on):
        texts = [text_of(need) for need in part]
        for places in _with_duplicates(part, likeness.clusters(texts)):
            problem = _problem(group, category, [part[place] for place in places], told)
            if problem.number >= rules["common_needs"] and len(problem.units) > 1:
                problem.words = likeness.words([text_of(need) for need in problem.needs])
                problem.is_enough = _weight(problem.fresh) >= rules["common_needs"]
                found.append(problem)
    return found


def text_of(need: Need) -> Text:
    return Text(need.title, need.content)


def _lately(on, days) -> QuerySet[Need]:
    since = end_of(on - timedelta(days=days))
    rows = Need.objects.filter(filed_at__gte=since, filed_at__lt=end_of(on))
    rows = rows.exclude(status__in=GIVEN_UP).select_related("unit", "accepted_by")
    rows = rows.defer("contact_phone", "words", "public_words")
    return rows.prefetch_related("cofilers", "merged").order_by("-filed_at", "-pk")[:MOST]


def _parts(needs, on) -> Iterator[tuple[Group, str, list[Need]]]:
    """The needs of each chain by category."""
    groups = defaultdict(set)
    seats = Seat.objects.current(on).exclude(group=None).select_related("group")
    for seat in seats:
        groups[seat.unit_id].add(seat.group)
    parts = defaultdict(list)
    for need in needs:
        for group in groups[need.unit_id]:
            parts[group, need.category].append(need)
    order = list(Need.Category.values)
    for group, category in sorted(
        parts, key=lambda key: (key[0].order, key[0].pk, order.index(key[1]))
    ):
        yield group, category, parts[group, category][:MOST_ALIKE]


def _with_duplicates(needs, clusters) -> list[list[int]]:
    """One need into which others were merged is a cluster too."""
    clustered = {place for places in clusters for place in places}
    alone = [
        [place] for place, need in enumerate(needs) if place not in clustered and need.merged.all()
    ]
    return clusters + alone


def _told(needs) -> dict[int, list[TopicCase]]:
    rows = TopicCase.objects.filter(cases.answered(), need__in=[need.pk for need in needs])
    found = defaultdict(list)
    for case in rows.filter(why=TopicCase.Why.COMMON).select_related("topic__meeting"):
        found[case.need_id].append(case)
    return found


def _problem(group, category, needs, told) -> Problem:
    units = {need.unit_id for need in needs}
    for need in needs:
        units.update(row.unit_id for row in need.cofilers.all())
        units.update(row.unit_id for row in need.merged.all())
    topics = {case.topic_id: case.topic for need in needs for case in told.get(need.pk, ())}
    fresh = [need for need in needs if need.pk not in told]
    return Problem(
        group=group,
        category=category,
        needs=needs,
        words=[],
        number=_weight(needs),
        units=units,
        topics=list(topics.values()),
        fresh=fresh,
        is_set_down=bool(fresh) and all(need.for_meeting_since for need in fresh),
    )


def _weight(needs) -> int:
    """How often it was asked: what was merged was asked too."""
    return sum(1 + len(need.merged.all()) for need in needs)

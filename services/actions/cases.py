"""Needs before a joint meeting (提请联席会议): one that was not solved time and again, or several
that ask for the same. Each becomes a topic once.

A topic is read by every unit that is asked to its meeting, also by a group that comes to it
later, so its words carry the public faces of needs only where the whole alliance sees them. Which
needs a reader sees behind it, the cases say.

Whoever holds a need takes the meeting afterwards, never the other way round.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby

from django.conf import settings
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance.actions import duty_steps, topics
from alliance.models import Group, Meeting, Seat, Topic
from alliance.models.meetings import with_group
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.rights import office, require
from services.models import Need, TopicCase

Why = TopicCase.Why
TITLE = Topic._meta.get_field("title").max_length
TEXT = Topic._meta.get_field("text").max_length


# ── What stands before a meeting already ────────────────────────────────────────────────────


def standing() -> Q:
    """Cases whose topic still waits for its meeting."""
    waits = Q(topic__status__in=(Topic.Status.PROPOSED, Topic.Status.DEFERRED))
    adopted = Q(topic__status=Topic.Status.ADOPTED) & ~Q(topic__meeting__status="held")
    return waits | adopted


def answered() -> Q:
    """Cases that a meeting spoke about, or still will."""
    return standing() | Q(topic__status=Topic.Status.ADOPTED)


def groups_of(need: Need, at: datetime | None = None) -> QuerySet[Group]:
    """The chain groups in which the filing unit sits on a day."""
    seats = Seat.objects.current(timezone.localdate(at)).filter(unit=need.unit_id)
    return Group.objects.filter(pk__in=seats.exclude(group=None).values("group"))


def next_meeting(groups: Iterable[Group], at: datetime | None = None) -> Meeting | None:
    """The next joint meeting of one of the groups that takes topics now."""
    at = at or timezone.now()
    rows = Meeting.objects.filter(with_group(list(groups)), kind=duty_steps.joint_kind())
    rows = rows.filter(status__in=topics.COLLECTING, starts_at__gt=at)
    found = rows.order_by("starts_at", "pk").select_related("convened_by", "kind", "regulation")
    return next((meeting for meeting in found if topics.is_collecting(meeting, at)), None)


# ── One need that was not solved time and again ─────────────────────────────────────────────


@transaction.atomic
def to_meeting(need: Need, at: datetime | None = None) -> Topic | None:
    """Too many setbacks: a topic of the next joint meeting of the filer's group. If none takes
    topics, the need waits for the first that does; that is None. Done twice, nothing happens the
    second time."""
    at = at or timezone.now()
    if stands := need.topic_cases.filter(standing()).select_related("topic").first():
        return stands.topic
    meeting = next_meeting(groups_of(need, at), at)
    topic = meeting and _propose(meeting, [need], Why.SETBACKS, at=at)
    if topic is None:
        _wait([need], at=at)
    return topic


# ── Several needs that ask for the same ─────────────────────────────────────────────────────


@transaction.atomic
def propose(  # noqa: PLR0913
    needs: Sequence[Need], group: Group, *, title: str, text: str, by, at: datetime | None = None
) -> Topic | None:
    """The office puts a common problem before the next joint meeting of a group (提请列入联席会议),
    in words of its own. Without a meeting that takes topics the needs wait for one: None.

    Raises StepRefused if one of the needs stands before a meeting already.
    """
    require(office(by))
    rows = _hold(needs)
    at = at or timezone.now()
    _check_new(rows)
    meeting = next_meeting([group], at)
    if meeting is None:
        _wait(rows, by=by, at=at)
        return None
    words = {"title": title[:TITLE], "text": text[:TEXT]}
    return _propose(meeting, rows, Why.COMMON, by=by, at=at, refuse=True, **words)


@transaction.atomic
def join(topic: Topic, needs: Sequence[Need], *, by, at: datetime | None = None) -> None:
    """Needs that came later are listed under the topic that speaks of their like."""
    require(office(by))
    rows = _hold(needs)
    _check_new(rows)
    still = TopicCase.objects.filter(standing(), topic=topic, why=Why.COMMON).exists()
    if not still:
        raise StepRefused(_("这项议题已经开会研究或者撤回，请另行提请。"))
    _list(topic, rows, Why.COMMON, by=by, at=at or timezone.now())


def common_words(needs: Sequence[Need]) -> dict[str, str]:
    """What a topic of a common problem would say, for the office to write better."""
    shown = [need for need in needs if need.audience == Need.Audience.ALLIANCE]
    if not shown:
        return {"title": _("本产业链企业的一项共性问题"), "text": _spoken_of()}
    title = _("企业%(category)s方面的共性问题") % {"category": shown[0].get_category_display()}
    lines = [need.public_name for need in shown]
    if len(shown) < len(needs):
        lines.append(_spoken_of())
    return {"title": title, "text": "\n".join(lines)}


# ── When a meeting takes topics ─────────────────────────────────────────────────────────────


def waiting() -> QuerySet[Need]:
    """Open needs that wait for a meeting, those that came together side by side."""
    rows = Need.objects.open().exclude(for_meeting_since=None)
    return rows.order_by("for_meeting_since", "category", "pk")


def take_waiting(meeting: Meeting, at: datetime | None = None) -> list[Topic]:
    """A meeting takes topics: what waited for one of its groups is proposed."""
    at = at or timezone.now()
    if not (topics.is_collecting(meeting, at) and meeting.kind == duty_steps.joint_kind()):
        return []
    groups = [meeting.group_id, *meeting.partners.values_list("pk", flat=True)]
    seats = Seat.objects.current(timezone.localdate(at)).filter(group__in=groups)
    rows = waiting().filter(unit__in=seats.values("unit"))
    parts = groupby(rows, key=lambda need: (need.for_meeting_since, need.category))
    found = [_take(meeting, list(part), at) for _key, part in parts]
    return [topic for topic in found if topic]


@transaction.atomic
def _take(meeting, needs, at) -> Topic | None:
    """What came together goes together; of two meetings that reach for it, one gets it."""
    why = Why.COMMON if len(needs) > 1 or not needs[0].setbacks else Why.SETBACKS
    since = needs[0].for_meeting_since
    rows = Need.objects.filter(pk__in=[need.pk for need in needs], for_meeting_since=since)
    if rows.update(for_meeting_since=None) != len(needs):
        transaction.set_rollback(True)
        return None
    topic = _propose(meeting, needs, why, at=at)
    if topic is None:
        Need.objects.filter(pk__in=[need.pk for need in needs]).update(for_meeting_since=since)
    return topic


# ── Under all of them ───────────────────────────────────────────────────────────────────────


def _hold(needs) -> list[Need]:
    """Needs by their numbers, one hand at a time on each; as they are now."""
    rows = Need.objects.filter(pk__in=[need.pk for need in needs]).order_by("pk")
    return list(rows.select_for_update(of=("self",), no_key=True))


def _check_new(needs):
    keys = [need.pk for need in needs]
    there = TopicCase.objects.filter(standing(), need__in=keys).select_related("need", "topic")
    if case := there.first():
        raise StepRefused(
            _("%(number)s 已在议题“%(topic)s”中，不用再提。")
            % {"number": case.need.number, "topic": case.topic}
        )


def _propose(meeting, needs, why, *, by=None, at, refuse=False, **words) -> Topic | None:  # noqa: PLR0913
    """In the name of the unit that convenes: that tells nobody who asked. None if the meeting
    takes no more, unless that is to be told (`refuse`)."""
    try:
        with transaction.atomic(), translation.override(settings.LANGUAGE_CODE):
            facts = words or _words(needs, why)
            topic = topics.propose(meeting, unit=meeting.convened_by, by=None, at=at, **facts)
    except StepRefused:
        if refuse:
            raise
        return None
    _list(topic, needs, why, by=by, at=at)
    return topic


def _list(topic, needs, why, *, by, at):
    Need.objects.filter(pk__in=[need.pk for need in needs]).update(for_meeting_since=None)
    for need in needs:
        case = {"why": why, "added_by": by, "added_at": at}
        TopicCase.objects.get_or_create(topic=topic, need=need, defaults=case)
        events.record("need.tabled", subject=need, by=by, at=at, topic=topic.pk, why=str(why))


def _wait(needs, *, by=None, at):
    for need in needs:
        if Need.objects.filter(pk=need.pk, for_meeting_since=None).update(for_meeting_since=at):
            need.for_meeting_since = at
            events.record("need.set_down", subject=need, by=by, at=at)


def _words(needs, why) -> dict[str, str]:
    if why == Why.COMMON:
        return common_words(needs)
    [need] = needs
    if need.audience != Need.Audience.ALLIANCE:
        return {"title": _("一条需求多次未解决，请会议研究"), "text": _spoken_of()}
    title = _("%(need)s：多次未解决") % {"need": need.public_name}
    return {"title": title, "text": need.public_note}


def _spoken_of() -> str:
    return _("具体情况由党务办公室在会上说明。")

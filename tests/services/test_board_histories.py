"""Whatever happens to needs, in whatever order: the board says of each day what a slow reading of
their events says, and agrees with the headline figures."""

from collections import Counter
from datetime import datetime, timedelta
from math import ceil

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services import boards
from services.actions import dispatching, projects, review, solving, work
from services.actions.filing import withdraw
from services.actions.rights import NotYours
from services.models import Need
from services.models.figures import FIGURES, figure
from tests import make

pytestmark = pytest.mark.django_db
FIRST = timezone.make_aware(datetime(2026, 9, 21, 9))  # noqa: DTZ001 — before the holidays of October
NEEDS, MOST_STEPS = 3, 36


class Park:
    """Lin's unit files, Wu's and Zhao's work, Sun decides."""

    def __init__(self, cast, sun):
        self.cast, self.sun = cast, sun
        self.give = [make.resource(cast.wu_unit, at=FIRST)]
        self.needs = [make.need(cast.lin_unit, at=FIRST) for _place in range(NEEDS)]

    def acts(self, need, at):
        cast, sun = self.cast, self.sun
        reason = {"reason": "原因"}
        worker = cast.wu if need.accepted_by_id == cast.wu_unit.pk else cast.zhao
        other = next(each for each in self.needs if each.pk != need.pk)
        return {
            "publish": lambda: review.publish(need, by=sun, at=at),
            "decline": lambda: review.decline(need, by=sun, at=at, **reason),
            "appeal": lambda: review.appeal(need, by=cast.lin, at=at, **reason),
            "uphold": lambda: review.rule_appeal(need, is_upheld=True, answer="可", by=sun, at=at),
            "reject": lambda: review.rule_appeal(need, is_upheld=False, answer="否", by=sun, at=at),
            "dispatch": lambda: dispatching.dispatch(need, unit=cast.zhao_unit, by=sun, at=at),
            "object": lambda: dispatching.object_to(need, by=cast.zhao, at=at, **reason),
            "rule": lambda: dispatching.rule(need, is_upheld=False, ruling="否", by=sun, at=at),
            "accept": lambda: dispatching.accept(
                need,
                unit=cast.zhao_unit if need.dispatched_to_id else cast.wu_unit,
                by=cast.zhao if need.dispatched_to_id else cast.wu,
                at=at,
            ),
            "contact": lambda: work.contact(need, text="已联系", by=worker, at=at),
            "match": lambda: projects.start(
                need, name="对接", resources=self.give, by=worker, at=at
            ),
            "reassign": lambda: dispatching.reassign(
                need, unit=cast.zhao_unit, by=sun, at=at, **reason
            ),
            "offer": lambda: solving.offer(need, text="已协调", by=worker, at=at),
            "refuse": lambda: solving.refuse(need, by=cast.lin, at=at, **reason),
            "confirm": lambda: solving.confirm(need, rating=4, by=cast.lin, at=at),
            "silence": lambda: solving.confirm_silent(need, at=at),
            "close": lambda: solving.close(need, by=sun, at=at),
            "reopen": lambda: solving.reopen(need, by=sun, at=at, **reason),
            "withdraw": lambda: withdraw(need, by=cast.lin, at=at, **reason),
            "merge": lambda: review.merge(need, into=other, by=sun, at=at),
        }

    def take(self, place, first, at):
        """The first act that is possible, in an order that begins somewhere."""
        need = Need.objects.get(pk=self.needs[place].pk)
        acts = list(self.acts(need, at).values())
        for act in acts[first:] + acts[:first]:
            try:
                with transaction.atomic():
                    return act()
            except (StepRefused, NotYours):
                need.refresh_from_db()
        return None


# ── The slow reading ────────────────────────────────────────────────────────────────────────


FIRST_TIME = {  # events after the first of which a need has come so far, for good
    "filed": "filed",
    "published": "collected",
    "dispatched": "collected",
    "accepted": "accepted",
    "contacted": "contacted",
    "matched": "contacted",
    "offered": "offered",
}
EACH_TIME = {  # events that make it so until another one ends that
    "matched": "matched",
    "confirmed": "solved",
    "confirmed_silently": "auto_solved",
    "closed": "closed",
    "declined": "declined",
    "withdrawn": "withdrawn",
    "merged": "merged",
    "offered": "last_offered",
}
ENDS = {
    "reopened": ("solved", "auto_solved", "closed"),
    "appealed": ("declined",),
}
OVERRULED = {"ruled": "accepted", "appeal_ruled": "declined"}


def happened(need, end):
    kind = ContentType.objects.get_for_model(Need)
    rows = Event.objects.filter(subject_type=kind, subject_id=need.pk, happened_at__lt=end)
    for row in rows.order_by("pk"):
        name = row.name.removeprefix("need.")
        if name in OVERRULED and not row.facts["upheld"]:
            name = OVERRULED[name]
        yield name, row.happened_at


def told(need, end):
    """What a need was, and when it came so, by its events alone."""
    at = {}
    for name, moment in happened(need, end):
        if name in FIRST_TIME:
            at.setdefault(FIRST_TIME[name], moment)
        if name in EACH_TIME:
            at[EACH_TIME[name]] = moment
        for key in ENDS.get(name, ()):
            at.pop(key, None)
    if settled := at.get("solved") or at.get("auto_solved"):
        at |= {"settled": settled, "proposed": at["last_offered"]}
    at.pop("last_offered", None)
    if "filed" in at and not at.keys() & {"settled", "declined", "withdrawn"}:
        at["open"] = at["filed"]
    return at


def slowly(end):
    """Figures, and the times of each step in order."""
    counts, times = Counter(), {step: [] for step in STEPS}
    for need in Need.objects.all():
        at = told(need, end)
        if need.merged_into_id:
            counts["merged"] += "merged" in at
            continue
        counts.update(key for key in at if key != "proposed")
        for step, (since, until) in STEPS.items():
            if since in at and until in at:
                spent = calendar.working_time_between(whole(at[since]), whole(at[until]))
                times[step].append(int(spent.total_seconds()))
    return counts, {step: sorted(values) for step, values in times.items()}


STEPS = {
    "review": ("filed", "collected"),
    "accept": ("collected", "accepted"),
    "contact": ("accepted", "contacted"),
    "match": ("accepted", "matched"),
    "offer": ("accepted", "offered"),
    "confirm": ("proposed", "settled"),
    "close": ("settled", "closed"),
    "whole": ("filed", "settled"),
}


def whole(moment):
    return moment.replace(microsecond=0)


def at_rank(values, percent):
    return values[ceil(len(values) * percent / 100) - 1] if values else None


HISTORIES = st.lists(
    st.tuples(st.integers(0, NEEDS - 1), st.integers(0, 19), st.integers(1, 40)),
    min_size=12,
    max_size=MOST_STEPS,
)


@settings(max_examples=4, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HISTORIES)
def test_what_is_known_follows_each_event(cast, sun, steps):
    """What is made anew after an event is what would be read anew, for every part of the board."""
    with transaction.atomic():
        park, at = Park(cast, sun), FIRST
        for number, (place, first, hours) in enumerate(steps):
            at += timedelta(hours=hours, minutes=7, seconds=31)
            park.take(place, first, at)
            asked = list(scopes(cast, at))
            for scope in (asked[0], asked[1 + number % (len(asked) - 1)]):
                assert boards.board(scope) == boards.read(scope), scope
        transaction.set_rollback(True)


def scopes(cast, at):
    today, day = timezone.localdate(), timedelta(days=1)
    late = {"since": FIRST.date() + 9 * day, "until": max(today, timezone.localdate(at))}
    yield boards.Scope(on=today)
    yield boards.Scope(on=FIRST.date() + 3 * day)
    yield boards.Scope(on=FIRST.date() + 12 * day, group=cast.group)
    yield boards.Scope(on=today, group=cast.group, category="policy")
    yield boards.Scope(on=today, group=boards.OUTSIDE)
    yield boards.Scope(on=today, unit=cast.lin_unit, since=FIRST.date() - 20 * day)
    yield boards.Scope(on=today, since=FIRST.date(), until=FIRST.date())
    yield boards.Scope(on=today, **late)


def test_an_event_that_is_committed_late_is_not_overlooked(cast, sun):
    need, other = (make.need(cast.wu_unit, at=FIRST) for _each in range(2))
    kind = ContentType.objects.get_for_model(Need)
    facts = {"name": "need.closed", "subject_type": kind, "happened_at": FIRST}
    last = Event.objects.latest("pk").pk
    Event.objects.create(pk=last + 2, subject_id=other.pk, **facts)
    scope = boards.Scope(on=timezone.localdate())
    assert boards.board(scope).total.counts["closed"] == 0
    Need.objects.filter(pk=need.pk).update(closed_at=FIRST)
    Event.objects.create(pk=last + 1, subject_id=need.pk, **facts)
    assert boards.board(scope).total.counts["closed"] == 1


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HISTORIES)
def test_the_board_says_of_each_day_what_happened_until_its_end(cast, sun, steps):
    with transaction.atomic():
        park, at = Park(cast, sun), FIRST
        for place, first, hours in steps:
            at += timedelta(hours=hours, minutes=7, seconds=31)
            park.take(place, first, at)
        last = timezone.localdate(at)
        for number in range(-1, (last - FIRST.date()).days + 2, 4):
            check(FIRST.date() + timedelta(days=number))
        transaction.set_rollback(True)


def check(day):
    end = timezone.make_aware(datetime.combine(day + timedelta(days=1), datetime.min.time()))
    counts, times = slowly(end)
    found = boards.read(boards.Scope(on=day)).total
    for key, number in found.counts.items():
        assert number == counts[key], (day, key)
    for key in FIGURES:
        assert Need.objects.filter(figure(key, day)).count() == counts[key], (day, key)
    for key in ("collected", "matched", "solved", "auto_solved"):
        assert getattr(Need.objects, key)(day).count() == counts[key], (day, key)
    for step, values in times.items():
        spread = found.spreads[step]
        assert spread == (len(values), at_rank(values, 50), at_rank(values, 90)), (day, step)


def test_what_was_given_to_another_unit_later_was_accepted_and_contacted_on_the_day(cast, sun):
    park = Park(cast, sun)
    [need, *_others] = park.needs
    review.publish(need, by=sun, at=FIRST)
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu, at=FIRST)
    projects.start(need, name="对接", resources=park.give, by=cast.wu, at=FIRST)
    later = FIRST + timedelta(days=2)
    dispatching.reassign(need, unit=cast.zhao_unit, reason="换", by=sun, at=later)
    on = FIRST.date()
    counts = boards.read(boards.Scope(on=on)).total.counts
    assert counts["accepted"] == counts["contacted"] == counts["matched"] == 1
    check(on)
    check(later.date())

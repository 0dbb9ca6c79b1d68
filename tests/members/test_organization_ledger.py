"""Sun keeps the ledger: what an organization was on any day is what was entered up to that day."""

from datetime import date, timedelta
from itertools import pairwise
from operator import itemgetter

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from members.actions import endings, organizations
from members.models import KindRule, Organization, Tree
from nanchuan.kernel.states import StepRefused

FIRST = date(2025, 1, 1)
DAYS = 300
KINDS = ["committee", "general_branch", "branch"]


class Replay:
    """What should be true on each day, kept the simplest way: a picture for every day."""

    def __init__(self):
        self.days = [{} for _day in range(DAYS + 1)]

    def from_day(self, on, change):
        for number in range((on - FIRST).days, DAYS + 1):
            change(self.days[number])

    def found(self, pk, name, parent, on):
        self.from_day(on, lambda day: day.update({pk: (name, parent)}))

    def rename(self, pk, name, on):
        self.from_day(on, lambda day: day.update({pk: (name, day[pk][1])}))

    def move(self, pk, parent, on):
        self.from_day(on, lambda day: day.update({pk: (day[pk][0], parent)}))

    def end(self, pk, on):
        self.from_day(on, lambda day: day.pop(pk))

    def merge(self, pk, target, on):
        def change(day):
            for child, (name, parent) in list(day.items()):
                if parent == pk:
                    day[child] = (name, target)
            day.pop(pk)

        self.from_day(on, change)


one_step = st.tuples(
    st.sampled_from(["rename", "move", "move", "merge", "merge", "dissolve", "found"]),
    st.integers(0, DAYS),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(KINDS),
)
founding = st.tuples(
    st.just("found"),
    st.integers(0, 40),
    st.integers(0, 30),
    st.integers(0, 30),
    st.sampled_from(KINDS),
)


@st.composite
def histories(draw):
    """Some organizations, then what became of them; mostly in order, sometimes entered late."""
    begun = sorted(draw(st.lists(founding, min_size=4, max_size=7)), key=itemgetter(1))
    later = draw(st.lists(one_step, min_size=3, max_size=9))
    return begun + (later if draw(st.booleans()) else sorted(later, key=itemgetter(1)))


def take(replay, number, step):
    """One step in both worlds; what the action refuses happens in neither."""
    act, day, one, two, kind = step
    on, rows = FIRST + timedelta(days=day), list(Organization._base_manager.order_by("pk"))
    pick = rows[one % len(rows)] if rows else None
    other = rows[two % (len(rows) + 1)] if rows and two % (len(rows) + 1) < len(rows) else None
    name = f"组织{number}"
    if act == "found":
        made = organizations.found(other, name=name, kind=kind, starts_on=on, by=None)
        replay.found(made.pk, name, other and other.pk, on)
    elif pick is None:
        return
    elif act == "rename":
        organizations.rename(pick, name=name, on=on, by=None)
        replay.rename(pick.pk, name, on)
    elif act == "move":
        organizations.move(pick, other, on=on, by=None)
        replay.move(pick.pk, other and other.pk, on)
    elif act == "merge" and other is not None:
        endings.merge(pick, other, on=on, by=None)
        replay.merge(pick.pk, other.pk, on)
    elif act == "dissolve":
        endings.dissolve(pick, on=on, by=None)
        replay.end(pick.pk, on)


def stood(on):
    return {row.pk: (row.name, row.parent_then) for row in Tree.of(on).rows.values()}


def no_gap_and_no_overlap(rows, organization):
    rows = list(rows.order_by("starts_on"))
    assert rows[0].starts_on == organization.starts_on
    assert rows[-1].ends_on == organization.ends_on
    for earlier, later in pairwise(rows):
        assert earlier.ends_on == later.starts_on - timedelta(days=1)


@pytest.mark.django_db
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=histories())
def test_any_day_equals_the_replay_of_what_happened_until_then(db, steps):
    with transaction.atomic():
        KindRule.objects.update(children=KINDS)  # days are the question here, not kinds
        replay, taken = Replay(), 0
        for number, step in enumerate(steps):
            try:
                take(replay, number, step)
                taken += 1
                event(step[0])
            except StepRefused:
                continue
        assume(taken > 2)
        for number in range(0, DAYS + 1, 7):
            assert stood(FIRST + timedelta(days=number)) == replay.days[number]
        everything = Organization._base_manager.all()
        for organization in everything:
            no_gap_and_no_overlap(organization.names, organization)
            no_gap_and_no_overlap(organization.placements, organization)
        agrees_with_the_tree_of_today()
        transaction.set_rollback(True)


def agrees_with_the_tree_of_today():
    """The cached tree and the dated placements say the same of today."""
    assert Organization.objects.find_problems() == ([], [], [], [], [])
    for row in Tree.of(timezone.localdate()).order:
        parent = Organization.objects.get_parent(Organization.objects.get(pk=row.pk))
        assert (parent and parent.pk) == row.parent_then

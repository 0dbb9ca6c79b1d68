"""Random lives of members: the dated rows never overlap, and any day reads as the acts said."""

from datetime import timedelta
from itertools import pairwise

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members.actions import memberships as acts
from members.models import Membership
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
DAYS = 60
STEPS = {
    "full": acts.become_full,
    "suspend": acts.suspend,
    "resume": acts.resume,
    "leave": acts.leave,
    "decease": acts.decease,
}
ACTS = st.tuples(st.sampled_from([*STEPS, "undo"]), st.integers(-3, DAYS + 2))
LIVES = settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


class Told:
    """The same life as a list of days, one standing each: what the rows must answer."""

    def __init__(self, standing):
        self.days = [standing] * (DAYS + 1)
        self.began, self.open, self.undo = 0, True, []

    def take(self, act, day):
        """Whether the act fits; then the days know it."""
        now = self.days[self.began]
        if act == "undo":
            return self._undo()
        if not self.open or day > DAYS or day < self.began:
            return False
        before = (list(self.days), self.began, self.open)
        if act in ("leave", "decease"):
            self.days[day + 1 :] = [None] * (DAYS - day)
            self.open = False
        else:
            standing = self._after(act, now)
            if standing is None or day == self.began:
                return False
            self.days[day:] = [standing] * (DAYS + 1 - day)
            self.began = day
        self.undo.append(before)
        return True

    def _after(self, act, now):
        if act == "full":
            return "full" if now == "probationary" else None
        if act == "suspend":
            return "suspended" if now != "suspended" else None
        if now != "suspended":
            return None
        return next(one for one in reversed(self.days[: self.began]) if one != "suspended")

    def _undo(self):
        if not self.undo:
            return False
        self.days, self.began, self.open = self.undo.pop()
        return True


@LIVES
@given(standing=st.sampled_from(["full", "probationary"]), life=st.lists(ACTS, max_size=12))
def test_any_day_of_a_random_life_reads_as_its_acts_said(standing, life):
    first = timezone.localdate() - timedelta(days=DAYS)
    branch, told = make.organization(), Told(standing)
    person = make.member(branch, standing=standing, starts_on=first)
    for act, number in life:
        try:
            if act == "undo":
                acts.undo(person, by=None)
            else:
                STEPS[act](person, on=first + timedelta(days=number), by=None)
            done = True
        except StepRefused:
            done = False
        assert done == told.take(act, number), (act, number)
    rows = list(person.memberships.order_by("starts_on"))
    for earlier, later in pairwise(rows):
        assert earlier.ends_on == later.starts_on - timedelta(days=1), "no overlap and no gap"
    for number in range(DAYS + 1):
        row = Membership.objects.current(first + timedelta(days=number)).filter(member=person)
        assert [one.standing for one in row] == [one for one in [told.days[number]] if one]

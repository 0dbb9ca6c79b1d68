"""Over any sequence of acts a measure keeps its promises."""

from datetime import datetime, timedelta

from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from alliance.actions import measures as actions
from alliance.models import Measure, MeasureStep
from alliance.statements import Quarter, Statement
from tests import make

START = timezone.make_aware(datetime(2025, 1, 6, 9))  # noqa: DTZ001
TODAY = START.date() + timedelta(days=600)


class Histories(RuleBasedStateMachine):
    """One measure, its acts some days apart, and what earlier quarters said of it."""

    def __init__(self):
        super().__init__()
        unit = make.unit()
        make.seat(unit)
        self.office = make.staff()
        self.now = START
        self.measure = make.measure(
            unit,
            at=START,
            starts_on=START.date(),
            due_on=START.date() + timedelta(days=60),
            clause=make.clause(),
        )
        self.told = {}

    @property
    def status(self):
        return self.measure.status

    def passes(self, days):
        self.now += timedelta(days=days, hours=1)
        return {"by": None, "at": self.now}

    @precondition(lambda self: self.measure.is_open)
    @rule(days=st.integers(0, 40), percent=st.integers(0, 100))
    def note(self, days, percent):
        actions.note(self.measure, text="进展", percent=percent, **self.passes(days))

    @precondition(lambda self: self.status == "in_progress")
    @rule(days=st.integers(0, 90))
    def report(self, days):
        actions.report(self.measure, effect="成效", **self.passes(days))

    @precondition(lambda self: self.status == "reported")
    @rule(days=st.integers(0, 40))
    def confirm(self, days):
        actions.confirm(self.measure, **self.passes(days))

    @precondition(lambda self: self.status == "reported")
    @rule(days=st.integers(0, 40))
    def send_back(self, days):
        actions.send_back(self.measure, reason="不足", **self.passes(days))

    @precondition(lambda self: self.measure.is_open)
    @rule(days=st.integers(0, 40))
    def drop(self, days):
        actions.drop(self.measure, reason="不办了", **self.passes(days))

    @precondition(lambda self: not self.measure.is_open)
    @rule(days=st.integers(0, 40))
    def reopen(self, days):
        actions.reopen(self.measure, reason="重来", **self.passes(days))

    @precondition(lambda self: self.measure.is_open)
    @rule(days=st.integers(0, 20), more=st.integers(1, 120))
    def extend(self, days, more):
        moment = self.passes(days)
        due_on = max(self.measure.due_on, timezone.localdate(self.now)) + timedelta(days=more)
        actions.extend(self.measure, due_on=due_on, reason="推迟", **moment)

    @invariant()
    def the_row_is_true(self):
        row = Measure.objects.with_percent().with_state().get(pk=self.measure.pk)
        assert (row.done_on is not None) == (row.status == "done")
        assert (row.closed_at is not None) == (row.status in ("done", "dropped"))
        assert (row.reported_at is not None) >= (row.status in ("reported", "done"))
        assert (row.state == "late") == row.is_late
        assert row.status == "in_progress" or row.state != "late"
        assert 0 <= row.percent <= 100
        assert all(0 <= note.percent <= 100 for note in row.notes.all())

    @invariant()
    def the_newest_step_says_what_the_row_says(self):
        row = Measure.objects.get(pk=self.measure.pk)
        step = MeasureStep.objects.as_of(self.now + timedelta(seconds=1)).get(measure=row)
        assert (step.status, step.due_on) == (row.status, row.due_on)

    @invariant()
    def a_quarter_that_is_over_never_changes(self):
        quarter = Quarter.of(START.date())
        while quarter.ends_on < timezone.localdate(self.now):
            statement = Statement(self.office, quarter, timezone.localdate(self.now))
            mine = [row for row in statement.rows if row.measure_id == self.measure.pk]
            rows = [(row.state, row.due_on, row.percent, row.progress, row.is_new) for row in mine]
            told = (statement.counts(mine), rows)
            assert self.told.setdefault(quarter, told) == told
            quarter = quarter.after


class TestHistories(TestCase, Histories.TestCase):
    settings = settings(max_examples=15, stateful_step_count=15, deadline=None)

"""Random acts by random people, right and wrong ones: what must hold holds after each of them."""

import os
from collections import Counter
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services.actions import dispatching, filing, projects, review, rights, solving, work
from services.models import Clock, Dispatch, Need, Pause, Solution
from tests import make

pytestmark = pytest.mark.django_db
DEMAND_ALL = os.environ.get("DEMAND_ALL") == "1"
HOURS = st.integers(min_value=1, max_value=40)
UNITS = ("lin", "wu", "zhao", "helper")
PERSONAS = ("sun", *UNITS, "also", "leader")
LEAVES_NO_CLOCK = {"declined", "merged", "withdrawn", "solved", "closed", "offered", "disputed"}

# verb: whose it is (spelt out here, not asked of the code under test)
WHOSE = {
    "change": {"office", "filer"},
    "publish": {"office"},
    "send_back": {"office"},
    "decline": {"office"},
    "appeal": {"filer"},
    "rule_appeal": {"office"},
    "merge": {"office"},
    "dispatch": {"office"},
    "accept": {"taker"},
    "object_to": {"dispatched"},
    "rule": {"office"},
    "reassign": {"office"},
    "ask_help": {"office", "responsible"},
    "finish_help": {"assisting"},
    "release-help": {"office", "responsible"},
    "contact": {"office", "responsible"},
    "start": {"office", "responsible"},
    "note": {"office", "responsible", "assisting"},
    "extend": {"responsible"},
    "decide": {"office"},
    "hold": {"office"},
    "resume": {"office", "responsible"},
    "long_term": {"office"},
    "end_long_term": {"office"},
    "state": {"office", "responsible"},
    "reply": {"filer", "cofiler"},
    "offer": {"office", "responsible"},
    "confirm": {"filer"},
    "refuse": {"filer"},
    "close": {"office"},
    "reopen": {"office", "filer"},
    "withdraw": {"filer"},
}


CALLED = {  # steps whose act has another name
    "return": "send_back",
    "rule-appeal": "rule_appeal",
    "object": "object_to",
    "match": "start",
    "decide-extension": "decide",
    "long-term": "long_term",
    "end-long-term": "end_long_term",
    "ask-help": "ask_help",
    "finish-help": "finish_help",
}
ENDS_IT, LONG = ("withdraw", "decline", "merge"), 30


def act(verb, need, world, *, by, at, unit, yes, other):
    """One act with all that it asks for."""
    when, reason = {"by": by, "at": at}, {"by": by, "at": at, "reason": "原因"}
    text, given = {"by": by, "at": at, "text": "写明情况"}, world.units[unit]
    day = timezone.localdate(at) + timedelta(days=5)
    acts = {
        "change": lambda: filing.change(need, content=f"改为{at}", **when),
        "publish": lambda: review.publish(need, is_complex=yes, **when),
        "send_back": lambda: review.send_back(need, **reason),
        "decline": lambda: review.decline(need, **reason),
        "appeal": lambda: review.appeal(need, **reason),
        "rule_appeal": lambda: review.rule_appeal(need, is_upheld=yes, answer="答复", **when),
        "merge": lambda: review.merge(need, into=other, **when),
        "dispatch": lambda: dispatching.dispatch(need, unit=given, **when),
        "accept": lambda: dispatching.accept(need, unit=given, **when),
        "object_to": lambda: dispatching.object_to(need, **reason),
        "rule": lambda: dispatching.rule(
            need, is_upheld=yes, ruling="裁定", unit=given if yes else None, **when
        ),
        "reassign": lambda: dispatching.reassign(need, unit=given, **reason),
        "ask_help": lambda: dispatching.ask_help(need, units=[given], **when),
        "finish_help": lambda: dispatching.finish_help(need, result="帮了", **when),
        "release-help": lambda: dispatching.release_help(need, units=[given], **when),
        "contact": lambda: work.contact(need, **text),
        "start": lambda: projects.start(need, name="项目", resources=[world.resource], **when),
        "note": lambda: work.note(need, is_public=yes, **text),
        "extend": lambda: work.ask_extension(need, days=3, **reason),
        "decide": lambda: work.decide_extension(need, is_granted=yes, **when),
        "hold": lambda: work.hold(need, expected_on=day, **reason),
        "resume": lambda: work.resume(need, **when),
        "long_term": lambda: work.make_long_term(need, **reason),
        "end_long_term": lambda: work.end_long_term(need, **when),
        "state": lambda: work.state(need, **text),
        "reply": lambda: filing.reply(need, **text),
        "offer": lambda: solving.offer(need, **text),
        "confirm": lambda: solving.confirm(need, rating=5 if yes else 3, **when),
        "refuse": lambda: solving.refuse(need, **reason),
        "close": lambda: solving.close(need, **when),
        "reopen": lambda: solving.reopen(need, **reason),
        "withdraw": lambda: filing.withdraw(need, **reason),
    }
    return acts[verb]()


@pytest.fixture
def world(cast, sun):
    class World:
        """Who is there, and what they ask with."""

        helper = make.unit(name="协办公司")
        also = make.unit(name="同求公司")
        resource = make.resource(at=timezone.now() - timedelta(days=900))

    make.seat(World.helper)
    make.seat(World.also)
    World.units = {"lin": cast.lin_unit, "wu": cast.wu_unit, "zhao": cast.zhao_unit}
    World.units["helper"] = World.helper
    World.people = {
        "sun": sun,
        "lin": cast.lin,
        "wu": cast.wu,
        "zhao": cast.zhao,
        "helper": make.liaison(World.helper),
        "also": make.liaison(World.also),
        "leader": make.staff("leader"),
    }
    return World


class Loop(RuleBasedStateMachine):
    world = None

    def __init__(self):
        super().__init__()
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.now = timezone.now() - timedelta(days=700)
        self.needs, self.heard = [], []

    def teardown(self):
        transaction.set_rollback(True)
        self.savepoint.__exit__(None, None, None)

    @initialize()
    def begin(self):
        for unit in ("lin", "zhao"):
            self._file(unit)

    @rule(unit=st.sampled_from(["lin", "zhao"]))
    def file(self, unit):
        if len(self.needs) < 4:
            self._file(unit)

    def _file(self, unit):
        need = filing.file(
            unit=self.world.units[unit],
            category="staff",
            title="缺人",
            content="缺两名技术员",
            contact_name="联系人",
            contact_phone="13800001234",
            by=self.world.people[unit],
            at=self.now,
        )
        make.cofiler(need, self.world.also)
        self.needs.append(need.pk)

    @rule(
        verb=st.sampled_from(sorted(WHOSE)),
        persona=st.sampled_from(PERSONAS),
        which=st.integers(0, 3),
        unit=st.sampled_from(UNITS),
        yes=st.booleans(),
        hours=HOURS,
    )
    def somebody_acts(self, verb, persona, which, unit, yes, hours):  # noqa: PLR0917
        self._act(verb, persona, which, unit, yes, hours)

    @rule(
        step=st.integers(0, 10**6),
        which=st.integers(0, 3),
        unit=st.sampled_from(UNITS),
        yes=st.booleans(),
        hours=HOURS,
    )
    def who_may_acts(self, step, which, unit, yes, hours):
        """Else little would ever happen: one of the steps that the page would offer somebody."""
        need = Need.objects.get(pk=self.needs[which % len(self.needs)])
        offered = [
            (CALLED.get(verb, verb), name)
            for name in ("sun", *UNITS, "also")
            for verb in rights.verbs(self.world.people[name], need, self.now)
            if hours > LONG or verb not in ENDS_IT
        ]
        if offered:
            self._act(*offered[step % len(offered)], which, unit, yes, hours)

    def _act(self, verb, persona, which, unit, yes, hours):  # noqa: PLR0917
        self.now += timedelta(hours=hours)
        need = Need.objects.get(pk=self.needs[which % len(self.needs)])
        other = Need.objects.get(pk=self.needs[(which + 1) % len(self.needs)])
        may, before = self._may(verb, persona, need), self._everything()
        if verb == "accept" and persona in UNITS:
            unit = persona
        facts = {"by": self.world.people[persona], "at": self.now, "unit": unit}
        try:
            with transaction.atomic():
                act(verb, need, self.world, yes=yes, other=other, **facts)
        except (StepRefused, PermissionDenied):
            assert self._everything() == before, verb
        else:
            assert may, (verb, persona, need.status)
            assert self._everything() != before, verb

    @rule(hours=st.integers(1, 24 * 20))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        solving.confirm_silent_due(self.now)

    def _may(self, verb, persona, need) -> bool:
        unit = self.world.units.get(persona)
        found = {"sun": {"office"}, "also": {"cofiler"}}.get(persona, set())
        if unit:
            helps = need.assistances.filter(unit=unit, ended_at=None).exists()
            parts = {
                "filer": need.unit == unit,
                "responsible": need.accepted_by == unit,
                "dispatched": need.dispatched_to == unit,
                "assisting": helps,
                "taker": need.dispatched_to == unit
                or (need.status == "published" and need.unit != unit),
            }
            found = {part for part, is_so in parts.items() if is_so}
        return not found.isdisjoint(WHOSE[verb])

    def _everything(self):
        events = Event.objects.order_by("pk").values_list("pk", "name", "happened_at")
        return list(Need.objects.order_by("pk").values()), list(events)

    # ── What must hold ──────────────────────────────────────────────────────────────────────

    @invariant()
    def one_unit_has_it(self):
        for need in Need.objects.all():
            standing = [row.unit_id for row in Dispatch.objects.filter(need=need, ended_at=None)]
            has_it = need.accepted_by_id or need.dispatched_to_id
            if need.status == "withdrawn":
                assert standing == []
            else:
                assert standing == ([has_it] if has_it else [])
            assert not (need.accepted_by_id and need.dispatched_to_id)

    @invariant()
    def clocks_run_forward_and_one_of_a_kind(self):
        running = Clock.objects.filter(done_at=None, stopped_at=None)
        kinds = Counter(running.values_list("need", "kind"))
        assert all(number == 1 for number in kinds.values())
        assert all(clock.due_at >= clock.started_at for clock in Clock.objects.all())
        owing = set(running.values_list("need", flat=True))
        for need in Need.objects.filter(status__in=LEAVES_NO_CLOCK):
            assert need.pk not in owing, need.status
            assert need.due_at is None
        open_pauses = Pause.objects.filter(ended_at=None)
        waits = {"returned", "offered"}
        assert all(
            pause.need.status in waits
            for pause in open_pauses.filter(why="enterprise").select_related("need")
        )
        assert not open_pauses.exclude(why="enterprise").exclude(
            need__status__in=["accepted", "in_progress"]
        )

    @invariant()
    def the_headline_is_what_its_events_say(self):
        says = {}
        for event in Event.objects.filter(name__startswith="need.").order_by("happened_at", "pk"):
            says.setdefault(event.subject_id, []).append(event.name)
        alive = [need for need in Need.objects.all() if need.merged_into_id is None]
        rows = {need.pk: says[need.pk] for need in alive}
        passed = {"need.published", "need.dispatched"}
        assert _keys("collected") == {pk for pk, told in rows.items() if passed & set(told)}
        assert _keys("matched") == {pk for pk, told in rows.items() if "need.matched" in told}
        answers = ("need.confirmed", "need.confirmed_silently", "need.reopened")
        last = {
            pk: next((name for name in reversed(told) if name in answers), None)
            for pk, told in rows.items()
        }
        assert _keys("solved") == {pk for pk, name in last.items() if name == answers[0]}
        assert _keys("auto_solved") == {pk for pk, name in last.items() if name == answers[1]}

    @invariant()
    def history_only_grows(self):
        told = list(Event.objects.order_by("pk").values_list("pk", "name", "facts", "happened_at"))
        assert told[: len(self.heard)] == self.heard
        self.heard = told

    @invariant()
    def one_solution_stands(self):
        rows = Solution.objects.filter(refused_at=None, reopened_at=None)
        counts = Counter(rows.values_list("need", flat=True))
        assert all(number == 1 for number in counts.values())
        waiting = set(rows.filter(confirmed_at=None).values_list("need", flat=True))
        offered = set(Need.objects.filter(status="offered").values_list("pk", flat=True))
        assert offered <= waiting


def _keys(figure):
    far = timezone.localdate() + timedelta(days=400)
    return set(getattr(Need.objects, figure)(far).values_list("pk", flat=True))


def test_whatever_people_do_what_must_hold_holds(world):
    Loop.world = world
    demanded = {"max_examples": 60, "stateful_step_count": 60} if DEMAND_ALL else {}
    usual = {"max_examples": 8, "stateful_step_count": 40}
    run_state_machine_as_test(Loop, settings=settings(**usual | demanded))

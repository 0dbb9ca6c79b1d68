"""What stands on whose calendar: every kind for those who see its rows, and nothing for others."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from alliance.actions import meetings as acts
from alliance.actions import signatures
from alliance.models import Meeting
from nanchuan.kernel import calendars
from nanchuan.kernel.calendars import Asked
from services.clock import clock_of
from services.models import Need
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def today():
    return timezone.localdate()


def on_calendar(person, first=None, last=None, **asked):
    """Key → entry of the days around today."""
    first, last = first or today() - 100 * DAY, last or today() + 100 * DAY
    found = calendars.found(Asked(person, first, last, **asked))
    assert len({entry.key for entry in found}) == len(found)
    return {entry.key: entry for entry in found}


@pytest.fixture
def every(cast):
    """A row of each kind in Lin's and Wu's group: key → what it is."""
    make.begun(cast.turn)
    sheet = make.handover(cast.turn)
    meeting = make.meeting(cast.group, by=cast.lin)
    measure = make.measure(cast.wu_unit, group=cast.group, due_on=today() + 5 * DAY)
    milestone = measure.milestones.create(title="节点", due_on=today() + 2 * DAY)
    version = make.regulation("rota")
    signing = version.sign_offs.get(unit=cast.wu_unit)
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    item = make.action_item(cast.wu_unit)
    duty = cast.turn.duties.order_by("order").first()
    return {
        f"meeting-{meeting.pk}": meeting,
        f"turn-{cast.turn.pk}": cast.turn,
        f"measure-{measure.pk}": measure,
        f"milestone-{milestone.pk}": milestone,
        f"item-{item.pk}": item,
        f"duty-{duty.pk}": duty,
        f"handover-{sheet.pk}": sheet,
        f"signoff-{version.pk}-{signing.due_on:%Y%m%d}": signing,
        f"need-{need.pk}": need,
    }


def test_the_office_sees_every_kind(every, sun):
    found = on_calendar(sun)
    assert every.keys() <= found.keys()
    assert {entry.kind.key for entry in found.values()} == {kind.key for kind in calendars.kinds()}
    for key, row in every.items():
        assert found[key].url == row.get_absolute_url()
        assert found[key].title and found[key].status and found[key].state


SEEN = {
    "lin": {
        "meeting",
        "turn",
        "measure",
        "milestone",
        "item",
        "duty",
        "handover",
        "need",
        "signoff",
    },
    "wu": {"meeting", "turn", "measure", "milestone", "item", "duty", "need", "signoff"},
    "zhao": {"signoff"},  # when a need of others is due its public face does not say
}


@pytest.mark.parametrize("name", SEEN)
def test_each_sees_what_the_pages_show(cast, every, name):
    found = on_calendar(getattr(cast, name))
    assert {key.partition("-")[0] for key in every if key in found} == SEEN[name]


def test_a_member_and_a_stranger_see_nothing(cast, every):
    for person in (make.member(cast.wu_branch, user=make.user()).user, make.user()):
        assert on_calendar(person) == {}


def test_canaries_never_show_to_outsiders(cast, every, sun):
    """A draft, another group's meeting, measure, turn and duties, a need for the office only."""
    draft = make.meeting(cast.group, by=cast.lin, title="金丝雀草稿")
    Meeting.objects.filter(pk=draft.pk).update(status="draft")
    make.begun(make.turn(cast.other_group.seats.get()))
    make.meeting(cast.other_group, by=cast.zhao, title="金丝雀会议")
    measure = make.measure(cast.zhao_unit, group=cast.other_group, title="金丝雀举措")
    measure.milestones.create(title="金丝雀节点", due_on=today())
    make.action_item(cast.zhao_unit, text="金丝雀督办")
    make.need(cast.zhao_unit, "accepted", title="金丝雀需求", audience="office")
    seen = {
        person: {entry.title for entry in on_calendar(person).values() if "金丝雀" in entry.title}
        for person in (cast.lin, cast.wu, cast.zhao, sun)
    }
    assert seen[cast.wu] == set()
    assert seen[cast.lin] == {"金丝雀草稿"}
    assert len(seen[cast.zhao]) == 5 and len(seen[sun]) == 6
    strange = [e for e in on_calendar(cast.wu).values() if str(cast.other_group) in e.group]
    assert strange == []


def test_units_narrow_to_what_they_owe_or_attend(cast, every):
    """As Lin sees it: the signature is Lin's own."""
    kinds = {
        unit: {
            key.partition("-")[0]
            for key in on_calendar(cast.lin, units=frozenset([unit.pk]))
            if key in every
        }
        for unit in (cast.lin_unit, cast.wu_unit)
    }
    assert kinds[cast.lin_unit] == {"meeting", "turn", "duty", "handover", "signoff"}
    assert kinds[cast.wu_unit] == {"meeting", "measure", "milestone", "item", "need"}
    assert on_calendar(cast.lin, units=frozenset()) == {}


def test_a_unit_s_own_signature_is_its_own(cast, every):
    found = on_calendar(cast.wu, units=frozenset([cast.wu_unit.pk]))
    assert "signoff" in {key.partition("-")[0] for key in found}


def test_who_assists_has_it_on_the_calendar_too(cast):
    measure = make.measure(cast.lin_unit, group=cast.group, due_on=today())
    measure.assisting.add(cast.wu_unit)
    assert set(on_calendar(cast.wu, units=frozenset([cast.wu_unit.pk]))) == {
        f"measure-{measure.pk}"
    }


def test_the_arriving_unit_hands_over_too(cast):
    make.next_turn(cast.turn, cast.group.seats.get(unit=cast.wu_unit))
    make.begun(cast.turn)
    sheet = make.handover(cast.turn)
    assert f"handover-{sheet.pk}" in on_calendar(cast.wu, units=frozenset([cast.wu_unit.pk]))


def test_a_group_narrows_too(cast, every, sun):
    make.begun(make.turn(cast.other_group.seats.get()))
    other = make.meeting(cast.other_group, by=cast.zhao)
    found = on_calendar(sun, group=cast.group.pk)
    assert every.keys() <= found.keys()
    assert f"meeting-{other.pk}" not in found
    assert f"meeting-{other.pk}" in on_calendar(sun, group=cast.other_group.pk)
    assert not every.keys() & {
        key for key in on_calendar(sun, group=cast.other_group.pk) if not key.startswith("signoff")
    }


# ── Days ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("days", "is_shown"), [(-1, False), (0, True), (4, True), (5, False)])
def test_a_deadline_shows_on_the_days_asked_for(cast, days, is_shown):
    measure = make.measure(cast.wu_unit, group=cast.group, due_on=today() + days * DAY)
    measure.milestones.create(title="节点", due_on=measure.due_on)
    make.action_item(cast.wu_unit, due_on=measure.due_on)
    cast.turn.duties.create(kind="other", title="职责", due_on=measure.due_on)
    found = on_calendar(cast.wu, today(), today() + 4 * DAY)
    kinds = {"measure", "milestone", "item", "duty"} if is_shown else set()
    assert {key.partition("-")[0] for key in found} - {"turn"} == kinds


@pytest.mark.parametrize(
    ("begins", "ends", "is_shown"),
    [
        ((-1, 22), (0, 0), False),  # over at midnight
        ((-1, 23), (0, 1), True),
        ((0, 0), (0, 1), True),
        ((0, 23), (1, 1), True),
        ((1, 0), (1, 1), False),
    ],
)
def test_a_meeting_shows_on_the_days_it_touches(cast, begins, ends, is_shown):
    meeting = make.meeting(cast.group, by=cast.lin)
    moments = [
        timezone.make_aware(datetime.combine(today() + days * DAY, time(hour)))
        for days, hour in (begins, ends)
    ]
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=moments[0], ends_at=moments[1])
    assert (f"meeting-{meeting.pk}" in on_calendar(cast.wu, today(), today())) is is_shown


def test_a_turn_shows_on_each_of_its_days(cast):
    for day in (cast.turn.starts_on, today(), cast.turn.ends_on):
        assert set(on_calendar(cast.wu, day, day)) == {f"turn-{cast.turn.pk}"}
    for day in (cast.turn.starts_on - DAY, cast.turn.ends_on + DAY):
        assert on_calendar(cast.wu, day, day) == {}


@pytest.mark.parametrize("to", ["submitted", "published", "accepted", "in_progress"])
def test_a_need_shows_on_the_day_its_clock_runs_out(cast, sun, to):
    need = make.need(cast.lin_unit, to, taken_by=cast.wu_unit)
    limit = clock_of(Need.objects.with_clocks().get(pk=need.pk))
    entry = on_calendar(sun, limit.due_on, limit.due_on)[f"need-{need.pk}"]
    assert limit.label in entry.title and entry.state == limit.words
    assert f"need-{need.pk}" not in on_calendar(sun, limit.due_on + DAY)


@pytest.mark.parametrize("to", ["returned", "declined", "withdrawn", "offered", "solved", "closed"])
def test_a_need_whose_clock_stands_shows_nowhere(cast, sun, to):
    make.need(cast.lin_unit, to)
    assert set(on_calendar(sun)) == {f"turn-{cast.turn.pk}"}


# ── How it stands ───────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("to", "is_settled"),
    [("in_progress", False), ("reported", False), ("done", True), ("dropped", None)],
)
def test_a_measure_by_its_status(cast, to, is_settled):
    """What is dropped is due on no day."""
    measure = make.measure(cast.wu_unit, to, group=cast.group)
    milestone = measure.milestones.create(title="节点", due_on=today())
    found = on_calendar(cast.wu)
    settled = [
        entry.is_settled
        for key in (f"measure-{measure.pk}", f"milestone-{milestone.pk}")
        if (entry := found.get(key))
    ]
    assert settled == ([] if is_settled is None else [is_settled, to == "done"])


@pytest.mark.parametrize(
    ("status", "sees"),
    [
        ("draft", {"lin", "sun"}),
        ("convened", {"lin", "wu", "sun"}),
        ("held", {"lin", "wu", "sun"}),
        ("cancelled", {"lin", "wu", "sun"}),
    ],
)
def test_a_meeting_by_its_status(cast, sun, status, sees):
    meeting = make.meeting(cast.group, by=cast.lin)
    Meeting.objects.filter(pk=meeting.pk).update(status=status)
    people = {"lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, "sun": sun}
    found = {name: on_calendar(person) for name, person in people.items()}
    key = f"meeting-{meeting.pk}"
    assert {name for name in people if key in found[name]} == sees
    entry = found["sun"][key]
    assert (entry.status, entry.is_settled) == (status, status in ("held", "cancelled"))


def test_called_off_before_it_was_announced_is_nobodys(cast, sun):
    meeting = make.meeting(cast.group, by=cast.lin)
    Meeting.objects.filter(pk=meeting.pk).update(status="draft")
    meeting.invitations.all().delete()
    meeting.refresh_from_db()
    acts.cancel(meeting, reason="不开了", by=cast.lin)
    for person in (cast.lin, sun):
        assert f"meeting-{meeting.pk}" not in on_calendar(person)


@pytest.mark.parametrize(
    ("status", "days", "stands"),
    [
        ("in_progress", -2, ("overdue", "逾期 2 天", False)),
        ("in_progress", 0, ("in_progress", "办理中", False)),
        ("reported", 0, ("waiting", "待确认", False)),
        ("done", 0, ("done", "已办结", True)),
        ("dropped", 0, None),
    ],
)
def test_an_action_item_by_its_status(cast, status, days, stands):
    """What was typed at a meeting that is still going on binds nobody yet."""
    done_on = today() if status == "done" else None
    facts = {"status": status, "due_on": today() + days * DAY, "done_on": done_on}
    item = make.action_item(cast.wu_unit, **facts)
    entry = on_calendar(cast.wu).get(f"item-{item.pk}")
    assert (entry and (entry.status, entry.state, entry.is_settled)) == stands
    Meeting.objects.filter(pk=item.resolution.meeting_id).update(status="convened")
    assert f"item-{item.pk}" not in on_calendar(cast.wu)


@pytest.mark.parametrize(
    ("status", "days", "stands"),
    [
        ("open", -2, ("overdue", "逾期 2 天", False)),
        ("open", 0, ("open", "待办", False)),
        ("done", -2, ("done", "已完成", True)),
        ("dropped", -2, None),
    ],
)
def test_a_duty_by_its_status(cast, status, days, stands):
    due_on = today() + days * DAY
    duty = cast.turn.duties.create(kind="other", title="x", due_on=due_on, status=status)
    entry = on_calendar(cast.lin).get(f"duty-{duty.pk}")
    assert (entry and (entry.status, entry.state, entry.is_settled)) == stands


def test_handing_over_stands_there_once(cast):
    make.begun(cast.turn)
    duty = cast.turn.duties.get(kind="handover")
    assert f"duty-{duty.pk}" in on_calendar(cast.lin)
    sheet = make.handover(cast.turn)
    found = on_calendar(cast.lin)
    assert f"duty-{duty.pk}" not in found
    assert found[f"handover-{sheet.pk}"].first_day == cast.turn.ends_on


def test_signatures_are_one_entry_however_many_units_sign(cast, sun):
    version = make.regulation("rota")
    signing = version.sign_offs.get(unit=cast.wu_unit)
    key = f"signoff-{version.pk}-{signing.due_on:%Y%m%d}"
    assert on_calendar(sun)[key].state == "还有 3 家未签字"
    assert on_calendar(cast.wu)[key].state == "待办"
    signatures.read(signing, by=cast.wu)
    signatures.sign(signing, name="吴", by=cast.wu)
    entry = on_calendar(cast.wu)[key]
    assert (entry.state, entry.status, entry.is_settled) == ("已签字", "done", True)
    assert on_calendar(sun)[key].state == "还有 2 家未签字"
    cast.group.seats.filter(unit=cast.lin_unit).update(ends_on=today() - DAY)
    assert on_calendar(sun)[key].state == "还有 1 家未签字"  # who left signs no more


@pytest.mark.parametrize(
    ("days", "state"), [((-60, -31), "已结束"), ((-30, 30), "当前轮值"), ((40, 60), "将要轮值")]
)
def test_a_turn_says_when_it_is(cast, days, state):
    first, last = (today() + day * DAY for day in days)
    type(cast.turn).objects.filter(pk=cast.turn.pk).update(starts_on=first, ends_on=last)
    assert on_calendar(cast.wu)[f"turn-{cast.turn.pk}"].state == state


def test_a_joint_meeting_stands_on_the_calendars_of_all_its_groups(cast, sun):
    joint = make.meeting(cast.group, by=cast.lin)
    key = f"meeting-{joint.pk}"
    assert key not in on_calendar(cast.zhao)
    joint.partners.add(cast.other_group)
    assert on_calendar(cast.zhao)[key].group == f"{cast.group}、{cast.other_group}"
    for group in (cast.group, cast.other_group):
        assert key in on_calendar(sun, group=group.pk)


def test_what_a_joint_meeting_resolved_is_due_in_all_its_groups(cast, sun):
    joint = make.held_meeting(cast.group)
    joint.partners.add(cast.other_group)
    key = f"item-{make.item(cast.wu_unit, meeting=joint).pk}"
    for group in (cast.group, cast.other_group):
        entry = on_calendar(sun, group=group.pk)[key]
        assert entry.group == f"{cast.group}、{cast.other_group}"

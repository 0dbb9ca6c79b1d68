"""Who may do what with a resource and with a booking: every state × act × person, against the
words of the rule written out a second time."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from nanchuan.kernel.states import StepRefused
from services.actions import bookings, resource_rights, resources
from services.models import Booking, Resource
from tests import make

PEOPLE = ("sun", "lin", "wu", "zhao", "leader", "auditor", "admin")


@pytest.fixture
def people(cast, sun):
    """Lin's unit gives, Wu's takes, Zhao's has nothing to do with it."""
    roles = {name: make.staff(name, name=name) for name in ("leader", "auditor", "admin")}
    return {"sun": sun, "lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, **roles}


# ── Resources ───────────────────────────────────────────────────────────────────────────────

RESOURCE_MAY = {  # from which status by whom; nobody else from anywhere else
    "change": ({"submitted", "returned", "available", "paused"}, {"sun", "lin"}),
    "approve": ({"submitted"}, {"sun"}),
    "return": ({"submitted"}, {"sun"}),
    "pause": ({"available"}, {"sun", "lin"}),
    "resume": ({"paused"}, {"sun", "lin"}),
    "withdraw": ({"submitted", "returned", "available", "paused"}, {"sun", "lin"}),
}
RESOURCE_ACTS = {
    "change": lambda row, by: resources.change(row, title="新的名称", by=by),
    "approve": lambda row, by: resources.approve(row, by=by),
    "return": lambda row, by: resources.send_back(row, reason="请补充", by=by),
    "pause": lambda row, by: resources.pause(row, by=by),
    "resume": lambda row, by: resources.resume(row, by=by),
    "withdraw": lambda row, by: resources.withdraw(row, by=by),
}


def test_the_tables_name_the_same_acts():
    assert RESOURCE_MAY.keys() == RESOURCE_ACTS.keys() == resource_rights.RESOURCE_STEPS.keys()
    assert BOOKING_MAY.keys() == BOOKING_ACTS.keys() == resource_rights.BOOKING_STEPS.keys()


def outcome(act, row, by):
    try:
        act(row, by)
    except PermissionDenied:
        return "not yours"
    except StepRefused:
        return "refused"
    return "done"


@pytest.mark.parametrize("verb", RESOURCE_MAY)
@pytest.mark.parametrize("status", Resource.Status.values)
def test_a_resource_in_every_state_by_every_person(cast, people, status, verb):
    sources, who = RESOURCE_MAY[verb]
    for name in PEOPLE:
        row = make.resource(cast.lin_unit, to=status)
        wanted = "not yours" if name not in who else "done" if status in sources else "refused"
        may = verb in resource_rights.verbs(people[name], row)
        assert outcome(RESOURCE_ACTS[verb], row, people[name]) == wanted, name
        assert may is (wanted == "done"), name


@pytest.mark.parametrize("status", Resource.Status.values)
def test_who_sees_a_resource(cast, people, status):
    row = make.resource(cast.lin_unit, to=status)
    everybody = {"sun", "lin", "wu", "zhao", "leader", "auditor"}
    wanted = everybody if status == "available" else {"sun", "lin", "leader", "auditor"}
    seen = {
        name
        for name, user in people.items()
        if Resource.objects.visible_to(user).filter(pk=row.pk).exists()
    }
    assert seen == wanted


# ── Bookings ────────────────────────────────────────────────────────────────────────────────

ANSWER = {"asked": {"sun", "lin"}, "offered": {"sun", "wu"}}
BACK = {"asked": {"sun", "wu"}, "offered": {"sun", "lin"}}
BOTH = {"sun", "lin", "wu"}
BOOKING_MAY = {
    "agree": lambda status, side: ({"waiting"}, ANSWER[side]),
    "decline": lambda status, side: ({"waiting"}, ANSWER[side]),
    "cancel": lambda status, side: (
        {"waiting", "agreed"},
        BACK[side] if status == "waiting" else BOTH,
    ),
    "use": lambda status, side: ({"agreed"}, BOTH),
    "give-back": lambda status, side: ({"agreed"}, BOTH),
}
BOOKING_ACTS = {
    "agree": lambda row, by: bookings.agree(row, by=by),
    "decline": lambda row, by: bookings.decline(row, by=by),
    "cancel": lambda row, by: bookings.cancel(row, by=by),
    "use": lambda row, by: bookings.use(row, by=by),
    "give-back": lambda row, by: bookings.give_back(row, by=by),
}


@pytest.mark.parametrize("verb", BOOKING_MAY)
@pytest.mark.parametrize("side", Booking.Side.values)
@pytest.mark.parametrize("status", Booking.Status.values)
def test_a_booking_in_every_state_by_every_person(cast, people, status, side, verb):
    sources, who = BOOKING_MAY[verb](status, side)
    need = make.need(cast.wu_unit, "published", office=people["sun"])
    for name in PEOPLE:
        resource = make.resource(cast.lin_unit, capacity=3)
        row = make.booking(resource, cast.wu_unit, to=status, side=side, need=need)
        wanted = "not yours" if name not in who else "done" if status in sources else "refused"
        may = verb in resource_rights.verbs(people[name], row)
        assert outcome(BOOKING_ACTS[verb], row, people[name]) == wanted, name
        assert may is (wanted == "done"), name


@pytest.mark.parametrize("name", PEOPLE)
def test_who_asks_and_who_offers(cast, people, name):
    """For a unit whoever speaks for it, or the office."""
    resource = make.resource(cast.lin_unit)
    need = make.need(cast.wu_unit, "published", office=people["sun"])
    asked = outcome(
        lambda row, by: bookings.ask(row, unit=cast.wu_unit, by=by), resource, people[name]
    )
    assert asked == ("done" if name in {"sun", "wu"} else "not yours")
    offered = outcome(lambda row, by: bookings.offer(row, need=need, by=by), resource, people[name])
    assert offered == ("done" if name in {"sun", "lin"} else "not yours")


def test_what_goes_by_hours_is_cancelled_before_and_settled_after_it_began(cast, people):
    hall = make.resource(cast.lin_unit, is_timed=True, capacity=1)
    begins = timezone.now() + timedelta(days=1)
    span = {"starts_at": begins, "ends_at": begins + timedelta(hours=2)}
    row = make.booking(hall, cast.wu_unit, to="agreed", **span)
    assert resource_rights.verbs(cast.wu, row) == ["cancel"]
    later = begins + timedelta(minutes=1)
    assert resource_rights.verbs(cast.wu, row, later) == ["use", "give-back"]
    with pytest.raises(StepRefused, match="还没有到"):
        bookings.use(row, by=cast.wu)
    with pytest.raises(StepRefused, match="已经开始"):
        bookings.cancel(row, by=cast.wu, at=later)
    bookings.give_back(row, by=cast.wu, at=later)
    assert row.status == "returned"

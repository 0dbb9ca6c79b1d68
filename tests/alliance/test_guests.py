"""Guests: Lin writes down who is asked beside the seats."""

import uuid

import pytest

from alliance.actions import guests as actions
from alliance.models import CheckIn, Guest, Meeting
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

CANARY = "金丝雀嘉宾"


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin)


@pytest.fixture
def guest(cast, meeting):
    return actions.add(meeting, name=CANARY, unit_name="市工信局", job="科长", by=cast.lin)


def typed(**facts):
    defaults = {"name": "周", "unit_name": "市工信局", "job": "科长", "once": uuid.uuid4()}
    return defaults | facts


def test_lin_writes_down_a_guest(sign_in, cast, meeting):
    path, sent = f"/alliance/meetings/{meeting.pk}/guests/", typed()
    client = sign_in(cast.lin)
    client.post(path, sent)
    client.post(path, sent)  # a second click
    assert Guest.objects.get().name == "周"
    page = client.post(path, typed())
    assert "已有同一单位的同名" in page.content.decode()
    assert "周" in sign_in(cast.wu).get(meeting.part_url("invited")).content.decode()


def test_a_guest_without_a_name_is_explained(sign_in, cast, meeting):
    path = f"/alliance/meetings/{meeting.pk}/guests/"
    page = sign_in(cast.lin).post(path, typed(name=""))
    assert page.context["form"].errors["name"]
    assert "市工信局" in page.content.decode()


def test_a_guest_is_put_right(sign_in, cast, guest):
    sign_in(cast.lin).post(f"/alliance/guests/{guest.pk}/edit/", typed(name="周改"))
    guest.refresh_from_db()
    assert guest.name == "周改"


def test_who_did_not_come_is_deleted_who_came_is_struck(sign_in, cast, meeting, guest):
    came = actions.add(meeting, name="来了", by=cast.lin)
    CheckIn.objects.create(meeting=meeting, guest=came, way="chair", name="来了")
    client = sign_in(cast.lin)
    for row in (guest, came):
        client.post(f"/alliance/guests/{row.pk}/remove/")
    came.refresh_from_db()
    assert came.withdrawn_at
    assert list(Guest.objects.all()) == [came]
    assert client.post(f"/alliance/guests/{came.pk}/remove/").status_code == 404
    with pytest.raises(StepRefused):
        actions.remove(came, by=cast.lin)


@pytest.mark.parametrize("verb", ["edit", "remove"])
@pytest.mark.parametrize(
    ("persona", "status"), [("lin", 302), ("sun", 302), ("wu", 403), ("zhao", 404), ("leader", 403)]
)
def test_who_changes_guests(sign_in, cast, sun, guest, verb, persona, status):  # noqa: PLR0917
    others = {"sun": sun, "leader": make.staff("leader")}
    client = sign_in(others.get(persona) or getattr(cast, persona))
    answer = client.post(f"/alliance/guests/{guest.pk}/{verb}/", typed())
    assert answer.status_code == status
    assert (Guest.objects.filter(name=CANARY).exists()) == (status != 302)


@pytest.mark.parametrize("status", Meeting.Status.values)
def test_guests_in_each_status(cast, meeting, guest, status):
    Meeting.objects.filter(pk=meeting.pk).update(status=status)
    acts = (
        lambda: actions.add(meeting, name="周", by=cast.lin),
        lambda: actions.change(guest, name="改", by=cast.lin),
        lambda: actions.remove(guest, by=cast.lin),
    )
    for act in acts:
        if status == "cancelled":
            with pytest.raises(StepRefused):
                act()
        else:
            act()


def test_events_name_no_guest(guest):
    rows = Event.objects.filter(name="meeting.guest_added")
    told = str(list(rows.values_list("subject_label", "facts")))
    assert rows.count() == 1
    assert CANARY not in told


def test_zhao_reads_no_guest_of_another_group(sign_in, cast, guest):
    answer = sign_in(cast.zhao).get(guest.meeting.part_url("invited"))
    assert answer.status_code == 404
    assert CANARY in sign_in(cast.wu).get(guest.meeting.part_url("invited")).content.decode()


@pytest.mark.parametrize("status", ["submitted", "approved"])
def test_minutes_that_were_handed_in_keep_their_guests(cast, meeting, guest, status):
    """Names and jobs stand in what the office reads."""
    Meeting.objects.filter(pk=meeting.pk).update(status="held")
    meeting.minutes.create(status=status)
    with pytest.raises(StepRefused):
        actions.change(guest, job="局长", by=cast.lin)

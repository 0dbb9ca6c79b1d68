"""A draft is its unit's own business until it is announced; then it is a meeting like others."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from alliance.actions import meetings as actions
from alliance.models import Meeting
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make


@pytest.fixture
def draft(cast):
    make.begun(cast.turn)
    return Meeting.objects.get()


def url(draft, verb=""):
    return f"/alliance/meetings/{draft.pk}/" + (f"{verb}/" if verb else "")


def typed(draft, **changes):
    day = timezone.localtime() + timedelta(days=10)
    values = {
        "kind": draft.kind_id,
        "title": draft.title,
        "starts_at": f"{day:%Y-%m-%dT%H:%M}",
        "ends_at": f"{day + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "place": "会议厅",
        "seen": draft.sequence,
        "once": uuid.uuid4(),
    }
    return values | changes


def test_only_its_unit_and_the_office_see_a_draft(client, cast, draft, sun):
    leader = make.staff("leader")
    for user, status in ((cast.lin, 200), (sun, 200), (leader, 200), (cast.wu, 404)):
        client.force_login(user)
        assert client.get(url(draft)).status_code == status
        found = draft.title in client.get("/alliance/meetings/").content.decode()
        assert found == (status == 200)
        assert client.get(cast.group.get_absolute_url()).status_code == 200
    client.force_login(cast.wu)
    page = client.get(cast.turn.get_absolute_url()).content.decode()
    assert draft.title not in page


def test_a_draft_is_saved_without_a_place(client, cast, draft):
    client.force_login(cast.lin)
    assert client.post(url(draft, "edit"), typed(draft, place="")).status_code == 302
    draft.refresh_from_db()
    assert draft.status == "draft"
    assert not draft.invitations.exists()
    assert Event.objects.filter(name="meeting.redrafted").count() == 1
    assert not Event.objects.filter(name__in=["meeting.moved", "meeting.changed"]).exists()


def test_saved_and_announced_in_one_step(client, cast, draft):
    client.force_login(cast.lin)
    sent = typed(draft, announce="1")
    asked = client.post(url(draft, "edit"), sent)
    if seal := asked.context and asked.context.get("seal"):  # a day off, or short notice
        assert 'name="announce" value="1"' in asked.content.decode()
        assert draft.title not in client.get("/inbox/").content.decode()
        sent |= {"confirm": seal}
    response = client.post(url(draft, "edit"), sent, follow=True)
    assert "各成员单位会收到通知" in response.content.decode()
    draft.refresh_from_db()
    assert (draft.status, draft.place) == ("convened", "会议厅")
    assert set(draft.invitations.values_list("unit_name", flat=True)) == {"lin公司", "wu公司"}
    tick()
    rules = Notice.objects.filter(recipient=cast.wu, reminder__rule__startswith="meeting.")
    assert list(rules.values_list("reminder__rule", flat=True)) == ["meeting.notice"]


def test_announcing_without_a_place_is_explained_and_nothing_is_lost(client, cast, draft):
    client.force_login(cast.lin)
    page = client.post(url(draft, "edit"), typed(draft, place="", title="改好的名称", announce="1"))
    assert page.context["form"].errors["place"]
    assert "改好的名称" in page.content.decode()
    client.post(url(draft, "announce"))
    draft.refresh_from_db()
    assert draft.status == "draft"


def test_the_button_of_a_complete_draft(client, cast, draft):
    client.force_login(cast.lin)
    assert url(draft, "announce") not in client.get(url(draft)).content.decode()
    client.post(url(draft, "edit"), typed(draft))
    assert url(draft, "announce") in client.get(url(draft)).content.decode()
    client.post(url(draft, "announce"))
    draft.refresh_from_db()
    assert draft.status == "convened"
    client.post(url(draft, "announce"))  # a second click
    assert Event.objects.filter(name="meeting.convened").count() == 1


def test_a_time_that_has_passed_is_not_announced(cast, draft):
    Meeting.objects.filter(pk=draft.pk).update(place="会议厅")
    with pytest.raises(StepRefused, match="已过"):
        actions.announce(draft, by=cast.lin, at=draft.starts_at + timedelta(minutes=1))


def test_drafts_remind_nobody_and_are_cancelled_in_silence(cast, draft):
    actions.change(draft, by=cast.lin, seen=0, place="会议厅")
    actions.cancel(draft, reason="与市里会议冲突", by=cast.lin)
    tick()
    assert not Reminder.objects.filter(rule__startswith="meeting.").exists()
    assert Event.objects.filter(name="meeting.discarded").count() == 1


@pytest.mark.parametrize("verb", ["edit", "announce", "cancel", "hold"])
def test_others_reach_no_draft(client, cast, draft, verb):
    client.force_login(cast.wu)
    assert client.post(url(draft, verb), typed(draft)).status_code == 404
    assert client.post(url(draft, verb), typed(draft)).status_code == 404
    draft.refresh_from_db()
    assert (draft.status, draft.place) == ("draft", "")


# What each step makes of each status; None: refused.
TABLE = {
    "announce": {"draft": "convened"},
    "change": {"draft": "draft", "convened": "convened"},
    "cancel": {"draft": "cancelled", "convened": "cancelled"},
    "hold": {"convened": "held"},
}
STEPS = {
    "announce": lambda row, at: actions.announce(row, by=None, at=at),
    "change": lambda row, at: actions.change(row, by=None, seen=row.sequence, title="新", at=at),
    "cancel": lambda row, at: actions.cancel(row, reason="因", by=None, at=at),
    "hold": lambda row, at: make.hold(row, at=row.starts_at),
}


@pytest.mark.parametrize("status", Meeting.Status.values)
@pytest.mark.parametrize("verb", STEPS)
def test_each_step_from_each_status(draft, verb, status):
    Meeting.objects.filter(pk=draft.pk).update(status=status, place="会议厅")
    draft.refresh_from_db()
    expected = TABLE[verb].get(status)
    if expected is None:
        with pytest.raises(StepRefused):
            STEPS[verb](draft, timezone.now())
    else:
        STEPS[verb](draft, timezone.now())
    draft.refresh_from_db()
    assert draft.status == (expected or status)


def test_a_meeting_that_is_convened_belongs_to_the_turn(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    assert meeting.turn == cast.turn


def test_an_open_turn_convenes_nothing(cast, sun):
    cast.turn.seat = cast.turn.due_seat = None
    cast.turn.save()
    with pytest.raises(StepRefused, match="轮值单位"):
        make.meeting(cast.group, by=sun)


def test_a_draft_that_was_called_off_stays_its_units_own_business(client, cast, draft, sun):
    actions.cancel(draft, reason="合并召开", by=cast.lin)
    for user, status in ((cast.wu, 404), (cast.zhao, 404), (cast.lin, 200), (sun, 200)):
        client.force_login(user)
        assert client.get(url(draft)).status_code == status
    client.force_login(cast.wu)
    assert draft.title not in client.get("/alliance/meetings/").text


def test_a_meeting_that_was_called_off_stays_everybodys(client, cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    actions.cancel(meeting, reason="合并召开", by=cast.lin)
    client.force_login(cast.wu)
    assert client.get(url(meeting)).status_code == 200


@pytest.mark.parametrize("persona", ["wu", "zhao"])
def test_each_act_asks_whose_meeting_it_is(cast, draft, persona):
    by = getattr(cast, persona)
    acts = [
        lambda: actions.announce(draft, by=by),
        lambda: actions.change(draft, by=by, seen=0, title="别的会"),
        lambda: actions.cancel(draft, reason="不开了", by=by),
    ]
    for act in acts:
        with pytest.raises(PermissionDenied):
            act()
    draft.refresh_from_db()
    assert (draft.status, draft.sequence) == ("draft", 0)

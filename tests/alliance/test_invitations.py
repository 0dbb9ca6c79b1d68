"""Invitations: Wu's unit says whether it comes, Lin counts on it, more are invited and fewer."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import invitations as actions
from alliance.actions import meetings
from alliance.actions.invitations import Answer
from alliance.models import CheckIn, Invitation, Meeting
from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.inbox import lines
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.rules import rule_named
from nanchuan.notices.tasks import send_mail, tick
from tests import make

CANARY = "金丝雀请假原因"
SOON = timedelta(seconds=1)


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin)


@pytest.fixture
def invitation(cast, meeting):
    return meeting.invitations.get(seat__unit=cast.wu_unit)


def url(row, verb=""):
    noun = {"Meeting": "meetings", "Invitation": "invitations"}[type(row).__name__]
    return f"/alliance/{noun}/{row.pk}/" + (f"{verb}/" if verb else "")


def typed(reply="attend", seen="", **facts):
    defaults = {
        "attend": {"attendee": "吴"},
        "leave": {"reason": "出差"},
        "substitute": {"substitute": "郑", "job": "副书记", "mandate": "full"},
    }
    sent = {"reply": reply, "seen": seen, "once": uuid.uuid4()}
    return sent | defaults.get(reply, {}) | facts


def give(invitation, reply="attend", by=None, **facts):
    answer = {"attend": Answer("attend", "吴"), "leave": Answer("leave", reason=CANARY)}.get(
        reply, Answer("substitute", "郑", "副书记", "speak")
    )
    actions.reply(invitation, answer, seen=invitation.replied_at, by=by, **facts)


def inbox(user):
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    return list(rows.values_list("reminder__rule", flat=True))


def text(client, path):
    return client.get(path).content.decode()


# ── The reply ───────────────────────────────────────────────────────────────────────────────


def test_the_notice_leads_to_the_reply_with_the_speaker_filled_in(sign_in, cast, invitation):
    client = sign_in(cast.wu)
    answer = client.get(url(invitation.meeting, "reply"))
    assert answer.url == url(invitation, "reply")
    page = text(client, url(invitation, "reply"))
    assert 'value="wu"' in page
    assert "回复会议邀请" in text(client, "/")


@pytest.mark.parametrize("reply", ["attend", "leave", "substitute"])
def test_wu_replies(sign_in, cast, invitation, reply):
    client = sign_in(cast.wu)
    assert client.post(url(invitation, "reply"), typed(reply)).status_code == 302
    invitation.refresh_from_db()
    assert (invitation.reply, invitation.replied_by) == (reply, cast.wu)
    kept = (invitation.attendee, invitation.job, invitation.mandate, invitation.reason)
    assert (
        kept
        == {
            "attend": ("吴", "", "", ""),
            "leave": ("", "", "", "出差"),
            "substitute": ("郑", "副书记", "full", ""),
        }[reply]
    )
    assert "回复会议邀请" not in text(client, "/")


@pytest.mark.parametrize(
    ("reply", "missing", "word"),
    [
        ("attend", "attendee", "请填写参会人"),
        ("leave", "reason", "请写明请假原因"),
        ("substitute", "substitute", "请填写代会人的姓名"),
        ("substitute", "job", "请填写代会人的职务"),
        ("substitute", "mandate", "请选择代会人的权限"),
        ("", "", "请选择参加、请人代会或请假"),
    ],
)
def test_what_is_missing_is_said_and_nothing_is_lost(  # noqa: PLR0917
    sign_in, cast, invitation, reply, missing, word
):
    sent = typed(reply, **{missing: " "} if missing else {})
    page = sign_in(cast.wu).post(url(invitation, "reply"), sent).content.decode()
    assert word in page
    if reply == "substitute" and missing != "substitute":
        assert "郑" in page
    invitation.refresh_from_db()
    assert invitation.reply == ""


def test_of_a_changed_reply_nothing_old_is_left(cast, invitation):
    give(invitation, "substitute", cast.wu)
    give(invitation, "leave", cast.wu)
    assert (invitation.attendee, invitation.mandate) == ("", "")
    give(invitation, "attend", cast.wu)
    assert invitation.reason == ""


def test_of_two_speakers_the_second_is_told_and_may_insist(sign_in, cast, invitation):
    liaison = make.liaison(cast.wu_unit, name="联络员")
    client = sign_in(cast.wu)
    seen = client.get(url(invitation, "reply")).context["form"]["seen"].value()
    give(invitation, "leave", liaison)
    page = client.post(url(invitation, "reply"), typed("attend", seen=seen))
    body = page.content.decode()
    assert "刚由联络员回复为“请假”" in body
    invitation.refresh_from_db()
    assert invitation.reply == "leave"
    again = typed("attend", seen=page.context["form"].data["seen"])
    client.post(url(invitation, "reply"), again)
    invitation.refresh_from_db()
    assert invitation.reply == "attend"


STATES = {"draft": False, "convened": True, "held": False, "cancelled": False}


@pytest.mark.parametrize("status", Meeting.Status.values)
@pytest.mark.parametrize("reply", ["attend", "leave", "substitute"])
def test_each_reply_in_each_status(cast, invitation, reply, status):
    Meeting.objects.filter(pk=invitation.meeting_id).update(status=status)
    if STATES[status]:
        give(invitation, reply, cast.wu)
        return
    with pytest.raises(StepRefused):
        give(invitation, reply, cast.wu)


def test_until_the_meeting_begins(cast, invitation):
    starts_at = invitation.meeting.starts_at
    give(invitation, "attend", cast.wu, at=starts_at - SOON)
    with pytest.raises(StepRefused, match="已开始"):
        give(invitation, "leave", cast.wu, at=starts_at)


@pytest.mark.parametrize(
    ("persona", "status"),
    [("lin", 302), ("wu", 302), ("sun", 302), ("zhao", 404), ("leader", 403), ("seated", 403)],
)
def test_who_answers_for_wu(sign_in, cast, invitation, sun, persona, status):  # noqa: PLR0917
    third = make.unit()
    make.seat(third, cast.group)
    others = {"sun": sun, "leader": make.staff("leader"), "seated": make.liaison(third)}
    user = others.get(persona) or getattr(cast, persona)
    answer = sign_in(user).post(url(invitation, "reply"), typed())
    assert answer.status_code == status
    invitation.refresh_from_db()
    assert invitation.replied_by == (user if status == 302 else None)


def test_what_came_by_telephone_shows_who_wrote_it(sign_in, cast, invitation, sun):
    client = sign_in(sun)
    assert "由您代为登记" in text(client, url(invitation, "reply"))
    client.post(url(invitation, "reply"), typed("leave"))
    assert "sun登记" in text(client, url(invitation.meeting, "invited"))
    assert "sun登记" in text(sign_in(cast.wu), url(invitation.meeting, "invited"))


def test_why_somebody_is_on_leave_is_for_the_unit_and_for_whoever_convenes(
    sign_in, cast, invitation
):
    third = make.unit()
    make.seat(third, cast.group)
    give(invitation, "leave", cast.wu)
    for user in (cast.wu, cast.lin):
        assert CANARY in text(sign_in(user), url(invitation.meeting, "invited"))
    page = text(sign_in(make.liaison(third)), url(invitation.meeting, "invited"))
    assert "请假" in page
    assert CANARY not in page
    assert CANARY not in str(list(Event.objects.values_list("facts", flat=True)))


def test_the_forecast_counts_who_said_they_come(sign_in, cast, invitation):
    page = text(sign_in(cast.lin), url(invitation.meeting, "invited"))
    assert "还差 2 个到法定人数" in page
    give(invitation, "substitute", cast.wu)
    own = invitation.meeting.invitations.get(seat__unit=cast.lin_unit)
    give(own, "attend", cast.lin)
    assert "够法定人数" in text(sign_in(cast.lin), url(invitation.meeting, "invited"))


def test_a_reply_to_the_old_time_says_so(sign_in, cast, invitation):
    give(invitation, "attend", cast.wu)
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    assert "改期前的回复" not in text(sign_in(cast.lin), url(meeting, "invited"))
    starts_at = meeting.starts_at + timedelta(days=1)
    meetings.change(
        meeting, by=cast.lin, seen=0, starts_at=starts_at, ends_at=starts_at + timedelta(hours=1)
    )
    assert "改期前的回复" in text(sign_in(cast.lin), url(meeting, "invited"))


# ── Notices ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("reply", "told"), [("attend", 0), ("leave", 1), ("substitute", 1)])
def test_lin_hears_of_a_leave_and_of_a_substitute(cast, invitation, reply, told):
    tick()
    give(invitation, reply, cast.wu)
    tick()
    tick()
    assert inbox(cast.lin).count("invitation.replied") == told
    assert "invitation.replied" not in inbox(cast.wu)
    assert inbox(cast.zhao) == []


def test_whoever_comes_after_all_is_told_too(cast, invitation):
    give(invitation, "leave", cast.wu)
    tick()
    give(invitation, "attend", cast.wu)
    tick()
    assert inbox(cast.lin).count("invitation.replied") == 2


def test_a_reply_changed_before_it_was_told_is_told_as_it_is(cast, invitation):
    give(invitation, "leave", cast.wu)
    give(invitation, "substitute", cast.wu)
    tick()
    assert inbox(cast.lin).count("invitation.replied") == 1


def test_units_without_an_answer_are_reminded_once(cast, invitation):
    tick()
    rows = Reminder.objects.filter(rule="meeting.reply_wanted")
    on = timezone.localdate(invitation.meeting.starts_at)
    expected = calendar.working_days_before(on, 2)
    assert timezone.localdate(rows.get().due_at) == expected
    own = invitation.meeting.invitations.get(seat__unit=cast.lin_unit)
    give(own, "attend", cast.lin)
    Meeting.objects.filter(pk=invitation.meeting_id).update(
        starts_at=timezone.now() + timedelta(hours=1)
    )
    for _again in range(2):
        rows.update(due_at=timezone.now() - SOON)
        tick()
    assert inbox(cast.wu).count("meeting.reply_wanted") == 1
    assert "meeting.reply_wanted" not in inbox(cast.lin) + inbox(cast.zhao)


def test_on_leave_they_hear_of_changes_but_are_not_reminded_to_come(cast, invitation):
    tick()
    give(invitation, "leave", cast.wu)
    Reminder.objects.filter(rule="meeting.reminder").update(due_at=timezone.now() - SOON)
    tick()
    assert "meeting.reminder" in inbox(cast.lin)
    assert "meeting.reminder" not in inbox(cast.wu)
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    meetings.change(meeting, by=cast.lin, seen=0, place="新厅")
    meetings.cancel(meeting, reason="改期", by=cast.lin)
    tick()
    assert "meeting.cancelled" in inbox(cast.wu)


# ── More, and fewer ─────────────────────────────────────────────────────────────────────────


def test_a_seat_of_another_group_is_invited_and_hears_once(sign_in, cast, meeting):
    tick()
    seat = cast.other_group.seats.get()
    assert sign_in(cast.zhao).get(url(meeting)).status_code == 404
    client = sign_in(cast.lin)
    assert "zhao公司" in text(client, url(meeting, "invite"))
    client.post(url(meeting, "invite"), {"seats": seat.pk, "once": uuid.uuid4()})
    tick()
    tick()
    assert inbox(cast.zhao) == ["invitation.added"]
    assert inbox(cast.wu) == ["meeting.notice"]
    assert sign_in(cast.zhao).get(url(meeting)).status_code == 200
    with pytest.raises(StepRefused, match="已受邀"):
        actions.invite(meeting, [seat], by=cast.lin)


def test_a_seat_that_is_over_is_not_invited(cast, meeting):
    seat = cast.other_group.seats.get()
    seat.ends_on = timezone.localdate()
    seat.save()
    with pytest.raises(StepRefused):
        actions.invite(meeting, [seat], by=cast.lin)


def test_a_withdrawn_unit_hears_so_once_and_nothing_more(sign_in, cast, invitation, mailoutbox):
    tick()
    client = sign_in(cast.lin)
    sent = {"reason": "本次议题不涉及", "once": uuid.uuid4()}
    assert client.post(url(invitation, "withdraw"), sent).status_code == 302
    tick()
    meeting = Meeting.objects.get(pk=invitation.meeting_id)
    meetings.change(meeting, by=cast.lin, seen=0, place="新厅")
    Reminder.objects.filter(rule__in=["meeting.reminder", "meeting.reply_wanted"]).update(
        due_at=timezone.now() - SOON
    )
    tick()
    meetings.cancel(meeting, reason="冲突", by=cast.lin)
    tick()
    send_mail()
    assert inbox(cast.wu) == ["meeting.notice", "meeting.uninvited"]
    assert "本次议题不涉及" in [mail for mail in mailoutbox if cast.wu.email in mail.to][-1].body
    assert "回复会议邀请" not in text(sign_in(cast.wu), "/")


def test_invited_again_the_old_answer_is_gone(cast, invitation):
    give(invitation, "leave", cast.wu)
    actions.withdraw(invitation, reason="误邀", by=cast.lin)
    actions.invite(invitation.meeting, [invitation.seat], by=cast.lin)
    found = Invitation.objects.get(pk=invitation.pk)
    assert (found.withdrawn_at, found.reply, found.reason, found.replied_at) == (None, "", "", None)
    with pytest.raises(StepRefused):
        actions.invite(invitation.meeting, [invitation.seat], by=cast.lin)


def test_whoever_came_stays_invited(cast, invitation):
    row = CheckIn.objects.create(meeting=invitation.meeting, invitation=invitation, way="hand")
    with pytest.raises(StepRefused, match="已经签到"):
        actions.withdraw(invitation, reason="误邀", by=cast.lin)
    row.withdrawn_at = timezone.now()
    row.save()
    actions.withdraw(invitation, reason="误邀", by=cast.lin)


@pytest.mark.parametrize("status", Meeting.Status.values)
def test_invitations_change_only_while_it_is_announced(cast, invitation, status):
    Meeting.objects.filter(pk=invitation.meeting_id).update(status=status)
    seat = cast.other_group.seats.get()
    for act in (
        lambda: actions.invite(invitation.meeting, [seat], by=cast.lin),
        lambda: actions.withdraw(invitation, reason="误邀", by=cast.lin),
    ):
        if status == "convened":
            act()
        else:
            with pytest.raises(StepRefused):
                act()


def test_only_whoever_convenes_withdraws(sign_in, cast, invitation):
    sent = {"reason": "误邀", "once": uuid.uuid4()}
    assert sign_in(cast.wu).post(url(invitation, "withdraw"), sent).status_code == 403
    assert sign_in(cast.zhao).post(url(invitation, "withdraw"), sent).status_code == 404
    invitation.refresh_from_db()
    assert invitation.withdrawn_at is None


def test_a_seat_that_leaves_before_the_day_is_pointed_out(sign_in, cast, invitation):
    assert "可以撤回邀请" not in text(sign_in(cast.lin), url(invitation.meeting, "invited"))
    seat = invitation.seat
    seat.ends_on = timezone.localdate() + timedelta(days=1)
    seat.save()
    page = text(sign_in(cast.lin), url(invitation.meeting, "invited"))
    assert "可以撤回邀请" in page
    assert url(invitation, "withdraw") in page


# ── Before anybody heard of the meeting ─────────────────────────────────────────────────────


def test_whoever_is_invited_before_the_first_notice_left_hears_once(cast, meeting):
    """A worker that was down finds both in its queue."""
    actions.invite(meeting, [cast.other_group.seats.get()], by=cast.lin)
    for _again in range(3):
        tick()
    assert inbox(cast.zhao) == ["meeting.notice"]
    assert inbox(cast.wu) == ["meeting.notice"]


def test_whoever_is_taken_out_before_the_first_notice_left_hears_nothing(cast, invitation):
    actions.withdraw(invitation, reason="误邀", by=cast.lin)
    for _again in range(3):
        tick()
    assert inbox(cast.wu) == []
    assert inbox(cast.lin) == ["meeting.notice"]


def test_whoever_was_never_told_to_come_is_not_told_to_stay_away(cast, meeting):
    """Invited later and taken out again, one by one or with a group, while the worker was down."""
    tick()
    [row] = actions.invite(meeting, [cast.other_group.seats.get()], by=cast.lin)
    actions.withdraw(row, reason="误邀", by=cast.lin)
    tick()
    assert inbox(cast.zhao) == []
    meetings.change(meeting, by=cast.lin, seen=0, partners=[cast.other_group])
    meetings.change(meeting, by=cast.lin, seen=1, partners=[])
    tick()
    assert inbox(cast.zhao) == []
    meetings.change(meeting, by=cast.lin, seen=2, partners=[cast.other_group])
    meetings.change(meeting, by=cast.lin, seen=3, partners=[])
    meetings.change(meeting, by=cast.lin, seen=4, partners=[cast.other_group])
    tick()
    assert inbox(cast.zhao) == ["meeting.notice"]


def test_who_was_taken_out_hears_it_although_the_meeting_is_called_off_after(cast, invitation):
    tick()
    actions.withdraw(invitation, reason="误邀", by=cast.lin)
    meetings.cancel(invitation.meeting, reason="冲突", by=cast.lin)
    tick()
    assert inbox(cast.wu) == ["meeting.notice", "meeting.uninvited"]


def test_taken_out_one_by_one_or_with_a_group_it_is_one_event(sign_in, cast, invitation):
    tick()
    meeting = invitation.meeting
    actions.withdraw(invitation, reason="误邀", by=cast.lin)
    meetings.change(meeting, by=cast.lin, seen=0, partners=[cast.other_group])
    tick()
    meetings.change(meeting, by=cast.lin, seen=1, partners=[])
    rows = Event.objects.filter(name="meeting.uninvited").order_by("pk")
    assert [row.facts["units"] for row in rows] == [["wu公司"], ["zhao公司"]]
    assert {row.subject for row in rows} == {meeting}
    assert "撤回邀请" in text(sign_in(cast.lin), url(meeting, "records"))
    tick()
    notices = Notice.objects.filter(reminder__rule="meeting.uninvited")
    said = {row.recipient: lines([row], row.recipient)[0].body for row in notices}
    assert "原因：误邀。" in said[cast.wu]
    assert "不再由您单位所在的小组共同召开" in said[cast.zhao]


def test_a_group_that_leaves_takes_back_who_was_there_by_mistake(cast, meeting):
    """As one by one: only a check-in that stands keeps a unit invited."""
    meetings.change(meeting, by=cast.lin, seen=0, partners=[cast.other_group])
    row = meeting.invitations.get(seat__unit=cast.zhao_unit)
    came = CheckIn.objects.create(meeting=meeting, invitation=row, way="hand")
    meetings.change(meeting, by=cast.lin, seen=1, partners=[])
    row.refresh_from_db()
    assert row.withdrawn_at is None
    meetings.change(meeting, by=cast.lin, seen=2, partners=[cast.other_group])
    CheckIn.objects.filter(pk=came.pk).update(withdrawn_at=timezone.now())
    meetings.change(meeting, by=cast.lin, seen=3, partners=[])
    row.refresh_from_db()
    assert row.withdrawn_at


def test_a_group_that_joins_before_the_first_notice_left_hears_once(cast, meeting):
    meetings.change(meeting, by=cast.lin, seen=0, partners=[cast.other_group], place="新厅")
    for _again in range(3):
        tick()
    assert inbox(cast.zhao) == inbox(cast.wu) == ["meeting.notice"]


def test_moved_before_the_first_notice_left_there_is_one_notice_of_the_new_time(cast, meeting):
    starts_at = meeting.starts_at + timedelta(days=3)
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}
    meetings.change(meeting, by=cast.lin, seen=0, **times)
    for _again in range(3):
        tick()
    assert inbox(cast.wu) == ["meeting.notice"]
    notice = Reminder.objects.get(rule="meeting.notice")
    assert notice.expires_at == starts_at
    told = rule_named("meeting.notice").body(Meeting.objects.get(pk=meeting.pk), notice)
    for moment in (starts_at - timedelta(days=3), starts_at):
        assert f"{timezone.localtime(moment):%Y-%m-%d}" in told


def test_a_group_that_comes_back_is_asked_anew(cast, meeting):
    """As a seat that is invited again by hand: of its old answer nothing is left."""
    meetings.change(meeting, by=cast.lin, seen=0, partners=[cast.other_group])
    row = meeting.invitations.get(seat__unit=cast.zhao_unit)
    give(row, "leave", cast.zhao)
    meeting.refresh_from_db()
    meetings.change(meeting, by=cast.lin, seen=1, partners=[])
    meetings.change(meeting, by=cast.lin, seen=2, partners=[cast.other_group])
    row.refresh_from_db()
    assert row.withdrawn_at is None
    assert (row.reply, row.reason, row.replied_at) == ("", "", None)

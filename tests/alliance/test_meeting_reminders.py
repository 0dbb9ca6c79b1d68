"""Every invited unit hears of a meeting at once and before it; a move or a cancellation is said
once and silences the rest."""

from datetime import timedelta

import pytest
from django.utils import timezone

from alliance.actions import meetings as actions
from alliance.models import Meeting, MeetingKind
from members.models import Liaison
from nanchuan.kernel.models import Event
from nanchuan.notices.models import Delivery, Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from tests import make

DAY = timedelta(days=1)


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin)


def run():
    tick()
    send_mail()


def rules_for(user):
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    return list(rows.values_list("reminder__rule", flat=True))


def planned(meeting):
    rows = Reminder.objects.filter(rule="meeting.reminder", subject_id=meeting.pk, state="planned")
    return sorted(rows.values_list("due_at", flat=True))


def pass_to(reminders):
    """As if their time had come: the database's clock decides, so the rows move."""
    reminders.update(due_at=timezone.now() - timedelta(seconds=1))


def test_the_invited_are_told_at_once_in_the_inbox_and_by_mail(cast, meeting, mailoutbox):
    agency = make.unit(kind="agency")
    run()
    assert rules_for(cast.lin) == rules_for(cast.wu) == ["meeting.notice"]
    assert rules_for(cast.zhao) == []
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted([cast.lin.email, cast.wu.email])
    assert not Notice.objects.filter(recipient__liaisons__unit=agency).exists()


def test_reminders_are_planned_at_the_offsets_of_the_kind(cast, meeting):
    run()
    offsets = [meeting.starts_at - due_at for due_at in planned(meeting)]
    assert offsets == [7 * DAY, DAY, timedelta(hours=2)]


def test_another_kind_has_other_offsets(cast):
    kind = MeetingKind.objects.create(name="短会", reminder_offsets=[30])
    meeting = make.meeting(cast.group, by=cast.lin, kind=kind)
    run()
    assert planned(meeting) == [meeting.starts_at - timedelta(minutes=30)]


def test_a_meeting_that_becomes_another_kind_is_reminded_of_as_that_kind(cast, meeting):
    run()
    kind = MeetingKind.objects.create(name="短会", reminder_offsets=[30, 120])
    actions.change(meeting, by=cast.lin, seen=meeting.sequence, kind=kind)
    run()
    offsets = [meeting.starts_at - due_at for due_at in planned(meeting)]
    assert offsets == [timedelta(hours=2), timedelta(minutes=30)]
    assert rules_for(cast.wu) == ["meeting.notice"]


def test_new_offsets_of_a_kind_hold_for_the_meetings_that_come(client, cast, meeting, sun):
    cancelled = make.meeting(cast.group, by=cast.lin, kind=meeting.kind)
    actions.cancel(cancelled, reason="冲突", by=cast.lin)
    run()
    client.force_login(sun)
    kind = {"name": meeting.kind.name, "order": 1, "reminder_offsets": "[1440, 60]"}
    client.post(f"/admin/alliance/meetingkind/{meeting.kind_id}/change/", kind)
    run()
    assert [meeting.starts_at - due_at for due_at in planned(meeting)] == [DAY, timedelta(hours=1)]
    assert planned(cancelled) == []
    client.post(f"/admin/alliance/meetingkind/{meeting.kind_id}/change/", kind | {"order": 2})
    assert Event.objects.filter(name="meeting.offsets_changed").count() == 1


def test_nobody_is_called_to_a_meeting_that_has_begun(cast, meeting, mailoutbox):
    """The worker or the mail server was down until then."""
    Meeting.objects.filter(pk=meeting.pk).update(starts_at=timezone.now() - timedelta(hours=1))
    run()
    assert rules_for(cast.wu) == []
    assert mailoutbox == []
    assert Reminder.objects.get(rule="meeting.notice").state == "missed"


def test_a_notice_whose_mail_waited_until_the_meeting_began_is_missed(cast, meeting, mailoutbox):
    tick()
    Reminder.objects.update(expires_at=timezone.now())
    send_mail()
    assert rules_for(cast.wu) == ["meeting.notice"]
    assert mailoutbox == []
    assert set(Delivery.objects.filter(channel="email").values_list("state", flat=True)) == {
        "missed"
    }


def test_offsets_already_past_are_dropped(cast):
    meeting = make.meeting(
        cast.group,
        by=cast.lin,
        starts_at=timezone.now() + timedelta(hours=5),
        ends_at=timezone.now() + timedelta(hours=6),
    )
    run()
    assert planned(meeting) == [meeting.starts_at - timedelta(hours=2)]
    assert rules_for(cast.wu) == ["meeting.notice"]


def test_a_due_reminder_reaches_each_once(cast, meeting):
    run()
    pass_to(Reminder.objects.filter(moment__startswith="1440@"))
    for _each in range(3):
        run()
    assert rules_for(cast.wu) == ["meeting.notice", "meeting.reminder"]


def test_a_moved_meeting_is_planned_anew(cast, meeting):
    run()
    actions.change(
        meeting,
        by=cast.lin,
        seen=meeting.sequence,
        starts_at=meeting.starts_at + 3 * DAY,
        ends_at=meeting.ends_at + 3 * DAY,
    )
    run()
    assert [meeting.starts_at - due_at for due_at in planned(meeting)] == [
        7 * DAY,
        DAY,
        timedelta(hours=2),
    ]
    assert rules_for(cast.wu) == ["meeting.notice", "meeting.moved"]


def test_the_old_time_is_silent_even_before_the_worker_heard_of_the_move(cast, meeting):
    """The reminder falls due between the move and the tick that would have silenced it."""
    run()
    actions.change(
        meeting,
        by=cast.lin,
        seen=meeting.sequence,
        starts_at=meeting.starts_at + 3 * DAY,
        ends_at=meeting.ends_at + 3 * DAY,
    )
    pass_to(Reminder.objects.filter(rule="meeting.reminder"))
    from nanchuan.notices.actions import reminders

    reminders.expand_due()
    assert rules_for(cast.wu) == ["meeting.notice"]


def test_a_move_tells_the_old_and_the_new_time(client, cast, meeting):
    old = timezone.localtime(meeting.starts_at)
    actions.change(
        meeting,
        by=cast.lin,
        seen=meeting.sequence,
        starts_at=meeting.starts_at + DAY,
        ends_at=meeting.ends_at + DAY,
    )
    run()
    client.force_login(cast.wu)
    page = client.get("/inbox/").content.decode()
    assert f"{old:%Y-%m-%d}" in page
    assert f"{old + DAY:%Y-%m-%d}" in page


def test_another_place_is_told_another_chair_is_not(cast, meeting):
    run()
    actions.change(meeting, by=cast.lin, seen=0, chair="王主持")
    run()
    assert rules_for(cast.wu) == ["meeting.notice"]
    actions.change(meeting, by=cast.lin, seen=1, place="三号会议室")
    run()
    assert rules_for(cast.wu) == ["meeting.notice", "meeting.relocated"]


def test_a_cancelled_meeting_says_so_once_and_falls_silent(cast, meeting, mailoutbox):
    run()
    actions.cancel(meeting, reason="冲突", by=cast.lin)
    for _each in range(2):
        run()
    pass_to(Reminder.objects.filter(rule="meeting.reminder"))
    run()
    assert rules_for(cast.wu) == ["meeting.notice", "meeting.cancelled"]
    assert len([mail for mail in mailoutbox if mail.to == [cast.wu.email]]) == 2
    assert not Delivery.objects.filter(reminder__rule="meeting.reminder").exists()


def test_cancelled_before_anybody_heard_of_it(cast, meeting):
    """The notice itself has not gone out: then only the cancellation does."""
    actions.cancel(meeting, reason="冲突", by=cast.lin)
    run()
    assert "meeting.notice" not in rules_for(cast.wu)
    assert "meeting.reminder" not in rules_for(cast.wu)


def test_who_hands_over_is_not_told_any_more(cast, meeting):
    """Recipients are asked for when a reminder is due, not when it was planned."""
    run()
    successor = make.user()
    Liaison.objects.create(unit=cast.wu_unit, user=successor, starts_on=make.LONG_AGO)
    cast.wu_member.terms.update(ends_on=timezone.localdate() - DAY)
    pass_to(Reminder.objects.filter(moment__startswith="1440@"))
    run()
    assert rules_for(cast.wu) == ["meeting.notice"]
    assert rules_for(successor) == ["meeting.reminder"]


def test_staff_see_on_the_page_who_was_told(client, cast, meeting, sun):
    run()
    client.force_login(sun)
    page = client.get(meeting.part_url("records"))
    assert page.context["plan"] and "会前提醒" in page.content.decode()
    client.force_login(cast.wu)
    assert not client.get(meeting.part_url("records")).context.get("plan")

"""Minutes are nagged until they are published; then each unit hears what it has to do."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from alliance import timeline
from alliance.actions import meetings
from alliance.actions import minutes as actions
from alliance.models import Meeting
from nanchuan.kernel import calendar
from nanchuan.notices.inbox import lines
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from tests import make

DAY = timedelta(days=1)


@pytest.fixture
def meeting(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    make.hold(meeting, by=cast.lin)
    tick()
    return meeting


def nags(meeting):
    rows = Reminder.objects.about(meeting).filter(rule__in=("minutes.due", "minutes.last"))
    return {row.rule: row for row in rows}


def told(*users):
    """What people were told of minutes, once everything that waits is due."""
    tick()
    waiting = Reminder.objects.filter(state="planned", rule__startswith="minutes.")
    waiting.update(due_at=timezone.now() - DAY / 24)
    tick()
    rows = Notice.objects.filter(recipient__in=users, reminder__rule__startswith="minutes.")
    return list(rows.order_by("pk").values_list("reminder__rule", flat=True))


def published(meeting):
    minutes = make.minutes(meeting, "published")
    tick()
    return minutes


# ── Nagged ──────────────────────────────────────────────────────────────────────────────────


def test_nagged_on_the_two_days_of_the_meetings_system(meeting):
    on = timezone.localdate(meeting.starts_at)
    days = {rule: timezone.localdate(row.due_at) for rule, row in nags(meeting).items()}
    assert days == {
        "minutes.due": calendar.working_days_after(on, 3),
        "minutes.last": calendar.working_days_after(on, 7),
    }
    assert days["minutes.due"] == meeting.minutes_due_on


def test_registered_late_it_is_nagged_all_the_same_and_once(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    make.hold(meeting, by=cast.lin, at=meeting.starts_at + 40 * DAY)
    tick()
    found = nags(meeting)
    assert set(found) == {"minutes.last"}
    assert found["minutes.last"].due_at > meeting.starts_at + 40 * DAY


def test_the_unit_first_and_at_the_last_the_office_too(cast, sun, meeting):
    assert told(cast.lin) == ["minutes.due", "minutes.last"]
    assert told(sun) == ["minutes.last"]
    assert told(cast.wu) == told(cast.zhao) == []


def test_a_draft_does_not_stop_it_and_a_published_one_does(cast, sun, meeting):
    make.minutes(meeting, "approved")
    assert set(told(cast.lin)) >= {"minutes.due", "minutes.last"}
    second = make.meeting(cast.group, by=cast.lin)
    make.hold(second, by=cast.lin)
    tick()
    published(second)
    assert {row.state for row in nags(second).values()} == {"cancelled"}


def test_planned_again_it_is_not_doubled(cast, meeting):
    from alliance.reminders.minutes import nag
    from nanchuan.kernel.models import Event

    event = Event.objects.get(name="meeting.held")
    assert [plan.moment for plan in nag(event)] == ["due", "last"]
    told(cast.lin)
    assert told(cast.lin) == ["minutes.due", "minutes.last"]


# ── From hand to hand ───────────────────────────────────────────────────────────────────────


def test_the_office_hears_of_what_is_handed_in_and_the_unit_of_what_comes_back(
    client, cast, sun, meeting
):
    nags(meeting)
    Reminder.objects.filter(rule__in=("minutes.due", "minutes.last")).delete()
    minutes = make.minutes(meeting, "submitted")
    assert told(sun) == ["minutes.submitted"]
    actions.send_back(minutes, reason="缺一项表决。", by=sun)
    assert told(cast.lin) == ["minutes.returned"]
    client.force_login(cast.lin)
    assert "原因：缺一项表决。" in client.get("/inbox/").content.decode()
    actions.submit(minutes, by=cast.lin)
    actions.approve(minutes, by=sun)
    actions.recall(minutes, reason="再改", by=sun)
    assert told(cast.lin) == ["minutes.returned", "minutes.recalled"]
    assert told(sun) == ["minutes.submitted"]  # the second time it was approved meanwhile


# ── Published ───────────────────────────────────────────────────────────────────────────────


def test_each_unit_is_told_what_it_owes_and_only_that(client, cast, meeting):
    row = make.resolution(meeting, text="建立用工互助队")
    item = make.action_item(cast.wu_unit, resolution=row)
    item.assisting.add(cast.lin_unit)
    published(meeting)
    assert told(cast.wu) == ["minutes.published"]
    assert told(cast.zhao) == []
    pages = {}
    for who in ("lin", "wu"):
        client.force_login(getattr(cast, who))
        pages[who] = client.get("/inbox/").content.decode()
    assert f"您单位要办的事：建立用工互助队（{item.due_on} 前）" in pages["wu"]
    assert f"您单位要办的事：协办：建立用工互助队（{item.due_on} 前）" in pages["lin"]


def test_who_may_not_open_the_minutes_hears_of_the_item_alone(client, cast, sun, meeting):
    make.action_item(cast.zhao_unit, resolution=make.resolution(meeting, text="开放食堂"))
    minutes = published(meeting)
    assert told(cast.zhao) == []
    client.force_login(cast.zhao)
    assert client.get(minutes.get_absolute_url()).status_code == 404


def test_who_owes_nothing_is_told_so(client, cast, meeting):
    published(meeting)
    told(cast.wu)
    client.force_login(cast.wu)
    assert "没有需要您单位办理的事项" in client.get("/inbox/").content.decode()


def test_the_mail_says_the_same(cast, meeting):
    cast.wu.email = "wu@example.com"
    cast.wu.save()
    make.action_item(cast.wu_unit, resolution=make.resolution(meeting, text="开放食堂"))
    published(meeting)
    told(cast.wu)
    send_mail()
    words = [letter.body for letter in mail.outbox if letter.to == ["wu@example.com"]]
    assert any("您单位要办的事：开放食堂" in body for body in words)


def test_a_long_list_is_cut_short(client, cast, meeting):
    for number in range(7):
        row = make.resolution(meeting, text=f"第{number}件事")
        make.action_item(cast.wu_unit, resolution=row)
    published(meeting)
    told(cast.wu)
    client.force_login(cast.wu)
    assert "另有 2 项" in client.get("/inbox/").content.decode()


def test_a_correction_is_told_once(client, cast, sun, meeting):
    first = published(meeting)
    told(cast.wu)
    later = actions.correct(first, reason="数目写错", by=cast.lin)
    for act in (actions.submit, actions.approve, actions.publish):
        act(later, by=sun)
    for _time in range(2):
        assert told(cast.wu) == ["minutes.published", "minutes.corrected"]
    client.force_login(cast.wu)
    assert "更正原因：数目写错" in client.get("/inbox/").content.decode()


def test_corrected_before_it_was_told_only_the_correction_is(cast, sun, meeting):
    first = make.minutes(meeting, "published")
    later = actions.correct(first, reason="数目写错", by=cast.lin)
    for act in (actions.submit, actions.approve, actions.publish):
        act(later, by=sun)
    assert told(cast.wu) == ["minutes.corrected"]


# ── The time line ───────────────────────────────────────────────────────────────────────────


def line(meeting, today, published_on=None):
    found = timeline.timeline(meeting, today=today, published_on=published_on)
    return next((due.status, due.words) for due in found if due.label == "印发纪要")


def test_the_time_line_says_how_it_was(cast, meeting):
    due = meeting.minutes_due_on
    after = calendar.working_days_after(due, 2)
    assert line(meeting, due)[0] == "soon"
    assert line(meeting, after) == ("overdue", "逾期 2 个工作日")
    assert line(meeting, after, published_on=due) == ("done", "已印发")
    assert line(meeting, after, published_on=after)[1] == "已印发，晚了 2 个工作日"
    Meeting.objects.filter(pk=meeting.pk).update(status="convened")
    meeting.refresh_from_db()
    assert line(meeting, after) == ("ended", "日期已过")


def test_the_page_of_the_meeting_says_so(client, cast, meeting):
    published(meeting)
    client.force_login(cast.wu)
    dates = client.get(meeting.get_absolute_url()).context["dates"]
    assert [due.words for due in dates if due.label == "印发纪要"] == ["已印发"]


def test_cancelled_meetings_are_not_nagged(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    meetings.cancel(meeting, reason="改期", by=cast.lin)
    tick()
    assert nags(meeting) == {}


# ── Taken back, and given up ────────────────────────────────────────────────────────────────


def test_the_office_hears_that_it_need_not_review_only_if_it_was_asked(cast, sun, meeting):
    minutes = make.minutes(meeting, by=cast.lin)
    actions.submit(minutes, by=cast.lin)
    actions.withdraw(minutes, by=cast.lin)
    assert told(sun) == ["minutes.last"]
    actions.submit(minutes, by=cast.lin)
    tick()
    actions.withdraw(minutes, by=cast.lin)
    assert told(sun) == ["minutes.last", "minutes.submitted", "minutes.withdrawn"]
    assert "minutes.withdrawn" not in told(cast.lin, cast.wu)


def test_handed_in_again_at_once_the_office_hears_that_alone(cast, sun, meeting):
    minutes = make.minutes(meeting, by=cast.lin)
    actions.submit(minutes, by=cast.lin)
    tick()
    actions.withdraw(minutes, by=cast.lin)
    actions.submit(minutes, by=cast.lin)
    assert "minutes.withdrawn" not in told(sun)
    assert told(sun).count("minutes.submitted") == 2


def test_whoever_writes_a_correction_hears_that_another_gave_it_up(cast, sun, meeting):
    later = actions.correct(published(meeting), reason="一处", by=cast.lin)
    actions.discard(later, by=sun)
    assert "minutes.discarded" in told(cast.lin)
    assert "minutes.discarded" not in told(cast.wu, sun)
    notice = Notice.objects.get(reminder__rule="minutes.discarded")
    [line] = lines([notice], cast.lin)
    assert line.body == "第 2 版不再办理，第 1 版仍然有效。"


def test_whoever_gives_a_correction_up_is_not_told_of_it(cast, meeting):
    colleague = make.liaison(cast.lin_unit, name="colleague")
    actions.discard(actions.correct(published(meeting), reason="一处", by=cast.lin), by=cast.lin)
    assert "minutes.discarded" not in told(cast.lin)
    assert "minutes.discarded" in told(colleague)

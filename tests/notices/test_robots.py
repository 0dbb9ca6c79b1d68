"""One digest in each group and window: titles only, once, at 18 a minute, each robot for itself."""

import time
from datetime import timedelta

import pytest
from django.contrib.contenttypes.models import ContentType
from django.db.models.functions import Now
from django.utils import timezone

from nanchuan.notices import groups, tasks
from nanchuan.notices.actions import health, reminders, robots, ruling, suppress
from nanchuan.notices.models import Channel, Delivery, Reminder, RobotLine, RobotPost
from nanchuan.notices.rules import CANCEL
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.wording import clipped, harmless
from tests import make

pytestmark = pytest.mark.django_db
CANARY = "canary-7f3a"


@pytest.fixture(autouse=True)
def fit(monkeypatch):
    """The drill's rule is fit for groups, and concerns the whole park."""
    concerned = {"drill.note": lambda subject, reminder: []}
    monkeypatch.setattr(groups, "_fit", groups._fit | concerned)


@pytest.fixture
def robot(there):
    def made(kind="wecom_robot", **facts):
        settings = {"webhook": f"{there.url}/{kind}?key=HOOK-KEY", "secret": "SEC-drill"}
        since = timezone.now() - timedelta(days=1)
        return Channel.objects.create(
            **{"kind": kind, "name": "群", "is_on": True, "per_minute": 18, "tells_since": since}
            | {"settings": settings}
            | facts
        )

    return made


def say(plan, *moments):
    for moment in moments:
        plan(0, moment)
    reminders.expand_due()


def next_window():
    Channel.objects.update(digest_at=None, next_at=None)


def work():
    robots.plan_posts()
    return sum(robots.send_posts(pk) for pk in robots.waiting())


def texts(there):
    return [asked.data["markdown"]["content"] for asked in there.asked]


def test_what_was_said_to_many_is_one_digest_in_the_group(robot, there, plan, people, subject):
    robot()
    say(plan, "one", "two", "three")
    assert work() == 1
    (text,) = texts(there)
    assert "3 条" in text
    assert text.count("演练：") == 3


def test_what_is_said_once_more_to_one_is_not_told_to_the_group_again(robot, there, plan, people):
    robot()
    say(plan, "one")
    work()
    mails = Delivery.objects.filter(recipient=people[0], channel="email")
    mails.update(state="sent")
    ruling.resend(mails.get(), by=make.staff(username="office"))
    next_window()
    assert work() == 0
    assert len(there.asked) == 1


def test_a_digest_holds_no_personal_data(robot, there, plan, rule, monkeypatch):
    """Neither names, addresses, texts nor numbers, whatever somebody typed into a title."""
    person = make.user(name=f"用户{CANARY}", email=f"{CANARY}@example.invalid")
    monkeypatch.setattr(rule, "body", lambda subject, reminder: f"电话 13800000000 {CANARY}")
    monkeypatch.setattr(
        rule, "title_for", lambda subject, reminder, reader: f"{CANARY}{reader.name}"
    )
    monkeypatch.setattr(
        rule, "title", lambda subject, reminder: "来电 138 0000 0000，证件 11010119900307123X"
    )
    robot()
    say(plan, "one")
    assert work() == 1
    said = there.asked[0].body.decode()
    for secret in (CANARY, person.name, "138 0000", "11010119900307"):
        assert secret not in said
    assert "来电" in said


def test_a_title_commands_nobody():
    told = harmless("<@all> [点这里](https://x) **急** @所有人\n# 题")
    assert not set("<>[]()@*#\n") & set(told)


def test_a_long_digest_is_cut_between_letters():
    assert len(clipped("党" * 3000, 4096).encode()) <= 4096
    assert clipped("党" * 3000, 4096).endswith("党…")


def test_many_titles_are_counted(robot, there, plan, people):
    robot()
    say(plan, *(f"m{number}" for number in range(20)))
    work()
    assert texts(there)[0].count("演练：") == robots.MOST_TITLES
    assert "另有 5 条" in texts(there)[0]


def test_rules_that_nobody_marked_as_fit_are_not_told(robot, there, plan, people, monkeypatch):
    monkeypatch.setattr(groups, "_fit", {})
    robot()
    say(plan, "one")
    assert work() == 0
    assert there.asked == []


def test_each_reminder_is_told_once_and_the_next_window_tells_the_rest(robot, there, plan, people):
    robot()
    say(plan, "one")
    assert (work(), work()) == (1, 0)
    say(plan, "two")
    assert work() == 0  # the window is not over
    next_window()
    assert work() == 1
    assert [text.count("演练：") for text in texts(there)] == [1, 1]
    assert list(RobotPost.objects.values_list("window", flat=True)) == [1, 2]
    assert RobotLine.objects.count() == 2


def test_a_group_hears_its_own_and_what_concerns_all(robot, there, plan, people, monkeypatch):
    own, other = make.unit(), make.unit()
    kind = ContentType.objects.get_for_model(own)
    concerned = {"one": [own], "two": [other], "three": []}
    monkeypatch.setitem(groups._fit, "drill.note", lambda subject, row: concerned[row.moment])
    group, park = robot(audience_type=kind, audience_id=own.pk), robot("dingtalk_robot")
    say(plan, "one", "two", "three")
    assert work() == 2
    told = RobotLine.objects.order_by("pk").values_list("channel", "reminder__moment")
    assert set(told) == {(group.pk, "one"), (group.pk, "three"), (park.pk, "three")}


def test_what_was_called_off_before_it_left_is_not_told(  # noqa: PLR0917
    robot, there, plan, people, rule, monkeypatch
):
    robot()
    say(plan, "one")
    robots.plan_posts()
    monkeypatch.setattr(rule, "verdict", lambda subject, reminder: CANCEL)
    for pk in robots.waiting():
        robots.send_posts(pk)
    assert there.asked == []
    assert RobotPost.objects.get().state == "cancelled"


def test_what_is_too_late_is_not_told(robot, there, plan, people):
    robot()
    say(plan, "one")
    Reminder.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    work()
    assert there.asked == []


def test_a_robot_tells_nothing_of_before_it_was_switched_on(robot, there, plan, people):
    say(plan, "one")
    Reminder.objects.update(settled_at=timezone.now() - timedelta(hours=2))
    robot(tells_since=timezone.now() - timedelta(hours=1))
    assert work() == 0


def test_after_a_restore_old_news_is_not_told(robot, there, plan, people):
    robot()
    say(plan, "one")
    robots.plan_posts()
    suppress(timezone.now() + timedelta(seconds=1))
    next_window()
    assert work() == 0
    assert there.asked == []


def test_eighteen_a_minute_and_never_two_at_once(robot):
    """However many workers ask: the turns are spaced by the database's clock."""
    channel, turns = robot(), 0
    assert health.take_turn(channel)
    assert not health.take_turn(channel)
    for _second in range(60):
        ahead = Channel.objects.get(pk=channel.pk).next_at - timedelta(seconds=1)
        Channel.objects.filter(pk=channel.pk).update(next_at=ahead)
        turns += health.take_turn(channel)
    assert 14 <= turns <= 18


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_once_one_has_the_turn(robot, crossing):
    channel, turns = robot(), []
    crossing(lambda number: turns.append(health.take_turn(channel)), times=4)
    assert sum(turns) == 1


def test_too_much_at_once_means_later_for_this_robot_only(robot, there, plan, people):
    there.answers = [{"errcode": 45009, "errmsg": "api freq out of limit"}]
    channel = robot()
    say(plan, "one")
    work()
    assert RobotPost.objects.get().state == "pending"
    channel.refresh_from_db()
    assert channel.next_at > timezone.now() + timedelta(seconds=50)
    assert not channel.fault
    RobotPost.objects.update(due_at=Now())
    assert work() == 0  # it rests
    assert len(there.asked) == 1
    there.answers = [{"errcode": 0}]
    Channel.objects.update(next_at=None)
    RobotPost.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert work() == 1


def test_a_wrong_key_stops_the_robot_until_it_is_mended(robot, there, plan, people):
    there.answers = [{"errcode": 93000, "errmsg": "invalid webhook url HOOK-KEY"}]
    channel = robot()
    say(plan, "one")
    work()
    channel.refresh_from_db()
    assert "93000" in channel.fault
    assert "HOOK-KEY" not in channel.fault + channel.failure + RobotPost.objects.get().error
    assert robots.waiting() == []
    there.answers = [{"errcode": 0}]
    health.mend(channel)
    RobotPost.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    assert work() == 1


def test_what_is_refused_for_good_is_dead_and_visible(robot, there, plan, people):
    there.answers = [{"errcode": 40058, "errmsg": "invalid parameter"}]
    robot()
    say(plan, "one")
    work()
    post = RobotPost.objects.get()
    assert post.state == "dead"
    assert "40058" in post.error


def test_killed_between_sending_and_marking_it_is_said_twice_at_most(
    robot, there, plan, people, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(*given):
        raise Killed

    robot()
    say(plan, "one")
    robots.plan_posts()
    with monkeypatch.context() as patched:
        patched.setattr(robots, "mark_sent", die)
        with pytest.raises(Killed):
            work()
    RobotPost.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    Channel.objects.update(next_at=None)
    assert work() == 1
    assert work() == 0
    assert len(there.asked) == 2
    assert RobotPost.objects.get().state == "sent"


def test_a_robot_that_hangs_holds_up_no_other(robot, there, plan, people, monkeypatch):
    """Each has a task of its own: rung for, or worked off here if no bell is heard."""
    monkeypatch.setattr(outbound, "READ", 0.5)
    first, second = robot(), robot("dingtalk_robot")
    say(plan, "one")
    rung = []
    monkeypatch.setattr(tasks.bell, "ring", lambda task, *given: not rung.append((task, *given)))
    tasks.send_posts()
    assert rung == [(tasks.send_post, first.pk), (tasks.send_post, second.pk)]
    there.answers = [there.hang, {"errcode": 0}]
    started = time.monotonic()
    tasks.send_post(first.pk)
    tasks.send_post(second.pk)
    assert time.monotonic() - started < 5
    states = dict(RobotPost.objects.values_list("channel", "state"))
    assert states == {first.pk: "pending", second.pk: "sent"}


@pytest.mark.django_db(transaction=True)
def test_of_workers_at_once_one_puts_the_digest_together(robot, there, plan, people, crossing):
    robot()
    say(plan, "one")
    crossing(lambda number: robots.plan_posts(), times=3)
    assert RobotPost.objects.count() == 1


def test_the_alliance_says_which_groups_hear_of_a_meeting(cast, robot, there):
    from nanchuan.kernel import events
    from nanchuan.notices.rules import Plan

    meeting = make.meeting(cast.group, by=cast.lin)
    at = timezone.now() - timedelta(seconds=1)
    event = events.record("meeting.convened", subject=meeting, by=None, at=at)
    reminders.plan(Plan("meeting.notice", meeting, moment="drill", due_at=at), event=event)
    reminders.expand_due()
    kind = ContentType.objects.get_for_model(cast.group)
    own = robot(audience_type=kind, audience_id=cast.group.pk)
    robot("feishu_robot", audience_type=kind, audience_id=cast.other_group.pk)
    robot("dingtalk_robot")
    assert work() == 1
    assert RobotPost.objects.get().channel == own
    assert str(meeting) in texts(there)[0]
    assert "lin" not in texts(there)[0].replace(str(meeting), "").replace("https", "")

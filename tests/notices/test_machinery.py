"""How the machinery runs: one set of facts, on the administrators' page and for Prometheus."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as in_use
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from nanchuan.kernel import events, roles
from nanchuan.kernel.models import Event
from nanchuan.notices.actions import outages, reminders
from nanchuan.notices.machinery import machinery
from nanchuan.notices.models import Channel, Delivery, Notice, Outage, Reminder, RobotPost, Tick
from nanchuan.notices.tasks import mark_tick, tick
from nanchuan.notices.troubles import trouble
from tests import make

pytestmark = pytest.mark.django_db
PAGE = reverse("notices:machinery")
TOKEN = "a-token-of-these-tests"


@pytest.fixture
def admin(db):
    return make.staff("admin", name="root", username="admin")  # hears nothing of the drill


@pytest.fixture
def scrape(client, settings):
    """`scrape()`: what Prometheus reads, {(name, labels): value}."""
    settings.METRICS_TOKEN = TOKEN

    def read():
        answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
        assert answer.status_code == 200
        return {
            (sample.name, tuple(sorted(sample.labels.items()))): sample.value
            for family in text_string_to_metric_families(answer.content.decode())
            for sample in family.samples
        }

    return read


def key(name, **labels):
    return f"nanchuan_{name}", tuple(sorted(labels.items()))


def ago(**length):
    return timezone.now() - timedelta(**length)


def silent(name, minutes=3):
    mark_tick(name)
    Tick.objects.filter(name=name).update(at=ago(minutes=minutes))


def flow(name):
    return next(each for each in machinery().flows if each.name == name)


# ── Who may read it ─────────────────────────────────────────────────────────────────────────


def test_without_a_token_in_the_settings_there_is_no_such_page(client, admin, settings):
    settings.METRICS_TOKEN = ""
    client.force_login(admin)
    for header in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer x"}):
        assert client.get("/metrics", headers=header).status_code == 404


@pytest.mark.parametrize(
    "said", ["", TOKEN, f"Basic {TOKEN}", "Bearer", "Bearer 错", f"Bearer {TOKEN} "]
)
def test_whoever_does_not_say_the_token_is_asked_for_it(client, admin, settings, said):
    settings.METRICS_TOKEN = TOKEN
    client.force_login(admin)  # an account is not enough: what is read here is read by machines
    answer = client.get("/metrics", headers={"Authorization": said})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert b"heartbeat" not in answer.content


def test_only_administrators_see_the_page(client, admin):
    for role in ("staff", "leader", "auditor"):
        client.force_login(make.staff(role))
        assert client.get(PAGE).status_code == 403
    client.force_login(admin)
    assert client.get(PAGE).status_code == 200


def test_a_database_that_does_not_answer_is_said(client, settings, monkeypatch):
    from django.db import DatabaseError

    from nanchuan.portal.views import health

    def fail():
        raise DatabaseError("password=secret")

    settings.METRICS_TOKEN = TOKEN
    monkeypatch.setattr(health.facts, "exposition", fail)
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert (answer.status_code, b"secret" in answer.content) == (503, False)


# ── What it says ────────────────────────────────────────────────────────────────────────────


def test_what_waits_and_since_when(scrape, plan, people):
    plan(minutes=-10)
    plan(minutes=30, moment="later")
    found = scrape()
    inbox = {"channel": "inbox", "queue": "default"}
    assert found[key("queue_due", **inbox)] == 1
    assert found[key("queue_waiting", **inbox)] == 2
    assert found[key("queue_age_seconds", **inbox)] == pytest.approx(600, abs=20)
    reminders.expand_due()
    found, mail = scrape(), {"channel": "email", "queue": "mail"}
    assert found[key("queue_due", **inbox)] == found[key("queue_age_seconds", **inbox)] == 0
    assert found[key("queue_due", **mail)] == 2
    assert found[key("queue_age_seconds", **mail)] == pytest.approx(600, abs=20)
    Delivery.objects.filter(channel="email").update(due_at=timezone.now() + timedelta(hours=1))
    found = scrape()
    assert found[key("queue_due", **mail)] == found[key("queue_age_seconds", **mail)] == 0
    assert found[key("queue_waiting", **mail)] == 2


def test_what_happened_waits_to_be_turned_into_reminders(scrape, subject):
    events.record("drill.asked", subject=subject, at=ago(minutes=2))
    found = scrape()
    assert found[key("events_waiting")] >= 1
    assert found[key("events_age_seconds")] >= 119


@pytest.fixture
def history(plan, people):
    """Mails of the last eight days: sent, dead, missed; each told once to the inbox too."""
    plan()
    reminders.expand_due()
    rows = Delivery.objects.filter(channel="email")
    first, second = rows.order_by("pk")
    for moment, facts in enumerate(
        [
            {"state": "sent", "sent_at": ago(minutes=30)},
            {"state": "sent", "sent_at": ago(hours=3)},
            {"state": "sent", "sent_at": ago(days=2)},
            {"state": "sent", "sent_at": ago(days=8)},
            {"state": "dead", "due_at": ago(minutes=5)},
            {"state": "dead", "due_at": ago(days=8)},
            {"state": "missed", "due_at": ago(hours=23)},
            {"state": "cancelled", "due_at": ago(hours=1)},
        ]
    ):
        at = facts.get("sent_at") or facts["due_at"]
        reminder = plan(moment=f"of-the-past-{moment}")
        Reminder.objects.filter(pk=reminder.pk).update(state="done", settled_at=at)
        Delivery.objects.create(
            reminder=reminder,
            recipient=people[0],
            channel="email",
            **{"due_at": at - timedelta(seconds=20), **facts},
        )
    rows.filter(pk__in=[first.pk, second.pk]).update(state="cancelled")


def test_sent_failed_and_missed_by_window(scrape, history):
    found = scrape()

    def lately(outcome):
        return [
            found[key("deliveries_recent", channel="email", outcome=outcome, window=window)]
            for window in ("1h", "24h", "7d")
        ]

    assert lately("sent") == [1, 2, 3]
    assert lately("failed") == [1, 1, 1]
    assert lately("missed") == [0, 1, 1]
    assert found[key("deliveries_sent_total", channel="email")] == 4
    assert found[key("deliveries_sent_total", channel="inbox")] == 3
    assert found[key("deliveries_failed", channel="email")] == 2


def test_a_retry_makes_no_counter_less(scrape, history):
    before = scrape()
    Delivery.objects.dead().update(state="pending", due_at=timezone.now())
    after = scrape()
    for name, labels in before:
        if name.endswith("_total"):
            assert after[name, labels] >= before[name, labels]
    assert after[key("deliveries_failed", channel="email")] == 0


def test_how_late_messages_left(scrape, history):
    assert scrape()[key("delivery_lateness_p99_seconds", channel="email")] == 30
    Delivery.objects.filter(sent_at__gt=ago(hours=1), channel="email").update(due_at=ago(days=1))
    assert scrape()[key("delivery_lateness_p99_seconds", channel="email")] == float("inf")


@pytest.mark.parametrize(("late", "rest", "p99"), [(1, 100, 5), (2, 98, 900)])
def test_one_of_a_hundred_does_not_count(plan, people, late, rest, p99):
    rows = []
    for number in range(late + rest):
        due = ago(minutes=20)
        sent = due + timedelta(minutes=12 if number < late else 0)
        reminder = plan(moment=f"{number}")
        rows.append(
            Delivery(
                reminder=reminder,
                recipient=people[0],
                channel="email",
                state="sent",
                due_at=due,
                sent_at=sent,
            )
        )
    Delivery.objects.bulk_create(rows)
    assert flow("email").recent.lateness == timedelta(seconds=p99)


def test_reminders_that_came_too_late_are_missed_by_the_inbox(scrape, plan, people):
    plan(minutes=-10, expires=-5)
    reminders.expand_due()
    missed = key("deliveries_recent", channel="inbox", outcome="missed", window="1h")
    assert scrape()[missed] == 1


def test_a_robot_has_numbers_of_its_own(scrape):
    robot = Channel.objects.create(kind="wecom_robot", name="某某的群", is_on=True, fault="拒绝")
    RobotPost.objects.create(channel=robot, window=1, due_at=ago(minutes=5))
    RobotPost.objects.create(
        channel=robot, window=2, due_at=ago(minutes=3), state="sent", sent_at=ago(minutes=3)
    )
    found, name = scrape(), f"wecom_robot-{robot.pk}"
    assert found[key("queue_due", channel=name, queue="robot")] == 1
    assert found[key("deliveries_sent_total", channel=name)] == 1
    assert found[key("channel_stopped", channel=name)] == 1
    assert found[key("channel_on", channel=name)] == 1


def test_heartbeats_and_which_is_overdue(scrape):
    silent("sms")
    silent("mail")
    found = scrape()
    assert found[key("heartbeat_age_seconds", work="sms")] == pytest.approx(180, abs=20)
    assert found[key("heartbeat_overdue", work="mail")] == 1
    assert found[key("heartbeat_overdue", work="sms")] == 0  # nobody set it up
    assert found[key("heartbeat_overdue", work="tick")] == 1  # never yet
    assert key("heartbeat_age_seconds", work="tick") not in found


def test_no_person_stands_in_it(client, settings, plan, people, scrape):
    """Labels are names of kinds; names, numbers and texts that anybody typed are none."""
    robot = Channel.objects.create(kind="feishu_robot", name="陈秘书的群", is_on=True)
    Channel.objects.filter(pk=robot.pk).update(failure="请联系 13800000000")
    plan()
    reminders.expand_due()
    scrape()
    text = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"}).content.decode()
    assert text.isascii()
    values = set(re.findall(r'="([^"]*)"', text))
    kinds = "inbox|email|wecom_app|sms|(wecom|dingtalk|feishu)_robot-[0-9]+"
    works = "tick|mail|wecom|sms|robot|imports|matching|default|heavy"
    rest = "sent|failed|missed|1h|24h|7d"
    assert not [each for each in values if not re.fullmatch(f"{kinds}|{works}|{rest}", each)]
    for person in people:
        assert person.username not in text


# ── The page ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def page(client, admin):
    client.force_login(admin)
    return lambda: client.get(PAGE)


def test_the_page_says_the_same_as_the_metrics(page, scrape, history):
    found, shown = scrape(), {each["flow"].name: each for each in page().context["flows"]}
    for name in ("inbox", "email"):
        for outcome, (_label, numbers) in zip(
            ("sent", "failed", "missed"), shown[name]["rows"], strict=True
        ):
            for window, (_span, number) in zip(("1h", "24h", "7d"), numbers, strict=True):
                labels = {"channel": name, "outcome": outcome, "window": window}
                assert found[key("deliveries_recent", **labels)] == number
    bars = shown["email"]["bars"]
    assert sum(bar["number"] for bar in bars["bars"]) == 2 == bars["most"] + 1
    assert shown["email"]["lateness"] == "30 秒内"


def test_red_says_what_to_do(page):
    for name in ("tick", "mail", "imports", "matching"):
        mark_tick(name)
    assert "mailer" not in page().content.decode()
    silent("mail")
    text = page().content.decode()
    assert "mailer" in text and "停摆" in text and "3 分钟前" in text
    assert "后台的定时任务已停" not in text


def test_a_banner_tells_when_nothing_else_can(client, page):
    silent("tick")
    for url in (PAGE, reverse("notices:channel-list")):
        page()
        assert "后台的定时任务已停" in client.get(url).content.decode()


def test_the_pages_lead_to_each_other(client, page):
    pages = [PAGE, reverse("notices:channel-list"), reverse("notices:log")]
    page()
    for one in pages:
        text = client.get(one).content.decode()
        for other in pages:
            assert f'href="{other}"' in text or one == other


def test_it_asks_the_same_however_much_there_is(client, page, scrape, history):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            page()
            scrape()
        return len(captured)

    asked()
    few = asked()
    for number in range(4):
        robot = Channel.objects.create(kind="wecom_robot", name="群", is_on=True)
        RobotPost.objects.create(channel=robot, window=number, due_at=ago(minutes=5))
    Outage.objects.bulk_create(
        Outage(work="mail", began_at=ago(hours=2), ended_at=ago(hours=1)) for _ in range(5)
    )
    assert asked() == few


# ── On the first page of administrators ─────────────────────────────────────────────────────


@pytest.fixture
def well(db):
    """All work goes on, and nothing was given up."""
    for name in ("tick", "mail", "imports", "matching"):
        mark_tick(name)


@pytest.fixture
def banner(client, admin):
    """`banner(user)`: what the first page says of the machinery."""

    def read(user=admin):
        client.force_login(user)
        text = client.get(reverse("home")).content.decode()
        found = re.search(r'<div class="alert alert-danger".*?</div>', text, re.DOTALL)
        assert not found or f'href="{PAGE}"' in found[0]
        return found[0] if found else ""

    return read


def test_the_first_page_says_nothing_when_all_is_well(well, banner):
    Channel.objects.create(kind="sms", name="短信", fault="拒绝")  # nobody switched it on
    silent("sms")
    assert banner() == ""


@pytest.mark.parametrize(
    ("name", "words"), [("tick", "后台的定时任务已停"), ("mail", "后台工作停摆：发送邮件")]
)
def test_the_first_page_tells_administrators_of_work_that_stands_still(well, banner, name, words):
    silent(name)
    assert words in banner()
    for role in ("staff", "leader", "auditor"):
        assert banner(make.staff(role)) == ""


def test_the_first_page_tells_of_a_channel_that_was_stopped(well, banner):
    mark_tick("robot")
    Channel.objects.create(kind="wecom_robot", name="某某的群", is_on=True, fault="拒绝")
    assert "渠道停摆：某某的群" in banner()


def test_the_first_page_tells_of_what_was_given_up_lately(well, banner, plan, people, subject):
    mark_tick("robot")
    plan()
    reminders.expand_due()
    robot = Channel.objects.create(kind="wecom_robot", name="群", is_on=True)
    RobotPost.objects.create(channel=robot, window=1, due_at=ago(minutes=5), state="dead")
    Delivery.objects.filter(channel="email").update(state="dead", due_at=ago(days=6))
    Delivery.objects.create(
        reminder=Reminder.objects.get(), recipient=people[2], channel="sms", state="dead",
        due_at=ago(days=8),
    )  # fmt: skip
    assert "最近 7 天有 3 条消息无法送达" in banner()
    assert "没能排成提醒" not in banner()
    Reminder.objects.update(state="failed", settled_at=ago(days=1))
    event = events.record("drill.asked", subject=subject, by=None)
    Event.objects.filter(pk=event.pk).update(handled_at=None, failures=5)
    assert "有 2 件事没能排成提醒" in banner()


def test_the_first_page_asks_two_questions_more(well, admin, sun, django_assert_num_queries):
    for user, number in ((sun, 0), (admin, 2)):
        roles.roles(user)  # every page asks for them
        with django_assert_num_queries(number):
            assert trouble(user) == ""


# ── Outages ─────────────────────────────────────────────────────────────────────────────────


def inbox(user):
    return Notice.objects.filter(recipient=user, reminder__rule="work.stopped")


def test_administrators_hear_once_of_each_outage(admin):
    silent("mail")
    for _round in range(3):
        tick()
    assert Outage.objects.get().ended_at is None
    assert not inbox(admin).exists()  # not before two minutes
    Reminder.objects.filter(rule="work.stopped").update(due_at=ago(seconds=1))
    for _round in range(3):
        tick()
    assert inbox(admin).count() == 1
    mark_tick("mail")
    tick()
    assert Outage.objects.get().ended_at is not None
    silent("mail")
    tick()
    assert Outage.objects.count() == 2
    Reminder.objects.filter(rule="work.stopped").update(due_at=ago(seconds=1))
    tick()
    assert inbox(admin).count() == 2


def test_what_goes_on_in_time_is_told_to_nobody(admin):
    """Every start of the portal finds all work late."""
    silent("mail", minutes=600)
    tick()
    mark_tick("mail")
    tick()
    Reminder.objects.filter(rule="work.stopped").update(due_at=ago(seconds=1))
    tick()
    assert not inbox(admin).exists()
    assert Outage.objects.get().ended_at is not None


def test_of_a_channel_that_nobody_set_up_nothing_is_said(admin):
    silent("sms", minutes=600)
    tick()
    assert not Outage.objects.exists()


def test_the_notice_leads_to_the_page_and_only_administrators_hear(client, admin, sun):
    silent("mail")
    tick()
    Reminder.objects.filter(rule="work.stopped").update(due_at=ago(seconds=1))
    tick()
    client.force_login(admin)
    text = client.get(reverse("notices:inbox")).content.decode()
    assert "后台工作停摆：发送邮件" in text
    notice = inbox(admin).get()
    assert client.get(reverse("notices:notice-open", args=[notice.pk])).url == PAGE
    assert not inbox(sun).exists()
    assert not Outage.objects.visible_to(sun).exists()


def test_two_who_look_at_once_note_one_outage(admin, transactional_db, crossing):
    silent("mail")
    crossing(lambda number: outages.look(), times=3)
    assert Outage.objects.count() == 1


def test_every_queue_that_is_told_of_has_a_worker():
    """With Redis or without: the queues are those of the processes that are started."""
    text = (Path(in_use.BASE_DIR) / "deploy" / "Procfile").read_text(encoding="utf-8")
    served = set(re.findall(r"--queues (\w+)", text))
    found = machinery()
    assert {each.work.queue for each in found.heartbeats} == served
    assert {each.queue for each in found.flows} <= served

"""Each channel against a server that answers like the real one: HTTP 200 is no success."""

import base64
import hashlib
import hmac
import time
from datetime import timedelta
from email.utils import format_datetime

import pytest
from django.utils import timezone

from nanchuan.notices import senders
from nanchuan.notices.actions import deliveries, health, reminders
from nanchuan.notices.models import Address, Channel, Delivery
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import Refused, Rejected, Throttled, Unreachable
from nanchuan.notices.senders.wording import Digest
from tests import make

pytestmark = pytest.mark.django_db
State = Delivery.State
ROBOTS = ("wecom_robot", "dingtalk_robot", "feishu_robot")
DIGEST = Digest("新通知 2 条", ("会议通知：一", "会议通知：二"), more=3)
SECRET = "SEC-drill-secret-of-the-robot"


@pytest.fixture
def robot(there):
    def made(kind, **facts):
        webhook = f"{there.url}/send?key=HOOK-KEY&access_token=HOOK-TOKEN"
        settings = {"webhook": webhook, "secret": SECRET}
        return Channel.objects.create(
            kind=kind, name="群", is_on=True, per_minute=18, settings=settings, **facts
        )

    return made


def post(channel):
    senders.TO_GROUPS[channel.kind](channel, DIGEST)


@pytest.mark.parametrize("kind", ROBOTS)
def test_a_robot_says_titles_how_many_more_and_where(robot, there, kind, settings):
    settings.SITE_URL = "https://portal.example.org"
    post(robot(kind))
    text = str(there.asked[0].data)
    for words in ("新通知 2 条", "会议通知：一", "会议通知：二", "另有 3 条", settings.SITE_URL):
        assert words in text


def test_dingtalk_is_signed_as_its_manual_says(robot, there):
    post(robot("dingtalk_robot"))
    query = there.asked[0].query
    said = f"{query['timestamp']}\n{SECRET}".encode()
    sign = base64.b64encode(hmac.new(SECRET.encode(), said, hashlib.sha256).digest()).decode()
    assert query["sign"] == sign
    assert query["access_token"] == "HOOK-TOKEN"
    assert abs(int(query["timestamp"]) / 1000 - time.time()) < 60


def test_feishu_is_signed_as_its_manual_says(robot, there):
    post(robot("feishu_robot"))
    data = there.asked[0].data
    key = f"{data['timestamp']}\n{SECRET}".encode()
    assert data["sign"] == base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()
    assert abs(int(data["timestamp"]) - time.time()) < 60


ANSWERS = [
    ("wecom_robot", {"errcode": 45009, "errmsg": "api freq out of limit"}, Throttled),
    ("wecom_robot", {"errcode": 93000, "errmsg": "invalid webhook url"}, Rejected),
    ("wecom_robot", {"errcode": 40058, "errmsg": "invalid parameter"}, Refused),
    ("wecom_robot", {"errcode": -1, "errmsg": "system busy"}, Unreachable),
    ("dingtalk_robot", {"errcode": 130101, "errmsg": "send too fast"}, Throttled),
    ("dingtalk_robot", {"errcode": 400106, "errmsg": "机器人不存在"}, Rejected),
    ("dingtalk_robot", {"errcode": 430102, "errmsg": "含有不合适的文本"}, Refused),
    ("dingtalk_robot", {"errcode": 310000, "errmsg": "sign not match"}, Rejected),
    ("dingtalk_robot", {"errcode": 300001, "errmsg": "token is not exist"}, Rejected),
    ("dingtalk_robot", {"errcode": 400105, "errmsg": "unsupported msg type"}, Refused),
    ("feishu_robot", {"code": 11232, "msg": "frequency limited psm"}, Throttled),
    ("feishu_robot", {"code": 19021, "msg": "sign match fail"}, Rejected),
    ("feishu_robot", (400, {"code": 19001, "msg": "access token invalid"}), Rejected),
    ("feishu_robot", {"code": 9499, "msg": "Bad Request"}, Refused),
    *((kind, (429, {}), Throttled) for kind in ROBOTS),
    *((kind, (502, b"<html>"), Unreachable) for kind in ROBOTS),
    *((kind, (200, b"<html>signed in?</html>"), Unreachable) for kind in ROBOTS),
    *((kind, (302, {}), Unreachable) for kind in ROBOTS),
]


@pytest.mark.parametrize(("kind", "answer", "trouble"), ANSWERS)
def test_what_a_robot_answers_is_understood(robot, there, kind, answer, trouble):
    there.answers = [answer]
    with pytest.raises(trouble) as told:
        post(robot(kind))
    assert type(told.value) is trouble
    assert "HOOK" not in str(told.value)
    assert SECRET not in str(told.value)


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
RESTS = [
    ("wecom_robot", {"errcode": 45009}, None, MINUTE),
    ("dingtalk_robot", {"errcode": 130101}, None, 10 * MINUTE),  # so long it shuts a robot out
    ("feishu_robot", {"code": 11232}, None, MINUTE),
    ("dingtalk_robot", (429, {}), None, 10 * MINUTE),
    ("wecom_robot", (429, {}), "120", 2 * MINUTE),
    ("wecom_robot", (429, b"<html>"), "999999999999999999999", HOUR),
    ("feishu_robot", (429, {}), "0", timedelta(seconds=1)),
    ("feishu_robot", (429, {}), "Fri, 31 Dec 2999 23:59:59 GMT", HOUR),
    ("feishu_robot", (429, {}), "Fri, 31 Dec 1999 23:59:59 -0000", timedelta(seconds=1)),
    ("feishu_robot", (429, {}), "soon", MINUTE),
    ("feishu_robot", (429, {}), "-5", MINUTE),
    ("wecom_robot", (503, b"<html>"), "300", 5 * MINUTE),
]


@pytest.mark.parametrize("case", RESTS)
def test_a_robot_rests_for_as_long_as_the_other_side_asks(robot, there, case):
    kind, answer, header, rest = case
    there.answers, there.headers = [answer], {"Retry-After": header} if header else {}
    channel = robot(kind)
    with pytest.raises(Throttled) as told, health.kept(channel) as seen:
        try:
            post(channel)
        except Throttled as trouble:
            seen.failed(trouble)
            raise
    assert "None" not in str(told.value)
    channel.refresh_from_db()
    assert abs(channel.next_at - timezone.now() - rest) < timedelta(seconds=5)
    assert not health.take_turn(channel)


def test_a_shorter_rest_does_not_end_a_longer_one(robot, there):
    channel = robot("wecom_robot")
    for minutes in (30, 1):
        with health.kept(channel) as seen:
            seen.failed(Throttled("慢一点", minutes * MINUTE))
    channel.refresh_from_db()
    assert abs(channel.next_at - timezone.now() - 30 * MINUTE) < timedelta(seconds=5)


def test_a_date_of_today_is_waited_for(robot, there):
    moment = timezone.now() + 7 * MINUTE
    there.answers, there.headers = [(429, {})], {"Retry-After": format_datetime(moment)}
    with pytest.raises(Throttled) as told:
        post(robot("wecom_robot"))
    assert abs(told.value.rest - 7 * MINUTE) < timedelta(seconds=5)


# ── To persons ──────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def app(there):
    settings = {"corp_id": "ww1", "agent_id": 7, "secret": SECRET, "server": there.url}
    there.answers = [{"errcode": 0, "access_token": "TOKEN-1", "expires_in": 7200}, {"errcode": 0}]
    return Channel.objects.create(kind="wecom_app", name="应用", is_on=True, settings=settings)


@pytest.fixture
def gateway(there):
    settings = {"url": f"{there.url}/sms", "secret": SECRET, "signature": "南川党建"}
    return Channel.objects.create(kind="sms", name="短信", is_on=True, settings=settings)


@pytest.fixture
def waiting(plan, rule, monkeypatch):
    """Deliveries of one reminder to two persons by a channel, who have addresses there."""

    def said(channel, values=("zhangsan", "lisi")):
        people = [make.user(), make.user()]
        for person, value in zip(people, values, strict=True):
            Address.objects.create(user=person, channel=channel, value=value)
        monkeypatch.setattr(rule, "channels", ("inbox",))
        reminder = plan()
        reminders.expand_due()
        Delivery.objects.bulk_create(
            Delivery(reminder=reminder, recipient=person, channel=channel, due_at=reminder.due_at)
            for person in people
        )
        return people

    return said


def states(channel):
    rows = Delivery.objects.filter(channel=channel).order_by("pk")
    return list(rows.values_list("state", flat=True))


def errors(channel):
    rows = Delivery.objects.filter(channel=channel).order_by("pk")
    return list(rows.values_list("error", flat=True))


def due_again():
    past = timezone.now() - timedelta(seconds=1)
    Delivery.objects.filter(state=State.PENDING).update(due_at=past)
    Channel.objects.update(next_at=None)


def test_the_application_writes_to_each_person_with_one_token(app, waiting, there, settings):
    settings.SITE_URL = "https://portal.example.org"
    waiting("wecom_app")
    assert deliveries.send_batch(channel="wecom_app") == 2
    assert states("wecom_app") == [State.SENT, State.SENT]
    token, first, second = there.asked
    assert (token.path, token.query) == (
        "/cgi-bin/gettoken",
        {"corpid": "ww1", "corpsecret": SECRET},
    )
    assert first.query == {"access_token": "TOKEN-1"}
    assert [first.data["touser"], second.data["touser"]] == ["zhangsan", "lisi"]
    assert first.data["agentid"] == 7
    assert first.data["textcard"]["title"].startswith("演练：")
    assert first.data["textcard"]["url"].startswith("https://portal.example.org/")
    assert first.data["enable_duplicate_check"] == 1
    assert "时刻 now" not in str(first.data)  # the text stays in the portal


def test_the_token_is_kept_sealed_until_it_expires(app, waiting, there):
    from django.db import connection

    waiting("wecom_app")
    deliveries.send_batch(channel="wecom_app")
    app.refresh_from_db()
    assert app.token == "TOKEN-1"
    with connection.cursor() as cursor:
        cursor.execute("SELECT token, settings FROM notices_channel WHERE id = %s", [app.pk])
        assert not any(word in str(cursor.fetchone()) for word in ("TOKEN-1", SECRET))
    sender = senders.TO_PERSONS["wecom_app"](app)
    sender.connect()
    assert len(there.asked) == 3  # not asked for again
    app.token_until = timezone.now()
    there.answers = [{"errcode": 0, "access_token": "TOKEN-2", "expires_in": 7200}]
    sender.connect()
    assert there.asked[-1].path == "/cgi-bin/gettoken"
    assert Channel.objects.get(pk=app.pk).token == "TOKEN-2"


@pytest.mark.parametrize("code", [40014, 42001])
def test_a_token_that_was_revoked_is_asked_for_anew(app, waiting, there, code):
    waiting("wecom_app")
    until = timezone.now() + timedelta(hours=1)
    Channel.objects.filter(pk=app.pk).update(token="TOKEN-0", token_until=until)
    there.answers = [
        {"errcode": code, "errmsg": "access_token expired"},
        {"errcode": 0, "access_token": "TOKEN-1", "expires_in": 7200},
        {"errcode": 0},
    ]
    deliveries.send_batch(channel="wecom_app")
    assert states("wecom_app") == [State.SENT, State.SENT]
    used = [each.query["access_token"] for each in there.asked if "access_token" in each.query]
    assert used == ["TOKEN-0", "TOKEN-1", "TOKEN-1"]


def test_who_is_not_in_the_company_is_dead_and_holds_up_no_other(app, waiting, there):
    waiting("wecom_app")
    there.answers.insert(1, {"errcode": 0, "invaliduser": "zhangsan"})
    deliveries.send_batch(channel="wecom_app")
    assert states("wecom_app") == [State.DEAD, State.SENT]
    there.answers = [{"errcode": 81013, "errmsg": "user zhangsan & party & tag all invalid"}]
    Delivery.objects.filter(state=State.DEAD).update(state=State.PENDING)
    deliveries.send_batch(channel="wecom_app")
    assert states("wecom_app") == [State.DEAD, State.SENT]
    assert "81013" in errors("wecom_app")[0]
    assert "zhangsan" not in errors("wecom_app")[0]


def test_a_wrong_key_stops_the_channel_and_loses_nothing(app, waiting, there):
    waiting("wecom_app")
    there.answers = [{"errcode": 40001, "errmsg": f"invalid credential {SECRET}"}]
    assert deliveries.send_batch(channel="wecom_app") == 0
    app.refresh_from_db()
    assert "40001" in app.fault
    assert SECRET not in app.fault
    assert states("wecom_app") == [State.PENDING, State.PENDING]
    due_again()
    deliveries.send_batch(channel="wecom_app")
    assert len(there.asked) == 1  # it stands still


def test_a_short_message_is_signed_and_carries_its_id(gateway, waiting, there):
    waiting("sms", ["13800000001", "13800000002"])
    assert deliveries.send_batch(channel="sms") == 2
    asked, _other = there.asked
    row = Delivery.objects.filter(channel="sms").first()
    assert asked.data["id"] == asked.headers["Idempotency-Key"] == str(row.uid)
    assert asked.data["phone"] == "13800000001"
    assert asked.data["text"].startswith("【南川党建】演练：")
    assert "时刻 now" not in asked.data["text"]
    said = asked.headers["X-Timestamp"].encode() + b"." + asked.body
    sign = hmac.new(SECRET.encode(), said, hashlib.sha256).hexdigest()
    assert asked.headers["X-Signature"] == sign


@pytest.mark.parametrize(
    ("answer", "state", "stopped"),
    [
        ({"code": 1001, "message": "no such number 13800000001"}, State.DEAD, False),
        ({"code": 503, "message": "busy"}, State.PENDING, False),
        ((503, {}), State.PENDING, False),
        ((401, {"code": 401}), State.PENDING, True),
        ({"code": 403, "message": "signature"}, State.PENDING, True),
        ((302, {}), State.PENDING, False),
        ((200, b"OK"), State.PENDING, False),
    ],
)
def test_what_a_gateway_answers_is_understood(  # noqa: PLR0917
    gateway, waiting, there, answer, state, stopped
):
    waiting("sms", ["13800000001", "13800000002"])
    there.answers = [answer]
    deliveries.send_batch(channel="sms")
    assert states("sms")[0] == state
    assert "13800000001" not in errors("sms")[0]
    gateway.refresh_from_db()
    assert bool(gateway.fault) == stopped


def test_too_much_at_once_lets_the_channel_rest_for_all_workers(gateway, waiting, there):
    waiting("sms", ["13800000001", "13800000002"])
    there.answers = [(429, {})]
    deliveries.send_batch(channel="sms")
    assert states("sms") == [State.PENDING, State.PENDING]
    assert len(there.asked) == 1  # the second one was not even tried
    gateway.refresh_from_db()
    assert gateway.next_at > timezone.now() + timedelta(seconds=50)


def test_a_gateway_that_hangs_is_left_in_time_and_asked_later(gateway, waiting, there, monkeypatch):
    monkeypatch.setattr(outbound, "READ", 0.5)
    waiting("sms", ["13800000001", "13800000002"])
    there.answers = [there.hang]
    deliveries.send_batch(channel="sms")
    assert set(states("sms")) == {State.PENDING}
    assert all(errors("sms"))
    gateway.refresh_from_db()
    assert gateway.failure
    assert not gateway.fault


def test_an_address_that_is_not_allowed_stops_the_channel(gateway, waiting, settings):
    settings.OUTBOUND_NETWORKS = []
    waiting("sms", ["13800000001", "13800000002"])
    deliveries.send_batch(channel="sms")
    gateway.refresh_from_db()
    assert "OUTBOUND_NETWORKS" in gateway.fault
    assert states("sms") == [State.PENDING, State.PENDING]


def test_killed_between_sending_and_marking_it_leaves_twice_with_one_id(
    gateway, waiting, there, monkeypatch
):
    class Killed(BaseException):
        pass

    def die(pk, token):
        raise Killed

    waiting("sms", ["13800000001", "13800000002"])
    with monkeypatch.context() as patched:
        patched.setattr(deliveries, "mark_sent", die)
        with pytest.raises(Killed):
            deliveries.send_batch(channel="sms")
    Delivery.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    deliveries.send_batch(channel="sms")
    assert states("sms") == [State.SENT, State.SENT]
    ids = [asked.headers["Idempotency-Key"] for asked in there.asked]
    assert len(ids) == 3
    assert len(set(ids)) == 2
    assert ids[0] == ids[1]


def test_who_gave_up_the_address_meanwhile_gets_nothing(gateway, waiting, there):
    waiting("sms", ["13800000001", "13800000002"])
    Address.objects.first().delete()
    deliveries.send_batch(channel="sms")
    assert states("sms") == [State.CANCELLED, State.SENT]


def test_a_token_in_the_address_of_a_gateway_stands_in_no_error(gateway, waiting, there):
    gateway.settings["url"] += "?token=in-the-address"
    gateway.save()
    waiting("sms", ["13800000001", "13800000002"])
    there.answers = [{"code": 1, "message": "in-the-address is unknown"}]
    deliveries.send_batch(channel="sms")
    gateway.refresh_from_db()
    said = f"{gateway.fault} {gateway.failure} {errors('sms')}"
    assert "is unknown" in said and "in-the-address" not in said


def test_a_channel_that_is_off_sends_nothing_and_loses_nothing(gateway, waiting, there):
    waiting("sms", ["13800000001", "13800000002"])
    Channel.objects.filter(pk=gateway.pk).update(is_on=False)
    assert deliveries.send_batch(channel="sms") == 0
    Channel.objects.filter(pk=gateway.pk).update(is_on=True)
    assert deliveries.send_batch(channel="sms") == 2
    assert len(there.asked) == 2


def test_a_hanging_gateway_delays_neither_the_inbox_nor_mail(  # noqa: PLR0917
    gateway, waiting, there, monkeypatch, plan, rule, mailoutbox
):
    """While one sender hangs, another thread says and mails; see the queues in the settings."""
    from nanchuan.settings import CELERY_TASK_ROUTES as routes

    assert routes["nanchuan.notices.tasks.send_mail"] == {"queue": "mail"}
    assert routes["nanchuan.notices.tasks.send_*"] == {"queue": "robot"}
    waiting("sms", ["13800000001", "13800000002"])
    from nanchuan.notices import tasks

    lock = tasks._sending["sms"]
    with lock:  # a batch of short messages hangs in this process
        monkeypatch.setattr(rule, "channels", ("inbox", "email"))
        plan(0, "other")
        tasks.tick()
        tasks.send_sms()
        tasks.send_mail()
    assert len(mailoutbox) == 2
    assert there.asked == []


def test_who_asks_while_another_thread_sends_is_not_forgotten(db, monkeypatch):
    """What it asks for may have come after that one's last look."""
    from nanchuan.notices import tasks

    looks = []

    def look(channel):
        looks.append(channel)
        if len(looks) == 1:
            tasks.send_sms()
        return 0

    monkeypatch.setattr(deliveries, "send_batch", look)
    tasks.send_sms()
    tasks.send_sms()
    assert len(looks) == 3


def test_a_batch_to_a_gateway_that_hangs_is_given_up_at_once(gateway, waiting, there, monkeypatch):
    """Else twenty messages would wait ten seconds each, and outlive their lease."""
    monkeypatch.setattr(outbound, "READ", 0.3)
    waiting("sms", ["13800000001", "13800000002"])
    there.answers = [there.hang]
    deliveries.send_batch(channel="sms")
    assert len(there.asked) == 1


def test_a_token_that_is_refused_for_whatever_reason_stops_the_channel(app, waiting, there):
    waiting("wecom_app")
    there.answers = [{"errcode": 40999, "errmsg": "something new"}]
    deliveries.send_batch(channel="wecom_app")
    app.refresh_from_db()
    assert "40999" in app.fault
    assert states("wecom_app") == [State.PENDING, State.PENDING]


def test_the_administrators_hear_of_a_channel_that_stopped(app, waiting, there):
    from nanchuan.notices import tasks
    from nanchuan.notices.models import Notice

    boss = make.staff("admin", username="boss")
    waiting("wecom_app")
    there.answers = [{"errcode": 40001, "errmsg": "invalid credential"}]
    deliveries.send_batch(channel="wecom_app")
    tasks.tick()
    notice = Notice.objects.get(recipient=boss)
    assert notice.reminder.subject == app

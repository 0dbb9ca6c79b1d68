"""Administrators set channels up, try them, see how they fare, and send again what was given up."""

import io
import logging
import re

import pytest
from django.contrib.contenttypes.models import ContentType
from django.core import mail
from django.test import override_settings
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from nanchuan.accounts.models import User
from nanchuan.kernel.events import detail_of
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices import standing
from nanchuan.notices.actions import channels, reminders
from nanchuan.notices.models import Address, Channel, Delivery
from nanchuan.notices.reach import known, reached_by
from tests import make

pytestmark = pytest.mark.django_db
SECRET = "SEC-canary-of-the-robot"
KEY = "canary-key-of-the-hook"


@pytest.fixture
def admin(db):
    return make.staff("admin", username="admin")  # not in the audience of the drill


@pytest.fixture
def client(client, admin):
    client.force_login(admin)
    return client


def fill(client, url, /, **typed):
    """Send a form as its page shows it, with some fields changed."""
    page = client.get(url)
    form = page.context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    return client.post(url, data | typed)


def new(client, kind, /, **typed):
    answer = fill(client, reverse("notices:channel-create", args=[kind]), **typed)
    assert answer.status_code == 302, answer.context["form"].errors
    return Channel.objects.latest("pk")


def page(channel, name="detail", *arguments):
    return reverse(f"notices:channel-{name}", args=[channel.pk, *arguments])


@pytest.fixture
def robot(client, there):
    hook = f"{there.url}/send?access_token={KEY}"
    return new(client, "dingtalk_robot", name="办公室群", webhook=hook, secret=SECRET)


def test_a_robot_is_set_up_tried_and_switched_on(client, robot, there):
    assert (robot.is_on, robot.audience, robot.per_minute) == (False, None, 18)
    said = client.post(page(robot, "try"), follow=True).content.decode()
    assert "对方已接收测试消息" in said
    assert "测试" in there.asked[0].body.decode()
    client.post(page(robot, "on"))
    robot.refresh_from_db()
    assert robot.is_on
    assert robot.succeeded_at
    names = Event.objects.filter(subject_id=robot.pk).values_list("name", flat=True)
    assert {"channel.created", "channel.tried", "channel.switched_on"} <= set(names)


def test_the_test_says_in_words_what_the_other_side_answered(client, robot, there):
    there.answers = [{"errcode": 310000, "errmsg": f"sign not match {SECRET}"}]
    said = client.post(page(robot, "try"), follow=True).content.decode()
    assert "测试消息没有发出" in said
    assert "310000" in said
    robot.refresh_from_db()
    assert robot.failure
    assert not robot.fault


def test_secrets_stand_on_no_page_in_no_event_and_in_no_log(client, robot, there, caplog):
    caplog.set_level(logging.DEBUG)
    there.answers = [{"errcode": 310000, "errmsg": f"no {SECRET} {KEY}"}]
    client.post(page(robot, "try"))
    fill(client, page(robot, "edit"), name="新名")
    pages = [reverse("notices:channel-list"), page(robot), page(robot, "edit")]
    pages += [page(robot, "letters"), reverse("portal:event-list")]
    for url in pages:
        body = client.get(url).content.decode()
        assert SECRET not in body, url
        assert KEY not in body, url
    told = str(list(Event.objects.values_list("facts", "subject_label")))
    for secret in (SECRET, KEY):
        assert secret not in told
        assert secret not in caplog.text
    robot.refresh_from_db()
    assert robot.settings["secret"] == SECRET  # left empty, it stays


def test_the_trail_keeps_which_settings_changed_never_what_they_are(client, robot):
    fill(client, page(robot, "edit"), secret="SEC-another-secret")
    event = Event.objects.filter(name="channel.changed").get()
    assert event.facts == {"changed": ["secret"]}
    assert detail_of(event) == "密钥"
    robot.refresh_from_db()
    assert robot.settings["secret"] == "SEC-another-secret"


def test_of_two_who_change_it_at_once_the_second_is_told(client, robot):
    form = client.get(page(robot, "edit")).context["form"]
    late = {name: form[name].value() for name in ("name", "every_minutes", "seen", "once")}
    fill(client, page(robot, "edit"), name="先改的")
    answer = client.post(page(robot, "edit"), late | {"name": "后改的"})
    assert "刚被别人修改" in answer.content.decode()
    robot.refresh_from_db()
    assert robot.name == "先改的"
    form = answer.context["form"]
    client.post(
        page(robot, "edit"), late | {"name": form["name"].value(), "seen": form["seen"].value()}
    )
    robot.refresh_from_db()
    assert robot.name == "后改的"


def test_of_two_whose_forms_were_both_right_the_second_is_refused(robot, admin):
    """Each form was looked at before the other one was saved."""
    seen = channels.last_change(robot)
    first, second = (Channel.objects.get(pk=robot.pk) for _each in range(2))
    first.name, second.name = "先改的", "后改的"
    channels.change(first, seen=seen, by=admin)
    with pytest.raises(StepRefused):
        channels.change(second, seen=seen, by=admin)
    robot.refresh_from_db()
    assert robot.name == "先改的"


def test_a_typed_secret_is_asked_for_again_beside_another_mistake(client, robot):
    """Or the old one would be kept in silence once the other field is corrected."""
    answer = fill(client, page(robot, "edit"), name="", secret="SEC-another-secret")
    assert set(answer.context["form"].errors) == {"name", "secret"}
    assert "SEC-another-secret" not in answer.content.decode()
    answer = fill(client, page(robot, "edit"), name="")
    assert set(answer.context["form"].errors) == {"name"}


def test_a_stopped_channel_goes_on_after_it_was_set_up_anew(client, robot):
    Channel.objects.update(fault="93000", is_on=True)
    assert "停摆" in client.get(page(robot)).content.decode()
    fill(client, page(robot, "edit"), secret="SEC-another-secret")
    robot.refresh_from_db()
    assert robot.fault == ""


@pytest.mark.parametrize(
    ("webhook", "words"),
    [
        ("https://evil.example.com/send?access_token=x", "OUTBOUND_HOSTS"),
        ("http://oapi.dingtalk.com/robot/send?access_token=x", None),
        ("https://oapi.dingtalk.com/robot/send", "access_token="),
        ("access_token=x", "https://"),
        ("https://oapi.dingtalk.com/robot/send?access_token=x，", "整条重新复制"),
        ("https://oapi.dingtalk.com/robot/send?access_token=x#top", "整条重新复制"),
        ("", None),
    ],
)
def test_a_bad_address_is_told_at_its_field_and_nothing_is_lost(client, webhook, words):
    url = reverse("notices:channel-create", args=["dingtalk_robot"])
    answer = fill(client, url, name="办公室群", webhook=webhook, secret=SECRET)
    assert answer.status_code == 200
    assert "webhook" in answer.context["form"].errors
    body = answer.content.decode()
    assert "办公室群" in body
    assert SECRET not in body
    if words:
        assert words in body


@pytest.mark.parametrize(
    ("kind", "field", "typed"),
    [
        ("email", "user", "用户"),
        ("email", "password", "密码密码"),
        ("wecom_app", "server", "https://qyapi.weixin.qq.com/?x=1"),
    ],
)
def test_what_the_other_side_cannot_be_told_is_told_at_its_field(client, kind, field, typed):
    url = reverse("notices:channel-create", args=[kind])
    facts = {"host": "smtp.example.com", "sender": "a@example.com", "security": "ssl"}
    facts |= {"corp_id": "ww1", "agent_id": "1", "secret": SECRET}
    answer = fill(client, url, name="甲", **facts | {field: typed})
    assert answer.status_code == 200
    assert field in answer.context["form"].errors
    assert not Channel.objects.filter(name="甲").exists()


def test_a_mail_server_without_a_way_to_encrypt_is_reached_by_tls(client):
    mails = new(client, "email", name="邮件", host="smtp.invalid", sender="a@example.com")
    assert mails.settings["security"] == "ssl"
    said = client.post(page(mails, "try"), follow=True).content.decode()
    assert "测试消息没有发出" in said


def test_two_clicks_make_one_channel(client, there):
    url = reverse("notices:channel-create", args=["wecom_robot"])
    form = client.get(url).context["form"]
    typed = {"name": "群", "webhook": f"{there.url}/?key={KEY}", "every_minutes": 60}
    typed |= {"once": str(form["once"].value()), "audience": ""}
    for _click in range(2):
        assert client.post(url, typed).status_code == 302
    assert Channel.objects.filter(kind="wecom_robot").count() == 1


def test_a_robot_serves_a_group_that_an_app_offers(client, cast, there):
    kind = ContentType.objects.get_for_model(cast.group)
    robot = new(
        client,
        "wecom_robot",
        name="小组群",
        webhook=f"{there.url}/?key={KEY}",
        audience=f"{kind.pk}-{cast.group.pk}",
    )
    assert robot.audience == cast.group
    assert str(cast.group) in client.get(reverse("notices:channel-list")).content.decode()
    fill(client, page(robot, "edit"), audience="")
    robot.refresh_from_db()
    assert robot.audience is None


def test_there_is_one_channel_of_a_kind_to_persons_at_work(client, there):
    typed = {"url": f"{there.url}/sms", "secret": "x" * 16, "signature": "南川"}
    first, second = (new(client, "sms", name=name, **typed) for name in "甲乙")
    client.post(page(first, "on"))
    said = client.post(page(second, "on"), follow=True).content.decode()
    assert "已有一个在用" in said
    second.refresh_from_db()
    assert not second.is_on


def test_the_test_of_a_channel_to_persons_goes_to_oneself(client, admin, there):
    typed = {"url": f"{there.url}/sms", "secret": "x" * 16, "signature": "南川"}
    sms = new(client, "sms", name="短信", **typed)
    assert "没有登记" in client.post(page(sms, "try"), follow=True).content.decode()
    assert there.asked == []
    Address.objects.create(user=admin, channel="sms", value="13800000000")
    Channel.objects.update(next_at=None)
    assert "已接收" in client.post(page(sms, "try"), follow=True).content.decode()
    assert there.asked[0].data["phone"] == "13800000000"


@pytest.mark.parametrize("role", ["staff", "leader", "auditor"])
def test_nobody_else_sees_or_does_anything(client, robot, role):
    client.force_login(make.staff(role))
    for name in ("detail", "edit", "letters"):
        assert client.get(page(robot, name)).status_code == 403
    for name in ("on", "off", "try", "edit", "retry-all"):
        assert client.post(page(robot, name)).status_code == 403
    assert client.get(reverse("notices:channel-list")).status_code == 403
    robot.refresh_from_db()
    assert not robot.is_on


def test_what_does_not_exist_is_not_found(client):
    for name in ("detail", "edit", "letters"):
        assert client.get(reverse(f"notices:channel-{name}", args=[99999999])).status_code == 404
    assert client.get("/inbox/channels/new/pigeon/").status_code == 404


# ── What was given up ───────────────────────────────────────────────────────────────────────


@pytest.fixture
def dead(plan, people):
    plan()
    reminders.expand_due()
    rows = Delivery.objects.filter(channel="email")
    rows.update(state="dead", error="550 no such mailbox", attempts=3)
    return rows


@pytest.fixture
def post_office(db):
    """Made by the migration, unless a test with transactions of its own swept it away."""
    return Channel.objects.get_or_create(kind="email", defaults={"name": "邮件", "is_on": True})[0]


def test_dead_letters_are_listed_with_their_reason(client, dead, post_office, people, subject):
    body = client.get(page(post_office, "letters")).content.decode()
    assert body.count("550 no such mailbox") == 2
    assert people[0].name in body
    assert str(subject) not in body  # what it was about is not the administrator's
    assert people[0].email not in body
    listed = client.get(reverse("notices:channel-list")).content.decode()
    assert re.search(r'/dead/">2</a>', listed)


def test_one_or_all_are_sent_again(client, dead, post_office):
    first, second = dead.order_by("pk")
    client.post(page(post_office, "retry", first.pk))
    assert list(dead.order_by("pk").values_list("state", "attempts")) == [
        ("pending", 0),
        ("dead", 3),
    ]
    client.post(page(post_office, "retry-all"))
    assert set(dead.values_list("state", flat=True)) == {"pending"}
    said = client.post(page(post_office, "retry", second.pk), follow=True).content.decode()
    assert "没有要重发的消息" in said
    numbers = Event.objects.filter(name="channel.retried").values_list("facts", flat=True)
    assert sorted(facts["number"] for facts in numbers) == [1, 1]


def test_dead_letters_are_exported_without_addresses(client, dead, post_office, people):
    answer = client.get(page(post_office, "letters"), {"export": "xlsx"})
    book = load_workbook(io.BytesIO(b"".join(answer)))
    rows = list(book.worksheets[0].values)
    assert len(rows) == 3
    assert people[0].email not in str(rows)
    assert Event.objects.filter(name="list.exported").exists()


# ── How it stands ───────────────────────────────────────────────────────────────────────────


def test_how_a_channel_stands_is_said_in_a_word(db):
    now = timezone.now()
    ago = now - timezone.timedelta(hours=1)
    said = []
    for facts in (
        {},
        {"is_on": True},
        {"is_on": True, "succeeded_at": now},
        {"is_on": True, "succeeded_at": ago, "failed_at": now, "failure": "45009"},
        {"is_on": True, "succeeded_at": now, "fault": "93000"},
    ):
        channel = Channel.objects.create(kind="wecom_robot", name="群", **facts)
        said.append(standing.standing_of(channel).status)
    assert said == ["left", "waiting", "confirmed", "soon", "overdue"]


def test_a_backlog_is_amber(client, dead, post_office):
    ago = timezone.now() - timezone.timedelta(hours=1)
    Channel.objects.filter(pk=post_office.pk).update(succeeded_at=timezone.now())
    dead.update(state="pending", due_at=ago)
    assert "积压" in client.get(reverse("notices:channel-list")).content.decode()


def test_the_list_asks_the_same_however_many_channels(client, robot, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    url = reverse("notices:channel-list")
    client.get(url)
    with CaptureQueriesContext(connection) as few:
        client.get(url)
    for _more in range(5):
        Channel.objects.create(kind="wecom_robot", name="群")
    with django_assert_num_queries(len(few)):
        client.get(url)


# ── Addresses ───────────────────────────────────────────────────────────────────────────────


def test_one_types_where_to_be_found(client, admin):
    url = reverse("notices:address-own")
    fill(client, url, wecom_app="zhangsan", sms="138 0000 0000")
    values = dict(Address.objects.values_list("channel", "value"))  # opened by the field
    assert values == {"wecom_app": "zhangsan", "sms": "13800000000"}
    body = client.get(url).content.decode()
    assert "13800000000" not in body
    assert "138****0000" in body
    fill(client, url, sms="-")
    assert list(Address.objects.values_list("channel", flat=True)) == ["wecom_app"]
    assert "13800000000" not in str(list(Event.objects.values_list("facts", flat=True)))


@pytest.mark.parametrize("number", ["not a phone", "٠١٢٣٤٥٦٧٨٩"])
def test_a_bad_number_is_told(client, number):
    answer = fill(client, reverse("notices:address-own"), sms=number)
    assert "sms" in answer.context["form"].errors


@pytest.mark.parametrize("account", ["@all", "@ALL", "-x", "a|b"])
def test_nobody_sends_what_is_his_to_everybody(client, account):
    """WeCom takes "@all" for everybody who sees the application."""
    answer = fill(client, reverse("notices:address-own"), wecom_app=account)
    assert "wecom_app" in answer.context["form"].errors
    assert not Address.objects.exists()


def test_the_administrator_types_it_for_others_and_others_only_their_own(client, admin):
    wang = make.user()
    url = reverse("notices:address-edit", args=[wang.pk])
    fill(client, url, wecom_app="wang")
    assert Address.objects.get().user == wang
    client.force_login(wang)
    assert client.get(url).status_code == 403
    assert client.post(url, {"wecom_app": "x"}).status_code == 403
    assert fill(client, reverse("notices:address-own"), wecom_app="wang2").status_code == 302
    assert Address.objects.get().value == "wang2"


def test_whom_a_channel_reaches(client, there, post_office):
    everybody = User.objects.all()
    assert {"email", "wecom_app", "sms"} <= set(known())
    wang = make.user()
    Address.objects.create(user=wang, channel="sms", value="13800000000")
    li = make.member(user=make.user(email=""), phone="13900000000").user
    assert not reached_by("sms", everybody).exists()  # not set up
    Channel.objects.create(kind="sms", name="短信", is_on=True)
    assert set(reached_by("sms", everybody)) == {wang, li}  # typed, and from the roster
    assert li not in reached_by("email", everybody)
    assert wang in reached_by("email", everybody)
    Channel.objects.filter(kind="email").update(is_on=False)
    assert not reached_by("email", everybody).exists()
    assert not reached_by("pigeon", everybody).exists()


# ── Mail ────────────────────────────────────────────────────────────────────────────────────


def test_a_server_named_here_takes_the_mails_of_the_whole_portal(
    client, settings, post_office, there
):
    from tests.notices.processes import MailServer

    server = MailServer(seconds=0)
    try:
        fill(client, page(post_office, "edit"), host="127.0.0.1", sender="portal@example.org")
        post_office.refresh_from_db()
        # A drill's server has no certificate.
        plain = post_office.settings | {"port": server.controller.port, "security": ""}
        Channel.objects.filter(pk=post_office.pk).update(settings=plain)
        with override_settings(EMAIL_BACKEND="nanchuan.notices.senders.email.backend"):
            mail.send_mail("密码", "链接", None, ["wang@example.invalid"])
        assert len(server.taken) == 1
        settings.OUTBOUND_NETWORKS = []  # an address inside our network is refused here too
        said = client.post(page(post_office, "try"), follow=True).content.decode()
        assert "OUTBOUND_NETWORKS" in said
        assert len(server.taken) == 1
    finally:
        server.stop()


def test_without_a_server_mail_goes_as_the_deployment_says(post_office, settings):
    settings.EMAIL_BACKEND = "nanchuan.notices.senders.email.backend"
    settings.EMAIL_DEPLOYED_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.send_mail("密码", "链接", None, ["wang@example.invalid"])
    assert len(mail.outbox) == 1

"""Who was told what, when, by which channel, with what result; and saying it once more."""

from io import BytesIO

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from nanchuan.notices import routing
from nanchuan.notices.actions import deliveries, reminders
from nanchuan.notices.models import Delivery, Reminder, StandIn
from nanchuan.notices.rules import CANCEL
from tests import make

pytestmark = pytest.mark.django_db
LOG = reverse("notices:log")


@pytest.fixture
def sun(db):
    """Of the office, and none of those whom the drill tells."""
    return make.staff(name="sun", username="office")


@pytest.fixture
def told(plan, people):
    plan()
    reminders.expand_due()
    deliveries.send_batch()
    return people


def shown(client, **query):
    return [line.row for line in client.get(LOG, query).context["lines"]]


def resend(client, row):
    return client.post(reverse("notices:log-resend", args=[row.pk]), follow=True)


def test_the_office_sees_everybody_and_a_person_only_oneself(sign_in, sun, told):
    assert len(shown(sign_in(sun))) == 5
    mine = shown(sign_in(told[0]))
    assert {row.recipient for row in mine} == {told[0]} and len(mine) == 2


def test_it_is_narrowed_by_person_subject_channel_and_result(sign_in, sun, told, subject):
    from django.contrib.contenttypes.models import ContentType

    client, kind = sign_in(sun), ContentType.objects.get_for_model(subject).pk
    assert len(shown(client, who=told[0].name, channel="email")) == 1
    assert len(shown(client, about=f"{kind}-{subject.pk}")) == 5
    assert shown(client, about=f"{kind}-{subject.pk + 1}") == []
    for odd in ("x", "1-", "-1", f"{kind}-{'9' * 40}"):
        assert shown(client, about=odd) == []
    assert len(shown(client, state="sent", kind="task", rule="drill.note")) == 5


def test_nobody_else_is_looked_for_by_name(sign_in, told):
    assert len(shown(sign_in(told[0]), who=told[1].name)) == 2


def test_it_leaves_as_a_file(sign_in, sun, told):
    answer = sign_in(sun).get(LOG, {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).active
    text = "\n".join(str(cell) for row in sheet.values for cell in row)
    assert told[0].name in text and "已送达" in text


def test_it_is_said_once_more_as_a_row_of_its_own(sign_in, sun, told):
    first = Delivery.objects.get(recipient=told[0], channel="email")
    client = sign_in(sun)
    resend(client, first)
    assert "已经在等待发送" in resend(client, first).content.decode()
    deliveries.send_batch()
    assert Delivery.objects.filter(recipient=told[0], channel="email", state="sent").count() == 2
    assert len(mail.outbox) == 3
    assert Reminder.objects.get(moment="now~1").state == "done"


def test_a_deputy_is_told_once_more_in_the_same_place(sign_in, sun, plan, people, monkeypatch):
    monkeypatch.setattr(routing, "sees", lambda user, subject: True)
    deputy = make.user(username="deputy")
    StandIn.objects.create(user=people[0], deputy=deputy, starts_on=make.LONG_AGO)
    plan()
    reminders.expand_due()
    deliveries.send_batch()
    first = Delivery.objects.get(recipient=deputy, channel="email")
    resend(sign_in(sun), first)
    deliveries.send_batch()
    again = Delivery.objects.filter(recipient=deputy, channel="email").latest("pk")
    assert (again.state, again.error) == ("sent", "")
    assert again != first and f"您代{people[0]}接收" in mail.outbox[-1].body


def test_what_waits_or_came_too_late_is_not_said_once_more(sign_in, sun, plan, people):
    plan()
    reminders.expand_due()
    first, client = Delivery.objects.get(recipient=people[0], channel="email"), sign_in(sun)
    assert "已经在等待发送" in resend(client, first).content.decode()
    Delivery.objects.update(state="sent")
    Reminder.objects.update(expires_at=timezone.now())
    assert "过了发送的时限" in resend(client, first).content.decode()
    assert Delivery.objects.count() == 5


def test_whoever_is_not_concerned_any_more_is_not_told_again(sign_in, sun, told, rule, monkeypatch):
    from nanchuan.accounts.models import User

    first = Delivery.objects.get(recipient=told[0], channel="email")
    with monkeypatch.context() as patched:
        patched.setattr(rule, "audience", lambda subject, row: User.objects.none())
        assert "不在通知范围" in resend(sign_in(sun), first).content.decode()
    monkeypatch.setattr(rule, "verdict", lambda subject, row: CANCEL)
    assert "已经结束" in resend(sign_in(sun), first).content.decode()
    assert Delivery.objects.count() == 5


def test_only_the_office_says_it_again(sign_in, told):
    first = Delivery.objects.get(recipient=told[0], channel="email")
    answer = sign_in(told[0]).post(reverse("notices:log-resend", args=[first.pk]))
    assert answer.status_code in (403, 404)
    assert "重新发送" not in sign_in(told[0]).get(LOG).content.decode()


def test_the_number_of_questions_does_not_grow_with_the_rows(
    sign_in, sun, plan, people, django_assert_max_num_queries
):
    for number in range(8):
        plan(0, f"m{number}")
    reminders.expand_due()
    client = sign_in(sun)
    client.get(LOG)
    with django_assert_max_num_queries(16):
        client.get(LOG)
    make.user()


def test_what_is_personal_is_nobody_else_s_to_read(sign_in, sun, told, rule, monkeypatch):
    """Neither the office nor the administrator learns whom the portal reminds of dues."""
    monkeypatch.setattr(rule, "is_personal", True, raising=False)
    admin = make.staff("admin", username="root")
    assert shown(sign_in(sun)) == shown(sign_in(admin)) == []
    assert len(shown(sign_in(told[0]))) == 2
    first = Delivery.objects.get(recipient=told[0], channel="email")
    assert sign_in(sun).post(reverse("notices:log-resend", args=[first.pk])).status_code == 404


@pytest.mark.parametrize(
    "about", ["999999999999-1", "1-999999999999999999", "x-1", "1-", "-", "١-1"]
)
def test_a_subject_that_cannot_be_is_no_failure(sign_in, sun, about):
    answer = sign_in(sun).get(reverse("notices:log"), {"about": about})
    assert answer.status_code == 200
    assert not answer.context["object_list"]

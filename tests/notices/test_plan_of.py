import pytest
from django.template.loader import render_to_string

from nanchuan.notices.actions import deliveries, reminders, suppress
from nanchuan.notices.models import Delivery
from nanchuan.notices.plans import plan_of
from tests import make

pytestmark = pytest.mark.django_db


def page(subject):
    return " ".join(render_to_string("notices/_plan.html", {"plan": plan_of(subject)}).split())


def test_before_anything_is_planned_it_says_what_will_be_here(subject):
    assert "还没有安排提醒" in page(subject)


def test_staff_see_what_waits_what_was_said_and_to_how_many(plan, subject, people, mailoutbox):
    plan()
    plan(60, "later")
    reminders.expand_due()
    said, waits = plan_of(subject)
    assert (said.told, said.mailed, said.mails_waiting) == (3, 0, 2)
    assert (waits.reminder.state, waits.told) == ("planned", 0)
    deliveries.send_batch()
    assert (plan_of(subject)[0].mailed, plan_of(subject)[0].mails_waiting) == (2, 0)
    text = page(subject)
    assert "已通知 3 人" in text
    assert "邮件已发 2 封" in text
    assert "待发送" in text


def test_mails_that_cannot_be_delivered_are_shown(plan, subject, people):
    plan()
    reminders.expand_due()
    Delivery.objects.filter(channel="email").update(state="dead")
    assert "2 封邮件无法送达" in page(subject)


def test_history_that_was_entered_later_is_shown_as_such(plan, subject, people):
    from django.utils import timezone

    plan(-1)
    suppress(before=timezone.now())
    assert "事后补录，未向 3 人发送" in page(subject)


def test_other_subjects_are_not_shown(plan, subject, people):
    plan()
    assert plan_of(make.unit()) == []


def test_it_takes_two_queries(plan, subject, people, django_assert_num_queries):
    for number in range(5):
        plan(0, str(number))
    reminders.expand_due()
    with django_assert_num_queries(2):
        page(subject)


def test_a_rule_may_have_a_label_for_staff(plan, subject, rule, monkeypatch):
    plan()
    assert plan_of(subject)[0].words == f"演练：{subject}"
    monkeypatch.setattr(rule, "label", "演练提醒", raising=False)
    assert plan_of(subject)[0].words == "演练提醒"

"""Why a notice came, in words, and what is to be done about it."""

from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel import events
from nanchuan.notices.actions import deliveries, reminders
from nanchuan.notices.models import Notice, Reminder, StandIn
from tests import make

pytestmark = pytest.mark.django_db
INBOX = reverse("notices:inbox")


def notice(recipient, subject, rule="drill.note", by=None, moment="now"):
    event = events.record("meeting.convened", subject=subject, by=by)
    reminder = Reminder.objects.create(
        rule=rule, subject=subject, moment=moment, due_at=timezone.now(), state="done", event=event
    )
    return Notice.objects.create(recipient=recipient, reminder=reminder)


def why(client, row, **headers):
    return client.get(reverse("notices:notice-why", args=[row.pk]), headers=headers)


def test_rule_occasion_and_standing_are_said(sign_in, cast, sun):
    meeting = make.meeting(cast.group, cast.lin)
    row = notice(cast.wu, meeting, "meeting.notice", by=sun)
    page = why(sign_in(cast.wu), row).content.decode()
    for word in ("会议通知", "必须知道", "wu党支部", reverse("notices:settings")):
        assert word in page


def test_who_did_it_is_told_to_those_who_may_know(sign_in, cast, sun):
    unit = make.unit()
    for reader, knows in ((cast.wu, False), (sun, True)):
        row = notice(reader, unit, by=sun, moment=reader.username)
        page = why(sign_in(reader), row, **{"HX-Request": "true"}).content.decode()
        assert ("sun" in page.split("发生了什么")[1].split("您的身份")[0]) is knows


def test_nobody_asks_about_the_notice_of_another(sign_in, cast, subject):
    assert why(sign_in(cast.zhao), notice(cast.wu, subject)).status_code == 404


def test_what_is_out_of_sight_has_no_reason_either(sign_in, cast):
    meeting = make.meeting(cast.group, cast.lin)
    row = notice(cast.zhao, meeting, "meeting.notice")
    page = why(sign_in(cast.zhao), row).content.decode()
    assert "已不能查看" in page and meeting.title not in page


def test_a_deputy_reads_for_whom(sign_in, cast, monkeypatch, plan, rule):
    from nanchuan.accounts.models import User

    StandIn.objects.create(user=cast.lin, deputy=cast.wu, starts_on=make.LONG_AGO)
    monkeypatch.setattr(rule, "audience", lambda s, r: User.objects.filter(pk=cast.lin.pk))
    plan()
    reminders.expand_due()
    page = why(sign_in(cast.wu), Notice.objects.get(recipient=cast.wu)).content.decode()
    assert "代lin接收" in page
    deliveries.send_batch()
    assert "您代lin接收" in mail.outbox[0].body


def test_a_mail_says_why_at_its_foot(plan, people):
    plan()
    reminders.expand_due()
    deliveries.send_batch()
    assert "您收到它，是因为" in mail.outbox[0].body
    assert reverse("notices:settings") in mail.outbox[0].body


def test_the_verb_stands_on_the_line_and_leads_there(sign_in, cast):
    meeting = make.meeting(cast.group, cast.lin)
    row = notice(cast.wu, meeting, "meeting.notice")
    client = sign_in(cast.wu)
    assert ">回复</a>" in client.get(INBOX).content.decode()
    there = client.get(reverse("notices:notice-open", args=[row.pk]) + "?act=1")
    assert there.url == reverse("alliance:meeting-reply", args=[meeting.pk])
    row.refresh_from_db()
    assert row.read_at


def test_the_inbox_is_narrowed_by_kind_time_and_what_is_unread(sign_in, cast, subject):
    meeting = make.meeting(cast.group, cast.lin)
    old, new = notice(cast.wu, subject), notice(cast.wu, meeting, "meeting.notice")
    Notice.objects.filter(pk=old.pk).update(arrived_at=timezone.now() - timedelta(days=40))
    client = sign_in(cast.wu)

    def shown(**query):
        page = client.get(INBOX, query)
        return [line.notice.pk for line in page.context["lines"]], page.context["numbers"]

    assert shown()[0] == [new.pk, old.pk]
    assert shown(kind="meeting") == ([new.pk], {"all": 1, "unread": 1})
    today = timezone.localdate()
    assert shown(since=str(today))[0] == [new.pk]
    assert shown(until=str(today - timedelta(days=30)))[0] == [old.pk]
    Notice.objects.filter(pk=old.pk).update(read_at=timezone.now())
    assert shown(show="unread")[0] == [new.pk]
    assert shown(since="yesterday", kind="odd")[0] == [new.pk, old.pk]
    assert 'data-unread="1"' in client.get(INBOX, {"kind": "dues"}).content.decode()

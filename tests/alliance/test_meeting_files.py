"""A meeting as a file: beside the mails that change a calendar, and on its own page."""

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from alliance.actions import invitations
from alliance.actions import meetings as actions
from alliance.models import Meeting
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import rule_named
from nanchuan.notices.tasks import send_mail, tick
from tests import make
from tests.alliance.test_feeds import read

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin, agenda="金丝雀议题")


def path_of(meeting):
    return reverse("alliance:meeting-file", args=[meeting.pk])


def event_in(data):
    (event,) = Calendar.from_ical(data).walk("VEVENT")
    return event


def mails_to(person, mailoutbox):
    """The mails to somebody as they stand on the wire."""
    tick()
    send_mail()
    mine = [mail for mail in mailoutbox if mail.to == [person.email]]
    return [
        message_from_bytes(mail.message().as_bytes(linesep="\r\n"), policy=default) for mail in mine
    ]


def file_of(mail):
    (part,) = mail.iter_attachments()
    return part


def move(meeting, by, days=3):
    dates = {name: getattr(meeting, name) + days * DAY for name in ("starts_at", "ends_at")}
    actions.change(meeting, by=by, seen=meeting.sequence, **dates)


def test_the_notice_brings_the_meeting(cast, meeting, mailoutbox):
    (mail,) = mails_to(cast.wu, mailoutbox)
    part = file_of(mail)
    assert part.get_filename() == "会议.ics"
    assert part.get_content_type() == "text/calendar"
    assert dict(part["Content-Type"].params) == {"charset": "utf-8", "method": "PUBLISH"}
    data = part.get_payload(decode=True)
    book, event = Calendar.from_ical(data), event_in(data)
    assert str(book["method"]) == "PUBLISH"
    assert "attendee" not in event and "organizer" not in event
    assert event["dtstart"].dt == meeting.starts_at.replace(microsecond=0)
    assert str(event["location"]) == meeting.place
    assert str(event["status"]) == "CONFIRMED"


def change_place(meeting, by):
    actions.change(meeting, by=by, seen=meeting.sequence, place="三号会议室")


def call_off(meeting, by):
    actions.cancel(meeting, reason="另有安排", by=by)


@pytest.mark.parametrize("change", [None, move, change_place, call_off])
def test_the_file_says_nothing_that_the_mail_does_not(cast, meeting, mailoutbox, change):
    if change:
        mails_to(cast.wu, mailoutbox)
        change(meeting, cast.lin)
    mail = mails_to(cast.wu, mailoutbox)[-1]
    text = mail["Subject"] + mail.get_body("plain").get_content()
    event = event_in(file_of(mail).get_payload(decode=True))
    title = str(event["summary"]).removeprefix("已取消：")
    assert title in text and str(event["url"]).endswith(meeting.get_absolute_url())
    assert str(event["description"]) in text
    assert str(event.get("location", "")) in text
    assert moment(event["dtstart"].dt) in text
    told = {"uid", "dtstamp", "last-modified", "sequence", "status", "dtstart", "dtend"}
    assert {name.lower() for name in event} <= told | {"summary", "url", "description", "location"}
    assert "金丝雀" not in file_of(mail).get_payload(decode=True).decode()


def test_it_is_the_meeting_of_the_feeds_at_every_change(client, cast, meeting, mailoutbox):
    _feed, token = make.feed(cast.wu)
    seen = []
    for change in (None, move, change_place, call_off):
        if change:
            change(meeting, cast.lin)
        mail = mails_to(cast.wu, mailoutbox)[-1]
        event = event_in(file_of(mail).get_payload(decode=True))
        fed = read(client, token)[f"meeting-{meeting.pk}"]
        for name in ("uid", "sequence", "status", "summary", "dtstart", "dtend", "dtstamp"):
            assert event[name].to_ical() == fed[name].to_ical(), name
        seen.append((event["sequence"], str(event["status"])))
    assert [status for _number, status in seen] == ["CONFIRMED"] * 3 + ["CANCELLED"]
    assert len({number for number, _status in seen}) == 4 and seen == sorted(seen)


def test_a_reminder_brings_no_second_one(cast, meeting, mailoutbox):
    mails_to(cast.wu, mailoutbox)
    Reminder.objects.filter(moment__startswith="1440@").update(
        due_at=timezone.now() - timedelta(seconds=1)
    )
    mail = mails_to(cast.wu, mailoutbox)[-1]
    assert mail["Subject"].strip().startswith("会议提醒")
    assert list(mail.iter_attachments()) == []


def test_mails_of_one_meeting_form_a_thread(cast, meeting, mailoutbox):
    other = make.meeting(cast.group, by=cast.lin)
    mails_to(cast.wu, mailoutbox)
    call_off(meeting, cast.lin)
    threads = {}
    for mail in mails_to(cast.wu, mailoutbox):
        assert mail["In-Reply-To"] == mail["References"]
        threads.setdefault(mail["References"], []).append(mail["Subject"])
    first, second = (
        next(words for key, words in threads.items() if f"meeting-{row.pk}@" in key)
        for row in (meeting, other)
    )
    assert (len(first), len(second)) == (2, 1)
    assert len({mail["Message-ID"] for mail in mails_to(cast.wu, mailoutbox)}) == 3


def test_the_page_offers_the_file(sign_in, cast, meeting):
    client = sign_in(cast.wu)
    assert f'href="{path_of(meeting)}"' in client.get(meeting.get_absolute_url()).text
    answer = client.get(path_of(meeting))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Cache-Control"] == "no-store"
    assert "attachment" in answer["Content-Disposition"]
    event = event_in(b"".join(answer.streaming_content))
    assert str(event["summary"]) == meeting.title
    assert event["uid"].startswith(f"meeting-{meeting.pk}@")


def test_who_is_invited_later_gets_the_file_too(cast, meeting, mailoutbox, sun):
    mails_to(cast.wu, mailoutbox)
    late = make.seat(make.unit(), cast.group)
    person = make.liaison(late.unit)
    invitations.invite(meeting, seats=[late], by=sun)
    (mail,) = mails_to(person, mailoutbox)
    event = event_in(file_of(mail).get_payload(decode=True))
    assert event["uid"].startswith(f"meeting-{meeting.pk}@")
    assert str(event["description"]) in mail.get_body("plain").get_content()
    assert f"meeting-{meeting.pk}@" in mail["References"]


def test_outsiders_get_no_file_and_a_draft_is_nobodys(sign_in, cast, meeting, sun):
    assert sign_in(cast.zhao).get(path_of(meeting)).status_code == 404
    Meeting.objects.filter(pk=meeting.pk).update(status="draft")
    for person in (cast.lin, cast.wu, sun):
        assert sign_in(person).get(path_of(meeting)).status_code == 404
    assert path_of(meeting) not in sign_in(cast.lin).get(meeting.get_absolute_url()).text


def test_the_file_costs_a_mail_one_question(cast, meeting):
    rule = rule_named("meeting.notice")
    row = Meeting.objects.select_related(*rule.related()).get()
    rule.attachments(row, None)  # warms what is kept
    with CaptureQueriesContext(connection) as queries:
        rule.attachments(row, None)
    assert len(queries) == 1

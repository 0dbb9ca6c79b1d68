"""The verb on a line of the inbox stays while its matter waits for this reader, and no longer."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alliance.actions import invitations
from alliance.actions.invitations import Answer
from alliance.models import Meeting
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.models import Notice
from nanchuan.notices.rules import rule_named
from services.actions import bookings, dispatching, solving
from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db
INBOX = reverse("notices:inbox")


def settle():
    events.handle_waiting()
    reminders.expand_due()


@pytest.fixture
def verbs(client):
    """`verbs(user, rule)`: the verbs on the lines of a rule in somebody's inbox."""

    def shown(user, rule):
        client.force_login(user)
        lines = client.get(INBOX).context["lines"]
        told = [line for line in lines if line.notice.reminder.rule == rule]
        assert told, f"{user} heard nothing of {rule}"
        return [line.act and line.act[0] for line in told]

    return shown


def test_a_meeting_is_answered_by_each_unit_for_itself(cast, verbs):
    meeting = make.meeting(cast.group, by=cast.lin)
    settle()
    assert verbs(cast.wu, "meeting.notice") == verbs(cast.lin, "meeting.notice") == ["回复"]
    invitation = meeting.invitations.get(seat__unit=cast.wu_unit)
    invitations.reply(invitation, Answer("attend", "吴"), seen=None, by=cast.wu)
    assert verbs(cast.wu, "meeting.notice") == [None]
    assert verbs(cast.lin, "meeting.notice") == ["回复"]


def test_a_meeting_that_is_off_wants_no_answer(cast, verbs):
    meeting = make.meeting(cast.group, by=cast.lin)
    settle()
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")
    assert verbs(cast.wu, "meeting.notice") == [None]


def test_a_need_that_is_taken_is_not_offered_any_more(cast, sun, verbs):
    need = make.need(cast.lin_unit, "published", office=sun)
    settle()
    assert verbs(cast.wu, "need.published") == ["接单"]
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    assert verbs(cast.wu, "need.published") == [None]


def test_a_solution_is_confirmed_once(cast, sun, verbs):
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)
    settle()
    assert verbs(cast.lin, "need.offered") == ["确认"]
    solving.refuse(need, reason="没有解决", by=cast.lin)
    assert verbs(cast.lin, "need.offered") == [None]


def test_a_booking_is_answered_once(cast, verbs):
    booking = make.booking(make.resource(cast.lin_unit), cast.wu_unit, "waiting")
    settle()
    assert verbs(cast.lin, "booking.asked") == ["答复"]
    bookings.agree(booking, by=cast.lin)
    assert verbs(cast.lin, "booking.asked") == [None]


def test_who_has_voted_is_not_asked_again_and_the_others_are(cast, verbs):
    first, second, *_others = made.people(cast.lin_branch, 6)
    appraisal = made.appraisal(cast.lin_branch, "peers")
    settle()
    assert set(verbs(first.user, "appraisal.peers")) == {"参加互评"}
    made.vote(appraisal, first)
    assert set(verbs(first.user, "appraisal.peers")) == {None}
    assert set(verbs(second.user, "appraisal.peers")) == {"参加互评"}


def test_an_address_that_was_kept_leads_to_the_page_instead(client, cast, sun):
    """A line that was rendered before the matter was settled."""
    need = make.need(cast.lin_unit, "published", office=sun)
    settle()
    notice = Notice.objects.get(recipient=cast.wu, reminder__rule="need.published")
    client.force_login(cast.wu)
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    url = reverse("notices:notice-open", args=[notice.pk])
    assert client.get(url, {"act": "1"}).url == need.get_absolute_url()


def test_a_mistake_of_one_rule_takes_only_its_verb(cast, sun, verbs, monkeypatch):
    make.need(cast.lin_unit, "published", office=sun)
    make.meeting(cast.group, by=cast.lin)
    settle()

    def fail(told, reader):
        raise RuntimeError("drill")

    monkeypatch.setattr(rule_named("need.published"), "still_asks", fail)
    assert verbs(cast.wu, "need.published") == [None]
    assert verbs(cast.wu, "meeting.notice") == ["回复"]


def test_more_lines_ask_no_more(client, cast, sun):
    client.force_login(cast.wu)

    def asked():
        make.meeting(cast.group, by=cast.lin)
        make.need(cast.lin_unit, "published", office=sun)
        make.booking(make.resource(cast.wu_unit), cast.lin_unit, "waiting")
        settle()
        client.get(INBOX)
        with CaptureQueriesContext(connection) as captured:
            client.get(INBOX)
        return len(captured)

    few = asked()
    asked()
    assert asked() == few

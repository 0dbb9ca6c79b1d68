"""At the same moment, on connections of their own: one line of a topic, one support of a unit, one
reply that nobody overwrites unseen, one notice of a change."""

from contextlib import contextmanager

import pytest
from django.db import connection

from alliance.actions import adopting, topics
from alliance.actions import agenda as agendas
from alliance.actions import invitations as inviting
from alliance.actions.invitations import Answer
from alliance.models import Invitation, Meeting, Support, Topic
from nanchuan.kernel import roles
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful
from tests import make
from tests.races import at_once, refusals

pytestmark = pytest.mark.django_db(transaction=True)
ROUNDS = 12


@pytest.fixture(autouse=True)
def rights_read_beforehand(cast, sun):
    """A request has a user object of its own; these are shared between the threads."""
    for user in (cast.lin, cast.wu, sun):
        roles.grants(user)


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin)


@contextmanager
def unguarded(monkeypatch):
    """Without the lock, and with a step that looks and then writes."""

    def look_then_write(self, status, **facts):
        self.status = status
        for name, value in facts.items():
            setattr(self, name, value)
        self.save()

    with monkeypatch.context() as patch:
        for module in (adopting, topics, agendas, inviting):
            patch.setattr(module, "hold_meeting", lambda meeting: None)
        patch.setattr(Stateful, "step_to", look_then_write)
        yield


def adopt_twice(cast, sun, meeting):
    topic = topics.propose(meeting, unit=cast.wu_unit, title="用工", by=cast.wu)
    one, other = (Meeting.objects.get(pk=meeting.pk) for _copy in range(2))
    results = at_once(
        lambda: adopting.adopt(one, [topic], by=cast.lin),
        lambda: adopting.adopt(other, [topic], by=sun),
    )
    lines = meeting.items.filter(title="用工").count()
    meeting.items.filter(title="用工").exclude(topics=topic).delete()
    Topic.objects.filter(pk=topic.pk).update(item=None)
    Topic.objects.filter(pk=topic.pk).delete()
    meeting.items.filter(title="用工").delete()
    return lines, results


def test_a_topic_becomes_one_line(cast, sun, meeting):
    for _round in range(ROUNDS):
        lines, results = adopt_twice(cast, sun, meeting)
        assert lines == 1
        assert len(refusals(results)) == 1


def test_without_the_guard_it_would_become_two(cast, sun, meeting, monkeypatch):
    """The negative control."""
    with unguarded(monkeypatch):
        assert max(adopt_twice(cast, sun, meeting)[0] for _round in range(ROUNDS)) == 2


def test_a_unit_supports_once(cast, meeting):
    liaison = make.liaison(cast.lin_unit)
    roles.grants(liaison)
    for _round in range(ROUNDS):
        topic = topics.propose(meeting, unit=cast.wu_unit, title="用工", by=cast.wu)
        one, other = (Topic.objects.get(pk=topic.pk) for _copy in range(2))
        results = at_once(
            lambda one=one: topics.support(one, by=cast.lin),
            lambda other=other: topics.support(other, by=liaison),
        )
        assert len(refusals(results)) == 1  # a sentence, no broken constraint
        assert Support.objects.filter(topic=topic).count() == 1
        topics.withdraw(Topic.objects.get(pk=topic.pk), by=cast.wu)


def reply_twice(cast, meeting, liaison):
    invitation = meeting.invitations.get(seat__unit=cast.wu_unit)
    Invitation.objects.filter(pk=invitation.pk).update(replied_at=None, reply="")
    one, other = (Invitation.objects.get(pk=invitation.pk) for _copy in range(2))
    results = at_once(
        lambda: inviting.reply(one, Answer("attend", "吴"), seen=None, by=cast.wu),
        lambda: inviting.reply(other, Answer("leave", reason="出差"), seen=None, by=liaison),
    )
    invitation.refresh_from_db()
    return invitation, results


def test_of_two_speakers_one_is_told(cast, meeting):
    liaison = make.liaison(cast.wu_unit)
    roles.grants(liaison)
    for _round in range(ROUNDS):
        invitation, results = reply_twice(cast, meeting, liaison)
        assert len(refusals(results)) == 1
        assert (invitation.reply == "attend") == (invitation.attendee == "吴")
    assert Event.objects.filter(name="invitation.replied").count() == ROUNDS


def tell_twice(cast, sun, meeting, number):
    agendas.write(
        meeting, [agendas.Line(f"新{number}")], seen=agendas.fingerprint(meeting), by=cast.lin
    )
    one, other = (Meeting.objects.get(pk=meeting.pk) for _copy in range(2))
    return at_once(
        lambda: agendas.tell(one, by=cast.lin),
        lambda: agendas.tell(other, by=sun),
    )


def test_a_change_is_told_once(cast, sun, meeting):
    for number in range(ROUNDS):
        assert len(refusals(tell_twice(cast, sun, meeting, number))) == 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_it_would_be_told_twice(cast, sun, meeting, monkeypatch):
    """The negative control."""
    with unguarded(monkeypatch):
        both = [not refusals(tell_twice(cast, sun, meeting, n)) for n in range(ROUNDS)]
    assert any(both)


def write_twice(cast, sun, meeting, number):
    seen = agendas.fingerprint(meeting)
    one, other = (Meeting.objects.get(pk=meeting.pk) for _copy in range(2))
    return at_once(
        lambda: agendas.write(one, [agendas.Line(f"林{number}")], seen=seen, by=cast.lin),
        lambda: agendas.write(other, [agendas.Line(f"孙{number}")], seen=seen, by=sun),
    )


def test_of_two_editors_one_is_told(cast, sun, meeting):
    for number in range(ROUNDS):
        assert len(refusals(write_twice(cast, sun, meeting, number))) == 1
    assert agendas.ordinary(meeting).count() == ROUNDS + 1


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_lock_neither_would_be_told(cast, sun, meeting, monkeypatch):
    """The negative control."""
    with unguarded(monkeypatch):
        both = [not refusals(write_twice(cast, sun, meeting, n)) for n in range(ROUNDS)]
    assert any(both)


def test_two_meetings_reach_for_one_topic(cast, sun, meeting):
    topic = topics.propose(meeting, unit=cast.wu_unit, title="用工", by=cast.wu)
    for _round in range(ROUNDS):
        Topic.objects.filter(pk=topic.pk).update(status="deferred", meeting=meeting)
        first, second = (make.meeting(cast.group, by=cast.lin) for _copy in range(2))
        results = at_once(
            lambda first=first: adopting.take_over(first, [topic], by=cast.lin),
            lambda second=second: adopting.take_over(second, [topic], by=sun),
        )
        assert len(refusals(results)) == 1

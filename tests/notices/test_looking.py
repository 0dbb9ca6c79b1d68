"""A reminder is looked at once for a batch, and again as soon as anything happens."""

import email as email_parser

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from nanchuan.kernel import events
from nanchuan.notices.actions import deliveries, looking, reminders
from nanchuan.notices.models import Delivery
from nanchuan.notices.rules import CANCEL
from nanchuan.notices.senders import email as mail
from tests import make
from tests.notices.test_mails import Server

pytestmark = pytest.mark.django_db
UPDATES = 2  # of each mail: one before it leaves, one after


@pytest.fixture
def server(monkeypatch):
    made = Server()
    monkeypatch.setattr(mail, "get_connection", lambda: made)
    return made


def crowd(plan, number):
    users = [make.user() for _each in range(number)]
    plan(moment=f"for-{number}")
    reminders.expand_due()
    return users


@pytest.fixture
def called_off_meanwhile(rule, server, subject, monkeypatch):
    """Calls the matter off while the first mail is at the door; the bell is not heard."""

    def prepare(*, told):
        def call_off(message):
            monkeypatch.setattr(rule, "verdict", lambda subject, reminder: CANCEL)
            if told:
                events.record("drill.changed", subject=subject, by=None)

        server.before_send = call_off

    return prepare


def test_what_happens_in_the_middle_of_a_batch_is_seen_by_the_next_mail(
    plan, server, called_off_meanwhile
):
    crowd(plan, 3)
    called_off_meanwhile(told=True)
    deliveries.send_batch()
    assert len(server.taken) == 1
    states = Delivery.objects.filter(channel="email").values_list("state", flat=True)
    assert sorted(states) == ["cancelled", "cancelled", "sent"]


@pytest.mark.parametrize(("seconds", "taken"), [(0, 1), (3600, 3)])
def test_a_look_does_not_serve_for_longer_than_it_should(
    plan, server, called_off_meanwhile, monkeypatch, *, seconds, taken
):
    """Of what no event tells; the second case is the negative control."""
    monkeypatch.setattr(looking, "FRESH", seconds)
    crowd(plan, 3)
    called_off_meanwhile(told=False)
    deliveries.send_batch()
    assert len(server.taken) == taken


# While the server takes one mail, the next is written


class Line(mail._Attentive):
    """What a mail server hears, as far as it matters here."""


class Pondering(Server):
    """A server that takes its time, in which its client may do something."""

    def __init__(self):
        super().__init__()
        self.connection, self.meantime = Line(), lambda: None

    def send_messages(self, messages):
        super().send_messages(messages)
        self.connection.meanwhile()
        self.meantime()


@pytest.fixture
def pondering(monkeypatch):
    made = Pondering()
    monkeypatch.setattr(mail, "get_connection", lambda: made)
    return made


@pytest.fixture
def written(monkeypatch):
    """The addresses of the mails that were written, in turn."""
    found, write = [], mail.Postman.write

    def note(self, delivery, *what):
        found.append(delivery.recipient.email)
        return write(self, delivery, *what)

    monkeypatch.setattr(mail.Postman, "write", note)
    return found


def test_each_is_written_once_and_ahead(plan, pondering, written):
    crowd(plan, 3)
    ahead = []
    pondering.meantime = lambda: ahead.append(len(written))
    deliveries.send_batch()
    assert ahead == [2, 3, 3]
    assert [message.to[0] for message in pondering.taken] == written
    rows = Delivery.objects.filter(channel="email")
    assert set(rows.values_list("state", "attempts")) == {("sent", 1)}


@pytest.mark.parametrize("seconds", [0, 1])
def test_what_was_written_ahead_does_not_go_when_something_happens(
    plan, pondering, rule, subject, monkeypatch, *, seconds
):
    """A server that takes long is no excuse. The negative control is the moment in which a mail
    that was taken up goes without another question."""
    monkeypatch.setattr(looking, "SOON", seconds)

    def call_off():
        monkeypatch.setattr(rule, "verdict", lambda subject, reminder: CANCEL)
        events.record("drill.changed", subject=subject, by=None)

    pondering.meantime = call_off
    crowd(plan, 3)
    deliveries.send_batch()
    assert len(pondering.taken) == (2 if seconds else 1)


def test_what_is_silenced_after_it_was_written_ahead_does_not_go(plan, pondering, monkeypatch):
    monkeypatch.setattr(looking, "SOON", 0)
    crowd(plan, 3)
    rows = Delivery.objects.filter(channel="email", state="sending", attempts=1)
    pondering.meantime = lambda: rows.exclude(pk=rows.first().pk).update(state="cancelled")
    deliveries.send_batch()
    assert len(pondering.taken) == 2
    assert Delivery.objects.filter(channel="email", state="cancelled").count() == 1


def test_what_cannot_be_written_ahead_fails_in_its_turn_alone(plan, pondering):
    users = crowd(plan, 3)
    users[1].email = "no address"
    users[1].save()
    deliveries.send_batch()
    states = Delivery.objects.filter(channel="email").order_by("pk").values_list("state", flat=True)
    assert list(states) == ["sent", "dead", "sent"]


def test_a_mail_that_was_written_out_is_the_same_mail(plan, pondering):
    crowd(plan, 1)
    deliveries.send_batch()
    (message,) = pondering.taken
    whole = message.message()
    bounds = [part.get_boundary() for part in whole.walk() if part.is_multipart()]
    text = whole.as_bytes(linesep="\r\n")
    assert text is whole.as_bytes(linesep="\r\n")
    assert len(set(bounds)) == len(bounds) > 0
    parsed = email_parser.message_from_bytes(text)
    assert [part.get_content_type() for part in parsed.walk()] == [
        part.get_content_type() for part in whole.walk()
    ]


def test_a_mail_more_in_a_batch_costs_two_updates(plan, server):
    asked = {}
    for number in (5, 15):
        crowd(plan, number)
        with CaptureQueriesContext(connection) as queries:
            assert deliveries.send_batch() == (5 if number == 5 else 20)
        asked[number] = len(queries)
    assert asked[15] - asked[5] == UPDATES * (20 - 5)


def test_the_reader_whom_a_deputy_hears_for_is_named_without_asking(plan, server, people):
    """Relays of a reminder are fetched once for all its readers."""
    reminder = plan()
    reminders.expand_due()
    reminder.relays.create(person=make.user(name="外出"), deputy=people[0])
    deliveries.send_batch()
    texts = {message.to[0]: message.body for message in server.taken}
    assert "外出" in texts[people[0].email]
    assert "外出" not in texts[people[1].email]

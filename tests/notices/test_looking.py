"""A reminder is looked at once for a batch, and again as soon as anything happens."""

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

"""Mails: claimed with a lease, looked at again, sent, then marked."""

import smtplib
import threading
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.utils import timezone

from nanchuan.notices import tasks
from nanchuan.notices.actions import deliveries, reminders
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import CANCEL, Attachment, Silence, Verdict
from nanchuan.notices.senders import email as mail
from tests import make

pytestmark = pytest.mark.django_db
State = Delivery.State


class Server:
    """A mail server that answers as it is told, by address; None takes the mail."""

    def __init__(self):
        self.answers, self.taken, self.connections = {}, [], 0
        self.refuses_connections = False
        self.before_send = lambda message: None

    def open(self):
        if self.refuses_connections:
            raise ConnectionRefusedError("drill")
        self.connections += 1

    def close(self):
        pass

    def send_messages(self, messages):
        for message in messages:
            self.before_send(message)
            if answer := self.answers.get(message.to[0]):
                raise answer
            self.taken.append(message)


@pytest.fixture
def server(monkeypatch):
    made = Server()
    monkeypatch.setattr(mail, "get_connection", lambda: made)
    return made


@pytest.fixture
def waiting(plan, people):
    """A reminder that was said, whose two mails wait."""
    reminder = plan()
    reminders.expand_due()
    return reminder


def mails():
    return Delivery.objects.filter(channel="email").order_by("pk")


def states():
    return list(mails().values_list("state", flat=True))


def due_again():
    mails().filter(state=State.PENDING).update(due_at=timezone.now() - timedelta(seconds=1))


def refused(code, words=b"drill"):
    return smtplib.SMTPRecipientsRefused({"somebody": (code, words)})


def test_a_mail_says_what_the_notice_says(waiting, people, mailoutbox, settings, subject):
    settings.SITE_URL = "https://portal.example.org"
    deliveries.send_batch()
    assert states() == [State.SENT, State.SENT]
    message = mailoutbox[0]
    assert message.to == [people[0].email]
    assert message.subject == f"演练：{subject}"
    link = f"https://portal.example.org/drills/{subject.pk}/"
    html = message.alternatives[0].content
    for text in (message.body, html):
        assert f"演练：{subject}" in text
        assert "时刻 now" in text
        assert link in text
        assert "（北京时间）" in text
    assert "style=" not in html
    headers = message.message()
    assert headers["Auto-Submitted"] == "auto-generated"
    assert headers["Message-ID"] == f"<{mails()[0].uid}@portal.example.org>"


def test_texts_are_escaped_in_html_only(waiting, rule, monkeypatch, mailoutbox):
    monkeypatch.setattr(rule, "title", lambda subject, reminder: "A<b>&\n二")
    deliveries.send_batch()
    message = mailoutbox[0]
    assert message.subject == "A<b>& 二"
    assert "A<b>& 二" in message.body
    assert "A&lt;b&gt;&amp; 二" in message.alternatives[0].content


def test_a_mail_is_marked_after_the_server_took_it(waiting, server):
    seen = []
    server.before_send = lambda message: seen.append(states())
    deliveries.send_batch()
    assert seen == [[State.SENDING, State.SENDING], [State.SENT, State.SENDING]]


@pytest.mark.parametrize("marks_first", [False, True])
def test_a_worker_that_dies_while_sending_loses_nothing(waiting, server, monkeypatch, marks_first):
    """Negative control: a worker that marks before it sends loses the mail."""

    class Killed(BaseException):
        pass

    def die(message):
        raise Killed

    if marks_first:
        renew = deliveries.renew
        monkeypatch.setattr(
            deliveries,
            "renew",
            lambda pk, token, *event: renew(pk, token, *event) and deliveries.mark_sent(pk, token),
        )
    server.before_send = die
    with pytest.raises(Killed):
        deliveries.send_batch()
    server.before_send = lambda message: None
    mails().update(lease_until=timezone.now() - timedelta(seconds=1))
    deliveries.send_batch()
    assert len(server.taken) == (1 if marks_first else 2)


def test_the_second_attempt_is_the_same_message(waiting, server, people):
    server.answers = {people[0].email: refused(450)}
    seen = []
    server.before_send = lambda message: seen.append(message.extra_headers["Message-ID"])
    deliveries.send_batch()
    due_again()
    server.answers = {}
    deliveries.send_batch()
    assert seen[0] == seen[2]
    assert len(set(seen)) == 2
    assert states() == [State.SENT, State.SENT]


def test_a_held_mail_is_nobody_elses(waiting):
    token, held = deliveries.claim()
    assert len(held) == 2
    assert deliveries.claim()[1] == []
    assert deliveries.renew(held[0], token)
    assert not deliveries.renew(held[0], "somebody else")


def test_a_lease_that_ran_out_passes_to_the_next_worker_only(waiting, server):
    first, held = deliveries.claim()
    mails().update(lease_until=timezone.now() - timedelta(seconds=1))
    second, again = deliveries.claim()
    assert again == held
    assert not deliveries.renew(held[0], first)
    assert not deliveries.mark_sent(held[0], first)
    assert deliveries.renew(held[0], second)
    assert deliveries.mark_sent(held[0], second)


def test_a_lease_is_for_as_long_as_it_says(waiting):
    before = timezone.now()
    deliveries.claim()
    left = mails()[0].lease_until - before
    assert timedelta(seconds=55) < left < timedelta(seconds=65)


@pytest.mark.parametrize("code", [421, 450, 452])
def test_a_server_that_asks_to_come_later_is_asked_later_each_time(waiting, server, people, code):
    server.answers = {people[0].email: refused(code)}
    rests = []
    for _attempt in range(4):
        before = timezone.now()
        deliveries.send_batch()
        row = mails()[0]
        assert (row.state, row.lease_until is None) == (State.PENDING, False)
        rests.append((row.due_at - before).total_seconds())
        due_again()
    assert rests == sorted(rests)
    assert rests[0] > 25
    assert rests[-1] > 4 * rests[0]
    assert str(code) in mails()[0].error
    assert states()[1] == State.SENT


def test_a_rest_is_not_claimed(waiting, server, people):
    server.answers = {people[0].email: refused(450)}
    deliveries.send_batch()
    assert deliveries.claim()[1] == []


@pytest.mark.parametrize(
    "answer",
    [
        refused(550, "no such mailbox 张".encode()),
        smtplib.SMTPDataError(554, b"spam"),
        smtplib.SMTPNotSupportedError("SMTPUTF8"),
    ],
)
def test_a_final_answer_is_dead_at_once_and_visible(waiting, server, people, answer):
    server.answers = {people[0].email: answer}
    deliveries.send_batch()
    assert states() == [State.DEAD, State.SENT]
    assert mails()[0].error


def test_the_reason_does_not_repeat_the_address(waiting, server, people):
    answer = refused(550, f"<{people[0].email}> unknown".encode())
    server.answers = {people[0].email: answer}
    deliveries.send_batch()
    assert people[0].email not in mails()[0].error
    assert mails()[0].error.startswith("550")


@pytest.mark.parametrize("address", ["no address", "a@b\nBcc: c@example.invalid", "a@"])
def test_a_bad_address_is_dead_and_holds_up_no_other(waiting, server, people, address):
    type(people[0]).objects.filter(pk=people[0].pk).update(email=address)
    deliveries.send_batch()
    assert states() == [State.DEAD, State.SENT]
    assert address not in mails()[0].error


@pytest.mark.parametrize(
    "trouble", [TimeoutError("drill"), smtplib.SMTPServerDisconnected("drill")]
)
def test_a_connection_lost_while_sending_is_no_fault_of_the_mail(waiting, server, people, trouble):
    server.answers = {people[0].email: trouble}
    deliveries.send_batch()
    assert states() == [State.PENDING, State.SENT]


def test_a_server_that_is_down_sets_the_batch_back_with_one_attempt(waiting, server):
    server.refuses_connections = True
    assert deliveries.send_batch() == 0
    assert states() == [State.PENDING, State.PENDING]
    assert "ConnectionRefusedError" in mails()[0].error
    assert mails()[0].due_at > timezone.now()
    server.refuses_connections = False
    due_again()
    deliveries.send_batch()
    assert states() == [State.SENT, State.SENT]


def test_one_connection_serves_a_batch(waiting, server):
    deliveries.send_batch()
    assert len(server.taken) == 2
    assert server.connections == 2  # asked before each mail; Django's backend keeps the first


def test_a_broken_text_ends_visibly_and_holds_up_no_other(people, server, rule, monkeypatch, plan):
    def title(subject, reminder):
        if reminder.moment == "now":
            raise RuntimeError("drill")
        return "演练"

    monkeypatch.setattr(rule, "title", title)
    plan()
    plan(0, "sound")
    reminders.expand_due()
    for _attempt in range(deliveries.MOST_FAILURES):
        deliveries.send_batch()
        due_again()
    assert states() == [State.DEAD, State.DEAD, State.SENT, State.SENT]
    assert mails()[0].error == "RuntimeError: drill"


def test_a_worker_that_is_asked_to_end_gives_back_what_it_has_not_sent(
    waiting, server, monkeypatch
):
    monkeypatch.setattr(deliveries, "stopping", threading.Event())
    server.before_send = lambda message: tasks.stop_sending()
    assert deliveries.send_batch() == 0
    assert len(server.taken) == 1
    assert states() == [State.SENT, State.PENDING]
    assert mails().filter(due_at__lte=timezone.now()).count() == 2


def test_silenced_between_claim_and_send_nothing_leaves(waiting, server, subject, monkeypatch):
    token, held = deliveries.claim()
    monkeypatch.setattr(deliveries, "claim", lambda *given: (token, held))
    reminders.silence(Silence("drill.note", subject))
    deliveries.send_batch()
    assert server.taken == []
    assert states() == [State.CANCELLED, State.CANCELLED]


def test_silenced_in_the_moment_of_sending_the_row_tells_the_truth(waiting, server, subject):
    server.before_send = lambda message: reminders.silence(Silence("drill.note", subject))
    deliveries.send_batch()
    assert len(server.taken) == 1
    assert states() == [State.SENT, State.CANCELLED]


@pytest.mark.parametrize(
    "answer",
    [
        (CANCEL, State.CANCELLED),
        (Verdict.later(timezone.now() + timedelta(hours=1)), State.PENDING),
    ],
)
def test_the_verdict_is_asked_again_before_each_mail(waiting, server, rule, monkeypatch, answer):
    verdict, state = answer
    monkeypatch.setattr(rule, "verdict", lambda subject, reminder: verdict)
    deliveries.send_batch()
    assert server.taken == []
    assert states() == [state, state]


def test_who_left_meanwhile_gets_no_mail(waiting, server, people):
    type(people[0]).objects.filter(pk=people[0].pk).update(is_active=False)
    type(people[1]).objects.filter(pk=people[1].pk).update(username="left")
    deliveries.send_batch()
    assert server.taken == []
    assert states() == [State.CANCELLED, State.CANCELLED]
    assert all(mails().values_list("error", flat=True))


def test_who_gave_up_the_address_meanwhile_gets_no_mail(waiting, server, people):
    type(people[0]).objects.filter(pk=people[0].pk).update(email="")
    deliveries.send_batch()
    assert states() == [State.CANCELLED, State.SENT]


def test_a_mail_that_is_too_late_is_missed(waiting, server):
    Reminder.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    deliveries.send_batch()
    assert server.taken == []
    assert states() == [State.MISSED, State.MISSED]


def test_a_batch_takes_no_more_than_it_should(plan, server):
    for _each in range(deliveries.BATCH + 5):
        make.user()
    plan()
    reminders.expand_due()
    assert deliveries.send_batch() == deliveries.BATCH
    assert deliveries.send_batch() == 5
    assert len(server.taken) == deliveries.BATCH + 5


def test_a_file_leaves_with_the_mail_byte_for_byte(waiting, rule, monkeypatch, mailoutbox):
    content = "一\r\n".encode() + b"\n\r\x00" * 900
    file = Attachment("通知.bin", content, "application/octet-stream; x=1")
    monkeypatch.setattr(rule, "attachments", lambda subject, reminder: [file])
    deliveries.send_batch()
    sent = message_from_bytes(mailoutbox[0].message().as_bytes(linesep="\r\n"), policy=default)
    (part,) = sent.iter_attachments()
    assert part.get_filename() == "通知.bin"
    assert part["Content-Type"].params == {"x": "1"}
    assert part.get_content() == content
    assert "时刻 now" in sent.get_body("plain").get_content()


def test_mails_of_a_thread_answer_the_same(waiting, rule, monkeypatch, mailoutbox, settings):
    settings.SITE_URL = "https://portal.example.org:8443"
    monkeypatch.setattr(rule, "thread", lambda subject: "drill-7")
    deliveries.send_batch()
    for mail_sent in mailoutbox:
        headers = mail_sent.message()
        assert headers["References"] == headers["In-Reply-To"] == "<drill-7@portal.example.org>"
    assert len({sent.message()["Message-ID"] for sent in mailoutbox}) == 2


def test_other_mails_stand_for_themselves(waiting, mailoutbox):
    deliveries.send_batch()
    assert "References" not in mailoutbox[0].message()
    assert "In-Reply-To" not in mailoutbox[0].message()

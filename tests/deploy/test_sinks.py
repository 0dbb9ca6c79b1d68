"""What the mail server of the drill did itself is not laid at the portal's door."""

import smtplib
import time

import pytest

from deploy.chaos.sinks import MailSink

TEXT = "Message-ID: <00000000-0000-0000-0000-000000000001@x>\r\n\r\nx"


@pytest.fixture
def sink():
    made = MailSink(seconds=0.5)
    yield made
    if made.mode != "refuse":
        made.stop()


@pytest.fixture
def line(sink):
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=5) as made:
        made.ehlo()
        made.mail("a@x")
        made.rcpt("b@x")
        made.putcmd("data")
        made.getreply()
        made.send(f"{TEXT}\r\n.\r\n")
        until(lambda: sink.takes)
        yield made


def until(done):
    for _each in range(100):
        if done():
            return
        time.sleep(0.02)
    raise AssertionError("it did not come to that")


def test_a_mail_that_was_answered_is_owed_nothing(sink, line):
    assert line.getreply()[0] == 250
    assert sink.unanswered == 0


def test_a_line_that_it_cuts_itself_had_a_mail_without_an_answer(sink, line):
    sink.behave("refuse")
    with pytest.raises(smtplib.SMTPServerDisconnected):
        line.getreply()
    until(lambda: sink.unanswered == 1)


def test_a_sender_that_is_gone_owes_it_itself(sink, line):
    line.close()
    time.sleep(1)
    assert len(sink.takes) == 1
    assert sink.unanswered == 0

"""What is gathered leaves in one mail: nothing twice, nothing skipped, whoever is killed when."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.db import connection
from django.db.models import F
from django.utils import timezone

from nanchuan.notices.actions import deliveries, digests, reminders
from nanchuan.notices.models import Delivery, Digest, DigestLine, Habit, Notice, Reminder
from tests import make

HERE = ZoneInfo("Asia/Shanghai")
SECOND = timedelta(seconds=1)


def at(words):
    return datetime.fromisoformat(words).replace(tzinfo=HERE)


@pytest.fixture
def reader(db):
    """One who sees the units that the drill is about, and wants one mail a day."""
    person = make.staff(name="sun", username="user-sun", email="sun@example.org")
    Habit.objects.create(user=person, digest="daily", is_quiet=False)
    return person


def its_time_has_come():
    Reminder.objects.filter(rule=digests.RULE).update(due_at=timezone.now() - SECOND)


def leave():
    its_time_has_come()
    reminders.expand_due()
    deliveries.send_batch()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("digest", "moment", "leaves"),
    [
        ("none", "2026-11-26 08:00", None),
        ("daily", "2026-11-26 08:29", "2026-11-26 08:30"),
        ("daily", "2026-11-26 08:30", "2026-11-27 08:30"),
        ("daily", "2028-02-28 12:00", "2028-02-29 08:30"),
        ("daily", "2027-02-28 12:00", "2027-03-01 08:30"),
        ("daily", "2026-12-31 12:00", "2027-01-01 08:30"),
        ("weekly", "2026-11-26 12:00", "2026-11-30 08:30"),
        ("weekly", "2026-11-30 08:00", "2026-11-30 08:30"),
        ("weekly", "2026-11-30 09:00", "2026-12-07 08:30"),
        ("weekly", "2028-02-28 09:00", "2028-03-06 08:30"),
    ],
)
def test_a_digest_leaves_at_the_next_hour_of_its_own(digest, moment, leaves):
    habit = Habit(digest=digest)
    assert habit.next_digest(at(moment)) == (leaves and at(leaves))


@pytest.mark.django_db
def test_mails_are_gathered_and_leave_as_one(plan, reader):
    for number in range(3):
        plan(0, f"m{number}")
    reminders.expand_due()
    deliveries.send_batch()
    assert (Notice.objects.count(), len(mail.outbox)) == (3, 0)  # the inbox is not kept waiting
    leave()
    [sent] = mail.outbox
    assert sent.subject == "消息汇总：3 条"
    for number in range(3):
        assert f"m{number}" in sent.body
    deliveries.send_batch()
    assert len(mail.outbox) == 1
    assert not Delivery.objects.waiting().exists()


@pytest.mark.django_db
def test_what_is_said_afterwards_is_in_the_next_one(plan, reader):
    plan(0, "first")
    reminders.expand_due()
    leave()
    plan(0, "second")
    reminders.expand_due()
    leave()
    first, second = mail.outbox
    assert "first" in first.body and "second" not in first.body
    assert "second" in second.body and "first" not in second.body


@pytest.mark.django_db
def test_what_is_urgent_or_obligatory_does_not_wait(plan, reader, rule, monkeypatch):
    for flag in ("is_urgent", "is_obligatory"):
        monkeypatch.setattr(rule, flag, True, raising=False)
        plan(0, flag)
        reminders.expand_due()
        monkeypatch.setattr(rule, flag, False, raising=False)
    deliveries.send_batch()
    assert len(mail.outbox) == 2
    assert not DigestLine.objects.exists()


@pytest.mark.django_db
def test_what_would_be_too_late_by_then_does_not_wait(plan, reader):
    plan(0, "soon", expires=1)
    reminders.expand_due()
    deliveries.send_batch()
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_what_was_silenced_or_does_not_hold_any_more_is_left_out(plan, reader, rule, monkeypatch):
    from nanchuan.notices.rules import CANCEL, SEND, Silence

    for moment in ("stays", "silenced", "over"):
        plan(0, moment)
    reminders.expand_due()
    reminders.silence(Silence("drill.note", plan(0, "stays").subject, keep={"stays", "over"}))
    monkeypatch.setattr(
        rule, "verdict", lambda subject, row: CANCEL if row.moment == "over" else SEND
    )
    leave()
    [sent] = mail.outbox
    assert sent.subject == "消息汇总：1 条"
    assert "silenced" not in sent.body and "over" not in sent.body


@pytest.mark.django_db
def test_nothing_left_to_say_is_no_mail(plan, reader, rule, monkeypatch):
    from nanchuan.notices.rules import CANCEL

    plan()
    reminders.expand_due()
    monkeypatch.setattr(rule, "verdict", lambda subject, row: CANCEL)
    leave()
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_reader_who_left_the_audience_is_not_told(plan, reader, rule, monkeypatch):
    from nanchuan.accounts.models import User

    plan()
    reminders.expand_due()
    monkeypatch.setattr(rule, "audience", lambda subject, row: User.objects.none())
    leave()
    assert mail.outbox == []


@pytest.mark.django_db
def test_a_worker_killed_while_it_closes_leaves_everything_to_the_next(plan, reader, monkeypatch):
    plan()
    reminders.expand_due()
    its_time_has_come()

    def die(*args):
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(reminders, "tell", die)
        with pytest.raises(KeyboardInterrupt):
            reminders.expand_due()
    assert Digest.objects.get().closed_at is None
    leave()
    assert len(mail.outbox) == 1


@pytest.mark.django_db
def test_should_a_digest_never_leave_its_mails_go_by_themselves(plan, reader):
    plan()
    reminders.expand_due()
    Reminder.objects.filter(rule=digests.RULE).update(state="failed")
    Delivery.objects.update(due_at=F("due_at") - timedelta(days=4))
    deliveries.send_batch()
    assert len(mail.outbox) == 1
    Reminder.objects.filter(rule=digests.RULE).update(state="planned")
    leave()
    assert len(mail.outbox) == 1  # it has nothing to say any more


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("locked", [True, False])
def test_a_line_that_comes_while_a_digest_closes_is_in_this_one_or_the_next(
    crossing, plan, reader, monkeypatch, locked
):
    """Negative control: without the lock a line joins a digest that has closed, and is lost."""
    import time

    if not locked and connection.vendor == "sqlite":
        pytest.skip("a transaction keeps other writers out, locked or not")
    if not locked:
        monkeypatch.setattr(
            digests, "_open", lambda times: {reader.pk: Digest.objects.latest("pk")}
        )
    plan(0, "warm")
    Digest.objects.create(user=reader)
    reminders.expand_due()
    lost = 0
    for number in range(5):
        made = digests.DigestLine.objects.bulk_create

        def slowly(rows, made=made):
            rows = list(rows)
            time.sleep(0.2)
            return made(rows)

        plan(0, f"round{number}")
        Digest.objects.get_or_create(user=reader, closed_at=None)
        digest = Digest.objects.get(closed_at=None)
        with monkeypatch.context() as patched:
            patched.setattr(digests.DigestLine.objects, "bulk_create", slowly)

            def work(turn, digest=digest):
                if turn:
                    time.sleep(0.1)
                    digests.close(digest)
                else:
                    reminders.expand_due()

            crossing(work)
        closed = DigestLine.objects.filter(digest__closed_at__isnull=False)
        lost += closed.filter(delivery__state="pending").count()
    assert (lost == 0) is locked


@pytest.mark.django_db
def test_after_a_restore_what_was_gathered_before_is_not_sent(plan, reader):
    from nanchuan.notices.actions import suppress

    plan(-5)
    reminders.expand_due()
    suppress(timezone.now())
    leave()
    deliveries.send_batch()
    assert mail.outbox == []

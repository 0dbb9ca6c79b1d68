"""What was said and will be said about a record, for the staff who look after it."""

from collections import defaultdict
from dataclasses import dataclass

from django.db import models
from django.db.models import Count

from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import rule_named

SUPPRESSED = Reminder.State.SUPPRESSED


@dataclass(frozen=True)
class PlanLine:
    """One reminder in words, and how many people each channel reached so far."""

    reminder: Reminder
    words: str
    told: int  # in the inbox
    mailed: int
    mails_waiting: int
    mails_dead: int
    suppressed: int


def plan_of(subject: models.Model) -> list[PlanLine]:
    """Every reminder about a subject in the order of its time: two queries."""
    reminders = list(Reminder.objects.about(subject).order_by("due_at", "pk"))
    counted = _count(reminders)
    return [_line(subject, reminder, counted[reminder.pk]) for reminder in reminders]


def _line(subject, reminder, numbers):
    inbox, email, state = Delivery.Channel.INBOX, Delivery.Channel.EMAIL, Delivery.State
    return PlanLine(
        reminder,
        words=_words(subject, reminder),
        told=numbers[inbox, state.SENT],
        mailed=numbers[email, state.SENT],
        mails_waiting=numbers[email, state.PENDING] + numbers[email, state.SENDING],
        mails_dead=numbers[email, state.DEAD],
        suppressed=numbers[inbox, state.SUPPRESSED] if reminder.state == SUPPRESSED else 0,
    )


def _words(subject, reminder):
    try:
        rule = rule_named(reminder.rule)
    except LookupError:
        return reminder.rule
    return str(rule.label or rule.title(subject, reminder))


def _count(reminders):
    numbers = defaultdict(lambda: defaultdict(int))
    rows = Delivery.objects.filter(reminder__in=reminders).order_by()
    rows = rows.values_list("reminder", "channel", "state").annotate(Count("pk"))
    for reminder, channel, state, number in rows:
        numbers[reminder][channel, state] = number
    return numbers

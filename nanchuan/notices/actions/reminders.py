"""Reminders are planned, silenced, and said to their audience when they are due."""

import logging
import time

from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.db.models import Case, DateTimeField, Exists, OuterRef, Q, Value, When
from django.db.models.functions import Least, Now
from django.utils import timezone

from nanchuan.accounts.models import User
from nanchuan.kernel.models import Event
from nanchuan.kernel.querysets import NOTHING
from nanchuan.notices import ruling
from nanchuan.notices.actions.setbacks import distance, words_for
from nanchuan.notices.actions.telling import tell
from nanchuan.notices.models import Delivery, Relay, Reminder
from nanchuan.notices.rules import CANCEL, SEND, Plan, Silence, rule_named

logger = logging.getLogger(__name__)

State = Reminder.State
MOST_FAILURES = 5
BATCH = 200  # reminders looked up at once
CHUNK = 1000  # recipients in one transaction


@transaction.atomic
def plan(wanted: Plan, *, event: Event) -> None:
    """Write down what is to be said and when; the same plan twice is one reminder."""
    if wanted.due_at < event.happened_at:
        return  # an offset that was past already when it was asked for
    rule_named(wanted.rule)  # a rule that nobody has is a mistake to be seen now
    key = {
        "rule": wanted.rule,
        "subject_type": ContentType.objects.get_for_model(wanted.subject),
        "subject_id": wanted.subject.pk,
        "moment": wanted.moment,
    }
    facts = {
        "event": event,
        "params": wanted.params,
        "due_at": _due_at(wanted, event),
        "expires_at": wanted.expires_at,
        "state": State.PLANNED,
        "settled_at": None,
        "failures": 0,
        "retry_at": None,
        "error": "",
    }
    same = Reminder.objects.filter(**key)
    if not same.exists():
        Reminder.objects.bulk_create([Reminder(**key | facts)], ignore_conflicts=True)
        return
    _revive_mails(key, wanted.due_at)
    unsaid = [State.PLANNED, State.CANCELLED, State.MISSED, State.FAILED]
    same.filter(state__in=unsaid).update(**facts)


def _due_at(wanted, event):
    """At once means at once, even if the clock that dated the event runs ahead."""
    if wanted.due_at > event.happened_at:
        return wanted.due_at
    return Least(Value(wanted.due_at, output_field=DateTimeField()), Now())


def _revive_mails(key, due_at):
    """Cancelled halfway and planned again: mails that were held back may go after all."""
    Delivery.objects.filter(
        reminder__in=Reminder.objects.filter(**key, state__in=[State.CANCELLED, State.MISSED]),
        state__in=[Delivery.State.CANCELLED, Delivery.State.MISSED],
    ).update(state=Delivery.State.PENDING, due_at=due_at, lease_by="", lease_until=None, error="")


@transaction.atomic
def silence(wanted: Silence) -> None:
    """Cancel the reminders of a rule that wait, and the mails of those already said.

    A mail that is just being handed to the server is marked too; if it left, its sender
    marks it sent, so that the row tells the truth.
    """
    rows = Reminder.objects.about(wanted.subject).filter(rule=wanted.rule)
    rows = rows.exclude(moment__in=wanted.keep)
    rows.filter(state=State.PLANNED).update(state=State.CANCELLED, settled_at=Now())
    waiting = Delivery.objects.filter(reminder__in=rows).waiting()
    waiting.update(state=Delivery.State.CANCELLED)


def expand_due(*, until: float = float("inf")) -> tuple[int, bool]:
    """Say what is due: returns how many people were told, and whether something is left to do."""
    told = 0
    found = list(
        Reminder.objects.due().order_by("due_at", "pk").values_list("pk", flat=True)[:BATCH]
    )
    for pk in found:
        if time.monotonic() > until:
            return told, True
        told += expand(pk)
    return told, len(found) == BATCH


def expand(pk: int) -> int:
    """Say one reminder, some hundred people in each transaction; returns how many were told.

    A worker that is killed between two of them leaves the rest to the next tick.
    """
    told, more = 0, True
    try:
        while more:
            reached, more = _expand_chunk(pk)
            told += reached
    except Exception as error:
        logger.exception("Reminder %s could not be said", pk)
        _set_back(pk, error)
    return told


@transaction.atomic
def _expand_chunk(pk) -> tuple[int, bool]:
    """How many were told, and whether others are left."""
    reminder = _claim(pk)
    if reminder is None:  # another worker has it, or it is settled
        return 0, False
    if reminder.has_expired:
        _settle(reminder, State.MISSED)
        return 0, False
    rule = rule_named(reminder.rule)
    subject = subject_of(reminder, rule)
    setting = ruling.setting_of(reminder.rule, timezone.localdate(reminder.now))
    is_off = setting is not None and not setting.is_on
    verdict = CANCEL if subject is None or is_off else rule.verdict(subject, reminder)
    if verdict == CANCEL:
        _settle(reminder, State.CANCELLED)
        return 0, False
    if verdict != SEND:
        Reminder.objects.filter(pk=pk).update(due_at=verdict.due_at)
        return 0, False
    rows = untold(rule, subject, reminder, setting)
    people = list(rows.values_list("pk", flat=True)[: CHUNK + 1])
    now, more = people[:CHUNK], len(people) > CHUNK
    tell(now, rule, subject, reminder, setting)
    if not more:
        _settle(reminder, State.DONE)
    return len(now), more


def _claim(pk):
    """Lock a due reminder for this transaction; None if it is another's, or no longer due."""
    expired = Case(When(expires_at__lte=Now(), then=True), default=False)
    due = Reminder.objects.due().filter(pk=pk)
    due = due.annotate(has_expired=expired, now=Now())
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    return due.first()  # on SQLite the transaction itself keeps other writers out


def _settle(reminder, state) -> None:
    Reminder.objects.filter(pk=reminder.pk).update(state=state, settled_at=Now())


def subject_of(reminder, rule):
    """What a reminder is about, with the relations that its texts read; None if it is gone."""
    rows = reminder.subject_type.model_class()._base_manager
    return rows.select_related(*rule.related()).filter(pk=reminder.subject_id).first()


def audience_of(rule, subject, reminder):
    """Accounts that should hear and may sign in, each once; and those who heard in their place."""
    setting = ruling.setting_of(rule.name)
    if not reminder.relays.all():
        return audience_now(rule, subject, reminder, setting)
    asked = rule.audience(subject, reminder).values("pk")
    instead = Relay.objects.filter(reminder=reminder.pk, person__in=asked).values("deputy")
    return audience_now(rule, subject, reminder, setting, Q(pk__in=instead))


def untold(rule, subject, reminder, setting=None):
    told = Delivery.objects.filter(reminder=reminder, recipient=OuterRef("pk"))
    return audience_now(rule, subject, reminder, setting).exclude(Exists(told)).order_by("pk")


def audience_now(rule, subject, reminder, setting, besides=NOTHING):
    """Whom a rule tells, and who is told besides by what was decided about it (`setting`)."""
    asked = Q(pk__in=rule.audience(subject, reminder).values("pk"))
    if others := ruling.others(subject, setting):
        asked |= Q(pk__in=others)
    people = asked if besides is NOTHING else asked | besides
    return User.objects.filter(people, is_active=True)


def _set_back(pk, error):
    """Leave it alone for a while; after some failures it stays visible as failed."""
    rows = Reminder.objects.filter(pk=pk, state=State.PLANNED)
    failures = (rows.values_list("failures", flat=True).first() or 0) + 1
    facts = {"failures": failures, "error": words_for(error)}
    if failures < MOST_FAILURES:
        rows.update(retry_at=Now() + distance(failures), **facts)
    else:
        rows.update(state=State.FAILED, settled_at=Now(), **facts)

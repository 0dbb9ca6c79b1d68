"""What an act would say, to whom, when, by which channel and why: found by doing it and undoing
it, so that the plan shown is the plan kept."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from nanchuan.kernel.models import Event
from nanchuan.notices.actions import events
from nanchuan.notices.actions.reminders import audience_of
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.rules import rule_named

PLANNED = Reminder.State.PLANNED


@dataclass(frozen=True)
class Line:
    """One reminder in words. `due_at` is None for what is said at once."""

    subject: str
    words: str
    due_at: datetime | None
    channels: tuple[str, ...]
    people: int
    mails: int
    who: str
    why: str
    is_new: bool  # it was not to be said before, or at another time


@dataclass(frozen=True)
class Rehearsal:
    """What will be said, and what was to be said and falls away."""

    said: list[Line] = field(default_factory=list)
    gone: list[Line] = field(default_factory=list)


def rehearse(
    act: Callable[[], Iterable[models.Model]], before: Iterable[models.Model] = ()
) -> Rehearsal:
    """Do it, read the plan, and undo it. `act` answers the records that it touched, which are of
    one kind; `before` are those of them that are there already. Raises what the act raises.
    """
    with transaction.atomic():
        before = list(before)
        last = _follow(before)
        waiting = {row.pk: row.due_at for row in _reminders(before).filter(state=PLANNED)}
        touched = list(act())
        _follow(touched, after=last)
        told = _compare(touched, waiting)
        transaction.set_rollback(True)
    return told


def _about(model, subjects):
    if not subjects:
        return model.objects.none()
    kind = ContentType.objects.get_for_model(subjects[0])
    return model.objects.filter(subject_type=kind, subject_id__in=[row.pk for row in subjects])


def _reminders(subjects):
    return _about(Reminder, subjects).select_related("event", "subject_type")


def _follow(subjects, after: int = 0) -> int:
    """What the worker has not turned into reminders yet; answers the last event."""
    for event in _about(Event, subjects).filter(handled_at=None, pk__gt=after).order_by("pk"):
        events.follow(event)
        after = event.pk
    return after


def _compare(subjects, waiting) -> Rehearsal:
    told, heard = Rehearsal(), {}
    rows = {subject.pk: subject for subject in subjects}
    for reminder in _reminders(subjects).order_by("due_at", "pk"):
        if reminder.state == PLANNED:
            is_new = waiting.get(reminder.pk) != reminder.due_at
            told.said.append(_line(rows[reminder.subject_id], reminder, heard, is_new))
        elif reminder.pk in waiting:
            told.gone.append(_line(rows[reminder.subject_id], reminder, heard, False))
    return told


def _line(subject, reminder, heard, is_new) -> Line:
    rule = rule_named(reminder.rule)
    people = audience_of(rule, subject, reminder)
    key = str(people.query)  # most reminders about a record have the same audience
    if key not in heard:
        addresses = list(people.values_list("email", flat=True))
        heard[key] = addresses, rule.who(subject, reminder)
    addresses, who = heard[key]
    labels = dict(Delivery.Channel.choices)
    mailed = Delivery.Channel.EMAIL in rule.channels
    return Line(
        subject=str(subject),
        words=str(rule.label or rule.title(subject, reminder)),
        due_at=reminder.due_at if reminder.due_at > timezone.now() else None,
        channels=tuple(str(labels[channel]) for channel in rule.channels),
        people=len(addresses),
        mails=sum(map(bool, addresses)) if mailed else 0,
        who=who,
        why=rule.why(subject, reminder),
        is_new=is_new,
    )

"""What an act would say, to whom, when, by which channel and why: found by doing it and undoing
it, so that the plan shown is the plan kept."""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone

from nanchuan.accounts.models import User
from nanchuan.kernel.models import Event
from nanchuan.notices import routing
from nanchuan.notices.actions import events
from nanchuan.notices.actions.reminders import audience_now
from nanchuan.notices.models import Delivery, Reminder
from nanchuan.notices.routing import channels_of
from nanchuan.notices.rules import NoticeRule, rule_named
from nanchuan.notices.ruling import setting_of, settings_now

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
    told, heard, settings = Rehearsal(), {}, settings_now()
    rows = {subject.pk: subject for subject in subjects}
    for reminder in _reminders(subjects).order_by("due_at", "pk"):
        if reminder.state == PLANNED:
            is_new = waiting.get(reminder.pk) != reminder.due_at
            told.said.append(_line(rows[reminder.subject_id], reminder, heard, settings, is_new))
        elif reminder.pk in waiting:
            told.gone.append(_line(rows[reminder.subject_id], reminder, heard, settings, False))
    return told


def _line(subject, reminder, heard, settings, is_new) -> Line:
    rule = rule_named(reminder.rule)
    setting = settings.get(rule.name)
    people = audience_now(rule, subject, reminder, setting)
    key = str(people.query)  # most reminders about a record have the same audience
    if key not in heard:
        addresses = list(people.values_list("email", flat=True))
        heard[key] = addresses, rule.who(subject, reminder)
    addresses, who = heard[key]
    labels = dict(Delivery.Channel.choices)
    channels = channels_of(rule, setting)
    mailed = Delivery.Channel.EMAIL in channels
    return Line(
        subject=str(subject),
        words=str(rule.label or rule.title(subject, reminder)),
        due_at=reminder.due_at if reminder.due_at > timezone.now() else None,
        channels=tuple(str(labels.get(channel, channel)) for channel in channels),
        people=len(addresses),
        mails=sum(map(bool, addresses)) if mailed else 0,
        who=who,
        why=rule.why(subject, reminder),
        is_new=is_new,
    )


# ── What a decision about a rule would change ───────────────────────────────────────────────

MOST_NAMES = 12


@dataclass(frozen=True)
class Told:
    """One reminder of a rule about a subject: when, by which channel how many, and who."""

    due_at: datetime
    channels: tuple[tuple[str, int], ...]
    names: tuple[str, ...]
    more: int


def compare(rule: NoticeRule, subject: models.Model, act: Callable) -> tuple[list, list]:
    """Who hears what of a subject before an act and after it, which is undone."""
    with transaction.atomic():
        before = _told(rule, subject)
        act()
        after = _told(rule, subject)
        transaction.set_rollback(True)
    return before, after


def _told(rule, subject) -> list[Told]:
    """What waits; where nothing does, the last thing that was said shows who hears of it."""
    rows = Reminder.objects.about(subject).filter(rule=rule.name).order_by("due_at", "pk")
    waiting = list(rows.filter(state=PLANNED)) or list(rows.reverse()[:1])
    return [told for row in waiting if (told := _of_reminder(rule, subject, row))]


def _ways(rule, subject, reminder, setting, at) -> list[routing.Way]:
    """Whom it would reach: of those who are away only what is obligatory, and their deputies."""
    people = list(audience_now(rule, subject, reminder, setting).values_list("pk", flat=True))
    instead = routing.deputies(people, rule, subject, at)
    here = {person for person in people if rule.is_obligatory or person not in instead}
    deputies = set(instead.values())
    return routing.ways(rule, sorted(here | deputies), reminder, at, setting, deputies)


def _of_reminder(rule, subject, reminder) -> Told | None:
    at = max(reminder.due_at, timezone.now())
    setting = setting_of(rule.name, timezone.localdate(at))
    if setting and not setting.is_on:
        return None
    ways = _ways(rule, subject, reminder, setting, at)
    numbers = Counter(way.channel for way in ways)
    people = list(User.objects.filter(pk__in={way.person for way in ways}).order_by("pk"))
    labels = dict(Delivery.Channel.choices)
    return Told(
        due_at=reminder.due_at,
        channels=tuple((str(labels.get(name, name)), n) for name, n in numbers.items()),
        names=tuple(str(person) for person in people[:MOST_NAMES]),
        more=max(len(people) - MOST_NAMES, 0),
    )

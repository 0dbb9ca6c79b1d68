"""Record what happened; let other apps say who should hear of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

from nanchuan.kernel.models import Event
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.words import name_for_all

Handler = Callable[[Event], Iterable]

_handlers: dict[str, list[Handler]] = defaultdict(list)
_labels: dict[str, str] = {}
_details: dict[str, Callable[[Event], str]] = {}
_listeners: list[Callable[[], None]] = []


def record(
    name: str, *, subject: models.Model, by=None, at: datetime | None = None, **facts
) -> Event:
    """Write the event in the caller's transaction; the worker picks it up later.

    `at` is the moment it happened, now unless told. `facts` hold no personal data.
    """
    event = _event(name, subject, facts, by, at or timezone.now())
    event.save()
    for ring in _listeners:
        ring()
    return event


def record_many(name: str, happened: Iterable[tuple], *, by=None, at: datetime | None = None):
    """Write one event for each (subject, facts), in few statements.

    Events of which no app wants to hear are handled from the start: five thousand of them
    would hold up everybody's reminders.
    """
    now = timezone.now()
    made = [_event(name, subject, facts, by, at or now) for subject, facts in happened]
    for event in made if not _handlers[name] else ():
        event.handled_at = now
    Event.objects.bulk_create(made, batch_size=500)
    for ring in _listeners if made else ():
        ring()


def settle(subjects: Iterable[models.Model], *, at: datetime) -> None:
    """History that is entered afterwards: what happened to these rows is told to nobody."""
    rows = list(subjects)
    if not rows:
        return
    kind = ContentType.objects.get_for_model(rows[0])
    keys = [row.pk for row in rows]
    for start in range(0, len(keys), 500):
        found = Event.objects.filter(subject_type=kind, subject_id__in=keys[start : start + 500])
        found.filter(handled_at=None).update(handled_at=at)


def _event(name, subject, facts, by, at) -> Event:
    return Event(
        name=name,
        subject_type=ContentType.objects.get_for_model(subject),
        subject_id=subject.pk,
        subject_label=name_for_all(subject)[:200],
        by=by,
        by_label=by.get_full_name()[:100] if by else "",
        facts=facts,
        happened_at=at,
    )


def on_record(ring: Callable[[], None]) -> Callable[[], None]:
    """Register a function that is called whenever an event was recorded (the doorbell)."""
    _listeners.append(ring)
    return ring


def on(*names: str) -> Callable[[Handler], Handler]:
    """Register a function that turns an event into reminders."""

    def register(handler: Handler) -> Handler:
        for name in names:
            _handlers[name].append(handler)
        return handler

    return register


def handlers(name: str) -> list[Handler]:
    return _handlers[name]


def label(**words) -> None:
    """Say in words what events mean: `label(need__filed=_("点单"))` names "need.filed"."""
    _labels.update({name.replace("__", "."): word for name, word in words.items()})


def word_for(name: str) -> str:
    return str(_labels.get(name, name))


def detail(**functions: Callable[[Event], str]) -> None:
    """Say in words what the trail shows of an event besides its name, from its facts."""
    _details.update({name.replace("__", "."): tell for name, tell in functions.items()})


def detail_of(event: Event) -> str:
    """What else the trail says; facts of an older release may lack something."""
    try:
        return _details[event.name](event)
    except (KeyError, ValueError):
        return ""


def labels() -> dict[str, str]:
    return dict(_labels)


def history(subject: models.Model) -> models.QuerySet[Event]:
    """What happened to a record, newest first. Ask only for records that the reader may see."""
    return _of(ContentType.objects.get_for_model(subject).pk, subject.pk)


def latest(subject: models.Model) -> list[Event]:
    """The newest fifty of them, for its page."""
    return _latest(ContentType.objects.get_for_model(subject).pk, subject.pk)


def _of(kind, subject):
    rows = Event.objects.filter(subject_type=kind, subject_id=subject)
    return rows.order_by("-happened_at", "-id")


@prepared(int, int)
def _latest(kind, subject):
    return _of(kind, subject)[:50]

"""Events become reminders: the rows that actions recorded are the queue of this work."""

import logging
import time

from django.db import transaction
from django.db.models import Exists, F, OuterRef
from django.db.models.functions import Now

from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.notices.actions import reminders
from nanchuan.notices.actions.setbacks import distance, words_for
from nanchuan.notices.models import Setback
from nanchuan.notices.rules import Plan, Silence

logger = logging.getLogger(__name__)

MOST_FAILURES = 5
BATCH = 200


def waiting():
    """Events to handle now: of each subject the oldest, so that its story is told in order.

    An event that failed rests; one that failed too often is left to people and holds up nobody.
    """
    open_events = Event.objects.filter(handled_at=None, failures__lt=MOST_FAILURES)
    same_subject = {name: OuterRef(name) for name in ("subject_type", "subject_id")}
    earlier = open_events.filter(pk__lt=OuterRef("pk"), **same_subject)
    resting = Setback.objects.filter(event=OuterRef("pk"), retry_at__gt=Now())
    return open_events.exclude(Exists(earlier)).exclude(Exists(resting)).order_by("pk")


def handle_waiting(*, until: float = float("inf"), failures_left: int = MOST_FAILURES) -> int:
    """Handle what waits, each event in a transaction of its own; returns how many there were.

    `until` is a moment of the monotonic clock at which to leave the rest to the next tick.
    `failures_left` = 1 gives an event up at its first failure.
    """
    handled = 0
    while found := list(waiting().values_list("pk", flat=True)[:BATCH]):
        for pk in found:
            handle(pk, failures_left=failures_left)
            handled += 1
            if time.monotonic() > until:
                return handled
    return handled


def handle(pk: int, *, failures_left: int = MOST_FAILURES) -> None:
    """Ask the handlers of one event. Of two workers at once, one does it."""
    try:
        with transaction.atomic():
            if Event.objects.filter(pk=pk, handled_at=None).update(handled_at=Now()):
                follow(Event.objects.get(pk=pk))
    except Exception as error:
        logger.exception("Event %s could not be handled", pk)
        _set_back(pk, error, failures_left)


def follow(event: Event) -> None:
    """Ask the handlers of an event, and do what they answer."""
    asked = events.handlers(event.name)
    if not asked or event.subject is None:
        return
    for handler in asked:
        for answer in handler(event) or ():
            _obey(event, answer)


def _obey(event, answer):
    if isinstance(answer, Plan):
        reminders.plan(answer, event=event)
    elif isinstance(answer, Silence):
        reminders.silence(answer)
    else:
        raise TypeError(f"a handler of {event.name} yields {type(answer).__name__}")


@transaction.atomic
def _set_back(pk, error, failures_left):
    step = MOST_FAILURES + 1 - failures_left
    Event.objects.filter(pk=pk, handled_at=None).update(failures=F("failures") + step)
    failures = Event.objects.values_list("failures", flat=True).get(pk=pk)
    Setback.objects.update_or_create(
        event_id=pk,
        defaults={"error": words_for(error), "retry_at": Now() + distance(failures)},
    )

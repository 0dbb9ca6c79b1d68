"""What ends with a unit's part in a need, or with the need itself."""

from datetime import datetime

from django.utils.translation import gettext as _

from services.actions import clocks
from services.models import Clock, Need

Kind = Clock.Kind


def end_dispatch(need: Need, why: str, at: datetime) -> None:
    need.dispatches.filter(ended_at=None).update(ended_at=at, end=why)


def end_work(need: Need, at: datetime) -> None:
    """Nothing is owed by the unit any more: no clock of it runs or stands still, and it waits
    for no answer."""
    clocks.stop(need, Kind.ACCEPT, Kind.CONTACT, Kind.SOLVE, at=at)
    end_pauses(need, at)
    drop_extension(need, at)


def end_pauses(need: Need, at: datetime) -> None:
    for pause in need.pauses.filter(ended_at=None):
        clocks.resume(need, pause.why, at=at)


def drop_extension(need: Need, at: datetime) -> None:
    """What was asked for does not matter any more."""
    need.extensions.filter(decided_at=None).update(
        decided_at=at, is_granted=False, answer=_("需求已进入下一环节，不再需要延期。")
    )

"""What measures and action items have in common: somebody owes them by a day."""

from datetime import date
from typing import Self

from django.db import models
from django.db.models import Case, F, Q, Value, When
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.kernel.states import Stateful

IN_PROGRESS, REPORTED, DONE, DROPPED = "in_progress", "reported", "done", "dropped"
LATE = "late"  # a state that people tell apart, no status
STYLES = {LATE: "overdue", REPORTED: "waiting", DROPPED: "ended"}


def state_style(state: str) -> str:
    """The look of a state; most are called like it."""
    return STYLES.get(state, state)


class OwedQuerySet(ScopedQuerySet):
    def with_state(self, on: date | None = None) -> Self:
        """Each row knows its `state`: its status, or `late` (已逾期), of the model's `STATES`."""
        late = Q(status=IN_PROGRESS, due_on__lt=on or timezone.localdate())
        state = Case(
            When(late, then=Value(LATE)), default=F("status"), output_field=models.CharField()
        )
        return self.annotate(state=state)

    def late_first(self, on: date | None = None) -> Self:
        """What hurts first: late, then what is open by its due day, then the settled."""
        rank = Case(
            When(state=LATE, then=Value(0)),
            When(status__in=Owed.OPEN, then=Value(1)),
            default=Value(2),
        )
        newest = F("closed_at").desc(nulls_first=True)
        return self.with_state(on).annotate(rank=rank).order_by("rank", newest, "due_on", "pk")


class Owed(Stateful):
    """In progress, reported as done, confirmed by the office or sent back, or dropped. Has
    `due_on`, `reported_at` and `done_on`; `done_late` says in words that it was done so many
    days late."""

    STEPS = {
        IN_PROGRESS: {REPORTED, DROPPED},
        REPORTED: {DONE, IN_PROGRESS, DROPPED},
        DONE: {IN_PROGRESS},
        DROPPED: {IN_PROGRESS},
    }
    OPEN = (IN_PROGRESS, REPORTED)
    SOON_DAYS = 7
    done_late: Promise

    class Meta:
        abstract = True

    @property
    def is_open(self) -> bool:
        return self.status in self.OPEN

    @property
    def is_late(self) -> bool:
        return self.status == IN_PROGRESS and self.days_late > 0

    @property
    def days_late(self) -> int:
        """Days past the due day: until today in progress, until the day it was reported or done."""
        last = {
            IN_PROGRESS: timezone.localdate(),
            REPORTED: self.reported_at and timezone.localdate(self.reported_at),
            DONE: self.done_on,
        }.get(self.status)
        return max((last - self.due_on).days, 0) if last else 0

    @property
    def state_words(self) -> str:
        """The state as people read it, with the days that it is late, or was."""
        if not self.days_late:
            return str(self.get_status_display())
        days = {"days": self.days_late}
        if self.is_late:
            return _("逾期 %(days)d 天") % days
        if self.status == DONE:
            return str(self.done_late) % days
        return _("待确认，逾期 %(days)d 天报告") % days

    @property
    def state_style(self) -> str:
        return state_style(LATE if self.is_late else self.status)

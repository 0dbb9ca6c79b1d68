"""What is due soon or late, as lists ask it: from the moment that a need's row knows, in the
words of `services.clock`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, gettext_noop

from alliance.models import Regulation
from nanchuan.kernel import calendar
from nanchuan.kernel.words import choices_of, said
from services.models import Clock, Need

Status, Kind = Need.Status, Clock.Kind
FIRST_DAY = date.min + timedelta(days=2)  # has a day before it in every time zone
EXPIRED, LATE, LEFT = (
    gettext_noop("已到期"),  # in the evening before a day off, say
    gettext_noop("逾期 %(words)s"),
    gettext_noop("还剩 %(words)s"),
)
HELP = gettext_lazy("协办")
RULING = gettext_lazy("裁定异议")
STEPS = {  # whose clock runs, by status
    Status.SUBMITTED: Kind.REVIEW,
    Status.APPEALED: Kind.REVIEW,
    Status.PUBLISHED: Kind.ACCEPT,
    Status.DISPATCHED: Kind.ACCEPT,
    Status.DISPUTED: Kind.ACCEPT,
    Status.ACCEPTED: Kind.CONTACT,
    Status.IN_PROGRESS: Kind.SOLVE,
}


@dataclass(frozen=True)
class Due:
    """Which step is due when, and how that stands in a colour and in words."""

    label: Promise | str
    due_at: datetime
    status: str
    words: str


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(max(day, FIRST_DAY), time.min))


def risky_until(now: datetime | None = None) -> datetime:
    """Until when what is due is near (临近到期): so many working days as the charter says."""
    now = now or timezone.now()
    days = Regulation.objects.settings(timezone.localdate(now))["amber_days"]
    return calendar.in_force().after(now, days)


def due_of(need: Need, soon: datetime, now: datetime, pauses: Sequence = ()) -> Due | None:
    """None while nothing runs; `pauses` are the moments between which the clock stood still."""
    if need.due_at is None:
        return None
    label = choices_of(Clock, "kind").get(STEPS.get(need.status), "")
    return due_line(label, need.due_at, soon, now, pauses)


def due_line(label, due_at: datetime, soon: datetime, now: datetime, pauses: Sequence = ()) -> Due:
    if now >= due_at:
        passed = calendar.in_force().elapsed(due_at, now, pauses)
        words = said(EXPIRED)
        if passed:
            words = said(LATE) % {"words": calendar.words_of(passed, now)}
        return Due(label, due_at, "overdue", words)
    words = said(LEFT) % {"words": calendar.words(now, due_at, pauses)}
    return Due(label, due_at, "soon" if due_at <= soon else "in_time", words)

"""Moments by which something about a need is to be done, beside those of its clocks."""

from datetime import datetime, time

from django.utils import timezone

from nanchuan.kernel import calendar


def same_day(at: datetime) -> datetime:
    """The end of work of that day; after it, or on a day off, of the next working day."""
    day = timezone.localdate(calendar.next_working_moment(at))
    return calendar.after(timezone.make_aware(datetime.combine(day, time.min)), 1)

"""Facts of a meeting as its papers write them."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Meeting
from nanchuan.kernel.papers import written
from nanchuan.kernel.templatetags.ui import weekday


def time_words(meeting: Meeting) -> str:
    return period_words(meeting.starts_at, meeting.ends_at)


def period_words(starts_at: datetime, ends_at: datetime) -> str:
    """2026年11月23日（周一）14:30至16:30."""
    starts, ends = map(timezone.localtime, (starts_at, ends_at))
    until = f"{ends:%H:%M}" if starts.date() == ends.date() else _moment(ends)
    return _("%(starts)s至%(ends)s") % {"starts": _moment(starts), "ends": until}


def _moment(at: datetime) -> str:
    return _("%(day)s（%(weekday)s）%(clock)s") % {
        "day": written(at.date()),
        "weekday": weekday(at),
        "clock": f"{at:%H:%M}",
    }


def clock(at: datetime | None) -> str:
    return f"{timezone.localtime(at):%H:%M}" if at else ""


def groups_of(meeting: Meeting) -> str:
    return _("、").join(group.name for group in (meeting.group, *meeting.partners.all()))


def listed(names) -> str:
    return _("、").join(str(name) for name in names)

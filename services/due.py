"""How the clock of a need stands, in a colour and in words: from what its row knows already.

A list has no question for each line: which step runs follows from the status.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Regulation
from nanchuan.kernel import calendar
from services.models import Need

Status = Need.Status
STEPS = {
    Status.SUBMITTED: gettext_lazy("审核"),
    Status.APPEALED: gettext_lazy("复核"),
    Status.PUBLISHED: gettext_lazy("接单"),
    Status.DISPATCHED: gettext_lazy("接单"),
    Status.DISPUTED: gettext_lazy("裁定"),
    Status.ACCEPTED: gettext_lazy("联系企业"),
    Status.IN_PROGRESS: gettext_lazy("办结"),
}


@dataclass(frozen=True)
class Due:
    """What is due when, how that stands (`overdue`, `soon`, `waiting`), and in words."""

    step: Promise | str
    at: datetime
    style: str
    words: str


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def risky_until(now: datetime | None = None) -> datetime:
    """Until when what is due is near (临近到期): so many working days as the charter says."""
    today = timezone.localdate(now)
    days = Regulation.objects.settings(today)["amber_days"]
    return midnight(calendar.working_days_after(today, days) + timedelta(days=1))


def due_of(need: Need, soon: datetime, now: datetime | None = None) -> Due | None:
    """None while nothing runs; `soon` is `risky_until()`, asked for once by the list."""
    if need.due_at is None:
        return None
    now = now or timezone.now()
    step = STEPS.get(need.status, _("办理"))
    return Due(step, need.due_at, *stands(need.due_at, soon, now))


def stands(due_at: datetime, soon: datetime, now: datetime) -> tuple[str, str]:
    """(style, words) of a due moment."""
    today, day = timezone.localdate(now), timezone.localdate(due_at)
    days = calendar.working_days_between(today, day)
    if due_at < now:
        return "overdue", _("逾期 %(days)d 个工作日") % {"days": -days} if days else _("已逾期")
    words = _("还剩 %(days)d 个工作日") % {"days": days} if days else _("今天到期")
    return ("soon" if due_at < soon else "waiting"), words

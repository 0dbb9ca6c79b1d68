"""What is due soon or late, as lists ask it: rows know the moment, `services.clock` the words."""

from datetime import date, datetime, time

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Regulation
from nanchuan.kernel import calendar
from services.clock import Line
from services.models import Assistance

HELP = gettext_lazy("协办")


def midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def risky_until(now: datetime | None = None) -> datetime:
    """Until when what is due is near (临近到期): so many working days as the charter says."""
    now = now or timezone.now()
    days = Regulation.objects.settings(timezone.localdate(now))["amber_days"]
    return calendar.in_force().after(now, days)


class HelpLine(Line):
    """The time of a unit that helps, beside the clocks of the responsible one."""

    @property
    def label(self) -> str:
        return str(HELP)


def help_line(help: Assistance, soon: datetime, now: datetime) -> HelpLine:
    due_at = help.due_at
    if now >= due_at:
        status, words = "overdue", _("逾期 %(words)s") % {"words": calendar.words(due_at, now)}
    else:
        status = "soon" if due_at <= soon else "in_time"
        words = _("还剩 %(words)s") % {"words": calendar.words(now, due_at)}
    return HelpLine("help", 0, status, words, due_at)

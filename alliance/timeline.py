"""When what belongs to a meeting is due (会议时间线): pure questions about dates.

The numbers are those of the meetings system (联席会议制度) that the meeting began under.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alliance.models import Meeting, MeetingKind, Regulation
from nanchuan.kernel import calendar
from nanchuan.kernel.templatetags.ui import weekday

Status = Meeting.Status
LENGTH = timedelta(hours=2)


@dataclass(frozen=True)
class Due:
    """One date of the time line: what it is for, and how it stands in a colour and in words."""

    label: str
    day: date
    status: str
    words: str


@dataclass(frozen=True)
class Rules:
    """What decides the numbers of a meeting: its kind where it has its own, else the version of
    the meetings system; without one its default."""

    kind: MeetingKind | None
    regulation: Regulation

    def value(self, code: str) -> int:
        own = getattr(self.kind, code) if self.kind and code in MeetingKind.OWN else None
        return self.regulation.value(code) if own is None else own


def rules(meeting: Meeting) -> Rules:
    return Rules(meeting.kind, meeting.regulation or Regulation())


BEFORE = (
    ("topics_days", gettext_lazy("征集议题截止")),
    ("invite_days", gettext_lazy("确定议程、发出通知")),
    ("report_days", gettext_lazy("报上级、请嘉宾")),
)
AFTER = (
    ("minutes_days", gettext_lazy("印发纪要")),
    ("minutes_last_days", gettext_lazy("纪要最后一次催办")),
)


def before_words(rules: Rules) -> str:
    """T-15 / T-7 / T-2, then T+3 / T+7: working days before and after the meeting."""
    before = [f"T-{rules.value(code)}" for code, _label in BEFORE]
    return " / ".join([*before, *(f"T+{rules.value(code)}" for code, _label in AFTER)])


def days(rules: Rules, starts_at: datetime) -> list[tuple[str, str, date]]:
    """Setting, label and date of each step, in order of the steps."""
    on = timezone.localdate(starts_at)
    before = [
        (code, str(label), calendar.working_days_before(on, rules.value(code)))
        for code, label in BEFORE
    ]
    after = [
        (code, str(label), calendar.working_days_after(on, rules.value(code)))
        for code, label in AFTER
    ]
    return [*before, *after]


def timeline(
    meeting: Meeting,
    *,
    convened_on: date | None = None,
    published_on: date | None = None,
    topics_due_on: date | None = None,
    today: date | None = None,
) -> list[Due]:
    """The dates of a meeting and how each stands. `convened_on`: when its notice went out;
    `published_on`: its minutes; `topics_due_on`: until when the units were asked for topics."""
    today = today or timezone.localdate()
    found = []
    for code, label, usual in days(rules(meeting), meeting.starts_at):
        day = (topics_due_on if code == "topics_days" else None) or usual
        if code == "invite_days":
            told = _notice(day, today, convened_on)
        elif code in ("minutes_days", "minutes_last_days") and meeting.status == Status.HELD:
            told = _minutes(code, day, today, published_on)
        else:
            told = _stands(day, today)
        found.append(Due(label, day, *told))
    return found


def planned(rules: Rules, starts_at: datetime, today: date | None = None) -> list[Due]:
    """The dates of a meeting that is only being typed in."""
    today = today or timezone.localdate()
    return [Due(label, day, *_stands(day, today)) for _code, label, day in days(rules, starts_at)]


def _notice(day, today, convened_on):
    if convened_on is None:
        return _owed(day, today)
    if convened_on <= day:
        return "done", _("已召集")
    return "soon", _("已召集，晚了%(days)s") % {"days": working_days(day, convened_on)}


def _minutes(code, day, today, published_on):
    """They are owed on the first of the two days; on the last one people are only told again."""
    if code == "minutes_last_days":
        return ("done", _("已印发")) if published_on else _stands(day, today)
    if published_on is None:
        return _owed(day, today)
    if published_on <= day:
        return "done", _("已印发")
    return "soon", _("已印发，晚了%(days)s") % {"days": working_days(day, published_on)}


def _owed(day, today):
    if today > day:
        return "overdue", _("逾期%(days)s") % {"days": working_days(day, today)}
    return _stands(day, today)


def _stands(day, today):
    """Whether it was done the portal does not know, so it says only where the date lies."""
    if today > day:
        return "ended", _("日期已过")
    if today == day:
        return "soon", _("就在今天")
    return "waiting", _("还剩%(days)s") % {"days": working_days(today, day)}


def working_days(a: date, b: date) -> str:
    """The time from one day to a later one in words."""
    number = calendar.working_days_between(a, b)
    if number == 0:
        return _("不足 1 个工作日")
    words = ngettext(" %(number)d 个工作日", " %(number)d 个工作日", number)
    return words % {"number": number}


def proposed(rules: Rules, now: datetime | None = None) -> tuple[datetime, datetime]:
    """Start and end that a form offers first: the first working day for which the notice is not
    late, at the usual hour."""
    now = timezone.localtime(now)
    day = calendar.working_days_after(now.date(), max(1, rules.value("invite_days")))
    starts_at = timezone.make_aware(
        datetime(day.year, day.month, day.day, rules.value("meeting_hour"))  # noqa: DTZ001
    )
    return starts_at, starts_at + LENGTH


def doubts(rules: Rules, starts_at: datetime, today: date | None = None) -> list[str]:
    """What to consider about a start; people decide."""
    return [*filter(None, (day_off(starts_at), short_notice(rules, starts_at, today)))]


def day_off(starts_at: datetime) -> str:
    on = timezone.localdate(starts_at)
    if calendar.is_working_day(on):
        return ""
    return _("%(day)s（%(weekday)s）不是工作日，下一个工作日是 %(next)s（%(next_weekday)s）。") % {
        "day": on,
        "weekday": weekday(on),
        "next": (following := calendar.next_working_day(on)),
        "next_weekday": weekday(following),
    }


def short_notice(rules: Rules, starts_at: datetime, today: date | None = None) -> str:
    """The notice should go out `invite_days` before; nothing if there is time enough."""
    today, on = today or timezone.localdate(), timezone.localdate(starts_at)
    asked = rules.value("invite_days")
    if on < today or calendar.working_days_before(on, asked) >= today:
        return ""
    return _(
        "距开会只有%(left)s，联席会议制度要求会前 %(asked)d 个工作日确定议程并发通知（%(day)s）。"
    ) % {
        "left": working_days(today, on),
        "asked": asked,
        "day": calendar.working_days_before(on, asked),
    }

"""How the steps of a need stand on the working-day clock (办理时钟): pure, from its rows.

The alliance's clocks stand still while it is put on hold, waits for the enterprise or became a
long-term matter; the enterprise's own waiting goes on, and is shown beside them.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from fractions import Fraction

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Regulation
from members.models import Unit
from nanchuan.kernel import calendar
from nanchuan.kernel.templatetags.ui import moment
from services.conditions import parts
from services.models import Clock, Need, Pause

Kind, Level, Why = Clock.Kind, Clock.Level, Pause.Why
BEGINS = {  # in words, while the clock of a step has not begun
    Kind.REVIEW: gettext_lazy("提交后"),
    Kind.ACCEPT: gettext_lazy("发布后"),
    Kind.CONTACT: gettext_lazy("接单后"),
    Kind.SOLVE: gettext_lazy("接单后"),
}
CHASED = {  # the settings that say how long after the due moment a level is told
    Level.SECRETARY: "chase_secretary_days",
    Level.OFFICE: "chase_office_days",
    Level.LEADER: "chase_leader_days",
}


# ── When ────────────────────────────────────────────────────────────────────────────────────


def days_for(need: Need, kind: str) -> int:
    """The working days of a step, by the charter that the need began under."""
    charter = need.charter or Regulation()
    if kind != Kind.SOLVE:
        return charter.value(f"{kind}_days")
    days = charter.value("complex_days" if need.is_complex else "solve_days")
    return min(days, charter.value("longest_days"))


def due(clock: Clock, pauses: Iterable[Pause]) -> datetime:
    """When a step is due; of a pause that lasts only what lies behind counts, once it is over."""
    return _run_out(clock, pauses)


def next_step(clock: Clock, pauses: Iterable[Pause]) -> tuple[int, datetime] | None:
    """The level that is told next of a running clock, and when; NONE stands for the word to the
    unit before it is due. Nothing while the clock stands still, or when all were told."""
    if not clock.is_running or is_paused(pauses):
        return None
    rules = clock.regulation or Regulation()
    ahead = rules.value("amber_days")
    days = clock.days + clock.extra_days
    if not clock.level and clock.unit_id and 0 < ahead < days and clock.told_of != clock.due_at:
        return Level.NONE, _run_out(clock, pauses, -ahead)
    for level in levels(clock):
        if level > clock.level:
            return level, _run_out(clock, pauses, _late_by(rules, clock, level))
    return None


def levels(clock: Clock) -> list[int]:
    """Who is told that a step is late, one after the other; what the office owes itself, its own
    people hear first."""
    known = [Level.UNIT, Level.SECRETARY, Level.OFFICE, Level.LEADER]
    return known if clock.unit_id else known[2:]


def _late_by(rules, clock, level):
    """The first of all hears right when it is due, nobody before a level below."""
    below = [each for each in levels(clock)[1:] if each <= level]
    return max((rules.value(CHASED[each]) for each in below), default=0)


def _run_out(clock, pauses, more=0):
    days = clock.days + clock.extra_days + more
    return calendar.run_out(clock.started_at, days, intervals(pauses))


def intervals(pauses: Iterable[Pause], until: datetime | None = None):
    """From when until when a clock stood still; a pause that lasts counts up to a moment."""
    ends = ((pause.started_at, pause.ended_at or until) for pause in pauses)
    return [(since, end) for since, end in ends if end]


def is_paused(pauses: Iterable[Pause]) -> bool:
    return any(pause.ended_at is None for pause in pauses)


def took(clock: Clock, pauses: Iterable[Pause], now: datetime | None = None) -> Fraction:
    """The working days that a step took the alliance, or has taken until now."""
    now = now or timezone.now()
    end = clock.done_at or clock.stopped_at or now
    return calendar.in_force().elapsed(clock.started_at, end, intervals(pauses, now))


# ── How it stands ───────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """A step: when it is due, and how it stands in a colour and in words.

    `due_at` is None while the clock has not begun; `unit` None: the office owes it.
    """

    kind: str
    days: int
    status: str
    words: str
    due_at: datetime | None = None
    done_at: datetime | None = None
    unit: Unit | None = None
    extra_days: int = 0
    regulation: Regulation | None = None

    @property
    def label(self) -> str:
        return str(Kind(self.kind).label)

    @property
    def due_on(self) -> date | None:
        return self.due_at and timezone.localdate(self.due_at)

    @property
    def is_overdue(self) -> bool:
        return self.status == "overdue"


def clock_of(need: Need, now: datetime | None = None) -> Line | None:
    """The clock that runs now, the first due if there are two. No question is asked of a row that
    comes from `Need.objects.with_clocks()`."""
    running = _running(need)
    first = min(running, key=lambda clock: (clock.due_at, clock.pk), default=None)
    return first and line_of(first, _pauses(need), now or timezone.now())


def clocks_of(need: Need, now: datetime | None = None) -> list[Line]:
    """All steps of a need in order, each in its last round; of a need that is over only those
    that were done."""
    now, pauses = now or timezone.now(), _pauses(need)
    rows = [clock for clock in _all(need) if clock.stopped_at is None]
    last = {clock.kind: clock for clock in rows}
    found = []
    for kind in Kind:
        if kind in last:
            found.append(line_of(last[kind], pauses, now))
        elif need.is_open:
            found.append(_to_come(need, kind))
    return found


def line_of(clock: Clock, pauses: Iterable[Pause], now: datetime) -> Line:
    status, words = _stands(clock, list(pauses), now)
    return Line(
        clock.kind,
        clock.days,
        status,
        words,
        clock.due_at,
        clock.done_at,
        clock.unit,
        clock.extra_days,
        clock.regulation,
    )


def _to_come(need, kind):
    days = days_for(need, kind)
    words = _("%(begins)s %(days)d 个工作日内") % {"begins": BEGINS[kind], "days": days}
    return Line(kind, days, "draft", words)


def _stands(clock, pauses, now):
    due_at = clock.due_at
    if clock.done_at:
        return _done(due_at, clock.done_at, intervals(pauses, now))
    if is_paused(pauses):
        since = min(pause.started_at for pause in pauses if not pause.ended_at)
        told = _left(due_at, max(since, clock.started_at), intervals(pauses, now))
        return "draft", _("暂停计时，%(words)s") % {"words": told}
    if now >= due_at:
        return "overdue", _left(due_at, now, intervals(pauses))
    rules = clock.regulation or Regulation()
    left = calendar.in_force().between(now, due_at)
    status = "soon" if left <= rules.value("amber_days") else "in_time"
    return status, _left(due_at, now, intervals(pauses))


def _left(due_at, now, pauses):
    if now < due_at:
        return _("还剩 %(words)s") % {"words": calendar.words(now, due_at)}
    if not calendar.in_force().elapsed(due_at, now, pauses):
        return _("已到期")  # in the evening before a day off, say
    return _("逾期 %(words)s") % {"words": calendar.words(due_at, now, pauses)}


def _done(due_at, done_at, pauses):
    if not calendar.in_force().elapsed(due_at, max(done_at, due_at), pauses):
        return "done", _("%(moment)s 完成") % {"moment": moment(done_at)}
    return "soon", _("%(moment)s 完成，晚了 %(words)s") % {
        "moment": moment(done_at),
        "words": calendar.words(due_at, done_at, pauses),
    }


# ── The enterprise's own waiting ────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Waiting:
    """How long the enterprise has waited, in working time, and what that consists of."""

    since: datetime
    until: datetime | None  # None: it still waits
    words: str
    parts: list[tuple[str, str]]


def waiting(need: Need, now: datetime | None = None) -> Waiting | None:
    """From filing until the enterprise confirmed; None for what was given up before."""
    now = now or timezone.now()
    until = None
    if not need.is_open:
        until = _confirmed_at(need)
        if until is None:
            return None
    end, reckoned = until or now, calendar.in_force()
    pauses = _pauses(need)
    theirs = [pause for pause in pauses if pause.why == Why.ENTERPRISE]
    whole = reckoned.between(need.filed_at, end)
    without_theirs = reckoned.elapsed(need.filed_at, end, intervals(theirs, end))
    worked = reckoned.elapsed(need.filed_at, end, intervals(pauses, end))
    length = reckoned.length_on(end)
    parts = [
        (_("联盟办理"), worked),
        (_("等企业"), whole - without_theirs),
        (_("暂停"), without_theirs - worked),
    ]
    return Waiting(
        need.filed_at,
        until,
        _span(whole, length),
        [(label, _span(days, length)) for label, days in parts if days or label == parts[0][0]],
    )


def _span(days: Fraction, length) -> str:
    whole = int(days)
    return calendar.span_words(whole, length * float(days - whole))


def _confirmed_at(need):
    rows = parts(need, "solutions")
    return next(
        (row.confirmed_at for row in rows if row.confirmed_at and not row.reopened_at), None
    )


# ── The rows ────────────────────────────────────────────────────────────────────────────────


def estimate_note(lines: Iterable[Line | None]) -> str:
    """What a page says if one of the moments rests on a year whose make-up days are not known."""
    return calendar.estimate_note(line.due_on for line in lines if line and line.due_on)


def _running(need):
    known = getattr(need, "running_clocks", None)
    return [clock for clock in _all(need) if clock.is_running] if known is None else known


def _all(need):
    return list(parts(need, "clocks"))


def _pauses(need):
    known = getattr(need, "known_pauses", None)
    return list(parts(need, "pauses")) if known is None else known

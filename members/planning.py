"""A plan beside what was done (计划与开展情况): pure questions about dates and rows.

A line is done by the record that was begun from it, or else by a record of its kind and month
that no other line has taken. Nothing is stored about it, so a record that is withdrawn or put
right changes the plan's picture too.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from members.checkup.board import Board
from members.checkup.judging import State
from members.checkup.periods import Stretch
from members.models import Activity, DutyRule, Organization, Participation, PlannedActivity
from nanchuan.kernel.periods import months_after

YEARLY_IN = 11  # November: life meetings and appraisals generally come in the last quarter
MOST_IN_PERIOD = 12
UNDER_WAY = (Activity.Status.DRAFT, Activity.Status.RETURNED)


@dataclass(frozen=True)
class Line:
    """A line of the plan and what became of it: a state for the colour, and words."""

    planned: PlannedActivity
    record: Activity | None
    status: str
    words: str

    @property
    def is_open(self) -> bool:
        """Whether something is still to be done about it."""
        return self.status in ("waiting", "soon", "draft", "returned")

    @property
    def is_to_log(self) -> bool:
        return self.status in ("waiting", "soon")


@dataclass(frozen=True)
class Month:
    first: date
    lines: list[Line] = field(default_factory=list)
    besides: list[Activity] = field(default_factory=list)  # done without a line


@dataclass(frozen=True)
class Wanted:
    """A record that a duty asks for in a period: its kind, and the month in which to plan it."""

    duty: str
    first: date
    last: date
    number: int
    kind: str
    month: date


def wanted(organization: Organization, year: int) -> list[Wanted]:
    """What the duties of a year ask an organization to hold, each in the middle of its period
    (a yearly one in November): what a check-up at the end of the year would look for, if nothing
    else changed until then.

    What each member owes (talks, hours of study) is nothing that one line of a plan could do;
    one lecture of the secretary is the lecture of its month too.
    """
    board = Board([organization], year, today=date(year, 12, 31))
    found: dict = {}
    for code in board.duties_of(organization):
        for cell in board.cells(organization, code):
            if cell.state not in (State.NOT_ASKED, State.EXEMPT):
                for want in _of_period(cell.stretch.rule, cell.stretch):
                    found.setdefault((want.kind, want.month, want.number), want)
    return list(found.values())


def _of_period(rule: DutyRule, stretch: Stretch) -> Iterator[Wanted]:
    if rule.is_personal or not rule.activities:
        return
    span = DutyRule.MONTHS[rule.every]
    for number in range(1, min(rule.times, MOST_IN_PERIOD) + 1):
        middle = (2 * number - 1) * span // (2 * rule.times)
        ahead = YEARLY_IN - 1 if rule.every == DutyRule.Every.YEAR else middle
        month = months_after(stretch.first, ahead)
        yield Wanted(rule.code, stretch.first, stretch.last, number, rule.activities[0], month)


def months(
    organization: Organization, year: int, today: date | None = None, *, drafts: bool = False
) -> list[Month]:
    """The twelve months of a year, without talks, which are for the two alone. Two queries.

    With `drafts`, for who writes the records, a record that is not handed in is there too; for
    anybody else its line is still open.
    """
    planned = PlannedActivity.objects.filter(organization=organization).of_year(year)
    planned = planned.select_related("kind", "activity").earliest_first()
    done = Participation.objects.counted().filter(
        organization=organization,
        held_on__range=(date(year, 1, 1), date(year, 12, 31)),
        kind__is_private=False,
    )
    done = done.select_related("activity", "kind").order_by("held_on", "activity")
    rows, today = list(planned), today or timezone.localdate()
    return laid_out(rows, list(done), year, today, drafts=drafts)


def laid_out(planned, done, year: int, today: date, *, drafts: bool) -> list[Month]:
    records = _records_of(planned, done)
    taken = {record.pk for record in records.values()}
    found = [Month(date(year, number, 1)) for number in range(1, 13)]
    for row in planned:
        line = _line(row, records.get(row.pk), today, drafts=drafts)
        found[row.planned_on.month - 1].lines.append(line)
    for row in done:
        if row.activity_id not in taken:
            found[row.held_on.month - 1].besides.append(row.activity)
    return found


def _records_of(planned, done) -> dict[int, Activity]:
    """The record of each line, by its number."""
    begun = {row.pk: row.activity for row in planned if row.activity_id}
    taken = {record.pk for record in begun.values()}
    free = defaultdict(list)
    for row in done:
        if row.activity_id not in taken:
            free[row.kind_id, row.held_on.month].append(row.activity)
    for row in planned:
        left = free[row.kind_id, row.planned_on.month]
        if left and row.pk not in begun and not row.dropped_because:
            begun[row.pk] = left.pop(0)
    return begun


def _line(planned, record, today, *, drafts) -> Line:
    if record and record.is_standing:
        words = _("%(day)s 已开展") % {"day": record.held_on}
        if record.is_late:
            words = _("%(words)s（补录）") % {"words": words}
        return Line(planned, record, "done", words)
    if drafts and record and record.status in UNDER_WAY:
        return Line(planned, record, record.status, record.get_status_display())
    if planned.dropped_because:
        words = _("不开展：%(reason)s") % {"reason": planned.dropped_because}
        return Line(planned, None, "closed", words)
    left = (planned.planned_on - today).days
    if planned.planned_on.year < today.year:
        return Line(planned, None, "soon", _("没有开展的记录"))
    if left < 0:
        return Line(planned, None, "soon", _("已过计划日期 %(days)d 天") % {"days": -left})
    words = _("还有 %(days)d 天") % {"days": left} if left else _("就在今天")
    return Line(planned, None, "waiting", words)

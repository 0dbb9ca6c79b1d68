"""The quarterly statement of measures (季度情况), as things stood at the end of a quarter.

Told by the dated rows alone: what happens later never changes it.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Group, Measure, MeasureNote, MeasureStep
from alliance.models.owed import LATE, state_style
from alliance.models.turns import period_words
from nanchuan.kernel.periods import day_before, months_after

Status = Measure.Status
FIRST_YEAR = 2012
NEW = "new"
FIGURES = (
    (NEW, gettext_lazy("本季新增")),
    (Status.IN_PROGRESS.value, gettext_lazy("推进中")),
    (LATE, gettext_lazy("已逾期")),
    (Status.REPORTED.value, gettext_lazy("待确认")),
    (Status.DONE.value, gettext_lazy("本季完成")),
    (Status.DROPPED.value, gettext_lazy("本季不再推进")),
)
WHOLE_ALLIANCE = 0  # as the number of a group


@dataclass(frozen=True)
class Quarter:
    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month + 2) // 3)

    @property
    def starts_on(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def ends_on(self) -> date:
        return day_before(months_after(self.starts_on, 3))

    @property
    def before(self) -> "Quarter":
        return Quarter.of(day_before(self.starts_on))

    @property
    def after(self) -> "Quarter":
        return Quarter.of(self.ends_on + timedelta(days=1))

    @property
    def query(self) -> str:
        return f"year={self.year}&quarter={self.number}"

    def __str__(self):
        return period_words(self.starts_on, self.ends_on)


def quarter_of(query, today: date) -> Quarter:
    """The quarter that a page is asked for; the present one without one, or for one that cannot
    be told of: not yet begun, or not a quarter."""
    year, number = query.get("year", ""), query.get("quarter", "")
    if year.isdecimal() and number in {"1", "2", "3", "4"} and len(year) == 4:  # noqa: PLR2004
        wanted = Quarter(int(year), int(number))
        if wanted.year >= FIRST_YEAR and wanted.starts_on <= today:
            return wanted
    return Quarter.of(today)


class Statement:
    """What a reader sees of a quarter: each row is a measure as it stood, a `MeasureStep`.

    A row has `state`, `is_new`, `percent` and `progress`, the last note of the quarter.
    """

    def __init__(self, user, quarter: Quarter, today: date):
        self.quarter, self.on = quarter, min(quarter.ends_on, today)
        self.is_over = quarter.ends_on < today
        self.begin, self.end = _midnight(quarter.starts_on), _midnight(self.on + timedelta(days=1))
        self.rows = [self._told(row) for row in self._asked(user)]
        self.rows.sort(key=_place)

    def _asked(self, user):
        of_measure = {"measure": OuterRef("measure")}
        created = MeasureStep.objects.filter(what=MeasureStep.What.CREATED, at__gte=self.begin)
        notes = MeasureNote.objects.filter(**of_measure, at__lt=self.end).order_by("-at", "-pk")
        recent = notes.filter(at__gte=self.begin)
        rows = MeasureStep.objects.as_of(self.end).filter(
            Q(status__in=Measure.OPEN) | Q(at__gte=self.begin),
            measure__in=Measure.objects.visible_to(user),
        )
        return rows.select_related("measure", "group", "unit").annotate(
            is_new=Exists(created.filter(**of_measure)),
            said_percent=Subquery(notes.filter(is_report=False).values("percent")[:1]),
            progress=Subquery(recent.values("text")[:1]),
        )

    def _told(self, row):
        late = row.status == Status.IN_PROGRESS and row.due_on < self.on
        row.state = LATE if late else row.status
        row.days_late = (self.on - row.due_on).days if late else 0
        complete = row.status in (Status.REPORTED, Status.DONE)
        row.percent = 100 if complete else row.said_percent or 0
        row.state_style = state_style(row.state)
        row.state_words = state_words(row)
        row.group_key = row.group_id or WHOLE_ALLIANCE
        return row

    def chosen(self, figure: str = "", group: int | None = None) -> list[MeasureStep]:
        """The rows behind a figure, of one group if told."""
        return [
            row
            for row in self.rows
            if (not figure or figure == row.state or (figure == NEW and row.is_new))
            and group in (None, row.group_key)
        ]

    def counts(self, rows=None) -> list[tuple[str, str, int]]:
        rows = self.rows if rows is None else rows
        numbers = Counter(row.state for row in rows)
        numbers[NEW] = sum(row.is_new for row in rows)
        return [(figure, str(words), numbers[figure]) for figure, words in FIGURES]

    def groups(self) -> list[tuple[int, str]]:
        """The groups of the rows in their order, the whole alliance last."""
        found: dict[int, Group] = {row.group_id: row.group for row in self.rows if row.group_id}
        named = sorted(found.values(), key=lambda group: (group.order, group.pk))
        wide = [(WHOLE_ALLIANCE, _("整个联盟"))]
        return [(group.pk, str(group)) for group in named] + (
            wide if any(row.group_id is None for row in self.rows) else []
        )


def state_words(row) -> str:
    """The state of a row as people read it, with the days that it was late."""
    if row.state == LATE:
        return _("逾期 %(days)d 天") % {"days": row.days_late}
    return str(dict(Measure.STATES)[row.state])


def _place(row):
    order = [LATE, Status.IN_PROGRESS, Status.REPORTED, Status.DONE, Status.DROPPED]
    return order.index(row.state), row.due_on, row.measure_id


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))

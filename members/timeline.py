"""The committees of many organizations on one time line: where each bar of the picture stands.

Numbers only; the template draws them. Units are those of the SVG.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from members.models import CommitteeTerm, Organization

LABELS, PLOT, ROW, HEAD = 190, 930, 22, 26
WIDTH = LABELS + PLOT
MOST_YEARS_BACK, MOST_YEARS_AHEAD = 9, 6
BAR_MARGIN = 4
LETTER = 12  # the width of a Chinese character in a bar
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Bar:
    kind: str  # past | present | extended | overdue
    x: float
    width: float
    words: str = ""
    label: str = ""


@dataclass
class Row:
    organization: Organization
    y: int
    bars: list[Bar] = field(default_factory=list)

    @property
    def middle(self):
        return self.y + ROW // 2


class Timeline:
    def __init__(
        self, organizations: list[Organization], committees: Iterable[CommitteeTerm], today
    ):
        committees = list(committees)
        self.today = today
        self.first, self.last = _years(committees, today)
        self.rows = [
            Row(organization, HEAD + number * ROW)
            for number, organization in enumerate(organizations)
        ]
        rows = {row.organization.pk: row for row in self.rows}
        for committee in committees:
            rows[committee.organization_id].bars += self._bars(committee)
        self.width, self.height = WIDTH, HEAD + len(self.rows) * ROW + 6
        self.plot, self.plot_width = LABELS, PLOT
        self.today_x = self.x(today)

    def x(self, on: date) -> float:
        whole = (self.last - self.first).days
        days = min(max((on - self.first).days, 0), whole)
        return round(LABELS + PLOT * days / whole, 1)

    def years(self) -> list[tuple[int, float]]:
        return [(year, self.x(date(year, 1, 1))) for year in range(self.first.year, self.last.year)]

    def _bars(self, committee):
        """What it was elected for, the extension, and the time since."""
        present = committee.ends_on is None or committee.ends_on >= self.today
        over_on, last = committee.over_on, committee.ends_on or date.max
        elected_for = min(committee.due_on, last)
        kind = "present" if present else "past"
        yield from self._bar(kind, committee.starts_on, elected_for, committee)
        if committee.extended_to:
            yield from self._bar("extended", committee.due_on + DAY, min(over_on, last), committee)
        if over_on < min(self.today, last):
            yield from self._bar("overdue", over_on + DAY, min(self.today, last), committee)

    def _bar(self, kind, begin, end, committee):
        if end < max(begin, self.first) or begin > self.last:
            return
        x = self.x(begin)
        width = max(self.x(end) - x, 2)
        words = f"{committee.number}" if width > LETTER * 3 and kind in ("past", "present") else ""
        yield Bar(kind, x, width, words, f"{begin.isoformat()} — {end.isoformat()}")


def _years(committees, today):
    """Whole years around what is shown, within sensible bounds."""
    starts = [committee.starts_on.year for committee in committees]
    ends = [committee.over_on.year for committee in committees]
    first = max(min([*starts, today.year]), today.year - MOST_YEARS_BACK)
    last = min(max([*ends, today.year]), today.year + MOST_YEARS_AHEAD)
    return date(first, 1, 1), date(last + 1, 1, 1)

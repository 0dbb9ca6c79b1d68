"""What is still due when a period is about to end, and what was missed: for who hears of it."""

from collections.abc import Collection
from datetime import date, timedelta

from members.checkup import words
from members.checkup.board import Board
from members.checkup.judging import State
from members.checkup.periods import DAY
from members.models import Organization
from nanchuan.kernel import calendar
from nanchuan.kernel.periods import months_after

NOTICE = 5  # working days before a period ends
LOOKED_BACK = timedelta(days=31)  # what was missed is listed each week for a month


def closing(today: date) -> date | None:
    """The last day of the month, once it is near enough to speak of what ends with it."""
    last = months_after(today.replace(day=1), 1) - DAY
    return last if calendar.working_days_before(last, NOTICE) <= today else None


def speaks_from(last: date) -> date:
    """The day on which it is first spoken of what ends on a day."""
    return calendar.working_days_before(last, NOTICE)


def due(
    organizations: Collection[Organization], last: date, today: date
) -> dict[Organization, list[list]]:
    """What organizations still have to do by the last day of a period: names and numbers."""
    board = Board(organizations, last.year, today=today)
    return _lines(board, lambda cell: cell.state == State.DUE and cell.stretch.last == last)


def missed(organizations: Collection[Organization], today: date) -> dict[Organization, list[list]]:
    """What they did not do in periods that ended within the last month."""
    since, found = today - LOOKED_BACK, {}
    for year in sorted({since.year, today.year}):
        board = Board(organizations, year, today=today)
        lines = _lines(
            board, lambda cell: cell.state == State.MISSED and since <= cell.stretch.last < today
        )
        for organization, each in lines.items():
            found.setdefault(organization, []).extend(each)
    return found


def _lines(board, is_told):
    found = {}
    for organization in board.organizations:
        lines = [
            [board.name(code), words.period(cell.stretch), cell.missing]
            for code in board.duties_of(organization)
            for cell in board.cells(organization, code)
            if is_told(cell)
        ]
        if lines:
            found[organization] = lines
    return found

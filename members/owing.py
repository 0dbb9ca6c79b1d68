"""What each member still owes when a period is about to end, most of all talks (谈心谈话).

For whoever leads the organization.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils import timezone

from members.checkup import rows
from members.checkup.board import Board
from members.checkup.judging import Cell, State
from members.checkup.periods import by_code
from members.models import DutyRule, Organization
from nanchuan.kernel import roles

AHEAD = timedelta(days=31)  # before the last day of a period


@dataclass(frozen=True)
class Owing:
    """A duty that some members of an organization have not done in the running period."""

    organization: Organization
    code: str
    name: str
    cell: Cell


def owing(user, today: date | None = None) -> list[Owing]:
    """Of the organizations that somebody leads himself; none for anybody else.

    One question most of the year: the check-up is asked only when a period is about to end.
    """
    paths = roles.places(user, roles.SECRETARY)
    if not paths:
        return []
    today = today or timezone.localdate()
    versions = by_code(rows.rules())
    near = {code: found for code, found in versions.items() if _ends_soon(found, today)}
    if not near:
        return []
    own = list(Organization.objects.current(today).filter(path__in=paths).order_by("path"))
    return list(_owing(Board(own, today.year, today=today, rules=near)))


def _ends_soon(versions: list[DutyRule], today: date) -> bool:
    """Whether every member owes it in a period that has a month left at most."""
    return any(
        rule.measure == DutyRule.Measure.EACH_MEMBER
        and rule.times
        and rule.is_current(rule.period_of(today)[0])
        and rule.period_of(today)[1] - today <= AHEAD
        for rule in versions
    )


def _owing(board: Board) -> Iterator[Owing]:
    for organization in board.organizations:
        for code in board.duties_of(organization):
            for cell in board.cells(organization, code):
                if cell.state == State.DUE:
                    yield Owing(organization, code, board.name(code), cell)

"""Duties × periods of a year for any number of organizations."""

from collections import Counter
from collections.abc import Collection
from datetime import date
from functools import cached_property

from django.utils import timezone

from members.checkup import rows
from members.checkup.facts import Facts
from members.checkup.judging import Cell, judge
from members.checkup.periods import by_code, stretches
from members.models import DutyRule, Organization


class Board:
    """What became of the duties of some organizations in a year, as of a day."""

    def __init__(
        self,
        organizations: Collection[Organization],
        year: int,
        *,
        today: date | None = None,
        rules: dict[str, list[DutyRule]] | None = None,
        only: str = "",
    ):
        self.organizations, self.year = organizations, year
        self.today = today or timezone.localdate()
        rules = by_code(rows.rules()) if rules is None else rules
        self.rules = {code: found for code, found in rules.items() if only in ("", code)}
        self.layout = {code: stretches(found, year) for code, found in self.rules.items()}
        self._owed: dict[str, list[str]] = {}

    @cached_property
    def facts(self) -> Facts:
        return Facts(self.organizations, self.year, rules=self.rules, today=self.today)

    def duties_of(self, organization: Organization) -> list[str]:
        """The codes of what its kind is asked for at some time of the year."""
        kind = organization.kind
        if kind not in self._owed:
            self._owed[kind] = [
                code
                for code, found in self.layout.items()
                if any(each.rule and each.rule.times and kind in each.rule.kinds for each in found)
            ]
        return self._owed[kind]

    def cells(self, organization: Organization, code: str) -> list[Cell]:
        """One duty through the year."""
        facts = self.facts
        return [judge(facts, organization, each, code) for each in self.layout[code]]

    def name(self, code: str) -> str:
        """What a duty was called last in the year."""
        return next((str(each.rule) for each in reversed(self.layout[code]) if each.rule), code)

    def states(self) -> dict[str, Counter]:
        """How many cells of each duty are in each state."""
        found: dict[str, Counter] = {code: Counter() for code in self.layout}
        for organization in self.organizations:
            for code in self.duties_of(organization):
                found[code].update(cell.state for cell in self.cells(organization, code))
        return {code: counted for code, counted in found.items() if counted}


def cell_of(board: Board, organization: Organization, code: str, first: date) -> Cell | None:
    """The cell of a duty whose period begins on a day."""
    for each in board.layout.get(code, ()):
        if each.first == first:
            return judge(board.facts, organization, each, code)
    return None

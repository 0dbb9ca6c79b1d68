"""The check-up of a year as it was reckoned last, as long as nothing that it rests on was written.

What a row rests on is known with it: the organization, its party groups, and the people who were
its members. Each write adds marks for those whom it concerns (`watch`); while the sum of the marks
is what it was, the row holds. It is kept only if nothing at all was written while it was reckoned
(decision 0033).
"""

import hashlib
import json
import logging
from collections.abc import Collection, Iterable
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from django.db import DatabaseError, transaction
from django.db.models import F, IntegerField, Sum, Value
from django.utils import timezone

from members.checkup.board import Board
from members.checkup.facts import Facts
from members.checkup.judging import Cell, State, Why, judge
from members.checkup.periods import Stretch
from members.models import Change, DutyRule, KeptYear, Organization
from nanchuan.kernel.prepared import keys, prepared

logger = logging.getLogger(__name__)
STATES, WHYS = list(State), list(Why)
STATE, WHY = ({each: place for place, each in enumerate(many)} for many in (STATES, WHYS))
AT_ONCE = 50  # organizations: what is written meanwhile costs only these
EVERYBODY, ORGANIZATION, MEMBER, ANYTHING = range(4)
CODE = hashlib.sha256(  # another program reckons otherwise
    b"".join(file.read_bytes() for file in sorted(Path(__file__).parent.glob("*.py")))
).hexdigest()
Written = dict[str, str]  # by duty: its cells, four numbers for each


class Row(NamedTuple):
    """What was found of an organization, and the party groups and people that it rests on."""

    groups: list[int]
    people: list[int]
    cells: Written


class KeptBoard(Board):
    """A board that reckons only those of its organizations of which nothing is kept that holds,
    and keeps it: of all duties, whichever are shown."""

    def __init__(
        self,
        organizations: Collection[Organization],
        year: int,
        *,
        today: date | None = None,
        rules: dict[str, list[DutyRule]] | None = None,
        only: str = "",
    ):
        super().__init__(organizations, year, today=today, rules=rules)
        self._whole = self.layout
        self.layout = {code: each for code, each in self._whole.items() if only in ("", code)}

    def cells(self, organization: Organization, code: str) -> list[Cell]:
        return read(self.layout[code], self.written(organization, code))

    def written(self, organization: Organization, code: str) -> str:
        """One duty through the year as it is kept: `read` makes cells of it."""
        return self.found[organization.pk][code]

    def hold(self) -> None:
        """Reckon what nothing holds of."""
        _ = self.found

    @cached_property
    def found(self) -> dict[int, Written]:
        """By organization. What is kept is read before the marks: it may be older than they are,
        never younger."""
        asked = self._asked()
        kept = {
            pk: (marks, Row(*json.loads(found)))
            for pk, how, marks, found in _kept(list(asked), self.year)
            if asked[pk] == how
        }
        now = Marks(asked, [row for _marks, row in kept.values()])
        held = {pk: row.cells for pk, (marks, row) in kept.items() if now.of(pk, row) == marks}
        if missing := [each for each in self.organizations if each.pk not in held]:
            reckoned = self._reckon(missing)
            held |= {pk: row.cells for pk, row in reckoned.items()}
            self._keep(reckoned, asked, now)
        return held

    def _asked(self) -> dict[int, str]:
        """What the cells of each organization depend on and is at hand. Once a year is over, it
        does not matter how long."""
        day = min(self.today, date(self.year + 1, 1, 1))
        rules = [
            (
                rule.code,
                rule.starts_on,
                rule.ends_on,
                rule.kinds,
                rule.activities,
                rule.every,
                rule.measure,
                rule.times,
                rule.lead_times,
                rule.condition,
            )
            for versions in self.rules.values()
            for rule in versions
        ]
        common = hashlib.sha256(repr((CODE, day, rules)).encode())
        return {each.pk: _digest(common, each) for each in self.organizations}

    def _reckon(self, organizations) -> dict[int, Row]:
        facts = Facts(organizations, self.year, rules=self.rules, today=self.today)
        return {
            each.pk: Row(
                sorted(facts.groups_of(each.pk)),
                sorted(facts.people_of(each.pk)),
                {
                    code: _written(judge(facts, each, stretch, code) for stretch in stretches)
                    for code, stretches in self._whole.items()
                },
            )
            for each in organizations
        }

    def _keep(self, reckoned, asked, before) -> None:
        """A page is shown even if nothing can be kept."""
        after = Marks(reckoned, reckoned.values())
        if after.sums[ANYTHING, 0] != before.sums[ANYTHING, 0]:
            return
        rows = [
            KeptYear(
                organization=pk,
                year=self.year,
                asked=asked[pk],
                marks=after.of(pk, row),
                found=json.dumps(row, separators=(",", ":")),
            )
            for pk, row in sorted(reckoned.items())  # two who keep the same wait in turn
        ]
        try:
            with transaction.atomic():
                KeptYear.objects.bulk_create(
                    rows,
                    update_conflicts=True,
                    unique_fields=["organization", "year"],
                    update_fields=["asked", "marks", "found"],
                )
        except DatabaseError:
            logger.warning("the check-up of %s could not be kept", self.year, exc_info=True)


class Marks:
    """The sums of the marks as they are now: of everybody, of some organizations and what their
    rows rest on, and of anything at all."""

    def __init__(self, organizations: Iterable[int], rows: Iterable[Row]):
        rows = list(rows)
        groups = {group for row in rows for group in row.groups}
        people = {person for row in rows for person in row.people}
        found = _marks(sorted({*organizations, *groups}), sorted(people))
        self.sums = {(what, key): int(marks or 0) for what, key, marks in found}

    def of(self, pk: int, row: Row) -> int:
        """What concerns one organization."""
        sums = self.sums
        return (
            sums.get((EVERYBODY, 0), 0)
            + sum(sums.get((ORGANIZATION, each), 0) for each in (pk, *row.groups))
            + sum(sums.get((MEMBER, each), 0) for each in row.people)
        )


def _digest(common, organization) -> str:
    own = common.copy()
    days = organization.starts_on, organization.ends_on
    own.update(repr((organization.kind, *days)).encode())
    return own.hexdigest()[:32]


def _written(cells: Iterable[Cell]) -> str:
    return " ".join(f"{STATE[c.state]},{c.done},{c.asked},{WHY[c.why]}" for c in cells)


def read(stretches: Iterable[Stretch | None], written: str) -> list[Cell]:
    """The cells of a duty as they were judged, in the periods that the year was laid out in; None
    for who does not ask which these are."""
    found = []
    for stretch, cell in zip(stretches, written.split(), strict=True):
        state, done, asked, why = map(int, cell.split(","))
        found.append(Cell(STATES[state], stretch, done, asked, WHYS[why]))
    return found


@prepared(list, int)
def _kept(numbers, year):
    rows = KeptYear.objects.filter(organization__in=keys(numbers), year=year)
    return rows.values_list("organization", "asked", "marks", "found")


@prepared(list, list)
def _marks(organizations, people):
    """What, its key, the sum of its marks."""
    rows = Change.objects.order_by()
    nobody = rows.filter(organization=None, member=None)
    return _summed(EVERYBODY, Value(0), nobody).union(
        _summed(ORGANIZATION, F("organization"), rows.filter(organization__in=keys(organizations))),
        _summed(MEMBER, F("member"), rows.filter(member__in=keys(people))),
        _summed(ANYTHING, Value(0), rows),
        all=True,
    )


def _summed(what, key, rows):
    what = Value(what, output_field=IntegerField())
    return rows.values_list(what, key).annotate(Sum("mark"))


def reckon_ahead() -> None:
    """Of every organization, this year and the last: whoever looks first in the morning need not
    wait. The marks of the day before are folded: another day is reckoned anew in any case."""
    Change.objects.fold()
    this_year = timezone.localdate().year
    for year in (this_year, this_year - 1):
        first, last = date(year, 1, 1), date(year, 12, 31)
        rows = Organization.objects.overlapping(first, last).order_by("path")
        organizations = list(rows.exclude(kind=Organization.Kind.PARTY_GROUP))
        for start in range(0, len(organizations), AT_ONCE):
            KeptBoard(organizations[start : start + AT_ONCE], year).hold()

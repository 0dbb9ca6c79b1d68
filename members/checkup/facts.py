"""The rows by which duties of some organizations in a year are judged, loaded for all at once."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from functools import cached_property
from typing import NamedTuple

from members.checkup import rows
from members.checkup.periods import Stretch
from members.models import DutyRule, Organization

NEVER = date.max


# What counts for an organization: its key, the kind, day, activity, whether late, who led it.
Record = tuple[int, str, date, int, bool, int | None]
HELD_ON, ACTIVITY, IS_LATE, HOST = range(2, 6)
Stay = tuple[int, date, date]  # of a person, from one day to another


class Span(NamedTuple):
    """Somebody or something from one day to another, both inclusive."""

    who: int
    first: date
    last: date

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


class Facts:
    """Answers what `judging` asks; a constant number of questions to the database.

    `rules` are every version of every duty, by code: those of the database, or supposed ones.
    """

    def __init__(
        self,
        organizations: Collection[Organization],
        year: int,
        *,
        rules: dict[str, list[DutyRule]],
        today: date,
    ):
        self.today = today
        self.first, self.last = date(year, 1, 1), date(year, 12, 31)
        self.rules = rules
        self.numbers = [each.pk for each in organizations]
        versions = [rule for found in rules.values() for rule in found if self._applies(rule)]
        personal = [rule for rule in versions if rule.is_personal]
        shared = [rule for rule in versions if not rule.is_personal]
        self._load_standings()
        self._load_groups()
        self._load_records({code for rule in shared for code in rule.activities})
        self._load_doings(personal)

    def _applies(self, rule):
        return rule.times and rule.starts_on <= self.last and self.first <= (rule.ends_on or NEVER)

    # What is asked

    def led(self, pk: int, member: int | None, day: date) -> bool:
        """Whether somebody led an organization on a day."""
        return member in self.leaders_on(pk, day)

    def leaders_on(self, pk: int, day: date) -> set[int]:
        return {who for who, first, last in self._leaders.get(pk, ()) if first <= day <= last}

    def officers_on(self, pk: int, day: date) -> int:
        """How many people held an elected post."""
        spans = self._officers.get(pk, ())
        return len({who for who, first, last in spans if first <= day <= last})

    def groups_through(self, pk: int, first: date, last: date) -> list[int]:
        """The party groups that stood below a branch from one day to another."""
        spans = self._groups.get(pk, ())
        return [span.who for span in spans if span.holds(first) and span.holds(last)]

    def has_members(self, pk: int, day: date) -> bool:
        return any(came <= day <= left for _who, came, left in self._members.get(pk, ()))

    def people_of(self, pk: int) -> set[int]:
        """Whoever was a member of an organization for some days of the year."""
        return {who for who, _came, _left in self._members.get(pk, ())}

    def groups_of(self, pk: int) -> set[int]:
        """The party groups that stood below it for some days of the year."""
        return {span.who for span in self._groups.get(pk, ())}

    def people_through(self, pk: int, first: date, last: date) -> list[int]:
        """Members of an organization on the last day who were members, here or elsewhere, on the
        first one."""
        asked = pk, first, last
        if asked not in self._people:
            self._people[asked] = [
                who
                for who, came, left in self._members.get(pk, ())
                if came <= last <= left and (came <= first or self._was_member(who, first))
            ]
        return self._people[asked]

    def _was_member(self, person, day):
        return any(came <= day <= left for came, left in self._lives[person])

    @cached_property
    def _lives(self) -> dict[int, list[tuple[date, date]]]:
        """When people were members, anywhere."""
        found = defaultdict(list)
        for stays in self._members.values():
            for who, came, left in stays:
                found[who].append((came, left))
        return found

    def is_exempt(self, pk: int, code: str, last: date) -> bool:
        return any(span.holds(last) for span in self.exemptions.get((pk, code), ()))

    def doings_of(self, stretch: Stretch) -> dict[int, tuple]:
        """Of each person who did anything in a period: how much, and how much without what was
        entered late."""
        return self._doings.get((*_asked(stretch.rule), stretch.first.month), {})

    # How it is loaded

    def _load_standings(self):
        """Who led the organizations, who belonged to them, where else these people were, and what
        was not asked of the organizations."""
        self._leaders, self._officers = defaultdict(list), defaultdict(list)
        self._members, self.exemptions = defaultdict(list), defaultdict(list)
        self._people: dict[tuple, list[int]] = {}
        settled, first, last = {}, self.first, self.last
        found = rows.standings(self.numbers, first, last)
        for pk, member, duty, starts, ends, leads, elected in found:
            stay = member, starts, ends or NEVER
            if member is None:
                self.exemptions[pk, duty].append(Span(pk, *stay[1:]))
            elif leads is None:
                self._members[pk].append(stay)
                if starts <= first and last <= stay[2]:
                    settled[pk] = True
            else:
                if leads:
                    self._leaders[pk].append(stay)
                if elected:
                    self._officers[pk].append(stay)
        self.peopled = set(settled)  # had a member all through the year

    def _load_groups(self):
        self._groups: dict[int, list[Span]] = {}
        self.group_names: dict[int, str] = {}
        for branch, group, name, founded, dissolved, starts, ends in rows.groups(
            self.numbers, self.first, self.last
        ):
            span = Span(group, max(starts, founded), min(ends or NEVER, dissolved or NEVER))
            self._groups.setdefault(branch, []).append(span)
            self.group_names[group] = name

    def _load_records(self, codes):
        """What organizations and their groups took part in, by month."""
        self.records: dict[tuple[int, str, int], list[Record]] = defaultdict(list)
        numbers = list({*self.numbers, *self.group_names})
        upto = min(self.last, self.today)
        for row in rows.records(numbers, sorted(codes), self.first, upto):
            pk, code, day, *_more = row
            self.records[pk, code, day.month].append(row)

    def _load_doings(self, personal):
        """What people did, wherever they were members at that time."""
        self._doings: dict[tuple, dict[int, tuple]] = defaultdict(dict)
        upto = min(self.last, self.today)
        people = sorted({who for pk in self.numbers for who in self.people_of(pk)})
        for asked in {_asked(rule) for rule in personal}:
            measure, codes, months = asked
            for month, member, *hours_and_times in rows.doings(
                people, codes, months, self.first, upto
            ):
                is_sum = measure == DutyRule.Measure.HOURS
                done = hours_and_times[:2] if is_sum else hours_and_times[2:]
                self._doings[*asked, month][member] = tuple(done)


def _asked(rule) -> tuple[str, tuple[str, ...], int]:
    """What is counted, of which kinds, in periods of how many months."""
    return rule.measure, tuple(rule.activities), rule.MONTHS[rule.every]

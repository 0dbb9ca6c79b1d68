"""What is to be said of one duty of one organization in one period: pure, from facts at hand."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from members.checkup.facts import HELD_ON, HOST, IS_LATE, Facts, Record
from members.checkup.periods import Stretch
from members.models import DutyRule, Organization

FEWEST_OFFICERS = 3  # make a committee: 支部委员会由 3 至 5 人组成
BRANCHES = (Organization.Kind.BRANCH, Organization.Kind.JOINT_BRANCH)
Measure, Condition = DutyRule.Measure, DutyRule.Condition
NOTHING = (0, 0)
Share = tuple[int, Decimal, Decimal, int]  # a member, what was done, in time, what is asked


class State(StrEnum):
    MET = "met"
    LATE = "late"  # met, but only with late entries (补录)
    DUE = "due"
    MISSED = "missed"
    EXEMPT = "exempt"
    NOT_ASKED = "not_asked"
    AHEAD = "ahead"


OWED = (State.MET, State.LATE, State.DUE, State.MISSED)
DONE = (State.MET, State.LATE)


class Why(StrEnum):
    NONE = ""
    BEFORE = "before"
    FOUNDED = "founded"
    DISSOLVED = "dissolved"
    AFTER = "after"
    NO_RULE = "no_rule"
    NEW_RULE = "new_rule"
    DROPPED = "dropped"
    OTHER_KIND = "other_kind"
    NO_COMMITTEE = "no_committee"
    NO_GROUPS = "no_groups"
    NO_MEMBERS = "no_members"
    NOBODY_WHOLE = "nobody_whole"


class Cell(NamedTuple):
    """One duty in one period: `done` of `asked` records, groups or members."""

    state: State
    stretch: Stretch
    done: int = 0
    asked: int = 0
    why: Why = Why.NONE

    @property
    def missing(self) -> int:
        return max(self.asked - self.done, 0)


def judge(facts: Facts, organization: Organization, stretch: Stretch, code: str) -> Cell:
    """`facts` know what day it is. A board has a thousand cells: calls are counted here."""
    first, last, today, pk = stretch.first, stretch.last, facts.today, organization.id
    if organization.starts_on > first or (organization.ends_on and organization.ends_on < last):
        return Cell(State.NOT_ASKED, stretch, why=_when(organization, stretch))
    if organization.kind not in stretch.kinds:
        return Cell(State.NOT_ASKED, stretch, why=_which(organization, stretch))
    if first > today:
        return Cell(State.AHEAD, stretch)
    upto = last if last < today else today
    if why := _lacks(facts, organization, stretch, upto):
        return Cell(State.NOT_ASKED, stretch, why=why)
    done, in_time, asked = _count(facts, pk, stretch, upto)
    if not asked:
        return Cell(State.NOT_ASKED, stretch, why=Why.NOBODY_WHOLE)
    if done >= asked:
        state = State.MET if in_time >= asked else State.LATE
    elif (pk, code) in facts.exemptions and facts.is_exempt(pk, code, last):
        state = State.EXEMPT
    else:
        state = State.DUE if today <= last else State.MISSED
    return Cell(state, stretch, done, asked)


def _when(organization, stretch) -> Why:
    """What the dates of an organization say that did not stand through a period."""
    if organization.starts_on > stretch.first:
        return Why.BEFORE if organization.starts_on > stretch.last else Why.FOUNDED
    return Why.AFTER if organization.ends_on < stretch.first else Why.DISSOLVED


def _which(organization, stretch) -> Why:
    """What the versions of a rule say that does not ask it."""
    if stretch.rule is None:
        return Why.NO_RULE
    if not stretch.is_whole:
        return Why.NEW_RULE
    return Why.DROPPED if organization.kind in stretch.rule.kinds else Why.OTHER_KIND


def _lacks(facts, organization, stretch, upto) -> Why:
    """What the organization would need to have, on the first day and on the last one (today, if
    it is still running)."""
    rule, first, pk = stretch.rule, stretch.first, organization.id
    if rule.condition == Condition.HAS_COMMITTEE:
        fewest = min(facts.officers_on(pk, first), facts.officers_on(pk, upto))
        if fewest < FEWEST_OFFICERS:
            return Why.NO_COMMITTEE
    by_groups = rule.condition == Condition.HAS_GROUPS or rule.measure == Measure.EACH_GROUP
    if by_groups and not facts.groups_through(pk, first, upto):
        return Why.NO_GROUPS
    has_people = pk in facts.peopled or facts.has_members(pk, upto)
    if not has_people and (stretch.is_personal or organization.kind in BRANCHES):
        return Why.NO_MEMBERS
    return Why.NONE


def _count(facts, pk, stretch, upto) -> tuple[int, int, int]:
    """How much was done, how much of it entered in time, and how much is asked."""
    rule = stretch.rule
    if rule.measure == Measure.EACH_GROUP:
        found = [
            enough(records(facts, group, stretch), rule.times)
            for group in facts.groups_through(pk, stretch.first, upto)
        ]
        return sum(any(each) for each in found), sum(each[1] for each in found), len(found)
    if stretch.is_personal:
        found = shares(facts, pk, stretch, upto)
        done = [person for person, done, _in_time, asked in found if done >= asked]
        in_time = [person for person, _done, in_time, asked in found if in_time >= asked]
        return len(done), len(in_time), len(found)
    found = records(facts, pk, stretch)
    return len(found), len(_in_time(found)), rule.times


def enough(found: Sequence[Record], times: int) -> tuple[bool, bool]:
    """Whether there are enough records, and whether there are even without the late ones."""
    return len(found) >= times, len(_in_time(found)) >= times


def _in_time(found):
    return [row for row in found if not row[IS_LATE]]


def records(facts: Facts, pk: int, stretch: Stretch) -> list[Record]:
    """What an organization took part in that counts for a duty, up to today."""
    known, rule = facts.records, stretch.rule
    found = [
        row
        for code in rule.activities
        for month in stretch.months
        if (pk, code, month) in known
        for row in known[pk, code, month]
    ]
    if rule.measure == Measure.BY_SECRETARY:
        return [row for row in found if facts.led(pk, row[HOST], row[HELD_ON])]
    return found


def shares(facts: Facts, pk: int, stretch: Stretch, upto: date) -> list[Share]:
    """What each member did who was one from the first day to the last."""
    rule, doings = stretch.rule, facts.doings_of(stretch)
    asks_more = rule.measure == Measure.HOURS and rule.lead_times is not None
    leaders = facts.leaders_on(pk, upto) if asks_more else ()
    return [
        (
            person,
            *doings.get(person, NOTHING),
            rule.lead_times if person in leaders else rule.times,
        )
        for person in facts.people_through(pk, stretch.first, upto)
    ]

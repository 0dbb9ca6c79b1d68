"""By which records a duty is met, and who or what is missing: what a reader may see of it."""

from dataclasses import dataclass, field

from members.checkup.board import Board
from members.checkup.facts import ACTIVITY
from members.checkup.judging import Cell, records, shares
from members.models import Activity, DutyRule, Organization, PartyMember

Measure = DutyRule.Measure
MOST = 100  # records that are listed
MOST_PEOPLE = 200


@dataclass
class Evidence:
    """Records that count, how many of them the reader does not see, and what is missing."""

    activities: list[Activity] = field(default_factory=list)
    unseen: int = 0
    groups: list[tuple[str, int, bool]] = field(default_factory=list)  # name, records, enough
    people: list[tuple[PartyMember, str, bool]] = field(default_factory=list)  # how much, enough


def evidence(board: Board, organization: Organization, cell: Cell, user) -> Evidence:
    """Of a cell in which something is asked; nothing of another."""
    found = Evidence()
    if not cell.asked:
        return found
    facts, stretch, rule = board.facts, cell.stretch, cell.stretch.rule
    upto = min(stretch.last, board.today)
    counting = []
    if rule.measure == Measure.EACH_GROUP:
        for group in facts.groups_through(organization.pk, stretch.first, upto):
            own = records(facts, group, stretch)
            counting += own
            found.groups.append((facts.group_names[group], len(own), len(own) >= rule.times))
    elif rule.is_personal:
        found.people = _people(facts, organization, stretch, upto, user)
    else:
        counting = records(facts, organization.pk, stretch)
    numbers = {row[ACTIVITY] for row in counting}
    if numbers:
        rows = Activity.objects.visible_to(user).filter(pk__in=numbers).select_related("kind")
        found.activities = list(rows.order_by("starts_at", "pk")[:MOST])
        found.unseen = len(numbers) - len(found.activities)
    return found


def _people(facts, organization, stretch, upto, user):
    """Those whom the reader may see, who have less first."""
    found = {person: more for person, *more in shares(facts, organization.pk, stretch, upto)}
    lines = []
    seen = PartyMember.objects.visible_to(user).filter(pk__in=list(found))
    for person in seen.order_by("pinyin", "pk")[:MOST_PEOPLE]:
        done, _in_time, asked = found[person.pk]
        lines.append((person, f"{done:g}", done >= asked))
    return sorted(lines, key=lambda line: line[2])

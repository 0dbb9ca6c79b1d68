"""What the rules of the party say about the size of a branch: warnings, never refusals."""

from datetime import date

from django.utils.translation import gettext as _

from members.models import Membership, Organization, Rule

CODES = (Rule.Code.BRANCH_FEWEST, Rule.Code.BRANCH_MOST, Rule.Code.JOINT_MOST_UNITS)
BRANCHES = (Organization.Kind.BRANCH, Organization.Kind.JOINT_BRANCH)


def concerns(kind: str, rules: list[Rule], *, full: int, counted: int, units: int) -> list[str]:
    """A sentence for each number that a rule would have otherwise, with its citation."""
    if kind not in BRANCHES:
        return []
    joint, numbers = kind == Organization.Kind.JOINT_BRANCH, {rule.code: rule for rule in rules}
    found = []
    if (rule := numbers.get(CODES[0])) and full < rule.value:
        sentence = _("正式党员 %(number)d 名，不足 %(value)d 名，可考虑联合建支部（%(source)s）。")
        found.append((sentence, full, rule))
    if (rule := numbers.get(CODES[1])) and counted > rule.value:
        sentence = _("党员 %(number)d 名，超过 %(value)d 名，可考虑分设党支部（%(source)s）。")
        found.append((sentence, counted, rule))
    if (rule := numbers.get(CODES[2])) and joint and units > rule.value:
        sentence = _("联合党支部覆盖 %(number)d 个单位，一般不超过 %(value)d 个（%(source)s）。")
        found.append((sentence, units, rule))
    return [
        sentence % {"number": number, "value": rule.value, "source": rule.citation}
        for sentence, number, rule in found
    ]


def concerns_of(organization: Organization, on: date | None = None) -> list[str]:
    """The same for an organization as it stands on a day."""
    if organization.kind not in BRANCHES:
        return []
    members = Membership.objects.counted(on).filter(organization=organization)
    return concerns(
        organization.kind,
        list(Rule.objects.current(on).filter(code__in=CODES)),
        full=members.filter(standing=Membership.Standing.FULL).count(),
        counted=members.count(),
        units=organization.unit_links.current(on).count(),
    )

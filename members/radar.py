"""When the committees of organizations are over (换届雷达): pure questions about dates and rows.

The rules say how many months ahead the portal begins to speak; their sources are cited.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from members.models import CommitteeTerm, Organization, Rule
from nanchuan.kernel.periods import months_after

STEPS = (Rule.Code.ELECTION_NOTICE, Rule.Code.ELECTION_SECOND, Rule.Code.ELECTION_LAST)
OVERDUE, LATER, UNKNOWN = "overdue", "later", "unknown"
COLUMNS = ("number", "elected_on", "due_on", "extended_to")


def notice_steps(on: date | None = None) -> list[int]:
    """Months before the end of a term at which the portal speaks, longest first."""
    return steps_of(notices(on))


def notices(on: date | None = None) -> QuerySet:
    """The rules that say so; `steps_of` reads them."""
    return Rule.objects.current(on).filter(code__in=STEPS).values_list("value")


def steps_of(rows: Iterable[tuple[int]]) -> list[int]:
    return sorted({value for (value,) in rows}, reverse=True)


def rules_on(on: date, *codes: str) -> dict[str, Rule]:
    """The versions of some rules on a date, in one question."""
    rows = {rule.code: rule for rule in Rule.objects.current(on).filter(code__in=codes)}
    return {code: rows.get(code) or Rule.objects.of(code, on) for code in codes}


def years_of(organization: Organization, on: date | None = None) -> Rule:
    """The rule that says how many years a committee of this kind serves."""
    return Rule.objects.of(years_code(organization), on)


def years_code(organization: Organization) -> str:
    is_committee = organization.kind == Organization.Kind.COMMITTEE
    return Rule.Code.COMMITTEE_TERM if is_committee else Rule.Code.BRANCH_TERM


def due_after(starts_on: date, years: int) -> date:
    """The last day of a term of some years."""
    if (end := months_after(starts_on, years * 12)) == date.max:
        return end
    return end - timedelta(days=1)


@dataclass(frozen=True)
class Signal:
    """How urgent an election is: a state for the colour, and words that say it too."""

    status: str  # a class of the status colours
    words: str


def signal(over_on: date | None, steps: list[int], today: date | None = None) -> Signal:
    today = today or timezone.localdate()
    if over_on is None:
        return Signal("draft", _("未登记"))
    days = (over_on - today).days
    if days < 0:
        return Signal("overdue", ngettext("逾期 %d 天", "逾期 %d 天", -days) % -days)
    if not steps or over_on > months_after(today, max(steps)):
        return Signal("done", _("任期内"))
    status = "returned" if over_on <= months_after(today, min(steps)) else "soon"
    return Signal(status, _("还有%(left)s届满") % {"left": time_left(over_on, today)})


def time_left(over_on: date, today: date) -> str:
    """Whole months, or days in the last two."""
    months = (over_on.year - today.year) * 12 + over_on.month - today.month
    months -= months_after(today, months) > over_on
    if months < 2:  # noqa: PLR2004
        days = (over_on - today).days
        return ngettext(" %d 天", " %d 天", days) % days
    return ngettext(" %d 个月", " %d 个月", months) % months


def with_over(organizations: QuerySet, on: date | None = None) -> QuerySet:
    """Organizations that know when the committee of a date is over: `committee_over`."""
    return _with(organizations, on, ["over"])


def with_committee(organizations: QuerySet, on: date | None = None) -> QuerySet:
    """They also know what a line says of it: `committee_id`, `committee_number`, …"""
    return _with(organizations, on, ["id", *COLUMNS])


def _with(organizations, on, names):
    rows = CommitteeTerm.objects.current(on).with_over_on().filter(organization=OuterRef("pk"))
    newest = rows.order_by("-starts_on")
    columns = {f"committee_{name}": Subquery(newest.values(name)[:1]) for name in names}
    return organizations.annotate(**columns)


def state_filter(state: str, steps: list[int], on: date | None = None) -> Q:
    """Matches rows of `with_over`: "overdue", within a number of months, "later", "unknown"."""
    today = on or timezone.localdate()
    if state == UNKNOWN:
        return Q(committee_over=None)
    if state == OVERDUE:
        return Q(committee_over__lt=today)
    if state == LATER:
        return Q(committee_over__gt=months_after(today, max(steps, default=0)))
    return Q(committee_over__gte=today, committee_over__lte=months_after(today, int(state)))


def due_soon(organizations: QuerySet, steps: list[int], on: date | None = None) -> QuerySet:
    """Rows of `with_committee` that are over, or will be within the longest notice; worst first."""
    longest = months_after(on or timezone.localdate(), max(steps, default=0))
    return organizations.filter(committee_over__lte=longest).order_by("committee_over", "path")


def worst_first(organizations: QuerySet) -> QuerySet:
    return organizations.order_by(F("committee_over").asc(nulls_last=True), "path")

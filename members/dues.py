"""Sums of dues, which of them may be shown without telling what one person pays, and what a keeper
has to do."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.db.models import Count, FilteredRelation, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import DuesBill, DuesPayment, Organization
from members.models.dues import first_of, kept_by
from nanchuan.kernel.periods import months_after
from nanchuan.notices.rules import morning

FEWEST = 5  # payers behind a sum, or behind the difference of two
MONTHS = 3


@dataclass(frozen=True)
class Quarter:
    """A quarter of a branch: who paid, by the day of recording, so that a past one stands still."""

    first: date
    payers: frozenset[int]
    is_shown: bool

    @property
    def words(self) -> str:
        return quarter_words(self.first)


def to_keep(user, on: date | None = None) -> QuerySet[Organization]:
    """The organizations whose dues a person keeps and of whose bills of a month some are open, or
    that have none yet: `bills`, and how many of them are `open`."""
    month = first_of(on or timezone.localdate())
    this = FilteredRelation("dues_bills", condition=Q(dues_bills__month=month))
    standing = ~Q(this__status=DuesBill.Status.VOID)
    still_open = Q(this__status=DuesBill.Status.OPEN)
    rows = kept_by(user, on).annotate(
        this=this,
        bills=Count("this", filter=standing),
        open=Count("this", filter=still_open),
    )
    return rows.filter(Q(bills=0) | Q(open__gt=0)).order_by("path")


def quarter_of(day: date) -> date:
    """The first day of the quarter in which a day lies."""
    return date(day.year, (day.month - 1) // MONTHS * MONTHS + 1, 1)


def quarter_words(first: date) -> str:
    return _("%(year)d 年第 %(quarter)d 季度") % {
        "year": first.year,
        "quarter": (first.month + 2) // MONTHS,
    }


def shown(payers: Iterable[frozenset[int]]) -> list[bool]:
    """Of quarters in their order, those whose sum may be shown to who may know no amount.

    Each shown one has five payers or more, and any two of them differ in nobody or in five or
    more: otherwise the difference of two sums would be what a few people pay.
    """
    seen, answers = [], []
    for each in payers:
        apart = (len(each ^ other) for other in seen)
        may = len(each) >= FEWEST and all(not number or number >= FEWEST for number in apart)
        answers.append(may)
        if may:
            seen.append(each)
    return answers


def quarters(organizations: Iterable[Organization], today: date | None = None):
    """The finished quarters of each organization, oldest first: one query."""
    now = quarter_of(today or timezone.localdate())
    found: dict[int, dict[date, set[int]]] = defaultdict(lambda: defaultdict(set))
    rows = DuesPayment.objects.filter(
        organization__in=organizations, recorded_at__lt=morning_of(now)
    )
    moments = "recorded_at", "reverses__recorded_at", "reversal__recorded_at"
    rows = rows.order_by().values_list("organization", "member", *moments)
    for organization, member, *moments in rows:
        first, *others = (at and quarter_of(timezone.localdate(at)) for at in moments)
        payers = found[organization][first]
        if first not in others:  # what was taken back in the same quarter hides nobody in its sum
            payers.add(member)
    return {organization: _judged(by_first) for organization, by_first in found.items()}


def _judged(by_first) -> list[Quarter]:
    firsts = sorted(by_first)
    payers = [frozenset(by_first[first]) for first in firsts]
    return [Quarter(*each) for each in zip(firsts, payers, shown(payers), strict=True)]


def received(wanted: Iterable[tuple[int, date]]) -> dict[tuple[int, date], Decimal]:
    """What came in, less what was taken back, for pairs of an organization and a quarter."""
    sums = dict.fromkeys(wanted, Decimal(0))
    if not sums:
        return sums
    firsts = [first for _organization, first in sums]
    rows = DuesPayment.objects.filter(
        organization__in={organization for organization, _first in sums},
        recorded_at__gte=morning_of(min(firsts)),
        recorded_at__lt=morning_of(months_after(max(firsts), MONTHS)),
    )
    for organization, at, amount in rows.order_by().values_list(
        "organization", "recorded_at", "amount"
    ):
        key = organization, quarter_of(timezone.localdate(at))
        if key in sums:
            sums[key] += amount
    return sums


def morning_of(day: date):
    """The moment at which a day begins."""
    return morning(day).replace(hour=0)

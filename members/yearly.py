"""A year of an organization (年度): what it did, as figures and rows that several papers show."""

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Q, Sum
from django.utils import timezone

from members.models import (
    Activity,
    ActivityKind,
    Attendance,
    Membership,
    Organization,
    Participation,
    Study,
)

FIRST_YEAR = 2018


@dataclass(frozen=True)
class Figures:
    """`kinds`: each kind's name and how often, in the order of the kinds; talks among them."""

    kinds: list[tuple[str, int]]
    members: int
    came: int  # how often somebody came, of how many who were expected
    expected: int
    hours: float
    late_hours: float  # those among them of late entries
    materials: int
    late: int

    @property
    def activities(self) -> int:
        return sum(number for _name, number in self.kinds)


def years(organization: Organization) -> list[int]:
    """From its founding on, the newest first."""
    last = min(timezone.localdate(), organization.ends_on or date.max).year
    return list(range(last, max(organization.starts_on.year, FIRST_YEAR) - 1, -1))


def last_day(organization: Organization, year: int) -> date:
    """The day as of which a year is shown: its last one, today, or the organization's last."""
    return min(date(year, 12, 31), timezone.localdate(), organization.ends_on or date.max)


def counted(organization: Organization, year: int):
    """The parts that an organization had in activities of a year, joint ones too."""
    rows = Participation.objects.counted().filter(organization=organization)
    return rows.filter(held_on__year=year)


def activities(organization: Organization, year: int, user):
    """Its activities of a year that have a record to read, in their order; talks have none."""
    rows = Activity.objects.visible_to(user).filter(
        pk__in=counted(organization, year).values("activity")
    )
    return rows.exclude(kind__in=ActivityKind.objects.private()).order_by("starts_at", "pk")


def talks(organization: Organization, year: int) -> list[tuple[date, int, int]]:
    """On which days there were how many talks, and how many of them are late entries."""
    rows = counted(organization, year).filter(kind__in=ActivityKind.objects.private())
    held = list(rows.values_list("held_on", "activity__is_late"))
    late = Counter(day for day, is_late in held if is_late)
    return [
        (day, number, late[day])
        for day, number in sorted(Counter(day for day, _late in held).items())
    ]


def studies(organization: Organization, year: int, user):
    rows = Study.objects.visible_to(user).filter(
        activity__in=counted(organization, year).values("activity")
    )
    rows = rows.select_related("activity", "material").defer("activity__text", "material__text")
    return rows.order_by("activity__starts_at", "pk")


def figures(organization: Organization, year: int) -> Figures:
    """Of its own members: whoever belonged to it, or to a party group of it, on the day."""
    parts = counted(organization, year).order_by()
    numbers = Counter(parts.values_list("kind", flat=True))
    kinds = [(each.name, numbers[each.pk]) for each in ActivityKind.objects.all()]
    homes = [organization.pk]
    groups = Organization.objects.filter(
        path__startswith=organization.path, kind=Organization.Kind.PARTY_GROUP
    )
    homes += groups.values_list("pk", flat=True)
    held = parts.values("activity")
    people = Attendance.objects.filter(activity__in=held, organization__in=homes)
    came = people.filter(presence=Attendance.Presence.PRESENT)
    late = Sum("hours", filter=Q(activity__is_late=True))
    hours = came.aggregate(all=Sum("hours"), late=late)
    on = last_day(organization, year)
    return Figures(
        kinds=[(name, number) for name, number in kinds if number],
        members=Membership.objects.counted(on).filter(organization__in=homes).count(),
        came=came.count(),
        expected=people.count(),
        hours=hours["all"] or 0,
        late_hours=hours["late"] or 0,
        materials=Study.objects.filter(activity__in=held).values("material").distinct().count(),
        late=Activity.objects.filter(pk__in=held, is_late=True).count(),
    )

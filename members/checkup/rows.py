"""The questions to the database: one for each kind of row, for any number of organizations.

They are prepared (`kernel.prepared`): a board asks six of them, and putting as many queries
together costs more than answering them.
"""

from collections.abc import Collection, Iterator
from datetime import date
from decimal import Decimal

from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    CharField,
    Count,
    F,
    Func,
    IntegerField,
    Q,
    Sum,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, ExtractMonth

from members.models import (
    ActivityKind,
    Attendance,
    DutyRule,
    Exemption,
    Membership,
    Organization,
    Participation,
    Placement,
    Term,
)
from nanchuan.kernel import roles
from nanchuan.kernel.prepared import keys, prepared, texts

YEAR = 12
NOBODY = Value(None, output_field=BigIntegerField(null=True))
NO_DUTY = Value("", output_field=CharField())
UNKNOWN = Value(None, output_field=BooleanField(null=True))


def checked_by(user):
    """Organizations whose check-up a person may open: the whole park's readers, and who leads."""
    if roles.has_role(user, *roles.WHOLE_PARK):
        return Organization.objects.visible_to(user)
    return Organization.objects.editable_by(user)


def rules() -> list[DutyRule]:
    return _rules()


@prepared()
def _rules():
    return DutyRule.objects.order_by("order", "code", "starts_on")


def among(field: str, mark) -> Q | Func:
    """Rows whose key is one of a `list`. PostgreSQL goes to an index with the whole list at once,
    where it would rather read the table than ask for one key after the other."""
    if connection.vendor != "postgresql":
        return Q(**{f"{field}__in": keys(mark)})
    listed, test = RawSQL("%s::bigint[]", [mark]), {"template": "%(expressions)s)"}
    return Func(F(field), listed, arg_joiner=" = ANY(", output_field=BooleanField(), **test)


@prepared(list, date, date)
def standings(numbers, first, last):
    """How the organizations stood in the year: who held a post there, who was a counted member,
    where else those were who came within the year, what the organizations were exempted from.

    Organization, person (None for an exemption), duty (of an exemption), days; whether the post
    leads and is elected (None for what is no post).
    """
    columns = ("organization", "member", "duty", "starts_on", "ends_on")
    no_post = {"duty": NO_DUTY, "leads": UNKNOWN, "elected": UNKNOWN}
    held = Term.objects.overlapping(first, last).filter(organization__in=keys(numbers))
    held = held.annotate(duty=NO_DUTY)
    counted = Membership.objects.filter(standing__in=Membership.COUNTED).order_by()
    counted = counted.overlapping(first, last).annotate(**no_post)
    here = counted.filter(among("organization", numbers))
    came = here.filter(starts_on__gt=first).values("member")
    before = counted.filter(member__in=came).exclude(organization__in=keys(numbers))
    exempt = Exemption.objects.overlapping(first, last).filter(organization__in=keys(numbers))
    exempt = exempt.order_by().annotate(who=NOBODY, **no_post | {"duty": F("code")})
    return (
        held.order_by()
        .values_list(*columns, "post__leads", "post__elected")
        .union(
            here.values_list(*columns, "leads", "elected"),
            before.values_list(*columns, "leads", "elected"),
            exempt.values_list("organization", "who", *columns[2:], "leads", "elected"),
            all=True,
        )
    )


@prepared(list, date, date)
def groups(numbers, first, last):
    """The party groups below the organizations in the year: branch, group, its name, when it was
    founded and dissolved, the days that it stood there."""
    rows = Placement.objects.overlapping(first, last).filter(
        parent__in=keys(numbers), organization__kind=Organization.Kind.PARTY_GROUP
    )
    return rows.order_by("organization__path", "pk").values_list(
        "parent",
        "organization",
        "organization__name",
        "organization__starts_on",
        "organization__ends_on",
        "starts_on",
        "ends_on",
    )


@prepared(list, list, date, date)
def records(numbers, codes, first, last):
    """Of some kinds: organization, kind, day, activity, whether entered late, who led it."""
    found = Participation.objects.counted().filter(
        organization__in=keys(numbers),
        kind__code__in=texts(codes),
        held_on__gte=first,
        held_on__lte=last,
    )
    return found.values_list(
        "organization",
        "kind__code",
        "held_on",
        "activity",
        "is_late",
        "led_by",
    )


def _doings(members, first, last, period):
    """Of people who were present: the period, the person, hours and those told in time, how often
    and how often in time."""
    rows = Attendance.objects.filter(
        among("member", members),
        presence=Attendance.Presence.PRESENT,
        counted_on__gte=first,
        counted_on__lte=last,
    )
    in_time = Q(counted_late=False)
    rows = rows.order_by().annotate(period=period).values_list("period", "member")
    return rows.annotate(
        all_hours=Sum("hours"),
        hours_in_time=Sum("hours", filter=in_time, default=Decimal()),
        number=Count("member"),
        in_time=Count("member", filter=in_time),
    )


def _of_kinds(rows, codes):
    kinds = ActivityKind.objects.filter(code__in=texts(codes)).order_by().values("pk")
    return rows.filter(counted_kind__in=kinds)


def _by(months):
    return (Cast(ExtractMonth("counted_on"), IntegerField()) - 1) / months


@prepared(list, date, date)
def _all_of_year(members, first, last):
    return _doings(members, first, last, Value(0))


@prepared(list, date, date, list)
def _of_year(members, first, last, codes):
    return _of_kinds(_doings(members, first, last, Value(0)), codes)


@prepared(list, date, date, int)
def _all_by_period(members, first, last, months):
    return _doings(members, first, last, _by(months))


@prepared(list, date, date, list, int)
def _by_period(members, first, last, codes, months):
    return _of_kinds(_doings(members, first, last, _by(months)), codes)


def doings(
    members: list[int], codes: Collection[str], months: int, first: date, last: date
) -> Iterator[tuple]:
    """What people did at some kinds of activity, or at all, wherever that was: the first month of
    a period of so many months, the person, hours and those without late entries, how often and how
    often without these."""
    asked = members, first, last
    if months == YEAR:
        found = _of_year(*asked, list(codes)) if codes else _all_of_year(*asked)
    else:
        found = _by_period(*asked, list(codes), months) if codes else _all_by_period(*asked, months)
    for period, *more in found:
        yield period * months + 1, *more

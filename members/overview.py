"""What the page of an organization says of a day beside its people, in one question."""

from datetime import date, datetime, time, timedelta

from django.db.models import Case, Count, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, NullIf, TruncDate
from django.utils import timezone

from members import limits, radar
from members.models import (
    Activity,
    CommitteeTerm,
    Membership,
    Organization,
    OrganizationChange,
    OrganizationUnit,
    Rule,
    Transfer,
)
from members.policies import PEOPLE
from nanchuan.kernel import roles
from nanchuan.kernel.lines import Lines

MOST_ACTIVITIES = 5
RULES = (*limits.CODES, *radar.STEPS)
DATES = ("starts_on", "elected_on", "due_on", "extended_to")
COMMITTEE = ("id", "number", "extension_document", *DATES)


def dressed(rows: QuerySet, pk: int, user, on: date) -> QuerySet:
    """One of the organizations brings along the lists of its page; the others bring nothing."""
    columns = _lists(pk, on) | _numbers(pk, on)
    if roles.has_role(user, *PEOPLE):
        columns |= _personal_lists(pk, user, on)
    return rows.annotate(**{n: Case(When(pk=pk, then=each)) for n, each in columns.items()})


def _numbers(pk, on):
    counted = Membership.objects.counted(on).filter(organization=pk).order_by()

    def number(rows):
        found = rows.values("organization").annotate(number=Count("pk")).values("number")
        return Coalesce(Subquery(found), 0)

    full = counted.filter(standing=Membership.Standing.FULL)
    return {"own_members": number(counted), "full_members": number(full)}


def _lists(pk, on):
    committees = CommitteeTerm.objects.current(on).filter(organization=pk).order_by("-starts_on")
    units = OrganizationUnit.objects.current(on).filter(organization=pk).order_by("pk")
    called = Coalesce(NullIf("unit__short_name", Value("")), "unit__name")
    changes = OrganizationChange.objects.filter(organization=pk, on__lte=on)
    words = {name: name for name in ("on", "act", "before", "after", "document", "note")}
    rules = Rule.objects.current(on).filter(code__in=RULES)
    return {
        "committee_lines": Lines(committees[:1], **{name: name for name in COMMITTEE}),
        "unit_lines": Lines(
            units, id="unit_id", name=called, full_name="unit__name", since="starts_on"
        ),
        "change_lines": Lines(
            changes.order_by("-on", "-pk"), other="other", other_name="other__name", **words
        ),
        "rule_lines": Lines(rules, code="code", value="value", title="title", article="article"),
    }


def _personal_lists(pk, user, on):
    """Rows in which people stand: only those that the reader may see."""
    until = timezone.make_aware(datetime.combine(on + timedelta(days=1), time.min))
    activities = Activity.objects.visible_to(user).handed_in()
    activities = activities.filter(organization=pk, starts_at__lt=until)
    lists = {
        "activity_lines": Lines(
            activities.newest()[:MOST_ACTIVITIES],
            id="id",
            title="title",
            kind="kind__name",
            is_late="is_late",
            day=TruncDate("starts_at"),
        )
    }
    if on == timezone.localdate():
        waiting = Transfer.objects.visible_to(user).waiting()
        waiting = waiting.filter(Q(source=pk) | Q(target=pk)).order_by("requested_at", "pk")
        lists["transfer_lines"] = Lines(
            waiting,
            id="id",
            name="member__name",
            source=Coalesce("source__name", "source_name"),
            target=Coalesce("target__name", "target_name"),
            day=TruncDate("requested_at"),
        )
    return lists


def committee(organization: Organization) -> CommitteeTerm | None:
    lines = organization.committee_lines
    if not lines:
        return None
    dates = {name: _date(lines[0].pop(name)) for name in DATES}
    return CommitteeTerm(organization=organization, **lines[0], **dates)


def notice_steps(organization: Organization) -> list[int]:
    """How many months before the end of a term the portal speaks."""
    return [rule.value for code, rule in _rules(organization).items() if code in radar.STEPS]


def _date(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def concerns(organization: Organization, on: date) -> list[str]:
    if not organization.is_current(on):
        return []
    return limits.concerns(
        organization.kind,
        list(_rules(organization).values()),
        full=organization.full_members,
        counted=organization.own_members,
        units=len(organization.unit_lines or ()),
    )


def _rules(organization) -> dict[str, Rule]:
    return {line["code"]: Rule(**line) for line in organization.rule_lines or ()}


def changes(organization: Organization) -> list[dict]:
    """The ledger, newest first, with the words of each act."""
    acts = OrganizationChange.Act
    return [line | {"word": acts(line["act"]).label} for line in organization.change_lines or ()]

"""An organization comes to its end: dissolved when nothing is left, or merged into another."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.actions import ledger, terms
from members.actions.organizations import ACT, is_circle, move
from members.models import Membership, Organization, OrganizationUnit, Term, Transfer
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

# Dated rows of an organization, as the refusals call them.
ROWS = {
    "memberships": gettext_lazy("党员"),
    "terms": gettext_lazy("任职"),
    "committee_terms": gettext_lazy("届"),
    "unit_links": gettext_lazy("所属单位"),
    "placed_children": gettext_lazy("下级党组织"),
}


@dataclass(frozen=True)
class Leftovers:
    """What still hangs on an organization from a day on."""

    memberships: QuerySet
    children: QuerySet
    transfers: QuerySet

    def numbers(self) -> dict[str, int]:
        return {
            "members": self.memberships.count(),
            "children": self.children.count(),
            "transfers": self.transfers.count(),
        }


def leftovers(organization: Organization, on: date) -> Leftovers:
    placed = organization.placed_children.overlapping(on, None)
    memberships = organization.memberships.overlapping(on, None).order_by("member__pinyin", "pk")
    return Leftovers(
        memberships=memberships.select_related("member"),
        children=Organization.objects.filter(pk__in=placed.values("organization")),
        transfers=Transfer.objects.waiting().filter(
            Q(source=organization) | Q(target=organization)
        ),
    )


@transaction.atomic
def dissolve(  # noqa: PLR0913
    organization: Organization,
    *,
    on: date,
    by,
    document: str = "",
    note: str = "",
    at: datetime | None = None,
) -> Organization:
    """An organization is no more from a day on (撤销).

    Raises StepRefused while it has members, children or waiting transfers.
    """
    organization = ledger.locked(organization)
    check_dissolve(organization, on)
    _end(organization, on=on, by=by, at=at)
    ledger.enter(
        organization, ACT.DISSOLVED, on, before=organization.name, document=document, note=note
    )
    events.record("organization.dissolved", subject=organization, by=by, at=at, on=on)
    return organization


def check_dissolve(organization: Organization, on: date) -> None:
    """Raises StepRefused for what `dissolve` would refuse."""
    check_end(organization, on)
    left = leftovers(organization, on).numbers()
    if any(left.values()):
        raise StepRefused(
            _(
                "“%(name)s”还有党员 %(members)d 名、下级党组织 %(children)d 个、"
                "等待办理的转接 %(transfers)d 件。请先转接或调整，或者改为并入另一个党组织。"
            )
            % {"name": organization.name, **left}
        )


@transaction.atomic
def merge(  # noqa: PLR0913
    organization: Organization,
    target: Organization,
    *,
    on: date,
    by,
    document: str = "",
    at: datetime | None = None,
) -> Organization:
    """An organization becomes part of another one on a day (并入); returns the other one.

    Its members, the organizations below it and its units follow; its posts and its committee
    end. Raises StepRefused for what `check_merge` says.
    """
    organization = ledger.locked(organization)
    target = Organization.objects.get(pk=target.pk)
    check_merge(organization, target, on)
    _carry_members(organization, target, on=on, by=by, at=at)
    for child in leftovers(organization, on).children:
        move(child, target, on=on, by=by, document=document, at=at)
    _carry_units(organization, target, on)
    _end(organization, on=on, by=by, at=at)
    ends = {"before": organization.name, "after": target.name, "document": document}
    ledger.enter(organization, ACT.MERGED, on, other=target, **ends)
    ledger.enter(target, ACT.ABSORBED, on, other=organization, **ends)
    facts = {"organization": [organization.name, target.name], "on": on}
    for event, subject in (("merged", organization), ("absorbed", target)):
        events.record(f"organization.{event}", subject=subject, by=by, at=at, **facts)
    return target


def check_merge(organization: Organization, target: Organization, on: date) -> None:
    """Raises StepRefused for what `merge` would refuse."""
    check_end(organization, on)
    ledger.check_day(target, on)
    if is_circle(organization, target, on):
        raise StepRefused(_("不能并入它自己或它的下级。请先调整隶属关系，或另选一个党组织。"))
    left = leftovers(organization, on)
    for kind in set(left.children.values_list("kind", flat=True)):
        ledger.check_kind(kind, target)
    for child in left.children:
        ledger.check_day(child, on)
    if number := left.transfers.count():
        raise StepRefused(
            _("“%(name)s”还有等待办理的转接 %(number)d 件。请先办结或撤回，再办理并入。")
            % {"name": organization.name, "number": number}
        )


def check_end(organization: Organization, on: date) -> None:
    """Raises StepRefused for a day on which an organization cannot end."""
    ledger.check_day(organization, on)
    if on <= organization.starts_on:
        raise StepRefused(_("日期须晚于成立日期（%(day)s）。") % {"day": organization.starts_on})
    for name, words in ROWS.items():
        last = getattr(organization, name).order_by("starts_on").last()
        if last and last.starts_on >= on:
            raise StepRefused(
                _("有的%(what)s登记从 %(day)s 才开始，日期须在其后。")
                % {"what": words, "day": last.starts_on}
            )
    last = organization.activities.newest().first()
    if last and last.starts_at >= timezone.make_aware(datetime.combine(on, time.min)):
        raise StepRefused(
            _("%(day)s 还有组织生活记录，日期须在其后。")
            % {"day": timezone.localdate(last.starts_at)}
        )


def _end(organization, *, on, by, at):
    """Everything that is still open ends the day before."""
    last_day = on - timedelta(days=1)
    for term in organization.terms.overlapping(on, None).select_related("post", "member"):
        terms.finish(term, on=last_day, reason=Term.End.OTHER, by=by, at=at)
    for name in ("committee_terms", "unit_links", "names", "placements"):
        for row in getattr(organization, name).overlapping(on, None):
            ledger.close(row, on)
    organization.ends_on = last_day
    organization.save(update_fields=["ends_on"])  # the tree has counted its children anew


def _carry_members(source, target, *, on, by, at):
    """Both ends of each membership; the standing and a later end stay as they are."""
    for row in leftovers(source, on).memberships:
        later = Membership(
            member=row.member,
            organization=target,
            standing=row.standing,
            starts_on=on,
            ends_on=row.ends_on,
            end_reason=row.end_reason,
        )
        row.end_reason = Membership.End.CHANGED
        ledger.close(row, on)
        later.save()
        events.record(
            "member.moved",
            subject=row.member,
            by=by,
            at=at,
            organization=[str(source), str(target)],
            standing=[row.standing, row.standing],
            on=on,
        )


def _carry_units(source, target, on):
    there = target.unit_links.overlapping(on, None)
    links = source.unit_links.overlapping(on, None)
    for link in links.exclude(unit__in=there.values("unit")):
        OrganizationUnit.objects.create(
            organization=target, unit_id=link.unit_id, starts_on=on, ends_on=link.ends_on
        )

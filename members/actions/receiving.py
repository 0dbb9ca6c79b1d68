"""The dated rows of a transfer: the old membership ends the day before, the new one begins."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _

from members.actions import dependents
from members.actions.terms import finish
from members.models import Membership, PartyMember, Term, Transfer
from nanchuan.kernel import events
from nanchuan.kernel.periods import day_before
from nanchuan.kernel.states import StepRefused

End = Membership.End


def lock(member: PartyMember) -> None:
    """Of two at work on one person the second waits for the first, and sees what it did."""
    people = PartyMember._base_manager.select_for_update(no_key=True)
    list(people.filter(pk=member.pk).values_list("pk"))


def present(member: PartyMember) -> Membership:
    """The membership that goes on. Raises StepRefused unless it can be transferred."""
    rows = member.memberships.select_related("organization")
    now = rows.filter(ends_on=None).first()
    if now is None:
        raise StepRefused(_("%(name)s目前没有在册的组织关系，不能转接。") % {"name": member})
    if now.standing not in Membership.COUNTED:
        raise StepRefused(
            _("%(name)s目前是%(now)s，不能转接。请先恢复党籍。")
            % {"name": member, "now": now.get_standing_display()}
        )
    return now


def check_nowhere(member: PartyMember) -> None:
    """Raises StepRefused for somebody who belongs to an organization of the park."""
    now = member.memberships.filter(ends_on=None).select_related("organization").first()
    if now:
        raise StepRefused(
            _("该同志已在“%(name)s”，请办理园区内转接。") % {"name": now.organization}
        )


def receive(transfer: Transfer, on: date, *, by, at: datetime) -> str:
    """Both ends as of a day; returns the standing, which goes on as it was."""
    member, standing = transfer.member, transfer.standing
    if transfer.source:
        standing = _leave(transfer, on, by=by, at=at).standing
    else:
        check_nowhere(member)
        _check_after_the_last(member, on)
    if transfer.target:
        transfer.target.check_in_being(on)
        _begin(member, transfer.target, standing, on)
    events.record(
        "member.transferred",
        subject=member,
        by=by,
        at=at,
        organization=[transfer.from_full_name, transfer.to_full_name],
        on=on,
    )
    return standing


def _leave(transfer, on, *, by, at):
    now = present(transfer.member)
    if now.organization_id != transfer.source_id:
        raise StepRefused(
            _("该同志的组织关系已不在“%(name)s”。请转出方撤回这件转接，再重新申请。")
            % {"name": transfer.source}
        )
    now.check_succession(on)
    _end_posts(transfer, now.organization, day_before(on), by=by, at=at)
    now.ends_on, now.end_reason = day_before(on), End.TRANSFERRED
    now.save()
    return now


def _begin(member, organization, standing, on):
    made = Membership(member=member, organization=organization, standing=standing, starts_on=on)
    try:
        made.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    made.save()


def _check_after_the_last(member, on):
    last = member.memberships.order_by("-starts_on").first()
    if last and last.ends_on >= on:
        raise StepRefused(
            _("该同志此前的组织关系到 %(day)s 才结束，生效日期须在其后。") % {"day": last.ends_on}
        )


def _end_posts(transfer, source, last_day, *, by, at):
    """Posts in the old organization end with the membership; who goes outside keeps nothing."""
    if transfer.target is None:
        dependents.end(transfer.member, dependents.EVERYTHING, on=last_day, by=by, at=at)
        return
    terms = transfer.member.terms.filter(Q(ends_on=None) | Q(ends_on__gt=last_day))
    for term in terms.select_related("organization", "post", "member"):
        if _stays_behind(term.organization, source, transfer.target):
            _check_begun(term, last_day)
            finish(term, on=last_day, reason=Term.End.LEFT, by=by, at=at)


def _stays_behind(organization, source, target) -> bool:
    """On the way from the top to the old organization or below it, and not above the new one."""
    on_the_line = organization.path.startswith(source.path) or source.path.startswith(
        organization.path
    )
    above_the_new = organization != source and target.path.startswith(organization.path)
    return on_the_line and not above_the_new


def _check_begun(term, last_day):
    if term.starts_on > last_day:
        raise StepRefused(
            _("“%(what)s”从 %(day)s 才开始，生效日期须晚于这一天。请核对，或先更正任职。")
            % {"what": term, "day": term.starts_on}
        )

"""Memberships on their way (组织关系转接): asked for, received, or not.

Until it is received the old organization stays responsible. The dated rows change only in
`accept`, both ends at once (`members.actions.receiving`).
"""

from datetime import date, datetime, timedelta

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import receiving, returning
from members.models import Membership, Organization, PartyMember, Rule, Transfer
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused

Direction, Status = Transfer.Direction, Transfer.Status
SERIES = "转"  # data
ENDS = ("source", "source_name", "target", "target_name")


@transaction.atomic
def request(  # noqa: PLR0913
    member: PartyMember,
    *,
    by,
    target: Organization | None = None,
    target_name: str = "",
    reason: str = "",
    letter_on: date | None = None,
    at: datetime | None = None,
) -> Transfer:
    """A member of the park is to go to another organization of it, or to one outside.

    Raises StepRefused without a membership that can be transferred, and while another transfer
    of the person waits.
    """
    receiving.lock(member)
    now = receiving.present(member)
    require(by, now.organization.may_be_led_by)
    if target == now.organization:
        raise StepRefused(_("该同志已在“%(name)s”。请选择另一个党组织。") % {"name": target})
    return _file(
        direction=Direction.INSIDE if target else Direction.OUTGOING,
        member=member,
        source=now.organization,
        target=target,
        target_name="" if target else target_name,
        standing=now.standing,
        reason=reason,
        letter_on=letter_on,
        by=by,
        at=at,
    )


@transaction.atomic
def request_incoming(  # noqa: PLR0913
    target: Organization,
    *,
    by,
    source_name: str,
    standing: str = Membership.Standing.FULL,
    reason: str = "",
    letter_number: str = "",
    letter_on: date | None = None,
    at: datetime | None = None,
    **facts,
) -> Transfer:
    """Somebody comes from outside with a letter. `facts` are those of the person, who is entered
    and belongs nowhere until received; a former member who comes back is found by ID number.
    """
    require(by, target.may_be_led_by)
    return _file(
        direction=Direction.INCOMING,
        member=returning.find_or_enter(facts, by=by, at=at),
        source_name=source_name,
        target=target,
        standing=standing,
        reason=reason,
        letter_number=letter_number,
        letter_on=letter_on,
        by=by,
        at=at,
    )


@transaction.atomic
def renew(  # noqa: PLR0913
    old: Transfer,
    *,
    by,
    reason: str = "",
    letter_number: str = "",
    letter_on: date | None = None,
    at: datetime | None = None,
    **ends,
) -> Transfer:
    """A new letter in place of one that came to nothing (重新开具); the old one stays as it is.

    `ends` may name another target, or another name outside.
    """
    require(by, old.may_be_withdrawn_by)
    if old.is_waiting or old.status == Status.ACCEPTED:
        raise StepRefused(_("这件转接%(now)s，不能重新开具介绍信。") % {"now": _state(old)})
    ends = {name: getattr(old, name) for name in ENDS} | ends
    if old.direction != Direction.INCOMING:
        if receiving.present(old.member).organization != old.source:
            raise StepRefused(_("该同志已不在“%(name)s”，请重新申请。") % {"name": old.source})
        words = {"target": ends["target"], "target_name": ends["target_name"]}
        return request(
            old.member, reason=reason or old.reason, letter_on=letter_on, by=by, at=at, **words
        )
    receiving.check_nowhere(old.member)
    return _file(
        direction=old.direction,
        member=old.member,
        standing=old.standing,
        reason=reason or old.reason,
        letter_number=letter_number,
        letter_on=letter_on,
        by=by,
        at=at,
        **ends,
    )


@transaction.atomic
def accept(
    transfer: Transfer, *, effective_on: date, by, answer: str = "", at: datetime | None = None
) -> None:
    """The receiving side has taken the person in (接收), or the slip came back (回执)."""
    require(by, transfer.may_be_answered_by)
    _hold(transfer)
    at = at or timezone.now()
    check_effective(transfer, effective_on, timezone.localdate(at))
    standing = receiving.receive(transfer, effective_on, by=by, at=at)
    facts = {"effective_on": effective_on, "standing": standing}
    transfer.step_to(Status.ACCEPTED, answer=answer, closed_at=at, **facts)
    events.record("transfer.accepted", subject=transfer, by=by, at=at, **facts)


@transaction.atomic
def decline(transfer: Transfer, *, reason: str, by, at: datetime | None = None) -> None:
    """The receiving side sends the letter back (退回)."""
    require(by, transfer.may_be_answered_by)
    _close(transfer, Status.DECLINED, by=by, at=at, answer=reason)


@transaction.atomic
def cancel(transfer: Transfer, *, by, at: datetime | None = None) -> None:
    """Whoever asked for it takes it back (撤回)."""
    require(by, transfer.may_be_withdrawn_by)
    _close(transfer, Status.CANCELLED, by=by, at=at)


@transaction.atomic
def expire(transfer: Transfer, *, by=None, at: datetime | None = None) -> None:
    """Nobody received the person while the letter was valid."""
    day = timezone.localdate(at)
    if transfer.valid_until is None or transfer.valid_until >= day:
        raise StepRefused(_("介绍信还在有效期内。"))
    _close(transfer, Status.EXPIRED, by=by, at=at)


def expire_overdue(at: datetime | None = None) -> int:
    """Every letter whose validity is over, each in a transaction of its own; how many."""
    number = 0
    for transfer in Transfer.objects.overdue(timezone.localdate(at)).named():
        try:
            expire(transfer, at=at)
        except StepRefused:  # answered in the same moment
            continue
        number += 1
    return number


def valid_until(letter_on: date) -> date:
    """The last day of a letter: its own day is the first, by the rule of that day."""
    days = Rule.objects.of(Rule.Code.LETTER_DAYS, letter_on).value
    return letter_on + timedelta(days=max(days, 1) - 1)


def check_letter(letter_on: date, today: date) -> date:
    """The last day of a letter. Raises StepRefused for one of the future, or no longer valid."""
    if letter_on > today:
        raise StepRefused(_("介绍信的开具日期不能晚于今天。请核对日期。"))
    until = valid_until(letter_on)
    if until < today:
        raise StepRefused(
            _("这封介绍信的有效期至 %(day)s，已经过期。请重新开具。") % {"day": until}
        )
    return until


def check_effective(transfer: Transfer, on: date, today: date) -> None:
    """Raises StepRefused for a day before the letter, or beyond its validity."""
    if transfer.valid_until and transfer.valid_until < today:
        raise StepRefused(
            _("介绍信的有效期至 %(day)s，已经过期。请转出方重新开具。")
            % {"day": transfer.valid_until}
        )
    first = transfer.letter_on or timezone.localdate(transfer.requested_at)
    if on < first:
        raise StepRefused(_("生效日期不能早于介绍信的开具日期 %(day)s。请核对。") % {"day": first})
    last = transfer.valid_until or today
    if on > last:
        raise StepRefused(
            _("生效日期不能晚于介绍信的有效期 %(day)s。请填写实际接收的日期。") % {"day": last}
        )


def require(by, allowed) -> None:
    """Raises PermissionDenied for the wrong end; the system (`by=None`) is not asked."""
    if not (by is None or allowed(by)):
        raise PermissionDenied


def _file(*, by, at, letter_on, letter_number="", **facts) -> Transfer:
    at = at or timezone.now()
    today = timezone.localdate(at)
    letter_on = letter_on or today
    until = check_letter(letter_on, today)
    _check_ends(facts, today)
    receiving.lock(facts["member"])
    _check_alone(facts["member"])
    transfer = Transfer(
        requested_by=by, requested_at=at, letter_on=letter_on, valid_until=until, **facts
    )
    is_ours = transfer.direction != Direction.INCOMING
    transfer.letter_number = next_number(SERIES, letter_on.year) if is_ours else letter_number
    try:
        with transaction.atomic():
            transfer.save()
    except IntegrityError:
        if not Transfer.objects.waiting().filter(member=transfer.member).exists():
            raise
        raise StepRefused(_waits_already()) from None
    events.record(
        "transfer.requested",
        subject=transfer,
        by=by,
        at=at,
        direction=transfer.direction,
        organizations=[transfer.from_full_name, transfer.to_full_name],
    )
    return transfer


def _check_ends(facts, today):
    if facts.get("target"):
        facts["target"].check_in_being(today)
        if facts["target"].kind == Organization.Kind.PARTY_GROUP:
            raise StepRefused(_("组织关系转到党支部，不转到党小组。请选择它所在的党支部。"))
    elif not facts.get("target_name"):
        raise StepRefused(_("请填写接收党员的党组织。"))


def _check_alone(member):
    if Transfer.objects.waiting().filter(member=member).exists():
        raise StepRefused(_waits_already())


def _waits_already():
    return _("该同志已有一件等待接收的转接。请先办结或撤回那一件。")


def _hold(transfer):
    """Of two who answer at once the second waits, then hears what the first one did."""
    receiving.lock(transfer.member)
    stored = Transfer._base_manager.get(pk=transfer.pk)
    if not stored.is_waiting:
        raise StepRefused(_("这件转接%(now)s，不能再办理。") % {"now": _state(stored)})


def _close(transfer, status, *, by, at, **facts):
    _hold(transfer)
    at = at or timezone.now()
    transfer.step_to(status, closed_at=at, **facts)
    events.record(f"transfer.{status.value}", subject=transfer, by=by, at=at)


def _state(transfer):
    return _("目前是“%(now)s”") % {"now": transfer.get_status_display()}

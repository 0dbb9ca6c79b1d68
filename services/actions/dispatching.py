"""A need gets the unit that is responsible for it (派单、接单)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.rights import (
    check,
    office,
    require,
    seated_units,
    speaks_for,
    units_to_accept,
)
from services.models import Need

Status = Need.Status


@transaction.atomic
def accept(need: Need, *, unit: Unit, by: User | None, at: datetime | None = None) -> None:
    """A member unit takes the order (接单); recorded by the office it is a dispatch (派单).

    Of several units exactly one wins; the others are told which.
    """
    at = at or timezone.now()
    on = timezone.localdate(at)
    allowed = seated_units(need, on) if by is None else units_to_accept(by, need, on)
    if not allowed.filter(pk=unit.pk).exists():
        require(by is None or office(by))
        raise StepRefused(
            _("“%(unit)s”不能接这条需求：须是联盟现任成员单位，且不是提出单位。") % {"unit": unit}
        )
    check(need, "accept")
    try:
        need.step_to(Status.ACCEPTED, accepted_by=unit, accepted_at=at)
    except StepRefused:  # another unit was faster
        need.refresh_from_db(fields=["status", "accepted_by"])
        check(need, "accept")
        raise
    dispatched = by is not None and not speaks_for(by, unit.pk)
    events.record(
        "need.accepted", subject=need, by=by, at=at, unit=str(unit), dispatched=dispatched
    )

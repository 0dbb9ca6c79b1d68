"""Other units that ask for the same (共同提出): invited, let in, refused, gone again.

Who is a co-filer reads the whole of a need. A unit that joins by itself waits until the filer
lets it in: members of one chain compete, and joining must not be a way to read what another asks.
"""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Seat
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.holding import hold
from services.actions.rights import filer_or_office, require, speaks_for
from services.models import CoFiler, Need


def invitable(need_unit: Unit | None) -> "Unit.objects":
    """Units that a filer may ask along: whoever sits in the alliance."""
    units = Unit.objects.filter(pk__in=Seat.objects.current().order_by().values("unit"))
    return units.exclude(pk=need_unit.pk) if need_unit else units


def joinable(need: Need, user):
    """Units of this person that may say that they need the same."""
    units = need.audience_units().exclude(pk__in=need.cofilers.values("unit"))
    taken = [pk for pk in (need.accepted_by_id, need.dispatched_to_id) if pk]
    return [
        unit for unit in units.exclude(pk__in=taken).order_by("name") if speaks_for(user, unit.pk)
    ]


@transaction.atomic
def invite(
    need: Need, *, units: Iterable[Unit], by: User | None, at: datetime | None = None
) -> None:
    """The filer names units that ask together with it; they read the whole at once."""
    require(by is None or filer_or_office(by, need))
    _check_open(need)
    hold(need)
    at = at or timezone.now()
    working = {need.accepted_by_id, need.dispatched_to_id}
    for unit in units:
        if unit.pk == need.unit_id or unit.pk in working:
            raise StepRefused(
                _("“%(unit)s”已经是提出单位或办理单位，不能再列为共同提出单位。") % {"unit": unit}
            )
        row, made = CoFiler.objects.get_or_create(
            need=need, unit=unit, defaults={"joined_at": at, "by": by, "admitted_at": at}
        )
        if made or not row.admitted_at:
            _admit(need, row, by, at, invited=made)


@transaction.atomic
def join(need: Need, *, unit: Unit, by: User, at: datetime | None = None) -> CoFiler:
    """A unit that sees a published need asks for the same (我们也需要); twice is once."""
    require(speaks_for(by, unit.pk))
    _check_open(need)
    if not need.audience_units().filter(pk=unit.pk).exists() or need.status not in Need.PUBLISHED:
        raise StepRefused(_("这条需求没有向“%(unit)s”公开，不能加入。") % {"unit": unit})
    hold(need)
    at = at or timezone.now()
    _check_idle(need, unit)
    row, made = CoFiler.objects.get_or_create(
        need=need, unit=unit, defaults={"joined_at": at, "by": by}
    )
    if made:
        events.record("need.cofiling_asked", subject=need, by=by, at=at, **_facts(row))
    return row


@transaction.atomic
def admit(need: Need, row: CoFiler, *, by: User | None, at: datetime | None = None) -> None:
    """The filer lets a unit in, which reads the whole from now on."""
    require(by is None or filer_or_office(by, need))
    _check_open(need)
    hold(need)
    at = at or timezone.now()
    _check_idle(need, row.unit)
    if CoFiler.objects.filter(pk=row.pk, admitted_at=None).update(admitted_at=at):
        _told(need, row, by, at, invited=False)


@transaction.atomic
def leave(need: Need, row: CoFiler, *, by: User | None, at: datetime | None = None) -> None:
    """A co-filer goes again, or the filer does without it. Who asked and was not let in yet goes
    as quietly as it came: only the filer knows."""
    at = at or timezone.now()
    own = by is not None and speaks_for(by, row.unit_id)
    require(by is None or own or filer_or_office(by, need))
    if not own:
        _check_open(need)
    facts, was_in = _facts(row), row.admitted_at is not None
    if not CoFiler.objects.filter(pk=row.pk).delete()[0]:
        return
    if own:
        name = "need.cofiling_left" if was_in else "need.cofiling_dropped"
    else:
        name = "need.cofiling_ended" if was_in else "need.cofiling_refused"
    events.record(name, subject=need, by=by, at=at, **facts)


def _admit(need, row, by, at, *, invited):
    CoFiler.objects.filter(pk=row.pk, admitted_at=None).update(admitted_at=at)
    _told(need, row, by, at, invited=invited)


def _told(need, row, by, at, *, invited):
    events.record("need.cofiled", subject=need, by=by, at=at, invited=invited, **_facts(row))


def _facts(row) -> dict:
    return {"unit": row.unit_id, "unit_name": str(row.unit)}


def _check_idle(need, unit):
    """Whoever works on it does not ask for it."""
    if unit.pk in (need.accepted_by_id, need.dispatched_to_id):
        raise StepRefused(
            _("“%(unit)s”正在办理这条需求，不能再列为共同提出单位。") % {"unit": unit}
        )


def _check_open(need):
    if not need.is_open:
        raise StepRefused(
            _("“%(name)s”已经是“%(now)s”，共同提出单位不再变动。")
            % {"name": need.public_name, "now": need.get_status_display()}
        )

"""A need gets the unit that is responsible for it: any that takes it first (抢单), or the one
that the office says (派单), which may object once; and those that assist it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services import conditions, moments
from services.actions import clocks, endings, project_needs, prompting
from services.actions.holding import hold
from services.actions.remarks import remark
from services.actions.review import reviewed
from services.actions.rights import (
    check,
    require,
    seated_units,
    speaks_for,
    units_to_accept,
)
from services.models import Assistance, Clock, Dispatch, Need, Objection, Remark

Status = Need.Status
How, End, Kind = Dispatch.How, Dispatch.End, Clock.Kind


@transaction.atomic
def accept(need: Need, *, unit: Unit, by: User | None, at: datetime | None = None) -> None:
    """A unit takes the order (接单): one of its audience, or the one that it was dispatched to.

    Of several units exactly one wins; the others are told which.
    """
    hold(need)
    at = at or timezone.now()
    on = timezone.localdate(at)
    check(need, "accept", by)
    may_take = seated_units(need, on) if by is None else units_to_accept(by, need, on)
    if need.dispatched_to_id not in (None, unit.pk) or not may_take.filter(pk=unit.pk).exists():
        require(by is None)
        raise StepRefused(
            _("“%(unit)s”不能接这条需求：须是联盟现任成员单位，且不是提出单位。") % {"unit": unit}
        )
    dispatched = need.dispatched_to_id is not None
    _taken(need, unit, by, at)
    events.record(
        "need.accepted", subject=need, by=by, at=at, unit=str(unit), dispatched=dispatched
    )


@transaction.atomic
def dispatch(  # noqa: PLR0913
    need: Need,
    *,
    unit: Unit,
    assisting: Iterable[Unit] = (),
    note: str = "",
    public_title: str | None = None,
    is_complex: bool | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Dispatch:
    """The office tells a unit to take it (派单), and others to assist. What waits for review has
    passed it thereby."""
    hold(need)
    at = at or timezone.now()
    check(need, "dispatch", by)
    _check_units(need, unit, assisting, at)
    was_open = need.status == Status.PUBLISHED
    facts = {} if was_open else {"reviewed_at": at} | reviewed(need, public_title, is_complex)
    if was_open:
        clocks.stop(need, Kind.ACCEPT, at=at)
    else:
        clocks.finish(need, Kind.REVIEW, at=at)
    made = _give(need, unit, How.DISPATCHED, note, by, at, **facts)
    _ask(need, assisting, by, at)
    events.record("need.dispatched", subject=need, by=by, at=at, unit=str(unit), was_open=was_open)
    return made


@transaction.atomic
def object_to(need: Need, *, reason: str, by: User, at: datetime | None = None) -> Objection:
    """The unit says that the order is not its own (异议): once, within days of the dispatch."""
    hold(need)
    at = at or timezone.now()
    check(need, "object", by, at)
    need.step_to(Status.DISPUTED)
    made = Objection.objects.create(
        dispatch=conditions.standing(need),
        reason=reason,
        raised_at=at,
        raised_by=by,
        due_at=moments.same_day(at),
    )
    clocks.stop(need, Kind.ACCEPT, at=at)
    events.record("need.disputed", subject=need, by=by, at=at, unit=str(need.dispatched_to))
    return made


@transaction.atomic
def rule(  # noqa: PLR0913
    need: Need,
    *,
    is_upheld: bool,
    ruling: str,
    unit: Unit | None = None,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """The office rules on an objection, finally: upheld, it is open to all again or dispatched
    to another `unit`; overruled, the unit is responsible from now on."""
    hold(need)
    at = at or timezone.now()
    check(need, "rule", by)
    standing = conditions.standing(need)
    if is_upheld and unit:
        _check_units(need, unit, (), at, old=standing.unit)
    Objection.objects.filter(dispatch=standing).update(
        ruled_at=at, ruled_by=by, is_upheld=is_upheld, ruling=ruling
    )
    facts = {"unit": str(standing.unit), "unit_id": standing.unit_id, "upheld": is_upheld}
    if not is_upheld:
        _taken(need, standing.unit, by, at)
    else:
        endings.end_dispatch(need, End.OBJECTION, at)
        if unit:
            _give(need, unit, How.DISPATCHED, ruling, by, at)
            _no_longer_asked(need, unit, at)
        else:
            need.step_to(Status.PUBLISHED, dispatched_to=None)
            clocks.begin(need, Kind.ACCEPT, at=at)
    events.record("need.ruled", subject=need, by=by, at=at, **facts)
    if is_upheld and unit:
        events.record("need.dispatched", subject=need, by=by, at=at, unit=str(unit), was_open=False)


@transaction.atomic
def reassign(
    need: Need, *, unit: Unit, reason: str, by: User | None, at: datetime | None = None
) -> Dispatch:
    """The office gives it to another unit (转办), which has all its days before it."""
    hold(need)
    at = at or timezone.now()
    check(need, "reassign", by)
    old = conditions.standing(need).unit
    _check_units(need, unit, (), at, old=old)
    endings.end_dispatch(need, End.REASSIGNED, at)
    endings.end_work(need, at)
    remark(need, Remark.Step.REASSIGNED, reason, by, at)
    nobody = {"accepted_by": None, "accepted_at": None, "contacted_at": None}
    made = _give(need, unit, How.REASSIGNED, reason, by, at, long_term_since=None, **nobody)
    _no_longer_asked(need, unit, at)
    events.record(
        "need.reassigned",
        subject=need,
        by=by,
        at=at,
        unit=str(unit),
        had=old.pk,
        had_name=str(old),
    )
    return made


@transaction.atomic
def ask_help(
    need: Need, *, units: Iterable[Unit], by: User | None, at: datetime | None = None
) -> None:
    """Other units are asked to assist (协办)."""
    hold(need)
    at = at or timezone.now()
    check(need, "ask-help", by)
    asked = [unit for unit in units if unit.pk not in _helping(need)]
    _check_units(need, need.accepted_by, asked, at)
    _ask(need, asked, by, at)
    names = "、".join(str(unit) for unit in asked)  # data
    events.record("need.help_asked", subject=need, by=by, at=at, units=names)


@transaction.atomic
def finish_help(need: Need, *, result: str, by: User, at: datetime | None = None) -> None:
    """An assisting unit says what it did."""
    hold(need)
    at = at or timezone.now()
    check(need, "finish-help", by)
    mine = [row for row in conditions.helping(need) if speaks_for(by, row.unit_id)]
    waiting = [row for row in mine if row.done_at is None]
    if not waiting:
        raise StepRefused(_("协办任务已经完成。"))
    for row in waiting:
        row.done_at, row.result = at, result
        row.save(update_fields=["done_at", "result"])
    events.record("need.helped", subject=need, by=by, at=at, unit=str(waiting[0].unit))


@transaction.atomic
def release_help(
    need: Need, *, units: Iterable[Unit], by: User | None, at: datetime | None = None
) -> None:
    """It does not need their help any more."""
    hold(need)
    at = at or timezone.now()
    check(need, "release-help", by)
    wanted = {unit.pk for unit in units} & set(_helping(need))
    if not wanted:
        raise StepRefused(_("目前没有协办单位。"))
    rows = need.assistances.filter(ended_at=None, unit__in=wanted)
    names = "、".join(str(row.unit) for row in rows.select_related("unit"))  # data
    rows.update(ended_at=at)
    events.record("need.help_released", subject=need, by=by, at=at, units=names, had=sorted(wanted))


def _taken(need, unit, by, at) -> None:
    """The unit is responsible from now on, and owes a first word and a solution."""
    need.step_to(Status.ACCEPTED, accepted_by=unit, accepted_at=at, dispatched_to=None)
    rows = need.dispatches.filter(ended_at=None)
    if not rows.update(accepted_at=at):
        Dispatch.objects.create(need=need, unit=unit, how=How.TAKEN, at=at, by=by, accepted_at=at)
    project_needs.taken_over(need, unit, at=at)
    clocks.follow(need, Kind.ACCEPT, Kind.CONTACT, Kind.SOLVE, at=at, unit=unit)


def _give(need, unit, how, note, by, at, **facts) -> Dispatch:  # noqa: PLR0913, PLR0917
    """A unit is told to take it, and has an answer to give."""
    need.step_to(Status.DISPATCHED, dispatched_to=unit, **facts)
    made = Dispatch.objects.create(need=need, unit=unit, how=how, note=note, at=at, by=by)
    clocks.begin(need, Kind.ACCEPT, at=at, unit=unit)
    return made


def _ask(need, units, by, at) -> None:
    due_at = prompting.help_due(need, at)
    Assistance.objects.bulk_create(
        Assistance(need=need, unit=unit, asked_at=at, due_at=due_at, by=by) for unit in units
    )


def _helping(need) -> list[int]:
    return [row.unit_id for row in conditions.helping(need)]


def _no_longer_asked(need, unit, at) -> None:
    """Who is responsible does not assist itself."""
    need.assistances.filter(unit=unit, ended_at=None).update(ended_at=at)


def _check_units(need, unit, assisting, at, old=None) -> None:
    """All of them sit in the alliance and none of them filed it; each has one part in it."""
    seated = set(seated_units(need, timezone.localdate(at)).values_list("pk", flat=True))
    for each in (unit, *assisting):
        if each.pk not in seated and each.pk != need.accepted_by_id:
            raise StepRefused(
                _("“%(unit)s”不能办理这条需求：须是联盟现任成员单位，且不是提出单位。")
                % {"unit": each}
            )
    if unit in assisting:
        raise StepRefused(_("责任单位不必再列为协办单位。"))
    if unit == old:
        raise StepRefused(_("“%(unit)s”正是现在的单位，请另选一家。") % {"unit": unit})

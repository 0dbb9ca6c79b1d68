"""The loop of a need: filed, reviewed, accepted, matched, offered, confirmed, closed.

Every action takes `by`, the person who acts, and `at`, the moment it happened. It raises
NotYours when the step belongs to somebody else, and StepRefused with a sentence when the
need is not where the step begins, or when somebody else moved it first.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import conversions, items
from alliance.models import ActionItem, Regulation, Seat
from alliance.models.settings import Text
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from services.actions.rights import (
    check,
    office,
    require,
    seated_units,
    speaks_for,
    units_to_accept,
)
from services.models import Need, Remark, Solution

Status = Need.Status
GIVEN_UP = (Status.DECLINED, Status.WITHDRAWN)


@transaction.atomic
def file(
    *,
    unit: Unit,
    audience: str = Need.Audience.ALLIANCE,
    item: ActionItem | None = None,
    by: User,
    at: datetime | None = None,
    **facts,
) -> Need:
    """A unit asks (点单), or the office for it. It waits for review from now on, within the
    limits of the charter of that day.

    `facts` are the fields of a Need: category, title, content, urgency, contact_name,
    contact_phone. `item` is what a meeting resolved and the unit asks help with.
    """
    at = at or timezone.now()
    on = timezone.localdate(at)
    require(office(by) or speaks_for(by, unit.pk))
    _check_audience(unit, audience, on)
    if item is not None:
        _check_item(item, unit)
    need = Need(
        number=next_number("需", on.year),  # data
        unit=unit,
        item=item,
        charter=Regulation.objects.of(Text.CHARTER, on),
        audience=audience,
        filed_by=by,
        filed_at=at,
        **facts,
    )
    need.refresh_words()
    need.save()
    events.record("need.filed", subject=need, by=by, at=at)
    return need


@transaction.atomic
def change(need: Need, *, by: User | None, at: datetime | None = None, **facts) -> None:
    """The filer corrects a need before review; a returned one is thereby submitted again."""
    check(need, "change", by)
    if "audience" in facts:
        _check_audience(need.unit, facts["audience"], timezone.localdate(at or timezone.now()))
    returned = need.status == Status.RETURNED
    if returned:
        need.step_to(Status.SUBMITTED)
    else:
        _hold(need)
    changed = [name for name, value in facts.items() if getattr(need, name) != value]
    for name in changed:
        setattr(need, name, facts[name])
    if changed:
        need.refresh_words()
        need.save(update_fields=[*changed, "words", "public_words"])
    name = "need.resubmitted" if returned else "need.changed"
    events.record(name, subject=need, by=by, at=at, changed=changed)


@transaction.atomic
def publish(need: Need, *, by: User | None, at: datetime | None = None) -> None:
    """Passed review (审核发布): collected from this moment."""
    at = at or timezone.now()
    check(need, "publish", by)
    need.step_to(Status.PUBLISHED, reviewed_at=at)
    events.record("need.published", subject=need, by=by, at=at)


@transaction.atomic
def send_back(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The office asks for more (退回补充)."""
    check(need, "return", by)
    need.step_to(Status.RETURNED)
    _remark(need, Remark.Step.RETURNED, reason, by, at)
    events.record("need.returned", subject=need, by=by, at=at)


@transaction.atomic
def decline(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The office does not take it on (未受理)."""
    check(need, "decline", by)
    need.step_to(Status.DECLINED)
    _remark(need, Remark.Step.DECLINED, reason, by, at)
    events.record("need.declined", subject=need, by=by, at=at)


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


@transaction.atomic
def offer(need: Need, *, text: str, by: User, at: datetime | None = None) -> Solution:
    """The responsible unit says how it was solved (提交解决方案); the enterprise answers."""
    at = at or timezone.now()
    check(need, "offer", by)
    need.step_to(Status.OFFERED)
    solution = Solution.objects.create(need=need, text=text, offered_at=at, offered_by=by)
    events.record("need.offered", subject=need, by=by, at=at)
    return solution


@transaction.atomic
def confirm(
    need: Need, *, rating: int, comment: str = "", by: User, at: datetime | None = None
) -> None:
    """The enterprise itself confirms and rates (确认并评价): solved from this moment.

    Only people of the filing unit, and nobody who also speaks for the responsible unit.
    """
    at = at or timezone.now()
    check(need, "confirm", by)
    if speaks_for(by, need.accepted_by_id):
        raise StepRefused(
            _("您同时代表责任单位“%(unit)s”，请由提出单位的其他同志（如联络员）确认。")
            % {"unit": need.accepted_by}
        )
    if rating not in Solution.Rating.values:
        raise StepRefused(_("请从五档评价中选择一档。"))
    need.step_to(Status.SOLVED)
    _standing(need).update(confirmed_at=at, rating=rating, comment=comment)
    events.record("need.confirmed", subject=need, by=by, at=at, rating=rating)


@transaction.atomic
def refuse(need: Need, *, reason: str, by: User, at: datetime | None = None) -> None:
    """The enterprise is not content (退回方案): the work goes on."""
    at = at or timezone.now()
    check(need, "refuse", by)
    need.step_to(Status.IN_PROGRESS)
    _standing(need).update(refused_at=at, refusal=reason)
    events.record("need.refused", subject=need, by=by, at=at)


@transaction.atomic
def close(need: Need, *, by: User | None, at: datetime | None = None) -> None:
    """The office takes a confirmed need off the list (销号). It stays solved."""
    at = at or timezone.now()
    check(need, "close", by)
    need.step_to(Status.CLOSED, closed_at=at)
    events.record("need.closed", subject=need, by=by, at=at)


@transaction.atomic
def reopen(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """It was not solved after all (重新办理): from this moment it is not counted as solved,
    as of any earlier day it still is."""
    at = at or timezone.now()
    check(need, "reopen", by)
    need.step_to(Status.IN_PROGRESS, closed_at=None)
    _standing(need).update(reopened_at=at)
    _remark(need, Remark.Step.REOPENED, reason, by, at)
    events.record("need.reopened", subject=need, by=by, at=at)


@transaction.atomic
def withdraw(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The filing unit takes it back (撤回). What was collected or matched stays so."""
    check(need, "withdraw", by)
    need.step_to(Status.WITHDRAWN)
    _remark(need, Remark.Step.WITHDRAWN, reason, by, at)
    events.record("need.withdrawn", subject=need, by=by, at=at)


def _check_item(item, unit):
    """It is still to be done by this unit, and no other need asks for the same."""
    items.hold(item)
    conversions.check_open(item)
    if item.unit_id != unit.pk:
        raise StepRefused(
            _("这项由“%(unit)s”负责，请以该单位的名义提出需求。") % {"unit": item.unit}
        )
    if standing := item.needs.exclude(status__in=GIVEN_UP).first():
        raise StepRefused(_("这项已经转为需求 %(number)s。") % {"number": standing.number})


def _check_audience(unit, audience, on):
    """The own chain is an audience only for a unit that sits in one."""
    seats = Seat.objects.current(on).filter(unit=unit).exclude(group=None)
    if audience == Need.Audience.GROUP and not seats.exists():
        raise StepRefused(_("“%(unit)s”不在产业链小组中，请选择其他公开范围。") % {"unit": unit})


def _hold(need):
    """Lock a need that keeps its status; refuse when somebody moved it first."""
    if not Need.objects.filter(pk=need.pk, status=need.status).update(status=need.status):
        raise StepRefused(_("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": need})


def _standing(need):
    """The one solution that was neither refused nor reopened."""
    return Solution.objects.filter(need=need, refused_at=None, reopened_at=None)


def _remark(need, step, text, by, at):
    Remark.objects.create(
        need=need, step=step, text=text, written_by=by, written_at=at or timezone.now()
    )

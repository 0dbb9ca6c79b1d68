"""A need is filed (点单), corrected, taken back.

Every action on a need takes `by`, the person who acts, and `at`, the moment it happened. It
raises NotYours when the step belongs to somebody else, and StepRefused with a sentence when the
need is not where the step begins, or when somebody else moved it first.
"""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import conversions, items
from alliance.models import ActionItem, Regulation, Seat
from alliance.models.settings import Text
from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from services import conditions
from services.actions import bookings, clocks, endings, project_needs
from services.actions.holding import hold
from services.actions.remarks import remark
from services.actions.rights import check, filer, office, require, speaks_for
from services.models import Dispatch, Need, NeedNote, Pause, Remark

Status = Need.Status
GIVEN_UP = (Status.DECLINED, Status.WITHDRAWN)


@transaction.atomic
def file(  # noqa: PLR0913
    *,
    unit: Unit,
    audience: str = Need.Audience.ALLIANCE,
    item: ActionItem | None = None,
    number: str = "",
    by: User,
    at: datetime | None = None,
    **facts,
) -> Need:
    """A unit asks (点单), or the office for it. It waits for review from now on, within the
    limits of the charter of that day.

    `facts` are the fields of a Need: category, title, content, urgency, contact_name,
    contact_phone. `item` is what a meeting resolved and the unit asks help with; `number` is
    one that it has already.
    """
    at = at or timezone.now()
    on = timezone.localdate(at)
    require(office(by) or speaks_for(by, unit.pk))
    _check_audience(unit, audience, on)
    if item is not None:
        _check_item(item, unit)
    need = Need(
        number=number or next_number("需", on.year),  # data
        unit=unit,
        item=item,
        charter=next(iter(_in_force(Text.CHARTER, on)), None),
        audience=audience,
        filed_by=by,
        filed_at=at,
        **facts,
    )
    need.refresh_words()
    clock = clocks.first(need, at=at)
    need.save()
    clock.save()
    on_behalf = not speaks_for(by, unit.pk)
    events.record("need.filed", subject=need, by=by, at=at, on_behalf=on_behalf)
    return need


@transaction.atomic
def change(need: Need, *, by: User | None, at: datetime | None = None, **facts) -> None:
    """The filer corrects a need before review; a returned one is thereby submitted again."""
    hold(need)
    at = at or timezone.now()
    check(need, "change", by)
    if "audience" in facts:
        _check_audience(need.unit, facts["audience"], timezone.localdate(at))
    returned = need.status == Status.RETURNED
    if returned:
        need.step_to(Status.SUBMITTED)
        clocks.resume(need, Pause.Why.ENTERPRISE, at=at)
    changed = [name for name, value in facts.items() if getattr(need, name) != value]
    for name in changed:
        setattr(need, name, facts[name])
    if changed:
        need.refresh_words()
        need.save(update_fields=[*changed, "words", "public_words"])
    name = "need.resubmitted" if returned else "need.changed"
    events.record(name, subject=need, by=by, at=at, changed=changed)


@transaction.atomic
def reply(need: Need, *, text: str, by: User, at: datetime | None = None) -> NeedNote:
    """Who asks for it adds something (补充情况) while others work on it."""
    hold(need)
    at = at or timezone.now()
    check(need, "reply", by)
    unit = need.unit if filer(by, need) else _cofiling(need, by)
    made = NeedNote.objects.create(
        need=need, kind=NeedNote.Kind.REPLY, text=text, unit=unit, written_by=by, written_at=at
    )
    events.record("need.replied", subject=need, by=by, at=at)
    return made


@transaction.atomic
def withdraw(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The filing unit takes it back (撤回). What was collected or matched stays so."""
    hold(need)
    at = at or timezone.now()
    check(need, "withdraw", by)
    told, helped = need.dispatched_to_id, [row.unit_id for row in conditions.helping(need)]
    need.step_to(Status.WITHDRAWN, dispatched_to=None)
    remark(need, Remark.Step.WITHDRAWN, reason, by, at)
    endings.end_dispatch(need, Dispatch.End.WITHDRAWN, at)
    endings.end_work(need, at)
    clocks.stop(need, at=at)
    need.assistances.filter(ended_at=None).update(ended_at=at)
    project_needs.withdrawn(need, at=at)
    bookings.release_of(need, _("需求已撤回。"), by=by, at=at)
    events.record("need.withdrawn", subject=need, by=by, at=at, told=told, helped=helped)


@prepared(str, date)
def _in_force(text, on):
    return Regulation.objects.in_force(on).filter(text=text)


def _cofiling(need, by):
    rows = need.cofilers.admitted().select_related("unit")
    return next(row.unit for row in rows if speaks_for(by, row.unit_id))


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
    if audience != Need.Audience.GROUP:
        return
    if not Seat.objects.current(on).filter(unit=unit).exclude(group=None).exists():
        raise StepRefused(_("“%(unit)s”不在产业链小组中，请选择其他公开范围。") % {"unit": unit})

"""Campaigns and visits (专项行动、走访): planned, written down, put right."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.rights import office, require
from services.models import Drive, Visit


@transaction.atomic
def start(
    *, units: Iterable[Unit] = (), by: User | None, at: datetime | None = None, **facts
) -> Drive:
    """The office begins a drive (开展专项行动). `facts` are the fields of a Drive."""
    require(by is None or office(by))
    drive = Drive.objects.create(started_by=by, **facts)
    drive.units.set(units)
    events.record("drive.started", subject=drive, by=by, at=at)
    return drive


@transaction.atomic
def change(
    drive: Drive, *, units: Iterable[Unit], by: User | None, at: datetime | None = None, **facts
) -> None:
    """Its period, aims or units are others. Raises StepRefused if a unit that was visited in it
    is to be left out: what happened stays where it belongs."""
    require(by is None or office(by))
    units = set(units)
    visited = Unit.objects.filter(visits__drive=drive).exclude(pk__in=[unit.pk for unit in units])
    if names := list(visited.distinct().values_list("name", flat=True)):
        raise StepRefused(
            _("这些单位在本次行动中已经走访过，不能去掉：%(names)s。") % {"names": "、".join(names)}
        )
    changed = [name for name, value in facts.items() if getattr(drive, name) != value]
    if set(drive.units.all()) != units:
        drive.units.set(units)
        changed.append("units")
    for name, value in facts.items():
        setattr(drive, name, value)
    if changed:
        drive.save()
        events.record("drive.changed", subject=drive, by=by, at=at, changed=changed)


@transaction.atomic
def visit(*, unit: Unit, by: User | None, at: datetime | None = None, **facts) -> Visit:
    """Somebody of the office was at a unit (走访). `facts` are the fields of a Visit; a unit that
    the drive had not planned for belongs to it from now on."""
    at = at or timezone.now()
    require(by is None or office(by))
    _check_day(facts["on"], at)
    made = Visit.objects.create(unit=unit, recorded_by=by, recorded_at=at, **facts)
    _belongs(made)
    events.record("visit.recorded", subject=made, by=by, at=at)
    return made


@transaction.atomic
def correct(visit: Visit, *, by: User | None, at: datetime | None = None, **facts) -> None:
    """What was written of a visit is put right. Raises StepRefused if the unit is to be another
    one although needs were filed at the visit."""
    require(by is None or office(by))
    visit = _hold(visit)
    _check_day(facts.get("on", visit.on), at or timezone.now())
    if facts.get("unit", visit.unit) != visit.unit and visit.needs.exists():
        raise StepRefused(_("这次走访带回了“%(unit)s”的需求，单位不能改。") % {"unit": visit.unit})
    changed = [name for name, value in facts.items() if getattr(visit, name) != value]
    for name in changed:
        setattr(visit, name, facts[name])
    if changed:
        visit.save()
        _belongs(visit)
        events.record("visit.corrected", subject=visit, by=by, at=at, changed=changed)


@transaction.atomic
def remove(visit: Visit, *, by: User | None, at: datetime | None = None) -> None:
    """A visit that was written down by mistake is taken away (删除走访). Never one that brought
    needs in: raises StepRefused."""
    require(by is None or office(by))
    visit = _hold(visit)
    if visit.needs.exists():
        raise StepRefused(_("这次走访带回了需求，不能删除。填错的内容请用“修改”更正。"))
    events.record("visit.removed", subject=visit, by=by, at=at)
    visit.delete()


def _hold(visit) -> Visit:
    """The row under a lock; a need that is just being filed for it waits, or is seen."""
    found = Visit.objects.select_for_update(of=("self",)).filter(pk=visit.pk).first()
    if found is None:
        raise StepRefused(_("这次走访刚被别人删除。"))
    return found


def _check_day(on, at):
    if on > timezone.localdate(at):
        raise StepRefused(_("走访日期不能晚于今天。"))


def _belongs(visit):
    if visit.drive:
        visit.drive.units.add(visit.unit)

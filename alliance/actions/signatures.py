"""Member units read a version and sign under it (签字背书)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.rights import office, require, speaks_for
from alliance.models import Regulation, Seat, SignOff
from members.models import Unit
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused


def units_asked(on) -> list[Unit]:
    """Each unit with a seat on a day, once, in a group or in the whole alliance."""
    seats = Seat.objects.current(on)
    return list(Unit.objects.filter(pk__in=seats.values("unit")).order_by("name"))


def ask_all(regulation: Regulation, *, by, at: datetime) -> list[SignOff]:
    """A version was just adopted: every member unit of the day is asked."""
    units = units_asked(timezone.localdate(at))
    due_on = _due_on(at)
    rows = [_sign_off(regulation, unit, due_on) for unit in units]
    rows = SignOff.objects.bulk_create(rows)
    _record_asked(rows, by, at)
    return rows


@transaction.atomic
def ask_to_sign(unit: Unit, *, by, at: datetime | None = None) -> list[SignOff]:
    """A unit has joined: it is asked to sign what is adopted and not over, each version once."""
    at = at or timezone.now()
    Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)  # of two at once, one asks
    _hold_versions()
    versions = Regulation.objects.adopted().overlapping(timezone.localdate(at), None)
    wanted = versions.exclude(sign_offs__unit=unit)
    due_on = _due_on(at)
    rows = [_sign_off(version, unit, due_on) for version in wanted]
    rows = SignOff.objects.bulk_create(rows)
    _record_asked(rows, by, at)
    return rows


@transaction.atomic
def read(sign_off: SignOff, *, by, at: datetime | None = None) -> None:
    """The unit has read the whole text (已阅读全文)."""
    require(by is None or speaks_for(by, sign_off.unit_id))
    _require_open(sign_off, at)
    unread = SignOff.objects.filter(pk=sign_off.pk, read_at=None)
    if unread.update(read_at=at or timezone.now(), read_by=by):
        sign_off.refresh_from_db()
        events.record("sign_off.read", subject=sign_off, by=by, at=at)


@transaction.atomic
def sign(sign_off: SignOff, *, name: str, by, at: datetime | None = None) -> None:
    """The unit signs (签字), once, after reading.

    Raises StepRefused if it has not read, has signed already, or the version is over.
    """
    require(by is None or speaks_for(by, sign_off.unit_id))
    _require_open(sign_off, at)
    rows = SignOff.objects.filter(pk=sign_off.pk)
    unsigned = rows.filter(signed_at=None, read_at__isnull=False)
    facts = {"signed_at": at or timezone.now(), "signed_by": by, "signed_name": name}
    if not unsigned.update(**facts):
        raise StepRefused(
            _("“%(unit)s”已经签过字。") % {"unit": sign_off.unit_name}
            if rows.exclude(signed_at=None).exists()
            else _("请先阅读全文，再签字。")
        )
    sign_off.refresh_from_db()
    events.record("sign_off.signed", subject=sign_off, by=by, at=at)


@transaction.atomic
def remind(regulation: Regulation, *, by, at: datetime | None = None) -> int:
    """The office reminds the units that have not signed (提醒未签单位); returns how many.

    A unit is reminded so at most once a day. Raises StepRefused if none is left to remind.
    """
    require(by is None or office(by))
    at = at or timezone.now()
    today = timezone.localdate(at)
    Regulation.objects.select_for_update(no_key=True).get(pk=regulation.pk)
    missing = list(SignOff.objects.wanted(today).filter(regulation=regulation))
    told = _reminded_on(today, missing)
    left = [row for row in missing if row.pk not in told]
    if not missing:
        raise StepRefused(_("没有需要提醒的单位。"))
    if not left:
        raise StepRefused(_("未签字的单位今天都提醒过了，请明天再提醒。"))
    events.record_many("sign_off.reminded", [(row, {}) for row in left], by=by, at=at)
    return len(left)


def _hold_versions() -> None:
    """No version is adopted meanwhile: it would not know of the unit, nor the unit of it."""
    rows = Regulation.objects.select_for_update(no_key=True)
    list(rows.order_by("pk").values_list("pk"))


def _reminded_on(day, rows) -> set[int]:
    midnight = timezone.make_aware(datetime.combine(day, datetime.min.time()))
    found = Event.objects.filter(
        name="sign_off.reminded",
        subject_id__in=[row.pk for row in rows],
        happened_at__gte=midnight,
        happened_at__lt=midnight + timedelta(days=1),
    )
    return set(found.values_list("subject_id", flat=True))


def _sign_off(regulation, unit, due_on) -> SignOff:
    return SignOff(regulation=regulation, unit=unit, unit_name=unit.name, due_on=due_on)


def _due_on(at):
    today = timezone.localdate(at)
    return today + timedelta(days=Regulation.objects.settings(today)["sign_days"])


def _record_asked(rows, by, at) -> None:
    events.record_many("sign_off.asked", [(row, {}) for row in rows], by=by, at=at)


def _require_open(sign_off, at) -> None:
    """A member unit is to sign. The version is held, so that it is not withdrawn meanwhile."""
    rows = Regulation.objects.select_for_update(no_key=True)
    regulation = rows.get(pk=sign_off.regulation_id)
    if regulation.status != Regulation.Status.ADOPTED:
        raise StepRefused(_("%(name)s已作废，不再签字。") % {"name": regulation})
    if not regulation.may_be_signed(timezone.localdate(at)):
        raise StepRefused(
            _("%(name)s已于 %(day)s 失效，不再签字。请签现行的一版。")
            % {"name": regulation, "day": regulation.ends_on}
        )
    if not Seat.objects.current(timezone.localdate(at)).filter(unit=sign_off.unit_id).exists():
        raise StepRefused(_("“%(unit)s”已退出联盟，不用签字。") % {"unit": sign_off.unit_name})

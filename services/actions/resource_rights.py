"""Who may take which step of a resource and of a booking: the tables beside `rights.STEPS`.

Two units stand behind a booking: the one that gives and the one that takes. Who was asked
answers; either may say afterwards what became of it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.states import Stateful, StepRefused
from nanchuan.kernel.words import name_for_all
from services.actions.rights import office, require, speaks_for
from services.models import Booking, Need, Resource

# ── Who ─────────────────────────────────────────────────────────────────────────────────────


def giver(user, resource) -> bool:
    return speaks_for(user, resource.unit_id)


def giver_or_office(user, resource) -> bool:
    return office(user) or giver(user, resource)


def gives(user, booking) -> bool:
    return giver(user, booking.resource)


def takes(user, booking) -> bool:
    return speaks_for(user, booking.unit_id)


def answers(user, booking) -> bool:
    """The other side than the one that began, and the office for it."""
    asked = booking.side == Booking.Side.ASKED
    return office(user) or (gives(user, booking) if asked else takes(user, booking))


def cancels(user, booking) -> bool:
    """Who asked or offered takes it back while it waits; what is agreed, either side."""
    if office(user):
        return True
    if booking.status == Booking.Status.WAITING:
        asked = booking.side == Booking.Side.ASKED
        return takes(user, booking) if asked else gives(user, booking)
    return gives(user, booking) or takes(user, booking)


def takes_part(user, booking) -> bool:
    return office(user) or gives(user, booking) or takes(user, booking)


# ── The tables ──────────────────────────────────────────────────────────────────────────────


def nothing(row, at: datetime) -> str:
    return ""


def begun(booking: Booking, at: datetime) -> str:
    if booking.status == Booking.Status.AGREED and _has_begun(booking, at):
        return _("约定的时间已经开始，请登记“已使用”或“未用退回”。")
    return ""


def not_begun(booking: Booking, at: datetime) -> str:
    if booking.starts_at and not _has_begun(booking, at):
        return _("还没有到约定的时间。不用了可以取消。")
    return ""


def _has_begun(booking, at) -> bool:
    return booking.starts_at is not None and booking.starts_at <= at


@dataclass(frozen=True)
class Step:
    """A verb: in words, from which statuses, by whom, and what else stands in its way."""

    word: Promise
    who: Callable[..., bool]
    sources: frozenset[str]
    unless: Callable[..., str]


def _step(word, who, *sources, unless=nothing) -> Step:
    return Step(word, who, frozenset(sources), unless)


Status = Resource.Status
RESOURCE_STEPS = {
    "change": _step(
        gettext_lazy("修改"),
        giver_or_office,
        Status.SUBMITTED,
        Status.RETURNED,
        Status.AVAILABLE,
        Status.PAUSED,
    ),
    "approve": _step(gettext_lazy("通过审核"), office, Status.SUBMITTED),
    "return": _step(gettext_lazy("退回补充"), office, Status.SUBMITTED),
    "pause": _step(gettext_lazy("暂停提供"), giver_or_office, Status.AVAILABLE),
    "resume": _step(gettext_lazy("恢复提供"), giver_or_office, Status.PAUSED),
    "withdraw": _step(
        gettext_lazy("撤回"),
        giver_or_office,
        Status.SUBMITTED,
        Status.RETURNED,
        Status.AVAILABLE,
        Status.PAUSED,
    ),
}

Booked = Booking.Status
BOOKING_STEPS = {
    "agree": _step(gettext_lazy("同意"), answers, Booked.WAITING),
    "decline": _step(gettext_lazy("谢绝"), answers, Booked.WAITING),
    "use": _step(gettext_lazy("登记已使用"), takes_part, Booked.AGREED, unless=not_begun),
    "give-back": _step(gettext_lazy("登记未用退回"), takes_part, Booked.AGREED, unless=not_begun),
    "cancel": _step(gettext_lazy("取消"), cancels, Booked.WAITING, Booked.AGREED, unless=begun),
}


def _table(row) -> dict[str, Step]:
    return RESOURCE_STEPS if isinstance(row, Resource) else BOOKING_STEPS


def check(row: Stateful, verb: str, by=None, at: datetime | None = None) -> None:
    """Raises NotYours for the wrong person (not asked of the system, `by=None`), then
    StepRefused for the wrong status, or for what else stands in the way at that moment."""
    step = _table(row)[verb]
    require(by is None or step.who(by, row))
    if row.status not in step.sources:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能%(word)s。")
            % {"name": name_for_all(row), "now": row.get_status_display(), "word": step.word}
        )
    if why := step.unless(row, at or timezone.now()):
        raise StepRefused(why)


def verbs(user, row: Stateful, at: datetime | None = None) -> list[str]:
    """The steps that this person may take now, in the order of the table."""
    at = at or timezone.now()
    return [
        verb
        for verb, step in _table(row).items()
        if row.status in step.sources and step.who(user, row) and not step.unless(row, at)
    ]


# ── Who may ask, for which unit and for which need ──────────────────────────────────────────


def asking_units(user, resource: Resource):
    """The units for which this person may ask for a resource: never the one that gives it."""
    units = Unit.objects.exclude(pk=resource.unit_id)
    if office(user):
        return units
    return units.filter(pk__in=roles.places(user, roles.UNIT))


def may_ask(user, resource: Resource) -> bool:
    """Whether there is such a unit, without asking for it."""
    return office(user) or any(unit != resource.unit_id for unit in roles.places(user, roles.UNIT))


def works_for(unit: Unit, need: Need) -> bool:
    """Whether a need is that unit's own business: it asks for it, owes it or helps with it."""
    if unit.pk in (need.unit_id, need.accepted_by_id):
        return True
    joined = need.cofilers.admitted().filter(unit=unit)
    helping = need.assistances.filter(unit=unit, ended_at=None)
    return joined.exists() or helping.exists()


def offered_needs(user):
    """Needs for which this person may offer something: open, reviewed, and to be seen."""
    return Need.objects.visible_to(user).open().filter(status__in=Need.PUBLISHED)

"""Who may take which step of a need, and from where.

One table for the actions, the pages and the tests: an action checks it, a page offers only
what it allows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.core.exceptions import PermissionDenied
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Seat
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from services.models import Need

Status = Need.Status


class NotYours(PermissionDenied):
    """The step belongs to somebody else: pages answer 403."""


def office(user, need=None) -> bool:
    return roles.has_role(user, roles.STAFF)


def speaks_for(user, unit_id: int | None) -> bool:
    return unit_id in roles.places(user, roles.UNIT)


def filer(user, need) -> bool:
    return speaks_for(user, need.unit_id)


def filer_or_office(user, need) -> bool:
    return office(user) or filer(user, need)


def responsible_or_office(user, need) -> bool:
    return office(user) or speaks_for(user, need.accepted_by_id)


def acceptor(user, need) -> bool:
    return office(user) or units_to_accept(user, need).exists()


@dataclass(frozen=True)
class Step:
    """A verb on a need: in words, from which statuses, and by whom."""

    word: Promise
    sources: frozenset[str]
    who: Callable[..., bool]


def _step(word, who, *sources) -> Step:
    return Step(word, frozenset(sources), who)


STEPS = {
    "change": _step(gettext_lazy("修改"), filer_or_office, Status.SUBMITTED, Status.RETURNED),
    "publish": _step(gettext_lazy("发布"), office, Status.SUBMITTED),
    "return": _step(gettext_lazy("退回补充"), office, Status.SUBMITTED),
    "decline": _step(gettext_lazy("不予受理"), office, Status.SUBMITTED),
    "accept": _step(gettext_lazy("接单"), acceptor, Status.PUBLISHED),
    "match": _step(gettext_lazy("对接项目"), responsible_or_office, Status.ACCEPTED),
    "offer": _step(gettext_lazy("提交解决方案"), responsible_or_office, Status.IN_PROGRESS),
    "confirm": _step(gettext_lazy("确认解决"), filer, Status.OFFERED),
    "refuse": _step(gettext_lazy("退回方案"), filer, Status.OFFERED),
    "close": _step(gettext_lazy("销号"), office, Status.SOLVED),
    "reopen": _step(gettext_lazy("重新办理"), filer_or_office, Status.SOLVED, Status.CLOSED),
    "withdraw": _step(gettext_lazy("撤回"), filer, *Need.OPEN),
}


def seated_units(need, on: date | None = None):
    """Units with a seat in the alliance, except the one that filed: the office may choose
    among all of them (派单), whatever the audience."""
    seats = Seat.objects.current(on)
    return Unit.objects.filter(pk__in=seats.values("unit")).exclude(pk=need.unit_id)


def units_to_accept(user, need, on: date | None = None):
    """The units for which this person may accept a need."""
    if office(user):
        return seated_units(need, on)
    return need.audience_units(on).filter(pk__in=roles.places(user, roles.UNIT))


def require(allowed: bool) -> None:
    if not allowed:
        raise NotYours


def check(need, verb: str, by=None) -> None:
    """Raises NotYours for the wrong person (not asked of the system, `by=None`), then
    StepRefused for the wrong status."""
    step = STEPS[verb]
    require(by is None or step.who(by, need))
    if need.status not in step.sources:
        if verb == "accept" and need.accepted_by:
            raise StepRefused(_("这条需求已由“%(unit)s”接单。") % {"unit": need.accepted_by})
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能%(word)s。")
            % {"name": need.public_name, "now": need.get_status_display(), "word": step.word}
        )


def verbs(user, need) -> list[str]:
    """The steps that this person may take now, in the order of the loop."""
    return [
        verb for verb, step in STEPS.items() if need.status in step.sources and step.who(user, need)
    ]

"""Who may take which step of a need, and from where.

One table for the actions, the pages and the tests: an action checks it, a page offers only
what it allows.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime

from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Seat
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from services import conditions
from services.models import Need

Status = Need.Status
CARRIED = (Status.ACCEPTED, Status.IN_PROGRESS)  # a unit works on it


class NotYours(PermissionDenied):
    """The step belongs to somebody else: pages answer 403."""


# ── Who ─────────────────────────────────────────────────────────────────────────────────────


def office(user, need=None) -> bool:
    return roles.has_role(user, roles.STAFF)


def speaks_for(user, unit_id: int | None) -> bool:
    return unit_id in roles.places(user, roles.UNIT)


def filer(user, need) -> bool:
    return speaks_for(user, need.unit_id)


def filer_or_office(user, need) -> bool:
    return office(user) or filer(user, need)


def filers(user, need) -> bool:
    """The filing unit, and those that ask for the same."""
    return filer(user, need) or any(
        row.admitted_at and speaks_for(user, row.unit_id)
        for row in conditions.parts(need, "cofilers")
    )


def dispatched(user, need) -> bool:
    return speaks_for(user, need.dispatched_to_id)


def responsible(user, need) -> bool:
    return speaks_for(user, need.accepted_by_id)


def responsible_or_office(user, need) -> bool:
    return office(user) or responsible(user, need)


def assisting(user, need) -> bool:
    return any(speaks_for(user, row.unit_id) for row in conditions.helping(need))


def works_on_it(user, need) -> bool:
    return responsible_or_office(user, need) or assisting(user, need)


def acceptor(user, need) -> bool:
    return units_to_accept(user, need).exists()


# Events that the filer does not read, and events that nobody but the filer and the office reads
INSIDE = (
    "need.noted_inside",
    "need.disputed",
    "need.ruling_chased",
    "need.ruled",
    "need.notice_issued",
)
DOUBTED = ("need.suggestion_doubted", "need.suggestion_trusted")  # the whole park's only
ASKED = ("need.cofiling_asked", "need.cofiling_dropped", "need.cofiling_refused")


def reads_inside(user, need) -> bool:
    """Who reads what was noted for those who work on it: not who filed it."""
    if roles.has_role(user, *roles.WHOLE_PARK):
        return True
    return responsible(user, need) or dispatched(user, need) or assisting(user, need)


def unread_events(user, need) -> list[str]:
    """Names of events in the history of a need that a party of it does not read."""
    inside = [] if reads_inside(user, need) else INSIDE
    doubted = [] if roles.has_role(user, *roles.WHOLE_PARK) else DOUBTED
    return [*inside, *doubted, *([] if filer_or_office(user, need) else ASKED)]


# ── The table ───────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Step:
    """A verb on a need: in words, from which statuses, by whom, and what else stands in its way
    at a moment, in a sentence."""

    word: Promise
    who: Callable[..., bool]
    sources: frozenset[str]
    unless: Callable[[Need, datetime], str]


def _step(word, who, *sources, unless=conditions.nothing) -> Step:
    return Step(word, who, frozenset(sources), unless)


STEPS = {
    # Review
    "change": _step(gettext_lazy("修改"), filer_or_office, Status.SUBMITTED, Status.RETURNED),
    "publish": _step(gettext_lazy("发布"), office, Status.SUBMITTED),
    "return": _step(gettext_lazy("退回补充"), office, Status.SUBMITTED),
    "decline": _step(gettext_lazy("不予受理"), office, Status.SUBMITTED),
    "appeal": _step(gettext_lazy("申诉"), filer, Status.DECLINED, unless=conditions.appealed),
    "rule-appeal": _step(gettext_lazy("答复申诉"), office, Status.APPEALED),
    "merge": _step(gettext_lazy("并案"), office, Status.SUBMITTED, Status.PUBLISHED),
    # Who is responsible
    "dispatch": _step(gettext_lazy("派单"), office, Status.SUBMITTED, Status.PUBLISHED),
    "accept": _step(gettext_lazy("接单"), acceptor, Status.PUBLISHED, Status.DISPATCHED),
    "object": _step(
        gettext_lazy("提出异议"), dispatched, Status.DISPATCHED, unless=conditions.no_objection
    ),
    "rule": _step(gettext_lazy("裁定异议"), office, Status.DISPUTED),
    "reassign": _step(gettext_lazy("转办"), office, Status.DISPATCHED, *CARRIED),
    # Work
    "contact": _step(gettext_lazy("登记联系企业"), responsible_or_office, *CARRIED),
    "match": _step(
        gettext_lazy("对接项目"), responsible_or_office, *CARRIED, unless=conditions.joined
    ),
    "offer": _step(gettext_lazy("提交解决方案"), responsible_or_office, Status.IN_PROGRESS),
    "note": _step(gettext_lazy("填写办理记录"), works_on_it, *CARRIED, Status.OFFERED),
    "state": _step(
        gettext_lazy("提交月报"),
        responsible_or_office,
        *CARRIED,
        unless=conditions.not_long_term,
    ),
    "extend": _step(
        gettext_lazy("申请延期"), responsible, *CARRIED, unless=conditions.no_extension
    ),
    "decide-extension": _step(
        gettext_lazy("答复延期申请"), office, *CARRIED, unless=conditions.not_asked
    ),
    "ask-help": _step(gettext_lazy("请单位协办"), responsible_or_office, *CARRIED),
    "finish-help": _step(
        gettext_lazy("报告协办完成"), assisting, *CARRIED, unless=conditions.helped
    ),
    "release-help": _step(
        gettext_lazy("解除协办"), responsible_or_office, *CARRIED, unless=conditions.no_help
    ),
    "hold": _step(gettext_lazy("暂停计时"), office, *CARRIED, unless=conditions.on_hold),
    "resume": _step(
        gettext_lazy("恢复计时"), responsible_or_office, *CARRIED, unless=conditions.not_on_hold
    ),
    "long-term": _step(gettext_lazy("转为长期办理"), office, *CARRIED, unless=conditions.long_term),
    "end-long-term": _step(
        gettext_lazy("结束长期办理"), office, *CARRIED, unless=conditions.not_long_term
    ),
    "reply": _step(gettext_lazy("补充情况"), filers, *Need.OPEN, Status.MERGED),
    # The answer of the enterprise
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
    """The units for which this person may accept a need: those that it was dispatched to, or
    else any of its audience."""
    own = roles.places(user, roles.UNIT)
    if need.dispatched_to_id:
        return Unit.objects.filter(pk=need.dispatched_to_id).filter(pk__in=own)
    return need.audience_units(on).filter(pk__in=own)


def require(allowed: bool) -> None:
    if not allowed:
        raise NotYours


def check(need, verb: str, by=None, at: datetime | None = None) -> None:
    """Raises NotYours for the wrong person (not asked of the system, `by=None`), then
    StepRefused for the wrong status, or for what else stands in the way at that moment."""
    step = STEPS[verb]
    if verb == "accept":
        _check_free(need, by)
    require(by is None or step.who(by, need))
    if need.status not in step.sources:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能%(word)s。")
            % {"name": need.public_name, "now": need.get_status_display(), "word": step.word}
        )
    if why := step.unless(need, at or timezone.now()):
        raise StepRefused(why)


def _check_free(need, by) -> None:
    """Whoever might have taken it hears which unit was faster."""
    unit = need.accepted_by or need.dispatched_to
    if unit is None or (
        by is not None
        and not need.audience_units().filter(pk__in=roles.places(by, roles.UNIT)).exists()
    ):
        return
    if need.accepted_by:
        raise StepRefused(_("这条需求已由“%(unit)s”接单。") % {"unit": unit})
    if by is not None and not dispatched(by, need):
        raise StepRefused(_("这条需求已派给“%(unit)s”。") % {"unit": unit})


def may(user, need, verb: str, at: datetime | None = None) -> bool:
    """Whether this person may take a step now."""
    step = STEPS[verb]
    is_time = need.status in step.sources and step.who(user, need)
    return is_time and not step.unless(need, at or timezone.now())


def verbs(user, need, at: datetime | None = None) -> list[str]:
    """The steps that this person may take now, in the order of the loop."""
    at = at or timezone.now()
    return [verb for verb in STEPS if may(user, need, verb, at)]

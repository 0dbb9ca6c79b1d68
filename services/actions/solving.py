"""A solution is offered, answered by the enterprise itself or by its silence; it is taken off the
list."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import calendar, events
from nanchuan.kernel.states import StepRefused
from services import conditions
from services.actions import cases, clocks, endings, project_needs
from services.actions.holding import hold
from services.actions.remarks import remark
from services.actions.rights import check, speaks_for
from services.models import Clock, Need, Pause, Remark, Solution

Status, Kind = Need.Status, Clock.Kind
CONTENT = Solution.Rating.FAIR  # below, one says so twice


@transaction.atomic
def offer(
    need: Need, *, text: str, public_summary: str = "", by: User, at: datetime | None = None
) -> Solution:
    """The responsible unit says how it was solved (提交解决方案); the enterprise answers."""
    hold(need)
    at = at or timezone.now()
    check(need, "offer", by)
    need.step_to(Status.OFFERED, long_term_since=None)
    solution = Solution.objects.create(
        need=need, text=text, public_summary=public_summary, offered_at=at, offered_by=by
    )
    clocks.finish(need, Kind.SOLVE, at=at)
    endings.end_work(need, at)
    clocks.pause(need, Pause.Why.ENTERPRISE, at=at)
    events.record("need.offered", subject=need, by=by, at=at)
    return solution


@transaction.atomic
def confirm(  # noqa: PLR0913
    need: Need,
    *,
    rating: int,
    comment: str = "",
    despite: bool = False,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """The enterprise itself confirms and rates (确认并评价): solved from this moment.

    Only people of the filing unit, and nobody who also speaks for the responsible unit. Who is
    not content says that it is solved `despite` that, and why.
    """
    hold(need)
    at = at or timezone.now()
    check(need, "confirm", by)
    if by is not None and speaks_for(by, need.accepted_by_id):
        raise StepRefused(
            _("您同时代表责任单位“%(unit)s”，请由提出单位的其他同志（如联络员）确认。")
            % {"unit": need.accepted_by}
        )
    if rating not in Solution.Rating.values:
        raise StepRefused(_("请从五档评价中选择一档。"))
    if rating < CONTENT and not (despite and comment.strip()):
        raise StepRefused(_("评价为不满意时，请说明原因，并勾选“问题已解决，但对过程不满意”。"))
    need.step_to(Status.SOLVED)
    _standing(need).update(confirmed_at=at, rating=rating, comment=comment)
    clocks.resume(need, Pause.Why.ENTERPRISE, at=at)
    events.record("need.confirmed", subject=need, by=by, at=at, rating=rating)


@transaction.atomic
def confirm_silent(need: Need, *, at: datetime | None = None) -> None:
    """The enterprise said nothing for some working days: taken to have confirmed, not rated, and
    counted apart (到期自动确认)."""
    hold(need)
    at = at or timezone.now()
    check(need, "confirm")
    solution = _standing(need).get()
    if timezone.localdate(at) <= silent_until(need, solution):
        raise StepRefused(_("企业答复的期限还没有到。"))
    need.step_to(Status.SOLVED)
    _standing(need).update(confirmed_at=at, automatically=True)
    clocks.resume(need, Pause.Why.ENTERPRISE, at=at)
    events.record("need.confirmed_silently", subject=need, at=at)


def silent_until(need: Need, solution: Solution) -> date:
    """The last day on which the enterprise may answer."""
    days = conditions.limit(need, "confirm_days")
    return calendar.working_days_after(timezone.localdate(solution.offered_at), days)


def confirm_silent_due(now: datetime | None = None) -> int:
    """All that are due, each by itself: the answer that came first stands."""
    now = now or timezone.now()
    waiting = Solution.objects.filter(
        refused_at=None, reopened_at=None, confirmed_at=None, need__status=Status.OFFERED
    )
    done = 0
    for solution in waiting.select_related("need__charter").order_by("offered_at", "pk"):
        if timezone.localdate(now) <= silent_until(solution.need, solution):
            continue
        try:
            confirm_silent(solution.need, at=now)
        except StepRefused:
            continue
        done += 1
    return done


@transaction.atomic
def refuse(need: Need, *, reason: str, by: User, at: datetime | None = None) -> None:
    """The enterprise is not content (退回方案): the work goes on, with all its days anew."""
    hold(need)
    at = at or timezone.now()
    check(need, "refuse", by)
    _standing(need).update(refused_at=at, refusal=reason)
    _set_back(need, at)
    events.record("need.refused", subject=need, by=by, at=at)
    _for_the_meeting(need, at)


@transaction.atomic
def close(need: Need, *, by: User | None, at: datetime | None = None) -> None:
    """The office takes a confirmed need off the list (销号). It stays solved."""
    hold(need)
    at = at or timezone.now()
    check(need, "close", by)
    need.step_to(Status.CLOSED, closed_at=at)
    events.record("need.closed", subject=need, by=by, at=at)


@transaction.atomic
def reopen(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """It was not solved after all (重新办理): from this moment it is not counted as solved,
    as of any earlier day it still is."""
    hold(need)
    at = at or timezone.now()
    check(need, "reopen", by)
    _standing(need).update(reopened_at=at)
    remark(need, Remark.Step.REOPENED, reason, by, at)
    _set_back(need, at, closed_at=None)
    project_needs.reopened(need, at=at)
    events.record("need.reopened", subject=need, by=by, at=at)
    _for_the_meeting(need, at)


def _set_back(need, at, **facts) -> None:
    need.step_to(Status.IN_PROGRESS, setbacks=need.setbacks + 1, **facts)
    clocks.resume(need, Pause.Why.ENTERPRISE, at=at)
    clocks.begin(need, Kind.SOLVE, at=at, unit=need.accepted_by)


def _for_the_meeting(need, at) -> None:
    """After some setbacks the next joint meeting speaks of it."""
    if need.setbacks >= conditions.limit(need, "setbacks_to_meeting"):
        cases.to_meeting(need, at)


def _standing(need):
    """The one solution that was neither refused nor reopened."""
    return Solution.objects.filter(need=need, refused_at=None, reopened_at=None)

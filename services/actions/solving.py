"""A solution is offered, confirmed or refused by the enterprise, the need taken off the list."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.remarks import remark
from services.actions.rights import check, speaks_for
from services.models import Need, Remark, Solution

Status = Need.Status


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
    remark(need, Remark.Step.REOPENED, reason, by, at)
    events.record("need.reopened", subject=need, by=by, at=at)


def _standing(need):
    """The one solution that was neither refused nor reopened."""
    return Solution.objects.filter(need=need, refused_at=None, reopened_at=None)

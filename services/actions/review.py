"""The office reviews what was filed (审核), and once more what it declined, if asked (申诉)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions import bookings, clocks
from services.actions.holding import hold
from services.actions.remarks import remark
from services.actions.rights import check
from services.models import Appeal, Clock, Need, Pause, Remark

Status = Need.Status
LEADS = (Status.SUBMITTED, *Need.PUBLISHED)  # what a duplicate may be merged into
COUNTED = Need.PUBLISHED


@transaction.atomic
def publish(
    need: Need,
    *,
    public_title: str | None = None,
    is_complex: bool | None = None,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """Passed review (审核发布): collected from this moment, and anybody of its audience may take
    it. The office may put what others read of it in other words."""
    hold(need)
    at = at or timezone.now()
    check(need, "publish", by)
    need.step_to(Status.PUBLISHED, reviewed_at=at, **reviewed(need, public_title, is_complex))
    clocks.finish(need, Clock.Kind.REVIEW, at=at)
    clocks.begin(need, Clock.Kind.ACCEPT, at=at)
    events.record("need.published", subject=need, by=by, at=at)


def reviewed(need: Need, public_title: str | None, is_complex: bool | None) -> dict:
    """What the office decides when it lets a need pass, as facts of that step."""
    if public_title is not None:
        need.public_title = public_title
    if is_complex is not None:
        need.is_complex = is_complex
    need.refresh_words()
    names = ("public_title", "is_complex", "words", "public_words")
    return {name: getattr(need, name) for name in names}


@transaction.atomic
def send_back(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The office asks for more (退回补充); its own clock waits for the enterprise."""
    hold(need)
    at = at or timezone.now()
    check(need, "return", by)
    need.step_to(Status.RETURNED)
    remark(need, Remark.Step.RETURNED, reason, by, at)
    clocks.pause(need, Pause.Why.ENTERPRISE, at=at, by=by)
    events.record("need.returned", subject=need, by=by, at=at)


@transaction.atomic
def decline(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """The office does not take it on (未受理). Its filer may appeal once."""
    hold(need)
    at = at or timezone.now()
    check(need, "decline", by)
    need.step_to(Status.DECLINED)
    remark(need, Remark.Step.DECLINED, reason, by, at)
    clocks.finish(need, Clock.Kind.REVIEW, at=at)
    bookings.release_of(need, _("需求未受理。"), by=by, at=at)
    events.record("need.declined", subject=need, by=by, at=at)


@transaction.atomic
def appeal(need: Need, *, reason: str, by: User, at: datetime | None = None) -> Appeal:
    """The filer asks to look again (申诉): once, and the leaders of the park hear of it."""
    hold(need)
    at = at or timezone.now()
    check(need, "appeal", by, at)
    need.step_to(Status.APPEALED)
    made = Appeal.objects.create(need=need, reason=reason, appealed_at=at, appealed_by=by)
    clocks.begin(need, Clock.Kind.REVIEW, at=at)
    events.record("need.appealed", subject=need, by=by, at=at)
    return made


@transaction.atomic
def rule_appeal(
    need: Need, *, is_upheld: bool, answer: str, by: User | None, at: datetime | None = None
) -> None:
    """The answer is final: it is reviewed like any other, or stays declined."""
    hold(need)
    at = at or timezone.now()
    check(need, "rule-appeal", by)
    need.step_to(Status.SUBMITTED if is_upheld else Status.DECLINED)
    Appeal.objects.filter(need=need).update(
        ruled_at=at, ruled_by=by, is_upheld=is_upheld, answer=answer
    )
    clocks.finish(need, Clock.Kind.REVIEW, at=at)
    if is_upheld:
        clocks.begin(need, Clock.Kind.REVIEW, at=at)
    else:
        bookings.release_of(need, _("需求未受理。"), by=by, at=at)
    events.record("need.appeal_ruled", subject=need, by=by, at=at, upheld=is_upheld)


@transaction.atomic
def merge(
    need: Need, *, into: Need, reason: str = "", by: User | None, at: datetime | None = None
) -> None:
    """The same was asked for before (并案): worked on and counted as that one. Who filed this
    one keeps its page, which says how far the other is."""
    hold(need, into)
    at = at or timezone.now()
    check(need, "merge", by)
    _check_lead(need, into)
    need.step_to(Status.MERGED, merged_into=into)
    need.merged.update(merged_into=into)
    remark(need, Remark.Step.MERGED, reason or into.number, by, at)
    clocks.stop(need, at=at)
    bookings.merge(need, into, by=by, at=at)
    events.record("need.merged", subject=need, by=by, at=at, into=into.number)


def _check_lead(need, into) -> None:
    if into.pk == need.pk or into.status not in LEADS:
        raise StepRefused(_("只能并入另一条正在办理或已办结的需求。"))
    if need.status == Status.PUBLISHED and into.status not in COUNTED:
        # Else a need that was collected already would be counted no more.
        raise StepRefused(_("“%(number)s”还没有通过审核，请先审核。") % {"number": into.number})

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.holding import hold
from services.actions.rights import office, require
from services.models import Need, Remark, Resource, SuggestionRemark


def remark(need: Need, step: str, text: str, by: User | None, at: datetime | None) -> None:
    """Keep the reason that was given with a step."""
    Remark.objects.create(
        need=need, step=step, text=text, written_by=by, written_at=at or timezone.now()
    )


# ── What the office says of a suggestion ────────────────────────────────────────────────────


def may_doubt(user, need: Need, resource: Resource) -> bool:
    """Whether this person may say that a resource is no answer to a need."""
    is_suggested = need.is_open and resource.status == Resource.Status.AVAILABLE
    return is_suggested and office(user)


@transaction.atomic
def doubt(  # noqa: PLR0913
    need: Need,
    *,
    resource: Resource,
    why: str,
    is_other_matter: bool,
    by: User | None,
    at: datetime | None = None,
) -> SuggestionRemark:
    """The office says that a resource is no answer to a need (推荐得不对), and why: the need is
    not offered it any more. About another matter altogether, it stands lower for others too."""
    hold(need)
    at = at or timezone.now()
    require(by is None or office(by))
    resource.refresh_from_db(fields=["status"])
    if not need.is_open:
        raise StepRefused(_("这条需求已经办结，不再推荐资源。"))
    if resource.status != Resource.Status.AVAILABLE:
        raise StepRefused(_("这项资源目前不提供，不会被推荐。"))
    if SuggestionRemark.objects.standing().filter(need=need, resource=resource).exists():
        raise StepRefused(_("已经有人指出过这条推荐不对。要改写意见，请先收回原来的。"))
    made = SuggestionRemark.objects.create(
        need=need, resource=resource, why=why, is_other_matter=is_other_matter, by=by, at=at
    )
    number = resource.number
    events.record("need.suggestion_doubted", subject=need, by=by, at=at, resource=number)
    return made


@transaction.atomic
def trust(remark: SuggestionRemark, *, by: User | None, at: datetime | None = None) -> None:
    """The office takes back what it said of a suggestion (收回意见)."""
    hold(remark.need)
    at = at or timezone.now()
    require(by is None or office(by))
    remark.refresh_from_db()
    if remark.taken_back_at:
        raise StepRefused(_("这条意见已经收回。"))
    remark.taken_back_at, remark.taken_back_by = at, by
    remark.save(update_fields=["taken_back_at", "taken_back_by"])
    number = remark.resource.number
    events.record("need.suggestion_trusted", subject=remark.need, by=by, at=at, resource=number)

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import conversions, items
from alliance.models import ActionItem
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused
from services.actions.holding import hold
from services.actions.rights import check, office, require, speaks_for
from services.actions.work import contacted
from services.models import Commitment, Need, ProgressNote, Project, ProjectNeed, Resource

WHOLE = 100  # percent
LONGEST_NAME = Project._meta.get_field("name").max_length


@transaction.atomic
def start(
    need: Need,
    *,
    name: str,
    resources: Iterable[Resource],
    by: User | None,
    at: datetime | None = None,
) -> Project:
    """Join an accepted need to resources (对接): matched from this moment.

    The responsible unit leads the project. Raises StepRefused without a resource, or with one
    that cannot be had on that day; what the unit gives itself need not be reviewed first.
    """
    hold(need)
    at = at or timezone.now()
    on = timezone.localdate(at)
    check(need, "match", by)
    resources = list({resource.pk: resource for resource in resources}.values())
    _check_resources(resources, need.accepted_by_id, on)
    if need.status == Need.Status.ACCEPTED:
        need.step_to(Need.Status.IN_PROGRESS)
    contacted(need, at)
    project = Project.objects.create(
        number=next_number("项", on.year),  # data
        name=name,
        lead=need.accepted_by,
        starts_on=on,
        status=Project.Status.ACTIVE,
    )
    ProjectNeed.objects.create(project=project, need=need, joined_at=at)
    Commitment.objects.bulk_create(
        Commitment(project=project, unit_id=resource.unit_id, resource=resource, committed_at=at)
        for resource in resources
    )
    events.record("project.started", subject=project, by=by, at=at)
    events.record("need.matched", subject=need, by=by, at=at)
    return project


@transaction.atomic
def begin(item: ActionItem, *, by: User | None, at: datetime | None = None) -> Project:
    """What a meeting resolved is carried on as a project (转为项目) of the responsible unit; of
    two clicks the second is answered with the project that stands already."""
    items.hold(item)
    at = at or timezone.now()
    require(by is None or office(by) or speaks_for(by, item.unit_id))
    if standing := item.projects.first():
        return standing
    conversions.check_open(item)
    on = timezone.localdate(at)
    project = Project.objects.create(
        number=next_number("项", on.year),  # data
        name=item.text[:LONGEST_NAME],
        lead=item.unit,
        starts_on=on,
        item=item,
    )
    events.record("project.started", subject=project, by=by, at=at)
    return project


def _check_resources(resources, lead, on):
    if not resources:
        raise StepRefused(_("请至少选择一项资源。"))
    missing = [
        resource.title
        for resource in resources
        if not (resource.is_available(on) or _is_own(resource, lead, on))
    ]
    if missing:
        raise StepRefused(
            _("以下资源目前不可用，请另选：%(names)s。") % {"names": "、".join(missing)}
        )


def _is_own(resource, lead, on) -> bool:
    waits = resource.status == Resource.Status.SUBMITTED
    return waits and resource.unit_id == lead and resource.is_free_on(on)


@transaction.atomic
def note(
    project: Project, *, text: str, percent: int, by: User, at: datetime | None = None
) -> ProgressNote:
    """The lead unit or the office writes what was done (填写进展), in percent 0 to 100."""
    at = at or timezone.now()
    require(office(by) or speaks_for(by, project.lead_id))
    if not 0 <= percent <= WHOLE:
        raise StepRefused(_("进度应在 0 到 100 之间。"))
    if project.status == Project.Status.PLANNED:
        project.step_to(Project.Status.ACTIVE)
    unit = project.lead if speaks_for(by, project.lead_id) else None
    written = ProgressNote.objects.create(
        project=project, unit=unit, text=text, percent=percent, written_by=by, written_at=at
    )
    events.record("project.progressed", subject=project, by=by, at=at, percent=percent)
    return written

"""The plan of a year (工作计划): made from duties, changed and carried out by the secretary."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members import planning
from members.actions import activities
from members.models import Activity, ActivityKind, Organization, PlannedActivity
from nanchuan.kernel import calendar, events
from nanchuan.kernel.states import StepRefused

STARTS_AT = 15  # o'clock, of a record begun from the plan; the secretary puts it right


@transaction.atomic
def propose(
    organization: Organization, year: int, *, day: int, by, at: datetime | None = None
) -> int:
    """Fill the plan of a year from the duties of the organization (从应开展的活动生成计划).

    `day` of the month, 1–28, moved to the next working day. Periods that are over are not planned
    any more, and one that is running from today on; the lines that are there, and those that
    were dropped, stay as they are. Answers how many lines came to be.
    """
    kinds = ActivityKind.objects.open_to_all().filter(is_offered=True)  # talks are not planned
    kinds = {kind.code: kind for kind in kinds}
    today = timezone.localdate(at)
    rows = [
        PlannedActivity(
            organization=organization,
            kind=kinds[want.kind],
            planned_on=_on(want, day, today),
            duty=want.duty,
            period=want.first,
            number=want.number,
            added_by=by,
            added_at=at or timezone.now(),
        )
        for want in planning.wanted(organization, year)
        if want.kind in kinds and want.last >= today
    ]
    before = organization.planned_activities.count()
    PlannedActivity.objects.bulk_create(rows, ignore_conflicts=True)
    made = organization.planned_activities.count() - before
    if made:
        events.record("plan.proposed", subject=organization, by=by, at=at, year=year, lines=made)
    return made


def _on(want: planning.Wanted, day: int, today: date) -> date:
    """The day, or the next working day that its month still has; of a period that is running
    not before today."""
    wanted = want.month.replace(day=day)
    worked = calendar.next_working_day(wanted)
    if worked.month == wanted.month:
        wanted = worked
    return wanted if wanted >= today else min(calendar.next_working_day(today), want.last)


@transaction.atomic
def add(organization: Organization, *, by, at: datetime | None = None, **facts) -> PlannedActivity:
    """The secretary adds a line of the branch's own. `facts`: kind, planned_on, title, note."""
    _check(organization, facts["planned_on"])
    planned = PlannedActivity.objects.create(
        organization=organization, added_by=by, added_at=at or timezone.now(), **facts
    )
    events.record("plan.added", subject=organization, by=by, at=at, on=facts["planned_on"])
    return planned


@transaction.atomic
def change(planned: PlannedActivity, *, by, at: datetime | None = None, **facts) -> PlannedActivity:
    """Another day, kind or title. Raises StepRefused once its record was begun."""
    planned = _held(planned)
    changed = sorted(name for name, value in facts.items() if getattr(planned, name) != value)
    if not changed:
        return planned
    _check(planned.organization, facts.get("planned_on", planned.planned_on))
    for name in changed:
        setattr(planned, name, facts[name])
    planned.save(update_fields=changed)
    events.record("plan.changed", subject=planned.organization, by=by, at=at, fields=changed)
    return planned


@transaction.atomic
def drop(planned: PlannedActivity, *, reason: str, by, at: datetime | None = None) -> None:
    """It will not take place, for a reason; the duty stays what it is (不开展)."""
    planned = _held(planned)
    if not reason.strip():
        raise StepRefused(_("请写明为什么不开展。"))
    PlannedActivity.objects.filter(pk=planned.pk).update(dropped_because=reason.strip()[:200])
    events.record("plan.dropped", subject=planned.organization, by=by, at=at, what=str(planned))


@transaction.atomic
def restore(planned: PlannedActivity, *, by, at: datetime | None = None) -> None:
    planned = _held(planned)
    PlannedActivity.objects.filter(pk=planned.pk).update(dropped_because="")
    events.record("plan.restored", subject=planned.organization, by=by, at=at, what=str(planned))


@transaction.atomic
def hold(planned: PlannedActivity, *, by, at: datetime | None = None) -> Activity:
    """It took place as planned (按计划已开展): a draft with what is known, to look over and send.

    The second of two taps gets the draft of the first. Raises StepRefused before the day.
    """
    planned = PlannedActivity.objects.select_for_update(of=("self",), no_key=True).get(
        pk=planned.pk
    )
    if planned.activity_id and planned.activity.status != Activity.Status.WITHDRAWN:
        return planned.activity
    if planned.kind.is_private:
        raise StepRefused(_("谈心谈话由参加的同志在“谈心谈话”里记录。"))
    if planned.planned_on > timezone.localdate(at):
        raise StepRefused(_("计划日期还没有到。如果提前开展了，请先改期，再记录。"))
    draft = activities.draft(
        planned.organization,
        kind=planned.kind,
        title=planned.title,
        starts_at=timezone.make_aware(
            datetime(  # noqa: DTZ001
                planned.planned_on.year, planned.planned_on.month, planned.planned_on.day, STARTS_AT
            )
        ),
        by=by,
        at=at,
    )
    PlannedActivity.objects.filter(pk=planned.pk).update(activity=draft, dropped_because="")
    return draft


def _held(planned) -> PlannedActivity:
    planned = _locked(planned)
    if _is_begun(planned):
        raise StepRefused(_("已经按这一项开始记录，不能再改计划。"))
    return planned


def _locked(planned) -> PlannedActivity:
    rows = PlannedActivity.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("organization", "kind").get(pk=planned.pk)


def _is_begun(planned) -> bool:
    return bool(planned.activity_id) and planned.activity.status != Activity.Status.WITHDRAWN


def _check(organization, day) -> None:
    organization.check_in_being(day)

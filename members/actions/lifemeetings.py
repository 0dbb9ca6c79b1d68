"""The meeting of organizational life (组织生活会): what comes before it, that it was held, and what
is put right afterwards."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.actions import urns
from members.actions.appraisals import check_not_before
from members.models import (
    Activity,
    Appraisal,
    LifeMeeting,
    LifePart,
    Membership,
    Organization,
    PartyMember,
    Rectification,
    SuggestionBox,
)
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

Status = LifeMeeting.Status
KIND = "organizational_life"
FEWEST_WRITERS = 5  # fewer could not stay unknown
MOST_OPINIONS = 500


@transaction.atomic
def begin(  # noqa: PLR0913
    organization: Organization,
    *,
    theme: str,
    planned_on: date,
    opinions_until: date,
    by,
    appraisal: Appraisal | None = None,
    at: datetime | None = None,
) -> LifeMeeting:
    """A meeting is prepared with the members of today (筹备组织生活会).

    There is a box for opinions without a name where enough people could have written; it stands
    open for a night at least, so that its opening does not follow at once upon what is written.
    """
    today = timezone.localdate(at)
    organization.check_in_being(today)
    _check_days(opinions_until, planned_on, today)
    if appraisal and appraisal.organization_id != organization.pk:
        raise StepRefused(_("只能结合本支部的民主评议。"))
    rows = Membership.objects.counted(today)
    rows = rows.filter(organization__in=_places(organization, today))
    people = sorted(rows.order_by().values_list("member", flat=True))
    if not people:
        raise StepRefused(_("这个党组织现在没有党员。"))
    moment = {"opened_at": at} if at else {}
    meeting = LifeMeeting.objects.create(
        organization=organization,
        theme=theme,
        planned_on=planned_on,
        opinions_until=opinions_until,
        appraisal=appraisal,
        opened_by=by,
        **moment,
    )
    LifePart.objects.bulk_create(LifePart(meeting=meeting, member_id=pk) for pk in people)
    if len(people) >= FEWEST_WRITERS:
        if opinions_until <= today:
            raise StepRefused(_("有匿名意见箱的，征求意见至少开到第二天。"))
        SuggestionBox.objects.create(meeting=meeting, sealed=urns.seal([]))
    events.record("lifemeeting.opened", subject=meeting, by=by, at=at, people=len(people))
    return meeting


def _places(organization, on):
    groups = Organization.objects.current(on).filter(
        path__startswith=organization.path, kind=Organization.Kind.PARTY_GROUP
    )
    return [organization.pk, *groups.values_list("pk", flat=True)]


def _check_days(opinions_until, planned_on, opened_on):
    if opinions_until > planned_on:
        raise StepRefused(_("征求意见应在会议以前截止。"))
    check_not_before(opinions_until, opened_on)


@transaction.atomic
def change(meeting: LifeMeeting, *, by, at: datetime | None = None, **facts) -> None:
    """Theme and days (更改安排).

    While the box stands, its last day moves only later, whether or not somebody has written: else
    who leads could open it after the first opinion, and a refusal would tell that there is one.
    """
    held = _hold(meeting)
    if not held.is_open:
        raise StepRefused(_("会议已经召开或取消，安排不能再改。"))
    opened_on = timezone.localdate(held.opened_at)
    _check_days(facts["opinions_until"], facts["planned_on"], opened_on)
    is_earlier = facts["opinions_until"] < held.opinions_until
    if is_earlier and SuggestionBox.objects.filter(meeting=held).exists():
        raise StepRefused(
            _(
                "匿名意见箱已告知大家开到 %(day)s，只能延后，不能提前。"
                "日期填错的，请取消这次会议，重新筹备。"
            )
            % {"day": held.opinions_until}
        )
    changed = sorted(name for name, value in facts.items() if getattr(held, name) != value)
    LifeMeeting.objects.filter(pk=held.pk).update(**facts)
    for name, value in facts.items():
        setattr(meeting, name, value)
    if changed:
        events.record("lifemeeting.changed", subject=meeting, by=by, at=at, fields=changed)


def _hold(meeting) -> LifeMeeting:
    return LifeMeeting.objects.select_for_update().get(pk=meeting.pk)


@transaction.atomic
def suggest(meeting: LifeMeeting, *, text: str) -> None:
    """An opinion without a name (匿名意见). No event, no bit, no moment; the texts are sealed anew
    in the order of their words."""
    box = SuggestionBox.objects.select_for_update().filter(meeting=meeting).first()
    if box is None:
        raise StepRefused(_("意见箱没有设置或已经打开，这次没有提交。"))
    texts = set(urns.unseal(box.sealed)) | {text}
    if len(texts) > MOST_OPINIONS:
        raise StepRefused(_("意见箱已满。"))
    SuggestionBox.objects.filter(pk=box.pk).update(sealed=urns.seal(sorted(texts)))


@transaction.atomic
def write(part: LifePart, *, at: datetime | None = None, **texts) -> None:
    """Somebody's own check list before the meeting, own notes of criticism until it is closed."""
    held = _hold(part.meeting)
    if held.status in (Status.CLOSED, Status.CANCELLED):
        raise StepRefused(_("会议已经结束，不能再填写。"))
    if not held.is_open and texts.get("check_list", part.check_list) != part.check_list:
        raise StepRefused(_("会议已经召开，对照检查不能再改。"))
    for name, value in texts.items():
        setattr(part, name, value)
    part.written_on = timezone.localdate(at)
    part.save(update_fields=[*texts, "written_on"])
    events.record("lifemeeting.written", subject=part.meeting, by=part.member.user, at=at)


@transaction.atomic
def open_box(meeting: LifeMeeting, *, by, at: datetime | None = None) -> None:
    """The opinions are read, once and all together (汇总意见).

    Raises StepRefused before the last day of the box: the first opinion alone, read at once,
    would tell by its hour who wrote it.
    """
    last = _hold(meeting).opinions_until
    meeting.step_to(Status.READY)
    box = SuggestionBox.objects.select_for_update().filter(meeting=meeting).first()
    if box and timezone.localdate(at) < last:
        raise StepRefused(_("意见箱开到 %(day)s，到那一天才能汇总。") % {"day": last})
    texts = urns.unseal(box.sealed) if box else []
    meeting.opinions = texts
    meeting.save(update_fields=["opinions"])
    if box:
        box.delete()
    events.record("lifemeeting.opinions_read", subject=meeting, by=by, at=at, number=len(texts))


@transaction.atomic
def hold(meeting: LifeMeeting, *, activity: Activity, by, at: datetime | None = None) -> None:
    """It was held: the record of the activity says when and who came (已召开)."""
    fits = activities_for(meeting).filter(pk=activity.pk)
    if not fits.exists():
        raise StepRefused(_("请选择本支部已提交的组织生活会记录，每条记录只能用一次。"))
    meeting.step_to(Status.HELD, activity=activity)
    events.record("lifemeeting.held", subject=meeting, by=by, at=at)


def activities_for(meeting: LifeMeeting):
    """Records that can be the one of this meeting."""
    rows = Activity.objects.standing().filter(organization=meeting.organization_id, kind__code=KIND)
    since = timezone.localdate(meeting.opened_at)
    return rows.filter(life_meeting=None, starts_at__date__gte=since).newest()


@transaction.atomic
def add_item(  # noqa: PLR0913
    meeting: LifeMeeting,
    *,
    text: str,
    owner: PartyMember,
    due_on: date,
    by,
    at: datetime | None = None,
) -> Rectification:
    """Something is to be put right (列入整改)."""
    if _hold(meeting).status != Status.HELD:
        raise StepRefused(_("会议召开以后、整改完成以前才能列整改事项。"))
    check_not_before(due_on, timezone.localdate(at))
    if not meeting.parts.filter(member=owner).exists():
        raise StepRefused(_("责任人应是参加这次会议的党员。"))
    item = meeting.rectifications.create(text=text, owner=owner, due_on=due_on)
    events.record("rectification.added", subject=item, by=by, at=at)
    return item


@transaction.atomic
def finish_item(item: Rectification, *, outcome: str, by, at: datetime | None = None) -> None:
    """It is put right, and how (完成整改)."""
    done = timezone.localdate(at)
    item.step_to(Rectification.Status.DONE, outcome=outcome, done_on=done)
    events.record("rectification.finished", subject=item, by=by, at=at)


@transaction.atomic
def drop_item(item: Rectification, *, outcome: str, by, at: datetime | None = None) -> None:
    """It is not needed any more, and why."""
    item.step_to(Rectification.Status.DROPPED, outcome=outcome)
    events.record("rectification.dropped", subject=item, by=by, at=at)


@transaction.atomic
def close(meeting: LifeMeeting, *, by, at: datetime | None = None) -> None:
    """Everything is put right (整改完成)."""
    _hold(meeting)
    if open_items := meeting.rectifications.open().count():
        raise StepRefused(_("还有 %(number)d 项整改没有完成。") % {"number": open_items})
    meeting.step_to(Status.CLOSED)
    events.record("lifemeeting.closed", subject=meeting, by=by, at=at)


@transaction.atomic
def cancel(meeting: LifeMeeting, *, reason: str, by, at: datetime | None = None) -> None:
    """It comes to nothing; what is in the box is destroyed unread."""
    meeting.step_to(Status.CANCELLED, reason=reason)
    SuggestionBox.objects.filter(meeting=meeting).delete()
    events.record("lifemeeting.cancelled", subject=meeting, by=by, at=at, reason=reason)

"""A turn does something: when it begins there are duties, and a joint meeting to hold."""

import logging
from datetime import date, datetime, time, timedelta

from django.conf import settings as portal
from django.db import transaction
from django.db.models import F
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance.actions import agenda, duty_steps, handovers, holding, series
from alliance.actions.rights import require
from alliance.models import Duty, DutyItem, DutyKind, Group, Meeting, Regulation, Turn
from alliance.models.regulations import default_duties
from alliance.models.settings import Text
from nanchuan.kernel import calendar, events

LONG = timedelta(hours=2)
logger = logging.getLogger(__name__)

DAY = timedelta(days=1)
# A turn whose beginning was missed still gives some days to invite to its meeting.
AHEAD = timedelta(days=7)


def begin_due(*, at: datetime | None = None, group: Group | None = None) -> int:
    """Begin every turn of today that has a unit and has not begun, or that of one group; returns
    how many did."""
    today = timezone.localdate(at)
    waiting = Turn.objects.current(today).filter(begun_at=None, seat__isnull=False)
    if group is not None:
        waiting = waiting.filter(group=group)
    return sum(_try_to_begin(turn, at) for turn in waiting.order_by("starts_on", "pk"))


def _try_to_begin(turn: Turn, at) -> bool:
    """One turn that cannot begin does not hold up the others; the next sweep tries again."""
    try:
        return begin(turn, at=at)
    except Exception:
        logger.exception("Turn %s could not begin", turn.pk)
        return False


@transaction.atomic
def begin(turn: Turn, *, at: datetime | None = None) -> bool:
    """The turn begins (轮值启动), once: its duties and its draft meeting come to be.

    Answers whether it did: not before its first day, after its last, without a unit, or twice.
    """
    at = at or timezone.now()
    holding.hold([turn.group_id])  # nobody declines it or gives it away meanwhile
    rows = Turn.objects.current(timezone.localdate(at)).filter(seat__isnull=False)
    if not rows.filter(pk=turn.pk, begun_at=None).update(begun_at=at):
        return False
    turn.refresh_from_db()
    series.take_over(turn)
    settings = Regulation.objects.settings(timezone.localdate(at))
    with translation.override(portal.LANGUAGE_CODE):  # what is kept is in the park's language
        duties = _lay_duties(turn)
        _draft_meetings(turn, duties, settings, at)
    events.record("turn.begun", subject=turn, at=at)
    return True


@transaction.atomic
def describe(turn: Turn, *, by, at: datetime | None = None, **facts) -> None:
    """The unit on turn, or the office, says who chairs and what the turn is about."""
    require(by is None or duty_steps.may_work_on(by, turn))
    changed = sorted(name for name, value in facts.items() if getattr(turn, name) != value)
    if changed:
        Turn.objects.filter(pk=turn.pk).update(sequence=F("sequence") + 1, **facts)
        turn.refresh_from_db()
        events.record("turn.described", subject=turn, by=by, at=at, changed=changed)


@transaction.atomic
def reassigned(turn: Turn, *, at: datetime | None = None) -> None:
    """A turn has another unit or ends on another day: what hangs on it follows.

    To be called after each such change, of turns that have begun and of those to come: the
    handover from the turn before goes to whoever arrives now.
    """
    turn.refresh_from_db()
    series.take_over(turn)
    if turn.begun_at is not None:
        if turn.seat_id is not None:
            drafts = turn.meetings.filter(status=Meeting.Status.DRAFT)
            drafts.update(convened_by=turn.seat.unit)
        cut(turn, at=at)
    handovers.open_due(at=at, group=turn.group)


def _items(turn) -> list[DutyItem]:
    """What the rota system asks that the turn was planned under."""
    laid_down = list(turn.regulation.duty_items.all()) if turn.regulation else []
    return laid_down or default_duties()


def _lay_duties(turn) -> list[Duty]:
    rows = [
        Duty(
            turn=turn,
            order=item.order,
            kind=item.kind,
            title=item.title,
            due_on=item.due_on(turn.starts_on, turn.ends_on),
        )
        for item in _items(turn)
    ]
    return Duty.objects.bulk_create(rows)


def _draft_meetings(turn, duties, settings, at) -> None:
    """As many as the meetings system asks for, less those that are there and those that the turn
    before left undone.

    A turn leaves its drafts to the next one, and what it has announced too if it was cut short.
    """
    kind = duty_steps.joint_kind()
    there = turn.meetings.filter(kind=kind).exclude(status=Meeting.Status.CANCELLED)
    meetings = [*there.order_by("starts_at"), *_inherited(turn, at)]
    number = settings["meetings_per_turn"]
    days = _meeting_days(turn, duties, number, timezone.localdate(at))
    for place in range(len(meetings), number):
        meetings.append(_draft(turn, days[place], place, settings, at))
    for duty, meeting in zip(_to_hold(duties), reversed(meetings), strict=False):
        duty.meeting = meeting
        duty.save(update_fields=["meeting"])


def _to_hold(duties) -> list[Duty]:
    return [duty for duty in duties if duty.kind == DutyKind.MEETING]


def _inherited(turn, at) -> list[Meeting]:
    first = timezone.make_aware(datetime.combine(turn.starts_on, time.min))
    before = Turn.objects.filter(group=turn.group, ends_on=turn.starts_on - DAY).first()
    if before is None:
        return []
    statuses = [Meeting.Status.DRAFT]
    if events.history(before).filter(name="turn.cut_short").exists():
        statuses.append(Meeting.Status.CONVENED)
    rows = before.meetings.filter(status__in=statuses, starts_at__gte=first)
    meetings = list(rows.order_by("starts_at"))
    for meeting in meetings:
        meeting.turn, meeting.convened_by = turn, turn.seat.unit
        meeting.save(update_fields=["turn", "convened_by"])
        if meeting.status == Meeting.Status.CONVENED:
            events.record("meeting.taken_over", subject=meeting, at=at)
    return meetings


def _meeting_days(turn, duties, number, today) -> list[date]:
    """The last one by the day on which the duty is due, the others evenly before it."""
    due_on = max([duty.due_on for duty in _to_hold(duties)], default=turn.ends_on)
    length = (due_on - turn.starts_on).days
    return [
        working_day(turn.starts_on + timedelta(days=length * place // number), turn, today)
        for place in range(1, number + 1)
    ]


def working_day(day: date, turn: Turn, today: date) -> date:
    """The day, or the working day before it; within the turn and with time to invite."""
    if day <= today:
        day = min(today + AHEAD, turn.ends_on)
    before = day if calendar.is_working_day(day) else calendar.working_days_before(day, 1)
    return before if before > max(today, turn.starts_on - DAY) else day


def _draft(turn, day, place, settings, at) -> Meeting:
    kind = duty_steps.joint_kind()
    title = f"{turn.period_words}{kind}"
    if settings["meetings_per_turn"] > 1:
        title = _("%(title)s（第 %(number)d 次）") % {"title": title, "number": place + 1}
    starts_at = timezone.make_aware(datetime.combine(day, time(settings["meeting_hour"])))
    meeting = Meeting.objects.create(
        group=turn.group,
        kind=kind,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + LONG,
        convened_by=turn.seat.unit,
        turn=turn,
        regulation=settings.versions.get(Text.MEETINGS),
        status=Meeting.Status.DRAFT,
    )
    agenda.lay(meeting)
    events.record("meeting.drafted", subject=meeting, at=at)
    return meeting


def cut(turn: Turn, *, at: datetime | None = None) -> None:
    """Of a turn that ends earlier than planned: what would be due later is the next unit's, or
    with the end of the group nobody's."""
    reason = _("轮值提前结束，由接任单位办理。")
    if turn.group.ends_on and turn.group.ends_on <= turn.ends_on:
        reason = _("小组解散，不再要求。")
    for duty in turn.duties.open().filter(due_on__gt=turn.ends_on):
        if duty.kind == DutyKind.HANDOVER:
            duty.due_on = turn.ends_on
            duty.save(update_fields=["due_on"])
        else:
            duty_steps.drop(duty, reason=reason, by=None, at=at)

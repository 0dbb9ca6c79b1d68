"""What units want a meeting to speak about (议题): proposed, supported, answered by whoever
convenes. How topics become lines of the agenda stands in `adopting`."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import timeline
from alliance.actions import duty_steps
from alliance.actions.attendance import require_convener
from alliance.actions.holding import hold_meeting
from alliance.actions.inviting import asked_to
from alliance.actions.rights import office, require, speaks_for
from alliance.models import DutyKind, Meeting, Support, Topic
from members.models import Unit
from nanchuan.kernel import calendar, events, roles
from nanchuan.kernel.states import StepRefused

Status = Topic.Status
COLLECTING = (Meeting.Status.DRAFT, Meeting.Status.CONVENED)
MOST_OF_A_UNIT = 20  # for one meeting
FIELDS = ("title", "text", "minutes", "presenter")


# ── Until when, and who ─────────────────────────────────────────────────────────────────────


def due_on(meeting: Meeting) -> date | None:
    """The last day for topics (征集截止), None if nobody asked for any.

    The day of the time line; for a call that came on it or later the next one that leaves time:
    the day of the notice, or else the working day before the meeting.
    """
    if meeting.topics_called_at is None:
        return None
    called_on = timezone.localdate(meeting.topics_called_at)
    steps = timeline.days(timeline.rules(meeting), meeting.starts_at)
    days = {code: day for code, _label, day in steps}
    on = timezone.localdate(meeting.starts_at)
    for day in (days["topics_days"], days["invite_days"], calendar.working_days_before(on, 1)):
        if day > called_on:
            return day
    return on


def is_late(topic: Topic, last: date | None) -> bool:
    """Proposed after the last day (逾期提出)."""
    return last is not None and timezone.localdate(topic.proposed_at) > last


def is_collecting(meeting: Meeting, at: datetime | None = None) -> bool:
    """Topics may be proposed: it was asked for them or announced, and has not begun."""
    if meeting.status == Meeting.Status.DRAFT and meeting.topics_called_at is None:
        return False
    return meeting.status in COLLECTING and (at or timezone.now()) < meeting.starts_at


def asked_units(meeting: Meeting) -> set[int]:
    """The units that may propose: those invited, or of a draft those that would be."""
    if meeting.status == Meeting.Status.DRAFT:
        return set(asked_to(meeting))
    rows = meeting.invitations.standing().order_by()
    return set(rows.values_list("seat__unit", flat=True))


def convenes(user, meeting: Meeting) -> bool:
    return office(user) or speaks_for(user, meeting.convened_by_id)


def may_call(meeting: Meeting, at: datetime | None = None) -> bool:
    """Whether units can still be asked for topics; that is done once."""
    ahead = meeting.status in COLLECTING and (at or timezone.now()) < meeting.starts_at
    return ahead and meeting.topics_called_at is None


# ── The call ────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def call(meeting: Meeting, *, by, at: datetime | None = None) -> None:
    """Ask the units for topics (征集议题). A draft is seen by them from now on.

    Raises StepRefused if they were asked before, or the meeting has begun.
    """
    hold_meeting(meeting)
    at = at or timezone.now()
    require_convener(meeting, by)
    if meeting.topics_called_at is not None:
        raise StepRefused(_("已经征集过议题，各单位收到过通知，不用再发。"))
    if not may_call(meeting, at):
        raise StepRefused(_("会议已开始或已取消，不能再征集议题。"))
    meeting.topics_called_at = at
    meeting.save(update_fields=["topics_called_at"])
    if meeting.turn_id:
        duties = meeting.turn.duties.open().filter(kind=DutyKind.TOPICS, meeting=None)
        duties.update(meeting=meeting)
    events.record("meeting.topics_called", subject=meeting, by=by, at=at)


# ── Units propose ───────────────────────────────────────────────────────────────────────────


def own_units(user, meeting: Meeting, asked: set[int] | None = None) -> set[int]:
    """For which units a person may propose: own ones that are `asked`; the office for each, as
    when it is told by telephone."""
    asked = asked_units(meeting) if asked is None else asked
    return asked if office(user) else asked & set(roles.places(user, roles.UNIT))


@transaction.atomic
def propose(meeting: Meeting, *, unit: Unit, by, at: datetime | None = None, **facts) -> Topic:
    """A unit proposes a topic (提出议题). `facts`: title, text, minutes, presenter.

    After the last day it is still taken, and stands there as late. Raises StepRefused once the
    meeting has begun or is off, or for more than anybody could speak about.
    """
    hold_meeting(meeting)
    at = at or timezone.now()
    require(by is None or unit.pk in own_units(by, meeting))
    _check_collecting(meeting, at)
    if meeting.topics.filter(unit=unit).exclude(status=Status.WITHDRAWN).count() >= MOST_OF_A_UNIT:
        raise StepRefused(
            _("一个单位对一次会议最多提出 %(most)d 项议题。请先撤回不再需要的。")
            % {"most": MOST_OF_A_UNIT}
        )
    topic = Topic.objects.create(
        meeting=meeting, unit=unit, proposed_by=by, proposed_at=at, **facts
    )
    events.record("topic.proposed", subject=topic, by=by, at=at)
    return topic


@transaction.atomic
def edit(topic: Topic, *, by, at: datetime | None = None, **facts) -> None:
    """Its unit writes it better (修改) while it waits for its answer."""
    _hold(topic)
    require(by is None or owns(by, topic))
    _check_waiting(topic, at)
    changed = sorted(name for name, value in facts.items() if getattr(topic, name) != value)
    if not changed:
        return
    for name in changed:
        setattr(topic, name, facts[name])
    topic.save(update_fields=changed)
    events.record("topic.edited", subject=topic, by=by, at=at, changed=changed)


@transaction.atomic
def withdraw(topic: Topic, *, by, at: datetime | None = None) -> None:
    """Its unit takes it back (撤回) before it is answered."""
    _hold(topic)
    require(by is None or owns(by, topic))
    _check_collecting(topic.meeting, at)
    topic.step_to(Status.WITHDRAWN)
    events.record("topic.withdrawn", subject=topic, by=by, at=at)


@transaction.atomic
def support(topic: Topic, *, by, at: datetime | None = None) -> None:
    """Another unit wants it to be spoken about too (附议), once."""
    _hold(topic)
    units = supporting_units(by, topic)
    require(bool(units))
    _check_waiting(topic, at)
    there = set(topic.supports.values_list("unit", flat=True))
    new = [unit for unit in units if unit not in there]
    if not new:
        raise StepRefused(_("您的单位已经附议过这项议题。"))
    Support.objects.bulk_create(
        [Support(topic=topic, unit_id=unit, by=by, at=at or timezone.now()) for unit in new]
    )
    events.record("topic.supported", subject=topic, by=by, at=at)


@transaction.atomic
def unsupport(topic: Topic, *, by, at: datetime | None = None) -> None:
    """A unit takes its support back (撤回附议)."""
    _hold(topic)
    units = supporting_units(by, topic)
    require(bool(units))
    _check_waiting(topic, at)
    if not topic.supports.filter(unit__in=units).delete()[0]:
        raise StepRefused(_("您的单位没有附议这项议题。"))
    events.record("topic.unsupported", subject=topic, by=by, at=at)


def owns(user, topic: Topic) -> bool:
    """Speaks for its unit; the office writes what it was told on the telephone."""
    entered = office(user) and topic.proposed_by_id == user.pk
    return entered or speaks_for(user, topic.unit_id)


def supporting_units(user, topic: Topic) -> list[int]:
    """Own units that are asked to the meeting, other than the one that proposed it."""
    own = asked_units(topic.meeting) & set(roles.places(user, roles.UNIT))
    return sorted(own - {topic.unit_id})


# ── Answers ─────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def defer(topic: Topic, *, reason: str, by, at: datetime | None = None) -> None:
    """Not this time (留待下次): it is offered when the group's next agenda is made."""
    _answer(topic, Status.DEFERRED, "topic.deferred", reason, by, at)


@transaction.atomic
def decline(topic: Topic, *, reason: str, by, at: datetime | None = None) -> None:
    """Not on the agenda (不列入), and why."""
    _answer(topic, Status.DECLINED, "topic.declined", reason, by, at)


def _answer(topic, status, name, reason, by, at):  # noqa: PLR0913, PLR0917
    _hold(topic)
    require_convener(topic.meeting, by)
    if topic.meeting.status == Meeting.Status.CANCELLED:
        raise StepRefused(_("会议已取消，议题可以由下一次会议接过去。"))
    if not reason.strip():
        raise StepRefused(_("请写明原因，提出单位会看到。"))
    topic.step_to(status, reason=reason.strip())
    events.record(name, subject=topic, by=by, at=at)
    duty_steps.topics_settled(topic.meeting, by=by, at=at)


def _hold(topic: Topic) -> None:
    hold_meeting(topic.meeting)
    topic.refresh_from_db(fields=["status", "item", *FIELDS])


def _check_collecting(meeting, at):
    if not is_collecting(meeting, at):
        raise StepRefused(_("会议已开始、已取消或尚未征集议题，不能再提出或更改议题。"))


def _check_waiting(topic, at):
    _check_collecting(topic.meeting, at)
    if topic.status != Status.PROPOSED:
        raise StepRefused(
            _("“%(topic)s”%(status)s，不能再更改或附议。")
            % {"topic": topic, "status": topic.get_status_display()}
        )

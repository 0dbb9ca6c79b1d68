"""What can happen to a duty of a unit on turn (轮值职责)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions.rights import office, require, speaks_for
from alliance.models import Duty, DutyFile, DutyKind, Meeting, MeetingKind, Topic, Turn
from alliance.models.settings import SETTINGS
from nanchuan.kernel import events
from nanchuan.kernel.attaching import attach, take_out
from nanchuan.kernel.states import StepRefused

# What is done by doing it elsewhere in the portal.
BY_ITSELF = {
    DutyKind.MEETING: gettext_lazy("会议登记为已召开后，这项职责自动完成。"),
    DutyKind.HANDOVER: gettext_lazy("交接单三方签字后，这项职责自动完成。"),
}
Status = Duty.Status


def may_work_on(user, turn: Turn) -> bool:
    """The unit on turn and the office."""
    return office(user) or (turn.seat_id is not None and speaks_for(user, turn.seat.unit_id))


def verbs(user, duty: Duty) -> list[str]:
    """What this person may do with a duty now; the actions check the same."""
    if not may_work_on(user, duty.turn):
        return []
    found, by_itself = [], duty.kind in BY_ITSELF
    if duty.status == Status.OPEN and not by_itself:
        found.append("complete")
    if duty.status == Status.OPEN and office(user):
        found.append("drop")
    if duty.status == Status.DONE and not by_itself:
        found.append("reopen")
    if duty.status == Status.DROPPED and office(user):
        found.append("reopen")
    return found


@transaction.atomic
def complete(  # noqa: PLR0913
    duty: Duty,
    *,
    by,
    note: str = "",
    activity=None,
    files=(),
    removed=(),
    at: datetime | None = None,
) -> None:
    """The duty is done (完成), which a word, a file or an activity shows.

    `removed` are files of an earlier attempt. Raises StepRefused without any of the three, and
    for what is done by doing it elsewhere.
    """
    require(by is None or may_work_on(by, duty.turn))
    if duty.kind in BY_ITSELF:
        raise StepRefused(str(BY_ITSELF[duty.kind]))
    for row in removed:
        take_out(row)
    attach(DutyFile, list(files), by=by, at=at, duty=duty)
    if not (note.strip() or activity or duty.files.exists()):
        raise StepRefused(_("请写明完成情况，或者添加附件、选择活动。"))
    _finish(duty, by=by, at=at, note=note.strip(), activity=activity)


@transaction.atomic
def reopen(duty: Duty, *, by, at: datetime | None = None) -> None:
    """It is owed again (重新办理); what was written of it stays until it is done anew."""
    dropped = duty.status == Status.DROPPED
    require(by is None or (office(by) if dropped else may_work_on(by, duty.turn)))
    if duty.status == Status.DONE and duty.kind in BY_ITSELF:
        raise StepRefused(_("这项职责由系统按实际办理情况登记，不能手工改回。"))
    note = "" if dropped else duty.note
    duty.step_to(Status.OPEN, done_at=None, done_by=None, note=note)
    events.record("duty.reopened", subject=duty, by=by, at=at)


@transaction.atomic
def drop(duty: Duty, *, reason: str, by, at: datetime | None = None) -> None:
    """The office asks for it no longer (不再要求), and says why."""
    require(by is None or office(by))
    facts = {"note": reason, "done_at": at or timezone.now(), "done_by": by}
    duty.step_to(Status.DROPPED, **facts)
    events.record("duty.dropped", subject=duty, by=by, at=at)


def joint_kind() -> MeetingKind:
    """The kind of meeting that a unit on turn owes: the first of the kinds in use
    (联席会议)."""
    return MeetingKind.objects.in_use().first() or MeetingKind.objects.first()


def meeting_held(meeting: Meeting, *, by, at: datetime | None = None) -> None:
    """A meeting took place: with as many as its turn owes, the duty to hold it is done."""
    if meeting.turn_id is None:
        return
    rows = meeting.turn.duties.open().filter(kind=DutyKind.MEETING).select_related("meeting")
    for duty in rows:
        if _is_enough(duty, meeting):
            _finish(duty, by=by, at=at, meeting=meeting)


def _is_enough(duty, meeting) -> bool:
    kind = duty.meeting.kind_id if duty.meeting else joint_kind().pk
    if meeting.kind_id != kind:
        return False
    code = "meetings_per_turn"
    owed = meeting.regulation.value(code) if meeting.regulation else SETTINGS[code].default
    rows = Meeting.objects.filter(turn=meeting.turn_id, kind=kind, status=Meeting.Status.HELD)
    return rows.count() >= owed


def topics_settled(meeting: Meeting, *, by, at: datetime | None = None) -> None:
    """Topics were collected for a meeting that is announced, and each has its answer: with one
    on the agenda the duty to collect them is done."""
    called = meeting.turn_id and meeting.topics_called_at
    if not called or meeting.status != Meeting.Status.CONVENED:
        return
    topics = meeting.topics.all()
    adopted = topics.filter(status=Topic.Status.ADOPTED)
    if topics.open().exists() or not adopted.exists():
        return
    for duty in meeting.turn.duties.open().filter(kind=DutyKind.TOPICS):
        _finish(duty, by=by, at=at, meeting=meeting)


def handed_over(turn: Turn, *, by, at: datetime | None = None) -> None:
    """The handover was signed by all: so is the duty to hand over."""
    for duty in turn.duties.open().filter(kind=DutyKind.HANDOVER):
        _finish(duty, by=by, at=at)


def nothing_to_hand_over(turn: Turn, *, reason: str, by=None, at: datetime | None = None) -> None:
    for duty in turn.duties.open().filter(kind=DutyKind.HANDOVER):
        drop(duty, reason=reason, by=by, at=at)


def hand_over_after_all(turn: Turn, *, at: datetime | None = None) -> None:
    rows = turn.duties.filter(kind=DutyKind.HANDOVER, status=Status.DROPPED, done_by=None)
    for duty in rows:
        reopen(duty, by=None, at=at)


def _finish(duty, *, by, at, **facts) -> None:
    at = at or timezone.now()
    duty.step_to(Status.DONE, done_at=at, done_by=by, **facts)
    events.record("duty.done", subject=duty, by=by, at=at)

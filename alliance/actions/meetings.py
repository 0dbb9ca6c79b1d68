"""Everything that can happen to a meeting. Who is reminded of it stands in reminders.py."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance import followup, timeline
from alliance.actions import agenda as agendas
from alliance.actions import attendance, duty_steps, inviting, notes, resolutions
from alliance.models import Group, Meeting, Regulation
from alliance.models.settings import Text
from nanchuan.kernel import calendar, events
from nanchuan.kernel.states import StepRefused

LONGEST = timedelta(hours=12)
FARTHEST = timedelta(days=2 * 366)
CHANGEABLE_WHILE = (Meeting.Status.DRAFT, Meeting.Status.CONVENED)
CHANGEABLE = ("kind", "title", "starts_at", "ends_at", "place", "chair", "recorder")


@transaction.atomic
def convene(
    *,
    group: Group,
    by,
    partners: Collection[Group] = (),
    agenda: str | None = None,
    at: datetime | None = None,
    **values,
) -> Meeting:
    """The unit on turn calls a meeting (召集); the seats of that day are invited.

    `partners` are groups that hold it together with the unit's own. `agenda` has a line for each
    item, None means the template of the kind. `values` are what is announced: kind, title,
    starts_at, ends_at, place, chair, recorder.
    Raises StepRefused if the time has passed or nobody is on turn.
    """
    at = at or timezone.now()
    _check_times(values["starts_at"], values["ends_at"], at)
    today = timezone.localdate(at)
    turn = group.turns.current(today).select_related("seat__unit").first()
    if turn is None or turn.is_open:
        raise StepRefused(_("“%(group)s”目前没有轮值单位，请先排定轮值。") % {"group": group})
    meeting = Meeting.objects.create(
        group=group,
        convened_by=turn.seat.unit,
        turn=turn,
        regulation=Regulation.objects.of(Text.MEETINGS, today),
        **values,
    )
    meeting.partners.set(partner for partner in partners if partner != group)
    agendas.lay(meeting, agenda)
    inviting.invite(meeting)
    events.record("meeting.convened", subject=meeting, by=by, at=at)
    return meeting


@transaction.atomic
def announce(meeting: Meeting, *, by, at: datetime | None = None) -> None:
    """A draft becomes a meeting (发出通知): its seats are invited and hear of it.

    Raises StepRefused without a place, after its time, or if it is no draft any more.
    """
    attendance.require_convener(meeting, by)
    notes.hold(meeting)
    at = at or timezone.now()
    if meeting.status != Meeting.Status.DRAFT:
        raise StepRefused(
            _("“%(meeting)s”%(status)s，不用再发通知。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    if not meeting.place.strip():
        raise StepRefused(_("还没有填写地点。请先完善会议草稿，再发出通知。"))
    _check_times(meeting.starts_at, meeting.ends_at, at)
    meeting.step_to(Meeting.Status.CONVENED)
    inviting.invite(meeting)
    events.record("meeting.convened", subject=meeting, by=by, at=at)
    duty_steps.topics_settled(meeting, by=by, at=at)


@transaction.atomic
def change(  # noqa: PLR0913
    meeting: Meeting,
    *,
    by,
    seen: int,
    at: datetime | None = None,
    partners: Collection[Group] | None = None,
    with_series: bool = False,
    **values,
) -> None:
    """Change what was announced, or a draft (更改). `seen` is the number that the editor saw.

    A new time plans the reminders anew, other `partners` are invited and those that fell out
    hear of it; another change only stands in the history. Changed on its own a meeting of a
    series is an exception of it, `with_series` it is not.
    Raises StepRefused if the meeting is over or cancelled, if it should move although somebody
    came, or somebody else changed it first.
    """
    attendance.require_convener(meeting, by)
    notes.hold(meeting)
    at = at or timezone.now()
    old = {name: getattr(meeting, name) for name in CHANGEABLE}
    new = {name: values[name] for name in CHANGEABLE if values.get(name, old[name]) != old[name]}
    held_with = set(meeting.partners.values_list("pk", flat=True))
    together = held_with if partners is None else {group.pk for group in partners}
    together -= {meeting.group_id}
    changed = [*new, *(["partners"] if together != held_with else [])]
    if not changed:
        return
    _check_changeable(meeting, new, at)
    if meeting.series_id and not with_series:
        new["is_exception"] = True
    _write(meeting, seen, new)
    meeting.partners.set(together)
    if meeting.status == Meeting.Status.DRAFT:
        events.record("meeting.redrafted", subject=meeting, by=by, at=at, changed=changed)
        return
    whose = {"by": by, "at": at}
    moved = "starts_at" in changed
    asked = _ask_anew(meeting, held_with - together, together - held_with, moved, **whose)
    _record_change(meeting, changed, old, asked, **whose)


def _write(meeting, seen, new) -> None:
    """Unless somebody else wrote first."""
    unchanged = Meeting.objects.filter(pk=meeting.pk, sequence=seen, status=meeting.status)
    if not unchanged.update(sequence=seen + 1, **new):
        raise StepRefused(
            _("“%(meeting)s”刚被别人更改。请先打开会议页看看改了什么，再决定是否更改。")
            % {"meeting": meeting}
        )
    meeting.refresh_from_db()


def _check_changeable(meeting, new, at) -> None:
    if meeting.status not in CHANGEABLE_WHILE:
        raise StepRefused(
            _("“%(meeting)s”%(status)s，不能再更改。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    if "starts_at" in new:
        _check_nobody_came(meeting, _("改期"))
        _check_times(new["starts_at"], new.get("ends_at", meeting.ends_at), at)


def _check_nobody_came(meeting, what) -> None:
    """Who came and what was resolved is never lost to another day or to none."""
    came = meeting.checkins.standing().exists()
    if came or meeting.resolutions.filter(struck_at=None).exists():
        raise StepRefused(
            _(
                "“%(meeting)s”已有人签到或已有议定事项，不能%(what)s。会议开过的，请登记召开；"
                "误登记的，请先撤销签到、删去议定事项。"
            )
            % {"meeting": meeting, "what": what}
        )


def _ask_anew(meeting, left, joined, moved, *, by, at) -> list[int]:  # noqa: PLR0913
    """Other groups, or another day on which others sit: answers who is invited since."""
    if left:
        inviting.take_back(meeting, inviting.of_groups(meeting, left), by=by, at=at)
    if not moved and not joined:
        return []
    asked = inviting.invite(meeting, again=joined)
    if asked:
        events.record("meeting.invited", subject=meeting, by=by, at=at, invitations=asked)
    return asked


def _record_change(meeting, changed, old, asked, *, by, at) -> None:  # noqa: PLR0913
    """What was announced is another thing now; who was `asked` since hears of it as new."""
    moved = "starts_at" in changed
    facts = {"changed": changed}
    if moved:
        facts |= {"from": old["starts_at"].isoformat(), "to": meeting.starts_at.isoformat()}
        facts["asked"] = asked
    if "place" in changed:
        facts |= {"place_from": old["place"], "place_to": meeting.place}
    name = "meeting.moved" if moved else "meeting.changed"
    events.record(name, subject=meeting, by=by, at=at, **facts)


@transaction.atomic
def cancel(meeting: Meeting, *, reason: str, by, at: datetime | None = None) -> None:
    """Call the meeting off (取消): its reminders fall silent, and one notice says so.

    Of a draft nobody had heard, so nobody hears that it is gone; those who were asked for topics
    do. Raises StepRefused once somebody came or something was resolved.
    """
    attendance.require_convener(meeting, by)
    notes.hold(meeting)
    _check_nobody_came(meeting, _("取消"))
    name = "meeting.discarded" if meeting.status == Meeting.Status.DRAFT else "meeting.cancelled"
    meeting.step_to(Meeting.Status.CANCELLED, cancel_reason=reason)
    events.record(name, subject=meeting, by=by, at=at)


@transaction.atomic
def hold(
    meeting: Meeting, *, by, attended: Collection[int] = (), at: datetime | None = None
) -> None:
    """The meeting took place (召开); `attended` are invitations of seats that came beside those
    that checked in.

    Below the quorum it took place all the same. What decided for it is kept, and what it resolved
    binds from now on. Raises StepRefused before it has begun, without anybody who came, or with
    somebody who was not invited.
    """
    attendance.require_convener(meeting, by)
    notes.hold(meeting)  # who checks in or writes something down meanwhile, does so before
    check_holdable(meeting, at)
    rules = timeline.rules(meeting)
    day = timezone.localdate(meeting.starts_at)
    meeting.step_to(
        Meeting.Status.HELD,
        held_at=at or timezone.now(),
        quorum_percent=rules.value("quorum_percent"),
        minutes_due_on=calendar.working_days_after(day, rules.value("minutes_days")),
    )
    facts = attendance.record(meeting, attended, by=by, at=at)
    followup.freeze(meeting, timezone.localdate(at))
    events.record("meeting.held", subject=meeting, by=by, at=at, **facts)
    resolutions.bind(meeting, by=by, at=at)
    duty_steps.meeting_held(meeting, by=by, at=at)


def check_holdable(meeting: Meeting, at: datetime | None = None) -> None:
    if meeting.status != Meeting.Status.CONVENED:
        raise StepRefused(
            _("“%(meeting)s”%(status)s，不能登记召开。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    if meeting.starts_at > (at or timezone.now()):
        raise StepRefused(_("会议尚未开始，开始后才能登记为已召开。"))


def _check_times(starts_at: datetime, ends_at: datetime, at: datetime) -> None:
    if starts_at <= at:
        raise StepRefused(_("开始时间已过，请选择今后的时间。"))
    if starts_at - at > FARTHEST:
        raise StepRefused(_("开始时间在两年以后，请检查年份。"))
    if ends_at <= starts_at:
        raise StepRefused(_("结束时间应晚于开始时间。"))
    if ends_at - starts_at > LONGEST:
        raise StepRefused(_("一次会议不能超过 12 小时，请检查结束时间。"))

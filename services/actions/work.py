"""What happens to a need between accepting it and offering a solution: what was done, more time,
intervals in which its clocks stand still."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import attaching, events
from nanchuan.kernel.states import StepRefused
from services import conditions
from services.actions import clocks
from services.actions.holding import hold as take  # here a need is put on hold, too
from services.actions.remarks import remark
from services.actions.rights import check, responsible, responsible_or_office, speaks_for
from services.models import Clock, Extension, Need, NeedNote, NeedNoteFile, Pause, Remark

Status, Kind, Why = Need.Status, NeedNote.Kind, Pause.Why


@transaction.atomic
def contact(
    need: Need, *, text: str, files=(), by: User | None, at: datetime | None = None
) -> NeedNote:
    """The enterprise was spoken to (联系企业); the first time, that clock is done."""
    take(need)
    at = at or timezone.now()
    check(need, "contact", by)
    made = _write(need, Kind.CONTACT, text, by=by, at=at, files=files)
    contacted(need, at)
    _carried_on(need)
    events.record("need.contacted", subject=need, by=by, at=at)
    return made


def contacted(need: Need, at: datetime) -> None:
    """The first word with the enterprise, however it came about."""
    if need.contacted_at is None:
        need.contacted_at = at
        need.save(update_fields=["contacted_at"])
        clocks.finish(need, Clock.Kind.CONTACT, at=at)


@transaction.atomic
def note(  # noqa: PLR0913
    need: Need,
    *,
    text: str,
    is_public: bool = True,
    files=(),
    by: User | None,
    at: datetime | None = None,
) -> NeedNote:
    """Who works on it writes what was done: for the filer too, or for themselves."""
    take(need)
    at = at or timezone.now()
    check(need, "note", by)
    made = _write(need, Kind.PROGRESS, text, by=by, at=at, files=files, is_public=is_public)
    if by is None or responsible_or_office(by, need):
        _carried_on(need)
    events.record("need.noted" if is_public else "need.noted_inside", subject=need, by=by, at=at)
    return made


@transaction.atomic
def state(
    need: Need, *, text: str, files=(), by: User | None, at: datetime | None = None
) -> NeedNote:
    """The statement that a need that takes long owes each month (长期办理月报)."""
    take(need)
    at = at or timezone.now()
    check(need, "state", by, at)
    made = _write(need, Kind.STATEMENT, text, by=by, at=at, files=files)
    events.record("need.stated", subject=need, by=by, at=at)
    return made


@transaction.atomic
def ask_extension(
    need: Need, *, days: int, reason: str, by: User | None, at: datetime | None = None
) -> Extension:
    """The responsible unit asks for more working days (申请延期), in time and one at a time."""
    take(need)
    at = at or timezone.now()
    check(need, "extend", by, at)
    clock = conditions.running(need, Clock.Kind.SOLVE)
    most = conditions.extra_days(need, clock)
    if not 1 <= days <= most:
        raise StepRefused(_("最多还能延长 %(most)d 个工作日。") % {"most": most})
    asked = Extension.objects.create(
        need=need, clock=clock, days=days, reason=reason, asked_at=at, asked_by=by
    )
    events.record("need.extension_asked", subject=need, by=by, at=at, days=days)
    return asked


@transaction.atomic
def decide_extension(
    need: Need, *, is_granted: bool, answer: str = "", by: User | None, at: datetime | None = None
) -> None:
    """The office grants the days or not (答复延期)."""
    take(need)
    at = at or timezone.now()
    check(need, "decide-extension", by, at)
    asked = conditions.asked(need)
    asked.decided_at, asked.decided_by = at, by
    asked.is_granted, asked.answer = is_granted, answer
    asked.save(update_fields=["decided_at", "decided_by", "is_granted", "answer"])
    if is_granted:
        clocks.extend(asked)
        need.refresh_from_db(fields=["due_at"])
    name = "need.extension_granted" if is_granted else "need.extension_refused"
    events.record(name, subject=need, by=by, at=at, days=asked.days)


@transaction.atomic
def hold(
    need: Need, *, reason: str, expected_on: date, by: User | None, at: datetime | None = None
) -> Pause:
    """The office stops the alliance's clocks (暂停计时) until a day that it expects."""
    take(need)
    at = at or timezone.now()
    check(need, "hold", by, at)
    if expected_on <= timezone.localdate(at):
        raise StepRefused(_("预计恢复日期应晚于今天。"))
    made = clocks.pause(need, Why.HOLD, at=at, reason=reason, expected_on=expected_on, by=by)
    remark(need, Remark.Step.HELD, reason, by, at)
    events.record("need.held", subject=need, by=by, at=at, expected_on=expected_on.isoformat())
    return made


@transaction.atomic
def resume(need: Need, *, by: User | None, at: datetime | None = None) -> None:
    take(need)
    at = at or timezone.now()
    check(need, "resume", by, at)
    clocks.resume(need, Why.HOLD, at=at)
    events.record("need.resumed", subject=need, by=by, at=at)


@transaction.atomic
def make_long_term(need: Need, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """It cannot be done within any limit (长期办理): no clock, but a statement each month."""
    take(need)
    at = at or timezone.now()
    check(need, "long-term", by, at)
    if conditions.paused(need, Why.HOLD):
        clocks.resume(need, Why.HOLD, at=at)
    need.long_term_since = at
    need.save(update_fields=["long_term_since"])
    clocks.pause(need, Why.LONG_TERM, at=at, reason=reason, by=by)
    remark(need, Remark.Step.LONG_TERM, reason, by, at)
    events.record("need.long_term", subject=need, by=by, at=at)


@transaction.atomic
def end_long_term(need: Need, *, by: User | None, at: datetime | None = None) -> None:
    take(need)
    at = at or timezone.now()
    check(need, "end-long-term", by, at)
    clocks.resume(need, Why.LONG_TERM, at=at)
    need.long_term_since = None
    need.save(update_fields=["long_term_since"])
    events.record("need.long_term_ended", subject=need, by=by, at=at)


def _carried_on(need) -> None:
    if need.status == Status.ACCEPTED:
        need.step_to(Status.IN_PROGRESS)


def _write(need, kind, text, *, by, at, files, is_public=True) -> NeedNote:  # noqa: PLR0913
    made = NeedNote.objects.create(
        need=need,
        kind=kind,
        text=text,
        is_public=is_public,
        unit=_speaker(need, by),
        written_by=by,
        written_at=at,
    )
    attaching.attach(NeedNoteFile, list(files), by=by, at=at, note=made)
    return made


def _speaker(need, by):
    """The unit for which a person writes; None is the office."""
    if by is None or responsible(by, need):
        return need.accepted_by
    helping = (row.unit for row in conditions.helping(need) if speaks_for(by, row.unit_id))
    return next(helping, None)

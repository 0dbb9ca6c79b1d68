"""Who came to a meeting (到会), recorded when it is registered as held, and put right later."""

from collections.abc import Collection
from datetime import datetime, timedelta

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.minutes_lock import check_unlocked
from alliance.actions.rights import office, require, speaks_for
from alliance.models import CheckIn, Meeting
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.states import StepRefused

CORRECTABLE = timedelta(days=30)  # after it was registered


def require_convener(meeting: Meeting, by) -> None:
    require(by is None or office(by) or speaks_for(by, meeting.convened_by_id))


def record(meeting: Meeting, attended: Collection[int], *, by, at: datetime | None = None) -> dict:
    """Write down by hand who came beside those that checked in; answers the facts of the event.
    The caller holds the meeting's row."""
    standing = attended_of(meeting)
    return _settle(meeting, {*attended, *standing}, standing, by=by, at=at)


def attended_of(meeting: Meeting) -> set[int]:
    """The invitations of the seats that came, as recorded."""
    rows = meeting.checkins.standing().filter(invitation__isnull=False)
    return set(rows.values_list("invitation", flat=True))


def _settle(meeting, came, before, *, by, at, late=False) -> dict:  # noqa: PLR0913
    """From now on these seats came and no other."""
    at = at or timezone.now()
    invited = meeting.invitations.standing()
    names = dict(invited.values_list("pk", "unit_name"))
    if not came <= names.keys() | before:
        raise StepRefused(_("所选席位中有的未受邀参加这次会议，请刷新后重新勾选。"))
    if names and not came:
        raise StepRefused(_("请勾选到会的席位，至少一个。"))
    gone = meeting.checkins.standing().filter(invitation__in=before - came)
    gone.update(withdrawn_at=at)
    facts = {"way": CheckIn.Way.HAND, "entered_at": at, "entered_by": by, "is_late_entry": late}
    rows = [
        CheckIn(meeting=meeting, invitation_id=pk, unit_name=names[pk], **facts)
        for pk in sorted(came - before)
    ]
    CheckIn.objects.bulk_create(rows, ignore_conflicts=True)  # somebody may check in meanwhile
    return {"attended": len(came), "invited": len(names)}


@transaction.atomic
def correct(
    meeting: Meeting,
    *,
    attended: Collection[int],
    seen: Collection[int],
    by,
    at: datetime | None = None,
) -> None:
    """Put right who came (更正). `seen` is what the editor saw recorded.

    Raises StepRefused if it is too late, or if somebody else put it right meanwhile.
    """
    require_convener(meeting, by)
    Meeting.objects.select_for_update(no_key=True).get(pk=meeting.pk)  # one editor at a time
    check_correctable(meeting, at)
    check_unlocked(meeting)
    before = attended_of(meeting)
    if before != set(seen):
        raise StepRefused(_("到会情况刚被别人更正，请刷新后再看。"))
    if before == set(attended):
        return
    facts = _settle(meeting, set(attended), before, by=by, at=at, late=True)
    facts["attended_from"] = len(before)
    events.record("meeting.attendance_corrected", subject=meeting, by=by, at=at, **facts)


def check_correctable(meeting: Meeting, at: datetime | None = None) -> None:
    """Raises StepRefused for a meeting that is not held, or was registered long ago."""
    if meeting.status != Meeting.Status.HELD:
        raise StepRefused(
            _("“%(meeting)s”%(status)s，召开后才有到会情况。")
            % {"meeting": meeting, "status": meeting.get_status_display()}
        )
    if not is_correctable(meeting.held_at, at):
        raise StepRefused(
            _("登记已超过 %(days)d 天，到会情况不能再更正。") % {"days": CORRECTABLE.days}
        )


def is_correctable(held_at: datetime | None, at: datetime | None = None) -> bool:
    return held_at is not None and (at or timezone.now()) <= held_at + CORRECTABLE


def moments(meeting: Meeting) -> dict[str, datetime]:
    """When the meeting was convened, last moved, and registered as held, by name of the event."""
    kind = ContentType.objects.get_for_model(meeting)
    return dict(reversed(_moments(kind.pk, meeting.pk)))  # of several the newest


@prepared(int, int)
def _moments(kind, meeting) -> QuerySet:
    names = ("meeting.convened", "meeting.moved", "meeting.held")
    rows = Event.objects.filter(subject_type=kind, subject_id=meeting, name__in=names)
    return rows.order_by("-happened_at", "-id").values_list("name", "happened_at")

"""Who is asked to a meeting beside the seats (列席、嘉宾). Events say so without a name."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.agenda import is_open
from alliance.actions.attendance import require_convener
from alliance.actions.holding import hold_meeting
from alliance.models import Guest, Meeting
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

MOST = 100
FIELDS = ("name", "unit_name", "job")


@transaction.atomic
def add(meeting: Meeting, *, by, at: datetime | None = None, **facts) -> Guest:
    """Write down a guest: name, unit_name, job. Raises StepRefused for one that stands there."""
    _hold(meeting, by)
    if meeting.guests.filter(withdrawn_at=None).count() >= MOST:
        raise StepRefused(_("一次会议最多 %(most)d 位列席人员。") % {"most": MOST})
    _check_new(meeting, facts)
    guest = Guest.objects.create(meeting=meeting, **facts)
    events.record("meeting.guest_added", subject=meeting, by=by, at=at)
    return guest


@transaction.atomic
def change(guest: Guest, *, by, at: datetime | None = None, **facts) -> None:
    _hold(guest.meeting, by)
    guest = _standing(guest)
    if all(getattr(guest, name) == value for name, value in facts.items()):
        return
    _check_new(guest.meeting, facts, but=guest.pk)
    Guest.objects.filter(pk=guest.pk).update(**facts)
    events.record("meeting.guest_changed", subject=guest.meeting, by=by, at=at)


@transaction.atomic
def remove(guest: Guest, *, by, at: datetime | None = None) -> None:
    """Take a guest off the list; whoever checked in is only struck, so that the check-in keeps
    its guest."""
    _hold(guest.meeting, by)
    guest = _standing(guest)
    locked = Guest.objects.select_for_update().get(pk=guest.pk)  # a check-in waits, or was before
    if locked.checkins.exists():
        locked.withdrawn_at = at or timezone.now()
        locked.save(update_fields=["withdrawn_at"])
    else:
        locked.delete()
    events.record("meeting.guest_removed", subject=guest.meeting, by=by, at=at)


def _hold(meeting, by):
    hold_meeting(meeting)
    require_convener(meeting, by)
    if not is_open(meeting):
        raise StepRefused(_("会议已取消，或者纪要已送审、已印发，列席人员不能再更改。"))


def _standing(guest) -> Guest:
    found = Guest.objects.select_related("meeting").filter(pk=guest.pk, withdrawn_at=None).first()
    if found is None:
        raise StepRefused(_("这位列席人员刚被别人移出名单，请刷新后再看。"))
    return found


def _check_new(meeting, facts, but=None):
    same = meeting.guests.filter(withdrawn_at=None, **facts).exclude(pk=but)
    if same.exists():
        raise StepRefused(_("名单上已有同一单位的同名列席人员。"))

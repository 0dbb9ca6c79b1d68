"""What can happen to a kind of meeting (会议类型)."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.rights import office, require
from alliance.models import KindItem, Meeting, MeetingKind
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

Lines = Sequence[tuple[str, int | None]]  # title and minutes of each


@transaction.atomic
def save(
    kind: MeetingKind, *, by, items: Lines | None = None, at: datetime | None = None
) -> list[Meeting]:
    """Keep a kind of meeting, with the lines that its agendas begin with if they are told.

    New offsets hold for its coming meetings too; these are answered. Raises StepRefused for the
    last kind that is taken out of use.
    """
    require(by is None or office(by))
    rows = MeetingKind.objects.select_for_update(no_key=True)
    stored = rows.filter(pk=kind.pk).first()
    if not kind.is_active and not rows.in_use().exclude(pk=kind.pk).exists():
        raise StepRefused(_("至少要保留一种启用的会议类型。"))
    kind.save()
    changed = _changed(stored, kind)
    if items is not None and list(items) != lines(kind):
        kind.items.all().delete()
        _lay(kind, items)
        changed.append("items")
    if stored is None:
        events.record("meeting_kind.created", subject=kind, by=by, at=at)
    elif changed:
        events.record("meeting_kind.changed", subject=kind, by=by, at=at, changed=changed)
    return _remind_anew(kind, by, at) if "reminder_offsets" in changed else []


def lines(kind: MeetingKind) -> list[tuple[str, int | None]]:
    return list(kind.items.values_list("title", "minutes"))


def _changed(stored, kind) -> list[str]:
    if stored is None:
        return []
    names = [field.name for field in MeetingKind._meta.concrete_fields]
    return [name for name in names if getattr(stored, name) != getattr(kind, name)]


def _lay(kind, items) -> None:
    KindItem.objects.bulk_create(
        KindItem(kind=kind, order=order, title=title, minutes=minutes)
        for order, (title, minutes) in enumerate(items, 1)
    )


def _remind_anew(kind, by, at) -> list[Meeting]:
    coming = list(kind.meetings.coming().filter(starts_at__gt=at or timezone.now()))
    for meeting in coming:
        events.record("meeting.offsets_changed", subject=meeting, by=by, at=at)
    return coming

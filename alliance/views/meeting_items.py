"""What a meeting's page shows of what it resolved."""

from collections import defaultdict

from django.db.models import Exists, OuterRef

from alliance.models import ActionItem, Measure, Meeting, Resolution
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.readers import prepared_for_reader


def items_context(meeting: Meeting, user) -> dict:
    """Resolutions that stand; once the meeting was held with their items and measures."""
    if meeting.status != Meeting.Status.HELD:
        return {"typed": _resolutions(meeting.pk) if meeting.is_editable else ()}
    rows = _resolutions(meeting.pk)
    items, measures = (
        _by_resolution(_items(meeting.pk)),
        _by_resolution(_measures(user, meeting.pk)),
    )
    for row in rows:
        row.shown, row.carried = items[row.pk], measures[row.pk]
    return {"resolved": rows}


def _by_resolution(rows):
    found = defaultdict(list)
    for row in rows:
        found[row.resolution_id].append(row)
    return found


@prepared(int)
def _resolutions(meeting):
    return Resolution.objects.filter(meeting=meeting, struck_at=None)


@prepared(int)
def _items(meeting):
    return ActionItem.objects.of_meeting(meeting).select_related("unit").order_by("pk")


@prepared_for_reader(int)
def _measures(reader, meeting):
    rows = Measure.objects.visible_to(reader)
    return rows.filter(resolution__meeting=meeting).order_by("pk")


def of_item(pk: int | None, user) -> ActionItem | None:
    """The action item that something came of, if this reader may see it; it knows
    `sees_meeting`."""
    if pk is None:
        return None
    meetings = Meeting.objects.visible_to(user).filter(pk=OuterRef("resolution__meeting"))
    rows = ActionItem.objects.visible_to(user).select_related("resolution__meeting")
    return rows.annotate(sees_meeting=Exists(meetings)).filter(pk=pk).first()

"""What a meeting's page shows of what it resolved."""

from collections import defaultdict

from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils.translation import gettext as _

from alliance.models import ActionItem, Measure, Meeting, Resolution
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.readers import prepared_for_reader
from nanchuan.kernel.templatetags.ui import states


def items_context(meeting: Meeting, user) -> dict:
    """Resolutions that stand; once the meeting was held with their items and measures."""
    if meeting.status != Meeting.Status.HELD:
        return {"typed": _resolutions(meeting.pk) if meeting.is_editable else ()}
    rows = _resolutions(meeting.pk)
    items, measures = (
        _by_resolution(_items(meeting.pk)),
        _by_resolution(_measures(user, meeting.pk)),
    )
    at = reverse("alliance:item-detail", args=[0]).removesuffix("0/")
    for row in rows:
        row.shown = [_line(item, row, at) for item in items[row.pk]]
        row.carried = measures[row.pk]
    return {"resolved": rows}


def _line(item, resolution, at) -> dict:
    """An action item in a line; what the resolution says already it does not say again."""
    due = _("期限 %(day)s") % {"day": item.due_on.isoformat()}
    return {
        "url": f"{at}{item.pk}/",
        "number": item.number,
        "text": "" if item.text == resolution.text else item.text,
        "who": f"{item.unit} · {due}",
        "state": states([(item.state_style, item.state_words)]),
    }


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

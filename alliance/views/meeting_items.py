"""What a meeting's page shows of what it resolved, and of what was resolved before."""

from django.db.models import Exists, OuterRef, Prefetch

from alliance import followup
from alliance.models import ActionItem, Measure, Meeting


def items_context(meeting: Meeting, user, agenda) -> dict:
    """Resolutions that stand with their items and measures, once the meeting was held (4
    questions); what became of the last ones."""
    context = {"followup": followup.told(meeting, user, agenda)}
    if meeting.status != Meeting.Status.HELD:
        return context
    items = ActionItem.objects.visible_to(user).select_related("unit", "resolution__meeting")
    measures = Measure.objects.visible_to(user)
    rows = meeting.resolutions.filter(struck_at=None).prefetch_related(
        Prefetch("action_items", items.order_by("pk"), to_attr="shown"),
        Prefetch("measures", measures.order_by("pk"), to_attr="carried"),
    )
    return context | {"resolved": list(rows)}


def of_item(pk: int | None, user) -> ActionItem | None:
    """The action item that something came of, if this reader may see it; it knows
    `sees_meeting`."""
    if pk is None:
        return None
    meetings = Meeting.objects.visible_to(user).filter(pk=OuterRef("resolution__meeting"))
    rows = ActionItem.objects.visible_to(user).select_related("resolution__meeting")
    return rows.annotate(sees_meeting=Exists(meetings)).filter(pk=pk).first()

"""What a meeting's page shows of what it resolved, and of what was resolved before."""

from django.db.models import Prefetch

from alliance import followup
from alliance.models import ActionItem, Measure, Meeting


def items_context(meeting: Meeting, user) -> dict:
    """Resolutions that stand with their items and measures, once the meeting was held (4
    questions); what became of the last ones."""
    context = {"followup": followup.told(meeting, user)}
    if meeting.status != Meeting.Status.HELD:
        return context
    items = ActionItem.objects.visible_to(user).select_related("unit", "resolution__meeting")
    measures = Measure.objects.visible_to(user)
    rows = meeting.resolutions.filter(struck_at=None).prefetch_related(
        Prefetch("action_items", items.order_by("pk"), to_attr="shown"),
        Prefetch("measures", measures.order_by("pk"), to_attr="carried"),
    )
    return context | {"resolved": list(rows)}

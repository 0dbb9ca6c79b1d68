"""Who is to hear of duties: asked twice on each day, said once."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from members.checkup import reckoning
from members.models import Organization
from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.notices.rules import morning


@transaction.atomic
def tell_what_is_due(at: datetime | None = None) -> int:
    """Organizations for which something ends within days and is not done; how many."""
    today = timezone.localdate(at)
    last = reckoning.closing(today)
    if last is None:
        return 0
    told = _told("duties.due", morning(reckoning.speaks_from(last)) - timedelta(hours=9))
    asked = [row for row in _in_being(today) if row.pk not in told]
    found = reckoning.due(asked, last, today)
    facts = {"last": last.isoformat()}
    events.record_many("duties.due", [(row, facts) for row in found], at=at)
    return len(found)


@transaction.atomic
def tell_what_was_missed(at: datetime | None = None) -> int:
    """Once a week, for each tree of organizations in which something was missed; how many."""
    today = timezone.localdate(at)
    monday = today - timedelta(days=today.weekday())
    told = _told("duties.missed", morning(monday) - timedelta(hours=9))
    roots = [row for row in _in_being(today) if row.is_root() and row.pk not in told]
    if not roots:
        return 0
    found = reckoning.missed(list(_in_being(today)), today)
    facts = {"week": monday.isoformat()}
    roots = [root for root in roots if any(row.path.startswith(root.path) for row in found)]
    events.record_many("duties.missed", [(root, facts) for root in roots], at=at)
    return len(roots)


def _told(name, since):
    rows = Event.objects.filter(name=name, happened_at__gte=since)
    return set(rows.values_list("subject_id", flat=True))


def _in_being(today):
    return Organization.objects.counted(today).order_by("path")

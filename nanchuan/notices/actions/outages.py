"""Noting that a kind of work stands still, and that it goes on again.

The tick looks; that it stands still itself nobody can note, but `/readyz` and the page of the
administrators say so.
"""

from datetime import timedelta

from django.db import transaction
from django.db.models.functions import Now
from django.utils import timezone

from nanchuan.kernel import events
from nanchuan.notices.heartbeats import heartbeats
from nanchuan.notices.models import Outage

PATIENCE = timedelta(minutes=2)  # after which administrators hear of it


def look() -> None:
    """Three queries while nothing changes. Done twice at once, it is noted once."""
    overdue = {each.work.name: each.age for each in heartbeats() if each.is_overdue and each.age}
    known = set(Outage.objects.filter(ended_at=None).values_list("work", flat=True))
    if over := known - overdue.keys():
        Outage.objects.filter(work__in=over, ended_at=None).update(ended_at=Now())
    for work in overdue.keys() - known:
        _begin(work, overdue[work])


@transaction.atomic
def _begin(work, age) -> None:
    outage, is_new = Outage.objects.get_or_create(
        work=work, ended_at=None, defaults={"began_at": timezone.now() - age}
    )
    if is_new:
        events.record("outage.begun", subject=outage, by=None, work=work)

"""What the secretary says of a year (年度总结)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from members.models import Organization, YearWords
from nanchuan.kernel import events


@transaction.atomic
def write(
    organization: Organization, year: int, text: str, *, by, at: datetime | None = None
) -> YearWords:
    facts = {"text": text, "written_by": by, "written_at": at or timezone.now()}
    words, _made = YearWords.objects.update_or_create(
        organization=organization, year=year, defaults=facts
    )
    events.record("organization.summed_up", subject=organization, by=by, at=at, year=year)
    return words

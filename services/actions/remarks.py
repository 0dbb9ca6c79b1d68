from datetime import datetime

from django.utils import timezone

from nanchuan.accounts.models import User
from services.models import Need, Remark


def remark(need: Need, step: str, text: str, by: User | None, at: datetime | None) -> None:
    """Keep the reason that was given with a step."""
    Remark.objects.create(
        need=need, step=step, text=text, written_by=by, written_at=at or timezone.now()
    )

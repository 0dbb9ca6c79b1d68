"""What every new version of a rule has in common."""

from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel.periods import months_after
from nanchuan.kernel.states import StepRefused

MOST_MONTHS_AHEAD = 24  # beyond, a mistyped year would leave no room for another version


def check_ahead(starts_on: date, at: datetime | None = None) -> None:
    """Raises StepRefused for a version that begins more than two years from now."""
    if starts_on > months_after(timezone.localdate(at), MOST_MONTHS_AHEAD):
        raise StepRefused(_("新的一版最晚可以从两年以内的日期起。请核对年份。"))

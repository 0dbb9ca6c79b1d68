"""What may stand in a paper, and how it writes dates."""

import re
from datetime import date, datetime

from django.utils.translation import gettext as _

from nanchuan.kernel.exporting import UNWRITABLE, in_words

# Marks that turn the direction of reading.
TURNING = re.compile(r"[\u202A-\u202E\u2066-\u2069]")
NOT_IN_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')


def clean(text) -> str:
    """Text that never breaks a file, whatever somebody typed; dates as tables have them."""
    if isinstance(text, date) and not isinstance(text, datetime):
        text = f"{text.year}.{text.month:02}.{text.day:02}"
    return TURNING.sub("", UNWRITABLE.sub("", str(in_words(text))))


def written(day: date | None) -> str:
    """A date as papers write it: 2026年11月23日."""
    if day is None:
        return ""
    return _("%(year)d年%(month)d月%(day)d日") % {
        "year": day.year,
        "month": day.month,
        "day": day.day,
    }

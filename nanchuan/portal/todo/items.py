"""What a line of the to-do is."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext

LONGEST_LIST = 8
SOON = 7  # days


@dataclass(frozen=True)
class Item:
    verb: Promise
    text: str
    url: str
    status: str
    status_text: str


def until(due_on, status, words):
    """Late or how long it still has, behind what is known of it."""
    days = (due_on - timezone.localdate()).days
    if days < 0:
        status, left = "overdue", gettext("逾期 %(days)d 天") % {"days": -days}
    else:
        left = gettext("还有 %(days)d 天") % {"days": days} if days else gettext("今天到期")
    both = gettext("%(words)s，%(left)s") % {"words": words, "left": left}
    return status, both if words else left

"""How many have read, confirmed and handed in."""

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nanchuan.circulars.models import Addressee, Circular
from nanchuan.circulars.models.addressees import undone


@dataclass(frozen=True)
class Figure:
    label: Promise
    number: int
    state: str  # that the filter of the table narrows to


def figures(circular: Circular, rows) -> list[Figure]:
    """Each opens its rows; one question."""
    now, owing = timezone.now(), Q(circular__status=Circular.Status.PUBLISHED) & undone()
    count = {
        "all": Count("pk"),
        "read": Count("pk", filter=~Q(read_at=None)),
        "confirmed": Count("pk", filter=~Q(confirmed_at=None)),
        "sent": Count("pk", filter=Q(status__in=Addressee.SENT)),
        "submitted": Count("pk", filter=Q(status=Addressee.Status.SUBMITTED)),
        "missing": Count("pk", filter=owing),
        "late": Count("pk", filter=owing & Q(due_at__lt=now)),
    }
    numbers = rows.order_by().aggregate(**count)
    found = [Figure(_("发送"), numbers["all"], ""), Figure(_("已读"), numbers["read"], "")]
    if circular.needs_receipt:
        found.append(Figure(_("已确认"), numbers["confirmed"], ""))
    if circular.needs_submission:
        found.append(Figure(_("已报送"), numbers["sent"], ""))
        found.append(Figure(_("待审核"), numbers["submitted"], "submitted"))
    found.append(Figure(_("未办"), numbers["missing"], "missing"))
    found.append(Figure(_("逾期"), numbers["late"], "late"))
    return found

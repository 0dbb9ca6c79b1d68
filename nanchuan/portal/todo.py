"""待办: what waits for this person, each line with its verb, the oldest first."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from services.models import Need

LONGEST_LIST = 8

VERBS = {
    Need.Status.SUBMITTED: _("审核"),
    Need.Status.PUBLISHED: _("派单"),
    Need.Status.RETURNED: _("补充"),
    Need.Status.ACCEPTED: _("对接资源"),
    Need.Status.IN_PROGRESS: _("填写进展"),
    Need.Status.OFFERED: _("确认"),
    Need.Status.SOLVED: _("销号"),
}


@dataclass(frozen=True)
class Item:
    verb: Promise
    text: str
    url: str
    since: datetime
    status: str
    status_text: str


def todo(user) -> list[Item]:
    """One query: the needs whose next step is this person's."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Need.objects.visible_to(user).awaiting(user)
    return [
        Item(
            verb=VERBS[need.status],
            text=str(need),
            url=need.get_absolute_url(),
            since=need.filed_at,
            status=need.status,
            status_text=need.get_status_display(),
        )
        for need in rows.order_by("filed_at", "pk")[:LONGEST_LIST]
    ]

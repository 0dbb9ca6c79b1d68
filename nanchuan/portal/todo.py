"""待办: what waits for this person, each line with its verb, the oldest first."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models import Measure
from members import radar
from members.models import Organization, Transfer
from nanchuan.kernel import roles
from services.models import Need

LONGEST_LIST = 8
ELECTIONS_APART = 2  # more of them share a line

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
    status: str
    status_text: str


def todo(user) -> list[Item]:
    return [*elections(user), *transfers(user), *needs(user), *measures(user)]


def elections(user) -> list[Item]:
    """Committees that are over, or will be soon, of the organizations that a person looks after."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    organizations = Organization.objects.counted().editable_by(user)
    rows = list(radar.due_soon(radar.with_over(organizations)))
    if len(rows) > ELECTIONS_APART:
        return [_many_elections(rows)]
    steps = radar.notice_steps() if rows else []
    return [_election(row, radar.signal(row.committee_over, steps)) for row in rows]


def _election(organization, signal):
    text = gettext("%(organization)s换届") % {"organization": organization}
    url = organization.get_absolute_url()
    return Item(_("准备换届"), text, url, signal.status, signal.words)


def _many_elections(rows):
    over = sum(row.committee_over < timezone.localdate() for row in rows)
    near = gettext("%(number)d 个即将届满") % {"number": len(rows) - over}
    words = gettext("逾期 %(number)d 个") % {"number": over} if over else near
    text = gettext("换届：%(words)s") % {"words": near} if over else gettext("换届")
    status = "overdue" if over else "soon"
    return Item(_("查看"), text, reverse("members:committee-list"), status, words)


def transfers(user) -> list[Item]:
    """Members on their way whose reception is this person's to record."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    rows = Transfer.objects.visible_to(user).awaiting(user).named()
    return [
        Item(
            verb=_("登记回执") if row.direction == Transfer.Direction.OUTGOING else _("接收"),
            text=str(row),
            url=row.get_absolute_url(),
            status=row.state_style,
            status_text=row.get_status_display(),
        )
        for row in rows.order_by("requested_at", "pk")[:LONGEST_LIST]
    ]


def needs(user) -> list[Item]:
    """One query: the needs whose next step is this person's."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Need.objects.visible_to(user).awaiting(user)
    return [
        Item(
            verb=VERBS[need.status],
            text=str(need),
            url=need.get_absolute_url(),
            status=need.status,
            status_text=need.get_status_display(),
        )
        for need in rows.order_by("filed_at", "pk")[:LONGEST_LIST]
    ]


def measures(user) -> list[Item]:
    """Measures to confirm, and those of an own unit that are late or due soon."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Measure.objects.visible_to(user).awaiting(user).order_by("due_on", "pk")
    return [_measure(row) for row in rows[:LONGEST_LIST]]


def _measure(row):
    url = row.get_absolute_url()
    if row.status == Measure.Status.REPORTED:
        return Item(_("确认"), str(row), url, row.state_style, row.state_words)
    if row.is_late:
        return Item(_("填写进展"), str(row), url, "overdue", row.state_words)
    words = gettext("%(day)s 到期") % {"day": row.due_on}
    return Item(_("填写进展"), str(row), url, "soon", words)

"""Of the three lists: needs, resources, bookings."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.together import Asker
from nanchuan.portal.todo.items import LONGEST_LIST, Item
from services.clock import clock_of
from services.models import Booking, Need, Resource

VERBS = {
    Need.Status.SUBMITTED: _("审核"),
    Need.Status.APPEALED: _("复核"),
    Need.Status.PUBLISHED: _("派单"),
    Need.Status.DISPATCHED: _("接单"),
    Need.Status.DISPUTED: _("裁定"),
    Need.Status.RETURNED: _("补充"),
    Need.Status.ACCEPTED: _("对接资源"),
    Need.Status.IN_PROGRESS: _("填写进展"),
    Need.Status.OFFERED: _("确认"),
    Need.Status.SOLVED: _("销号"),
}


def resources(user) -> Asker:
    """What units offer and the office has not reviewed, and what it sent back to this person's."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    status = Resource.Status
    mine = Q(status=status.RETURNED, unit__in=roles.places(user, roles.UNIT))
    if roles.has_role(user, roles.STAFF):
        mine |= Q(status=status.SUBMITTED)
    rows = Resource.objects.filter(mine).order_by("added_at", "pk")[:LONGEST_LIST]
    return [_resource(row) for row in (yield rows)]


def _resource(row):
    verb = _("审核") if row.status == Resource.Status.SUBMITTED else _("补充")
    return Item(verb, str(row), row.get_absolute_url(), row.status, row.get_status_display())


def bookings(user) -> Asker:
    """What was asked of this person's units or offered to them."""
    own = roles.places(user, roles.UNIT)
    if not own:
        return []
    rows = Booking.objects.to_answer(own).select_related("resource").order_by("made_at", "pk")
    return [
        Item(_("答复"), str(row), row.get_absolute_url(), row.status, row.get_status_display())
        for row in (yield rows[:LONGEST_LIST])
    ]


def needs(user) -> Asker:
    """The needs whose next step is this person's, the first due first; the page of all of them
    if there are more."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Need.objects.visible_to(user).awaiting(user).sorted_by("due").with_clocks()
    found = yield rows[: LONGEST_LIST + 1]
    lines = [_need(need) for need in found[:LONGEST_LIST]]
    return [*lines, _more_needs(user)] if len(found) > LONGEST_LIST else lines


def _more_needs(user):
    page = "needs-desk" if roles.has_role(user, roles.STAFF) else "needs-mine"
    url = reverse(f"services:{page}")
    return Item(_("查看"), gettext("还有更多需求等您办理"), url, "waiting", gettext("待办"))


def _need(need):
    due, words = clock_of(need), need.get_status_display()
    late = due is not None and due.is_overdue
    return Item(
        verb=VERBS[need.status],
        text=str(need),
        url=need.get_absolute_url(),
        status=due.status if late else need.status,
        status_text=_("%(status)s，%(limit)s") % {"status": words, "limit": due.words}
        if late
        else words,
    )

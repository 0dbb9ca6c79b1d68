"""Of circulars: what is to be confirmed or handed in, and for the office what came back."""

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from nanchuan.circulars.models import Addressee, Circular, Extension
from nanchuan.circulars.models.addressees import FIRST_DUE
from nanchuan.kernel import roles
from nanchuan.kernel.together import Asker
from nanchuan.portal.todo.items import LONGEST_LIST, Item, until


def circulars(user) -> Asker:
    """Circulars that an own organization or unit, or one's post, has not answered."""
    if not roles.has_role(user, roles.SECRETARY, roles.UNIT, roles.MEMBER):
        return []
    rows = Addressee.objects.owing().editable_by(user).select_related("circular")
    rows = yield rows.order_by(FIRST_DUE, "pk")[:LONGEST_LIST]
    return [_circular(row) for row in rows]


def _circular(row):
    circular = row.circular
    verb = _("阅读")
    if row.owes_receipt or row.owes_submission:
        verb = _("确认收到") if row.owes_receipt else _("报送")
    if row.status == Addressee.Status.RETURNED and not row.owes_receipt:
        verb = _("修改后报送")
    status, words = row.state
    if row.due_at:
        is_back = row.status == Addressee.Status.RETURNED
        words = row.get_status_display() if is_back else ""
        status, words = until(timezone.localdate(row.due_at), "soon", words)
        status = "overdue" if row.is_late else status
    return Item(verb, circular.title, circular.get_absolute_url(), status, words)


def answers(user) -> Asker:
    """Of the office, circulars with something to review, or to whom somebody asks for
    more time."""
    if not roles.has_role(user, roles.STAFF):
        return []
    handed_in = Q(addressees__status=Addressee.Status.SUBMITTED)
    asking = Q(addressees__extensions__status=Extension.Status.ASKED)
    rows = Circular.objects.filter(status__in=Circular.OUT).annotate(
        handed_in=Count("addressees", filter=handed_in, distinct=True),
        asking=Count("addressees", filter=asking, distinct=True),
    )
    rows = rows.filter(Q(handed_in__gt=0) | Q(asking__gt=0)).order_by("due_at", "pk")
    return [_answers(row) for row in (yield rows[:LONGEST_LIST])]


def _answers(row):
    url = reverse("circulars:circular-table", args=[row.pk])
    if row.asking:
        words = gettext("%(number)d 个申请延期") % {"number": row.asking}
        return Item(_("答复延期"), row.title, f"{url}?state=asking", "waiting", words)
    words = gettext("%(number)d 份待审核") % {"number": row.handed_in}
    return Item(_("审核"), row.title, f"{url}?state=submitted", "waiting", words)

"""What every page needs."""

from django.conf import settings
from django.db.models import Exists, QuerySet, Subquery

from nanchuan.accounts.models import User
from nanchuan.kernel.prepared import prepared
from nanchuan.notices.inbox import unread
from nanchuan.portal.models import DemoRow


def frame(request):
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    asked = _asked(user.pk) if signed_in else [(bool(_demo_row()), 0)]
    is_demo, unread_count = next(iter(asked), (False, 0))
    return {
        "park_name": settings.PARK_NAME,
        "demo_ribbon": is_demo,
        "unread_count": unread_count or 0,
    }


@prepared(int)
def _asked(user) -> QuerySet:
    """Whether rows are made up, and how many lines of the inbox are unread, in one question."""
    rows = User.objects.filter(pk=user).order_by()
    return rows.values_list(Exists(DemoRow.objects.all()), Subquery(unread(user)))


@prepared()
def _demo_row():
    return DemoRow.objects.order_by().values_list("pk")[:1]

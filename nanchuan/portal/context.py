"""What every page needs."""

from django.conf import settings

from nanchuan.kernel.prepared import prepared
from nanchuan.notices.inbox import unread_count
from nanchuan.portal.models import DemoRow


def frame(request):
    user = getattr(request, "user", None)
    signed_in = user is not None and user.is_authenticated
    return {
        "park_name": settings.PARK_NAME,
        "demo_ribbon": bool(_demo_row()),
        "unread_count": unread_count(user) if signed_in else 0,
    }


@prepared()
def _demo_row():
    return DemoRow.objects.order_by().values_list("pk")[:1]

import os
from datetime import timedelta

from django.apps import AppConfig


class DrillConfig(AppConfig):
    name = "tests.notices.drill_app"

    def ready(self):
        from nanchuan.notices import watch
        from nanchuan.notices.actions import deliveries, leases
        from tests.notices import drill  # noqa: F401

        leases.LEASE = timedelta(seconds=5)
        watch.QUIET = timedelta(seconds=float(os.environ.get("DRILL_QUIET", "3600")))
        watch.PAUSE = 1
        if os.environ.get("DRILL_MARKS_FIRST"):
            renew = deliveries.renew
            deliveries.renew = lambda pk, token, *event: (
                renew(pk, token, *event) and deliveries.mark_sent(pk, token)
            )

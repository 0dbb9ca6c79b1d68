"""What processes of a drill do differently; only `deploy.chaos.settings` bring it."""

import os
from datetime import timedelta

from django.apps import AppConfig


class ChaosConfig(AppConfig):
    name = "deploy.chaos"
    label = "chaos"

    def ready(self):
        from nanchuan.notices.actions import deliveries, leases

        if seconds := os.environ.get("CHAOS_LEASE"):
            leases.LEASE = timedelta(seconds=float(seconds))
        if os.environ.get("CHAOS_MARKS_FIRST"):
            mark_before_sending(deliveries)


def mark_before_sending(deliveries):
    """The mistake that the portal does not make: what is claimed counts as sent."""
    claim = deliveries.claim

    def claim_and_mark(*arguments, **options):
        token, pks = claim(*arguments, **options)
        for pk in pks:
            deliveries.mark_sent(pk, token)
        return token, pks

    deliveries.claim = claim_and_mark
    deliveries.renew = lambda *_which: True

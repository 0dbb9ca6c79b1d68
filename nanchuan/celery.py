"""The Celery application; beat's timetable is CELERY_BEAT_SCHEDULE in settings."""

import os

import kombu
import kombu.transport
from celery import Celery
from celery.app.amqp import AMQP

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchuan.settings")

# Without Redis the broker is a folder; ours writes and takes a message by one rename.
kombu.transport.TRANSPORT_ALIASES["filesystem"] = "nanchuan.kernel.broker:Transport"

LONGEST_PAUSE = 4  # seconds between two looks for a broker that was lost


class Line(kombu.Connection):
    """To the broker. Left alone, it would look for one that is gone less and less often."""

    def _ensure_connection(
        self,
        errback=None,
        max_retries=None,
        interval_start=2,
        interval_step=2,
        interval_max=LONGEST_PAUSE,
        *others,
        **options,
    ):
        """Called by place as well as by name, as kombu itself does."""
        pause = min(interval_max, LONGEST_PAUSE)
        how = errback, max_retries, interval_start, interval_step, pause
        return super()._ensure_connection(*how, *others, **options)


class Broker(AMQP):
    Connection = Line


app = Celery("nanchuan", amqp=Broker)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

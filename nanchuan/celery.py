"""The Celery application; beat's timetable is CELERY_BEAT_SCHEDULE in settings."""

import os

import kombu.transport
from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchuan.settings")

# Without Redis the broker is a folder; ours writes and takes a message by one rename.
kombu.transport.TRANSPORT_ALIASES["filesystem"] = "nanchuan.kernel.broker:Transport"

app = Celery("nanchuan")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

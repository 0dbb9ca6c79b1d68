"""For those who watch over the portal: is it alive, and does its work go on?"""

import os
from datetime import timedelta

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.http import HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache

from nanchuan.notices.models import Tick

# Both workers look for work every TICK_SECONDS; a long batch may hold one of them up.
OLDEST_TICK = timedelta(seconds=90)
TICKS = ("tick", "mail")


@never_cache
def healthz(request):
    """Alive: this process answers. Asks nothing of anybody."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(request):
    """Ready: database, broker, and workers that looked for work lately; 503 says what is not."""
    database = _database()
    problems = {
        "database": database,
        "broker": _broker(),
        "worker": "unknown" if database else _workers(),
    }
    answer = {name: problem or "ok" for name, problem in problems.items()}
    return JsonResponse(answer, status=503 if any(problems.values()) else 200)


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return ""


def _broker() -> str:
    try:
        with current_app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, interval_start=0, timeout=2)
    except Exception:  # each transport has errors of its own
        return "does not answer"
    if settings.REDIS_URL or os.access(_folder(), os.W_OK):
        return ""
    return "folder cannot be written"


def _folder():
    return settings.CELERY_BROKER_TRANSPORT_OPTIONS["data_folder_out"]


def _workers() -> str:
    age = ExpressionWrapper(Now() - F("at"), output_field=DurationField())
    ages = dict(Tick.objects.annotate(age=age).values_list("name", "age"))
    return ", ".join(filter(None, (_lateness(name, ages.get(name)) for name in TICKS)))


def _lateness(name, age) -> str:
    if age is None:
        return f"{name}: not yet"
    if age > OLDEST_TICK:
        return f"{name}: {age.total_seconds():.0f} s ago"
    return ""

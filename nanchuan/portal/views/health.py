"""For those who watch over the portal: is it alive, and does its work go on?"""

import os

from celery import current_app
from django.conf import settings
from django.db import DatabaseError, connection
from django.http import Http404, HttpResponse, JsonResponse
from django.utils.crypto import constant_time_compare
from django.views.decorators.cache import never_cache

from nanchuan.notices import metrics as facts
from nanchuan.notices.heartbeats import heartbeats


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


@never_cache
def metrics(request):
    """The facts of the machinery, to whoever holds METRICS_TOKEN; without one there is no page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not constant_time_compare(token, settings.METRICS_TOKEN):
        return _plain("This page needs the token of METRICS_TOKEN.", 401, "Bearer")
    try:
        return HttpResponse(facts.exposition(), content_type=facts.CONTENT_TYPE)
    except DatabaseError:
        return _plain("The database does not answer.", 503)


def _plain(sentence, status, challenge=""):
    headers = {"WWW-Authenticate": challenge} if challenge else {}
    return HttpResponse(f"{sentence}\n", "text/plain", status, headers=headers)


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
    return ", ".join(_lateness(each) for each in heartbeats() if each.is_overdue)


def _lateness(heartbeat) -> str:
    name, age = heartbeat.work.name, heartbeat.age
    return f"{name}: not yet" if age is None else f"{name}: {age.total_seconds():.0f} s ago"

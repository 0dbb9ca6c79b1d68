"""Write what a test of real processes needs into their database, and answer in JSON.

python -m tests.notices.drill_app.seed people 30
python -m tests.notices.drill_app.seed plan '{"moment": seconds from now, …}'
python -m tests.notices.drill_app.seed silence '{"moment": seconds from now, …}'
"""

import json
import sys
from datetime import timedelta

import django


def people(number):
    """People who will be told, and the session of one of them who looks on."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.cached_db import SessionStore

    from nanchuan.accounts.models import User

    users = [
        User(username=f"user{n}", name=f"用户{n}", email=f"user{n}@example.invalid")
        for n in range(int(number))
    ]
    User.objects.bulk_create(users)
    reader, session = User.objects.get(username="user0"), SessionStore()
    session[SESSION_KEY] = str(reader.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = reader.get_session_auth_hash()
    session.save()
    return {"cookie": f"{settings.SESSION_COOKIE_NAME}={session.session_key}"}


def plan(moments):
    """A new subject, and what is to be said about it."""
    return {"subject": _plan(moments).pk}


def silence(moments):
    """The same, and called off in the next moment."""
    from nanchuan.kernel import events

    subject = _plan(moments)
    events.record("drill.silenced", subject=subject, by=None)
    return {"subject": subject.pk}


def _plan(moments):
    from django.utils import timezone

    from members.models import Unit
    from nanchuan.kernel import events

    now = timezone.now()
    subject = Unit.objects.create(name=f"演练单位{now:%H%M%S%f}", kind="enterprise")
    moments = {
        moment: (now + timedelta(seconds=seconds)).isoformat()
        for moment, seconds in json.loads(moments).items()
    }
    yesterday = now - timedelta(days=1)
    events.record("drill.planned", subject=subject, by=None, at=yesterday, moments=moments)
    return subject


if __name__ == "__main__":
    django.setup()
    command = {"people": people, "plan": plan, "silence": silence}[sys.argv[1]]
    sys.stdout.write(json.dumps(command(*sys.argv[2:])))

"""Write what a test of real processes needs into their database, and answer in JSON.

python -m tests.notices.drill_app.seed people 30
python -m tests.notices.drill_app.seed plan '{"moment": seconds from now, …}'
python -m tests.notices.drill_app.seed silence '{"moment": seconds from now, …}'
python -m tests.notices.drill_app.seed gateway http://127.0.0.1:1234/
python -m tests.notices.drill_app.seed meeting 20
python -m tests.notices.drill_app.seed move 7 30
python -m tests.notices.drill_app.seed cancel 7
"""

import json
import sys
from datetime import timedelta

import django


def people(number):
    """People who will be told, and the session of one of them who looks on."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from nanchuan.accounts.models import User
    from nanchuan.accounts.sessions import SessionStore

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


def gateway(url):
    """A gateway for short messages, and one to each of the people that waits for it."""
    from django.contrib.contenttypes.models import ContentType
    from django.utils import timezone

    from members.models import Unit
    from nanchuan.accounts.models import User
    from nanchuan.notices.models import Address, Channel, Delivery, Reminder

    settings = {"url": url, "secret": "x" * 16, "signature": "演练"}
    Channel.objects.create(kind="sms", name="短信", is_on=True, settings=settings)
    now, subject = timezone.now(), Unit.objects.create(name="演练单位", kind="enterprise")
    kind = ContentType.objects.get_for_model(Unit)
    about = {"subject_type": kind, "subject_id": subject.pk, "due_at": now}
    said = Reminder.objects.create(rule="drill.note", moment="sms", state="done", **about)
    for number, user in enumerate(User.objects.filter(username__startswith="user")):
        Address.objects.create(user=user, channel="sms", value=f"1380000{number:04d}")
        Delivery.objects.create(reminder=said, recipient=user, channel="sms", due_at=now)
    return {"subject": subject.pk}


def meeting(seconds):
    """A meeting of units that the people speak for: its two-hour reminder is due in a while."""
    from django.utils import timezone

    from alliance.actions import meetings
    from alliance.models import Group, MeetingKind, Seat, Turn
    from members.models import Liaison, Unit
    from nanchuan.accounts.models import User

    today = timezone.localdate()
    since = {"starts_on": today - timedelta(days=30)}
    group = Group.objects.create(name=f"演练小组{timezone.now():%H%M%S%f}", chain="演练", **since)
    seats = []
    for user in User.objects.filter(username__startswith="user").order_by("pk"):
        unit = Unit.objects.create(name=f"{group}{user.pk}", kind="enterprise")
        Liaison.objects.create(unit=unit, user=user, **since)
        seats.append(Seat.objects.create(group=group, unit=unit, **since))
    ahead = {"ends_on": today + timedelta(days=30)}
    Turn.objects.create(group=group, seat=seats[0], **since, **ahead)
    kind = MeetingKind.objects.create(name=f"{group}会议", reminder_offsets=[120])
    made = meetings.convene(
        group=group, by=None, kind=kind, title="演练会议", place="会议室", **_times(seconds)
    )
    return {"meeting": made.pk}


def move(pk, seconds):
    from alliance.actions import meetings
    from alliance.models import Meeting

    row = Meeting.objects.get(pk=pk)
    meetings.change(row, by=None, seen=row.sequence, **_times(seconds))
    return {}


def cancel(pk):
    from alliance.actions import meetings
    from alliance.models import Meeting

    meetings.cancel(Meeting.objects.get(pk=pk), reason="演练", by=None)
    return {}


def _times(seconds) -> dict:
    from django.utils import timezone

    starts_at = timezone.now() + timedelta(hours=2, seconds=int(seconds))
    return {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=1)}


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
    commands = (people, plan, silence, gateway, meeting, move, cancel)
    command = {each.__name__: each for each in commands}[sys.argv[1]]
    sys.stdout.write(json.dumps(command(*sys.argv[2:])))

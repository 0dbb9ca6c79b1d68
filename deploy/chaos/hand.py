"""What people do in the portal, done through its own actions: a process that takes a command a
line as JSON, `[name, {arguments}]`, and answers in a line.
"""

import json
import os
import signal
import sys
from datetime import timedelta

import django
from django.db import close_old_connections, connection, transaction

NAME = "chaos"
CHUNK = 1000


def people(number):
    """A group whose units each have somebody who speaks for it; one of them looks at pages."""
    from django.utils import timezone

    from alliance.models import Group, MeetingKind, Seat, Turn
    from members.models import Liaison, Unit
    from nanchuan.accounts.models import User

    today = timezone.localdate()
    since = {"starts_on": today - timedelta(days=30)}
    made = Group.objects.count()
    group = Group.objects.create(name=f"演练小组{made}", chain="演练", **since)
    names = [f"{NAME}{made}-{each}" for each in range(number)]
    units = Unit.objects.bulk_create(
        [Unit(name=name, kind=Unit.Kind.ENTERPRISE) for name in names], CHUNK
    )
    users = User.objects.bulk_create(
        [User(username=name, name="联络员", email=f"{name}@example.invalid") for name in names],
        CHUNK,
    )
    pairs = list(zip(units, users, strict=True))
    Liaison.objects.bulk_create([Liaison(unit=u, user=p, **since) for u, p in pairs], CHUNK)
    seats = [Seat(group=group, unit=unit, **since) for unit in units]
    seats = Seat.objects.bulk_create(seats, CHUNK)
    Turn.objects.create(group=group, seat=seats[0], ends_on=today + timedelta(days=90), **since)
    MeetingKind.objects.create(name=f"{group}通知", reminder_offsets=[])
    MeetingKind.objects.create(name=f"{group}会前", reminder_offsets=[120])
    return {
        "group": group.pk,
        "people": [user.pk for user in users],
        "cookie": session_of(users[0]),
    }


def session_of(user) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    from nanchuan.accounts.sessions import SessionStore

    user = type(user).objects.get(pk=user.pk)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


def robots(group, number, url):
    """Robots in the chats of a group, which look for news at each tick."""
    from django.contrib.contenttypes.models import ContentType
    from django.utils import timezone

    from alliance.models import Group
    from nanchuan.notices.models import Channel

    kind = ContentType.objects.get_for_model(Group)
    for each in range(number):
        Channel.objects.create(
            kind=Channel.Kind.WECOM_ROBOT,
            name=f"演练群{each}",
            is_on=True,
            settings={"webhook": f"{url}/cgi-bin/webhook/send?key=robot{group}-{each}-key"},
            audience_type=kind,
            audience_id=group,
            per_minute=Channel.ROBOT_RATE,
            every_minutes=0,
            tells_since=timezone.now(),
        )
    return {"robots": [f"robot{group}-{each}-key" for each in range(number)]}


def convene(group, number, seconds=None):
    """Meetings of the group. `seconds` from now their reminder is due; without it their notice is
    due at once."""
    return [_convene(group, seconds) for _each in range(number)]


def _convene(group, seconds):
    from django.utils import timezone

    from alliance.actions import meetings
    from alliance.models import Group, Meeting, MeetingKind

    group, now = Group.objects.get(pk=group), timezone.now()
    if seconds is None:
        kind, starts_at = "通知", now + timedelta(days=30)
    else:
        kind, starts_at = "会前", now + timedelta(hours=2, seconds=seconds)
    return meetings.convene(
        group=group,
        by=None,
        kind=MeetingKind.objects.get(name=f"{group}{kind}"),
        title=f"演练{Meeting.objects.count() + 1:06d}号",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        place="会议室",
    ).pk


def convene_and_die(group):
    """Killed when everything is committed and the bell has not rung."""
    with transaction.atomic():
        transaction.on_commit(lambda: os.kill(os.getpid(), signal.SIGKILL))
        return _convene(group, None)


def cancel(meeting):
    """Answers when the database has it."""
    from alliance.actions import meetings
    from alliance.models import Meeting

    meetings.cancel(Meeting.objects.get(pk=meeting), reason="演练", by=None)


def titles(meetings):
    from alliance.models import Meeting

    return {row.pk: row.title for row in Meeting.objects.filter(pk__in=meetings)}


COMMANDS = {
    each.__name__: each for each in (people, robots, convene, convene_and_die, cancel, titles)
}


def main():
    django.setup()
    for line in sys.stdin:
        name, arguments = json.loads(line)
        close_old_connections()
        answer = COMMANDS[name](**arguments)
        connection.close()
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()

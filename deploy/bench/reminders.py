"""How quickly what is due reaches the inbox, and how long it takes to plan for many invited."""

import time
from datetime import timedelta

from django.utils import timezone

import park
from alliance.actions import meetings
from alliance.models import Group, MeetingKind, Seat, Turn
from members.models import Liaison, Unit
from nanchuan.accounts.models import User
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick

INVITED, MEETINGS = 1000, 10
SOON = 15  # seconds
NAME = "千席小组"


def measure() -> list[dict]:
    """Seconds to plan a meeting of a thousand, and from the tick that finds its notice due until it
    is in every inbox; inbox rows a second for eight more of it."""
    group = large_group()
    convene(group)  # the first one warms the process up
    events.handle_waiting()
    started = time.perf_counter()
    convene(group)
    events.handle_waiting()
    planning = time.perf_counter() - started
    in_every_inbox = seconds_of_a_tick()
    for _number in range(MEETINGS - 2):
        convene(group)
    events.handle_waiting()
    before = Notice.objects.count()
    Reminder.objects.filter(state=Reminder.State.PLANNED).exclude(rule="meeting.notice").delete()
    started = time.perf_counter()
    while reminders.expand_due()[1]:
        pass
    told = Notice.objects.count() - before
    rate = told / (time.perf_counter() - started)
    return [
        figure(f"reminders: plan {INVITED} invited, s (≤ 1)", planning, INVITED),
        figure(f"reminders: tick to {INVITED} inboxes, s (≤ {SOON})", in_every_inbox, INVITED),
        figure("reminders: inbox rows a second", rate, told),
        figure("reminders: 10,000 due inbox rows, s (≤ 2)", 10_000 / rate, told),
    ]


def seconds_of_a_tick() -> float:
    """A meeting was called and nothing is planned yet: one tick of a worker does all of it."""
    while reminders.expand_due()[1]:
        pass  # the notices of the meetings before
    meeting = convene(Group.objects.get(name=NAME))
    started = time.perf_counter()
    tick()
    lasted = time.perf_counter() - started
    heard = Notice.objects.filter(reminder__in=Reminder.objects.about(meeting))
    if heard.count() < INVITED:
        raise SystemExit(f"{heard.count()} of {INVITED} heard of a meeting within one tick")
    return lasted


def figure(page, value, rows):
    return {
        "page": page,
        "kind": "other",
        "ratio": None,
        "sql": None,
        "rows": rows,
        "limit": None,
        "value": round(value, 3),
    }


def large_group():
    """A group of a thousand units, each with somebody who speaks for it."""
    today = timezone.localdate()
    since = {"starts_on": park.FOUNDED}
    group = Group.objects.create(name=NAME, chain="测试", **since)
    names = [f"bench-{number}" for number in range(INVITED)]
    units = Unit.objects.bulk_create(Unit(name=name, kind=Unit.Kind.ENTERPRISE) for name in names)
    users = User.objects.bulk_create(
        User(username=name, name="张联络", email=f"{name}@bench.invalid") for name in names
    )
    Liaison.objects.bulk_create(
        Liaison(unit=unit, user=user, **since) for unit, user in zip(units, users, strict=True)
    )
    seats = Seat.objects.bulk_create(Seat(group=group, unit=unit, **since) for unit in units)
    Turn.objects.create(
        group=group, seat=seats[0], starts_on=today, ends_on=today + timedelta(days=90)
    )
    return group


def convene(group):
    starts_at = timezone.now() + timedelta(days=30)
    return meetings.convene(
        group=group,
        kind=MeetingKind.objects.first(),
        title="千席会议",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place="园区会议厅",
        agenda="通报情况",
        by=User.objects.get(pk=park.STAFF),
    )

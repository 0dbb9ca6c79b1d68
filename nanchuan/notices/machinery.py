"""How the machinery of notices runs (运行情况): one set of facts, for the administrators' page and
for `/metrics`. A constant number of queries, and nothing about persons.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.models import Event
from nanchuan.notices.actions.events import MOST_FAILURES
from nanchuan.notices.heartbeats import Heartbeat, heartbeats
from nanchuan.notices.models import Channel, Delivery, Reminder, RobotPost
from nanchuan.notices.recent import WEEK, Recent, hour_of, recent
from nanchuan.notices.standing import SLOW, Standing, standings

INBOX = Delivery.Channel.INBOX
QUEUES = {INBOX: "default", Channel.Kind.EMAIL: "mail"}  # the others share one
REST = "robot"
NOTHING = timedelta()
GOES_ON = Q(failures__lt=MOST_FAILURES)


@dataclass(frozen=True)
class Flow:
    """One way to people and its numbers. What waits, fails or is missed for the inbox are
    reminders, for there each is said to its whole audience at once; else messages to one person or
    group."""

    name: str
    label: str | Promise
    queue: str
    status: str  # colour of the dot
    words: str | Promise
    waiting: int
    due: int
    age: timedelta  # of the oldest that is due and not sent
    dead: int
    succeeded_at: datetime | None
    recent: Recent
    channel: Channel | None = None
    note: str = ""


@dataclass(frozen=True)
class Machinery:
    heartbeats: list[Heartbeat]
    flows: list[Flow]
    events: int  # that are to be turned into reminders
    events_age: timedelta
    events_dead: int  # given up


def machinery() -> Machinery:
    now = timezone.now()
    channels = list(Channel.objects.order_by("kind", "-is_on", "-pk"))
    unhandled = Event.objects.filter(handled_at=None).aggregate(
        waiting=Count("pk", filter=GOES_ON),
        oldest=Min("happened_at", filter=GOES_ON),
        dead=Count("pk", filter=~GOES_ON),
    )
    return Machinery(
        heartbeats=heartbeats(channel.kind for channel in channels if channel.is_on),
        flows=list(_flows(channels, now)),
        events=unhandled["waiting"],
        events_age=_age(unhandled["oldest"], now),
        events_dead=unhandled["dead"],
    )


def sent_ever() -> dict[str, int]:
    """By the name of a flow. Rows of what was sent are kept, so it never becomes less."""
    sent = Delivery.objects.filter(state=Delivery.State.SENT).order_by()
    found = dict(sent.values_list("channel").annotate(n=Count("pk")))
    posts = RobotPost.objects.filter(state=RobotPost.State.SENT).order_by()
    robots = posts.values_list("channel__kind", "channel_id").annotate(n=Count("pk"))
    return found | {f"{kind}-{pk}": number for kind, pk, number in robots}


def _flows(channels, now) -> Iterator[Flow]:
    persons = recent(Delivery.objects, "channel", now)
    posts = recent(RobotPost.objects, "channel_id", now)
    yield _inbox(persons[INBOX], now)
    seen = set()
    for standing in standings(channels):
        channel = standing.channel
        if channel.is_robot:
            yield _flow(standing, f"{channel.kind}-{channel.pk}", posts[channel.pk], now)
        elif channel.kind not in seen:  # the one at work comes first
            seen.add(channel.kind)
            yield _flow(standing, channel.kind, persons[channel.kind], now)


def _flow(standing: Standing, name, lately, now) -> Flow:
    channel = standing.channel
    return Flow(
        name=name,
        label=channel.name,
        queue=QUEUES.get(channel.kind, REST),
        status=standing.status,
        words=standing.words,
        waiting=standing.waiting,
        due=standing.due,
        age=_age(standing.oldest, now),
        dead=standing.dead,
        succeeded_at=max(filter(None, (standing.succeeded_at, lately.last)), default=None),
        recent=lately,
        channel=channel,
        note=standing.note,
    )


def _inbox(lately, now) -> Flow:
    planned = Reminder.objects.filter(state=Reminder.State.PLANNED).aggregate(
        waiting=Count("pk"),
        due=Count("pk", filter=Q(due_at__lte=Now())),
        oldest=Min("due_at"),
    )
    failed = Reminder.objects.filter(state=Reminder.State.FAILED).count()
    lost = Reminder.objects.filter(
        state__in=[Reminder.State.MISSED, Reminder.State.FAILED], settled_at__gt=now - WEEK
    )
    rows = lost.annotate(hour=hour_of("settled_at", now)).values_list("state", "hour")
    for state, hour, number in rows.annotate(n=Count("pk")):
        lately.hours["missed" if state == Reminder.State.MISSED else "failed"][hour] += number
    age = _age(planned["oldest"], now)
    is_late = age > SLOW
    return Flow(
        name=INBOX.value,
        label=_("站内消息"),
        queue=QUEUES[INBOX],
        status="soon" if is_late else "confirmed",
        words=_("积压超过 15 分钟") if is_late else _("正常"),
        waiting=planned["waiting"],
        due=planned["due"],
        age=age,
        dead=failed,
        succeeded_at=lately.last,
        recent=lately,
    )


def _age(since, now) -> timedelta:
    return max(now - since, NOTHING) if since else NOTHING

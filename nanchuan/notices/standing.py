"""How channels stand, in words: for the page of the administrators and for watchers."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nanchuan.notices.models import Channel, Delivery, RobotPost

SLOW = timedelta(minutes=15)  # what waits for longer means that something is wrong


@dataclass(frozen=True)
class Standing:
    """A channel and its numbers. `status` names the colour of its dot."""

    channel: Channel
    status: str
    words: str | Promise
    waiting: int
    due: int
    dead: int
    oldest: datetime | None
    succeeded_at: datetime | None
    note: str = ""


def standings(channels) -> list[Standing]:
    """Four queries, however many channels there are."""
    channels = list(channels)
    persons = _numbers(Delivery.objects, "channel")
    posts = _numbers(RobotPost.objects, "channel_id")
    return [
        _standing(row, posts[row.pk] if row.is_robot else persons[row.kind]) for row in channels
    ]


def standing_of(channel: Channel) -> Standing:
    return standings([channel])[0]


def _numbers(rows, key) -> dict:
    """What waits, how much of it is due and since when, and what was given up: two queries."""
    open_rows, dead = rows.waiting().order_by(), rows.dead().order_by()
    facts = {
        "waiting": Count("pk"),
        "due": Count("pk", filter=Q(due_at__lte=Now())),
        "oldest": Min("due_at"),
    }
    found = defaultdict(lambda: {"waiting": 0, "due": 0, "dead": 0, "oldest": None})
    for row in open_rows.values(key).annotate(**facts):
        found[row.pop(key)] |= row
    for name, number in dead.values_list(key).annotate(Count("pk")):
        found[name]["dead"] = number
    return found


def _standing(channel, facts) -> Standing:
    status, words = _verdict(channel, facts)
    note = channel.fault or (channel.failure if status == "soon" else "")
    return Standing(channel, status, words, note=note, succeeded_at=channel.succeeded_at, **facts)


def _verdict(channel, facts):
    """A dot and a word: green, amber, red or grey."""
    failed, well = channel.failed_at, channel.succeeded_at
    late = facts["oldest"] and timezone.now() - facts["oldest"] > SLOW
    if not channel.is_on:
        return "left", _("未启用")
    if channel.fault:
        return "overdue", _("停摆，待处理")
    if failed and (well is None or failed > well):
        return "soon", _("最近一次没有发出")
    if late:
        return "soon", _("积压超过 15 分钟")
    if well is None:
        return "waiting", _("尚未发过消息")
    return "confirmed", _("正常")

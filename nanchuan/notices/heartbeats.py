"""Whether the work behind the pages goes on: each kind of it marks a heartbeat, by the database's
clock. Of a channel that nobody switched on none is demanded.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import DurationField, ExpressionWrapper, F
from django.db.models.functions import Now
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from nanchuan.notices.models import Channel, Tick

# Work is looked for every TICK_SECONDS; a long batch may hold it up.
USUAL = timedelta(seconds=90)
LONG = timedelta(minutes=15)  # what works on whole tables


@dataclass(frozen=True)
class Work:
    """A kind of work: who does it (its queue), and for which channels, if for channels only."""

    name: str
    label: str | Promise
    queue: str
    limit: timedelta = USUAL
    channels: tuple[str, ...] = ()


_works = {
    work.name: work
    for work in (
        Work("tick", _("提醒和站内消息"), "default"),
        Work("mail", _("发送邮件"), "mail"),
        Work("wecom", _("发送企业微信"), "robot", channels=(Channel.Kind.WECOM_APP,)),
        Work("sms", _("发送短信"), "robot", channels=(Channel.Kind.SMS,)),
        Work("robot", _("群机器人"), "robot", channels=Channel.ROBOTS),
    )
}


def expect(work: Work) -> None:
    """Another app's work."""
    _works[work.name] = work


def work_named(name: str) -> Work | None:
    return _works.get(name)


@dataclass(frozen=True)
class Heartbeat:
    """How long ago a kind of work was last looked for; None: never yet."""

    work: Work
    age: timedelta | None
    is_demanded: bool

    @property
    def is_overdue(self) -> bool:
        return self.is_demanded and (self.age is None or self.age > self.work.limit)


def heartbeats(on: Iterable[str] | None = None) -> list[Heartbeat]:
    """Of every kind of work. `on` are the kinds of channels that are switched on, asked for unless
    they are known already."""
    if on is None:
        on = Channel.objects.filter(is_on=True).values_list("kind", flat=True)
    on = frozenset(on)
    age = ExpressionWrapper(Now() - F("at"), output_field=DurationField())
    ages = dict(Tick.objects.annotate(age=age).values_list("name", "age"))
    return [
        Heartbeat(work, ages.get(name), not work.channels or not on.isdisjoint(work.channels))
        for name, work in _works.items()
    ]


def stand_still(beats: Iterable[Heartbeat]) -> bool:
    """Whether the tick does not come: then nothing tells anybody that anything is wrong."""
    return any(each.is_overdue for each in beats if each.work.name == "tick")

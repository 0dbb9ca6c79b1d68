"""Setting up channels (通知渠道), switching them, trying them, sending again what was given up."""

import time
import uuid
from contextlib import closing

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Max
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices import senders
from nanchuan.notices.actions import health, leases
from nanchuan.notices.models import Address, Channel
from nanchuan.notices.senders.answers import Refused, Rejected, Unreachable
from nanchuan.notices.senders.wording import Digest

CHANGED = "channel.changed"
FIELDS = ("name", "audience_type_id", "audience_id", "per_minute", "every_minutes")


@transaction.atomic
def create(channel: Channel, *, by) -> Channel:
    """A new channel, switched off until it was tried."""
    channel.is_on = False
    channel.save()
    events.record("channel.created", subject=channel, by=by, kind=channel.kind)
    return channel


def last_change(channel: Channel) -> int:
    """The number of the event in which it was changed last; 0 before that."""
    kind = ContentType.objects.get_for_model(channel)
    rows = Event.objects.filter(subject_type=kind, subject_id=channel.pk, name=CHANGED)
    return rows.aggregate(last=Max("pk"))["last"] or 0


@transaction.atomic
def change(channel: Channel, *, seen: int, by) -> Channel:
    """Set up anew: the trail keeps which settings changed, never what they are.

    `seen` is the last change that was known then: of two who change it at once the second is
    refused.
    """
    before = Channel.objects.select_for_update().get(pk=channel.pk)
    if seen != last_change(channel):
        raise StepRefused(_("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": before})
    changed = [name for name in FIELDS if getattr(before, name) != getattr(channel, name)]
    names = sorted(before.settings.keys() | channel.settings.keys())
    changed += [name for name in names if before.settings.get(name) != channel.settings.get(name)]
    if not changed:
        return channel
    channel.token, channel.token_until = "", None
    channel.save(update_fields=[*FIELDS, "settings", "token", "token_until"])
    events.record(CHANGED, subject=channel, by=by, changed=changed)
    health.mend(channel)
    return channel


@transaction.atomic
def switch_on(channel: Channel, *, by) -> None:
    """A robot tells of what is said from now on."""
    twin = Channel.objects.filter(kind=channel.kind, is_on=True).exclude(pk=channel.pk)
    if not channel.is_robot and twin.exists():
        raise StepRefused(_("这一类渠道已有一个在用，请先停用它。"))
    rows = Channel.objects.filter(pk=channel.pk, is_on=False)
    if not rows.update(is_on=True, tells_since=Now(), digest_at=None):
        raise StepRefused(_("“%(channel)s”已经启用。") % {"channel": channel})
    events.record("channel.switched_on", subject=channel, by=by)


@transaction.atomic
def switch_off(channel: Channel, *, by) -> None:
    """What waits for it goes on waiting."""
    if not Channel.objects.filter(pk=channel.pk, is_on=True).update(is_on=False):
        raise StepRefused(_("“%(channel)s”已经停用。") % {"channel": channel})
    events.record("channel.switched_off", subject=channel, by=by)


def try_out(channel: Channel, *, by) -> str:
    """Send a real message at once, also by a channel that is off; returns what came of it.

    Raises StepRefused with the other side's answer in words.
    """
    if not health.take_turn(channel):
        raise StepRefused(_("这个渠道刚刚发过消息，请过一会儿再试。"))
    started = time.monotonic()
    with health.kept(channel) as seen:
        try:
            _send_trial(channel, by)
        except (Refused, Unreachable, Rejected) as trouble:
            words = seen.failed(trouble)
            seen.fault = ""  # a trial stops nothing; what is at work finds out by itself
            _note_trial(channel, by, words)
            raise StepRefused(_("测试消息没有发出：%(why)s") % {"why": words}) from None
        seen.succeeded()
    seconds = time.monotonic() - started
    health.mend(channel)
    _note_trial(channel, by, "")
    told = _("对方已接收测试消息，用时 %(seconds).1f 秒。") % {"seconds": seconds}
    return told + (_("请到群里查看。") if channel.is_robot else _("请在自己的设备上查看。"))


def _note_trial(channel, by, trouble):
    events.record("channel.tried", subject=channel, by=by, trouble=trouble)


def _send_trial(channel, by):
    title = _("这是一条测试消息，收到说明渠道可用。")
    if channel.is_robot:
        head = _("党建联盟平台：测试")
        senders.TO_GROUPS[channel.kind](channel, Digest(head, (title,)))
        return
    with closing(senders.TO_PERSONS[channel.kind](channel)) as sender:
        address = sender.address_of(by)
        if not address:
            raise StepRefused(_("测试消息发给您本人，但您的账号没有登记这个渠道的接收地址。"))
        sender.connect()
        extra = {"uid": uuid.uuid4()} if channel.kind == Channel.Kind.SMS else {}
        sender.send(sender.trial(address, title, settings.SITE_URL, **extra))


@transaction.atomic
def retry(channel: Channel, *, by, pk=None) -> int:
    """Send again what was given up, all of it or one; returns how many there were."""
    rows = channel.letters().dead()
    if pk is not None:
        rows = rows.filter(pk=pk)
    number = leases.revive(rows)
    if not number:
        raise StepRefused(_("没有要重发的消息，可能已由别人处理。"))
    events.record("channel.retried", subject=channel, by=by, number=number)
    return number


@transaction.atomic
def keep_address(user, channel: str, value: str, *, by) -> None:
    """Where a channel finds a person; nothing forgets it. The trail keeps only that it changed."""
    own = Address.objects.filter(user=user, channel=channel)
    if not value:
        if own.delete()[0]:
            events.record("address.dropped", subject=user, by=by, channel=channel)
        return
    Address.objects.update_or_create(user=user, channel=channel, defaults={"value": value})
    events.record("address.kept", subject=user, by=by, channel=channel)

"""A group hears one digest for each window of time: what was said since, in titles.

A look for news moves the channel's clock on in one statement, so that of two workers one looks;
a reminder is told once in each group, whenever it was written.
"""

import logging
from datetime import timedelta

from django.db import transaction
from django.db.models import Exists, Max, OuterRef, Q
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from nanchuan.kernel.prepared import prepared_update
from nanchuan.notices import groups, senders
from nanchuan.notices.actions import health, leases
from nanchuan.notices.actions.ruling import AGAIN
from nanchuan.notices.actions.setbacks import words_for
from nanchuan.notices.models import Channel, Reminder, RobotLine, RobotPost
from nanchuan.notices.senders.answers import Refused, Rejected, Throttled, Unreachable
from nanchuan.notices.senders.wording import Digest, harmless

logger = logging.getLogger(__name__)

State = RobotPost.State
FRESH = timedelta(days=2)  # what was said before is not news any more
MOST_READ, MOST_TITLES = 500, 15


def plan_posts() -> int:
    """Put together the digests whose time has come; returns how many there are."""
    due = Q(digest_at=None) | Q(digest_at__lte=Now())
    pks = Channel.objects.working().robots().filter(due).values_list("pk", flat=True)
    return sum(_plan(pk) for pk in list(pks))


@transaction.atomic
def _plan(pk) -> int:
    channel = Channel.objects.get(pk=pk)
    due = Q(digest_at=None) | Q(digest_at__lte=Now())
    window = timedelta(minutes=channel.every_minutes)
    if not Channel.objects.filter(due, pk=pk).update(digest_at=Now() + window):
        return 0
    found = [each for each in news(channel)[:MOST_READ] if _title(each, channel)]
    if not found:
        return 0
    last = channel.posts.aggregate(last=Max("window"))["last"] or 0
    post = RobotPost.objects.create(channel=channel, window=last + 1, due_at=Now())
    RobotLine.objects.bulk_create(
        RobotLine(channel=channel, reminder=reminder, post=post) for reminder in found
    )
    return 1


def news(channel: Channel):
    """Reminders fit for a group that were said lately, and of which the robot has not told. What
    was said once more was said to one person."""
    told = RobotLine.objects.filter(channel=channel, reminder=OuterRef("pk"))
    said = Reminder.objects.filter(
        state=Reminder.State.DONE,
        rule__in=groups.fit_rules(),
        settled_at__gte=Now() - FRESH,
    )
    if channel.tells_since:
        said = said.filter(settled_at__gte=channel.tells_since)
    said = said.exclude(moment__contains=AGAIN)
    return said.exclude(Exists(told)).select_related("subject_type").order_by("settled_at", "pk")


def _title(reminder, channel) -> str:
    try:
        return harmless(groups.title_for_group(reminder, channel))
    except Exception:  # one rule's mistake must not silence the group
        logger.exception("Reminder %s cannot be told to a group", reminder.pk)
        return ""


def waiting() -> list[int]:
    """Robots that have something to say and may."""
    due = RobotPost.objects.claimable().filter(channel__in=Channel.objects.working())
    return sorted(set(due.values_list("channel", flat=True)))


def send_posts(pk: int) -> int:
    """Send what waits for one robot, at its pace; returns how many left."""
    channel, sent = Channel.objects.working().filter(pk=pk).first(), 0
    rows = RobotPost.objects.filter(channel=pk)
    while channel is not None and rows.claimable().exists() and health.take_turn(channel):
        token, pks = leases.claim(rows, 1)
        if not pks or not _send(channel, rows.filter(lease_by=token), pks[0], token):
            break
        sent += 1
    return sent


def _send(channel, mine, pk, token) -> bool:
    """Send one digest; whether the robot may say another."""
    if not renew(pk, token):
        return False
    digest = digest_of(channel, pk)
    if digest is None:
        mine.update(state=State.CANCELLED, error=_("其中的事项都已取消或变更。"))
        return True
    with health.kept(channel) as seen:
        try:
            senders.TO_GROUPS[channel.kind](channel, digest)
        except Refused as refusal:
            seen.failed(refusal)
            mine.update(state=State.DEAD, error=seen.failure)
        except (Throttled, Unreachable, Rejected) as trouble:
            leases.put_back(mine, seen.failed(trouble))
            return False
        except Exception as error:
            logger.exception("Post %s could not be sent", pk)
            leases.put_back(mine, words_for(error), most=leases.MOST_FAILURES)
            return False
        else:
            mark_sent(pk, token)
            mine.update(text=digest.plain())
            seen.succeeded()
    return True


@prepared_update(int, str)
def renew(pk, token):
    return leases.renewal(RobotPost.objects, pk, token)


@prepared_update(int, str)
def mark_sent(pk, token):
    return leases.mark(RobotPost.objects, pk, token)


def digest_of(channel: Channel, pk: int) -> Digest | None:
    """What a post says now: nothing of what was called off since."""
    rows = Reminder.objects.filter(pk__in=RobotLine.objects.filter(post=pk).values("reminder"))
    rows = rows.exclude(expires_at__lte=Now()).select_related("subject_type")
    titles = [title for row in rows.order_by("settled_at", "pk") if (title := _title(row, channel))]
    if not titles:
        return None
    head = _("党建联盟平台：新通知 %(number)d 条") % {"number": len(titles)}
    return Digest(head, tuple(titles[:MOST_TITLES]), max(len(titles) - MOST_TITLES, 0))

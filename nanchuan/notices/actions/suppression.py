"""What lies in the past is written down as such, and not sent."""

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from nanchuan.accounts.models import User
from nanchuan.kernel import bulk
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.models import Channel, Delivery, Reminder, RobotPost
from nanchuan.notices.reach import reached_by
from nanchuan.notices.routing import INBOX, channels_of
from nanchuan.notices.rules import rule_named


def suppress(before: datetime) -> None:
    """Handle waiting events, and suppress every reminder and mail due before a moment.

    The rows exist, for its audience of today, but nobody is told: for history that was entered
    afterwards, and after a restore from a backup. An event that cannot be handled is given up,
    because a later attempt would send what it plans.
    """
    events.handle_waiting(failures_left=1)
    planned = Reminder.objects.filter(state=Reminder.State.PLANNED, due_at__lt=before)
    for reminder in planned.order_by("pk"):
        _suppress(reminder)
    said_before = Q(due_at__lt=before) | Q(reminder__due_at__lt=before)
    Delivery.objects.filter(said_before).waiting().update(state=Delivery.State.SUPPRESSED)
    posts = RobotPost.objects.filter(due_at__lt=before)
    posts.waiting().update(state=Delivery.State.SUPPRESSED)
    Channel.objects.robots().update(tells_since=before)


@transaction.atomic
def _suppress(reminder):
    mine = Reminder.objects.filter(pk=reminder.pk, state=Reminder.State.PLANNED)
    if not mine.update(state=Reminder.State.SUPPRESSED, settled_at=reminder.due_at):
        return
    rule = rule_named(reminder.rule)
    subject = reminders.subject_of(reminder, rule)
    if subject is None:
        return
    people = list(reminders.untold(rule, subject, reminder).values_list("pk", flat=True))
    facts = {
        "reminder_id": reminder.pk,
        "due_at": reminder.due_at,
        "state": Delivery.State.SUPPRESSED,
    }
    bulk.insert(
        Delivery,
        [
            facts | {"recipient_id": person, "channel": channel}
            for channel in (channels_of(rule) if people else ())
            for person in _reached(channel, people)
        ],
    )


def _reached(channel, people) -> list[int]:
    if channel == INBOX:
        return people
    accounts = User.objects.filter(pk__in=people)
    return list(reached_by(channel, accounts).values_list("pk", flat=True))

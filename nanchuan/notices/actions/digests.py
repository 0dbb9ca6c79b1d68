"""What is gathered for one mail: rows are the queue, so that nothing is said twice or skipped.

A line joins the digest that is open while it holds its lock; a digest closes under the same lock.
Whoever comes a moment later opens the next one.
"""

from datetime import datetime

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from nanchuan.notices.models import Delivery, Digest, DigestLine, Reminder

RULE = "digest.mail"
MOMENT = "due"
ATTEMPTS = 5
State = Delivery.State


@transaction.atomic
def gather(rows: dict[Delivery, datetime]) -> None:
    """Put deliveries into the open digests of their recipients, with the time it leaves."""
    if not rows:
        return
    digests = _open({row.recipient_id: at for row, at in rows.items()})
    DigestLine.objects.bulk_create(
        DigestLine(digest=digests[row.recipient_id], delivery=row) for row in rows
    )


def _open(times: dict[int, datetime]) -> dict[int, Digest]:
    """The open digest of each person, locked."""
    for _attempt in range(ATTEMPTS):
        rows = Digest.objects.filter(user__in=times, closed_at=None).order_by("user")
        found = {digest.user_id: digest for digest in rows.select_for_update()}
        missing = times.keys() - found.keys()
        if not missing:
            _plan(found, times)
            return found
        new = [Digest(user_id=person) for person in sorted(missing)]
        Digest.objects.bulk_create(new, ignore_conflicts=True)
    raise RuntimeError("no open digest could be held")


def _plan(digests, times):
    """Each is one reminder, however often it is asked for."""
    kind = ContentType.objects.get_for_model(Digest)
    Reminder.objects.bulk_create(
        [
            Reminder(
                rule=RULE,
                subject_type=kind,
                subject_id=digest.pk,
                moment=MOMENT,
                due_at=times[person],
            )
            for person, digest in digests.items()
        ],
        ignore_conflicts=True,
    )


@transaction.atomic
def close(digest: Digest) -> None:
    """Take what waits; a mail that left by itself, or was silenced, is no part of it."""
    if not Digest.objects.filter(pk=digest.pk, closed_at=None).update(closed_at=Now()):
        return
    waiting = Delivery.objects.filter(
        pk__in=DigestLine.objects.filter(digest=digest).values("delivery"), state=State.PENDING
    )
    taken = list(waiting.select_for_update().values_list("pk", flat=True))
    digest.lines.exclude(delivery__in=taken).delete()
    Delivery.objects.filter(pk__in=taken).update(
        state=State.SUPPRESSED, error=_("已并入汇总邮件。")
    )


def move(person, at: datetime | None) -> None:
    """The open digest of a person leaves at another time; at once, if there are to be none."""
    kind = ContentType.objects.get_for_model(Digest)
    rows = Reminder.objects.filter(
        rule=RULE,
        subject_type=kind,
        subject_id__in=Digest.objects.filter(user=person, closed_at=None).values("pk"),
        state=Reminder.State.PLANNED,
    )
    rows.update(due_at=at or Now())

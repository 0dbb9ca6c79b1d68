"""A circular goes out (发布), and what becomes of it until it is closed and filed."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.circulars.actions.circulars import CHANGEABLE, check_draft, check_running
from nanchuan.circulars.actions.receivers import Receivers, resolve
from nanchuan.circulars.models import (
    Addressee,
    Circular,
    CircularFile,
    Extension,
    Numbering,
    Question,
    Target,
)
from nanchuan.kernel import events, serials
from nanchuan.kernel.moments import database_now
from nanchuan.kernel.states import StepRefused

Status = Circular.Status
SERIES = "circular"
REST = timedelta(hours=1)  # between two reminders by the button


def check_ready(circular: Circular, receivers: Receivers, at: datetime) -> None:
    """Raises StepRefused with what a draft still lacks."""
    if not receivers.number:
        raise StepRefused(_("还没有选择发给谁，或者选定的范围里现在没有党组织和单位。"))
    if not (circular.text or circular.files.exists()):
        raise StepRefused(_("正文和附件至少要有一项。"))
    if circular.due_at and circular.due_at <= at:
        raise StepRefused(_("截止时间已经过去，请先修改。"))
    if circular.needs_submission and circular.due_at is None:
        raise StepRefused(_("需要报送的通知请先填写截止时间。"))


@transaction.atomic
def publish(circular: Circular, *, by, at: datetime | None = None) -> None:
    """It goes out (发布): a number, and one row for each receiver, fixed from now on. What it
    replaces is marked as such in the same moment, unless it was recalled or filed meanwhile.

    Raises StepRefused for a draft that lacks something, or if somebody else was first.
    """
    moment = at or timezone.now()
    check_draft(circular)
    receivers = resolve(circular.targets.all())
    check_ready(circular, receivers, moment)
    circular.step_to(Status.PUBLISHED, **_numbered(moment), published_at=moment)
    rows = [
        Addressee(circular=circular, due_at=circular.due_at, order=order, **who)
        for order, who in enumerate(_who(receivers))
    ]
    Addressee.objects.bulk_create(rows, batch_size=500)
    _mean_posts(circular, receivers.posts)
    before = Circular.objects.filter(pk=circular.replaces_id, status__in=Circular.OUT).first()
    if before is not None:
        before.step_to(Status.REPLACED, closed_at=moment)
        events.record("circular.replaced", subject=before, by=by, at=at, by_number=circular.number)
    events.record("circular.published", subject=circular, by=by, at=at, receivers=len(rows))


def _numbered(moment) -> dict:
    year = timezone.localtime(moment).year
    serial = serials.take(SERIES, year).last
    number = Numbering.written(Numbering.in_force(), year, serial)
    return {"year": year, "serial": serial, "number": number}


def _who(receivers):
    for organization in receivers.organizations:
        yield {"organization": organization, "name": str(organization)}
    for unit in receivers.units:
        yield {"unit": unit, "name": str(unit)}


def _mean_posts(circular, posts):
    meant = Addressee.posts.through
    rows = circular.addressees.filter(organization__in=posts)
    links = [
        meant(addressee_id=pk, post_id=post)
        for pk, organization in rows.values_list("pk", "organization")
        for post in sorted(posts[organization])
    ]
    meant.objects.bulk_create(links, batch_size=500)


@transaction.atomic
def recall(circular: Circular, *, reason: str, by, at: datetime | None = None) -> None:
    """It should not have gone out (撤回): it stays visible, marked as recalled, and nothing is owed
    any more."""
    circular.step_to(Status.RECALLED, reason=reason, closed_at=at or timezone.now())
    events.record("circular.recalled", subject=circular, by=by, at=at)


@transaction.atomic
def replace(circular: Circular, *, by, at: datetime | None = None) -> Circular:
    """A draft of the next version (起草替代版本), with the receivers, questions and files of this
    one, which stands until the new one is published."""
    if circular.status not in Circular.OUT:
        raise StepRefused(_("只有已发布或已截止的通知可以替代。"))
    Circular.objects.select_for_update(no_key=True).get(pk=circular.pk)
    if later := Circular.objects.filter(replaces=circular).first():
        raise StepRefused(_("替代版本“%(title)s”已经在起草。") % {"title": later.title})
    facts = {name: getattr(circular, name) for name in CHANGEABLE}
    made = Circular.objects.create(by=by, added_at=at or timezone.now(), replaces=circular, **facts)
    for model in (Target, Question, CircularFile):
        rows = list(model.objects.filter(circular=circular))
        for row in rows:
            row.pk, row.circular, row._state.adding = None, made, True
        model.objects.bulk_create(rows)
    events.record("circular.drafted", subject=made, by=by, at=at, replaces=circular.number)
    return made


@transaction.atomic
def close(circular: Circular, *, by, at: datetime | None = None) -> None:
    """Nothing more is awaited (截止)."""
    circular.step_to(Status.CLOSED, closed_at=at or timezone.now())
    events.record("circular.closed", subject=circular, by=by, at=at)


@transaction.atomic
def archive(circular: Circular, *, by, at: datetime | None = None) -> None:
    """It is filed (归档); it can be found and read as before."""
    circular.step_to(Status.ARCHIVED)
    events.record("circular.archived", subject=circular, by=by, at=at)


# ── While it runs ───────────────────────────────────────────────────────────────────────────


@transaction.atomic
def extend(circular: Circular, *, until: datetime, by, at: datetime | None = None) -> int:
    """All have time until then (统一延期), who had longer keeps it; returns how many gained."""
    check_running(circular)
    if until <= (at or timezone.now()):
        raise StepRefused(_("新的截止时间要在现在以后。"))
    if circular.due_at is None or until <= circular.due_at:
        raise StepRefused(_("新的截止时间要晚于原来的截止时间。"))
    rows = circular.addressees.filter(Q(due_at=None) | Q(due_at__lt=until))
    number = rows.update(due_at=until)
    Circular.objects.filter(pk=circular.pk).update(due_at=until)
    _answer_asked(circular, until, at)
    events.record("circular.extended", subject=circular, by=by, at=at, until=until, number=number)
    return number


def _answer_asked(circular, until, at):
    asked = Extension.objects.filter(addressee__circular=circular, until__lte=until)
    asked.filter(status=Extension.Status.ASKED).update(
        status=Extension.Status.GRANTED, answered_at=at or timezone.now()
    )


def missing(circular: Circular) -> list[Addressee]:
    """Who has not done it yet, in order: whom the button would remind."""
    rows = circular.addressees.all().owing().select_related("circular")
    return list(rows.order_by("order", "pk"))


@transaction.atomic
def remind(circular: Circular, *, by) -> int:
    """Exactly those that are missing are told again (提醒未办), once an hour at most; returns how
    many."""
    check_running(circular)
    now = database_now()
    rested = Q(reminded_at=None) | Q(reminded_at__lte=now - REST)
    rows = missing(circular)
    if not rows:
        raise StepRefused(_("没有未办的，不需要提醒。"))
    if not Circular.objects.filter(rested, pk=circular.pk).update(reminded_at=now):
        raise StepRefused(_("一小时内已经提醒过，请稍后再提醒。"))
    pks = [row.pk for row in rows]
    events.record("circular.reminded", subject=circular, by=by, missing=pks, number=len(pks))
    return len(pks)

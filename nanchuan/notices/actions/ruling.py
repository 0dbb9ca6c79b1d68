"""Deciding how a rule speaks, and saying what was said once more."""

from itertools import groupby

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from nanchuan.notices import reach, ruling
from nanchuan.notices.actions import reminders
from nanchuan.notices.models import Delivery, Relay, Reminder, RuleSetting
from nanchuan.notices.rules import CANCEL, rule_named

PLANNED = Reminder.State.PLANNED
BATCH = 200
AGAIN = "~"


@transaction.atomic
def decide(rule: str, *, version: int, by, **facts) -> tuple[RuleSetting, int]:
    """Write a version of a rule, and plan anew what waits; returns how many reminders that moved.

    `version` is the one after what was read: of two who decide at once the second is refused.
    """
    latest = RuleSetting.objects.filter(rule=rule).order_by("-version").first()
    if version != (latest.version if latest else 0) + 1:
        raise StepRefused(_("这条规则刚被别人修改，请刷新后再试。"))
    setting = RuleSetting.objects.create(rule=rule, version=version, by=by, **facts)
    events.record("rulesetting.decided", subject=setting, by=by, rule=rule)
    return setting, replan(rule)


@transaction.atomic
def replan(rule: str) -> int:
    """Move what waits to where the rule puts it now; what was said stays said.

    Where every new time is past already, what was planned stays: nobody should hear nothing.
    """
    if not rule_named(rule).offsets:
        return 0
    rows = Reminder.objects.filter(rule=rule, state=PLANNED).order_by("subject_type", "subject_id")
    keys = list(rows.values_list("subject_type", "subject_id").distinct())
    moved = 0
    for start in range(0, len(keys), BATCH):
        found = Q(pk__in=[])
        for kind, pairs in groupby(keys[start : start + BATCH], key=lambda key: key[0]):
            found |= Q(subject_type=kind, subject_id__in=[pk for _kind, pk in pairs])
        batch = rows.filter(found).select_related("event", "subject_type")
        for _key, waiting in groupby(batch, key=lambda row: (row.subject_type_id, row.subject_id)):
            moved += _replan_subject(rule, list(waiting))
    return moved


def _replan_subject(rule, waiting) -> int:
    speaker = rule_named(rule)
    subject = reminders.subject_of(waiting[0], speaker)
    if subject is None:
        return 0
    moved = 0
    for base, same in groupby(sorted(waiting, key=_base), key=_base):
        rows = list(same)
        facts = {"params": rows[0].params, "expires_at": rows[0].expires_at}
        plans = list(ruling.ahead(rule, subject, moment=base, **facts))
        plans = [plan for plan in plans if plan.due_at > timezone.now()]
        if not plans:
            continue
        before = {row.moment: row.due_at for row in rows}
        after = {plan.moment: plan.due_at for plan in plans}
        gone = [row.pk for row in rows if row.moment not in after]
        _cancel(gone)
        for plan in plans:
            if before.get(plan.moment) != plan.due_at:
                reminders.plan(plan, event=rows[0].event)
        moved += len(gone) + sum(before.get(name) != due_at for name, due_at in after.items())
    return moved


def _base(row) -> str:
    return ruling.OFFSET.sub("", row.moment)


def _cancel(pks):
    rows = Reminder.objects.filter(pk__in=pks, state=PLANNED)
    rows.update(state=Reminder.State.CANCELLED, settled_at=Now())


@transaction.atomic
def resend(delivery: Delivery, *, by) -> Delivery:
    """Say it once more to one person, as a row of its own beside the first.

    Raises StepRefused if the matter is over, or the person is not concerned any more.
    """
    said = Reminder.objects.select_for_update().select_related("subject_type")
    said = said.get(pk=delivery.reminder_id)
    rule = rule_named(said.rule)
    subject = reminders.subject_of(said, rule)
    if subject is None or rule.verdict(subject, said) == CANCEL:
        raise StepRefused(_("这件事已经结束或变更，不再发送。"))
    person = delivery.recipient
    if not reminders.audience_of(rule, subject, said).filter(pk=person.pk).exists():
        raise StepRefused(_("收件人已不在通知范围内，不再发送。"))
    people = type(person).objects.filter(pk=person.pk)
    if not reach.reached_by(delivery.channel, people).exists():
        raise StepRefused(_("收件人没有登记这个渠道，无法发送。"))
    if said.expires_at and said.expires_at <= timezone.now():
        raise StepRefused(_("已经过了发送的时限，不再发送。"))
    if _waits(said, delivery):
        raise StepRefused(_("已经在等待发送，请稍后查看结果。"))
    return _once_more(said, delivery, by)


def _waits(said, delivery) -> bool:
    rows = Delivery.objects.filter(
        Q(pk=delivery.pk) | Q(reminder__in=_once_said(said)),
        recipient=delivery.recipient_id,
        channel=delivery.channel,
    )
    return rows.waiting().exists()


def _once_said(said):
    """The rows in which it was said once more."""
    return Reminder.objects.filter(
        rule=said.rule,
        subject_type=said.subject_type,
        subject_id=said.subject_id,
        moment__startswith=f"{said.moment}{AGAIN}",
    )


def _once_more(said, delivery, by):
    number = 1 + _once_said(said).count()
    again = Reminder.objects.create(
        rule=said.rule,
        subject_type=said.subject_type,
        subject_id=said.subject_id,
        moment=f"{said.moment}{AGAIN}{number}",
        params=said.params,
        event=said.event,
        due_at=timezone.now(),
        expires_at=said.expires_at,
        state=Reminder.State.DONE,
        settled_at=timezone.now(),
    )
    heard = said.relays.filter(deputy=delivery.recipient_id)
    Relay.objects.bulk_create(
        Relay(reminder=again, person_id=relay.person_id, deputy_id=relay.deputy_id)
        for relay in heard
    )
    row = Delivery.objects.create(
        reminder=again,
        recipient=delivery.recipient,
        channel=delivery.channel,
        due_at=timezone.now(),
    )
    events.record("delivery.resent", subject=row, by=by, first=delivery.pk)
    return row

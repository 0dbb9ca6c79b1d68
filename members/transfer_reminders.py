"""Who hears of a transfer, when and in which words. Whom, is asked when the notice goes out."""

from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Organization, Rule, Transfer
from members.speakers import leaders, park_office
from nanchuan.accounts.models import User
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule

MOST_CHASES = 20
WHILE_IT_WAITS = ("transfer.requested", "transfer.chase", "transfer.expiring")


def leading(*ends):
    """Whoever leads one of the ends that lie in the park."""
    return leaders(Organization.objects.filter(pk__in=[end.pk for end in ends if end]))


def who_must_act(transfer):
    """The secretary of the acting end; the park office for the outside, or if nobody leads it."""
    people = leading(transfer.acting_end)
    return people | park_office() if transfer.is_outside or not people.exists() else people


class TransferRule(NoticeRule):
    """About a transfer, with what its letter carries and no more."""

    kind = Kind.ORGANIZATION

    def title(self, transfer, reminder):
        return f"{self.label}：{transfer.member.name}"

    def body(self, transfer, reminder):
        return _("从%(source)s转到%(target)s。介绍信有效期至 %(until)s。") % {
            "source": transfer.from_full_name,
            "target": transfer.to_full_name,
            "until": day(transfer.valid_until) or "—",
        }

    def related(self):
        return ("member", "source", "target")


class WaitingRule(TransferRule):
    def audience(self, transfer, reminder):
        return who_must_act(transfer)

    def verdict(self, transfer, reminder):
        return SEND if transfer.is_waiting else CANCEL


@notice_rule
class Requested(WaitingRule):
    name = "transfer.requested"
    label = gettext_lazy("有组织关系转接待接收")
    verb = gettext_lazy("接收")
    is_obligatory = True

    def audience(self, transfer, reminder):
        return who_must_act(transfer).exclude(pk=transfer.requested_by_id)


@notice_rule
class Chase(WaitingRule):
    name = "transfer.chase"
    label = gettext_lazy("催办：组织关系转接还在等待接收")
    verb = gettext_lazy("接收")


@notice_rule
class Expiring(WaitingRule):
    name = "transfer.expiring"
    label = gettext_lazy("介绍信即将过期")
    verb = gettext_lazy("接收")
    is_obligatory = True


class ClosedRule(TransferRule):
    """To both ends and the person, except who did it."""

    def audience(self, transfer, reminder):
        people = leading(transfer.source, transfer.target)
        people |= User.objects.filter(pk=transfer.member.user_id, is_active=True)
        if transfer.is_outside:
            people |= park_office()
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people


@notice_rule
class Accepted(ClosedRule):
    name = "transfer.accepted"
    label = gettext_lazy("组织关系已接收")

    def body(self, transfer, reminder):
        return _("从%(source)s转到%(target)s，自 %(day)s 起生效。") % {
            "source": transfer.from_full_name,
            "target": transfer.to_full_name,
            "day": day(transfer.effective_on),
        }


@notice_rule
class Declined(ClosedRule):
    name = "transfer.declined"
    label = gettext_lazy("组织关系转接被退回")

    def body(self, transfer, reminder):
        reason = _("原因：%(reason)s") % {"reason": transfer.answer}
        return super().body(transfer, reminder) + reason


@notice_rule
class Cancelled(ClosedRule):
    name = "transfer.cancelled"
    label = gettext_lazy("组织关系转接已撤回")


@notice_rule
class Expired(ClosedRule):
    name = "transfer.expired"
    label = gettext_lazy("介绍信已过期，没有办理接收")

    def body(self, transfer, reminder):
        return super().body(transfer, reminder) + _("确需转接的，请重新开具介绍信。")


@on("transfer.requested")
def tell_who_must_act(event):
    """At once, then again and again, and once more before the letter expires."""
    transfer = event.subject
    yield Plan("transfer.requested", transfer, moment="requested", due_at=event.happened_at)
    if transfer.valid_until is None:
        return
    days = Rule.objects.of(Rule.Code.TRANSFER_CHASE_DAYS, transfer.letter_on).value
    step = timedelta(days=max(days, 1))
    ends_at = morning(transfer.valid_until) + timedelta(hours=15)
    for number in range(1, MOST_CHASES + 1):
        due_at = event.happened_at + number * step
        if due_at < ends_at - step:  # the last one says that the letter expires
            yield _until(ends_at, "transfer.chase", transfer, f"chase-{number}", due_at)
    last = morning(transfer.valid_until) - step
    yield _until(ends_at, "transfer.expiring", transfer, "expiring", last)


@on("transfer.accepted", "transfer.declined", "transfer.cancelled", "transfer.expired")
def tell_the_other_end(event):
    transfer = event.subject
    for rule in WHILE_IT_WAITS:
        yield Silence(rule, transfer)
    yield Plan(event.name, transfer, moment="closed", due_at=event.happened_at)


def _until(ends_at, rule, transfer: Transfer, moment, due_at):
    return Plan(rule, transfer, moment=moment, due_at=due_at, expires_at=ends_at)

"""The portal's own rules: what was gathered for a person, in one mail, and who hears of what goes
wrong with the notices themselves."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import roles
from nanchuan.kernel.events import on
from nanchuan.notices import heartbeats
from nanchuan.notices.actions import digests, outages
from nanchuan.notices.actions.reminders import audience_of, subject_of
from nanchuan.notices.inbox import Line, lines
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Delivery
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, notice_rule, rule_named

MOST_LINES = 50


@notice_rule
class DigestMail(NoticeRule):
    """Closes the digest when its time has come, and tells what still holds when it leaves."""

    name = digests.RULE
    label = gettext_lazy("消息汇总")
    channels = ("email",)
    is_urgent = True
    is_personal = True

    def audience(self, digest, reminder):
        return User.objects.filter(pk=digest.user_id)

    def verdict(self, digest, reminder):
        digests.close(digest)
        return SEND if _standing(digest) else CANCEL

    def title(self, digest, reminder):
        number = len(_standing(digest))
        return ngettext("消息汇总：%(number)d 条", "消息汇总：%(number)d 条", number) % {
            "number": number
        }

    def body(self, digest, reminder):
        found = _standing(digest)
        told = [_words(number, line) for number, line in enumerate(found[:MOST_LINES], 1)]
        if found[MOST_LINES:]:
            more = {"number": len(found) - MOST_LINES}
            told.append(_("另有 %(number)d 条，请到消息页查看。") % more)
        return "\n\n".join(told)

    def url(self, digest, reminder):
        return reverse("notices:inbox")

    def why(self, digest, reminder):
        return _("您选择了把消息汇总成一封邮件")

    def related(self):
        return ("user",)


def _words(number, line) -> str:
    head = f"{number}. {line.title}"
    return "\n".join(filter(None, (head, line.body, line.url and f"{settings.SITE_URL}{line.url}")))


def _standing(digest) -> list[Line]:
    """What it tells, looked at again once for each mail: the order in which it was said."""
    if not hasattr(digest, "standing"):
        rows = Delivery.objects.filter(digest_line__digest=digest).order_by("pk")
        rows = rows.select_related("reminder__subject_type", "reminder__event")
        holds = [row for row in rows if _still_holds(row)]
        digest.standing = [line for line in lines(holds, digest.user) if line.title]
    return digest.standing


def _still_holds(delivery) -> bool:
    reminder = delivery.reminder
    try:
        rule = rule_named(reminder.rule)
    except LookupError:
        return False
    subject = subject_of(reminder, rule)
    if subject is None or rule.verdict(subject, reminder) != SEND:
        return False
    people = audience_of(rule, subject, reminder)
    return people.filter(pk=delivery.recipient_id).exists()


@notice_rule
class ChannelStopped(NoticeRule):
    """To the administrators, by the ways that are left."""

    name = "channel.stopped"
    label = gettext_lazy("通知渠道停摆")
    kind = Kind.SYSTEM
    is_obligatory = True

    def audience(self, channel, reminder):
        return _administrators()

    def verdict(self, channel, reminder):
        return SEND if channel.fault else CANCEL

    def title(self, channel, reminder):
        return _("通知渠道停摆：%(channel)s") % {"channel": channel}

    def body(self, channel, reminder):
        return channel.fault


def _administrators():
    posts = StaffPost.objects.current().filter(role=roles.ADMIN)
    return User.objects.filter(pk__in=posts.values("user"))


@on("channel.stopped")
def tell_administrators(event):
    yield Plan("channel.stopped", event.subject, moment=str(event.pk), due_at=event.happened_at)


@notice_rule
class WorkStopped(NoticeRule):
    """Once for each outage, unless it is over by then: at every start of the portal the workers
    find all work late, and do it."""

    name = "work.stopped"
    label = gettext_lazy("后台工作停摆")
    kind = Kind.SYSTEM
    is_obligatory = True
    is_urgent = True

    def audience(self, outage, reminder):
        return _administrators()

    def verdict(self, outage, reminder):
        return SEND if outage.ended_at is None else CANCEL

    def title(self, outage, reminder):
        work = heartbeats.work_named(outage.work)
        return _("后台工作停摆：%(work)s") % {"work": work.label if work else outage.work}

    def body(self, outage, reminder):
        return _("请到“运行情况”看原因和处理办法。")


@on("outage.begun")
def tell_of_the_outage(event):
    due_at = event.happened_at + outages.PATIENCE
    yield Plan("work.stopped", event.subject, moment="begun", due_at=due_at)

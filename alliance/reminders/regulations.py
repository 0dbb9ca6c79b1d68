"""Who hears of a version of the charter or a system, and of a signature that is missing."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Regulation, SignOff
from members.speakers import park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule

MOST_CHASES = 6  # then the office knows, and reminds by hand
MOST_NAMES = 10
WHILE_IT_IS_MISSING = ("sign_off.asked", "sign_off.chase", "sign_off.due", "sign_off.reminder")


class SignOffRule(NoticeRule):
    """Said to whoever speaks today for a unit whose signature is missing."""

    kind = Kind.CHARTER

    def audience(self, sign_off, reminder):
        return speakers([sign_off.unit_id])

    def verdict(self, sign_off, reminder):
        [still] = self.still_asks([(sign_off, reminder)], None)
        return SEND if still else CANCEL

    def still_asks(self, told, reader):
        wanted = SignOff.objects.wanted(timezone.localdate())
        found = wanted.in_bulk([sign_off.pk for sign_off, _reminder in told])
        return [sign_off.pk in found for sign_off, _reminder in told]

    def title(self, sign_off, reminder):
        return _("%(what)s：%(regulation)s") % {
            "what": self.label,
            "regulation": sign_off.regulation,
        }

    def body(self, sign_off, reminder):
        return _(
            "%(unit)s：%(regulation)s自 %(starts)s 起施行。请在 %(due)s 前阅读全文并签字背书。"
        ) % {
            "unit": sign_off.unit_name,
            "regulation": sign_off.regulation,
            "starts": day(sign_off.regulation.starts_on),
            "due": day(sign_off.due_on),
        }

    def related(self):
        return ("regulation",)


@notice_rule
class Asked(SignOffRule):
    name = "sign_off.asked"
    label = gettext_lazy("请阅读并签字")
    verb = gettext_lazy("阅读并签字")
    is_obligatory = True


@notice_rule
class Reminded(SignOffRule):
    name = "sign_off.reminder"
    label = gettext_lazy("党务办公室提醒签字")
    verb = gettext_lazy("阅读并签字")


@notice_rule
class Due(SignOffRule):
    name = "sign_off.due"
    label = gettext_lazy("今天是签字期限")
    verb = gettext_lazy("阅读并签字")
    is_obligatory = True


@notice_rule
class Chase(SignOffRule):
    name = "sign_off.chase"
    label = gettext_lazy("还没有签字")
    verb = gettext_lazy("阅读并签字")

    def title(self, sign_off, reminder):
        """With the days that it is late when it is sent."""
        late = (timezone.localdate(reminder.due_at) - sign_off.due_on).days
        if late <= 0:
            return super().title(sign_off, reminder)
        return _("签字逾期 %(days)d 天：%(regulation)s") % {
            "days": late,
            "regulation": sign_off.regulation,
        }


@notice_rule
class Overdue(NoticeRule):
    """To the office, the morning after the due day: how many have signed, and who has not."""

    name = "regulation.overdue"
    label = gettext_lazy("签字期限已过，仍有单位未签")
    kind = Kind.CHARTER

    def audience(self, regulation, reminder):
        return park_office()

    def verdict(self, regulation, reminder):
        return SEND if self._missing(regulation).exists() else CANCEL

    def title(self, regulation, reminder):
        return _("%(what)s：%(regulation)s") % {"what": self.label, "regulation": regulation}

    def body(self, regulation, reminder):
        names = list(self._missing(regulation).values_list("unit_name", flat=True))
        signed = regulation.sign_offs.exclude(signed_at=None).count()
        return _("已签字 %(signed)d 家，未签字 %(missing)d 家：%(names)s%(more)s。") % {
            "signed": signed,
            "missing": len(names),
            "names": _("、").join(names[:MOST_NAMES]),
            "more": _("等") if len(names) > MOST_NAMES else "",
        }

    @staticmethod
    def _missing(regulation):
        return SignOff.objects.wanted(timezone.localdate()).filter(regulation=regulation)


@notice_rule
class Withdrawn(NoticeRule):
    """To the units that were asked to sign what will not come into force."""

    name = "regulation.withdrawn"
    label = gettext_lazy("已作废，不再施行")
    kind = Kind.CHARTER

    def audience(self, regulation, reminder):
        return speakers(list(regulation.sign_offs.values_list("unit", flat=True)))

    def title(self, regulation, reminder):
        return _("%(regulation)s已作废，不再施行，也不用签字") % {"regulation": regulation}

    def body(self, regulation, reminder):
        return _("原因：%(reason)s") % {"reason": regulation.drop_reason}

    def url(self, regulation, reminder):
        return Regulation.list_url()


@on("sign_off.asked")
def ask_now_and_again(event):
    """At once, then every few days, and once on the due day, as the charter in force says."""
    sign_off, asked_at = event.subject, event.happened_at
    days = Regulation.objects.settings(timezone.localdate(asked_at))["sign_chase_days"]
    step, due_at = timedelta(days=days), morning(sign_off.due_on)
    yield _plan("sign_off.asked", sign_off, "asked", asked_at, due_at + timedelta(days=1))
    yield _plan("sign_off.due", sign_off, "due", due_at, due_at + timedelta(days=1))
    for number in range(1, MOST_CHASES + 1):
        chase_at = asked_at + number * step
        if timezone.localdate(chase_at) != sign_off.due_on:  # that day has its own words
            yield _plan("sign_off.chase", sign_off, f"chase-{number}", chase_at, chase_at + step)


@on("sign_off.reminded")
def remind_by_hand(event):
    until = event.happened_at + timedelta(days=1)
    yield _plan("sign_off.reminder", event.subject, f"event-{event.pk}", event.happened_at, until)


@on("sign_off.signed")
def say_no_more(event):
    for rule in WHILE_IT_IS_MISSING:
        yield Silence(rule, event.subject)


@on("regulation.adopted")
def tell_the_office_when_time_is_over(event):
    if due_on := event.facts.get("due_on"):
        after = morning(date.fromisoformat(due_on) + timedelta(days=1))
        until = after + timedelta(days=30)
        yield _plan("regulation.overdue", event.subject, "overdue", after, until)


@on("regulation.withdrawn")
def silence_and_say_why(event):
    regulation = event.subject
    for sign_off in regulation.sign_offs.all():
        for rule in WHILE_IT_IS_MISSING:
            yield Silence(rule, sign_off)
    yield Silence("regulation.overdue", regulation)
    yield Plan("regulation.withdrawn", regulation, moment="withdrawn", due_at=event.happened_at)


def _plan(rule, subject, moment, due_at, expires_at):
    """Of use until the next one is due, so that a long silence is not made up for at once."""
    return Plan(rule, subject, moment=moment, due_at=due_at, expires_at=expires_at)

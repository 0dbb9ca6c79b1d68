"""Who hears of a circular, when and in which words. Whom, is asked when the notice goes out."""

from datetime import timedelta

from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Term
from members.speakers import leaders, park_office, speakers
from nanchuan.accounts.models import User
from nanchuan.circulars.models import Addressee
from nanchuan.kernel import calendar
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, morning, notice_rule

AHEAD = (3, 1)  # working days before it is due
TO_PUT_RIGHT = 2  # working days after it came back late


def people_of(rows):
    """Accounts of those who answer for some addressees: leaders, holders of a post that was
    meant, and who speaks for a unit."""
    organizations = rows.exclude(organization=None).order_by().values("organization")
    units = rows.exclude(unit=None).order_by().values("unit")
    links = Addressee.posts.through.objects.filter(
        addressee__in=rows.order_by().values("pk"),
        addressee__organization=OuterRef("organization"),
        post=OuterRef("post"),
    )
    meant = Term.objects.current().filter(Exists(links)).values("member__user")
    accounts = leaders(organizations) | speakers(units)
    return accounts | User.objects.filter(pk__in=meant, is_active=True)


class CircularRule(NoticeRule):
    """To all whom a circular went to."""

    kind = Kind.CIRCULAR

    def audience(self, circular, reminder):
        return people_of(circular.addressees.all())

    def title(self, circular, reminder):
        return f"{self.label}：{circular.title}"

    def body(self, circular, reminder):
        return _("%(number)s。%(asked)s") % {
            "number": circular.number,
            "asked": asked_of(circular, circular.due_at),
        }

    def thread(self, circular):
        return f"circular-{circular.pk}"


def asked_of(circular, due_at) -> str:
    """What is asked and until when, in a sentence."""
    if circular.needs_submission and circular.needs_receipt:
        words = _("请确认收到并按要求报送")
    elif circular.needs_submission:
        words = _("请按要求报送")
    elif circular.needs_receipt:
        words = _("请点开确认收到")
    else:
        words = _("请及时阅读")
    if due_at:
        return _("%(words)s，%(moment)s 截止。") % {"words": words, "moment": moment(due_at)}
    return _("%(words)s。") % {"words": words}


@notice_rule
class Published(CircularRule):
    name = "circular.published"
    label = gettext_lazy("新通知")

    def verdict(self, circular, reminder):
        return SEND if circular.is_running else CANCEL


@notice_rule
class Recalled(CircularRule):
    name = "circular.recalled"
    label = gettext_lazy("通知已撤回")

    def body(self, circular, reminder):
        words = {"number": circular.number, "reason": circular.reason}
        return _("%(number)s已撤回，不用再办理。原因：%(reason)s") % words


@notice_rule
class Replaced(CircularRule):
    name = "circular.replaced"
    label = gettext_lazy("通知已被新版本替代")

    def body(self, circular, reminder):
        words = {"number": circular.number, "later": reminder.params["number"]}
        return _("%(number)s已被%(later)s替代，请以新版本为准。") % words


@notice_rule
class Extended(CircularRule):
    name = "circular.extended"
    label = gettext_lazy("截止时间延后")

    def verdict(self, circular, reminder):
        return SEND if circular.is_running else CANCEL

    def audience(self, circular, reminder):
        return people_of(circular.addressees.all().owing())


@notice_rule
class Reminded(CircularRule):
    """By the button: to those that were missing then and still are."""

    name = "circular.reminded"
    label = gettext_lazy("请尽快办理")

    def audience(self, circular, reminder):
        missing = circular.addressees.all().owing().filter(pk__in=reminder.params["missing"])
        return people_of(missing)

    def verdict(self, circular, reminder):
        return SEND if circular.is_running else CANCEL


class AddresseeRule(NoticeRule):
    """About one of those a circular went to."""

    kind = Kind.CIRCULAR

    def audience(self, addressee, reminder):
        return people_of(Addressee.objects.filter(pk=addressee.pk))

    def title(self, addressee, reminder):
        return f"{self.label}：{addressee.circular.title}"

    def body(self, addressee, reminder):
        words = {
            "name": addressee.name,
            "asked": asked_of(addressee.circular, addressee.due_at),
        }
        return _("%(name)s：%(asked)s") % words

    def verdict(self, addressee, reminder):
        return SEND if addressee.circular.is_running else CANCEL

    def thread(self, addressee):
        return f"circular-{addressee.circular_id}"

    def related(self):
        return ("circular",)


class DueRule(AddresseeRule):
    """Only of the time it was planned for, and while something is owed."""

    def verdict(self, addressee, reminder):
        due_at = addressee.due_at and addressee.due_at.isoformat()
        holds = addressee.is_owing and due_at == reminder.params["due_at"]
        return SEND if holds else CANCEL


@notice_rule
class DueSoon(DueRule):
    name = "addressee.due"
    label = gettext_lazy("即将截止")


@notice_rule
class Overdue(DueRule):
    name = "addressee.overdue"
    label = gettext_lazy("已经逾期")


@notice_rule
class Returned(AddresseeRule):
    name = "addressee.returned"
    label = gettext_lazy("报送被退回")

    def body(self, addressee, reminder):
        words = {"name": addressee.name, "reason": addressee.reason}
        return _("%(name)s：请修改后重新报送。原因：%(reason)s") % words

    def verdict(self, addressee, reminder):
        is_so = addressee.status == Addressee.Status.RETURNED
        return SEND if is_so and addressee.circular.is_running else CANCEL


@notice_rule
class ExtensionAsked(AddresseeRule):
    name = "addressee.extension_asked"
    label = gettext_lazy("申请延期，请答复")

    def audience(self, addressee, reminder):
        return park_office()

    def body(self, addressee, reminder):
        return _("%(name)s申请延期。") % {"name": addressee.name}


@notice_rule
class ExtensionGranted(AddresseeRule):
    name = "addressee.extension_granted"
    label = gettext_lazy("已同意延期")


@notice_rule
class ExtensionRefused(AddresseeRule):
    name = "addressee.extension_refused"
    label = gettext_lazy("未同意延期")


# ── When ────────────────────────────────────────────────────────────────────────────────────


@on("circular.published")
def tell_of_it(event):
    circular = event.subject
    yield Plan("circular.published", circular, moment="published", due_at=event.happened_at)
    yield from _before_due(circular.addressees.exclude(due_at=None), event.happened_at)


@on("circular.recalled")
def tell_that_it_is_recalled(event):
    yield Plan("circular.recalled", event.subject, moment="recalled", due_at=event.happened_at)


@on("circular.replaced")
def tell_that_it_is_replaced(event):
    yield Plan(
        "circular.replaced",
        event.subject,
        moment="replaced",
        due_at=event.happened_at,
        params={"number": event.facts["by_number"]},
    )


@on("circular.extended")
def tell_of_more_time(event):
    circular = event.subject
    moment = f"extended-{event.pk}"
    yield Plan("circular.extended", circular, moment=moment, due_at=event.happened_at)
    yield from _before_due(circular.addressees.exclude(due_at=None), event.happened_at)


@on("circular.reminded")
def tell_who_is_missing(event):
    yield Plan(
        "circular.reminded",
        event.subject,
        moment=f"reminded-{event.pk}",
        due_at=event.happened_at,
        params={"missing": event.facts["missing"]},
    )


@on(
    "addressee.returned",
    "addressee.extension_asked",
    "addressee.extension_granted",
    "addressee.extension_refused",
)
def tell_the_other_side(event):
    addressee = event.subject
    moment = f"{event.name.partition('.')[2]}-{event.pk}"
    yield Plan(event.name, addressee, moment=moment, due_at=event.happened_at)
    if event.name == "addressee.extension_granted":
        rows = Addressee.objects.filter(pk=addressee.pk).exclude(due_at=None)
        yield from _before_due(rows, event.happened_at)
    if event.name == "addressee.returned" and addressee.due_at:
        yield from _late_again(addressee, event.happened_at)


def _before_due(rows, asked_at):
    """Some working days before, and once on the day after; past ones are dropped by themselves."""
    for row in rows.order_by("pk"):
        due_on = timezone.localdate(row.due_at)
        for days in AHEAD:
            at = morning(calendar.working_days_before(due_on, days))
            if at >= asked_at:
                yield _plan("addressee.due", row, f"{days}@", at, expires_at=row.due_at)
        yield _plan("addressee.overdue", row, "over@", _day_after(row))


def _late_again(row, returned_at):
    """It was said that its time is over, or would have been: once more, if it is not put right."""
    if returned_at >= _day_after(row):
        day = calendar.working_days_after(timezone.localdate(returned_at), TO_PUT_RIGHT)
        yield _plan("addressee.overdue", row, f"over+{day:%Y%m%d}@", morning(day))


def _day_after(row):
    return morning(timezone.localdate(row.due_at) + timedelta(days=1))


def _plan(rule, row, prefix, at, **kwargs):
    """Once of each time that it was due: more time makes other moments."""
    moment = f"{prefix}{row.due_at:%Y%m%d%H%M}"
    params = {"due_at": row.due_at.isoformat()}
    return Plan(rule, row, moment=moment, due_at=at, params=params, **kwargs)

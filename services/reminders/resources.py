"""Who hears of what is given: the office and the giving unit of a resource, both sides of a
booking."""

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import park_office
from nanchuan.kernel.events import on
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, morning, notice_rule
from nanchuan.notices.ruling import ahead
from services.actions.rights import office, speaks_for
from services.models import Booking, Resource
from services.reminders.base import at_once, people_of

GIVER, TAKER, BOTH = "giver", "taker", "both"


# ── Resources ───────────────────────────────────────────────────────────────────────────────


class ResourceRule(NoticeRule):
    """About a resource, to the unit that gives it; silent once it has moved on."""

    kind = Kind.RESOURCE
    while_: tuple[str, ...] = ()

    def audience(self, resource, reminder):
        return people_of(resource.unit)

    def verdict(self, resource, reminder):
        return SEND if not self.while_ or resource.status in self.while_ else CANCEL

    def title(self, resource, reminder):
        return f"{self.label}：{resource}"

    def body(self, resource, reminder):
        return _("提供单位：%(unit)s。类别：%(category)s。") % {
            "unit": resource.unit,
            "category": resource.get_category_display(),
        }

    def related(self):
        return ("unit",)


@notice_rule
class Submitted(ResourceRule):
    name = "resource.submitted"
    label = gettext_lazy("有资源待审核")
    verb = gettext_lazy("审核")
    while_ = (Resource.Status.SUBMITTED,)

    def audience(self, resource, reminder):
        return park_office()


@notice_rule
class Approved(ResourceRule):
    name = "resource.approved"
    label = gettext_lazy("资源已通过审核")


@notice_rule
class Returned(ResourceRule):
    name = "resource.returned"
    label = gettext_lazy("资源需要补充")
    verb = gettext_lazy("补充")
    while_ = (Resource.Status.RETURNED,)

    def body(self, resource, reminder):
        return _("原因请看资源页面，补充后重新提交。")


@notice_rule
class Paused(ResourceRule):
    name = "resource.paused"
    label = gettext_lazy("园区党务办公室暂停了资源")
    while_ = (Resource.Status.PAUSED,)


@notice_rule
class Withdrawn(ResourceRule):
    name = "resource.withdrawn"
    label = gettext_lazy("园区党务办公室撤回了资源")


@on("resource.added")
def tell_what_waits_for_review(event):
    if not event.facts.get("passed"):
        yield at_once(event, "resource.submitted")


@on("resource.resubmitted")
def tell_what_waits_again(event):
    yield at_once(event, "resource.submitted")


@on("resource.approved", "resource.returned")
def tell_how_it_was_reviewed(event):
    yield at_once(event)


@on("resource.paused", "resource.withdrawn")
def tell_what_the_office_did(event):
    if event.by and office(event.by) and not speaks_for(event.by, event.subject.unit_id):
        yield at_once(event)


# ── Bookings ────────────────────────────────────────────────────────────────────────────────


class BookingRule(NoticeRule):
    """About a booking, to one of its sides or to both (`params`: `to`)."""

    kind = Kind.RESOURCE
    while_: tuple[str, ...] = ()

    def audience(self, booking, reminder):
        sides = {GIVER: [booking.resource.unit], TAKER: [booking.unit]}
        return people_of(*sides.get(reminder.params["to"], [*sides[GIVER], *sides[TAKER]]))

    def verdict(self, booking, reminder):
        return SEND if not self.while_ or booking.status in self.while_ else CANCEL

    def title(self, booking, reminder):
        return f"{self.label}：{booking}"

    def body(self, booking, reminder):
        """Of an offer that nobody has agreed to, the giving unit does not learn to whom."""
        facts = {"giver": booking.resource.unit, "unit": booking.unit}
        if booking.side == Booking.Side.OFFERED and booking.agreed_at is None:
            return _("提供单位：%(giver)s。") % facts
        return _("提供单位：%(giver)s。使用单位：%(unit)s。") % facts

    def related(self):
        return ("resource__unit", "unit")


@notice_rule
class Asked(BookingRule):
    name = "booking.asked"
    label = gettext_lazy("有单位认领资源，请答复")
    verb = gettext_lazy("答复")
    while_ = (Booking.Status.WAITING,)


@notice_rule
class Offered(BookingRule):
    name = "booking.offered"
    label = gettext_lazy("有单位主动提供资源，请答复")
    verb = gettext_lazy("答复")
    while_ = (Booking.Status.WAITING,)


@notice_rule
class Waits(BookingRule):
    name = "booking.waits"
    offsets = ("+2w",)
    label = gettext_lazy("认领还没有答复，请答复")
    verb = gettext_lazy("答复")
    while_ = (Booking.Status.WAITING,)

    def anchor(self, booking):
        return booking.made_at


@notice_rule
class Agreed(BookingRule):
    name = "booking.agreed"
    label = gettext_lazy("资源已约定")


@notice_rule
class Declined(BookingRule):
    name = "booking.declined"
    label = gettext_lazy("对方谢绝了")

    def body(self, booking, reminder):
        return _("说明请看认领页面。")


@notice_rule
class Cancelled(Declined):
    name = "booking.cancelled"
    label = gettext_lazy("认领已取消")


@notice_rule
class Moved(BookingRule):
    name = "booking.moved"
    label = gettext_lazy("认领随需求并案，继续有效")


@notice_rule
class Used(BookingRule):
    name = "booking.used"
    label = gettext_lazy("资源已登记使用")


@notice_rule
class GivenBack(Declined):
    name = "booking.returned"
    label = gettext_lazy("资源未用，已退回")


@notice_rule
class Tomorrow(BookingRule):
    name = "booking.tomorrow"
    label = gettext_lazy("明天有约定的资源")
    while_ = (Booking.Status.AGREED,)

    def body(self, booking, reminder):
        begins = timezone.localtime(booking.starts_at)
        return _("开始时间：%(moment)s。不用了请及时取消，让给其他单位。") % {
            "moment": f"{begins:%Y-%m-%d %H:%M}"
        }


@on("booking.asked", "booking.offered")
def ask_for_an_answer(event):
    to = GIVER if event.name == "booking.asked" else TAKER
    yield _plan(event, event.name, to)
    yield from ahead("booking.waits", event.subject, moment="waits", params={"to": to})


@on("booking.agreed")
def tell_who_waited(event):
    booking = event.subject
    waited = TAKER if booking.side == Booking.Side.ASKED else GIVER
    if not event.facts.get("own"):
        yield _plan(event, event.name, GIVER if event.facts.get("at_once") else waited)
    if booking.starts_at:
        day = timezone.localdate(booking.starts_at) - timedelta(days=1)
        yield Plan(
            "booking.tomorrow",
            booking,
            moment="tomorrow",
            due_at=morning(day),
            expires_at=booking.starts_at,
            params={"to": BOTH},
        )


@on("booking.declined")
def tell_who_began(event):
    asked = event.subject.side == Booking.Side.ASKED
    yield _plan(event, event.name, TAKER if asked else GIVER)


@on("booking.moved")
def tell_both_sides(event):
    yield _plan(event, event.name, BOTH)


@on("booking.cancelled", "booking.used", "booking.returned")
def tell_the_other_side(event):
    booking, by = event.subject, event.by
    if event.facts.get("need_ended"):
        to = BOTH
    elif by and speaks_for(by, booking.unit_id):
        to = GIVER
    elif by and speaks_for(by, booking.resource.unit_id):
        to = TAKER
    else:
        to = BOTH
    yield _plan(event, event.name, to)


def _plan(event, rule, to) -> Plan:
    return Plan(
        rule,
        event.subject,
        moment=f"event-{event.pk}",
        due_at=event.happened_at,
        params={"to": to},
    )

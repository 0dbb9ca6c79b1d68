"""Who hears which unit has a need, and who does not have it any more."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import speakers
from nanchuan.kernel.events import on
from nanchuan.notices.rules import CANCEL, SEND, notice_rule
from services import conditions
from services.reminders.base import NeedRule, Status, ToAskers, ToOffice, at_once, people_of


@notice_rule
class Accepted(ToAskers):
    name = "need.accepted"
    label = gettext_lazy("需求已有单位接单")

    def body(self, need, reminder):
        return _("责任单位：%(unit)s。") % {"unit": need.accepted_by or need.dispatched_to}


@notice_rule
class Gone(NeedRule):
    """To those who were told that they could take it: another unit was faster, or it was
    dispatched. They read its public face, and which unit has it."""

    name = "need.gone"
    label = gettext_lazy("这条需求已有单位办理")

    def audience(self, need, reminder):
        has_it = (need.accepted_by_id, need.dispatched_to_id)
        return speakers(need.audience_units().exclude(pk__in=[unit for unit in has_it if unit]))

    def public_body(self, need):
        unit = need.accepted_by or need.dispatched_to
        return _("由“%(unit)s”办理。") % {"unit": unit} if unit else ""

    def body(self, need, reminder):
        return self.public_body(need)

    def related(self):
        return (*super().related(), "dispatched_to")


@notice_rule
class Dispatched(NeedRule):
    name = "need.dispatched"
    label = gettext_lazy("园区派单给贵单位")
    verb = gettext_lazy("接单")
    is_obligatory = True

    def audience(self, need, reminder):
        return people_of(need.dispatched_to)

    def verdict(self, need, reminder):
        told = reminder is None or reminder.event.facts["unit"] == str(need.dispatched_to)
        return SEND if need.status == Status.DISPATCHED and told else CANCEL

    def body(self, need, reminder):
        return super().body(need, reminder) + _("请接单；如不属于贵单位职责，请及时提出异议。")

    def related(self):
        return (*super().related(), "dispatched_to")


@notice_rule
class Disputed(ToOffice):
    name = "need.disputed"
    label = gettext_lazy("派单有异议，请当日裁定")
    verb = gettext_lazy("裁定")
    is_obligatory = True
    is_urgent = True
    while_ = (Status.DISPUTED,)


@notice_rule
class Ruled(NeedRule):
    """To the unit that objected. Where that was upheld it may not see the need any more."""

    name = "need.ruled"
    label = gettext_lazy("对派单的异议已经裁定")
    is_obligatory = True
    is_farewell = True

    def audience(self, need, reminder):
        return speakers([reminder.event.facts["unit_id"]] if reminder and reminder.event else [])

    def title(self, need, reminder):
        return f"{self.label}：{need.public_name}"

    def title_for(self, need, reminder, reader):
        return self.title(need, reminder)

    def body_for(self, need, reminder, reader):
        return self.body(need, reminder)

    def body(self, need, reminder):
        if reminder and reminder.event and reminder.event.facts["upheld"]:
            return _("异议成立，不用再办理。")
        return _("异议不成立，由贵单位办理。这是最终裁定，理由请看需求页面。")

    def url(self, need, reminder):
        if reminder and reminder.event and reminder.event.facts["upheld"]:
            return reverse("services:need-list")
        return super().url(need, reminder)


@notice_rule
class Reassigned(ToAskers):
    name = "need.reassigned"
    label = gettext_lazy("需求更换了责任单位")

    def body(self, need, reminder):
        return _("现由%(unit)s办理。") % {"unit": need.accepted_by or need.dispatched_to}

    def related(self):
        return (*super().related(), "dispatched_to")


@notice_rule
class TakenAway(NeedRule):
    """To the unit that has it no more and may not see it either."""

    name = "need.taken_away"
    label = gettext_lazy("需求已转给其他单位，不用再办理")
    is_farewell = True

    def audience(self, need, reminder):
        return speakers([reminder.event.facts["had"]] if reminder and reminder.event else [])

    def title_for(self, need, reminder, reader):
        return self.title(need, reminder)

    def body_for(self, need, reminder, reader):
        return ""

    def url(self, need, reminder):
        return reverse("services:need-list")


@notice_rule
class HelpAsked(NeedRule):
    name = "need.help_asked"
    label = gettext_lazy("请贵单位协办")
    verb = gettext_lazy("查看并协办")
    is_obligatory = True
    while_ = (Status.DISPATCHED, Status.ACCEPTED, Status.IN_PROGRESS)

    def audience(self, need, reminder):
        return speakers([row.unit_id for row in conditions.helping(need) if row.done_at is None])


@notice_rule
class Helped(NeedRule):
    name = "need.helped"
    label = gettext_lazy("协办单位报告完成")

    def audience(self, need, reminder):
        return people_of(need.accepted_by)


@notice_rule
class HelpReleased(TakenAway):
    name = "need.help_released"
    label = gettext_lazy("不用再协办")

    def audience(self, need, reminder):
        return speakers(list(reminder.event.facts["had"]) if reminder and reminder.event else [])


@on("need.accepted")
def tell_who_took_it(event):
    yield at_once(event)
    if not event.facts["dispatched"]:
        yield at_once(event, "need.gone")


@on("need.dispatched")
def tell_who_is_to_do_it(event):
    yield at_once(event)
    yield at_once(event, "need.help_asked")
    if event.facts["was_open"]:
        yield at_once(event, "need.gone")


@on("need.reassigned")
def tell_who_has_it_now(event):
    yield at_once(event)
    yield at_once(event, "need.dispatched")
    yield at_once(event, "need.taken_away")


@on("need.ruled")
def tell_who_objected(event):
    yield at_once(event)
    if event.facts["upheld"] and event.subject.status == Status.PUBLISHED:
        yield at_once(event, "need.published")


@on("need.disputed", "need.help_asked", "need.helped", "need.help_released")
def tell_of_the_dispatch(event):
    yield at_once(event)

"""Who hears of a need that is filed and reviewed."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.speakers import park_leaders, park_office, speakers
from nanchuan.kernel.events import on
from nanchuan.notices.rules import notice_rule
from services.actions import cases
from services.models import Need
from services.reminders.base import (
    NeedRule,
    Status,
    ToAskers,
    ToFiler,
    ToOffice,
    at_once,
    people_of,
)


@notice_rule
class Filed(ToOffice):
    name = "need.filed"
    label = gettext_lazy("有需求待审核")
    verb = gettext_lazy("审核")
    while_ = (Status.SUBMITTED,)


@notice_rule
class Published(NeedRule):
    """Only to units that may see it: the same question as the page asks."""

    name = "need.published"
    label = gettext_lazy("有需求可以接单")
    verb = gettext_lazy("接单")
    while_ = (Status.PUBLISHED,)

    def audience(self, need, reminder):
        return speakers(need.audience_units())


@notice_rule
class Passed(ToAskers):
    name = "need.passed"
    label = gettext_lazy("需求已通过审核")


@notice_rule
class Returned(ToFiler):
    name = "need.returned"
    label = gettext_lazy("需求需要补充")
    verb = gettext_lazy("补充")
    while_ = (Status.RETURNED,)


@notice_rule
class Declined(ToFiler):
    name = "need.declined"
    label = gettext_lazy("需求未受理")

    def body(self, need, reminder):
        return _("原因请看需求页面。如有不同意见，可以申诉一次。")


@notice_rule
class Appealed(ToOffice):
    """The leaders of the park hear of it too: it speaks about the office."""

    name = "need.appealed"
    label = gettext_lazy("企业对未受理的需求提出申诉")
    verb = gettext_lazy("复核")

    def still_asks(self, told, reader):
        return [need.status == Status.APPEALED for need, _reminder in told]

    def audience(self, need, reminder):
        return park_office() | park_leaders()


@notice_rule
class AppealRuled(ToFiler):
    name = "need.appeal_ruled"
    label = gettext_lazy("申诉已有答复")

    def audience(self, need, reminder):
        return people_of(need.unit) | park_leaders()

    def body(self, need, reminder):
        return _("答复是最终的，内容请看需求页面。")


@notice_rule
class Merged(ToFiler):
    name = "need.merged"
    label = gettext_lazy("需求已与另一条并案办理")

    def body(self, need, reminder):
        return _("贵单位的需求由同一家单位一并办理，进展请看需求页面。")


@notice_rule
class LeadSolved(ToFiler):
    """To whoever asked for the same as what is solved now."""

    name = "need.lead_solved"
    label = gettext_lazy("与贵单位需求并案的那一条已经解决")
    while_ = (Status.MERGED,)


@notice_rule
class LeadWithdrawn(ToFiler):
    """To whoever asked for the same as what was taken back: nobody works on theirs any more."""

    name = "need.lead_withdrawn"
    label = gettext_lazy("与贵单位需求并案的那一条已经撤回")
    while_ = (Status.MERGED,)

    def audience(self, need, reminder):
        return super().audience(need, reminder) | park_office()

    def body(self, need, reminder):
        return _("如仍需要，请重新点单。")


@on("need.filed", "need.resubmitted")
def tell_the_office(event):
    yield at_once(event, "need.filed")


@on("need.published")
def tell_who_may_take_it(event):
    yield at_once(event)
    yield at_once(event, "need.passed")


@on("need.returned", "need.declined", "need.appealed", "need.appeal_ruled", "need.merged")
def tell_of_the_review(event):
    yield at_once(event)


@on("need.confirmed", "need.confirmed_silently")
def tell_who_asked_for_the_same(event):
    for need in Need.objects.filter(merged_into=event.subject_id).order_by("pk"):
        yield at_once(event, "need.lead_solved", need)


@on("need.withdrawn")
def tell_who_asked_for_what_was_withdrawn(event):
    for need in Need.objects.filter(merged_into=event.subject_id).order_by("pk"):
        yield at_once(event, "need.lead_withdrawn", need)


# ── Before a joint meeting ──────────────────────────────────────────────────────────────────


@on("meeting.topics_called", "meeting.convened")
def take_what_waits_for_a_meeting(event):
    cases.take_waiting(event.subject)

"""Who hears that a record goes back, is verified, or waits for an organization's own answer."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.models import Activity, Participation
from members.speakers import leaders
from nanchuan.accounts.models import User
from nanchuan.kernel.events import on
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, notice_rule


class RecordRule(NoticeRule):
    """About a record: to whoever wrote it and who leads the organization, except who did it."""

    kind = Kind.LIFE

    def audience(self, activity, reminder):
        people = leaders([activity.organization_id])
        people |= User.objects.filter(pk=activity.logged_by_id, is_active=True)
        by = reminder.event and reminder.event.by_id
        return people.exclude(pk=by) if by else people

    def title(self, activity, reminder):
        return f"{self.label}：{activity.marked}"

    def related(self):
        return ("organization", "kind")


@notice_rule
class Returned(RecordRule):
    name = "activity.returned"
    label = gettext_lazy("活动记录被退回")
    verb = gettext_lazy("更正")

    def verdict(self, activity, reminder):
        return SEND if activity.status == Activity.Status.RETURNED else CANCEL

    def body(self, activity, reminder):
        return _("原因：%(reason)s。请更正后重新提交，退回期间不计入。") % {
            "reason": activity.reason
        }


@notice_rule
class Verified(RecordRule):
    name = "activity.verified"
    label = gettext_lazy("活动记录已核实")

    def verdict(self, activity, reminder):
        return SEND if activity.status == Activity.Status.VERIFIED else CANCEL

    def body(self, activity, reminder):
        words = {"organization": activity.organization, "day": day(activity.held_on)}
        return _("%(organization)s %(day)s的活动已核实。以后如有更正，会重新核实。") % words


@notice_rule
class Asked(NoticeRule):
    """About its part in a record: to the secretary of an organization that has not answered."""

    name = "activity.asked"
    label = gettext_lazy("联合开展，请确认")
    verb = gettext_lazy("确认")
    kind = Kind.LIFE

    def audience(self, part, reminder):
        return leaders([part.organization_id])

    def verdict(self, part, reminder):
        return SEND if part.answer == part.Answer.ASKED and part.may_be_answered else CANCEL

    def title(self, part, reminder):
        return _("联合开展，请确认：%(activity)s") % {"activity": part.activity.marked}

    def body(self, part, reminder):
        words = {"host": part.activity.organization, "day": day(part.held_on)}
        return (
            _(
                "%(host)s记录了 %(day)s与您的党组织联合开展的活动。"
                "请确认是否参加，并勾选本组织参加的党员。"
            )
            % words
        )

    def related(self):
        return ("organization", "activity__organization", "activity__kind")


@on("activity.returned", "activity.verified")
def tell_who_wrote_it(event):
    yield Plan(event.name, event.subject, moment=f"{event.pk}", due_at=event.happened_at)


@on("activity.logged", "activity.submitted", "activity.changed")
def ask_the_others(event):
    """Each is asked once, however often the record is corrected."""
    parts = Participation.objects.filter(activity=event.subject_id, is_host=False)
    for part in parts.filter(answer=Participation.Answer.ASKED):
        yield Plan("activity.asked", part, moment="asked", due_at=event.happened_at)


@on("activity.withdrawn")
def ask_no_more(event):
    for part in Participation.objects.filter(activity=event.subject_id, is_host=False):
        yield Silence("activity.asked", part)

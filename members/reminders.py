"""Who hears that an election is near, when and in which words."""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import radar
from members.models import CommitteeTerm, Organization, Rule
from members.speakers import leaders, park_office
from nanchuan.kernel.events import on
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.templatetags.ui import day
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, morning, notice_rule

DAY = timedelta(days=1)


@notice_rule
class ElectionDue(NoticeRule):
    """Before the term of a committee is over, and on the day after: to the secretary of the
    organization, the secretary of its superior, and the park office."""

    name = "committee.due"
    label = gettext_lazy("换届提醒")
    kind = Kind.ORGANIZATION
    is_obligatory = True

    def audience(self, committee, reminder):
        path = committee.organization.path
        above = path[: -Organization.steplen]
        return leaders(Organization.objects.filter(path__in=[path, above])) | park_office()

    def verdict(self, committee, reminder):
        """Only for the day it was planned for, and while nobody else is elected."""
        planned_for = reminder.params["over_on"] == committee.over_on.isoformat()
        serves = committee.ends_on is None and committee.organization.is_current()
        return SEND if planned_for and serves else CANCEL

    def title(self, committee, reminder):
        today = max(timezone.localdate(), timezone.localdate(reminder.due_at))
        words = {
            "organization": committee.organization,
            "day": day(committee.over_on),
            "left": radar.time_left(max(committee.over_on, today), today),
        }
        if committee.over_on < today:
            return _("%(organization)s已于 %(day)s 届满，尚未换届") % words
        return _("%(organization)s还有%(left)s届满（%(day)s）") % words

    def body(self, committee, reminder):
        rule = Rule.objects.of(Rule.Code.ELECTION_NOTICE, committee.over_on)
        return _(
            "请按期换届。上级党组织在届满前 %(months)d 个月提醒（%(citation)s）。"
            "确需延期的，请报上级党组织批准后登记。"
        ) % {"months": rule.value, "citation": rule.citation}

    def related(self):
        return ("organization",)


@on("committee.elected", "committee.recorded", "committee.corrected", "committee.extended")
def plan_the_notices(event):
    committee = event.subject
    earlier = CommitteeTerm.objects.filter(
        organization=committee.organization_id, starts_on__lt=committee.starts_on
    )
    for before in earlier:
        yield Silence("committee.due", before)
    plans = [] if committee.ends_on else list(_plans(committee, event.happened_at))
    yield Silence("committee.due", committee, keep={plan.moment for plan in plans})
    yield from plans


def _plans(committee, asked_at: datetime):
    """One for each offset and one for the day after; if some offsets are past, what is left is
    said once on the next morning."""
    over_on = committee.over_on
    offsets = [
        (f"{months}", morning(months_after(over_on, -months)))
        for months in radar.notice_steps(timezone.localdate(asked_at))
    ]
    if over_on < date.max:
        offsets.append(("over", morning(over_on + DAY)))
    ahead = [offset for offset in offsets if offset[1] >= asked_at]
    if len(ahead) < len(offsets):
        ahead.append(("now", morning(timezone.localdate(asked_at) + DAY)))
    for name, due_at in ahead:
        yield Plan(
            "committee.due",
            committee,
            moment=f"{name}@{over_on:%Y%m%d}",
            due_at=due_at,
            params={"over_on": over_on.isoformat()},
        )

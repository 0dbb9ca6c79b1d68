"""A member hears, in neutral words and without an amount, that months of dues are open."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members.actions import dues_arrears as arrears
from members.models import DuesBill
from nanchuan.accounts.models import User
from nanchuan.kernel.events import on
from nanchuan.notices.kinds import Kind
from nanchuan.notices.rules import CANCEL, SEND, NoticeRule, Plan, Silence, notice_rule


@notice_rule
class DuesOpen(NoticeRule):
    """To the member and to nobody else, while it is true."""

    name = "dues.arrears"
    label = gettext_lazy("党费缴纳提醒")
    is_personal = True
    kind = Kind.DUES
    is_obligatory = True

    def audience(self, bill, reminder):
        return User.objects.filter(pk=bill.member.user_id, is_active=True)

    def verdict(self, bill, reminder):
        return SEND if bill.status == DuesBill.Status.OPEN else CANCEL

    def title(self, bill, reminder):
        return str(self.label)

    def body(self, bill, reminder):
        months = reminder.params["months"]
        said = _(
            "您自 %(year)d 年 %(month)d 月起的党费还没有缴纳登记，已满 %(months)d 个月。"
            "如已缴纳，请与支部党费管理员核对；有困难的，可以向支部说明。"
        ) % {"year": bill.month.year, "month": bill.month.month, "months": months}
        rule = arrears.steps().get(months)
        cited = rule and rule.title
        return said + (_("（参见%(source)s）") % {"source": rule.citation} if cited else "")

    def related(self):
        return ("member",)


@on("dues.arrears")
def tell_the_member(event):
    months = event.facts["months"]
    yield Plan(
        "dues.arrears",
        event.subject,
        moment=str(months),
        due_at=event.happened_at,
        params={"months": months},
    )


@on("dues.paid")
def say_no_more(event):
    for bill in event.subject.bills.defer("amount"):
        yield Silence("dues.arrears", bill)

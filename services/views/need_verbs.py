"""How each step of a need looks on its page, and which one is next."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from services.actions import dispatching, filing, review, solving, work
from services.forms import need_steps as forms
from services.models import Need

Status = Need.Status


@dataclass(frozen=True)
class Verb:
    """How a step looks on the page of a need, and what it says when it is done."""

    label: Promise
    action: Callable | None = None  # None: the step has a page of its own
    done: Promise | str = ""
    form: type | None = None
    danger: bool = False
    page: str = ""


VERBS = {
    "change": Verb(_("修改内容"), page="services:need-edit"),
    "publish": Verb(
        _("审核发布"), review.publish, _("已发布，可见的成员单位会收到通知。"), forms.PublishForm
    ),
    "return": Verb(
        _("退回补充"),
        review.send_back,
        _("已退回，提出单位会收到原因。"),
        forms.ReasonForm,
        danger=True,
    ),
    "decline": Verb(
        _("不予受理"),
        review.decline,
        _("已登记为未受理，提出单位会收到原因，可以申诉一次。"),
        forms.ReasonForm,
        danger=True,
    ),
    "appeal": Verb(_("申诉"), review.appeal, _("已提交申诉，答复会通知您。"), forms.AppealForm),
    "rule-appeal": Verb(
        _("答复申诉"), review.rule_appeal, _("已答复，提出单位会收到。"), forms.RuleAppealForm
    ),
    "merge": Verb(_("并入其他需求"), review.merge, _("已并案，提出单位会收到。"), forms.MergeForm),
    "dispatch": Verb(
        _("派单"), dispatching.dispatch, _("已派单，有关单位会收到。"), forms.DispatchForm
    ),
    "accept": Verb(_("接单"), dispatching.accept, _("已接单。"), forms.AcceptForm),
    "object": Verb(
        _("提出异议"),
        dispatching.object_to,
        _("已提出异议，党务办公室当日裁定。"),
        forms.ReasonForm,
        danger=True,
    ),
    "rule": Verb(_("裁定异议"), dispatching.rule, _("已裁定，有关单位会收到。"), forms.RuleForm),
    "reassign": Verb(
        _("转办其他单位"),
        dispatching.reassign,
        _("已转办，有关单位会收到。"),
        forms.ReassignForm,
        danger=True,
    ),
    "contact": Verb(
        _("登记联系企业"), work.contact, _("已登记，提出单位会看到。"), forms.ContactForm
    ),
    "match": Verb(_("对接资源、建立项目"), page="services:need-match"),
    "offer": Verb(
        _("提交解决方案"),
        solving.offer,
        _("已提交，提出单位会收到通知并确认。"),
        forms.OfferForm,
    ),
    "note": Verb(_("填写办理记录"), work.note, _("已记录。"), forms.NoteForm),
    "state": Verb(_("提交月报"), work.state, _("已提交，提出单位会看到。"), forms.StatementForm),
    "extend": Verb(
        _("申请延期"), work.ask_extension, _("已申请，党务办公室会答复。"), forms.ExtendForm
    ),
    "decide-extension": Verb(
        _("答复延期申请"),
        work.decide_extension,
        _("已答复，责任单位会收到。"),
        forms.DecideExtensionForm,
    ),
    "ask-help": Verb(
        _("请单位协办"), dispatching.ask_help, _("已请协办，有关单位会收到。"), forms.HelpForm
    ),
    "finish-help": Verb(
        _("报告协办完成"),
        dispatching.finish_help,
        _("已报告，责任单位会收到。"),
        forms.FinishHelpForm,
    ),
    "release-help": Verb(
        _("解除协办"), dispatching.release_help, _("已解除协办。"), forms.ReleaseForm
    ),
    "hold": Verb(_("暂停计时"), work.hold, _("已暂停计时。"), forms.HoldForm, danger=True),
    "resume": Verb(_("恢复计时"), work.resume, _("已恢复计时。"), forms.StepForm),
    "long-term": Verb(
        _("转为长期办理"),
        work.make_long_term,
        _("已转为长期办理，责任单位每月提交一次月报。"),
        forms.ReasonForm,
        danger=True,
    ),
    "end-long-term": Verb(_("结束长期办理"), work.end_long_term, _("已恢复计时。"), forms.StepForm),
    "reply": Verb(_("补充情况"), filing.reply, _("已补充，办理的单位会收到。"), forms.TextForm),
    "confirm": Verb(
        _("确认已解决并评价"), solving.confirm, _("已确认解决，感谢评价。"), forms.ConfirmForm
    ),
    "refuse": Verb(
        _("尚未解决，退回"),
        solving.refuse,
        _("已退回，责任单位会收到原因并继续办理。"),
        forms.ReasonForm,
        danger=True,
    ),
    "close": Verb(_("销号"), solving.close, _("已销号。"), forms.StepForm),
    "reopen": Verb(
        _("重新办理"),
        solving.reopen,
        _("已重新办理，责任单位会收到原因。"),
        forms.ReasonForm,
        danger=True,
    ),
    "withdraw": Verb(_("撤回需求"), filing.withdraw, _("已撤回。"), forms.ReasonForm, danger=True),
}
ON_THE_PAGE = tuple(verb for verb, look in VERBS.items() if not look.page)

# The one next step at the head of the page, the first that this reader may take; and what
# stands beside it, because it is the other answer to the same question.
MAIN = {
    Status.SUBMITTED: ("publish",),
    Status.RETURNED: ("change",),
    Status.DECLINED: ("appeal",),
    Status.APPEALED: ("rule-appeal",),
    Status.PUBLISHED: ("accept", "dispatch"),
    Status.DISPATCHED: ("accept",),
    Status.DISPUTED: ("rule",),
    Status.ACCEPTED: ("decide-extension", "contact", "finish-help"),
    Status.IN_PROGRESS: ("decide-extension", "offer", "finish-help"),
    Status.OFFERED: ("confirm",),
    Status.SOLVED: ("close",),
}
OF_THE_UNIT = ("contact", "offer")
BESIDE = {
    "publish": ("dispatch", "return"),
    "accept": ("object",),
    "contact": ("match",),
    "offer": ("contact", "note", "match"),
    "confirm": ("refuse",),
}

"""The steps of an appraisal, each a page or a verb."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from members.actions import appraisals as actions
from members.actions import ballots
from members.forms import appraisals as forms
from members.models import Appraisal, Organization, PeerResult
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny, take_step

Status = Appraisal.Status
ROWS = Appraisal.objects.select_related("organization")


class AppraisalCreate(FormActionMixin, FormView):
    form_class = forms.AppraisalForm
    template_name = "members/appraisal_form.html"
    success_message = _("已开始“%(object)s”，会通知名单上的每位党员自评。")

    def get_initial(self):
        """The organization asked for, or the only one that the person leads."""
        asked = self.request.GET.get("organization", "")
        if is_number(asked):
            return {"organization": asked}
        rows = Organization.objects.counted().editable_by(self.request.user)
        found = list(rows.order_by("depth", "path").values_list("pk", flat=True)[:2])
        return {"organization": found[0]} if len(found) == 1 else {}

    def act(self, form):
        facts = form.facts()
        return actions.begin(facts.pop("organization"), by=self.request.user, **facts)


class AppraisalPage(FormActionMixin, FormView):
    """A step on a page of its own; back to the appraisal where it is not the time for it."""

    template_name = "members/appraisal_step.html"
    verb, consider = "", ""
    kind = "primary"
    at: tuple = ()

    @cached_property
    def appraisal(self) -> Appraisal:
        return get_editable_or_deny(ROWS, self.request.user, pk=self.kwargs["pk"])

    @cached_property
    def sight(self):
        return self.appraisal.sight_of(self.request.user)

    def may(self) -> bool:
        return self.sight.leads

    def dispatch(self, request, *args, **kwargs):
        if self.appraisal and not self.may():
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if self.appraisal.status not in self.at:
            messages.error(request, _("现在不是办这一步的时候，请看下面的进程。"))
            return redirect(self.appraisal)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            appraisal=self.appraisal,
            verb=self.verb,
            consider=self.consider,
            kind=self.kind,
            cancel_url=self.appraisal.get_absolute_url(),
            **kwargs,
        )


class AppraisalEdit(AppraisalPage):
    form_class = forms.ScheduleForm
    verb = _("更改日程")
    at = (Status.SELF, Status.PEERS, Status.ORGANIZATION)

    @property
    def asks_way(self) -> bool:
        return self.appraisal.status == Status.SELF

    @property
    def consider(self):
        if self.asks_way:
            return ""
        words = _("互评方式：%(way)s。互评已经开始，不能再更改。")
        return words % {"way": self.appraisal.get_way_display()}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"asks_way": self.asks_way}

    def get_initial(self):
        names = ("way", *actions.DAYS)
        return {name: getattr(self.appraisal, name) for name in names}

    def act(self, form):
        actions.change(self.appraisal, by=self.request.user, **form.facts())
        return self.appraisal


class AppraisalExcuse(AppraisalPage):
    form_class = forms.ExcuseForm
    verb = _("调整名单")
    consider = _("勾选的党员不再参加自评、互评和评定等次；已经投出的互评票不受影响。")
    at = AppraisalEdit.at

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"appraisal": self.appraisal}

    def act(self, form):
        for row in form.cleaned_data["people"]:
            row.appraisal = self.appraisal
            actions.excuse(row, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.appraisal


class AppraisalGrades(EditActionMixin, AppraisalPage):
    """The committee's grade for each member, beside the own words and what peers said."""

    model = Appraisal
    form_class = forms.GradesForm
    template_name = "members/appraisal_grades.html"
    verb = _("组织评定")
    success_message = _("已保存评定。全部评完以后报上级确认。")
    at = (Status.ORGANIZATION,)

    def may(self):
        return self.sight.grades

    @cached_property
    def people(self):
        rows = self.appraisal.appraisees.taking_part().in_order()
        return list(rows.select_related("member", "peers"))

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"appraisal": self.appraisal, "people": self.people}

    def get_context_data(self, **kwargs):
        rule, most = actions.limit(self.appraisal)
        return super().get_context_data(rule=rule, most=most, **kwargs)

    def act(self, form):
        actions.grade(self.appraisal, grades=form.grades(), by=self.request.user)
        return self.appraisal


class AppraisalSubmit(AppraisalPage):
    form_class = forms.SubmitForm
    verb = _("报上级确认")
    at = (Status.ORGANIZATION,)
    success_message = _("已报上级确认。")

    def may(self):
        return self.sight.grades

    @cached_property
    def excess(self) -> str:
        return actions.excess(self.appraisal)

    @property
    def consider(self):
        return self.excess or _("上级看到各等次的人数，确认以后由支部公布。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"is_over": bool(self.excess)}

    def act(self, form):
        reason = form.cleaned_data.get("excess_reason", "")
        actions.submit(self.appraisal, excess_reason=reason, by=self.request.user)
        return self.appraisal


class AppraisalReturn(AppraisalPage):
    form_class = forms.ReasonForm
    verb = _("退回")
    at = (Status.CONFIRMING,)
    success_message = _("已退回，支部会看到原因。")

    def may(self):
        return self.sight.confirms

    def act(self, form):
        reason = form.cleaned_data["reason"]
        actions.send_back(self.appraisal, reason=reason, by=self.request.user)
        return self.appraisal


class AppraisalCancel(AppraisalPage):
    form_class = forms.ReasonForm
    verb, kind = _("取消评议"), "danger"
    consider = _("取消以后不能恢复，已经投出的互评票不经清点就销毁。同一年度可以重新开始。")
    at = (Status.SELF, Status.PEERS, Status.ORGANIZATION)

    def act(self, form):
        reason = form.cleaned_data["reason"]
        actions.cancel(self.appraisal, reason=reason, by=self.request.user)
        return self.appraisal


class AppraisalPaperCounts(AppraisalPage):
    """The committee enters what was counted on paper."""

    form_class = forms.PaperCountsForm
    template_name = "members/appraisal_counts.html"
    verb = _("录入纸质票数")
    at = (Status.PEERS,)
    success_message = _("已录入票数。")

    def may(self):
        return self.sight.grades and self.appraisal.way == Appraisal.Way.PAPER

    def get_initial(self):
        rows = PeerResult.objects.filter(appraisee__appraisal=self.appraisal)
        names = ("excellent", "qualified", "basic", "unqualified")
        return {f"{name}_{row.pk}": getattr(row, name) for row in rows for name in names}

    def get_form_kwargs(self):
        people = self.appraisal.appraisees.graded().in_order().select_related("member")
        return super().get_form_kwargs() | {"people": people}

    def act(self, form):
        ballots.enter_paper(self.appraisal, counts=form.counts(), by=self.request.user)
        return self.appraisal


class OwnMixin:
    """A page about the reader's own part: 404 for what is not seen, 403 for who has no part."""

    @cached_property
    def appraisal(self) -> Appraisal:
        return get_object_or_404(ROWS.visible_to(self.request.user), pk=self.kwargs["pk"])

    @cached_property
    def own(self):
        rows = self.appraisal.appraisees.taking_part().select_related("member")
        return rows.filter(member__user=self.request.user).first()

    def may(self):
        if self.own:
            self.own.appraisal = self.appraisal
        return bool(self.own)


class AppraisalSelf(OwnMixin, AppraisalPage):
    form_class = forms.SelfForm
    verb = _("提交自评")
    at = (Status.SELF,)
    success_message = _("已提交自评，截止以前可以更改。")

    def get_initial(self):
        return {"text": self.own.own_text, "grade": self.own.own_grade}

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"appraisee": self.own}

    def act(self, form):
        given = form.cleaned_data
        actions.hand_in(self.own, text=given["text"], grade=given.get("grade", ""))
        return self.appraisal


@method_decorator(sensitive_post_parameters(), name="dispatch")
class AppraisalVote(OwnMixin, AppraisalPage):
    """Everybody else on one screen. Nothing is kept of it but the sealed sum and one bit: no token
    of the form, no draft, no event."""

    form_class = forms.BallotForm
    template_name = "members/appraisal_vote.html"
    at = (Status.PEERS,)

    def may(self):
        is_there = super().may() and self.own.is_graded
        return is_there and self.appraisal.way == Appraisal.Way.PORTAL

    def get(self, request, *args, **kwargs):
        if self.appraisal.status == Status.PEERS and self.own.has_voted:
            messages.info(request, _("您已经互评过了。每人只评一次，提交后不能更改。"))
            return redirect(self.appraisal)
        return super().get(request, *args, **kwargs)

    def first_answer(self):
        return None

    def get_form_kwargs(self):
        kwargs = FormView.get_form_kwargs(self)
        others = self.appraisal.appraisees.graded().exclude(pk=self.own.pk)
        return kwargs | {"people": others.in_order().select_related("member")}

    def form_valid(self, form):
        try:
            ballots.cast(self.appraisal, voter=self.own.member, grades=form.grades())
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        messages.success(self.request, _("已提交互评。票已并入密封的合计，没有人能看到您怎样评。"))
        return redirect(self.appraisal)


def _step(request, pk, action, done, may=lambda sight: sight.leads):
    appraisal = get_editable_or_deny(ROWS, request.user, pk=pk)
    if not may(appraisal.sight_of(request.user)):
        raise PermissionDenied
    return take_step(request, action, appraisal, done=done)


@require_POST
def appraisal_peers(request, pk):
    return _step(request, pk, actions.begin_peers, _("自评已结束，互评开始。"))


@require_POST
def appraisal_count(request, pk):
    return _step(request, pk, actions.end_peers, _("互评已结束，请进行组织评定。"))


@require_POST
def appraisal_confirm(request, pk):
    confirms = lambda sight: sight.confirms  # noqa: E731
    return _step(request, pk, actions.confirm, _("已确认，由支部公布。"), confirms)


@require_POST
def appraisal_release(request, pk):
    return _step(request, pk, actions.release, _("已公布，每位党员可以看到自己的等次和评语。"))


@require_POST
def appraisal_close(request, pk):
    return _step(request, pk, actions.close, _("已归档。"))

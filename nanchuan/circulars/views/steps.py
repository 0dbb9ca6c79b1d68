"""What the office does with a circular that is written: each large act says first what follows."""

from django.contrib import messages
from django.core import signing
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, FormView

from nanchuan.circulars.actions import circulars as writing
from nanchuan.circulars.actions import publishing as actions
from nanchuan.circulars.actions.receivers import resolve
from nanchuan.circulars.forms.circulars import (
    NothingForm,
    NumberingForm,
    ReasonForm,
    UntilForm,
)
from nanchuan.circulars.models import Circular, Numbering
from nanchuan.circulars.views.circulars import OfCircularMixin
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny, take_step

NAMED = 60  # names in a sentence


def named(names: list[str]) -> str:
    told = _("、").join(names[:NAMED])
    if len(names) <= NAMED:
        return told
    return _("%(names)s等 %(number)d 个") % {"names": told, "number": len(names)}


class CircularStep(OfCircularMixin, FormView):
    template_name = "circulars/step_form.html"
    form_class = NothingForm
    title = ""
    is_dangerous = False

    def get_context_data(self, **kwargs):
        facts = {"title": self.title, "is_dangerous": self.is_dangerous}
        return super().get_context_data(**facts | kwargs)


class AskedFirst(PreviewMixin, CircularStep):
    """Says what follows as soon as it is opened: there is nothing to fill in."""

    def get(self, request, *args, **kwargs):
        form = self.get_form_class()(user=request.user)
        sentences, seal = self.consider(form)
        return self.render_to_response(
            self.get_context_data(form=form, preview=sentences, seal=seal)
        )

    def consider(self, form):
        try:
            sentences = [str(sentence) for sentence in self.preview(form)]
        except StepRefused as refusal:
            return [str(refusal)], ""
        signer = signing.Signer(salt=self.request.path)
        return sentences, signer.sign_object(sentences, compress=True)


class CircularPublish(AskedFirst):
    title = gettext_lazy("发布")
    success_message = gettext_lazy("已发布，收到的同志已得到通知。")

    def preview(self, form):
        circular = self.circular
        if not circular.is_draft:
            raise StepRefused(str(writing.OUT_ALREADY))
        found = resolve(circular.targets.all())
        actions.check_ready(circular, found, timezone.now())
        yield _("发送范围：%(words)s。") % {"words": found.words}
        yield _("发给：%(names)s。") % {"names": named(found.names)}
        yield self._asked(circular)
        if circular.needs_submission:
            number = circular.questions.count()
            words = _("报送：填写 %(number)d 项。") % {"number": number}
            yield words if number else _("报送：上传文件。")
        if circular.replaces and circular.replaces.status in Circular.OUT:
            yield _("原通知“%(title)s”同时标为已被替代。") % {"title": circular.replaces.title}
        yield _("发布后给定字号，内容和范围不能再改。")

    def _asked(self, circular):
        due = _("截止时间：%(moment)s。") % {"moment": moment(circular.due_at)}
        words = _("需要逐个确认收到。") if circular.needs_receipt else _("不要求回执。")
        return f"{words}{due}" if circular.due_at else words

    def act(self, form):
        actions.publish(self.circular, by=self.request.user)
        return self.circular


class CircularRemind(AskedFirst):
    title = gettext_lazy("提醒未办")
    success_message = gettext_lazy("已提醒未办的单位。")

    def preview(self, form):
        rows = actions.missing(self.circular)
        if not rows:
            yield _("没有未办的，不需要提醒。")
            return
        yield _("将提醒 %(number)d 个未办的，已经办完的不会收到。") % {"number": len(rows)}
        yield _("未办：%(names)s。") % {"names": named([row.name for row in rows])}
        yield _("每小时最多提醒一次。")

    def act(self, form):
        actions.remind(self.circular, by=self.request.user)
        return self.circular

    def get_success_url(self):
        return reverse("circulars:circular-table", args=[self.circular.pk])


class CircularRecall(CircularStep):
    title, is_dangerous = gettext_lazy("撤回"), True
    form_class = ReasonForm
    success_message = gettext_lazy("已撤回。通知仍可查看，标明已撤回，不再需要办理。")

    def act(self, form):
        reason = form.cleaned_data["reason"]
        actions.recall(self.circular, reason=reason, by=self.request.user)
        return self.circular


class CircularExtend(CircularStep):
    title = gettext_lazy("统一延期")
    form_class = UntilForm
    success_message = gettext_lazy("已延期，未办的同志已得到通知。")

    def act(self, form):
        actions.extend(self.circular, until=form.cleaned_data["until"], by=self.request.user)
        return self.circular


class CircularNumbering(FormActionMixin, CreateView):
    """How numbers are written from now on."""

    model = Numbering
    form_class = NumberingForm
    template_name = "circulars/numbering_form.html"
    success_message = gettext_lazy("已设定，今后发布的通知按此编号。")

    def get_initial(self):
        return {"pattern": Numbering.in_force()}

    def get_context_data(self, **kwargs):
        year, list_url = timezone.localdate().year, reverse("circulars:circular-list")
        example = Numbering.written(Numbering.in_force(), year, 12)
        return super().get_context_data(example=example, cancel_url=list_url, **kwargs)

    def get_success_url(self):
        return reverse("circulars:circular-list")

    def act(self, form):
        return writing.set_pattern(form.cleaned_data["pattern"], by=self.request.user)


def _step(request, pk, action, done, to=None):
    circular = get_editable_or_deny(Circular.objects, request.user, pk=pk)
    return take_step(request, action, circular, done=done, to=to)


@require_POST
def circular_drop(request, pk):
    circular = get_editable_or_deny(Circular.objects, request.user, pk=pk)
    to = circular.get_absolute_url()
    if circular.is_draft:
        to = reverse("circulars:circular-list")
    return take_step(request, writing.drop, circular, done=_("草稿已删除。"), to=to)


@require_POST
def circular_close(request, pk):
    return _step(request, pk, actions.close, _("已截止，不再接收确认和报送。"))


@require_POST
def circular_archive(request, pk):
    return _step(request, pk, actions.archive, _("已归档，以后仍可查到。"))


@require_POST
def circular_replace(request, pk):
    """The new version opens, to be put right and published."""
    circular = get_editable_or_deny(Circular.objects, request.user, pk=pk)
    try:
        made = actions.replace(circular, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(circular)
    messages.success(request, _("已起草替代版本。改好后发布，原来的通知即标为已被替代。"))
    return redirect(made)

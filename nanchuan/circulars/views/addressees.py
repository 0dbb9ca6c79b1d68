"""One to whom a circular went: what it confirms and sends back, what the office says to it."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView

from nanchuan.circulars.actions import answers as actions
from nanchuan.circulars.collecting import answer_of
from nanchuan.circulars.forms.answers import AnswerForm
from nanchuan.circulars.forms.circulars import AskForTimeForm, ReasonForm, UntilForm
from nanchuan.circulars.known import known
from nanchuan.circulars.models import Addressee, Extension, Submission, SubmissionFile
from nanchuan.kernel import roles
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.views import (
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = Addressee.objects.select_related("circular", "organization", "unit")


class AddresseeDetail(HistoryMixin, ScopedMixin, DetailView):
    """How it stands, and every version that it handed in."""

    queryset = ROWS
    context_object_name = "addressee"
    template_name = "circulars/addressee_detail.html"

    def get_context_data(self, **kwargs):
        addressee, user = self.object, self.request.user
        versions = Submission.objects.visible_to(user).filter(addressee=addressee)
        versions = list(versions.prefetch_related("files").order_by("-version"))
        questions = list(addressee.circular.questions.all())
        for version in versions:
            version.lines = lines_of(version, questions)
        return super().get_context_data(
            circular=addressee.circular,
            versions=versions,
            extensions=addressee.extensions.select_related("by").order_by("-pk"),
            is_office=roles.has_role(user, roles.STAFF),
            may_decide=addressee.status == Addressee.Status.SUBMITTED,
            **kwargs,
        )


def lines_of(version, questions) -> list[tuple]:
    """(question, answer, its files), then what came besides."""
    files = list(version.files.all())
    lines = []
    for question in questions:
        own = [file for file in files if file.question_id == question.pk]
        lines.append((question.text, "" if own else answer_of(version, question), own))
    if rest := [file for file in files if file.question_id is None]:
        lines.append((gettext("其他文件") if questions else gettext("报送的文件"), "", rest))
    return lines


# ── Those who answer ────────────────────────────────────────────────────────────────────────


def _own(request, pk):
    return get_editable_or_deny(ROWS, request.user, pk=pk)


@require_POST
def addressee_confirm(request, pk):
    """One tap, by name."""
    addressee = _own(request, pk)
    done = gettext("已确认收到，记下了您的姓名和时间。")
    return take_step(request, actions.confirm, addressee, done=done, to=addressee.circular)


class OwnFormMixin(FormActionMixin):
    """A form page of those who answer for an addressee; back to it when it is too late."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.addressee = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        self.circular = self.addressee.circular

    def too_late(self) -> str:
        return "" if self.circular.is_running else gettext("这份通知已不再接收办理。")

    def get(self, request, *args, **kwargs):
        if words := self.too_late():
            messages.error(request, words)
            return redirect(self.circular)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            addressee=self.addressee,
            circular=self.circular,
            cancel_url=self.circular.get_absolute_url(),
            **kwargs,
        )

    def get_success_url(self):
        return self.circular.get_absolute_url()


class AddresseeAnswer(UploadMixin, OwnFormMixin, FormView):
    """The form, with what is known filled in; `draft` keeps it, else it is handed in."""

    form_class = AnswerForm
    template_name = "circulars/addressee_answer.html"
    saved = ()  # by somebody else meanwhile

    def too_late(self):
        if words := super().too_late():
            return words
        if not self.circular.needs_submission:
            return gettext("这份通知不需要报送。")
        return gettext("已经报送，请等待审核。") if self.addressee.sent else ""

    @property
    def is_draft(self):
        return "draft" in self.request.POST

    def get_form_kwargs(self):
        self.questions = list(self.circular.questions.all())
        self.before = self._latest()
        return super().get_form_kwargs() | {
            "questions": self.questions,
            "before": self.before,
            "knows": {} if self.before else self._known(),
            "is_draft": self.is_draft,
        }

    def _latest(self):
        return self.addressee.submissions.prefetch_related("files").last()

    def _known(self):
        told = known(self.addressee, {each.source for each in self.questions if each.source})
        return {str(each.pk): told[each.source] for each in self.questions if each.source}

    def get_context_data(self, **kwargs):
        templates = self.circular.files.filter(is_template=True)
        context = super().get_context_data(saved=self.saved, templates=templates, **kwargs)
        return context | {"before": self.before}

    def act(self, form):
        action = actions.keep_draft if self.is_draft else actions.submit
        # The action writes on its own: what it refuses leaves the page as it was.
        row = ROWS.get(pk=self.addressee.pk)
        try:
            action(row, by=self.request.user, **form.given())
        except actions.ChangedMeanwhile:
            self.before = self._latest()
            self.saved = lines_of(self.before, self.questions)
            form.follow(self.before)
            raise
        return self.addressee

    @property
    def success_message(self):
        if self.is_draft:
            return gettext("草稿已保存，可以随时继续填写。")
        return gettext("已报送，园区党务办公室审核后会告诉您。")

    def get_success_url(self):
        return self.request.path if self.is_draft else super().get_success_url()


class AddresseeLater(OwnFormMixin, FormView):
    form_class = AskForTimeForm
    template_name = "circulars/addressee_form.html"
    success_message = _("已申请延期，答复后会告诉您。")

    def act(self, form):
        given = form.cleaned_data
        facts = {"until": given["until"], "reason": given["reason"], "by": self.request.user}
        actions.ask_for_time(self.addressee, **facts)
        return self.addressee

    def get_context_data(self, **kwargs):
        return super().get_context_data(title=gettext("申请延期"), **kwargs)


def submissionfile_take(request, pk):
    return answer(_file(request.user, pk))


def _file(user, pk):
    seen = Submission.objects.visible_to(user)
    rows = SubmissionFile.objects.select_related("submission__addressee")
    return get_object_or_404(rows.filter(submission__in=seen), pk=pk)


# ── The office ──────────────────────────────────────────────────────────────────────────────


def of_office(user, pk):
    """404 where it is not seen, 403 for those who are not the office."""
    found = get_object_or_404(ROWS.visible_to(user), pk=pk)
    if not roles.has_role(user, roles.STAFF):
        raise PermissionDenied
    return found


@require_POST
def addressee_accept(request, pk):
    addressee = of_office(request.user, pk)
    return take_step(request, actions.accept, addressee, done=gettext("已通过。"))


class OfficeForm(FormActionMixin, FormView):
    template_name = "circulars/addressee_form.html"
    title = ""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.find(request.user, kwargs["pk"])

    def find(self, user, pk):
        self.addressee = of_office(user, pk)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            title=self.title,
            addressee=self.addressee,
            circular=self.addressee.circular,
            cancel_url=self.addressee.get_absolute_url(),
            **kwargs,
        )

    def get_success_url(self):
        return self.addressee.get_absolute_url()


class AddresseeReturn(OfficeForm):
    title, form_class = _("退回修改"), ReasonForm
    success_message = _("已退回，对方会收到原因。")

    def act(self, form):
        reason = form.cleaned_data["reason"]
        actions.send_back(self.addressee, reason=reason, by=self.request.user)
        return self.addressee


class AddresseeExtend(OfficeForm):
    title, form_class = _("单独延期"), UntilForm
    success_message = _("已延期，对方已得到通知。")

    def act(self, form):
        actions.extend(self.addressee, until=form.cleaned_data["until"], by=self.request.user)
        return self.addressee


def _extension(user, pk):
    rows = Extension.objects.select_related("addressee__circular").visible_to(user)
    found = get_object_or_404(rows, pk=pk)
    if not roles.has_role(user, roles.STAFF):
        raise PermissionDenied
    return found


@require_POST
def extension_grant(request, pk):
    extension = _extension(request.user, pk)
    done = gettext("已同意延期，对方已得到通知。")
    return take_step(request, actions.grant, extension, done=done, to=extension.addressee)


class ExtensionRefuse(OfficeForm):
    title, form_class = _("不同意延期"), ReasonForm
    success_message = _("已答复，对方会收到原因。")

    def find(self, user, pk):
        self.extension = _extension(user, pk)
        self.addressee = self.extension.addressee

    def act(self, form):
        answer = form.cleaned_data["reason"]
        actions.refuse(self.extension, answer=answer, by=self.request.user)
        return self.addressee

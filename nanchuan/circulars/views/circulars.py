"""Circulars: their list, their page, and how a draft is written."""

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from nanchuan.circulars.actions import answers, receivers
from nanchuan.circulars.actions import circulars as actions
from nanchuan.circulars.figures import figures
from nanchuan.circulars.forms.circulars import CircularForm, QuestionForm, ReceiversForm
from nanchuan.circulars.forms.filters import CircularFilterSet
from nanchuan.circulars.models import Addressee, Circular, CircularFile, Question
from nanchuan.circulars.models.addressees import undone
from nanchuan.kernel import roles
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

SHOWN_NAMES = 12
WAITING = Q(circular__status=Circular.Status.PUBLISHED) & undone()


class CircularList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """What waits for the reader first, then the newest. The office sees how many have done it."""

    export_name = _("通知公告")

    queryset = Circular.objects.all()
    filterset_class = CircularFilterSet
    template_name = "circulars/circular_list.html"
    partial_template_name = "circulars/_circular_table.html"

    def filtered(self):
        mine = Addressee.objects.editable_by(self.request.user).owing()
        waits = Exists(mine.filter(circular=OuterRef("pk")))
        return self.filter.qs.newest() if self.is_wide else self._waiting_first(waits)

    @property
    def is_wide(self):
        return roles.has_role(self.request.user, *roles.WHOLE_PARK)

    def _waiting_first(self, waits):
        return self.filter.qs.annotate(waits=waits).order_by("-waits", "-published_at", "-pk")

    def dress(self, rows):
        return rows.annotate(**self._numbers()) if self.is_wide else rows

    def _numbers(self):
        sent = Addressee.objects.filter(circular=OuterRef("pk")).order_by().values("circular")
        return {
            "sent_to": Coalesce(Subquery(sent.annotate(n=Count("pk")).values("n")), 0),
            "missing": Coalesce(
                Subquery(sent.filter(WAITING).annotate(n=Count("pk")).values("n")), 0
            ),
        }

    def dress_export(self, rows):
        return super().dress_export(rows).defer("text")

    def export_columns(self):
        columns = [
            Column(_("标题"), lambda row: row.title, 40),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("字号"), lambda row: row.number or "", 20),
            Column(_("状态"), lambda row: row.get_status_display()),
            Column(_("发布时间"), lambda row: row.published_at, 18),
            Column(_("截止时间"), lambda row: row.due_at, 18),
        ]
        if self.is_wide:
            columns += [
                Column(_("发送"), lambda row: row.sent_to, 8),
                Column(_("未办"), lambda row: row.missing, 8),
            ]
        return columns

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        circulars = {row.pk: row for row in context["object_list"]}
        for row in circulars.values():
            row.mine = []
        if not self.is_wide:
            own = Addressee.objects.editable_by(self.request.user).filter(circular__in=circulars)
            for addressee in own.order_by("order", "pk"):
                addressee.circular = circulars[addressee.circular_id]
                addressee.circular.mine.append(addressee)
        return context | {"is_wide": self.is_wide}


class CircularDetail(HistoryMixin, ScopedMixin, DetailView):
    """The text, its files, and what the reader has to do; opening it marks it as read."""

    queryset = Circular.objects.select_related("by", "replaced_by")
    context_object_name = "circular"
    template_name = "circulars/circular_detail.html"

    def get_context_data(self, **kwargs):
        circular, user = self.object, self.request.user
        files = list(circular.files.all())
        context = super().get_context_data(**kwargs)
        return context | {
            "files": [file for file in files if not file.is_template],
            "templates": [file for file in files if file.is_template],
            "questions": circular.questions.all(),
            "mine": self._mine(circular, user),
            **self._versions(circular, user),
            **(self._of_draft(circular) if circular.is_draft else self._of_others(circular, user)),
        }

    def _mine(self, circular, user):
        if roles.has_role(user, *roles.WHOLE_PARK) and not roles.has_role(
            user, roles.SECRETARY, roles.UNIT, roles.MEMBER
        ):
            return []
        own = list(Addressee.objects.editable_by(user).filter(circular=circular))
        for row in own:
            row.circular = circular
        if circular.status in Circular.OUT and self.request.method == "GET":
            answers.read([row for row in own if row.read_at is None], by=user)
        return own

    def _versions(self, circular, user):
        """The version before it and the one after it, if this reader may see them: other people
        may have been meant."""
        asked = {
            "earlier": circular.replaces_id,
            "later": getattr(getattr(circular, "replaced_by", None), "pk", None),
        }
        pks = [pk for pk in asked.values() if pk]
        seen = Circular.objects.visible_to(user).in_bulk(pks) if pks else {}
        return {name: seen.get(pk) for name, pk in asked.items()}

    def _of_draft(self, circular):
        targets = circular.targets.select_related("organization", "group", "post", "unit")
        targets = list(targets)
        found = receivers.resolve(targets)
        return {
            "targets": targets,
            "receivers": found,
            "names": found.names[:SHOWN_NAMES],
            "more": max(found.number - SHOWN_NAMES, 0),
        }

    def _of_others(self, circular, user):
        if not roles.has_role(user, *roles.WHOLE_PARK, roles.SECRETARY):
            return {}
        seen = Addressee.objects.visible_to(user).filter(circular=circular)
        found = figures(circular, seen)
        return {"figures": found if found[0].number > 1 or circular.is_editable else None}


class DraftMixin:
    """A page to write on: once the circular is out, it leads back with a sentence."""

    def get(self, request, *args, **kwargs):
        circular = self.of_circular()
        if circular.is_draft:
            return super().get(request, *args, **kwargs)
        messages.error(request, str(actions.OUT_ALREADY))
        return redirect(circular)

    def of_circular(self):
        return self.circular


# ── Writing ─────────────────────────────────────────────────────────────────────────────────


class CircularFormMixin(UploadMixin):
    template_name = "circulars/circular_form.html"
    form_class = CircularForm

    def get_context_data(self, **kwargs):
        back = self.object.get_absolute_url() if self.object else reverse("circulars:circular-list")
        return super().get_context_data(cancel_url=back, **kwargs)


class CircularCreate(CircularFormMixin, CreateView):
    success_message = _("草稿已保存。接着选择发给谁，核对后发布。")

    def act(self, form):
        return actions.draft(by=self.request.user, **form.facts())


class CircularEdit(DraftMixin, CircularFormMixin, EditActionMixin, UpdateView):
    model = Circular
    context_object_name = "circular"
    success_message = _("已更新草稿。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(Circular.objects, self.request.user, pk=self.kwargs["pk"])

    of_circular = get_object

    def act(self, form):
        # The form has written on its own copy; the action compares with what is stored.
        circular = Circular.objects.get(pk=form.instance.pk)
        return actions.change(circular, by=self.request.user, **form.facts())


class OfCircularMixin(FormActionMixin):
    """A form page about one circular that the office may change."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.circular = get_editable_or_deny(Circular.objects, request.user, pk=kwargs["pk"])

    def get_context_data(self, **kwargs):
        back = self.circular.get_absolute_url()
        return super().get_context_data(circular=self.circular, cancel_url=back, **kwargs)

    def get_success_url(self):
        return self.circular.get_absolute_url()


class CircularReceivers(DraftMixin, OfCircularMixin, FormView):
    """Whom it goes to; while boxes are ticked the page says how many and who that is."""

    form_class = ReceiversForm
    template_name = "circulars/circular_receivers.html"
    success_message = _("已保存发送范围。")

    @cached_property
    def chosen(self):
        return list(self.circular.targets.all())

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"chosen": self.chosen}

    def post(self, request, *args, **kwargs):
        if request.htmx:
            form = self.get_form()
            form.is_valid()
            found = receivers.resolve(form.targets())
            return render(request, "circulars/_receivers.html", {"receivers": found})
        return super().post(request, *args, **kwargs)

    def act(self, form):
        receivers.choose(self.circular, form.targets(), by=self.request.user)
        return self.circular

    def get_context_data(self, **kwargs):
        found = receivers.resolve(self.chosen)
        return super().get_context_data(receivers=found, **kwargs)


class CircularAsk(DraftMixin, OfCircularMixin, FormView):
    """One more line of the form that comes back."""

    form_class = QuestionForm
    template_name = "circulars/question_form.html"
    success_message = _("已添加填报项。")

    def act(self, form):
        actions.ask(self.circular, by=self.request.user, **form.facts())
        return self.circular


class QuestionEdit(DraftMixin, FormActionMixin, UpdateView):
    form_class = QuestionForm
    template_name = "circulars/question_form.html"
    success_message = _("已更正填报项。")

    def get_object(self, queryset=None):
        return _question(self.request.user, self.kwargs["pk"])

    def of_circular(self):
        return self.get_object().circular

    def get_context_data(self, **kwargs):
        circular = self.object.circular
        back = circular.get_absolute_url()
        return super().get_context_data(circular=circular, cancel_url=back, **kwargs)

    def get_success_url(self):
        return self.object.circular.get_absolute_url()

    def act(self, form):
        return actions.change_question(form.instance, by=self.request.user, **form.facts())


@require_POST
def question_drop(request, pk):
    question = _question(request.user, pk)
    done = gettext("已删去填报项。")
    return take_step(request, actions.drop_question, question, done=done, to=question.circular)


def _question(user, pk):
    """404 where the circular is not seen, 403 where it is only read."""
    seen = Circular.objects.visible_to(user)
    rows = Question.objects.select_related("circular").filter(circular__in=seen)
    found = get_object_or_404(rows, pk=pk)
    get_editable_or_deny(Circular.objects, user, pk=found.circular_id)
    return found


def circularfile_take(request, pk):
    """Whoever may see a circular may take its files."""
    seen = Circular.objects.visible_to(request.user)
    return answer(get_object_or_404(CircularFile, pk=pk, circular__in=seen))


@require_POST
def circularfile_remove(request, pk):
    seen = Circular.objects.visible_to(request.user)
    rows = CircularFile.objects.select_related("circular").filter(circular__in=seen)
    file = get_object_or_404(rows, pk=pk)
    get_editable_or_deny(Circular.objects, request.user, pk=file.circular_id)
    done = gettext("附件已删去。")
    return take_step(request, actions.take_file, file, done=done, to=file.circular)

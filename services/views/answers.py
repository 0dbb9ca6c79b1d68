from copy import copy

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from nanchuan.kernel.views import FilteredMixin, FormActionMixin, HistoryMixin, ScopedMixin
from services.actions import answers as actions
from services.forms.answers import AnswerFilter, AnswerForm
from services.models import ReadyAnswer


class AnswerList(FilteredMixin, ScopedMixin, ListView):
    queryset = ReadyAnswer.objects.newest()
    filterset_class = AnswerFilter
    template_name = "services/answer_list.html"
    partial_template_name = "services/_answer_table.html"


class AnswerDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = ReadyAnswer.objects.all()
    template_name = "services/answer_detail.html"
    context_object_name = "answer"


class AnswerCreate(FormActionMixin, CreateView):
    model = ReadyAnswer
    form_class = AnswerForm
    template_name = "services/answer_form.html"
    success_message = _("已保存现成答复“%(object)s”，企业点单时会看到。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:answer-list"), **kwargs)

    def act(self, form):
        return actions.add(by=self.request.user, **form.facts())


class AnswerEdit(FormActionMixin, UpdateView):
    form_class = AnswerForm
    template_name = "services/answer_form.html"
    success_message = _("已更新现成答复“%(object)s”。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = ReadyAnswer.objects.visible_to(request.user)
        self.answer = get_object_or_404(rows, pk=kwargs["pk"])

    def get_object(self, queryset=None):
        return copy(self.answer)  # the form writes on its own

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.answer.get_absolute_url(), **kwargs)

    def act(self, form):
        actions.change(self.answer, by=self.request.user, **form.facts())
        return self.answer

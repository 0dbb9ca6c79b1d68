from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from members.actions import suggestions as actions
from members.forms.suggestions import AnswerForm, SuggestionFilterSet, SuggestionForm
from members.models import Activity, Suggestion
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.views import (
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = Suggestion.objects.select_related("activity__organization")


class SuggestionList(ExportedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    """What was suggested, open ones first, the oldest before the others."""

    queryset = ROWS.oldest_open_first()
    filterset_class = SuggestionFilterSet
    template_name = "members/suggestion_list.html"
    partial_template_name = "members/_suggestion_table.html"
    export_name = _("意见建议")
    on_paper = True

    def export_columns(self):
        return [
            Column(_("提出日期"), lambda row: row.made_on, 12),
            Column(_("党组织"), lambda row: row.activity.organization.name, 30),
            Column(_("意见建议"), lambda row: row.text, 40),
            Column(_("状态"), lambda row: row.get_status_display(), 8),
            Column(pgettext_lazy("suggestion", "办理情况"), lambda row: row.outcome, 40),
            Column(_("答复日期"), lambda row: row.answered_on, 12),
        ]


class ActivitySuggest(FormActionMixin, FormView):
    """A suggestion is noted at its activity."""

    form_class = SuggestionForm
    template_name = "members/suggestion_form.html"
    success_message = _("已登记，答复以前会一直列在待答复里。")

    def dispatch(self, request, *args, **kwargs):
        rows = Activity.objects.select_related("kind", "organization")
        self.activity = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if refusal := actions.refusal_of(self.activity):
            messages.error(request, refusal)
            return redirect(self.activity)
        return super().get(request, *args, **kwargs)

    def act(self, form):
        return actions.add(self.activity, form.cleaned_data["text"], by=self.request.user)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            activity=self.activity, cancel_url=self.activity.get_absolute_url(), **kwargs
        )


class SuggestionAnswer(FormActionMixin, FormView):
    """What became of it."""

    form_class = AnswerForm
    template_name = "members/suggestion_form.html"
    success_message = _("已答复。")

    def dispatch(self, request, *args, **kwargs):
        self.suggestion = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_initial(self):
        return {"outcome": self.suggestion.outcome}

    def act(self, form):
        return actions.answer(self.suggestion, form.cleaned_data["outcome"], by=self.request.user)

    def get_context_data(self, **kwargs):
        activity = self.suggestion.activity
        return super().get_context_data(
            activity=activity,
            suggestion=self.suggestion,
            cancel_url=activity.get_absolute_url(),
            **kwargs,
        )


@require_POST
def suggestion_reopen(request, pk):
    suggestion = get_editable_or_deny(ROWS, request.user, pk=pk)
    return take_step(request, actions.reopen, suggestion, done=gettext("已重新列入待答复。"))

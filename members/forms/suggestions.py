import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from members.forms.filters import OrganizationFilter
from members.models import Suggestion
from nanchuan.kernel.forms import ScopedForm


class SuggestionFilterSet(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Suggestion.Status.choices)
    organization = OrganizationFilter(method="within")

    def within(self, rows, name, organization):
        return rows.filter(activity__organization__path__startswith=organization.path)


class SuggestionForm(ScopedForm):
    text = forms.CharField(label=_("意见建议"), max_length=500, widget=forms.Textarea({"rows": 4}))


class AnswerForm(ScopedForm):
    outcome = forms.CharField(
        label=pgettext_lazy("suggestion", "办理情况"),
        max_length=500,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("已经办到的、正在办的或办不到的原因。"),
    )

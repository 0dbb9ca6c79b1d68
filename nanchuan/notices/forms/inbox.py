import django_filters
from django import forms
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import DateInput
from nanchuan.notices.inbox import of_kind
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Notice


class InboxFilter(django_filters.FilterSet):
    kind = django_filters.ChoiceFilter(
        label=_("类别"), choices=Kind.choices, empty_label=_("全部类别"), method="of_kind"
    )
    since = django_filters.DateFilter(
        label=_("从"), field_name="arrived_at", lookup_expr="date__gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("到"), field_name="arrived_at", lookup_expr="date__lte", widget=DateInput
    )
    show = django_filters.CharFilter(method="kept", widget=forms.HiddenInput)

    class Meta:
        model = Notice
        fields = ["kind", "since", "until", "show"]

    def of_kind(self, rows, name, kind):
        return of_kind(rows, kind)

    def kept(self, rows, name, value):
        """The view counts both sides of this one itself."""
        return rows

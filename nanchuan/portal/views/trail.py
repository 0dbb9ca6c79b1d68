import django_filters
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView

from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.kernel.views import FilteredMixin


class EventFilter(django_filters.FilterSet):
    name = django_filters.ChoiceFilter(
        choices=lambda: sorted(events.labels().items()), label=_("事件"), empty_label=_("全部事件")
    )
    by = django_filters.CharFilter(field_name="by_label", lookup_expr="contains", label=_("经办人"))
    since = django_filters.DateFilter(
        field_name="happened_at", lookup_expr="date__gte", label=_("自")
    )
    until = django_filters.DateFilter(
        field_name="happened_at", lookup_expr="date__lte", label=_("至")
    )

    class Meta:
        model = Event
        fields = ["name", "by", "since", "until"]


class EventList(FilteredMixin, ListView):
    """The trail of the whole park (操作记录): who did what, when."""

    queryset = Event.objects.order_by("-happened_at", "-pk")
    filterset_class = EventFilter
    template_name = "portal/event_list.html"
    partial_template_name = "portal/_event_table.html"
    paginate_by = 50

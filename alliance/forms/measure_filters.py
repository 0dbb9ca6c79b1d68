"""What narrows the list, the board and the statement of measures."""

import django_filters
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliance.forms.owed import MINE, BoardFilterMixin, PartFilterMixin
from alliance.models import Group, Measure
from alliance.models.turns import QUARTERS
from members.forms.filters import UnitFilter
from members.models import Unit

WHOLE_ALLIANCE = "alliance"
FIGURES = (("done_in_time", _("按期完成")),)


def responsible_units(request):
    owed = Measure.objects.visible_to(request.user).order_by().values("unit")
    return Unit.objects.filter(pk__in=owed).order_by("name")


class MeasureFilter(PartFilterMixin, django_filters.FilterSet):
    """Narrows what the reader sees already; no unit is offered of which no row is seen."""

    usual = ("q", "state", "group", "unit")

    q = django_filters.CharFilter(label=_("编号、举措或内容"), method="by_words", max_length=60)
    state = django_filters.ChoiceFilter(label=_("状态"), choices=Measure.STATES, method="by_state")
    group = django_filters.ChoiceFilter(label=_("小组"), choices=(), method="by_group")
    unit = UnitFilter(label=_("责任单位"), queryset=responsible_units)
    source = django_filters.ChoiceFilter(label=_("来源"), choices=Measure.Source.choices)
    year = django_filters.ChoiceFilter(
        label=_("完成期限年度"), choices=(), field_name="due_on", lookup_expr="year"
    )
    quarter = django_filters.ChoiceFilter(
        label=_("完成期限季度"),
        choices=tuple(enumerate(QUARTERS, 1)),
        field_name="due_on",
        lookup_expr="quarter",
    )
    mine = django_filters.ChoiceFilter(label=_("与我有关"), choices=MINE, method="by_part")
    figure = django_filters.ChoiceFilter(label=_("统计口径"), choices=FIGURES, method="by_figure")

    class Meta:
        model = Measure
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Measure.objects.visible_to(self.request.user)
        groups = self._groups(rows)
        named = [(WHOLE_ALLIANCE, _("整个联盟")), *((group.pk, str(group)) for group in groups)]
        years = [(day.year, day.year) for day in rows.dates("due_on", "year", order="DESC")]
        self.filters["group"].extra["choices"] = named
        self.filters["year"].extra["choices"] = years

    def _groups(self, rows):
        """Those that the reader sees, a dissolved one as long as it has measures."""
        seen = Group.objects.visible_to(self.request.user).current()
        either = Q(pk__in=rows.order_by().values("group")) | Q(pk__in=seen.values("pk"))
        return Group.objects.filter(either).order_by("order", "pk")

    def by_words(self, rows, name, value):
        return rows.filter(
            Q(title__contains=value) | Q(number__contains=value) | Q(content__contains=value)
        )

    def by_state(self, rows, name, value):
        return rows.with_state().filter(state=value)

    def by_group(self, rows, name, value):
        return rows.filter(group=None if value == WHOLE_ALLIANCE else value)

    def by_figure(self, rows, name, value):
        return rows.done_in_time()


class BoardFilter(BoardFilterMixin, MeasureFilter):
    state = None
    usual = ("q", "group", "unit", "year")

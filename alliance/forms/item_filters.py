"""What narrows the list and the board of action items."""

from datetime import date, timedelta

import django_filters
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.forms.owed import MINE, BoardFilterMixin, PartFilterMixin
from alliance.models import ActionItem, Group, Meeting
from alliance.models.meetings import with_group
from members.forms.filters import ListedFilter, UnitFilter
from members.models import Unit
from nanchuan.kernel.forms import DateInput

OPEN = "open"
LONG_LATE = 7  # days
FIGURES = (
    ("done_in_time", _("按期办结")),
    ("done_late", _("逾期办结")),
    ("asking", _("申请延期待答复")),
    ("due", _("到期事项")),
    ("overdue", _("逾期未办结")),
    ("running", _("办理中未到期")),
    ("to_confirm", _("待确认")),
)
AGES = (
    ("long_late", _("逾期 7 天以上")),
    ("late", _("逾期 7 天以内")),
    ("soon", _("7 天内到期")),
    ("later", _("7 天以后到期")),
    ("reported", _("待确认")),
)


def of_age(age: str, on: date | None = None) -> Q:
    """Open items by how far off their due day is, or how long ago it was."""
    on = on or timezone.localdate()
    long_ago, soon = on - timedelta(days=LONG_LATE), on + timedelta(days=ActionItem.SOON_DAYS)
    if age == "reported":
        return Q(status=ActionItem.Status.REPORTED)
    due = {
        "long_late": Q(due_on__lt=long_ago),
        "late": Q(due_on__gte=long_ago, due_on__lt=on),
        "soon": Q(due_on__gte=on, due_on__lte=soon),
        "later": Q(due_on__gt=soon),
    }[age]
    return Q(status=ActionItem.Status.IN_PROGRESS) & due


def age_of(status: str, due_on: date, on: date | None = None) -> str:
    """The same of one open item."""
    left = (due_on - (on or timezone.localdate())).days
    if status == ActionItem.Status.REPORTED:
        return "reported"
    if left < 0:
        return "long_late" if left < -LONG_LATE else "late"
    return "soon" if left <= ActionItem.SOON_DAYS else "later"


def responsible_units(request):
    owed = ActionItem.objects.visible_to(request.user).live().order_by().values("unit")
    return Unit.objects.filter(pk__in=owed).order_by("name")


def meetings_with_items(request):
    rows = ActionItem.objects.visible_to(request.user).live().order_by()
    seen = Meeting.objects.visible_to(request.user)
    return seen.filter(pk__in=rows.values("resolution__meeting")).order_by("-starts_at")


class ItemFilter(PartFilterMixin, django_filters.FilterSet):
    """Narrows what the reader sees already; nothing is offered of which no row is seen."""

    usual = ("q", "state", "group", "unit")

    q = django_filters.CharFilter(label=_("编号或内容"), method="by_words", max_length=60)
    state = django_filters.ChoiceFilter(
        label=_("状态"),
        choices=[(OPEN, _("未办结")), *ActionItem.STATES],
        method="by_state",
    )
    group = django_filters.ModelChoiceFilter(
        label=_("小组"),
        queryset=lambda request: Group.objects.visible_to(request.user).order_by("order", "pk"),
        method="by_group",
    )
    unit = UnitFilter(label=_("责任单位"), queryset=responsible_units)
    age = django_filters.ChoiceFilter(label=_("期限远近"), choices=AGES, method="by_age")
    meeting = ListedFilter(
        label=_("议定的会议"), queryset=meetings_with_items, field_name="resolution__meeting"
    )
    year = django_filters.ChoiceFilter(
        label=_("完成期限年度"), choices=(), field_name="due_on", lookup_expr="year"
    )
    mine = django_filters.ChoiceFilter(label=_("与我有关"), choices=MINE, method="by_part")
    figure = django_filters.ChoiceFilter(label=_("统计口径"), choices=FIGURES, method="by_figure")
    since = django_filters.DateFilter(
        label=_("完成期限自"), field_name="due_on", lookup_expr="gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("完成期限至"), field_name="due_on", lookup_expr="lte", widget=DateInput
    )

    class Meta:
        model = ActionItem
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = ActionItem.objects.visible_to(self.request.user).live()
        years = [(day.year, day.year) for day in rows.dates("due_on", "year", order="DESC")]
        self.filters["year"].extra["choices"] = years

    def by_words(self, rows, name, value):
        return rows.filter(Q(text__contains=value) | Q(number__contains=value))

    def by_state(self, rows, name, value):
        return rows.open() if value == OPEN else rows.with_state().filter(state=value)

    def by_group(self, rows, name, group):
        meetings = Meeting.objects.filter(with_group(group))
        return rows.filter(resolution__meeting__in=meetings.values("pk"))

    def by_age(self, rows, name, value):
        return rows.filter(of_age(value))

    def by_figure(self, rows, name, value):
        return rows.asking() if value == "asking" else rows.figure(value)


class ItemBoardFilter(BoardFilterMixin, ItemFilter):
    state = age = figure = None
    usual = ("q", "group", "unit", "meeting")

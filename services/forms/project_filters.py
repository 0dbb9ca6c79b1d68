"""What narrows the list of projects, and in which order they stand."""

from datetime import date, timedelta

import django_filters as filters
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Group, Seat
from members.forms.filters import ListedFilter
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.filtersets import UsualFilterSet
from services.due import midnight
from services.models import CoFiler, Commitment, Milestone, Project, ProjectNeed, ProjectUnit

SOON = timedelta(days=7)
DUE = (("overdue", _("有逾期")), ("soon", _("七天内到期")))
MINE = (
    ("led", _("本单位牵头")),
    ("assisted", _("本单位协作")),
    ("given", _("本单位投入资源")),
    ("served", _("服务本单位的需求")),
)
SORTS = {
    "new": ("-starts_on", "-pk"),
    "due": (F("due_on").asc(nulls_last=True), "-pk"),
    "slow": ("percent", "-starts_on", "-pk"),
    "old": ("starts_on", "pk"),
}
SORT_WORDS = (
    ("due", _("先到期的在前")),
    ("slow", _("进度低的在前")),
    ("old", _("先开始的在前")),
)
USUAL_SORT = "new"


def carrying_units(request):
    seen = Project.objects.visible_to(request.user).order_by()
    helping = ProjectUnit.objects.filter(project__in=seen.values("pk"), left_at=None)
    scope = Q(pk__in=seen.values("lead")) | Q(pk__in=helping.order_by().values("unit"))
    return Unit.objects.filter(scope).order_by("name")


def leading_units(request):
    led = Project.objects.visible_to(request.user).order_by().values("lead")
    return Unit.objects.filter(pk__in=led).order_by("name")


def giving_units(request):
    """Of what the reader may know to be given, and of nothing else."""
    rows = Commitment.objects.visible_to(request.user).standing().order_by()
    return Unit.objects.filter(pk__in=rows.values("unit")).order_by("name")


def years(request=None):
    first = Project.objects.order_by("starts_on").values_list("starts_on", flat=True).first()
    this = timezone.localdate().year
    return [(str(year), str(year)) for year in range(this, (first.year if first else this) - 1, -1)]


class ProjectFilter(UsualFilterSet):
    """Narrows what the reader sees already; by a giver only what the reader may know of."""

    usual = ("q", "status", "group", "year", "sort")

    q = filters.CharFilter(label=_("编号或名称"), method="by_words", max_length=60)
    status = filters.ChoiceFilter(label=_("状态"), choices=Project.Status.choices)
    group = filters.ModelChoiceFilter(
        label=_("小组"),
        queryset=lambda request: Group.objects.visible_to(request.user).order_by("order", "pk"),
        method="by_group",
    )
    unit = ListedFilter(label=_("牵头或协作单位"), queryset=carrying_units, method="by_unit")
    year = filters.ChoiceFilter(label=_("年度"), choices=years, method="by_year")
    sort = filters.ChoiceFilter(
        label=_("排序"),
        choices=SORT_WORDS,
        empty_label=_("新开始的在前"),
        method="as_it_is",
    )
    lead = ListedFilter(label=_("牵头单位"), queryset=leading_units)
    giver = ListedFilter(label=_("提供单位"), queryset=giving_units, method="by_giver")
    live = filters.ChoiceFilter(
        label=_("进行情况"),
        choices=[("1", _("进行中")), ("0", _("已结束"))],
        method="by_live",
    )
    due = filters.ChoiceFilter(label=_("期限"), choices=DUE, method="by_due")
    mine = filters.ChoiceFilter(label=_("与我有关"), choices=MINE, method="by_part")

    class Meta:
        model = Project
        fields = []

    def filter_queryset(self, queryset):
        rows = super().filter_queryset(queryset)
        sort = self.form.cleaned_data.get("sort") or USUAL_SORT
        if sort == "slow":
            rows = rows.with_progress()
        return rows.order_by(*SORTS[sort])

    def as_it_is(self, rows, name, value):
        return rows

    def by_words(self, rows, name, value):
        for word in value.split():
            rows = rows.filter(Q(name__icontains=word) | Q(number__icontains=word))
        return rows

    def by_group(self, rows, name, group):
        """Projects that units of a group lead or assist in; whom they serve is not asked."""
        return rows.filter(_carried_by(Seat.objects.current().filter(group=group).values("unit")))

    def by_unit(self, rows, name, unit):
        return rows.filter(_carried_by([unit.pk]))

    def by_year(self, rows, name, value):
        """Those that ran on a day of the year."""
        first, after = date(int(value), 1, 1), date(int(value) + 1, 1, 1)
        went_on = Q(ended_at=None) | Q(ended_at__gte=midnight(first))
        return rows.filter(went_on, starts_on__lt=after)

    def by_giver(self, rows, name, unit):
        gifts = Commitment.objects.visible_to(self.request.user).standing().filter(unit=unit)
        return rows.filter(pk__in=gifts.order_by().values("project"))

    def by_live(self, rows, name, value):
        return rows.live() if value == "1" else rows.exclude(pk__in=rows.live().values("pk"))

    def by_due(self, rows, name, value):
        """By the day of the project or of a milestone that is still to be done."""
        today = timezone.localdate()
        days = {"due_on__lt": today}
        if value == "soon":
            days = {"due_on__gte": today, "due_on__lte": today + SOON}
        milestones = Milestone.objects.open().filter(project=OuterRef("pk"), **days)
        return rows.live().filter(Q(**days) | Exists(milestones))

    def by_part(self, rows, name, value):
        own = roles.places(self.request.user, roles.UNIT)
        if value == "led":
            return rows.filter(lead__in=own)
        if value == "assisted":
            helping = ProjectUnit.objects.filter(unit__in=own, left_at=None)
            return rows.filter(pk__in=helping.values("project"))
        if value == "given":
            gifts = Commitment.objects.standing().filter(unit__in=own)
            return rows.filter(pk__in=gifts.order_by().values("project"))
        asked = Q(need__unit__in=own) | Q(need__in=CoFiler.objects.of(own).values("need"))
        links = ProjectNeed.objects.filter(asked, left_at=None)
        return rows.filter(pk__in=links.values("project"))


def _carried_by(units) -> Q:
    helping = ProjectUnit.objects.filter(unit__in=units, left_at=None)
    return Q(lead__in=units) | Q(pk__in=helping.order_by().values("project"))

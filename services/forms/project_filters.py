"""What narrows the list of projects, and in which order they stand."""

from datetime import date, timedelta
from functools import wraps
from types import SimpleNamespace

import django_filters as filters
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.forms.group_filter import GroupFilter
from alliance.models import Seat
from members.forms.filters import UnitFilter
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.readers import kept_for_reader
from services.due import midnight
from services.forms.kept import KeptFilter
from services.models import CoFiler, Commitment, Milestone, Project, ProjectNeed, ProjectUnit
from services.models.project_parts import READ, SEEN, carried_among, seen_among
from services.models.projects import ENDED

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
CHOSEN = ("group", "unit", "lead", "giver")
NEAR = (150, 300, 2000)  # of so many first rows, each is asked by itself what is dear to ask of all
DEAR = {"q", "unit"}
MOST_FOUND = 200  # of these are listed before they are counted


def all_for_the_park(units):
    """Whoever sees all projects is offered all units: nothing is to be hidden, and to ask which of
    them a project names would cost more than the list itself."""

    @wraps(units)
    def offered(request):
        if roles.has_role(request.user, *roles.WHOLE_PARK):
            return Unit.objects.order_by("name")
        return units(request)

    return offered


@all_for_the_park
def carrying_units(request):
    seen = Project.objects.visible_to(request.user).order_by()
    helping = ProjectUnit.objects.filter(project__in=seen.values("pk"), left_at=None)
    scope = Q(pk__in=seen.values("lead")) | Q(pk__in=helping.order_by().values("unit"))
    return Unit.objects.filter(scope).order_by("name")


@all_for_the_park
def leading_units(request):
    led = Project.objects.visible_to(request.user).order_by().values("lead")
    return Unit.objects.filter(pk__in=led).order_by("name")


@all_for_the_park
def giving_units(request):
    """Of what the reader may know to be given, and of nothing else."""
    rows = Commitment.objects.visible_to(request.user).standing().order_by()
    return Unit.objects.filter(pk__in=rows.values("unit")).order_by("name")


@prepared()
def _first_start():
    return Project.objects.order_by("starts_on").values_list("starts_on")[:1]


def years(request=None):
    this = timezone.localdate().year
    first = next((day.year for (day,) in _first_start()), this)
    return [(str(year), str(year)) for year in range(this, first - 1, -1)]


class ProjectFilter(KeptFilter):
    """Narrows what the reader sees already; by a giver only what the reader may know of."""

    usual = ("q", "status", "group", "year", "sort")
    lasting = (*CHOSEN, "status", "year", "sort", "live", "due", "mine")
    is_for_all = False  # whether it is asked of each row afterwards who sees and carries it

    q = filters.CharFilter(label=_("编号或名称"), method="by_words", max_length=60)
    status = filters.ChoiceFilter(label=_("状态"), choices=Project.Status.choices)
    group = GroupFilter()
    unit = UnitFilter(label=_("牵头或协作单位"), queryset=carrying_units, method="by_unit")
    year = filters.ChoiceFilter(label=_("年度"), choices=years, method="by_year")
    sort = filters.ChoiceFilter(
        label=_("排序"),
        choices=SORT_WORDS,
        empty_label=_("新开始的在前"),
        method="as_it_is",
    )
    lead = UnitFilter(label=_("牵头单位"), queryset=leading_units)
    giver = UnitFilter(label=_("提供单位"), queryset=giving_units, method="by_giver")
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

    @property
    def is_quick(self):
        return self.lasts or not self._reads_all

    @property
    def _reads_all(self) -> bool:
        return roles.has_role(self.request.user, *roles.WHOLE_PARK)

    def narrowed(self, rows, given):
        sort = given.get("sort", USUAL_SORT)
        rows = rows.with_progress() if sort == "slow" else rows
        return super().narrowed(rows, given).order_by(*SORTS[sort])

    def found(self, most):
        """In steps, as words are looked for: of the first rows, each is asked by itself whether a
        unit sees it and who carries it; only if that does not fill the page that is asked for, it
        is asked of all."""
        if self._reads_all and "group" not in self.given:
            return super().found(MOST_FOUND if DEAR & self.given.keys() else most)
        asked, left = set(), set()
        for near in NEAR[1 if "mine" in self.given else 0 :]:
            rows = self._first_of_all(near + 1)
            left |= self._left_of([pk for pk in rows if pk not in asked])
            asked |= set(rows)
            keys = [pk for pk in rows if pk in left]
            if len(rows) <= near:
                return keys, len(keys)
            if len(keys) > self.reach:
                return keys, len(keys) - 1
        return super().found(MOST_FOUND)

    def _left_of(self, pks: list[int]) -> set[int]:
        if not self._reads_all:
            pks = seen_among(self.request.user, pks, self._part)
        if group := self.given.get("group"):
            pks = carried_among(pks, group.pk, timezone.localdate())
        return set(pks)

    def _first_of_all(self, most: int) -> list[int]:
        if self.lasts:
            asked = tuple(sorted(self.given.items()))
            return [pk for (pk,) in _first_of_all(self.request.user, asked, most)]
        self.is_for_all = True
        rows = self.narrowed(Project.objects.all(), self.given)
        self.is_for_all = False
        return list(rows.values_list("pk", flat=True)[:most])

    @property
    def _part(self) -> str:
        if giver := self.given.get("giver"):
            is_own = giver.pk in roles.places(self.request.user, roles.UNIT)
            return SEEN if is_own else READ
        return self.given.get("mine", SEEN)

    def as_it_is(self, rows, name, value):
        return rows

    def by_words(self, rows, name, value):
        return rows.searched(value)

    def by_group(self, rows, name, group):
        """Projects that units of a group lead or assist in; whom they serve is not asked."""
        if self.is_for_all:
            return rows
        return rows.filter(_carried_by(Seat.objects.current().filter(group=group).values("unit")))

    def by_unit(self, rows, name, unit):
        return rows.filter(_carried_by([unit.pk]))

    def by_year(self, rows, name, value):
        """Those that ran on a day of the year."""
        first, after = date(int(value), 1, 1), date(int(value) + 1, 1, 1)
        went_on = Q(ended_at=None) | Q(ended_at__gte=midnight(first))
        return rows.filter(went_on, starts_on__lt=after)

    def by_giver(self, rows, name, unit):
        gifts = Commitment.objects.standing().filter(unit=unit)
        if not self.is_for_all:
            gifts = gifts.visible_to(self.request.user)
        return rows.filter(pk__in=gifts.order_by().values("project"))

    def by_live(self, rows, name, value):
        return rows.live() if value == "1" else rows.filter(status__in=ENDED)

    def by_due(self, rows, name, value):
        """By the day of the project or of a milestone that is still to be done."""
        today = timezone.localdate()
        days = {"due_on__lt": today}
        if value == "soon":
            days = {"due_on__gte": today, "due_on__lte": today + SOON}
        due = Project.objects.filter(**days).order_by().values("pk")
        milestones = Milestone.objects.open().filter(**days).order_by().values("project")
        return rows.live().filter(pk__in=due.union(milestones))

    def by_part(self, rows, name, value):
        own = roles.places(self.request.user, roles.UNIT)
        if self.is_for_all:
            return rows
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


@kept_for_reader
def _first_of_all(reader, given: tuple, most: int) -> QuerySet:
    rows = Project.objects.all()
    asked = ProjectFilter(dict(given), queryset=rows, request=SimpleNamespace(user=reader))
    asked.is_for_all = True
    return asked.narrowed(rows, dict(given)).values_list("pk")[:most]

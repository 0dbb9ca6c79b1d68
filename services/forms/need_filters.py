"""What narrows the lists of needs, and in which order they stand."""

from collections.abc import Callable
from datetime import date
from functools import partial, reduce
from operator import or_
from types import SimpleNamespace

import django_filters as filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from alliance.forms.group_filter import GroupFilter
from alliance.models import Seat
from members.forms.filters import UnitFilter
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.filtersets import UsualFilterSet
from nanchuan.kernel.forms import DateInput
from nanchuan.kernel.lines import Lines
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.readers import kept_for_reader, prepared_for_reader
from services.due import midnight, risky_until
from services.models import Need, Solution
from services.models.listed import QUEUES, STAGES
from services.models.needs import end_of

FIGURES = (
    ("collected", _("征集需求")),
    ("matched", _("对接项目")),
    ("solved", _("解决问题")),
    ("auto_solved", _("到期自动确认")),
)
MINE = (
    ("todo", _("等我办理")),
    ("filed", _("本单位提出")),
    ("owed", _("本单位负责")),
    ("assisted", _("本单位协办")),
    ("takeable", _("可以接单")),
)
DUE = (
    ("risk", _("有风险（临近到期或逾期）")),
    ("soon", _("临近到期")),
    ("overdue", _("已逾期")),
)
SORTS = {
    "due": _("先到期的在前"),
    "urgent": _("紧急的在前"),
    "new": _("新提出的在前"),
    "old": _("早提出的在前"),
}
# What the public face of a need does not say is asked of those needs alone that the reader
# knows: nobody learns from a filter or an order what a page would not show.
PRIVATE = {"unit", "responsible", "due", "long_term", "hold", "auto", "rating"}
PRIVATE_SORTS = {"due"}
PRIVATE_FIGURES = {"auto_solved"}
EMPTY = (None, "")
# What is asked for in these words stays the same question all day.
LASTING = {
    "status",
    "category",
    "urgency",
    "stage",
    "open",
    "mine",
    "sort",
    "figure",
    "long_term",
    "hold",
    "auto",
    "rating",
}


def filing_units(request):
    return _units(request, "unit")


def responsible_units(request):
    return _units(request, "accepted_by", "dispatched_to")


def _units(request, *parts):
    """Those of some need; a unit is offered those that sit in the alliance, as everybody knows."""
    if not roles.has_role(request.user, *roles.WHOLE_PARK):
        seats = Seat.objects.current().order_by()
        return Unit.objects.filter(pk__in=seats.values("unit")).order_by("name")
    rows = Need.objects.order_by()
    named = [Exists(rows.filter(**{part: OuterRef("pk")})) for part in parts]
    return Unit.objects.filter(reduce(or_, named)).order_by("name")


class NeedFilter(UsualFilterSet):
    """Narrows what the reader sees already; `figure` shows the rows of a headline figure."""

    usual = ("q", "status", "category", "urgency", "due", "sort")
    is_kept = False  # whether it stands for a statement that is kept

    q = filters.CharFilter(label=_("编号、标题或内容"), method="as_it_is", max_length=60)
    status = filters.ChoiceFilter(label=_("状态"), choices=Need.Status.choices)
    category = filters.ChoiceFilter(label=_("类别"), choices=Need.Category.choices)
    urgency = filters.ChoiceFilter(label=_("紧急程度"), choices=Need.Urgency.choices)
    due = filters.ChoiceFilter(label=_("期限"), choices=DUE, method="by_due")
    sort = filters.ChoiceFilter(label=_("排序"), choices=(), method="as_it_is")
    stage = filters.ChoiceFilter(
        label=_("阶段"),
        choices=[(name, words) for name, (words, _statuses) in STAGES.items()],
        method="by_stage",
    )
    open = filters.ChoiceFilter(
        label=_("办理情况"),
        choices=[("1", _("尚未办结")), ("0", _("已经办结"))],
        method="by_open",
    )
    group = GroupFilter()
    unit = UnitFilter(label=_("提出单位"), queryset=filing_units)
    responsible = UnitFilter(
        label=_("责任单位"), queryset=responsible_units, method="by_responsible"
    )
    mine = filters.ChoiceFilter(label=_("与我有关"), choices=MINE, method="by_part")
    figure = filters.ChoiceFilter(label=_("统计口径"), choices=FIGURES, method="by_figure")
    since = filters.DateFilter(label=_("提出时间自"), method="from_day", widget=DateInput)
    until = filters.DateFilter(label=_("提出时间至"), method="to_day", widget=DateInput)
    long_term = filters.ChoiceFilter(
        label=_("长期办理"), choices=[("1", _("长期办理"))], method="by_long_term"
    )
    hold = filters.ChoiceFilter(label=_("暂停"), choices=[("1", _("暂停办理"))], method="by_hold")
    auto = filters.ChoiceFilter(
        label=_("确认方式"), choices=[("1", _("到期自动确认"))], method="by_auto"
    )
    rating = filters.TypedChoiceFilter(
        label=_("评价"), choices=Solution.Rating.choices, coerce=int, method="by_rating"
    )

    class Meta:
        model = Need
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.usual_sort = "due" if self._reads_all else "new"
        self.filters["sort"].extra |= {
            "choices": [each for each in SORTS.items() if each[0] in self.sorts],
            "empty_label": SORTS[self.usual_sort],
        }

    @property
    def _reads_all(self) -> bool:
        return roles.has_role(self.request.user, *roles.WHOLE_PARK)

    @property
    def sorts(self) -> set[str]:
        allowed = set(SORTS) if self._reads_all else set(SORTS) - PRIVATE_SORTS
        return allowed - {self.usual_sort}

    @cached_property
    def given(self) -> dict:
        """What is asked for, without what was mistyped."""
        self.form.is_valid()  # fills cleaned_data
        typed = self.form.cleaned_data
        return {name: value for name, value in typed.items() if value not in EMPTY}

    @property
    def is_narrowed(self) -> bool:
        """By something else than a figure, whose number stands elsewhere too."""
        return bool(self.given.keys() - {"sort", "queue"}) and "figure" not in self.given

    @property
    def words(self) -> str:
        """Looked for, after everything else has narrowed the rows."""
        return self.given.get("q", "")

    @property
    def sort_shown(self) -> str:
        return self.given.get("sort") or ("new" if self.words else self.usual_sort)

    @cached_property
    def lasting(self) -> tuple | None:
        """The same, if it depends on nothing else than who asks and on which day; of a group, the
        units that sit in it now."""
        given = self.given
        if given.get("mine") == "todo" or given.keys() - LASTING - {"group"}:  # `now` is asked
            return None
        if group := given.get("group"):
            if not self._reads_all:
                return None
            seated = sorted(unit for (unit,) in _seated(group.pk, timezone.localdate()))
            given = given | {"group": tuple(seated)}
        return tuple(sorted(given.items()))

    def filter_queryset(self, queryset):
        given = self.given
        if PRIVATE & given.keys() or given.get("figure") in PRIVATE_FIGURES:
            queryset = queryset.known_to(self.request.user)
        for name, value in given.items():
            queryset = self.filters[name].filter(queryset, value)
        return queryset.sorted_by(self.sort_shown)

    @property
    def before_words(self) -> QuerySet:
        return super().qs

    @property
    def qs(self) -> QuerySet:
        rows = self.before_words
        return rows.searched(self.words, self.request.user) if self.words else rows

    @property
    def quick(self) -> Callable[[int], tuple[list[int], int]] | None:
        """The first rows of a search, newest first, without sorting all that it finds."""
        if not self.words or self.sort_shown != "new":
            return None
        rows = self.before_words
        judge = judged if self.given.keys() <= {"q", "sort"} else None
        return partial(rows.newest_searched, self.words, self.request.user, judge=judge)

    def first(self, most: int, stage: str = "") -> list[int]:
        """Keys of the first rows (of a stage), but for a search."""
        if self.lasting is not None:
            return [pk for (pk,) in _first(self.request.user, self.lasting, most, stage)]
        rows = self.qs.in_stage(stage) if stage else self.qs
        return list(rows.values_list("pk", flat=True)[:most])

    def by_stage_first(self, most: int) -> dict[str, list[int]]:
        """Keys of the first rows of each stage, all in one question where that can be kept."""
        if self.lasting is None:
            return {stage: self.first(most, stage) for stage in STAGES}
        [found] = _first_of_stages(self.request.user, self.lasting, most)
        return dict(zip(STAGES, found, strict=True))

    def as_it_is(self, rows, name, value):
        return rows

    def by_due(self, rows, name, value):
        if value == "overdue":
            return rows.overdue()
        rows = rows.due_until(risky_until())
        return rows.filter(due_at__gte=timezone.now()) if value == "soon" else rows

    def by_stage(self, rows, name, value):
        return rows.in_stage(value)

    def by_open(self, rows, name, value):
        return rows.open() if value == "1" else rows.exclude(status__in=Need.OPEN)

    def by_group(self, rows, name, group):
        if self.is_kept:
            return rows.filter(unit__in=group)
        return rows.of_group(group, self.request.user)

    def by_responsible(self, rows, name, unit):
        return rows.filter(Q(accepted_by=unit) | Q(dispatched_to=unit))

    def by_part(self, rows, name, value):
        user = self.request.user
        own = roles.places(user, roles.UNIT)
        return {
            "todo": lambda: rows.awaiting(user),
            "filed": lambda: rows.asked_by(own),
            "owed": lambda: rows.owed_by(own),
            "assisted": lambda: rows.assisted_by(own),
            "takeable": lambda: rows.takeable_by(user),
        }[value]()

    def by_figure(self, rows, name, value):
        if value == "solved":
            return rows.over().solved_for(self.request.user)
        if value == "auto_solved":
            return rows.over().auto_solved()
        return getattr(rows, value)()  # one of FIGURES, each a question of the queryset

    def from_day(self, rows, name, value):
        return rows.filter(filed_at__gte=midnight(value))

    def to_day(self, rows, name, value):
        return rows.filter(filed_at__lt=end_of(value))

    def by_long_term(self, rows, name, value):
        return rows.long_term()

    def by_hold(self, rows, name, value):
        return rows.on_hold()

    def by_auto(self, rows, name, value):
        return rows.over().confirmed_by_time()

    def by_rating(self, rows, name, value):
        return rows.over().rated(value)


def judged(user, pks: list[int]) -> list[tuple[int, bool]]:
    """Which of some needs a reader sees, newest first, and whether the whole of each."""
    return _seen(user, pks, timezone.localdate())


@prepared_for_reader(list, date)
def _seen(reader, pks, on) -> QuerySet:
    rows = Need.objects.with_faces(reader).filter(pk__in=keys(pks)).sorted_by("new")
    return rows.filter(rows.view_scope(reader, on)).values_list("pk", "read_whole")


@kept_for_reader
def _first(reader, given: tuple, most: int, stage: str) -> QuerySet:
    rows = _lasting(reader, given)
    return (rows.in_stage(stage) if stage else rows).values_list("pk")[:most]


@kept_for_reader
def _first_of_stages(reader, given: tuple, most: int) -> QuerySet:
    """What hangs on no row hangs on any."""
    rows = _lasting(reader, given)
    columns = [Lines(rows.in_stage(stage)[:most], "pk") for stage in STAGES]
    return ContentType.objects.order_by("pk").values_list(*columns)[:1]


def _lasting(reader, given):
    """What was chosen has been looked up already, so no form is asked."""
    rows = Need.objects.visible_to(reader)
    asked = NeedFilter(dict(given), queryset=rows, request=SimpleNamespace(user=reader))
    asked.given, asked.is_kept = dict(given), True
    return asked.filter_queryset(rows)


@prepared(int, date)
def _seated(group, on) -> QuerySet:
    return Seat.objects.current(on).filter(group=group).order_by().values_list("unit")


class DeskFilter(NeedFilter):
    """The office's desk: one of its queues, narrowed."""

    usual = ("q", "category", "urgency", "group", "sort")
    status = stage = open = mine = figure = due = long_term = hold = auto = rating = None
    queue = filters.ChoiceFilter(
        choices=list(QUEUES.items()), method="as_it_is", widget=forms.HiddenInput
    )

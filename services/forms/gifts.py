"""What narrows the figures of what is given, and the rows that its numbers open."""

import django_filters as filters
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from members.forms.filters import ListedFilter
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.forms import DateInput
from services.boards import OUTSIDE
from services.forms.board import ScopeForm
from services.giftables import STEP_WORDS, lacking_words
from services.gifts import GIVEN, HAD, LACKING, Scope
from services.matching.claims import CATEGORIES
from services.models import Booking, Commitment, Need, Resource
from services.models.figures import FUNNEL
from services.models.gift_figures import BOOKED, THERE

SIDE_WORDS = {GIVEN: _("提供"), HAD: _("获得")}


def dealing_units(request):
    """Units that gave or had something, or offer it."""
    named = [Resource.objects.filter(unit=OuterRef("pk"))]
    named.append(Booking.objects.filter(unit=OuterRef("pk")))
    rows = Unit.objects.filter(Exists(named[0]) | Exists(named[1]))
    if not roles.has_role(request.user, *roles.WHOLE_PARK):
        rows = Unit.objects.filter(pk__in=roles.places(request.user, roles.UNIT))
    return rows.only("name", "short_name").order_by("name")


class GiftFilter(filters.FilterSet):
    """Between which days, as of the end of which day, of whom and of what. Who speaks for a unit
    is told its own numbers."""

    usual = ("since", "until", "on", "group", "unit", "category", "asked", "by")

    since = filters.DateFilter(label=_("约定、审核日期自"), widget=DateInput, method="as_they_are")
    until = filters.DateFilter(label=_("约定、审核日期至"), widget=DateInput, method="as_they_are")
    on = filters.DateFilter(label=_("截至"), widget=DateInput, method="as_they_are")
    group = filters.ModelChoiceFilter(
        label=_("联盟小组"),
        queryset=lambda request: Group.objects.order_by("order", "pk"),
        empty_label=_("全部小组"),
        null_label=_("不在产业链小组"),
        null_value=OUTSIDE,
        method="as_they_are",
    )
    unit = ListedFilter(
        label=_("单位"), queryset=dealing_units, empty_label=_("全部单位"), method="as_they_are"
    )
    category = filters.ChoiceFilter(
        label=_("资源类别"),
        choices=Resource.Category,
        empty_label=_("全部类别"),
        method="as_they_are",
    )
    asked = filters.ChoiceFilter(
        label=_("需求类别"), choices=Need.Category, empty_label=_("全部类别"), method="as_they_are"
    )
    by = filters.ChoiceFilter(
        label=_("分组"),
        choices=[("group", _("按小组")), ("category", _("按资源类别"))],
        empty_label=_("按单位"),
        method="as_they_are",
    )

    class Meta:
        model = Resource
        form = ScopeForm
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_whole = roles.has_role(self.request.user, *roles.WHOLE_PARK)
        if not self.is_whole:
            for name in ("group", "asked"):
                self.filters.pop(name, None)
            if "by" in self.filters:
                self.filters["by"].extra["choices"] = [("category", _("按资源类别"))]

    def as_they_are(self, rows, name, value):
        return rows

    @property
    def scope(self) -> Scope:
        chosen, own = self.chosen, None
        if not self.is_whole:
            own = frozenset(roles.places(self.request.user, roles.UNIT))
        return Scope(
            on=chosen.get("on") or timezone.localdate(),
            since=chosen.get("since"),
            until=chosen.get("until"),
            group=chosen.get("group") or None,
            unit=chosen.get("unit"),
            category=chosen.get("category") or "",
            asked_category=chosen.get("asked") or "",
            own=own,
            reader=self.request.user,
        )

    @property
    def by_shown(self) -> str:
        return self.chosen.get("by") or "unit"

    @property
    def chosen(self) -> dict:
        self.form.is_valid()
        return getattr(self.form, "cleaned_data", {})


def _figures(words: dict):
    """The first one need not be asked for."""
    first, *others = words.items()
    return filters.ChoiceFilter(
        label=_("统计口径"), choices=others, empty_label=first[1], method="as_they_are"
    )


class RowsFilter(GiftFilter):
    """The rows of one number, found by the same question as the number."""

    usual = ("figure", "side", "since", "until", "on", "group", "unit", "category")
    by = None
    first_figure = ""

    @property
    def figure_shown(self) -> str:
        return self.chosen.get("figure") or self.first_figure

    @property
    def side_shown(self) -> str:
        return self.chosen.get("side") or GIVEN

    @property
    def qs(self):
        return self.queryset.filter(pk__in=self.counted().order_by().values("pk"))

    def counted(self):
        raise NotImplementedError


class SidedFilter(RowsFilter):
    asked = None
    side = filters.ChoiceFilter(
        label=_("方向"),
        choices=[(HAD, SIDE_WORDS[HAD])],
        empty_label=SIDE_WORDS[GIVEN],
        method="as_they_are",
    )


class BookingRowsFilter(SidedFilter):
    first_figure = "agreed"
    figure = _figures(BOOKED)

    class Meta(RowsFilter.Meta):
        model = Booking

    def counted(self):
        return self.scope.bookings(self.side_shown, self.figure_shown)


class CommitmentRowsFilter(SidedFilter):
    class Meta(RowsFilter.Meta):
        model = Commitment

    def counted(self):
        return self.scope.commitments(self.side_shown)


class ResourceRowsFilter(RowsFilter):
    """`answers`: of all categories whose resources answer needs of one."""

    asked = None
    first_figure = "there"
    figure = _figures(THERE)
    answers = filters.ChoiceFilter(
        label=_("能答复的需求类别"), choices=Need.Category, method="as_they_are"
    )

    class Meta(RowsFilter.Meta):
        model = Resource

    def counted(self):
        rows = self.scope.resources(self.figure_shown)
        if answers := self.chosen.get("answers"):
            rows = rows.filter(category__in=CATEGORIES.get(answers, ()))
        return rows


class NeedRowsFilter(RowsFilter):
    usual = ("figure", "since", "until", "on", "group", "unit", "asked")
    category = None
    first_figure = "collected"
    figure = _figures(
        {key: FUNNEL[key] for key in ("collected", "matched", "solved", "auto_solved")}
        | STEP_WORDS
        | dict.fromkeys(LACKING, "")
    )

    class Meta(RowsFilter.Meta):
        model = Need

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if each := self.filters.get("figure"):
            words = {"lacking": _("尚无项目")} | lacking_words()
            each.extra["choices"] = [
                (key, label or words[key]) for key, label in each.extra["choices"]
            ]

    def counted(self):
        return self.scope.needs_of(self.figure_shown)

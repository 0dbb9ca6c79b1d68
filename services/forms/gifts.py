"""What narrows the figures of what is given, and the rows that its numbers open."""

from types import SimpleNamespace

import django_filters as filters
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.readers import kept_for_reader
from services.forms.scopes import (
    ScopeFilter,
    as_of_filter,
    choice_filter,
    day_filter,
    group_filter,
    unit_filter,
)
from services.giftables import STEP_WORDS, lacking_words
from services.gifts import GIVEN, HAD, LACKING, Scope
from services.matching.claims import CATEGORIES
from services.models import Booking, Commitment, Need, Resource
from services.models.figures import FUNNEL
from services.models.gift_figures import BOOKED, THERE

OF_THE_PARK = ("group", "asked")  # what only readers of the whole park narrow by
SIDE_WORDS = {GIVEN: _("提供"), HAD: _("获得")}


def dealing_units(request):
    """Units that gave or had something, or offer it."""
    named = [Resource.objects.filter(unit=OuterRef("pk"))]
    named.append(Booking.objects.filter(unit=OuterRef("pk")))
    rows = Unit.objects.filter(Exists(named[0]) | Exists(named[1]))
    if not roles.has_role(request.user, *roles.WHOLE_PARK):
        rows = Unit.objects.filter(pk__in=roles.places(request.user, roles.UNIT))
    return rows.only("name", "short_name").order_by("name")


class GiftFilter(ScopeFilter):
    """Of whom and of what. Who speaks for a unit is told its own numbers."""

    usual = ("since", "until", "on", "group", "unit", "category", "asked", "by")
    first_by = "unit"

    since, until = day_filter(_("约定、审核日期自")), day_filter(_("约定、审核日期至"))
    on, group = as_of_filter(), group_filter()
    unit = unit_filter(_("单位"), dealing_units)
    category = choice_filter(_("资源类别"), Resource.Category, _("全部资源类别"))
    asked = choice_filter(_("需求类别"), Need.Category, _("全部需求类别"))
    by = choice_filter(
        _("分组"), [("group", _("按小组")), ("category", _("按资源类别"))], _("按单位")
    )

    class Meta(ScopeFilter.Meta):
        model = Resource

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.is_whole = roles.has_role(self.request.user, *roles.WHOLE_PARK)
        if not self.is_whole:
            for name in OF_THE_PARK:
                self.filters.pop(name, None)
            if "by" in self.filters:
                self.filters["by"].extra["choices"] = [("category", _("按资源类别"))]

    @property
    def has_more(self):
        others = self.filters.keys() | (set() if self.is_whole else {*OF_THE_PARK})
        return bool(type(self).base_filters.keys() - others)

    @cached_property
    def scope(self) -> Scope:
        own = None if self.is_whole else frozenset(roles.places(self.request.user, roles.UNIT))
        asked = self.chosen.get("asked") or ""
        return Scope(asked_category=asked, own=own, reader=self.request.user, **self.facts())


def _figures(words: dict):
    """The first one need not be asked for."""
    first, *others = words.items()
    return choice_filter(_("统计口径"), others, first[1])


class RowsFilter(GiftFilter):
    """The rows of one number, found by the same question as the number."""

    usual = ("figure", "side", "since", "until", "category")
    by = None
    first_figure = ""
    order: tuple[str, ...] = ()

    @property
    def figure_shown(self) -> str:
        return self.chosen.get("figure") or self.first_figure

    @property
    def side_shown(self) -> str:
        return self.chosen.get("side") or GIVEN

    @property
    def qs(self):
        return self.counted().order_by(*self.order)

    @property
    def is_quick(self) -> bool:
        """Whether the statement that finds them may be kept for the day: who sits in a group and
        which days are worked may change, and it cannot ask whether a unit is the reader's own."""
        changes = self.chosen.get("group") or self.figure_shown.startswith("lacking_")
        return not changes and (self.is_whole or not self.chosen.get("unit"))

    def found(self, most: int) -> tuple[list[int], int]:
        """Keys of the first rows, and how many of them are listed."""
        if not self.is_quick:
            return list(self.qs.values_list("pk", flat=True)[: most + 1]), most
        asked = tuple(sorted((name, value) for name, value in self.chosen.items() if value))
        return [pk for (pk,) in _first(self.request.user, type(self), asked, most + 1)], most

    def counted(self):
        raise NotImplementedError


@kept_for_reader
def _first(reader, filterset, given: tuple, most: int) -> QuerySet:
    rows = filterset._meta.model.objects.all()
    asked = filterset(None, queryset=rows, request=SimpleNamespace(user=reader))
    asked.chosen = dict(given)
    return asked.qs.values_list("pk")[:most]


class SidedFilter(RowsFilter):
    asked = None
    side = choice_filter(_("方向"), [(HAD, SIDE_WORDS[HAD])], SIDE_WORDS[GIVEN])


class BookingRowsFilter(SidedFilter):
    order = ("-made_at", "-pk")
    first_figure = "agreed"
    figure = _figures(BOOKED)

    class Meta(RowsFilter.Meta):
        model = Booking

    def counted(self):
        return self.scope.bookings(self.side_shown, self.figure_shown)


class CommitmentRowsFilter(SidedFilter):
    order = ("-committed_at", "-pk")

    class Meta(RowsFilter.Meta):
        model = Commitment

    def counted(self):
        return self.scope.commitments(self.side_shown)


class ResourceRowsFilter(RowsFilter):
    """`answers`: of all categories whose resources answer needs of one."""

    asked = None
    order = ("-added_at", "-pk")
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
    order = ("-filed_at", "-pk")
    usual = ("figure", "since", "until", "asked")
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

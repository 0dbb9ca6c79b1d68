"""What narrows the lists of resources and of bookings."""

from datetime import date
from types import SimpleNamespace

import django_filters as filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import Group, Seat
from members.forms.filters import ListedFilter
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.filtersets import UsualFilterSet
from nanchuan.kernel.forms import DateInput
from nanchuan.kernel.readers import kept_for_reader
from services import stock
from services.models import Booking, Resource

PARTS = (
    ("to_answer", _("等我们答复")),
    ("had", _("我们认领的")),
    ("given", _("我们提供的")),
)
DEAR = ("q", "free", "on")  # what is asked of each row


def giving_units(request):
    rows = Resource.objects.visible_to(request.user).order_by()
    return Unit.objects.filter(pk__in=rows.values("unit")).order_by("name")


class KeptFilter(UsualFilterSet):
    """The statement that finds the first rows is kept for a day, if it depends on nothing else
    than the roles of who asks."""

    is_kept = False  # whether it stands for the statement
    lasting: tuple[str, ...] = ()  # what is asked for in these words stays the same question

    @property
    def given(self) -> dict:
        """What is asked for, without what was mistyped."""
        self.form.is_valid()  # fills cleaned_data
        return {name: value for name, value in self.form.cleaned_data.items() if value}

    @property
    def lasts(self) -> bool:
        return self.given.keys() <= set(self.lasting)

    def first(self, most: int) -> list[int]:
        """Keys of the first rows."""
        if self.lasts:
            return self.kept(self.given, most)
        return list(self.qs.newest().values_list("pk", flat=True)[:most])

    def kept(self, given: dict, most: int) -> list[int]:
        asked = tuple(sorted(given.items()))
        return [pk for (pk,) in _first(self.request.user, type(self), asked, most)]


@kept_for_reader
def _first(reader, filterset, given: tuple, most: int) -> QuerySet:
    rows = filterset._meta.model.objects.visible_to(reader)
    asked = filterset(dict(given), queryset=rows, request=SimpleNamespace(user=reader))
    asked.is_kept = True
    return asked.qs.newest().values_list("pk")[:most]


class ResourceFilter(KeptFilter):
    FREE = (("today", _("目前可用")),)
    usual = ("q", "category", "group", "free", "on")
    lasting = ("category", "status", "free", "on")

    q = filters.CharFilter(label=_("编号、名称或内容"), method="by_words", max_length=60)
    category = filters.ChoiceFilter(label=_("类别"), choices=Resource.Category.choices)
    group = ListedFilter(
        label=_("小组"),
        queryset=lambda request: Group.objects.visible_to(request.user).order_by("order", "pk"),
        method="by_group",
    )
    free = filters.ChoiceFilter(label=_("可用情况"), choices=FREE, method="by_free")
    on = filters.DateFilter(label=_("这一天可用"), method="by_day", widget=DateInput)
    unit = ListedFilter(label=_("提供单位"), queryset=giving_units)
    status = filters.ChoiceFilter(label=_("状态"), choices=Resource.Status.choices)

    class Meta:
        model = Resource
        fields = []

    @property
    def day(self) -> date:
        """The day for which the list says what is left."""
        typed = self.form.cleaned_data if self.form.is_valid() else {}
        return stock.within_reach(typed.get("on") or timezone.localdate())

    @property
    def is_dear(self) -> bool:
        return any(self.data.get(name) for name in DEAR)

    def kept(self, given, most):
        """Which resources are full is asked each time, and they are left out afterwards."""
        days = {timezone.localdate()} if "free" in given else set()
        days |= {given["on"]} if "on" in given else set()
        full = {pk for day in days for pk in stock.full_on(day)}
        return [pk for pk in super().kept(given, most + len(full)) if pk not in full][:most]

    def by_words(self, rows, name, value):
        return rows.searched(value)

    def by_group(self, rows, name, group):
        seats = Seat.objects.current().filter(group=group)
        return rows.filter(unit__in=list(seats.values_list("unit", flat=True)))

    def by_free(self, rows, name, value):
        return self.by_day(rows, name, timezone.localdate())

    def by_day(self, rows, name, value):
        asked = stock.perhaps_free_on if self.is_kept else stock.free_on
        return asked(rows, value)


class BookingFilter(KeptFilter):
    usual = ("q", "part", "status")
    lasting = ("part", "status")

    q = filters.CharFilter(label=_("编号或资源名称"), method="by_words", max_length=60)
    part = filters.ChoiceFilter(label=_("与我们有关"), choices=PARTS, method="by_part")
    status = filters.ChoiceFilter(label=_("状态"), choices=Booking.Status.choices)

    class Meta:
        model = Booking
        fields = []

    def by_words(self, rows, name, value):
        return rows.searched(value)

    def by_part(self, rows, name, value):
        own = roles.places(self.request.user, roles.UNIT)
        questions = {"to_answer": rows.to_answer, "had": rows.had_by, "given": rows.given_by}
        return questions[value](own)

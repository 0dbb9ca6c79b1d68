"""What narrows the lists of resources and of bookings."""

from datetime import date

import django_filters as filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.forms.group_filter import GroupFilter
from alliance.models import Seat
from members.forms.filters import UnitFilter
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.forms import DateInput
from nanchuan.kernel.prepared import prepared
from services import stock
from services.forms.kept import KeptFilter
from services.models import Booking, Resource

PARTS = (
    ("to_answer", _("等我们答复")),
    ("had", _("我们认领的")),
    ("given", _("我们提供的")),
)
NEAR = (100, 500, 10_000)  # of so many first rows it is asked which are full
DEAR = ("q", "free", "on")  # what is asked of each row


def giving_units(request):
    rows = Resource.objects.visible_to(request.user).order_by()
    return Unit.objects.filter(pk__in=rows.values("unit")).order_by("name")


@prepared(int, date)
def _seated(group, on) -> QuerySet:
    return Seat.objects.current(on).filter(group=group).order_by().values_list("unit")


class ResourceFilter(KeptFilter):
    FREE = (("today", _("目前可用")),)
    usual = ("q", "category", "group", "free", "on")
    lasting = ("category", "status", "group", "free", "on")

    q = filters.CharFilter(label=_("编号、名称或内容"), method="by_words", max_length=60)
    category = filters.ChoiceFilter(label=_("类别"), choices=Resource.Category.choices)
    group = GroupFilter()
    free = filters.ChoiceFilter(label=_("可用情况"), choices=FREE, method="by_free")
    on = filters.DateFilter(label=_("这一天可用"), method="by_day", widget=DateInput)
    unit = UnitFilter(label=_("提供单位"), queryset=giving_units)
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

    def found(self, most):
        """Of the first rows, those that are full are left out afterwards; of more, if that does
        not fill the page that is asked for."""
        if not (days := self._days) or not self.lasts:
            return super().found(most)
        for first in NEAR:
            rows = self.first(first + 1)
            full = {pk for day in days for pk in stock.full_among(rows, day)}
            keys = [pk for pk in rows if pk not in full]
            if len(rows) <= first:
                return keys, len(keys)
            if len(keys) > self.reach:
                break
        return keys, max(len(keys) - 1, 0)

    @property
    def _days(self) -> set[date]:
        days = {self.given["on"]} if "on" in self.given else set()
        return days | ({timezone.localdate()} if "free" in self.given else set())

    def kept(self, given, most):
        """Who sits in a group is asked each time."""
        if group := given.get("group"):
            seated = sorted(unit for (unit,) in _seated(group.pk, timezone.localdate()))
            given = given | {"group": tuple(seated)}
        return super().kept(given, most)

    def by_words(self, rows, name, value):
        return rows.searched(value)

    def by_group(self, rows, name, group):
        """Told which units they are, the database walks the list in its order."""
        if self.is_kept:
            return rows.filter(unit__in=group)
        seated = _seated(group.pk, timezone.localdate())
        return rows.filter(unit__in=[unit for (unit,) in seated])

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

"""What staff type when a unit joins or leaves, or the charter's order is another."""

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.actions import seats
from alliance.forms.groups import FromField, RuledForm, order_field
from alliance.models import Group, Seat
from members.forms.days import DayFilter
from members.forms.filters import ListedFilter
from members.models import Unit


class JoinForm(RuledForm):
    """A unit joins a group, or the whole alliance (加入)."""

    group = forms.ModelChoiceField(
        label=_("加入哪里"),
        queryset=Group.objects.none(),
        required=False,
        empty_label=_("整个联盟（机关部门、直属公司、派驻机构）"),
    )
    unit = forms.ModelChoiceField(
        label=_("单位"),
        queryset=Unit.objects.order_by("kind", "name"),
        empty_label=_("请选择"),
        widget=forms.Select({"data-search-select": True}),
        help_text=_("同一单位可以加入几个小组。"),
    )
    starts_on = FromField(label=_("加入日期"), help_text=_("可以补录一年以内的，也可以提前登记。"))
    order = order_field(
        label=_("章程次序"), required=False, help_text=_("不填排在最后。从未轮值过的按此次序。")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Group.objects.visible_to(self.user).overlapping(timezone.localdate(), None)
        self.fields["group"].queryset = rows
        self.fields["unit"].label_from_instance = lambda unit: unit.name

    def clean(self):
        given = super().clean()
        if given.get("unit") and given.get("starts_on") and "group" in given:
            where = (given["unit"], given["group"], given["starts_on"])
            self.judge("unit", seats.check_join, *where, timezone.localdate())
        return given


class OfSeatForm(RuledForm):
    def __init__(self, *args, seat: Seat, **kwargs):
        super().__init__(*args, **kwargs)
        self.seat = seat


class LeaveForm(OfSeatForm):
    """A unit leaves a group or the alliance (退出)."""

    on = FromField(help_text=_("从这一天起不再有席位，前一天是最后一天。"))
    reason = forms.CharField(
        label=_("退出原因"),
        max_length=200,
        error_messages={"required": _("请写明退出的原因，会留在席位记录里。")},
    )

    def clean_on(self):
        on = self.cleaned_data["on"]
        self.judge("on", seats.check_leave, self.seat, on, timezone.localdate())
        return on


class OrderForm(RuledForm):
    """A number for each seat, in one small form (调整章程次序)."""

    def __init__(self, *args, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.seats = seats
        for seat in seats:
            self.fields[f"seat-{seat.pk}"] = order_field(label=seat.unit.name, initial=seat.order)

    def orders(self) -> dict[int, int]:
        return {seat.pk: self.cleaned_data[f"seat-{seat.pk}"] for seat in self.seats}

    def clean(self):
        given, first = super().clean(), {}
        for seat in self.seats:
            name = f"seat-{seat.pk}"
            if (number := given.get(name)) is None:
                continue
            other = first.setdefault(number, seat)
            if other is not seat:
                words = gettext("与“%(unit)s”的次序相同，请填写不同的数字。") % {"unit": other.unit}
                self.add_error(name, words)
        return given


class AllianceUnitFilter(django_filters.FilterSet):
    """Units with a seat on a day, today unless told."""

    q = django_filters.CharFilter(label=_("名称"), method="search", max_length=100, strip=True)
    group = ListedFilter(
        label=_("席位"),
        queryset=lambda request: Group.objects.visible_to(request.user),
        method="seated",
        empty_label=_("全部席位"),
    )
    kind = django_filters.ChoiceFilter(label=_("类别"), choices=Unit.Kind.choices)
    wide = django_filters.ChoiceFilter(
        label=_("范围"), choices=[("1", _("整个联盟的席位"))], method="seated"
    )
    on = DayFilter(label=_("截至日期"))

    def search(self, rows, name, value):
        return rows.search(value)

    def seated(self, rows, name, value):
        """A seat that the reader may see, on the day of the list."""
        seats = Seat.objects.visible_to(self.request.user)
        seats = seats.current(self.form.cleaned_data.get("on"))
        where = Q(group=value) if name == "group" else Q(group=None)
        return rows.filter(pk__in=seats.filter(where).values("unit"))

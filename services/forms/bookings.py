"""What is typed to ask for a resource or to offer it, and what narrows a list of bookings."""

from datetime import date, datetime, time, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.filters import ListedField
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.forms import MomentInput
from services import stock
from services.actions.resource_rights import asking_units, offered_needs
from services.actions.rights import office
from services.forms.hours import check_hours
from services.forms.need_steps import words_field
from services.forms.resources import MOST, StepForm
from services.matching.measures import needed
from services.models import Need
from services.opening import opening_of

BEGINS, LASTS = time(9), timedelta(hours=2)


class NeedField(ListedField):
    """Each need by what this reader reads of it."""

    def label_from_instance(self, obj):
        return obj.face.name


class BookingForm(StepForm):
    """How much of it and, if it goes by hours, when."""

    need = NeedField(
        Need.objects.none(),
        label=_("用于哪条需求"),
        error_messages={
            "required": _("请选择需求。"),
            "invalid_choice": _("所选需求已经办结，或不能选择，请重新选择。"),
        },
    )
    quantity = forms.IntegerField(
        label=_("数量"),
        initial=1,
        min_value=1,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("请填写 1 以上的整数。")
        ),
    )
    starts_at = forms.DateTimeField(
        label=_("开始时间"),
        widget=MomentInput,
        error_messages=dict.fromkeys(("required", "invalid"), _("请填写真实存在的日期和时间。")),
    )
    ends_at = forms.DateTimeField(
        label=_("结束时间"),
        widget=MomentInput,
        error_messages=dict.fromkeys(("required", "invalid"), _("请填写真实存在的日期和时间。")),
    )
    note = words_field(_("说明"), "", help_text=_("例如用途、人数、要准备的东西。对方会看到。"))

    def __init__(self, *args, resource, on="", **kwargs):
        self.resource = resource
        super().__init__(*args, **kwargs)
        if resource.is_timed:
            self._propose_hours(on)
        else:
            del self.fields["starts_at"], self.fields["ends_at"]
        if resource.capacity == 1:
            self.fields["quantity"].widget = forms.HiddenInput()
        elif resource.measure:
            self.fields["quantity"].label = _("数量（%(measure)s）") % {"measure": resource.measure}

    def _propose_hours(self, on):
        """Two hours of the day that was chosen in the calendar."""
        try:
            day = stock.within_reach(date.fromisoformat(on))
        except ValueError:
            return
        spans = opening_of(self.resource).hours(day)
        begins = timezone.make_aware(datetime.combine(day, BEGINS))
        opens, closes = next(iter(spans), (begins, begins + LASTS))
        begins = max(opens, begins) if begins < closes else opens
        self.initial |= {"starts_at": begins, "ends_at": min(begins + LASTS, closes)}

    def clean(self):
        given = super().clean()
        check_hours(self, given, is_needed=False)  # the fields say so themselves
        return given


class AskForm(BookingForm):
    """A unit asks, for one of its open needs or without one."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("使用单位"),
        empty_label=_("请选择单位"),
        error_messages={
            "required": _("请选择单位。"),
            "invalid_choice": _("该单位不能认领这项资源，请重新选择。"),
        },
    )
    field_order = ["unit", "need", "quantity", "starts_at", "ends_at", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        units = asking_units(self.user, self.resource).order_by("name")
        self.fields["unit"].queryset = units
        found = list(units[:2])
        if len(found) == 1:
            self.fields["unit"].widget = forms.HiddenInput()
            self.initial["unit"] = found[0].pk
        need = self.fields["need"]
        need.required, need.empty_label = False, _("不针对某条需求")
        need.help_text = _("提供单位能看到这条需求时，也会知道是为它认领的。")
        need.queryset = self._needs()

        if not self.is_bound:
            self._begin_with(self.initial.get("need"))

    def _begin_with(self, asked):
        """What the need asks for, and when."""
        rows = self.fields["need"].queryset
        need = rows.filter(pk=asked).first() if is_number(asked or "") else None
        if need is None or not need.face.is_whole:
            return
        self.initial["quantity"] = needed(need, self.resource)
        if self.resource.is_timed and need.wanted_on and "starts_at" not in self.initial:
            self._propose_hours(need.wanted_on.isoformat())

    def _needs(self):
        rows = Need.objects.open()
        if not office(self.user):
            own = roles.places(self.user, roles.UNIT)
            asked, worked_on = rows.asked_by(own), rows.worked_on_by(own)
            keys = asked.order_by().values("pk").union(worked_on.order_by().values("pk"))
            rows = rows.filter(pk__in=keys)
        return rows.with_faces(self.user).sorted_by("new")


class OfferForm(BookingForm):
    """The giving unit offers it for a need that it may see."""

    field_order = ["need", "quantity", "starts_at", "ends_at", "note"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = offered_needs(self.user).exclude(unit=self.resource.unit_id)
        self.fields["need"].empty_label = _("请选择需求")
        self.fields["need"].queryset = rows.with_faces(self.user).sorted_by("new")

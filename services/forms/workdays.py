from datetime import date

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import DateInput, ScopedForm
from nanchuan.kernel.models import CalendarDay, WorkingHours
from services.workyear import EARLIEST, LATEST

LAW, WORK, FREE = "law", "work", "free"
TIMES = ("morning_from", "morning_until", "afternoon_from", "afternoon_until")


class DayForm(ScopedForm):
    """What the park decides about one day."""

    kind = forms.ChoiceField(
        label=_("这一天"),
        choices=[(LAW, _("按国家安排")), (WORK, _("上班")), (FREE, _("休息"))],
        widget=forms.RadioSelect,
    )
    name = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=CalendarDay._meta.get_field("name").max_length,
        help_text=_("例如：古尔邦节放假、停电检修、补班。"),
    )

    def facts(self) -> dict:
        given = self.cleaned_data
        if given["kind"] == LAW:
            return {"is_working": None, "name": ""}
        return {"is_working": given["kind"] == WORK, "name": given["name"]}


def time_field(name):
    field = WorkingHours._meta.get_field(name)
    widget = forms.TimeInput({"type": "time"}, format="%H:%M")
    return forms.TimeField(label=field.verbose_name, initial=field.default, widget=widget)


class HoursForm(ScopedForm):
    """The hours of working days from a day on."""

    starts_on = forms.DateField(label=_("施行日期"), widget=DateInput)
    morning_from = time_field("morning_from")
    morning_until = time_field("morning_until")
    afternoon_from = time_field("afternoon_from")
    afternoon_until = time_field("afternoon_until")

    def clean_starts_on(self):
        on = self.cleaned_data["starts_on"]
        if not date(EARLIEST, 1, 1) <= on <= date(LATEST, 12, 31):
            raise ValidationError(_("请填 2000 年到 2099 年之间的日期。"))
        return on

    def clean(self):
        given = super().clean()
        times = [given.get(name) for name in TIMES]
        if all(times) and not times[0] < times[1] <= times[2] < times[3]:
            raise ValidationError(_("时间须依次为：上午上班、上午下班、下午上班、下午下班。"))
        return given

    def times(self):
        return tuple(self.cleaned_data[name] for name in TIMES)

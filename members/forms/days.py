"""The day as of which a page is asked for (截至日期)."""

from datetime import date

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import DateInput

FIRST_YEAR = 1921


class DayField(forms.DateField):
    """A day up to today."""

    widget = DateInput
    default_error_messages = {"invalid": _("请填写真实存在的日期，例如 2025-06-30。")}

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("截至日期"), "required": False} | kwargs)

    def clean(self, value):
        day = super().clean(value)
        if day and day > timezone.localdate():
            raise forms.ValidationError(_("这一天还没有到。请填写今天或以前的日期。"))
        if day and day.year < FIRST_YEAR:
            raise forms.ValidationError(_("请填写 1921 年以后的日期。"))
        return day


class OnField(DayField):
    """The day from which a change holds: today unless told."""

    def __init__(self, **kwargs):
        super().__init__(**{"required": True, "initial": timezone.localdate} | kwargs)


class DayFilter(django_filters.Filter):
    """Which day a list shows; the view asks `day_of` before it looks for rows."""

    field_class = DayField

    def filter(self, qs, value):
        return qs


class DayForm(forms.Form):
    on = DayField()

    @property
    def day(self) -> date:
        """The day asked for; today without one, or for one that cannot be."""
        return (self.is_valid() and self.cleaned_data["on"]) or timezone.localdate()


def day_of(query) -> date:
    return DayForm(query).day

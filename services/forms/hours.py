"""From when to when, asked only of what goes by hours: the page hides the two fields until
something is chosen that does (`data-timed`, see services.css)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import MomentInput

NAMES = ("starts_at", "ends_at")


class Timed:
    """Marks the options that go by hours: resources, or those whose keys are `timed`."""

    timed: frozenset[str] = frozenset()

    def create_option(self, name, value, *args, **kwargs):
        option = super().create_option(name, value, *args, **kwargs)
        row = getattr(value, "instance", None)
        if row.is_timed if row else str(value) in self.timed:
            option["attrs"]["data-timed"] = ""
        return option


class TimedSelect(Timed, forms.Select):
    pass


class TimedRadioSelect(Timed, forms.RadioSelect):
    pass


class HoursInput(MomentInput):
    def __init__(self):
        super().__init__({"data-hours": ""})


def check_hours(form, given: dict, *, is_needed: bool) -> None:
    """Both or, unless they are needed, neither; and in their order."""
    begins, ends = (given.get(name) for name in NAMES)
    for name in NAMES:
        if is_needed and not given.get(name) and name not in form.errors:
            form.add_error(name, _("这项资源按时段预约，请填写时间。"))
    if begins and ends and ends <= begins:
        form.add_error("ends_at", _("结束时间应晚于开始时间。"))

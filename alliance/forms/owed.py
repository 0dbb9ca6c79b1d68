"""What is typed about measures and about action items alike."""

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel import roles
from nanchuan.kernel.forms import DateInput, HelperMixin

BAD_DAY = {"invalid": _("请填写真实存在的日期，例如 2026-06-30。")}
MINE = (
    ("todo", _("等我办理")),
    ("owed", _("本单位负责")),
    ("assisted", _("本单位协办")),
)
BY = (("group", _("按小组")), ("unit", _("按责任单位")))


REASON = _("请写明原因，责任单位和协办单位会看到。")


def reason_field(required=REASON):
    return forms.CharField(
        label=_("原因"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": required},
    )


class ActForm(HelperMixin, forms.Form):
    """What is typed with an act on the page of what is owed. `verb` keeps the ids of several
    forms apart."""

    def __init__(self, *args, owed, verb, **kwargs):
        self.owed = owed
        super().__init__(*args, auto_id=f"id_{verb}_%s", **kwargs)


class ReasonForm(ActForm):
    reason = reason_field()


class ConfirmForm(ActForm):
    done_on = forms.DateField(
        label=_("完成日期"),
        widget=DateInput,
        help_text=_("一般是报告完成的那一天。"),
        error_messages=BAD_DAY | {"required": _("请填写完成日期。")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.owed.reported_at:
            self.initial["done_on"] = timezone.localdate(self.owed.reported_at)


class PartFilterMixin:
    """`mine`: what waits for the reader, what the own units are responsible for or assist with."""

    def by_part(self, rows, name, value):
        own = roles.places(self.request.user, roles.UNIT)
        if value == "todo":
            return rows.awaiting(self.request.user)
        if value == "owed":
            return rows.filter(unit__in=own)
        carried = rows.model.assisting.through.objects.filter(unit__in=own)
        return rows.filter(pk__in=carried.values(rows.model._meta.model_name))


class BoardFilterMixin(django_filters.FilterSet):
    """A board has a column for each state or age; `by` says what its rows are."""

    by = django_filters.ChoiceFilter(choices=BY, method="as_it_is", widget=forms.HiddenInput)

    def as_it_is(self, rows, name, value):
        return rows

    @property
    def rows_by(self) -> str:
        self.form.is_valid()
        return self.form.cleaned_data.get("by") or "group"

"""What is typed of dues: amounts are Decimals, and no draft of them stays in a browser."""

from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from members import dues
from members.models import DuesBill, DuesPayment, DuesRate, Organization
from members.models.dues_bills import bills_at
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm

NOT_KEPT = {"data-no-draft": "", "inputmode": "decimal", "autocomplete": "off"}
NO_DATE = {"invalid": gettext_lazy("请填写真实存在的日期。")}
NO_MONTH = {"invalid": gettext_lazy("请填写真实存在的月份，例如 2026-06。")}
STEPS = range(1, 5)


class MonthInput(forms.DateInput):
    input_type = "month"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m")


def month_field(label, **kwargs):
    return forms.DateField(
        label=label,
        input_formats=["%Y-%m", "%Y-%m-%d"],
        widget=MonthInput,
        error_messages=NO_MONTH,
        **kwargs,
    )


def money_field(label, *, least="0.01", **kwargs):
    return forms.DecimalField(
        label=label,
        min_value=Decimal(least),
        max_digits=10,
        decimal_places=2,
        widget=forms.TextInput(NOT_KEPT),
        **kwargs,
    )


class PayForm(ScopedForm):
    """Which months were paid, how and when."""

    bills = RowsField(
        queryset=DuesBill.objects.none(),
        label=gettext_lazy("月份"),
        error_messages={
            "required": gettext_lazy("请勾选已经缴纳的月份。"),
            "invalid_choice": gettext_lazy("所选的月份已有变化，请核对后再登记。"),
            "invalid_pk_value": gettext_lazy("所选的月份已有变化，请核对后再登记。"),
        },
    )
    way = forms.ChoiceField(
        label=gettext_lazy("方式"), choices=DuesPayment.Way, initial=DuesPayment.Way.CASH
    )
    paid_on = forms.DateField(
        label=gettext_lazy("缴纳日期"),
        widget=DateInput,
        initial=timezone.localdate,
        error_messages=NO_DATE,
    )

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        rows = DuesBill.objects.standing().filter(bills_at(organization))
        self.fields["bills"].queryset = rows


class BaseForm(ScopedForm):
    kind = forms.ChoiceField(label=gettext_lazy("类别"), choices=DuesRate.Kind)
    amount = money_field(
        gettext_lazy("计算基数（元）"),
        required=False,
        help_text=gettext_lazy("没有固定收入的不填。只有本人和党费管理员看得到。"),
    )
    starts_on = month_field(gettext_lazy("自何月起"))


class ReliefForm(ScopedForm):
    amount = money_field(
        gettext_lazy("减免后每月（元）"), least="0", help_text=gettext_lazy("免交的填 0。")
    )
    starts_on = month_field(gettext_lazy("自何月起"))
    ends_on = month_field(gettext_lazy("到何月止"))
    reason = forms.CharField(
        label=gettext_lazy("原因"),
        max_length=200,
        widget=forms.Textarea({"rows": 2, "data-no-draft": ""}),
        help_text=gettext_lazy("只有本人和党费管理员看得到。"),
    )


class ReverseForm(ScopedForm):
    reason = forms.CharField(label=gettext_lazy("冲正原因"), max_length=200)


class HandoverForm(ScopedForm):
    quarter = forms.ChoiceField(label=gettext_lazy("季度"))
    handed_on = forms.DateField(
        label=gettext_lazy("上缴日期"),
        widget=DateInput,
        initial=timezone.localdate,
        error_messages=NO_DATE,
    )

    def __init__(self, *args, quarters, **kwargs):
        super().__init__(*args, **kwargs)
        self.quarters = {first.isoformat(): first for first in quarters}
        words = [(key, dues.quarter_words(first)) for key, first in self.quarters.items()]
        self.fields["quarter"].choices = words

    def facts(self) -> dict:
        quarter = self.quarters[self.cleaned_data["quarter"]]
        return {"quarter": quarter, "handed_on": self.cleaned_data["handed_on"]}


class RateForm(ScopedForm):
    """The steps of a kind, or its fixed amount, from a month on."""

    starts_on = month_field(gettext_lazy("自何月起"))
    title = forms.CharField(
        label=gettext_lazy("依据"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("文件的全称，不加书名号。园区自己的设定可不填。"),
    )
    article = forms.CharField(label=gettext_lazy("条款"), max_length=50, required=False)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, *args, rate: DuesRate, **kwargs):
        super().__init__(*args, **kwargs)
        self.rate = rate
        own = self._fixed(rate) if rate.kind == DuesRate.Kind.FIXED else self._stepped(rate)
        self.fields = own | self.fields

    @staticmethod
    def _fixed(rate):
        return {"fixed": money_field(_("每月定额（元）"), least="0", initial=rate.fixed)}

    @staticmethod
    def _stepped(rate):
        """Four steps with an upper end, and what holds above the last of them."""
        *below, (_most, rest) = rate.steps
        found = {}
        for number in STEPS:
            most, percent = below[number - 1] if number <= len(below) else (None, None)
            words = {"number": number}
            found[f"most{number}"] = money_field(
                _("第 %(number)d 档：基数不超过（元）") % words, required=False, initial=most
            )
            found[f"percent{number}"] = _percent(
                _("第 %(number)d 档：比例（%%）") % words, required=False, initial=percent
            )
        return found | {"rest": _percent(_("以上的比例（%）"), initial=rest)}

    def clean(self):
        if self.rate.kind != DuesRate.Kind.FIXED:
            self.cleaned_data["steps"] = self._steps(self.cleaned_data)
        return self.cleaned_data

    def _steps(self, cleaned):
        steps, before = [], Decimal(0)
        for number in STEPS:
            most, percent = cleaned.get(f"most{number}"), cleaned.get(f"percent{number}")
            if most is None and percent is None:
                continue
            if most is None or percent is None:
                self.add_error(f"most{number}", _("请把这一档的基数和比例都填上，或者都不填。"))
            elif most <= before:
                self.add_error(f"most{number}", _("各档的基数应由低到高。"))
            else:
                steps.append([plain(most), plain(percent)])
                before = most
        return [*steps, [None, plain(cleaned.get("rest") or Decimal(0))]]

    def facts(self) -> dict:
        names = ("title", "article", "note")
        own = "fixed" if self.rate.kind == DuesRate.Kind.FIXED else "steps"
        return {name: self.cleaned_data[name] for name in (*names, own)}


def _percent(label, **kwargs):
    return forms.DecimalField(
        label=label, min_value=0, max_value=100, max_digits=5, decimal_places=2, **kwargs
    )


def plain(number: Decimal) -> str:
    """10000 and 1.5, without zeros behind the point."""
    return f"{number.normalize():f}"

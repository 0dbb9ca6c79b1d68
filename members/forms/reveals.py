from django import forms
from django.utils.translation import gettext_lazy as _

from members.actions.reveals import Number, Reason
from nanchuan.kernel.forms import ScopedForm

SHORTEST = 5


class ReasonForm(ScopedForm):
    """Why numbers are needed in full."""

    reason = forms.ChoiceField(
        label=_("事由"), choices=[("", _("请选择")), *Reason.choices], initial=""
    )
    text = forms.CharField(
        label=_("具体说明"),
        min_length=SHORTEST,
        max_length=200,
        help_text=_("至少 5 个字，会记入操作记录。请不要写姓名和号码。"),
        error_messages={"min_length": _("请写明用在哪里，至少 5 个字。")},
    )


class RevealForm(ReasonForm):
    """Which number of a person, and why."""

    number = forms.ChoiceField(
        label=_("查看"),
        choices=Number.choices,
        initial=Number.ID_NUMBER,
        widget=forms.RadioSelect,
    )
    field_order = ["number", "reason", "text"]

from django import forms
from django.utils.translation import gettext_lazy as _

from members.forms.days import OnField
from members.forms.picking import PersonPickMixin
from nanchuan.kernel.forms import ScopedForm


class InstructorForm(PersonPickMixin, ScopedForm):
    """Who guides party work at a unit that was chosen before, from which day on."""

    starts_on = OnField(label=_("指导自何日起"))
    note = forms.CharField(
        label=_("说明"), max_length=200, required=False, help_text=_("例如选派文件的文号。")
    )

    field_order = ["who", "person", "starts_on", "note"]


class InstructorEndForm(ScopedForm):
    """The last day."""

    ends_on = OnField(label=_("最后一天"))

from django import forms
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import ScopedForm
from services.forms.need_steps import words_field
from services.models import SuggestionRemark

WHAT = (
    ("this", _("只对这条需求不合适")),
    ("other", _("这项资源讲的是另一回事")),
)


class DoubtForm(ScopedForm):
    """What is wrong about a suggestion, and why."""

    what = forms.ChoiceField(
        label=_("哪里不对"),
        choices=WHAT,
        initial="this",
        widget=forms.RadioSelect,
        help_text=_("讲的是另一回事时，类似的需求也会少推荐这项资源。"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选择哪里不对。")),
    )
    why = words_field(
        _("为什么不对"),
        _("请用一句话写明为什么不对。"),
        max_length=SuggestionRemark._meta.get_field("why").max_length,
        rows=2,
        help_text=_("办公室和园区领导能看到，提供单位和企业看不到。"),
    )

    def facts(self) -> dict:
        typed = self.cleaned_data
        return {"why": typed["why"], "is_other_matter": typed["what"] == "other"}

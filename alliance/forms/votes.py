from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from alliance.actions import votes
from nanchuan.kernel.forms import ScopedForm
from nanchuan.kernel.states import StepRefused


def _count(label, **kwargs):
    words = {"required": _("请填写人数，没有的填 0。"), "invalid": _("请填写整数。")}
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=votes.MOST,
        error_messages=words,
        widget=forms.NumberInput({"inputmode": "numeric"}),
        **kwargs,
    )


class VoteForm(ScopedForm):
    """A vote as it was counted."""

    question = forms.CharField(label=_("表决事项"), max_length=200)
    entitled = _count(_("应到"))
    present = _count(_("实到"))
    in_favour = _count(_("赞成"))
    against = _count(_("反对"), initial=0)
    abstained = _count(_("弃权"), initial=0)

    def clean(self):
        given = super().clean()
        if all(name in given for name in votes.COUNTS):
            try:
                votes.check_counts(**self.counts())
            except StepRefused as refusal:
                raise ValidationError(str(refusal)) from None
        return given

    def counts(self) -> dict[str, int]:
        return {name: self.cleaned_data[name] for name in votes.COUNTS}

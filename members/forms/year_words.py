from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import YearWords
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import ScopedModelForm


class YearForm(forms.Form):
    """Which year of an organization: one of its years, the newest unless told."""

    year = forms.TypedChoiceField(label=_("年度"), coerce=int, required=False)

    def __init__(self, *args, years, **kwargs):
        super().__init__(*args, **kwargs)
        self.newest = years[0]
        self.fields["year"].choices = [(year, year) for year in years]

    @property
    def chosen(self) -> int:
        return (self.is_valid() and self.cleaned_data["year"]) or self.newest


class YearWordsForm(ConflictMixin, ScopedModelForm):
    class Meta:
        model = YearWords
        fields = ["text"]
        widgets = {"text": forms.Textarea({"rows": 14})}
        help_texts = {"text": _("数字由平台统计，这里只写做了什么、有什么不足、明年怎么做。")}

    def _who(self):
        return str(self.instance.written_by)

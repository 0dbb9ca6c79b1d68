import django_filters as filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import DateInput, ScopedModelForm
from services.models import Need, ReadyAnswer

CHANGEABLE = ("category", "question", "answer", "source", "valid_until")


class AnswerForm(ScopedModelForm):
    class Meta:
        model = ReadyAnswer
        fields = CHANGEABLE
        widgets = {"answer": forms.Textarea(attrs={"rows": 8}), "valid_until": DateInput()}
        help_texts = {
            "question": _("用企业会说的话，例如“稳岗补贴怎么申请”。"),
            "answer": _("写清怎么办、找谁、要带什么。各成员单位都会看到，请勿写企业名称。"),
            "source": _("文件名称和文号，或答复的部门。"),
            "valid_until": _("过期后不再推荐给企业；不填表示一直有效。"),
        }
        error_messages = {
            "category": {"required": _("请选择类别。")},
            "question": {"required": _("请写明问题。")},
            "answer": {"required": _("请写明答复。")},
        }

    def clean_valid_until(self):
        day = self.cleaned_data["valid_until"]
        if day and day < timezone.localdate() and day != self.initial.get("valid_until"):
            raise forms.ValidationError(_("有效期已过，请填今天或以后的日期。"))
        return day

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in CHANGEABLE}


class AnswerFilter(filters.FilterSet):
    q = filters.CharFilter(label=_("问题或答复"), method="by_words", max_length=60)
    category = filters.ChoiceFilter(label=_("类别"), choices=Need.Category.choices)

    class Meta:
        model = ReadyAnswer
        fields = []

    def by_words(self, rows, name, value):
        return rows.filter(words__contains=value.lower())

"""A common problem that the office puts before a joint meeting."""

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import Group, Topic
from nanchuan.kernel.forms import RowsField, ScopedForm
from services.models import Need

NONE = {"required": _("请至少保留一条需求。")}


class NeedChoices(RowsField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, need):
        return f"{need.number} {need.title} · {need.unit}"


class CommonForm(ScopedForm):
    """Title and text are read by every unit that is asked to the meeting."""

    group = forms.ModelChoiceField(Group.objects.none(), widget=forms.HiddenInput)
    needs = NeedChoices(
        Need.objects.select_related("unit"), label=_("所列需求"), error_messages=NONE
    )
    title = forms.CharField(
        label=_("议题"),
        max_length=Topic._meta.get_field("title").max_length,
        help_text=_("会议的各单位都会看到，请勿写单位名称。"),
        error_messages={"required": _("请写明要会议研究什么。")},
    )
    text = forms.CharField(
        label=_("说明"),
        max_length=Topic._meta.get_field("text").max_length,
        required=False,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("会议的各单位都会看到，请勿写单位名称和仅办公室掌握的情况。"),
    )

    def __init__(self, *args, needs, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["group"].queryset = Group.objects.current()
        self.fields["needs"].queryset = self.fields["needs"].queryset.filter(pk__in=needs)

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("needs", "group", "title", "text")}

    def clean(self):
        """What only the office reads stays out of what all read: names of the units that ask."""
        cleaned = super().clean()
        said = f"{cleaned.get('title', '')} {cleaned.get('text', '')}"
        for need in cleaned.get("needs") or ():
            for name in filter(None, (need.unit.name, need.unit.short_name)):
                if name in said:
                    self.add_error(
                        "text" if name in cleaned.get("text", "") else "title",
                        _("这里写了提出单位“%(unit)s”的名称，请改为不含单位名称的说法。")
                        % {"unit": name},
                    )
                    return cleaned
        return cleaned


class JoinForm(ScopedForm):
    topic = forms.ModelChoiceField(Topic.objects.all(), widget=forms.HiddenInput)
    needs = RowsField(Need.objects.all(), error_messages=NONE)

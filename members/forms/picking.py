"""One person out of many, named in a text field: works on every phone and without scripts."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import PartyMember
from nanchuan.kernel.fields import mask_phone

MOST = 20


class PersonChoice(forms.ModelChoiceField):
    """Several who were meant by the same words, told apart by where they belong."""

    widget = forms.RadioSelect

    def label_from_instance(self, obj):
        return " · ".join(filter(None, (obj.name, obj.in_full_name, mask_phone(obj.phone))))


class PersonPickMixin(forms.Form):
    """A form with `who`; one match is taken, of several the form asks which.

    Only members in force whom the user may see. Stands left of ScopedForm.
    """

    who = forms.CharField(
        label=_("党员"),
        max_length=50,
        help_text=_("姓名、拼音或手机后四位。同名时会列出来供选择。"),
        widget=forms.TextInput({"autocomplete": "off"}),
        error_messages={"required": _("请填写党员的姓名。")},
    )
    person = PersonChoice(
        label=_("是哪一位"), queryset=PartyMember.objects.none(), required=False, empty_label=None
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.matches = self._matches()
        if len(self.matches) > 1:
            keys = [row.pk for row in self.matches]
            people = PartyMember.objects.filter(pk__in=keys).with_place()
            self.fields["person"].queryset = people
        else:
            del self.fields["person"]

    def _matches(self) -> list[PartyMember]:
        words = self.data.get(self.add_prefix("who"), "") if self.is_bound else ""
        if not words.replace("\x00", "").strip() or len(words) > MOST * 5:
            return []
        rows = PartyMember.objects.visible_to(self.user).counted()
        return list(rows.search(words.replace("\x00", "")).order_by("pinyin", "pk")[:MOST])

    def clean_who(self):
        words = self.cleaned_data["who"]
        if not self.matches:
            raise forms.ValidationError(_("没有找到这位党员。请核对姓名；只有在册的党员才能选择。"))
        return words

    def clean(self):
        given = super().clean() or self.cleaned_data
        if len(self.matches) == 1:
            given["person"] = self.matches[0]
        elif self.matches and not given.get("person"):
            self.add_error("person", _("有几位都符合，请选择是哪一位。"))
        return given

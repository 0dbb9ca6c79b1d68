"""Whom to call at a unit: a few rows below the form of the unit, with or without scripts."""

from crispy_forms.layout import Div, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Unit, UnitContact
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.forms import HelperMixin, MaskedFieldsMixin

MOST = 10
COLUMNS = ("name", "job", "phone")


class ContactForm(ConflictMixin, MaskedFieldsMixin, HelperMixin, forms.ModelForm):
    masked = {"phone": mask_phone}

    class Meta:
        model = UnitContact
        fields = list(COLUMNS)
        error_messages = {"name": {"required": _("请填写联系人的姓名，不再需要的请勾选删除。")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["phone"].widget.input_type = "tel"  # so that no draft keeps it
        if not self.instance.pk:
            del self.fields["seen"]  # an empty row has nothing to remember, and may stay empty
            self.fields["name"].required = False

    def clean(self):
        given = super().clean()
        if self.has_changed() and not given.get("name") and "name" not in self.errors:
            self.add_error("name", _("请填写联系人的姓名。"))
        return given

    @property
    def helper(self):
        helper = super().helper
        helper.render_unmentioned_fields = True
        return helper

    def get_layout(self):
        columns = [Div(name, css_class="col-md-4") for name in COLUMNS]
        return Layout(Div(*columns, css_class="row"))

    @property
    def is_news(self) -> bool:
        """Whether the row says anything that is not stored."""
        if not self.instance.pk:
            return self.has_changed()
        return any(getattr(self.instance, name) != self._now[name] for name in COLUMNS)


class ContactRows(forms.BaseInlineFormSet):
    def written(self) -> list[UnitContact]:
        gone = self.deleted_forms
        return [form.instance for form in self.forms if form not in gone and form.is_news]

    def dropped(self) -> list[UnitContact]:
        return [form.instance for form in self.deleted_forms if form.instance.pk]


ContactFormSet = forms.inlineformset_factory(
    Unit,
    UnitContact,
    form=ContactForm,
    formset=ContactRows,
    extra=2,
    max_num=MOST,
    absolute_max=MOST * 2,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)

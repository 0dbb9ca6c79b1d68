"""Forms in which people type data; all of them are rendered by crispy-forms."""

import uuid

from crispy_forms.helper import FormHelper
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.fields import normalise
from nanchuan.kernel.querysets import ScopedQuerySet


class HelperMixin:
    """The form tag and the buttons stand in the page, the fields here."""

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        if hasattr(self, "get_layout"):
            helper.layout = self.get_layout()
        return helper


class ScopedFormMixin(HelperMixin):
    """A form that offers a user only what that user may see, and that is sent once."""

    once = None

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.user = user
        self.fields["once"] = forms.UUIDField(
            initial=uuid.uuid4,
            widget=forms.HiddenInput,
            error_messages={
                "required": _("页面已过期，请刷新后重新提交。"),
                "invalid": _("页面已过期，请刷新后重新提交。"),
            },
        )
        for field in self.fields.values():
            rows = getattr(field, "queryset", None)
            if isinstance(rows, ScopedQuerySet) and not rows.query.is_empty():
                field.queryset = rows.visible_to(user)


class ScopedForm(ScopedFormMixin, forms.Form):
    pass


class ScopedModelForm(ScopedFormMixin, forms.ModelForm):
    pass


class RowsField(forms.ModelMultipleChoiceField):
    """Some of the rows on offer; a number that no database can hold is none of theirs."""

    LONGEST = 18  # digits

    def _check_values(self, value):
        if any(len(str(each)) > self.LONGEST for each in value):
            message = self.error_messages["invalid_choice"]
            raise ValidationError(message, "invalid_choice", {"value": "…"})
        return super()._check_values(value)


class DateInput(forms.DateInput):
    """The date picker of the browser, or of the phone."""

    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class MomentInput(forms.DateTimeInput):
    """Date and time in one picker of the browser."""

    input_type = "datetime-local"

    def __init__(self, attrs=None):
        super().__init__({"step": 60} | (attrs or {}), format="%Y-%m-%dT%H:%M")


class MaskedFieldsMixin:
    """A model form in which stored numbers are never shown: a typed one replaces them.

    `masked` names the fields and how each is masked. Empty keeps what is stored, a hyphen
    takes it away.
    """

    masked: dict = {}
    CLEARED = "-"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._stored = {name: getattr(self.instance, name) for name in self.masked}
        for name, mask in self.masked.items():
            self.initial[name] = ""
            field = self.fields[name]
            field.widget = forms.TextInput(
                {"autocomplete": "off", "class": "vTextField", "data-no-draft": ""}
            )
            if stored := self._stored[name]:
                field.help_text = _("现为 %(value)s。不填保持不变，填“-”清除。") % {
                    "value": mask(stored)
                }

    def _clean_fields(self):
        """Between the field's own rules and those of the form, empty becomes what is stored."""
        cleared = [name for name in self.masked if self._typed(name) == self.CLEARED]
        super()._clean_fields()
        for name in self.masked:
            if name in cleared:
                self.errors.pop(name, None)
                self.cleaned_data[name] = ""
            elif name in self.cleaned_data:
                typed = normalise(self.cleaned_data[name])
                self.cleaned_data[name] = typed or self._stored[name]

    def _typed(self, name):
        return (self.data.get(self.add_prefix(name)) or "").strip()

"""`{{ form.title|kept_field }}`: a field as crispy-forms renders it, rendered once for all who see
the same. For fields whose words, help and choices are nobody's own; what stands in a text field is
only put in.
"""

from copy import copy
from functools import lru_cache

from crispy_forms.templatetags.crispy_forms_filters import as_crispy_field
from django import forms, template
from django.forms.models import ModelChoiceIterator
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

SLOT = "\0value\0"
MOST = 500
TEXT = (forms.TextInput, forms.Textarea)


class Asked:
    """A field, known by all that its rendering depends on."""

    def __init__(self, field, value):
        self.field = field
        widget = field.field.widget
        self.facts = (
            *(get_language(), type(field.form), field.html_name, field.auto_id, value),
            *(str(field.label), str(field.help_text), field.field.required, field.field.disabled),
            *(type(widget), repr(widget.attrs)),
            tuple((key, str(label)) for key, label in getattr(widget, "choices", ())),
        )

    def __hash__(self):
        return hash(self.facts)

    def __eq__(self, other):
        return self.facts == other.facts


@register.filter
def kept_field(field) -> SafeString:
    """What was typed or refused is rendered as it is."""
    widget, value = field.field.widget, field.value()
    offered = getattr(widget, "choices", None)
    if field.form.is_bound or isinstance(offered, ModelChoiceIterator):
        return as_crispy_field(field)
    if not isinstance(widget, TEXT):
        return _kept(Asked(field, repr(value)))
    if value in (None, ""):
        return _kept(Asked(field, ""))
    if not isinstance(value, str):
        return as_crispy_field(field)
    return mark_safe(_kept(Asked(field, SLOT)).replace(SLOT, escape(value)))


@lru_cache(maxsize=MOST)
def _kept(asked: Asked) -> SafeString:
    field = copy(asked.field)
    if asked.facts[4] == SLOT:
        field.initial = SLOT
    asked.field = None  # what is kept holds no form
    return as_crispy_field(field)

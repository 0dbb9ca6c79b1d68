"""Choices and constant texts in words, quickly: a list says some hundred of them. And records by
their name."""

from functools import cache

from django.db import models
from django.utils.encoding import force_str
from django.utils.translation import get_language, gettext


class Worded(models.Model):
    """A model whose `get_…_display()` looks one word up.

    Django's own puts every word of the field into the reader's language, for each row anew.
    """

    class Meta:
        abstract = True

    def _get_FIELD_display(self, field):
        value = getattr(self, field.attname)
        words = _words(field, get_language())
        return words[value] if value in words else force_str(value, strings_only=True)


def said(text: str) -> str:
    """A constant text (`gettext_noop`) in the reader's language, looked up once for all."""
    return _said(text, get_language())


def choices_of(model, name: str) -> dict:
    """The choices of a field in the reader's language."""
    return _words(model._meta.get_field(name), get_language())


def name_for_all(record) -> str:
    """What a record is called where anybody may read it: in the trail, in refusals."""
    return getattr(record, "public_name", None) or str(record)


@cache
def _said(text, _language) -> str:
    return gettext(text)


@cache
def _words(field, _language) -> dict:
    return {value: force_str(word, strings_only=True) for value, word in field.flatchoices}

"""Rows whose template is rendered once: what differs from row to row is only put in.

A cell that a template works out for each row costs ten times as much as one that is put in. So
the template of such a row has names and constants alone, no `if` and no loop; what takes another
form in some rows comes as HTML.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from html import escape

from django.conf import settings
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language


def filled(name: str, rows: Iterable[Mapping]) -> SafeString:
    """A template once for each row, all of which have the same names."""
    rows = list(rows)
    if not rows:
        return mark_safe("")
    shape = _shape.__wrapped__ if settings.DEBUG else _shape
    text, used = shape(name, get_language(), tuple(rows[0]))
    return mark_safe("".join([text % {each: _safe(row[each]) for each in used} for row in rows]))


@lru_cache(maxsize=200)
def _shape(name, _language, names):
    """The template with a slot for each name, and which of the names it has."""
    marks = {each: mark_safe(f"\0{each}\0") for each in names}
    text = get_template(name).render(dict(marks)).replace("%", "%%")
    used = [each for each, mark in marks.items() if mark in text]
    for each in used:
        text = text.replace(marks[each], f"%({each})s")
    return text, used


def _safe(value):
    return value if isinstance(value, SafeString) else escape(str(value))

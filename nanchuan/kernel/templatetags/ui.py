"""Presentation only: no query, no rule."""

from functools import lru_cache
from urllib.parse import urlencode

from django import forms, template
from django.core.paginator import Paginator
from django.db import models
from django.template.loader import get_template
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_noop
from django.utils.translation import gettext as _

from nanchuan.kernel import events, roles, slots
from nanchuan.kernel.fields import mask_id_number, mask_phone
from nanchuan.kernel.policies import policy_of
from nanchuan.kernel.words import said

register = template.Library()

WEEKDAYS = [
    gettext_noop("周一"),
    gettext_noop("周二"),
    gettext_noop("周三"),
    gettext_noop("周四"),
    gettext_noop("周五"),
    gettext_noop("周六"),
    gettext_noop("周日"),
]


@register.filter
def moment(value):
    """2026-11-23 周一 14:30, in the park's time zone."""
    if not value:
        return ""
    local = value.astimezone(timezone.get_default_timezone())
    return f"{local.date().isoformat()} {weekday(local)} {local.hour:02}:{local.minute:02}"


@register.filter
def weekday(value):
    return said(WEEKDAYS[value.weekday()])


@register.filter
def day(value):
    """2026-11-23."""
    return value.isoformat() if value else ""


@register.filter
def masked_phone(value):
    return mask_phone(value or "")


@register.filter
def masked_id_number(value):
    return mask_id_number(value or "")


STATE = '<span class="state status-{}"><span class="state-dot" aria-hidden="true"></span>{}</span>'


@register.simple_tag
@lru_cache(maxsize=2000, typed=True)
def state(status, words):
    """How something stands: a dot and a word. In rows a tag costs a tenth of an include."""
    return format_html(STATE, status, words)


register.simple_tag(slots.filled)


def states(told) -> str:
    """Several of them side by side: (status, words)."""
    return format_html_join(" ", STATE, told)


@register.filter
def event_word(event):
    return events.word_for(event.name)


@register.filter
def event_detail(event):
    return events.detail_of(event)


@register.filter
def has_role(user, names):
    """`{% if user|has_role:"staff,leader" %}`."""
    return roles.has_role(user, *names.split(","))


@register.simple_tag(takes_context=True)
def keep(context, **changes):
    """The current query string with some values changed; None takes one away."""
    kept = context["request"].GET.lists()
    pairs = [(name, value) for name, values in kept if name not in changes for value in values]
    pairs += [(name, value) for name, value in changes.items() if value is not None]
    return f"?{urlencode(pairs)}"


@register.filter
def may_open(user, name):
    """`{% if user|may_open:"members:activity-create" %}`: offer only what will be answered.

    The roles of the page's policy decide, not the rows; pages that need an argument never open.
    """
    policy = policy_of(name)
    return policy is not None and policy.admits(user) and bool(_address(name))


@register.simple_tag(takes_context=True)
def page_for(context, name, *arguments):
    """`{% page_for "members:organization-edit" organization.pk as edit %}`: the address of a page
    if its policy admits the reader, else nothing. Which rows open, the page itself says."""
    policy = policy_of(name)
    if policy is None or not policy.admits(context["user"]):
        return ""
    return _address(name, *arguments)


@lru_cache(maxsize=2000)
def _address(name, *arguments):
    try:
        return reverse(name, args=arguments)
    except NoReverseMatch:
        return ""


QUERY = "\0query\0"


@register.simple_tag(takes_context=True)
def pager(context, page):
    """Links to the pages of a list: the same for all readers of a language, but for the query."""
    kept = keep(context, page=None)
    query = escape(f"{kept}&" if kept != "?" else kept)
    links = _pager(page.number, page.paginator.num_pages, get_language())
    return mark_safe(links.replace(QUERY, query))


@lru_cache(maxsize=500)
def _pager(number, last, _language):
    pages = Paginator(range(last), 1)
    numbers = pages.get_elided_page_range(number, on_each_side=2, on_ends=1)
    return get_template("includes/pager.html").render(
        {
            "page": pages.page(number),
            "numbers": [None if each == pages.ELLIPSIS else each for each in numbers],
            "query": mark_safe(QUERY),
        }
    )


NOTHING_CHOSEN = "---------"
SELECTED = mark_safe(" selected")
MOST_CONTROLS = 1000
_controls: dict[tuple, SafeString] = {}
FILTER_INPUTS = {"text", "search", "number", "date", "month"}
CONTROL = "includes/filter_field.html"
ABOUT_FIELD = ("html_name", "auto_id", "label", "errors")


@register.simple_tag
def filter_controls(filterset, fields):
    """The controls of a filter row; one that looks the same for many is rendered once."""
    if not hasattr(filterset, "looks_the_same"):
        return mark_safe("".join(map(filter_field, fields)))
    reader = type(filterset), get_language(), roles.roles(filterset.request.user)
    return mark_safe("".join([_control(filterset, field, reader) for field in fields]))


def _control(filterset, field, reader):
    given = filterset.data.get(field.html_name) or ""
    if not filterset.looks_the_same(field.name, given):
        return filter_field(field)
    key = (*reader, field.name, given)
    if key not in _controls:
        if len(_controls) >= MOST_CONTROLS:
            _controls.clear()
        _controls[key] = filter_field(field)
    return _controls[key]


@register.simple_tag
def filter_field(field):
    """One control of a filter row, by hand: an option by a widget template costs too much."""
    widget = field.field.widget
    kind = getattr(widget, "input_type", "")
    value = "" if field.value() is None else str(field.value())
    if isinstance(widget, forms.Select) and not widget.allow_multiple_selected:
        about = (field.html_name, field.auto_id, str(field.label), tuple(field.errors))
        options = getattr(field.field, "options", None)
        if options is None:
            options = tuple((key, str(label)) for key, label in _options(field))
        return _select(about, str(_everything(field)), options, value)
    context = {"field": field, "kind": kind if kind in FILTER_INPUTS else "", "value": value}
    return get_template(CONTROL).render(context)


@lru_cache(maxsize=500)
def _select(about, everything, options, chosen):
    """What is chosen from is the same for many: it is rendered once for all of them."""
    words = ((value, SELECTED if value == chosen else "", label) for value, label in options)
    return get_template(CONTROL).render(
        {
            "field": dict(zip(ABOUT_FIELD, about, strict=True)),
            "kind": "select",
            "everything": everything,
            "options": format_html_join("\n", '<option value="{}"{}>{}</option>', words),
        }
    )


def _everything(field):
    """What the list shows while nothing is chosen."""
    own = getattr(field.field, "empty_label", None)
    if own and own != NOTHING_CHOSEN:
        return own
    return _("%(label)s：全部") % {"label": field.label}


def _options(field):
    """(value, label) of a choice field, without the empty one and without groups."""
    for value, label in field.field.choices:
        if isinstance(label, (list, tuple)):
            yield from ((str(inner), word) for inner, word in label)
        elif value not in ("", None):
            yield str(value), label


@register.simple_tag
def filter_fields(filterset, query):
    """The usual controls of a list and those in use; all of them with `?more=1`.

    A FilterSet may name what is usual: a control that nobody touches costs as much as a row.
    """
    fields = list(filterset.form.visible_fields())
    usual = getattr(filterset, "usual", None)
    if not usual or query.get("more"):
        return {"shown": fields, "hidden": False}
    shown = [field for field in fields if field.name in usual or query.get(field.html_name)]
    has_more = getattr(filterset, "has_more", False)
    return {"shown": shown, "hidden": has_more or len(shown) < len(fields)}


@register.simple_tag(takes_context=True)
def active_filters(context, filterset):
    """What narrows a list: (label, value in words, query string without it)."""
    if not filterset or not filterset.is_bound:
        return []
    form, chips = filterset.form, []
    form.is_valid()  # fills cleaned_data
    for name, value in getattr(form, "cleaned_data", {}).items():
        words = _words(form.fields[name], value)
        if words:
            keys = [key for key in context["request"].GET if _belongs(key, name, form)]
            without = keep(context, page=None, **dict.fromkeys(keys))
            chips.append({"label": form.fields[name].label, "words": words, "without": without})
    return chips


def _belongs(key, name, form):
    """Ranges have keys of their own: `held_min`, `held_after`."""
    return key == name or (key.startswith(f"{name}_") and key not in form.fields)


def _words(field, value):
    if value in (None, "", [], ()) or (isinstance(value, models.QuerySet) and not value):
        return ""
    if isinstance(value, slice):
        return " — ".join(_words(field, end) for end in (value.start, value.stop))
    if isinstance(value, bool):
        return _("是") if value else _("否")
    if isinstance(value, str):
        return str(dict(_options_of(field)).get(value, value))
    if isinstance(value, (list, tuple, models.QuerySet)):
        return "、".join(_words(field, each) for each in value)  # data
    return str(value)


def _options_of(field):
    if isinstance(field, forms.ModelChoiceField):
        return
    for value, label in getattr(field, "choices", ()):
        if isinstance(label, (list, tuple)):
            yield from label
        else:
            yield str(value), label

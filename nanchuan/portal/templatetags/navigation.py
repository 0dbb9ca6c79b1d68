"""Navigation from the policy registry; reads only the rights that the request has read already."""

from functools import lru_cache
from types import SimpleNamespace

from django import template
from django.conf import settings
from django.template.loader import get_template
from django.urls import reverse
from django.utils.translation import get_language

from nanchuan.kernel import roles
from nanchuan.kernel.templatetags.ui import may_open
from nanchuan.portal import navigation

register = template.Library()


@register.simple_tag(takes_context=True)
def standing(context, name):
    """Include a part of the frame that is the same for all who hold the same roles, on one page.

    It is rendered once in a process, for nobody in particular, so it cannot hold anything personal.
    """
    request, user = context.get("request"), context.get("user")
    match = request.resolver_match if request else None
    render = _standing.__wrapped__ if settings.DEBUG else _standing
    return render(
        name,
        get_language(),
        roles.roles(user) if user else frozenset(),
        match.view_name if match else "",
        context.get("park_name", ""),
    )


@lru_cache(maxsize=1000)
def _standing(name, language, held, view_name, park_name):
    anybody = SimpleNamespace(
        is_authenticated=True,
        is_active=True,
        _grants=frozenset(roles.Grant(role) for role in held),
    )
    context = {"user": anybody, "view_name": view_name, "park_name": park_name}
    return get_template(name).render(context)


@register.simple_tag(takes_context=True)
def sidebar(context):
    """[(heading, links)], without what the user may not open."""
    groups = [(title, _links(context, entries)) for title, entries in navigation.SIDEBAR]
    return [(title, links) for title, links in groups if links]


@register.simple_tag(takes_context=True)
def bottom_bar(context):
    return _links(context, navigation.BOTTOM_BAR)


def _links(context, entries):
    view_name = context["view_name"]
    return [
        {
            "url": reverse(entry.name),
            "label": entry.label,
            "icon": entry.icon,
            "current": entry.is_current(view_name)
            and ("page" if entry.name == view_name else "true"),
        }
        for entry in entries
        if may_open(context["user"], entry.name)
    ]

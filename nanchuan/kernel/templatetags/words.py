"""`{% translate %}`, `{% static %}` and `{% url %}` as Django's, but each constant text is looked
up once per language, and the address of each file, and of each page without arguments, once.

The headings of a table stand in every row of it (a phone shows rows as cards).
"""

from django import template
from django.conf import settings
from django.template import defaulttags
from django.templatetags import i18n, static
from django.utils.translation import get_language

register = template.Library()


@register.tag("translate")
@register.tag("trans")
def do_translate(parser, token):
    node = i18n.do_translate(parser, token)
    text = node.filter_expression
    if text.var.literal is None or text.filters or node.asvar or node.message_context:
        return node
    return Constant(node)


class Constant(template.Node):
    """A text without variables: the same for every reader of a language."""

    def __init__(self, node):
        self.node, self.said = node, {}

    def render(self, context):
        language = get_language()
        if language not in self.said:
            self.said[language] = self.node.render(context)
        return self.said[language]


@register.tag("static")
def do_static(parser, token):
    node = static.do_static(parser, token)
    is_constant = isinstance(node.path.var, str) and not node.path.filters and not node.varname
    return Address(node) if is_constant and not settings.DEBUG else node


@register.tag("url")
def do_url(parser, token):
    node = defaulttags.url(parser, token)
    is_constant = isinstance(node.view_name.var, str) and not node.view_name.filters
    return node if not is_constant or node.args or node.kwargs or node.asvar else Address(node)


class Address(template.Node):
    """Of a file or a page that belongs to the portal: it changes only with a release."""

    def __init__(self, node):
        self.node, self.address = node, None

    def render(self, context):
        if self.address is None:
            self.address = self.node.render(context)
        return self.address

"""What is on a meeting's agenda (议程)."""

from django.conf import settings as portal
from django.utils import translation
from django.utils.translation import gettext as _

from alliance.models import AgendaItem, Meeting

MOST = 60  # lines


def lay(meeting: Meeting, text: str | None = None) -> None:
    """Write the first agenda of a meeting: a line each, or those of its kind's template.

    Where the kind says so, what became of the last resolutions stands first.
    """
    rows = [] if text is None else _typed(text)
    if text is None:
        template = meeting.kind.items.values("title", "minutes")
        rows = [AgendaItem(**row) for row in template]
    if meeting.kind.follows_up:
        rows.insert(0, _follow_up())
    for order, row in enumerate(rows[:MOST], 1):
        row.meeting, row.order = meeting, order
    AgendaItem.objects.bulk_create(rows[:MOST])


def _typed(text) -> list[AgendaItem]:
    lines = (line.strip() for line in text.splitlines())
    longest = AgendaItem._meta.get_field("title").max_length
    return [AgendaItem(title=line[:longest]) for line in lines if line]


def _follow_up() -> AgendaItem:
    with translation.override(portal.LANGUAGE_CODE):  # what is kept is in the park's language
        return AgendaItem(kind=AgendaItem.Kind.FOLLOW_UP, title=_("上次议定事项办理情况"))

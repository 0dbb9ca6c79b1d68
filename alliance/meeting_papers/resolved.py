"""The list of resolutions (议定事项清单): a line for each action item, or for a resolution that
has none."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.meeting_papers.words import listed, time_words
from alliance.models import ActionItem, Meeting, Resolution
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.papers import Paper


@dataclass(frozen=True)
class Line:
    resolution: Resolution
    item: ActionItem | None = None

    @property
    def number(self) -> str:
        return self.item.number if self.item else self.resolution.number

    @property
    def text(self) -> str:
        """What is resolved, and what is to be done for it where that says more."""
        text = self.resolution.text
        more = self.item.text if self.item and self.item.text != text else ""
        return f"{text}\n{more}" if more else text

    @property
    def unit(self) -> str:
        return self.item.unit.name if self.item else ""

    @property
    def assisting(self) -> str:
        return listed(unit.name for unit in self.item.assisting.all()) if self.item else ""

    @property
    def due_on(self):
        return self.item.due_on if self.item else None

    @property
    def state(self) -> str:
        return self.item.state_words if self.item else ""


RESOLVED_COLUMNS = [
    Column(gettext_lazy("编号"), lambda line: line.number, 14),
    Column(gettext_lazy("议定事项"), lambda line: line.text, 18),
    Column(gettext_lazy("责任单位"), lambda line: line.unit, 16),
    Column(gettext_lazy("协办单位"), lambda line: line.assisting, 16),
    Column(gettext_lazy("完成期限"), lambda line: line.due_on, 10),
    Column(gettext_lazy("办理情况"), lambda line: line.state, 10),
]


def with_items(rows):
    """Resolutions with all that their lines show."""
    items = ActionItem.objects.select_related("unit").prefetch_related("assisting").order_by("pk")
    return rows.prefetch_related(Prefetch("action_items", items))


def lines(rows: Iterable[Resolution]) -> Iterator[Line]:
    for resolution in rows:
        items = resolution.action_items.all()
        yield from (Line(resolution, item) for item in items)
        if not items:
            yield Line(resolution)


def resolved(meeting: Meeting, *, by) -> Paper:
    sheet = Paper(_("%(meeting)s议定事项清单") % {"meeting": meeting.title}, landscape=True, by=by)
    sheet.facts(
        [(_("会议时间"), time_words(meeting)), (_("召集单位"), meeting.convened_by.name)], across=2
    )
    sheet.rows(RESOLVED_COLUMNS, of_meeting(meeting))
    return sheet


def of_meeting(meeting: Meeting) -> Iterator[Line]:
    return lines(with_items(meeting.resolutions.filter(struck_at=None)))

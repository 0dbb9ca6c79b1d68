"""When each line of an agenda comes on (议程时刻): pure, from the minutes that it was given."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from alliance.models import AgendaItem, Meeting


@dataclass(frozen=True)
class Length:
    """The minutes of an agenda beside those of its meeting; `open` lines have none yet."""

    total: int
    meeting: int
    open: int

    @property
    def is_over(self) -> bool:
        return self.total > self.meeting

    @property
    def words(self) -> str:
        facts = {"total": self.total, "meeting": self.meeting, "open": self.open}
        words = _("议程共 %(total)d 分钟，会议 %(meeting)d 分钟") % facts
        if self.is_over:
            over = {"words": words, "over": self.total - self.meeting}
            return _("%(words)s，超出 %(over)d 分钟") % over
        if self.open:
            return _("%(words)s，还有 %(open)d 项没有时长") % (facts | {"words": words})
        return words


def timed(meeting: Meeting, items: Iterable[AgendaItem]) -> Length:
    """Each line knows when it `begins` and `ends`; once one has no minutes, those after it begin
    no earlier than that."""
    at, total, unknown, is_exact = meeting.starts_at, 0, 0, True
    for item in items:
        item.begins = at
        item.is_exact = is_exact
        item.ends = at + timedelta(minutes=item.minutes) if item.minutes else None
        total += item.minutes or 0
        if item.ends is None:
            unknown += 1
            is_exact = False
        at = item.ends or at
    length = round((meeting.ends_at - meeting.starts_at) / timedelta(minutes=1))
    return Length(total, length, unknown)

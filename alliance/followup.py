"""What became of the last resolutions (上次议定事项办理情况): the line of an agenda that writes
itself, live until the meeting is held, then as it was told."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import date

from django.conf import settings
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance.models import ActionItem, AgendaItem, Meeting
from alliance.models.meetings import with_group
from nanchuan.kernel.prepared import keys
from nanchuan.kernel.readers import prepared_for_reader

Status = ActionItem.Status


@dataclass(frozen=True)
class Line:
    """One action item: what it says, who owes it until when, and how it stands."""

    pk: int
    number: str
    text: str
    unit: str
    due_on: str
    kind: str  # done | on_time | late | dropped
    style: str
    state: str


def lines(meeting: Meeting, on: date | None = None) -> list[Line]:
    """For the groups that hold the meeting: all that is open, and what was settled since they
    met last; what is late stands first."""
    on = on or timezone.localdate()
    return [_line(item, on) for item in sorted(_items(meeting), key=lambda item: _place(item, on))]


def summary(rows: list[Line]) -> str:
    """“共 12 项：已办结 8、按期办理 3、逾期 1”."""
    if not rows:
        return _("上次会议以来没有需要通报的议定事项。")
    words = (
        ("done", _("已办结 %(number)d")),
        ("on_time", _("按期办理 %(number)d")),
        ("late", _("逾期 %(number)d")),
        ("dropped", _("不再办理 %(number)d")),
    )
    counted = [(text, sum(row.kind == kind for row in rows)) for kind, text in words]
    told = [text % {"number": number} for text, number in counted if number]
    return _("共 %(number)d 项：%(told)s") % {"number": len(rows), "told": _("、").join(told)}


def freeze(meeting: Meeting, on: date | None = None) -> None:
    """The meeting was held: what it was told stays, in the park's language."""
    row = meeting.items.filter(kind=AgendaItem.Kind.FOLLOW_UP).first()
    if row is None or row.frozen is not None:
        return
    with translation.override(settings.LANGUAGE_CODE):
        row.frozen = [asdict(line) for line in lines(meeting, on)]
    row.save(update_fields=["frozen"])


def told(meeting: Meeting, user, items: Iterable[AgendaItem]) -> dict | None:
    """What a page of the meeting shows, and which lines lead on for this reader; None where the
    agenda, its `items`, has no such line.

    A group that was only put down as a partner in a draft has heard of nothing yet: what it owes
    is not shown to others before the notice went out.
    """
    row = next((item for item in items if item.kind == AgendaItem.Kind.FOLLOW_UP), None)
    if row is None:
        return None
    is_frozen = row.frozen is not None
    rows = [Line(**facts) for facts in row.frozen] if is_frozen else lines(meeting)
    seen = {pk for (pk,) in _seen(user, [line.pk for line in rows])} if rows else set()
    if meeting.status == Meeting.Status.DRAFT:
        rows = [line for line in rows if line.pk in seen]
    return {
        "lines": rows,
        "summary": summary(rows),
        "is_frozen": is_frozen,
        "seen": seen,
    }


@prepared_for_reader(list)
def _seen(reader, pks):
    return ActionItem.objects.visible_to(reader).filter(pk__in=keys(pks)).values_list("pk")


def _items(meeting):
    groups = [meeting.group_id, *meeting.partners.values_list("pk", flat=True)]
    before = Meeting.objects.filter(with_group(groups), starts_at__lt=meeting.starts_at)
    before = before.filter(status=Meeting.Status.HELD).exclude(pk=meeting.pk)
    last = before.order_by("-starts_at").first()
    if last is None:
        return []
    told = Q(status__in=ActionItem.OPEN) | Q(closed_at__gte=last.starts_at)
    rows = ActionItem.objects.live().filter(told, resolution__meeting__in=before.values("pk"))
    return rows.select_related("unit")


def _kind(item, on) -> str:
    if item.status == Status.IN_PROGRESS:
        return "late" if item.due_on < on else "on_time"
    return {Status.REPORTED: "on_time", Status.DONE: "done", Status.DROPPED: "dropped"}[item.status]


def _place(item, on):
    rank = {"late": 0, "on_time": 1, "done": 2, "dropped": 3}[_kind(item, on)]
    return rank, item.due_on, item.pk


def _line(item, on) -> Line:
    kind, late = _kind(item, on), max((on - item.due_on).days, 0)
    is_late = kind == "late"
    state = _("逾期 %(days)d 天") % {"days": late} if is_late else item.state_words
    return Line(
        pk=item.pk,
        number=item.number,
        text=item.text,
        unit=str(item.unit),
        due_on=item.due_on.isoformat(),
        kind=kind,
        style="overdue" if is_late else item.state_style,
        state=str(state),
    )

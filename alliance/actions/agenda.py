"""What is on a meeting's agenda (议程)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from django.conf import settings as portal
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from alliance.actions.attendance import require_convener
from alliance.actions.holding import hold_meeting
from alliance.models import AgendaFile, AgendaItem, Meeting, Minutes, Topic
from members.models import Unit
from nanchuan.kernel import events
from nanchuan.kernel.attaching import attach, take_out
from nanchuan.kernel.states import StepRefused

MOST = 60  # lines
FIRST_MINUTES = 10  # for what became of the last resolutions, until somebody plans otherwise
FIELDS = ("title", "minutes", "presenter", "unit", "text")


# ── The first agenda ────────────────────────────────────────────────────────────────────────


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
        title = _("上次议定事项办理情况")
    return AgendaItem(kind=AgendaItem.Kind.FOLLOW_UP, title=title, minutes=FIRST_MINUTES)


# ── Written together ────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Line:
    """A line as it was typed; `pk` is that of the stored one, None for a new one."""

    title: str
    minutes: int | None = None
    presenter: str = ""
    unit: Unit | None = None
    text: str = ""
    pk: int | None = None


def is_open(meeting: Meeting, minutes: Collection[str] | None = None) -> bool:
    """Minutes that were handed in lock the agenda, published ones for good; one that is called
    off keeps its own. `minutes`: the statuses of its versions, where they are known."""
    if meeting.status == Meeting.Status.CANCELLED:
        return False
    if minutes is not None:
        return set(minutes) <= {Minutes.Status.DRAFT}
    return not meeting.minutes.exclude(status=Minutes.Status.DRAFT).exists()


def check_open(meeting: Meeting) -> None:
    if not is_open(meeting):
        raise StepRefused(_("会议已取消，或者纪要已送审、已印发，议程不能再更改。"))


def ordinary(meeting: Meeting):
    return meeting.items.filter(kind=AgendaItem.Kind.ORDINARY)


def first_line(meeting: Meeting) -> AgendaItem | None:
    """What the portal writes; only how long it takes is planned by people."""
    return meeting.items.filter(kind=AgendaItem.Kind.FOLLOW_UP).first()


def fingerprint(meeting: Meeting) -> str:
    """Of the lines as they stand: an editor brings along what was seen."""
    rows = meeting.items.values_list("pk", "order", *FIELDS)
    return sha256(repr(list(rows)).encode()).hexdigest()[:32]


@transaction.atomic
def write(  # noqa: PLR0913
    meeting: Meeting,
    lines: Sequence[Line],
    *,
    removed: Sequence[int] = (),
    first_minutes: int | None = None,
    seen: str,
    by,
    at: datetime | None = None,
) -> None:
    """Keep the lines in this order (编排议程); those of `removed` go, their topics wait again.

    A line that is in neither stays, at the end. `first_minutes` are those of the line that the
    portal writes, None for as before. Raises StepRefused if somebody else wrote
    meanwhile (`seen` is another `fingerprint`), and for a line with votes, resolutions or files
    that should go.
    """
    hold_meeting(meeting)
    require_convener(meeting, by)
    check_open(meeting)
    if seen != fingerprint(meeting):
        raise StepRefused(_("议程刚被别人更改。您填写的内容还在下面，请对照后再保存。"))
    there = {row.pk: row for row in ordinary(meeting)}
    before = list(there)
    changed = _timed_first(meeting, first_minutes)
    for pk in removed:
        if pk in there:
            _give_back_topics(there[pk], by, at)
            remove_row(there.pop(pk))
            changed = True
    order = [_kept(meeting, line, there) for line in lines]
    changed |= any(is_changed for _row, is_changed in order)
    rows = [row for row, _is_changed in order]
    rows += [row for row in there.values() if row not in rows]
    _check_number(meeting, rows)
    _number(meeting, rows)
    if changed or [row.pk for row in rows] != before:
        noted(meeting, by=by, at=at)


def _kept(meeting, line, there) -> tuple[AgendaItem, bool]:
    """The row of a line, and whether it is another than before."""
    row = there.get(line.pk) or AgendaItem(meeting=meeting)
    facts = {name: getattr(line, name) for name in FIELDS}
    changed = row.pk is None or any(getattr(row, name) != facts[name] for name in FIELDS)
    for name, value in facts.items():
        setattr(row, name, value)
    if changed:
        row.save()
    return row, changed


def _timed_first(meeting, minutes) -> bool:
    first = first_line(meeting)
    if first is None or minutes is None or first.minutes == minutes:
        return False
    first.minutes = minutes
    first.save(update_fields=["minutes"])
    return True


def _check_number(meeting, rows):
    if len(rows) > MOST:
        raise StepRefused(_("议程最多 %(most)d 项。") % {"most": MOST})


def _number(meeting, rows):
    """The line that the portal writes stands first."""
    first = meeting.items.filter(kind=AgendaItem.Kind.FOLLOW_UP)
    first.update(order=1)
    start = 2 if first.exists() else 1
    for order, row in enumerate(rows, start):
        if row.order != order:
            row.order = order
            row.save(update_fields=["order"])


def _give_back_topics(item, by, at):
    for topic in item.topics.all():
        topic.step_to(Topic.Status.PROPOSED, item=None, reason="")
        events.record("topic.put_back", subject=topic, by=by, at=at)


def remove_row(item: AgendaItem) -> None:
    """Raises StepRefused for what a meeting voted or resolved on, or has files for."""
    if item.votes.exists() or item.resolutions.exists():
        raise StepRefused(_("“%(item)s”已有表决或议定事项，不能从议程中删去。") % {"item": item})
    if item.files.exists():
        raise StepRefused(_("“%(item)s”有会议材料，请先删去材料，再删去议程。") % {"item": item})
    item.delete()


def noted(meeting: Meeting, *, by, at: datetime | None = None) -> None:
    events.record("meeting.agenda_changed", subject=meeting, by=by, at=at)


# ── Say that it is another one ──────────────────────────────────────────────────────────────


def may_tell(meeting: Meeting, at: datetime | None = None) -> bool:
    """The notice went out, and the agenda was changed since it was last told."""
    if meeting.status != Meeting.Status.CONVENED or meeting.starts_at <= (at or timezone.now()):
        return False
    names = ("meeting.convened", "meeting.agenda_changed", "meeting.agenda_told")
    last = events.history(meeting).filter(name__in=names).first()
    return last is not None and last.name == "meeting.agenda_changed"


@transaction.atomic
def tell(meeting: Meeting, *, by, at: datetime | None = None) -> None:
    """One notice to the units that the agenda is another one (通知议程有变), once for a change."""
    hold_meeting(meeting)
    require_convener(meeting, by)
    if not may_tell(meeting, at):
        raise StepRefused(_("上次通知以后议程没有更改，或会议尚未发出通知、已经开始，不用再通知。"))
    events.record("meeting.agenda_told", subject=meeting, by=by, at=at)


# ── Material ────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def add_files(item: AgendaItem, files, *, by, at: datetime | None = None) -> None:
    """Material for a line (会议材料), for those who are invited."""
    hold_meeting(item.meeting)
    require_convener(item.meeting, by)
    check_open(item.meeting)
    if not files:
        raise StepRefused(_("请选择要添加的文件。"))
    attach(AgendaFile, list(files), by=by, at=at, item=item)
    events.record("meeting.material_added", subject=item.meeting, by=by, at=at)


@transaction.atomic
def take_file(file: AgendaFile, *, by, at: datetime | None = None) -> None:
    meeting = file.item.meeting
    hold_meeting(meeting)
    require_convener(meeting, by)
    check_open(meeting)
    take_out(file)
    events.record("meeting.material_removed", subject=meeting, by=by, at=at)

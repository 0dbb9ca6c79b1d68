"""What a meeting resolves (议定事项), typed while it goes on, and what follows from it (督办事项).

Nobody is bound before the meeting is registered as held: `bind` says so of each item. What
becomes of an item afterwards, `actions.items` says.
"""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.text import Truncator
from django.utils.translation import gettext as _

from alliance.actions import notes
from alliance.models import ActionItem, AgendaItem, Meeting, Resolution, Seat, Vote
from members.models import Unit
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused

PREFIX = "议"  # data
LONGEST = timedelta(days=3 * 366)
LONGEST_TEXT = 1000


@transaction.atomic
def adopt(  # noqa: PLR0913
    meeting: Meeting,
    *,
    text: str,
    item: AgendaItem | None = None,
    vote: Vote | None = None,
    unit: Unit | None = None,
    assisting: Collection[Unit] = (),
    due_on: date | None = None,
    by,
    at: datetime | None = None,
) -> Resolution:
    """The meeting resolves something (议定); with a unit, that unit has to do it until a day.

    Raises StepRefused where nothing may be written down, or for a unit without a day.
    """
    at = at or timezone.now()
    late = notes.take(meeting, by=by, at=at)
    _check_place(meeting, item, vote)
    if unit is None and (due_on or assisting):
        raise StepRefused(_("请选择责任单位，或者不填协办单位和完成期限。"))
    resolution = Resolution.objects.create(
        meeting=meeting,
        item=item,
        vote=vote,
        number=next_number(PREFIX, timezone.localdate(meeting.starts_at).year),
        text=_worded(text),
        entered_by=by,
        entered_at=at,
        is_late_entry=late,
    )
    events.record("resolution.adopted", subject=meeting, by=by, at=at, number=resolution.number)
    if unit is not None:
        _add(resolution, unit, assisting, due_on, resolution.text, by, at)
    return resolution


@transaction.atomic
def change(  # noqa: PLR0913
    resolution: Resolution,
    *,
    text: str,
    item: AgendaItem | None = None,
    vote: Vote | None = None,
    seen: str | None = None,
    by,
    at: datetime | None = None,
) -> None:
    """Put the words of a resolution right (修改). `seen` is the `stamp` that the editor saw.

    What its items say follows where it was the same, unless somebody works on them already.
    Raises StepRefused if somebody else changed it first.
    """
    at = at or timezone.now()
    _take(resolution, by, at)
    _check_seen(resolution, seen)
    _check_place(resolution.meeting, item, vote)
    before, text = resolution.text, _worded(text)
    if (before, resolution.item, resolution.vote) == (text, item, vote):
        return
    resolution.text, resolution.item, resolution.vote = text, item, vote
    resolution.save(update_fields=["text", "item", "vote"])
    _untouched(resolution.action_items.filter(text=before)).update(text=text)
    events.record(
        "resolution.changed", subject=resolution.meeting, by=by, at=at, number=resolution.number
    )


@transaction.atomic
def strike(resolution: Resolution, *, by, at: datetime | None = None) -> None:
    """It was not resolved after all (删去): it stays with its number, and binds nobody. Units that
    were bound already are told."""
    at = at or timezone.now()
    _take(resolution, by, at)
    if resolution.action_items.exclude(status=ActionItem.Status.IN_PROGRESS).exists():
        raise StepRefused(
            _("“%(number)s”的督办事项已有结果，不能删去。") % {"number": resolution.number}
        )
    resolution.struck_at = at
    resolution.save(update_fields=["struck_at"])
    events.record(
        "resolution.struck", subject=resolution.meeting, by=by, at=at, number=resolution.number
    )
    if resolution.meeting.status == Meeting.Status.HELD:
        items = list(resolution.action_items.order_by("pk"))
        events.record_many("item.struck", ((item, {}) for item in items), by=by, at=at)


@transaction.atomic
def add_item(  # noqa: PLR0913
    resolution: Resolution,
    *,
    unit: Unit,
    due_on: date,
    text: str = "",
    assisting: Collection[Unit] = (),
    by,
    at: datetime | None = None,
) -> ActionItem:
    """Another unit has to do something because of a resolution (增加责任单位)."""
    at = at or timezone.now()
    _take(resolution, by, at)
    words = _worded(text) if text.strip() else resolution.text
    return _add(resolution, unit, assisting, due_on, words, by, at)


@transaction.atomic
def change_item(  # noqa: PLR0913
    item: ActionItem,
    *,
    unit: Unit,
    due_on: date,
    text: str = "",
    assisting: Collection[Unit] = (),
    seen: str | None = None,
    by,
    at: datetime | None = None,
) -> None:
    """Put right who has to do it, with whom and until when, while nobody has worked on it.

    After the meeting was registered as held, who has to do it now is told, and who had to.
    """
    at = at or timezone.now()
    resolution = _take_item(item, by, at)
    _check_seen(resolution, seen)
    was = ActionItem.objects.get(pk=item.pk)
    known = {was.unit_id, *was.assisting.values_list("pk", flat=True)}
    check_task(resolution.meeting, unit, assisting, due_on, known=known)
    words = _worded(text) if text.strip() else resolution.text
    new = (unit.pk, due_on, words, {each.pk for each in assisting})
    if new == (was.unit_id, was.due_on, was.text, known - {was.unit_id}):
        return
    item.unit, item.due_on, item.text = unit, due_on, words
    item.save(update_fields=["unit", "due_on", "text"])
    item.assisting.set(assisting)
    _record_item("resolution.item_changed", item, by, at)
    if resolution.meeting.status == Meeting.Status.HELD:
        had = sorted(known - {unit.pk, *(each.pk for each in assisting)})
        name, facts = ("item.reassigned", {"had": had}) if had else ("item.assigned", {})
        events.record(name, subject=item, by=by, at=at, **facts)


@transaction.atomic
def remove_item(item: ActionItem, *, by, at: datetime | None = None) -> None:
    """Take back a unit that was typed by mistake, before anybody was bound (删去责任单位)."""
    at = at or timezone.now()
    resolution = _take_item(item, by, at)
    if resolution.meeting.status == Meeting.Status.HELD:
        raise StepRefused(_("会议已登记召开，督办事项已经生效。不再办理的，请在督办事项里处理。"))
    _record_item("resolution.item_removed", item, by, at)
    item.assisting.clear()
    item.delete()


def bind(meeting: Meeting, *, by, at: datetime | None = None) -> int:
    """The meeting was held: its items bind from now on; answers how many."""
    rows = ActionItem.objects.filter(resolution__meeting=meeting, resolution__struck_at=None)
    items = list(rows.order_by("pk"))
    events.record_many("item.assigned", ((item, {}) for item in items), by=by, at=at)
    return len(items)


def binding(meeting: Meeting) -> list[Resolution]:
    """What a meeting resolved, as it will bind once it is registered as held."""
    rows = meeting.resolutions.filter(struck_at=None)
    return list(rows.prefetch_related("action_items__unit"))


def doubts(meeting: Meeting) -> list[str]:
    """Resolutions that nobody has to carry out, to be confirmed before the meeting is closed."""
    return [
        _("“%(number)s %(text)s”没有责任单位和完成期限，只作为结论记入纪要，不会督办。")
        % {"number": each.number, "text": Truncator(each.text).chars(30)}
        for each in binding(meeting)
        if not each.action_items.all()
    ]


def stamp(resolution: Resolution) -> str:
    """A short mark of what a resolution and its items say; another one after any change."""
    items = [
        (item.pk, item.unit_id, item.due_on, item.text, sorted(unit.pk for unit in units))
        for item in resolution.action_items.all()
        for units in [item.assisting.all()]
    ]
    said = (resolution.text, resolution.item_id, resolution.vote_id, resolution.struck_at, items)
    return sha256(repr(said).encode()).hexdigest()[:16]


def check_task(
    meeting: Meeting,
    unit: Unit,
    assisting: Collection[Unit],
    due_on: date | None,
    known: Collection[int] = (),
) -> None:
    """Who has to do something until when: units of the alliance on the meeting's day, or of the
    meeting; those in `known` were named already."""
    if due_on is None:
        raise StepRefused(_("请填写“%(unit)s”的完成期限。") % {"unit": unit})
    day = timezone.localdate(meeting.starts_at)
    if due_on < day:
        raise StepRefused(_("完成期限不能早于会议日期 %(day)s。") % {"day": day})
    if due_on > day + LONGEST:
        raise StepRefused(_("完成期限在三年以后，请检查年份。"))
    if unit in assisting:
        raise StepRefused(_("“%(unit)s”已是责任单位，不必再列为协办单位。") % {"unit": unit})
    named = {each.pk: each for each in (unit, *assisting) if each.pk not in known}
    able = set(offered_units(meeting).filter(pk__in=named).values_list("pk", flat=True))
    missing = [str(each) for pk, each in named.items() if pk not in able]
    if missing:
        raise StepRefused(
            _("以下单位不是联盟成员，也没有受邀参加这次会议：%(names)s。")
            % {"names": "、".join(missing)}
        )


def offered_units(meeting: Meeting):
    """Who can be asked to do something: units with a seat on the meeting's day, those invited."""
    seated = Seat.objects.current(timezone.localdate(meeting.starts_at)).values("unit")
    invited = meeting.invitations.standing().values("seat__unit")
    rows = Unit.objects.filter(pk__in=seated) | Unit.objects.filter(pk__in=invited)
    return rows | Unit.objects.filter(pk=meeting.convened_by_id)


# ── Writing ─────────────────────────────────────────────────────────────────────────────────


def _add(resolution, unit, assisting, due_on, words, by, at) -> ActionItem:  # noqa: PLR0913, PLR0917
    meeting = resolution.meeting
    check_task(meeting, unit, assisting, due_on)
    numbers = resolution.action_items.values_list("number", flat=True)
    last = max((int(number.rpartition("-")[2]) for number in numbers), default=0)
    item = ActionItem.objects.create(
        resolution=resolution,
        number=f"{resolution.number}-{last + 1}",
        text=words,
        unit=unit,
        due_on=due_on,
    )
    item.assisting.set(assisting)
    _record_item("resolution.item_added", item, by, at)
    if meeting.status == Meeting.Status.HELD:
        events.record("item.assigned", subject=item, by=by, at=at)
    return item


def _record_item(name, item, by, at) -> None:
    subject = item.resolution.meeting
    events.record(name, subject=subject, by=by, at=at, number=item.number)


def _take(resolution, by, at) -> None:
    """Hold its meeting and its items, on which units work, then read it anew."""
    meeting = resolution.meeting
    notes.take(meeting, by=by, at=at)
    items = ActionItem.objects.select_for_update(no_key=True).filter(resolution=resolution)
    list(items.order_by("pk").values_list("pk"))
    resolution.refresh_from_db()
    resolution.meeting = meeting
    if resolution.struck_at is not None:
        raise StepRefused(_("“%(number)s”已经删去。") % {"number": resolution.number})


def _take_item(item, by, at) -> Resolution:
    resolution = item.resolution
    _take(resolution, by, at)
    if not _untouched(ActionItem.objects.filter(pk=item.pk)).exists():
        raise StepRefused(_("这个督办事项已经有人办理或已删去，请刷新后再看。"))
    return resolution


def _untouched(items):
    """Items on which nobody has worked yet."""
    return items.filter(status=ActionItem.Status.IN_PROGRESS, notes=None, extensions=None)


def _check_place(meeting, item, vote) -> None:
    rows = [row for row in (item, vote) if row is not None]
    if any(row.meeting_id != meeting.pk for row in rows):
        raise StepRefused(_("所选的议程或表决不属于这次会议，请刷新后重新选择。"))
    if item and vote and vote.item_id != item.pk:
        raise StepRefused(_("所选的表决不是这项议程的，请重新选择。"))


def _check_seen(resolution, seen) -> None:
    if seen is not None and seen != stamp(resolution):
        raise StepRefused(
            _("“%(number)s”刚被别人修改。请先刷新看看改了什么，再决定是否修改。")
            % {"number": resolution.number}
        )


def _worded(text: str) -> str:
    text = text.strip()
    if not text:
        raise StepRefused(_("请填写议定内容。"))
    if len(text) > LONGEST_TEXT:
        raise StepRefused(
            _("议定内容最多 %(most)d 字，现在有 %(number)d 字。")
            % {"most": LONGEST_TEXT, "number": len(text)}
        )
    return text

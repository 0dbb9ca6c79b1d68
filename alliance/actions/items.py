"""The life of an action item (督办事项) after its meeting: carried on, reported, confirmed, or
dropped; given more time, or given to another unit.

Every action takes `by`, the person who acts, and `at`, the moment it happened. It raises
NotYours when the act belongs to somebody else, and StepRefused with a sentence when the item is
not where the act begins. Whoever acts holds the item's row, so that nobody slips between.
"""

from collections.abc import Iterable
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.item_rights import check
from alliance.actions.rights import office, require, seated_units
from alliance.models import ActionItem, ItemExtension, ItemFile, ItemNote, ItemStep
from members.models import Unit
from nanchuan.kernel import attaching, calendar, events
from nanchuan.kernel.states import StepRefused

Status, What, Answer = ActionItem.Status, ItemStep.What, ItemExtension.Status
LONGEST_EXTENSION = timedelta(days=366)


@transaction.atomic
def note(item: ActionItem, *, text: str, files=(), by, at: datetime | None = None) -> ItemNote:
    """A unit that carries it, or the office, writes what was done (填写进展)."""
    hold(item)
    check(item, "note", by)
    written = _write_note(item, text, files, by, at)
    events.record("item.noted", subject=item, by=by, at=at)
    return written


@transaction.atomic
def report(item: ActionItem, *, effect: str, files=(), by, at: datetime | None = None) -> ItemNote:
    """The responsible unit says that it is done, and with what result (报告完成)."""
    hold(item)
    at = at or timezone.now()
    check(item, "report", by)
    _end_asking(item, by, at)
    item.step_to(Status.REPORTED, effect=effect, reported_at=at)
    written = _write_note(item, effect, files, by, at, is_report=True)
    _keep(item, What.REPORTED, "", by, at)
    events.record("item.reported", subject=item, by=by, at=at)
    return written


@transaction.atomic
def confirm(
    item: ActionItem, *, done_on: date | None = None, by, at: datetime | None = None
) -> None:
    """The office agrees that it is done (确认办结), on the day of the report unless told."""
    hold(item)
    at = at or timezone.now()
    check(item, "confirm", by)
    done_on = done_on or timezone.localdate(item.reported_at)
    check_done_on(item, done_on, timezone.localdate(at))
    item.step_to(Status.DONE, done_on=done_on, closed_at=at)
    _keep(item, What.CONFIRMED, "", by, at)
    events.record("item.confirmed", subject=item, by=by, at=at, done_on=done_on)


@transaction.atomic
def send_back(item: ActionItem, *, reason: str, by, at: datetime | None = None) -> None:
    """The office is not content yet (退回): the work goes on."""
    hold(item)
    check(item, "return", by)
    item.step_to(Status.IN_PROGRESS, effect="", reported_at=None)
    _keep(item, What.RETURNED, reason, by, at)
    events.record("item.returned", subject=item, by=by, at=at)


@transaction.atomic
def drop(item: ActionItem, *, reason: str, by, at: datetime | None = None) -> None:
    """The office gives it up (不再办理)."""
    hold(item)
    at = at or timezone.now()
    check(item, "drop", by)
    _end_asking(item, by, at)
    item.step_to(Status.DROPPED, reason=reason, closed_at=at)
    _keep(item, What.DROPPED, reason, by, at)
    events.record("item.dropped", subject=item, by=by, at=at)


@transaction.atomic
def reopen(item: ActionItem, *, reason: str, by, at: datetime | None = None) -> None:
    """The office takes a settled item up again (重新办理)."""
    hold(item)
    check(item, "reopen", by)
    unsettled = {"reason": "", "effect": "", "done_on": None, "closed_at": None}
    item.step_to(Status.IN_PROGRESS, reported_at=None, **unsettled)
    _keep(item, What.REOPENED, reason, by, at)
    events.record("item.reopened", subject=item, by=by, at=at)


@transaction.atomic
def reassign(  # noqa: PLR0913
    item: ActionItem,
    *,
    unit: Unit,
    assisting: Iterable[Unit] = (),
    reason: str,
    by,
    at: datetime | None = None,
) -> None:
    """The office gives it to another unit, or lets others assist (调整责任单位)."""
    at, assisting = at or timezone.now(), list(assisting)
    hold(item)
    check(item, "reassign", by)
    before = item.unit_id, {row.pk for row in item.assisting.all()}
    if before == (unit.pk, {row.pk for row in assisting}):
        raise StepRefused(_("责任单位和协办单位没有变化。"))
    _check_units(unit, assisting, {before[0], *before[1]}, timezone.localdate(at))
    if unit.pk != before[0]:
        _end_asking(item, by, at)
    item.unit = unit
    item.save(update_fields=["unit"])
    item.assisting.set(assisting)
    _keep(item, What.REASSIGNED, reason, by, at)
    had = sorted({before[0], *before[1]} - {unit.pk, *(row.pk for row in assisting)})
    events.record("item.reassigned", subject=item, by=by, at=at, had=had)


@transaction.atomic
def take_out(file: ItemFile, *, by, at: datetime | None = None) -> None:
    """A file that was added by mistake goes (删除佐证): by the office, or by whoever added it."""
    item = file.note.item
    hold(item)
    check(item, "note", by)
    require(by is None or office(by) or file.added_by_id == by.pk)
    attaching.take_out(file)
    events.record("item.file_removed", subject=item, by=by, at=at)


# ── More time ───────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def extend(
    item: ActionItem, *, due_on: date, reason: str, by, at: datetime | None = None
) -> ItemExtension:
    """The responsible unit asks for more time (申请延期), at least a working day before it is
    due; the office may ask for it later too."""
    hold(item)
    at = at or timezone.now()
    check(item, "extend", by)
    on = timezone.localdate(at)
    check_extension(item, due_on, on)
    if not (by is None or office(by)) and is_too_late_to_ask(item, on):
        raise StepRefused(
            _("延期要在到期前至少 1 个工作日申请，现在已经来不及，请联系园区党务办公室。")
        )
    asked = ItemExtension.objects.create(
        item=item, due_before=item.due_on, due_on=due_on, reason=reason, asked_by=by, asked_at=at
    )
    _tell(asked, "asked", by, at)
    return asked


@transaction.atomic
def grant(item: ActionItem, *, answer: str = "", by, at: datetime | None = None) -> None:
    """The office consents (同意延期): the due day moves."""
    hold(item)
    at = at or timezone.now()
    check(item, "grant", by)
    asked = item.open_extension()
    if asked.due_on < timezone.localdate(at):
        raise StepRefused(_("申请的期限已经过去，请不同意这次申请，由责任单位重新申请。"))
    asked.step_to(Answer.GRANTED, answer=answer, answered_at=at)
    item.due_on = asked.due_on
    item.save(update_fields=["due_on"])
    _keep(item, What.EXTENDED, asked.reason, by, at)
    _tell(asked, "granted", by, at)


@transaction.atomic
def refuse(item: ActionItem, *, answer: str, by, at: datetime | None = None) -> None:
    """The office does not consent (不同意延期), with a reason: the due day stays."""
    hold(item)
    at = at or timezone.now()
    check(item, "refuse", by)
    asked = item.open_extension()
    asked.step_to(Answer.REFUSED, answer=answer, answered_at=at)
    _tell(asked, "refused", by, at)


@transaction.atomic
def withdraw(item: ActionItem, *, by, at: datetime | None = None) -> None:
    """The responsible unit needs no more time after all (撤回延期申请)."""
    hold(item)
    check(item, "withdraw", by)
    _end_asking(item, by, at)


# ── Rules ───────────────────────────────────────────────────────────────────────────────────


def is_too_late_to_ask(item: ActionItem, on: date) -> bool:
    return calendar.working_days_between(on, item.due_on) < 1


def check_extension(item: ActionItem, due_on: date, on: date) -> None:
    if due_on <= item.due_on:
        raise StepRefused(_("新的期限应晚于原定期限 %(day)s。") % {"day": item.due_on})
    if due_on < on:
        raise StepRefused(_("新的期限应是今天或以后的日期。"))
    if due_on - max(item.due_on, on) > LONGEST_EXTENSION:
        raise StepRefused(_("一次延期不能超过一年，请检查年份。"))


def check_done_on(item: ActionItem, done_on: date, on: date) -> None:
    if done_on > on:
        raise StepRefused(_("完成日期还没有到。"))
    if done_on < timezone.localdate(item.resolution.meeting.starts_at):
        raise StepRefused(_("完成日期不能早于议定的那次会议。"))


def _check_units(unit, assisting, known, on) -> None:
    """Units of the alliance on a day; those in `known` carry it already."""
    if unit in assisting:
        raise StepRefused(_("“%(unit)s”已是责任单位，不必再列为协办单位。") % {"unit": unit})
    named = {row.pk: row for row in (unit, *assisting) if row.pk not in known}
    seated = set(seated_units(on).filter(pk__in=named).values_list("pk", flat=True))
    if missing := [str(row) for pk, row in named.items() if pk not in seated]:
        raise StepRefused(
            _("以下单位目前不是联盟成员：%(names)s。") % {"names": "、".join(missing)}
        )


# ── Writing ─────────────────────────────────────────────────────────────────────────────────


def hold(item: ActionItem) -> None:
    """One hand at a time on an item until the end of the transaction; as it is now."""
    list(ActionItem.objects.select_for_update(no_key=True).filter(pk=item.pk).values_list("pk"))
    # Read afterwards: what stands beside a row that was waited for would be as it was before.
    now = ActionItem.objects.select_related("resolution__meeting", "unit").get(pk=item.pk)
    for field in item._meta.concrete_fields:
        setattr(item, field.attname, getattr(now, field.attname))
    item.resolution, item.unit = now.resolution, now.unit


def _end_asking(item, by, at) -> None:
    """An open question that is moot, or no longer wanted, is withdrawn."""
    if asked := item.open_extension():
        asked.step_to(Answer.WITHDRAWN, answered_at=at or timezone.now())
        _tell(asked, "withdrawn", by, at)


def _tell(asked, what, by, at) -> None:
    facts = {"extension": asked.pk, "from": asked.due_before, "to": asked.due_on}
    events.record(f"item.extension_{what}", subject=asked.item, by=by, at=at, **facts)


def _write_note(item, text, files, by, at, **facts) -> ItemNote:
    at = at or timezone.now()
    written = ItemNote.objects.create(item=item, text=text, by=by, at=at, **facts)
    attaching.attach(ItemFile, list(files), by=by, at=at, note=written)
    return written


def _keep(item, what, reason, by, at) -> None:
    ItemStep.objects.create(
        item=item,
        what=what,
        status=item.status,
        unit_id=item.unit_id,
        due_on=item.due_on,
        reason=reason,
        by=by,
        at=at or timezone.now(),
    )

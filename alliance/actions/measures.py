"""The life of a measure (举措): created, carried on, reported, confirmed, or dropped.

Every action takes `by`, the person who acts, and `at`, the moment it happened. It raises
NotYours when the act belongs to somebody else, and StepRefused with a sentence when the measure
is not where the act begins, or when somebody else moved it first.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.measure_rights import check
from alliance.actions.rights import office, require, seated_units
from alliance.models import (
    Measure,
    MeasureFile,
    MeasureNote,
    MeasureStep,
    Meeting,
    Milestone,
    Regulation,
    Resolution,
    Section,
)
from members.models import Unit
from nanchuan.kernel import attaching, events
from nanchuan.kernel.serials import next_number
from nanchuan.kernel.states import StepRefused

Status, What = Measure.Status, MeasureStep.What
LONGEST = timedelta(days=10 * 366)
WHOLE = 100  # percent
LONGEST_TITLE = Measure._meta.get_field("title").max_length
OFFERED_FOR = 2 * 366  # days that what was resolved is offered as a source
CHANGEABLE = ("title", "content", "group", "clause", "resolution", "unit", "starts_on")


@dataclass(frozen=True)
class Planned:
    """A milestone as it shall be; `pk` of one that stands already."""

    title: str
    due_on: date
    pk: int | None = None


@transaction.atomic
def create(
    *,
    milestones: Iterable[Planned] = (),
    assisting: Iterable[Unit] = (),
    by,
    at: datetime | None = None,
    **facts,
) -> Measure:
    """The office writes a measure down (新增举措): from now on its units owe it.

    `facts` are title, content, group (None: the whole alliance), unit, starts_on, due_on, and
    either clause, or resolution, with the action item that it came of if there is one.
    """
    at = at or timezone.now()
    on = timezone.localdate(at)
    require(by is None or office(by))
    milestones, assisting = list(milestones), list(assisting)
    measure = Measure(source=_source(facts), **facts)
    check_days(measure, milestones, on)
    check_source(measure, on)
    check_units(measure, assisting, on)
    measure.number = next_number("举", on.year)  # data
    measure.save()
    measure.assisting.set(assisting)
    _write_milestones(measure, milestones)
    _keep(measure, What.CREATED, "", by, at)
    events.record("measure.created", subject=measure, by=by, at=at)
    return measure


@transaction.atomic
def change(
    measure: Measure,
    *,
    milestones: Iterable[Planned],
    assisting: Iterable[Unit],
    by,
    at: datetime | None = None,
    **facts,
) -> list[str]:
    """The office puts an open measure right (修改举措); returns the names of what changed.

    Another due day is `extend`. A unit that carries the measure already may stay without a seat.
    """
    check(measure, "edit", by)
    hold(measure)
    at = at or timezone.now()
    before = Measure.objects.get(pk=measure.pk)
    milestones, assisting = list(milestones), list(assisting)
    on = timezone.localdate(at)
    changed = [
        name for name in CHANGEABLE if name in facts and facts[name] != getattr(before, name)
    ]
    for name, value in facts.items():
        setattr(measure, name, value)
    measure.source = _source({"clause": measure.clause, "resolution": measure.resolution})
    check_days(measure, milestones, on)
    _check_change(measure, before, assisting, on)
    measure.save(update_fields=[*CHANGEABLE, "source"])
    if set(before.assisting.all()) != set(assisting):
        changed.append("assisting")
        measure.assisting.set(assisting)
    if _write_milestones(measure, milestones):
        changed.append("milestones")
    if not changed:
        return []
    if {"group", "unit"} & set(changed):
        _keep(measure, What.CHANGED, "", by, at)
    events.record("measure.changed", subject=measure, by=by, at=at, changed=changed)
    return changed


@transaction.atomic
def note(  # noqa: PLR0913
    measure: Measure, *, text: str, percent: int, files=(), by, at: datetime | None = None
) -> MeasureNote:
    """A unit that carries it, or the office, writes how far it is (填写进展), 0 to 100 percent."""
    check(measure, "note", by)
    hold(measure)
    if not 0 <= percent <= WHOLE:
        raise StepRefused(_("完成比例应在 0 到 100 之间。"))
    written = _write_note(measure, text, percent, files, by, at)
    events.record("measure.noted", subject=measure, by=by, at=at, percent=percent)
    return written


@transaction.atomic
def finish_milestone(
    milestone: Milestone, *, on: date | None = None, by, at: datetime | None = None
) -> None:
    """A milestone is reached (节点完成), today unless told."""
    at = at or timezone.now()
    measure, today = milestone.measure, timezone.localdate(at)
    check(measure, "milestone", by)
    hold(measure)
    if (on := on or today) > today:
        raise StepRefused(_("完成日期还没有到。"))
    if not Milestone.objects.filter(pk=milestone.pk, done_on=None).update(done_on=on):
        raise StepRefused(_("节点“%(name)s”已经标记完成。") % {"name": milestone})
    milestone.done_on = on
    events.record("measure.milestone_done", subject=measure, by=by, at=at, milestone=milestone.pk)


@transaction.atomic
def reopen_milestone(milestone: Milestone, *, by, at: datetime | None = None) -> None:
    """A milestone was marked by mistake (撤销节点完成)."""
    measure = milestone.measure
    check(measure, "milestone", by)
    hold(measure)
    if not Milestone.objects.filter(pk=milestone.pk, done_on__isnull=False).update(done_on=None):
        raise StepRefused(_("节点“%(name)s”还没有完成。") % {"name": milestone})
    milestone.done_on = None
    events.record("measure.milestone_undone", subject=measure, by=by, at=at, milestone=milestone.pk)


@transaction.atomic
def report(
    measure: Measure, *, effect: str, files=(), by, at: datetime | None = None
) -> MeasureNote:
    """The responsible unit says that it is done, and with what effect (报告完成)."""
    at = at or timezone.now()
    check(measure, "report", by)
    measure.step_to(Status.REPORTED, effect=effect, reported_at=at)
    written = _write_note(measure, effect, WHOLE, files, by, at, is_report=True)
    _keep(measure, What.REPORTED, "", by, at)
    events.record("measure.reported", subject=measure, by=by, at=at)
    return written


@transaction.atomic
def confirm(
    measure: Measure, *, done_on: date | None = None, by, at: datetime | None = None
) -> None:
    """The office agrees that it is done (确认完成), on the day of the report unless told."""
    at = at or timezone.now()
    check(measure, "confirm", by)
    reported_on = timezone.localdate(measure.reported_at)
    done_on = done_on or reported_on
    if done_on > timezone.localdate(at):
        raise StepRefused(_("完成日期还没有到。"))
    if done_on < min(measure.starts_on, reported_on):
        raise StepRefused(_("完成日期不能早于开始日期。"))
    measure.step_to(Status.DONE, done_on=done_on, closed_at=at)
    _keep(measure, What.CONFIRMED, "", by, at)
    events.record("measure.confirmed", subject=measure, by=by, at=at, done_on=done_on)


@transaction.atomic
def send_back(measure: Measure, *, reason: str, by, at: datetime | None = None) -> None:
    """The office is not content yet (退回): the work goes on."""
    check(measure, "return", by)
    measure.step_to(Status.IN_PROGRESS, effect="", reported_at=None)
    _keep(measure, What.RETURNED, reason, by, at)
    events.record("measure.returned", subject=measure, by=by, at=at)


@transaction.atomic
def drop(measure: Measure, *, reason: str, by, at: datetime | None = None) -> None:
    """The office gives it up (不再推进)."""
    at = at or timezone.now()
    check(measure, "drop", by)
    measure.step_to(Status.DROPPED, reason=reason, closed_at=at)
    _keep(measure, What.DROPPED, reason, by, at)
    events.record("measure.dropped", subject=measure, by=by, at=at)


@transaction.atomic
def reopen(measure: Measure, *, reason: str, by, at: datetime | None = None) -> None:
    """The office takes a settled measure up again (重新推进)."""
    check(measure, "reopen", by)
    unsettled = {"reason": "", "effect": "", "done_on": None, "closed_at": None}
    measure.step_to(Status.IN_PROGRESS, reported_at=None, **unsettled)
    _keep(measure, What.REOPENED, reason, by, at)
    events.record("measure.reopened", subject=measure, by=by, at=at)


@transaction.atomic
def extend(measure: Measure, *, due_on: date, reason: str, by, at: datetime | None = None) -> None:
    """The office sets another due day (调整完成期限), with the reason."""
    at = at or timezone.now()
    check(measure, "extend", by)
    check_extension(measure, due_on, timezone.localdate(at))
    before = measure.due_on
    unmoved = Measure.objects.filter(pk=measure.pk, status=measure.status, due_on=before)
    if not unmoved.update(due_on=due_on):
        raise StepRefused(_("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": measure})
    measure.due_on = due_on
    _keep(measure, What.EXTENDED, reason, by, at)
    facts = {"from": before, "to": due_on}
    events.record("measure.extended", subject=measure, by=by, at=at, **facts)


@transaction.atomic
def take_out(file: MeasureFile, *, by, at: datetime | None = None) -> None:
    """A file that was added by mistake goes (删除佐证): by the office, or by whoever added it."""
    measure = file.note.measure
    check(measure, "note", by)
    require(by is None or office(by) or file.added_by_id == by.pk)
    hold(measure)
    attaching.take_out(file)
    events.record("measure.file_removed", subject=measure, by=by, at=at)


# ── Rules ───────────────────────────────────────────────────────────────────────────────────


def check_days(measure: Measure, milestones: Iterable[Planned], on: date) -> None:
    if abs(measure.starts_on - on) > LONGEST:
        raise StepRefused(_("开始日期和今天相差十年以上，请检查年份。"))
    if measure.due_on < measure.starts_on:
        raise StepRefused(_("完成期限不能早于开始日期。"))
    if measure.due_on - measure.starts_on > LONGEST:
        raise StepRefused(_("完成期限在开始日期十年以后，请检查年份。"))
    outside = [
        planned.title
        for planned in milestones
        if not measure.starts_on <= planned.due_on <= measure.due_on
    ]
    if outside:
        raise StepRefused(
            _("节点的期限应在开始日期和完成期限之间：%(names)s。") % {"names": "、".join(outside)}
        )


def check_source(measure: Measure, on: date) -> None:
    """An article of a version in force, or what a meeting resolved that was held."""
    if measure.clause and not offered_clauses(on).filter(pk=measure.clause.pk).exists():
        raise StepRefused(_("所选条款不在现行的章程和制度中，请重新选择。"))
    resolution, item = measure.resolution, measure.item
    if resolution and resolution.meeting.status != Meeting.Status.HELD:
        raise StepRefused(_("“%(meeting)s”还没有召开。") % {"meeting": resolution.meeting})
    if resolution and resolution.struck_at:
        raise StepRefused(_("“%(resolution)s”已经删去。") % {"resolution": resolution})
    if item and (resolution is None or item.resolution_id != resolution.pk):
        raise StepRefused(_("督办事项不是出自所选的议定事项，请重新选择。"))


def check_units(measure: Measure, assisting: list[Unit], on: date, known=frozenset()) -> None:
    """Units of the alliance on a day; those in `known` were in it when they were named."""
    if measure.unit in assisting:
        raise StepRefused(
            _("“%(unit)s”已是责任单位，不必再列为协办单位。") % {"unit": measure.unit}
        )
    named = {unit.pk: unit for unit in (measure.unit, *assisting) if unit.pk not in known}
    seated = set(seated_units(on).filter(pk__in=named).values_list("pk", flat=True))
    missing = [str(unit) for pk, unit in named.items() if pk not in seated]
    if missing:
        raise StepRefused(
            _("以下单位目前不是联盟成员：%(names)s。") % {"names": "、".join(missing)}
        )


def check_extension(measure: Measure, due_on: date, on: date) -> None:
    if due_on == measure.due_on:
        raise StepRefused(_("完成期限没有变化。"))
    if due_on < on:
        raise StepRefused(_("新的完成期限应是今天或以后的日期。"))
    standing = measure.milestones.all()
    measure = Measure(starts_on=measure.starts_on, due_on=due_on)
    check_days(measure, [Planned(each.title, each.due_on) for each in standing], on)


def facts_of(item) -> dict:
    """What a measure that carries on an action item (督办事项) begins with."""
    return {
        "title": item.text[:LONGEST_TITLE],
        "content": item.text,
        "group": item.resolution.meeting.group,
        "resolution": item.resolution,
        "unit": item.unit,
        "assisting": list(item.assisting.all()),
        "due_on": item.due_on,
    }


def offered_clauses(on: date | None = None):
    """Articles of the versions in force on a day."""
    versions = Regulation.objects.in_force(on)
    rows = Section.objects.filter(regulation__in=versions, level=Section.Level.ARTICLE)
    return rows.select_related("regulation").order_by("regulation__text", "order")


def offered_resolutions(user, on: date | None = None):
    """What was resolved lately by meetings that were held."""
    since = (on or timezone.localdate()) - timedelta(days=OFFERED_FOR)
    rows = Resolution.objects.visible_to(user).filter(
        meeting__status=Meeting.Status.HELD, meeting__starts_at__date__gte=since, struck_at=None
    )
    return rows.select_related("meeting").order_by("-meeting__starts_at", "meeting", "pk")


# ── Writing ─────────────────────────────────────────────────────────────────────────────────


def hold(measure: Measure) -> None:
    """Lock a measure that keeps its status; refuse when somebody moved it first."""
    unmoved = Measure.objects.filter(pk=measure.pk, status=measure.status)
    if not unmoved.update(status=measure.status):
        raise StepRefused(_("“%(name)s”刚被别人更新，请刷新后再试。") % {"name": measure})


def _source(facts) -> str:
    clause, resolution = facts.get("clause"), facts.get("resolution")
    if (clause is None) == (resolution is None):
        raise StepRefused(_("请选择举措出自哪一条款，或哪次会议的议定事项。"))
    return Measure.Source.CLAUSE if clause else Measure.Source.RESOLUTION


def _check_change(measure, before, assisting, on):
    """What stood before may stay, although it could not be chosen today."""
    if (measure.clause_id, measure.resolution_id) != (before.clause_id, before.resolution_id):
        check_source(measure, on)
    known = {before.unit_id, *before.assisting.values_list("pk", flat=True)}
    check_units(measure, assisting, on, known)


def _write_milestones(measure, milestones: list[Planned]) -> bool:
    """Make the stored milestones the wanted ones; whether anything changed."""
    stored = {each.pk: each for each in measure.milestones.all()}
    wanted = {planned.pk for planned in milestones if planned.pk in stored}
    changed = bool(stored.keys() - wanted)
    measure.milestones.exclude(pk__in=wanted).delete()
    for planned in milestones:
        row = stored.get(planned.pk) or Milestone(measure=measure)
        if (row.title, row.due_on) != (planned.title, planned.due_on):
            row.title, row.due_on, changed = planned.title, planned.due_on, True
            row.save()
    return changed


def _write_note(measure, text, percent, files, by, at, **facts):  # noqa: PLR0913, PLR0917
    at = at or timezone.now()
    written = MeasureNote.objects.create(
        measure=measure, text=text, percent=percent, by=by, at=at, **facts
    )
    attaching.attach(MeasureFile, list(files), by=by, at=at, note=written)
    return written


def _keep(measure, what, reason, by, at):
    MeasureStep.objects.create(
        measure=measure,
        what=what,
        status=measure.status,
        group_id=measure.group_id,
        unit_id=measure.unit_id,
        due_on=measure.due_on,
        reason=reason,
        by=by,
        at=at or timezone.now(),
    )

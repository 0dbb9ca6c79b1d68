"""What the alliance tells in a bulletin: meetings, what they resolved, measures, turns.

A meeting belongs to the quarter in which it took place; who came is told as it is recorded. How
something stands is told as of the end of the quarter: what happens later never changes it.
"""

from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance import quorum
from alliance.models import (
    ActionItem,
    Handover,
    ItemExtension,
    ItemStep,
    Measure,
    Meeting,
    Resolution,
    Turn,
)
from alliance.statements import Quarter, Statement
from nanchuan.kernel.bulletins import Issue, Line, bulletin_section
from nanchuan.kernel.papers import written

Status = ActionItem.Status


def held(issue: Issue):
    rows = Meeting.objects.visible_to(issue.user).filter(status=Meeting.Status.HELD)
    rows = rows.between(issue.first, issue.last)
    return rows.of_group(issue.group) if issue.group else rows


@bulletin_section("meetings", gettext_lazy("会议召开"), order=10)
def meetings(issue):
    rows = held(issue).with_attendance().select_related("kind", "regulation")
    for meeting in rows.order_by("starts_at", "pk"):
        facts = {"day": written(timezone.localdate(meeting.starts_at)), "title": meeting.title}
        found = quorum.of_row(meeting)
        state = "" if found.attended is None else found.result
        text = _("%(day)s，%(title)s") % facts
        yield Line(text, state, meeting.status, "alliance:meeting-detail", meeting.pk)


@bulletin_section("resolutions", gettext_lazy("议定事项"), order=20)
def resolutions(issue):
    """A line for each action item, or for a resolution that has none."""
    asked = ItemExtension.objects.filter(status=ItemExtension.Status.GRANTED).order_by("pk")
    items = ActionItem.objects.select_related("unit").prefetch_related(
        Prefetch("steps", ItemStep.objects.select_related("unit").order_by("at", "pk")),
        Prefetch("extensions", asked),
    )
    rows = Resolution.objects.counted().filter(meeting__in=held(issue))
    rows = rows.prefetch_related(Prefetch("action_items", items.order_by("pk")))
    for resolution in rows.order_by("meeting__starts_at", "meeting", "pk"):
        known = list(resolution.action_items.all())
        for item in known:
            text = f"{item.number} {item.text}"
            yield Line(text, *_stood(resolution, item, issue), "alliance:item-detail", item.pk)
        if not known:
            yield Line(str(resolution))


def _stood(resolution, item, issue) -> tuple[str, str]:
    """Words and style of an item at the end of the issue; blank for what was written later."""
    if resolution.entered_at >= issue.end:
        return "", ""
    steps = item.steps.all()
    before = [step for step in steps if step.at < issue.end]
    later = [step for step in steps if step.at >= issue.end]
    status = before[-1].status if before else Status.IN_PROGRESS
    due_on = before[-1].due_on if before else _due_before(item, issue)
    is_late = status == Status.IN_PROGRESS and due_on < issue.last
    state = _("逾期") if is_late else str(Status(status).label)
    facts = {"unit": _unit(item, before, later), "due": written(due_on), "state": state}
    words = _("%(unit)s，期限%(due)s，%(state)s") if facts["unit"] else _("期限%(due)s，%(state)s")
    return words % facts, "overdue" if is_late else status


def _due_before(item, issue):
    """The due day before more time was given after the issue."""
    given = [each for each in item.extensions.all() if each.answered_at >= issue.end]
    return given[0].due_before if given else item.due_on


def _unit(item, before, later) -> str:
    """Whose it was; nobody wrote down whose it had been before it was first given to another."""
    if before:
        return before[-1].unit.name
    moved = any(step.what == ItemStep.What.REASSIGNED for step in later)
    return "" if moved else item.unit.name


@bulletin_section("measures", gettext_lazy("完成的举措"), order=30)
def measures(issue):
    statement = Statement(issue.user, Quarter.of(issue.first), issue.last)
    group = issue.group.pk if issue.group else None
    for row in statement.chosen(Measure.Status.DONE.value, group):
        text = f"{row.measure.number} {row.measure.title}（{row.unit}）"
        yield Line(text, row.state_words, row.state, "alliance:measure-detail", row.measure_id)


@bulletin_section("turns", gettext_lazy("轮值"), order=40)
def turns(issue):
    rows = Turn.objects.visible_to(issue.user).overlapping(issue.first, issue.last)
    rows = rows.filter(seat__isnull=False)
    if issue.group:
        rows = rows.filter(group=issue.group)
    for turn in rows.select_related("group", "seat__unit").order_by("group__order", "starts_on"):
        text = f"{turn.group} {turn.period_words} {turn.holder}"
        yield Line(text, turn.theme, "", "alliance:turn-detail", turn.pk)


@bulletin_section("handovers", gettext_lazy("轮值交接"), order=45)
def handovers(issue):
    rows = Handover.objects.visible_to(issue.user)
    rows = rows.filter(done_at__gte=issue.begin, done_at__lt=issue.end)
    if issue.group:
        rows = rows.filter(turn__group=issue.group)
    rows = rows.select_related("turn__group", "turn__seat__unit", "arriving__seat__unit")
    for row in rows.order_by("done_at", "pk"):
        facts = {
            "group": row.turn.group,
            "leaving": row.turn.holder,
            "arriving": row.arriving.holder if row.arriving else "",
        }
        text = _("%(group)s：%(leaving)s移交%(arriving)s") % facts
        day = written(timezone.localdate(row.done_at))
        yield Line(text, day, "done", "alliance:handover-detail", row.pk)

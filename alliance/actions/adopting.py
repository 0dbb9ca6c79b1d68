"""Topics become lines of an agenda (列入议程), and go back; what was deferred comes again."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from alliance.actions import duty_steps
from alliance.actions.agenda import MOST, check_open, noted, remove_row
from alliance.actions.attendance import require_convener
from alliance.actions.holding import hold_meeting
from alliance.actions.topics import COLLECTING, Status
from alliance.models import AgendaItem, Meeting, Topic
from alliance.models.meetings import with_group
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

LONGEST = AgendaItem._meta.get_field("title").max_length
LONGEST_TEXT = AgendaItem._meta.get_field("text").max_length


@transaction.atomic
def adopt(  # noqa: PLR0913
    meeting: Meeting,
    topics: Sequence[Topic],
    *,
    title: str = "",
    item: AgendaItem | None = None,
    by,
    at: datetime | None = None,
) -> AgendaItem:
    """Put topics on the agenda: one or several as one new line, or beside those of `item`.

    Without a `title` the line is called like the first. Raises StepRefused if one of them has
    its answer already, or the agenda is closed.
    """
    hold_meeting(meeting)
    require_convener(meeting, by)
    check_open(meeting)
    rows = list(meeting.topics.filter(pk__in=[topic.pk for topic in topics]).select_related("unit"))
    if not rows:
        raise StepRefused(_("请先选择要列入议程的议题。"))
    if meeting.status not in COLLECTING:
        raise StepRefused(_("会议已召开，没有列入议程的议题可以留待下次。"))
    if item is None:
        item = _line(meeting, rows, title.strip())
    elif item.kind != AgendaItem.Kind.ORDINARY or item.meeting_id != meeting.pk:
        raise StepRefused(_("这一项议程由系统生成，不能并入议题。"))
    for topic in rows:
        topic.meeting = meeting
        topic.step_to(Status.ADOPTED, item=item, reason="")
        events.record("topic.adopted", subject=topic, by=by, at=at)
    noted(meeting, by=by, at=at)
    duty_steps.topics_settled(meeting, by=by, at=at)
    return item


def _line(meeting, topics, title) -> AgendaItem:
    """The new last line, with what its topics say."""
    last = meeting.items.order_by("-order").values_list("order", flat=True).first() or 0
    if meeting.items.count() >= MOST:
        raise StepRefused(_("议程最多 %(most)d 项。") % {"most": MOST})
    minutes = [topic.minutes for topic in topics if topic.minutes]
    units = {topic.unit_id for topic in topics}
    presenters = {topic.presenter for topic in topics}
    return AgendaItem.objects.create(
        meeting=meeting,
        order=last + 1,
        title=(title or topics[0].title)[:LONGEST],
        minutes=min(sum(minutes), 720) or None,
        presenter=presenters.pop() if len(presenters) == 1 else "",
        unit_id=units.pop() if len(units) == 1 else None,
        text="\n".join(topic.text for topic in topics if topic.text)[:LONGEST_TEXT],
    )


@transaction.atomic
def put_back(topic: Topic, *, by, at: datetime | None = None) -> None:
    """Its answer is taken back (重新考虑); its line of the agenda goes with the last topic of it.

    Raises StepRefused if that line has votes, resolutions or files.
    """
    meeting = topic.meeting
    hold_meeting(meeting)
    topic.refresh_from_db(fields=["status", "item"])
    require_convener(meeting, by)
    check_open(meeting)
    if meeting.status not in COLLECTING:
        raise StepRefused(_("会议已召开，议题的答复不能再更改。"))
    item = topic.item
    topic.step_to(Status.PROPOSED, item=None, reason="")
    events.record("topic.put_back", subject=topic, by=by, at=at)
    if item is not None and not item.topics.exists():
        remove_row(item)
        noted(meeting, by=by, at=at)


def left_over(meeting: Meeting) -> QuerySet[Topic]:
    """Topics that wait for a next meeting (留待下次), or whose meeting was called off.

    Only where each group that holds this one held the other too: nobody reads for the first time
    what a unit told another circle.
    """
    groups = [meeting.group_id, *meeting.partners.values_list("pk", flat=True)]
    waiting = Q(status=Status.DEFERRED) | Q(
        status__in=(Status.PROPOSED, Status.ADOPTED), meeting__status=Meeting.Status.CANCELLED
    )
    others = Meeting.objects.exclude(pk=meeting.pk)
    for group in groups:
        others = others.filter(with_group(group))
    rows = Topic.objects.filter(waiting, meeting__in=others.values("pk"))
    return rows.select_related("unit", "meeting").order_by("proposed_at", "pk")


@transaction.atomic
def take_over(meeting: Meeting, topics: Sequence[Topic], *, by, at: datetime | None = None) -> int:
    """Topics that were left over wait for an answer of this meeting, with who supports them.

    Returns how many. Raises StepRefused if none of them waits any more.
    """
    hold_meeting(meeting)
    require_convener(meeting, by)
    check_open(meeting)
    if meeting.status not in COLLECTING:
        raise StepRefused(_("会议已召开，不能再接过议题。"))
    wanted = left_over(meeting).filter(pk__in=[topic.pk for topic in topics])
    # Of two meetings that reach for one, the second finds it gone.
    rows = list(wanted.select_for_update(of=("self",), no_key=True))
    if not rows:
        raise StepRefused(_("所选议题已由别的会议接过去，请刷新后再选。"))
    for topic in rows:
        before, facts = topic.meeting_id, {"meeting": meeting, "item": None, "reason": ""}
        if topic.status != Status.PROPOSED:
            topic.step_to(Status.PROPOSED, **facts)
        else:
            Topic.objects.filter(pk=topic.pk).update(**facts)
        events.record("topic.taken_over", subject=topic, by=by, at=at, meeting_from=before)
    return len(rows)

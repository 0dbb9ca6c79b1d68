"""The meetings of the invented park: agendas, replies, check-ins, votes, what was resolved and what
became of it, and the minutes."""

from datetime import timedelta

from django.db.models import OuterRef, Subquery

from alliance import minuting
from alliance.models import (
    ActionItem,
    AgendaItem,
    CheckIn,
    Invitation,
    ItemExtension,
    ItemNote,
    ItemStep,
    Meeting,
    MeetingKind,
    Minutes,
    MinutesRevision,
    Resolution,
    Support,
    Topic,
    Vote,
)
from copying import numbered
from nanchuan.portal.demo import park as words
from scale import DAY, MEETINGS, NOW, SECRETARY, STAFF, TODAY, TURNS, TURNS_PAST, morning

Status, Reply = ActionItem.Status, Invitation.Reply
HOUR = timedelta(hours=1)
QUORUM = 50  # percent
TITLES = ["上次议定事项办理情况", *words.AGENDAS[0].splitlines()[1:]]
RESOLVED = "由责任单位牵头，会同协办单位提出共享用工方案"
LASTS = 60 * DAY
OPENING = "会议听取了上次议定事项办理情况的通报，研究了各成员单位提交的议题。"
DISCUSSED = "与会单位介绍了各自情况，一致认为应当由小组统一安排，减少重复投入。" * 3


def tables(size, turns, seats):
    meetings = list(numbered(met(size, turns)))
    yield Meeting, meetings
    items = list(numbered(lines(meetings)))
    yield AgendaItem, items
    yield from proposed(meetings, items, seats)
    invitations = list(numbered(invited(meetings, seats)))
    yield Invitation, invitations
    yield CheckIn, (arrival(row) for row in invitations if came(row))
    held = [meeting for meeting in meetings if meeting.status == Meeting.Status.HELD]
    votes = list(numbered(vote_of(meeting, lines_of(meeting, items)[1]) for meeting in held))
    yield Vote, votes
    resolutions = list(numbered(resolved(size, held, items, votes)))
    yield Resolution, resolutions
    yield from carried(size, resolutions)
    written = list(numbered(minutes_of(size, held)))
    yield Minutes, written
    yield MinutesRevision, (revision(row, lines_of(row.meeting, items)) for row in written)


def met(size, turns):
    """In each group one meeting a quarter, one that is to come, and a draft; of the latest one
    of the last group nobody has said yet that it was held."""
    kinds = list(MeetingKind.objects.all())
    for number in range(TURNS_PAST + 1):
        for group in range(size.groups):
            turn = turns[group * TURNS + number]
            starts_at = morning(turn.starts_on + 20 * DAY)
            is_held = starts_at < NOW and (group, number) != (size.groups - 1, TURNS_PAST - 1)
            status = Meeting.Status.HELD if is_held else Meeting.Status.CONVENED
            kind = kinds[(group + 1) % len(kinds)]
            yield meeting_of(turn, kind, f"第{number + 1}次联席会议", starts_at, status)
    for group in range(size.groups):
        turn = turns[group * TURNS + TURNS_PAST]
        starts_at = morning(turn.starts_on + 60 * DAY)
        yield meeting_of(turn, kinds[0], "草拟的联席会议", starts_at, Meeting.Status.DRAFT)


def meeting_of(turn, kind, title, starts_at, status):
    is_held = status == Meeting.Status.HELD
    return Meeting(
        group_id=turn.group_id,
        kind=kind,
        title=title,
        starts_at=starts_at,
        ends_at=starts_at + 2 * HOUR,
        place="" if status == Meeting.Status.DRAFT else "园区会议厅",
        chair="李书记",
        recorder="王办公",
        convened_by_id=turn.seat_id,  # seats are numbered like their units
        turn=turn,
        regulation_id=MEETINGS,
        topics_called_at=starts_at - 26 * DAY,
        held_at=starts_at + 2 * HOUR if is_held else None,
        quorum_percent=QUORUM if is_held else None,
        minutes_due_on=starts_at.date() + 5 * DAY if is_held else None,
        status=status,
    )


def lines(meetings):
    """First what became of the last resolutions; as it was told where the meeting was held."""
    follow_up, ordinary = AgendaItem.Kind.FOLLOW_UP, AgendaItem.Kind.ORDINARY
    for meeting in meetings:
        is_held = meeting.status == Meeting.Status.HELD
        for order, title in enumerate(TITLES, 1):
            yield AgendaItem(
                meeting=meeting,
                kind=ordinary if order > 1 else follow_up,
                order=order,
                title=title,
                minutes=15,
                presenter="李书记",
                unit_id=meeting.convened_by_id if order > 1 else None,
                text="请各单位提前准备。" if order > 1 else "",
                frozen=told_then(meeting) if is_held and order == 1 else None,
            )


def told_then(meeting):
    return [
        {
            "pk": number,
            "number": f"议-{TODAY.year}-{number:04}-1",
            "text": RESOLVED,
            "unit": f"测试企业{meeting.convened_by_id}",
            "due_on": (meeting.starts_at.date() + DAY * number).isoformat(),
            "kind": "done",
            "style": "done",
            "state": "已办结",
        }
        for number in (1, 2, 3)
    ]


def lines_of(meeting, items):
    """Items are numbered as they were written."""
    first = (meeting.pk - 1) * len(TITLES)
    return items[first : first + len(TITLES)]


def proposed(meetings, items, seats):
    """For each meeting two topics, one of them on the agenda; each has a second behind it."""
    own = {}
    for seat in seats:
        own.setdefault(seat.group_id, []).append(seat.unit_id)
    topics = list(
        numbered(
            Topic(
                meeting=meeting,
                unit_id=own[meeting.group_id][place],
                title="用工余缺如何在小组内调剂",
                text="希望商定共享用工的办法。",
                minutes=20,
                presenter="李书记",
                item=lines_of(meeting, items)[1] if place == 0 else None,
                status=(Topic.Status.ADOPTED, Topic.Status.DEFERRED)[place],
                reason="留待下次" if place else "",
                proposed_by_id=SECRETARY,
                proposed_at=meeting.starts_at - 20 * DAY,
            )
            for meeting in meetings
            for place in (0, 1)
        )
    )
    yield Topic, topics
    backs = {topic.pk: own[topic.meeting.group_id][2] for topic in topics}
    yield (
        Support,
        (Support(topic=topic, unit_id=backs[topic.pk], by_id=SECRETARY) for topic in topics),
    )


# ── Who is invited, and who came ────────────────────────────────────────────────────────────


def invited(meetings, seats):
    """To every seat of the group and of the whole alliance; one in ten does not come."""
    for meeting in meetings:
        if meeting.status == Meeting.Status.DRAFT:
            continue
        for seat in seats:
            if seat.group_id in (meeting.group_id, None):
                yield invitation_of(meeting, seat)


def invitation_of(meeting, seat):
    reply = reply_of(seat.pk + meeting.pk)
    return Invitation(
        meeting=meeting,
        seat=seat,
        unit_name=f"测试企业{seat.unit_id}",
        reply=reply,
        attendee="" if reply in ("", Reply.LEAVE) else "李书记",
        job="" if reply in ("", Reply.LEAVE) else "党支部书记",
        mandate=Invitation.Mandate.FULL if reply == Reply.SUBSTITUTE else "",
        reason="外出学习" if reply == Reply.LEAVE else "",
        replied_at=meeting.starts_at - 10 * DAY if reply else None,
        replied_by_id=SECRETARY if reply else None,
    )


def reply_of(number):
    """Of ten seats one is on leave, one sends somebody else, one does not answer."""
    return {0: Reply.LEAVE, 1: Reply.SUBSTITUTE, 2: ""}.get(number % 10, Reply.ATTEND)


def came(invitation):
    held = invitation.meeting.status == Meeting.Status.HELD
    return held and invitation.reply != Reply.LEAVE


def arrival(invitation, by=STAFF):
    """Most in time, every fifteenth a little late."""
    late = invitation.seat_id % 15 == 0
    starts_at = invitation.meeting.starts_at
    return CheckIn(
        meeting=invitation.meeting,
        invitation=invitation,
        name=invitation.attendee,
        unit_name=invitation.unit_name,
        is_substitute=invitation.reply == Reply.SUBSTITUTE,
        way=CheckIn.Way.CHAIR,
        at=starts_at + (1 if late else -1) * timedelta(minutes=invitation.seat_id % 20 + 1),
        entered_at=starts_at,
        entered_by_id=by,
    )


# ── What was resolved, and what became of it ────────────────────────────────────────────────


def vote_of(meeting, item):
    return Vote(
        meeting=meeting,
        item=item,
        question="是否同意由小组统一安排",
        entitled=14,
        present=13,
        in_favour=12,
        abstained=1,
        entered_by_id=SECRETARY,
        entered_at=meeting.starts_at + HOUR,
    )


def resolved(size, held, items, votes):
    """On every item of the agenda but the first, in turn."""
    each = size.resolutions // len(held)
    for number in range(each * len(held)):
        meeting, vote = held[number // each], votes[number // each]
        place = number % each % (len(TITLES) - 1) + 1
        item = lines_of(meeting, items)[place]
        yield resolution_of(meeting, item, vote if place == 1 else None, number + 1)


def resolution_of(meeting, item, vote, number):
    return Resolution(
        meeting=meeting,
        item=item,
        vote=vote,
        number=f"议-{TODAY.year}-{number:04}",
        text=RESOLVED,
        entered_by_id=SECRETARY,
        entered_at=meeting.starts_at + HOUR,
    )


def carried(size, resolutions):
    """Each by a unit of the group, assisted by another; what is past is done, but for some that
    are late, dropped, reported, or ask for more time."""
    items = list(numbered(item_of(row, unit_for(size, row), row.pk) for row in resolutions))
    yield ActionItem, items
    through = ActionItem.assisting.through
    assists = (through(actionitem=row, unit_id=row.unit_id % size.seated + 1) for row in items)
    yield through, assists
    yield ItemNote, (note_of(row, number) for row in items for number in (1, 2))
    yield ItemStep, (step for row in items for step in steps_of(row))
    asking = [row for row in items if row.status == Status.IN_PROGRESS and row.pk % 4 == 0]
    yield ItemExtension, (extension_of(row) for row in asking)


def unit_for(size, resolution):
    """Units stand group by group."""
    first = (resolution.meeting.group_id - 1) * size.group_seats
    return first + resolution.pk % size.group_seats + 1


def item_of(resolution, unit, place):
    due_on = resolution.meeting.starts_at.date() + LASTS
    status = status_of(place, due_on)
    is_closed = status in (Status.DONE, Status.DROPPED)
    return ActionItem(
        resolution=resolution,
        number=f"{resolution.number}-1",
        text=resolution.text,
        unit_id=unit,
        due_on=due_on,
        status=status,
        effect="已建立共享用工台账，三家企业互相调剂。" if status in ("reported", "done") else "",
        reason="条件不具备" if status == Status.DROPPED else "",
        reported_at=morning(due_on - DAY) if status in ("reported", "done") else None,
        done_on=due_on - DAY if status == Status.DONE else None,
        closed_at=morning(due_on) if is_closed else None,
    )


def status_of(place, due_on):
    if due_on >= TODAY or place % 10 == 0:
        return Status.IN_PROGRESS
    return {1: Status.DROPPED, 2: Status.REPORTED}.get(place % 10, Status.DONE)


def note_of(item, number):
    at = item.resolution.meeting.starts_at + 10 * DAY * number
    return ItemNote(item=item, text=words.PHRASES[number], by_id=SECRETARY, at=at)


def steps_of(item):
    what = ItemStep.What
    steps = {
        Status.REPORTED: ((what.REPORTED, Status.REPORTED),),
        Status.DONE: ((what.REPORTED, Status.REPORTED), (what.CONFIRMED, Status.DONE)),
        Status.DROPPED: ((what.DROPPED, Status.DROPPED),),
    }
    for said, status in steps.get(item.status, ()):
        yield ItemStep(
            item=item,
            what=said,
            status=status,
            unit_id=item.unit_id,
            due_on=item.due_on,
            by_id=STAFF,
            at=morning(item.due_on),
        )


def extension_of(item):
    due_on = item.due_on + 20 * DAY
    return ItemExtension(
        item=item, due_before=item.due_on, due_on=due_on, reason="设备未到", asked_by_id=SECRETARY
    )


# ── Minutes ─────────────────────────────────────────────────────────────────────────────────


def minutes_of(size, held):
    """Published, but for the latest of each group, which are still written."""
    last = {meeting.group_id: meeting.pk for meeting in held}
    for number, meeting in enumerate(held, 1):
        is_draft = last[meeting.group_id] == meeting.pk
        yield minutes_in(meeting, number, is_draft=is_draft)


def minutes_in(meeting, number, *, is_draft):
    return Minutes(
        meeting=meeting,
        number="" if is_draft else f"联盟纪〔{TODAY.year}〕{number}号",
        status=Minutes.Status.DRAFT if is_draft else Minutes.Status.PUBLISHED,
        published_at=None if is_draft else meeting.ends_at + 3 * DAY,
    )


def revision(minutes, items):
    typed = {minuting.key_of(item): DISCUSSED for item in items}
    return MinutesRevision(
        minutes=minutes,
        sections={minuting.OPENING: OPENING, **typed, minuting.CLOSING: DISCUSSED},
        by_id=SECRETARY,
        at=minutes.meeting.ends_at,
    )


def publish(rows=None):
    """Minutes know what was typed, and those that are out keep the whole document."""
    rows = Minutes.objects.all() if rows is None else rows
    last = MinutesRevision.objects.filter(minutes=OuterRef("pk")).values("pk")[:1]
    rows.update(head=Subquery(last))
    published = rows.published().select_related(
        "meeting__group", "meeting__kind", "meeting__convened_by", "meeting__regulation", "head"
    )
    for minutes in published:
        minutes.content = minuting.frozen(minutes)
        minutes.save(update_fields=["content"])

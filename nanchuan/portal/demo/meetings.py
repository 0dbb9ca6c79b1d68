"""The demo's joint meetings from the call for topics to the printed minutes: each step at its own
moment, by whoever would have taken it."""

from datetime import timedelta

from django.utils import timezone

from alliance.actions import (
    adopting,
    agenda,
    checkins,
    guests,
    invitations,
    meetings,
    minutes,
    topics,
    votes,
)
from alliance.models import CheckIn, Invitation, Meeting, MeetingKind
from nanchuan.accounts.models import User
from nanchuan.kernel import calendar
from nanchuan.portal.demo import items
from nanchuan.portal.demo.moments import DAY, moment

PLACE = "园区多功能会议厅"
TOPICS = [
    ("用工余缺如何在小组内调剂", "春节后缺工集中，希望商定共享用工的办法。", 20),
    ("检测设备对小组企业开放", "两家企业有闲置检测能力，可以按成本价开放。", 15),
    ("联合申报技改资金", "各家单独申报材料重复，建议合在一起准备。", 15),
]
MINUTES_OF_LINES = (15, 20)  # of the first two lines that the kind brings along
GUEST = {"name": "张明（示例）", "unit_name": "市委组织部（示例）", "job": "组织员"}
OPENING = "会议听取了上次议定事项办理情况和三张清单进展的通报，研究了各成员单位提交的议题。"
DISCUSSED = "与会单位介绍了各自情况，一致认为应当由小组统一安排，减少重复投入。"
CLOSING = "会议要求，责任单位按期办结，遇到困难及时在系统中说明。"
QUESTION = "是否同意由小组统一安排"
LATE = timedelta(minutes=8)
LEAVES = 8  # the place from which on somebody of each meeting is on leave


def meet(made, turn, number, *, on, announced) -> None:
    """The draft of a turn collects topics, is announced and, if its day has passed, held."""
    speaker, day = made.secretaries[turn.seat.unit.name], calendar.next_working_day(on)
    draft = Meeting.objects.get(turn=turn)
    called = day - 26 * DAY if announced else made.today - 12 * DAY
    _collect(made, draft, number, by=speaker, called=called)
    at = moment(day - announced * DAY) if announced else timezone.now()
    starts_at = moment(day, 14)
    meetings.change(
        draft,
        title=f"{turn.group.chain}产业链{turn.period_words}联席会议",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=3),
        place=PLACE,
        chair=speaker.name,
        recorder=User.objects.get(username="staff").name,
        by=speaker,
        seen=draft.sequence,
        at=at,
    )
    meetings.announce(draft, by=speaker, at=at)
    if day < made.today:
        _hold(made, draft, number, by=speaker)
    else:
        _reply(made, draft, number, at=at, of_each=3)


def call_for_topics(made, turn) -> None:
    """The draft of a turn that has just asked for topics, and got one."""
    speaker = made.secretaries[turn.seat.unit.name]
    draft = Meeting.objects.get(turn=turn)
    topics.call(draft, by=speaker, at=made.at(3))
    _propose(made, draft, 0, at=made.at(3))


def gather(made, turns) -> None:
    """Two groups sit together today: the screen for checking in is there to be tried."""
    turn, other = turns.order_by("group__order")
    speaker = made.secretaries[turn.seat.unit.name]
    starts_at = timezone.localtime().replace(minute=0, second=0, microsecond=0)
    starts_at += timedelta(hours=1)
    meetings.convene(
        group=turn.group,
        partners=[other.group],
        kind=MeetingKind.objects.get(name="圆桌论坛会"),
        title="上下游企业圆桌论坛会",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        place="园区党群服务中心",
        chair=speaker.name,
        agenda="通报上下游供需情况\n研究共同采购\n商定下一步安排",
        by=speaker,
        at=made.at(10),
    )


def _collect(made, draft, number, *, by, called) -> None:
    """Two topics: one is put on the agenda, the other left for the next time."""
    at = moment(called, 10)
    topics.call(draft, by=by, at=at)
    first, second = (_propose(made, draft, number + place, at=at, of=place) for place in (0, 1))
    adopting.adopt(draft, [first], by=by, at=at + 6 * DAY)
    topics.defer(second, reason="本次时间不够，留待下次研究。", by=by, at=at + 6 * DAY)
    lines = list(agenda.ordinary(draft))
    written = [
        agenda.Line(
            title=line.title,
            minutes=line.minutes or MINUTES_OF_LINES[place % 2],
            presenter=line.presenter,
            unit=line.unit,
            text=line.text,
            pk=line.pk,
        )
        for place, line in enumerate(lines)
    ]
    agenda.write(
        draft,
        written,
        first_minutes=10,
        seen=agenda.fingerprint(draft),
        by=by,
        at=at + 6 * DAY,
    )


def _propose(made, draft, number, *, at, of=0):
    """By a unit of the group that is not on turn; another supports it."""
    seats = draft.group.seats.exclude(unit=draft.convened_by).order_by("order")
    units = [seat.unit for seat in seats.select_related("unit")]
    unit, other = units[of % len(units)], units[(of + 1) % len(units)]
    title, text, length = TOPICS[number % len(TOPICS)]
    facts = {"title": title, "text": text, "minutes": length}
    speaker = made.secretaries[unit.name]
    topic = topics.propose(draft, unit=unit, by=speaker, at=at + DAY, **facts)
    topics.support(topic, by=made.secretaries[other.name], at=at + 2 * DAY)
    return topic


def _reply(made, meeting, number, *, at, of_each=1) -> None:
    """Most come; of the units with nobody in the portal the office enters the answer."""
    answers, office = invitations.Answer, User.objects.get(username="staff")
    for place, row in enumerate(meeting.invitations.select_related("seat__unit")):
        if place % of_each:
            continue  # has not answered yet
        speaker = made.secretaries.get(row.unit_name)
        name = speaker.name if speaker else f"联络员{place + 1}（示例）"
        answer = answers(reply=Invitation.Reply.ATTEND, attendee=name)
        if place == 1:
            answer = answers(
                reply=Invitation.Reply.SUBSTITUTE,
                attendee="李代会（示例）",
                job="副书记",
                mandate=Invitation.Mandate.FULL,
                reason="书记外出培训",
            )
        elif place == LEAVES + number % 3:
            answer = answers(reply=Invitation.Reply.LEAVE, reason="当天接受上级检查")
        invitations.reply(row, answer, seen=None, by=speaker or office, at=at)


def _hold(made, meeting, number, *, by) -> None:
    """Whoever said so comes; a vote, three resolutions, and minutes three days later."""
    announced = meeting.starts_at - 10 * DAY
    guests.add(meeting, by=by, at=announced, **GUEST)
    _reply(made, meeting, number, at=announced)
    _arrive(made, meeting, by=by)
    line = agenda.ordinary(meeting).exclude(topics=None).first()
    came, invited = meeting.checkins.present().filter(guest=None).count(), meeting.invitations
    votes.enter(
        meeting,
        item=line,
        question=QUESTION,
        entitled=invited.count(),
        present=came,
        in_favour=came - 1,
        abstained=1,
        by=by,
        at=meeting.starts_at + timedelta(minutes=90),
    )
    items.resolve(made, meeting, number, line, by=by)
    ended = meeting.starts_at + timedelta(hours=3)
    items.catch_up(made, ended)
    meetings.hold(meeting, by=by, at=ended)
    _write_minutes(made, meeting, number, line, by=by)


def _arrive(made, meeting, *, by) -> None:
    """By the code on the screen, by name beside it, one of them late."""
    rows = meeting.invitations.exclude(reply=Invitation.Reply.LEAVE).select_related("seat__unit")
    for place, row in enumerate(rows):
        at = meeting.starts_at + (LATE if place == 2 else timedelta(minutes=place % 9 - 12))
        user = made.secretaries.get(row.unit_name)
        if user and row.reply == Invitation.Reply.ATTEND:
            way, who = CheckIn.Way.CODE, {"user": user, "by": user}
        else:
            way, who = CheckIn.Way.CHAIR, {"name": row.attendee, "by": by}
        checkins.check_in(meeting, way=way, invitation=row, at=at, **who)
    for guest in meeting.guests.all():
        came = meeting.starts_at - timedelta(minutes=5)
        checkins.check_in(meeting, way=CheckIn.Way.CHAIR, guest=guest, by=by, at=came)


def _write_minutes(made, meeting, number, line, *, by) -> None:
    """Published in time, but for the last ones: two wait for the office, one for its writer."""
    office, held = User.objects.get(username="staff"), timezone.localdate(meeting.starts_at)
    written = minutes.start(meeting, by=by, at=moment(held + DAY, 10))
    typed = {"opening": OPENING, f"item-{line.pk}": DISCUSSED, "closing": CLOSING}
    minutes.save(
        written, typed=typed, base=dict.fromkeys(typed, 0), by=by, at=moment(held + DAY, 11)
    )
    quarter, group = divmod(number, 3)
    if (quarter, group) == (2, 2):
        return
    minutes.submit(written, by=by, at=moment(held + DAY, 16))
    if (quarter, group) == (2, 1):
        return
    minutes.approve(written, by=office, at=moment(held + 2 * DAY, 10))
    minutes.publish(written, by=office, at=moment(held + 2 * DAY, 11))

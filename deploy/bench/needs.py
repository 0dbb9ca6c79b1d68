"""The needs of the invented park, with what hangs on them: `--needs 100000` asks for so many.

The newest twentieth is under way, at every step and with every kind of delay; what is older is
finished, most of it confirmed.
"""

from datetime import timedelta

from copying import numbered
from nanchuan.portal.demo import park as words
from scale import CHARTER, DAY, NOW, SECRETARY, STAFF, TODAY
from services.models import (
    Assistance,
    Clock,
    CoFiler,
    Dispatch,
    Extension,
    Need,
    Objection,
    Pause,
    Solution,
)

Status = Need.Status
FINISHED = [Status.CLOSED] * 8 + [Status.SOLVED] * 8
FINISHED += [Status.WITHDRAWN, Status.DECLINED]
OPEN = [
    Status.SUBMITTED,
    Status.PUBLISHED,
    Status.DISPATCHED,
    Status.ACCEPTED,
    Status.IN_PROGRESS,
    Status.IN_PROGRESS,
    Status.IN_PROGRESS,
    Status.OFFERED,
    Status.RETURNED,
    Status.DISPUTED,
    Status.APPEALED,
]
AWAITED = (Status.DISPATCHED, Status.DISPUTED)
TAKEN = (Status.ACCEPTED, Status.IN_PROGRESS, Status.OFFERED, Status.SOLVED, Status.CLOSED)
ANSWERED = (Status.OFFERED, Status.SOLVED, Status.CLOSED)
CLOCKS = {
    Status.SUBMITTED: Clock.Kind.REVIEW,
    Status.PUBLISHED: Clock.Kind.ACCEPT,
    Status.DISPATCHED: Clock.Kind.ACCEPT,
    Status.ACCEPTED: Clock.Kind.CONTACT,
    Status.IN_PROGRESS: Clock.Kind.SOLVE,
}
AUDIENCES = ["alliance"] * 6 + ["group"] * 3 + ["office"]
OPEN_SHARE = 20  # one in so many is under way
SPACING = 100  # minutes between two
RARE = "氦检漏"  # a word of one need in two thousand


def tables(size, random):
    """What is filed, and what was done about it."""
    needs = list(numbered(filed(size, random)))
    yield Need, needs
    answered = [need for need in needs if need.status in ANSWERED]
    yield Solution, (solution_of(need) for need in answered)
    dispatches = list(numbered(given(needs)))
    yield Dispatch, dispatches
    disputed = {need.pk for need in needs if need.status == Status.DISPUTED}
    yield Objection, (objection_of(row) for row in dispatches if row.need_id in disputed)
    clocks = list(numbered(clock_of(need) for need in needs if need.due_at))
    yield Clock, clocks
    yield Extension, (extension_of(clock) for clock in clocks if clock.pk % 40 == 0)
    under_way = [need for need in needs if need.status == Status.IN_PROGRESS]
    yield Pause, (pause_of(need) for need in under_way if need.due_at is None)
    seated = size.groups * size.group_seats
    yield Assistance, (assistance_of(need, seated) for need in under_way if need.pk % 3 == 0)
    yield CoFiler, (cofiler_of(need, seated) for need in needs if need.pk % 50 == 0)


def asked_at(size, number):
    return NOW - timedelta(minutes=SPACING * (size.needs - number) + 600)


def filed(size, random):
    enterprises = size.groups * size.group_seats
    for number in range(1, size.needs + 1):
        need = asked(size, random, number)
        need.unit_id = number % enterprises + 1
        give(need, need.unit_id % enterprises + 1)
        need.words = f"{need.number} {need.title} {need.content} 示例企业{need.unit_id}".lower()
        need.public_words = f"{need.number} {need.public_title} {need.public_note}".lower()
        yield need


def asked(size, random, number):
    category, title, content, urgency, _resource = random.choice(words.NEEDS)
    reasons = " ".join(random.choice(words.NEEDS)[2] for _ in range(3))
    rare = f"急需{RARE}设备。" if number % 2000 == 0 else ""
    at = asked_at(size, number)
    is_open = number > size.needs - size.needs // OPEN_SHARE
    status = OPEN[number % len(OPEN)] if is_open else FINISHED[number % len(FINISHED)]
    return Need(
        number=f"需-{TODAY.year}-{number:04}",
        category=category,
        title=title,
        content=f"{content}{rare}{reasons}",
        public_title=title,
        public_note=content,
        urgency=urgency,
        audience=AUDIENCES[number % len(AUDIENCES)],
        contact_name="张联络",
        contact_phone="13900000000",
        filed_by_id=SECRETARY,
        filed_at=at,
        status=status,
        due_at=due(number) if status in CLOCKS and number % 17 else None,
    )


def due(number):
    """From two weeks ago to a month ahead."""
    return NOW + timedelta(hours=number % 1000 - 300)


def give(need, unit):
    later = need.filed_at + timedelta(hours=1)
    if need.status not in (Status.SUBMITTED, Status.RETURNED, Status.DECLINED, Status.APPEALED):
        need.reviewed_at = later
    if need.status in AWAITED:
        need.dispatched_to_id = unit
    if need.status in TAKEN:
        need.accepted_by_id, need.accepted_at, need.contacted_at = unit, later, later
    if need.status == Status.CLOSED:
        need.closed_at = later
    if need.status == Status.IN_PROGRESS and need.filed_at.minute % 7 == 0:
        need.long_term_since = later


def solution_of(need):
    confirmed = need.status in (Status.SOLVED, Status.CLOSED)
    automatically = confirmed and need.pk % 25 == 0
    return Solution(
        need=need,
        text=words.PHRASES[2],
        offered_at=need.accepted_at,
        offered_by_id=STAFF,
        confirmed_at=need.accepted_at if confirmed else None,
        automatically=automatically,
        rating=need.pk % 5 + 1 if confirmed and not automatically else None,
    )


def given(needs):
    for need in needs:
        if unit := need.accepted_by_id or need.dispatched_to_id:
            at = need.reviewed_at
            yield Dispatch(
                need=need,
                unit_id=unit,
                how=Dispatch.How.DISPATCHED if need.dispatched_to_id else Dispatch.How.TAKEN,
                at=at,
                by_id=STAFF,
                accepted_at=need.accepted_at,
            )


def objection_of(dispatch):
    return Objection(
        dispatch=dispatch,
        reason="不属于本单位职责。",
        raised_at=dispatch.at,
        raised_by_id=STAFF,
        due_at=NOW,
    )


def clock_of(need):
    started_at = min(need.filed_at, need.due_at - DAY)
    return Clock(
        need=need,
        kind=CLOCKS[need.status],
        unit_id=need.accepted_by_id or need.dispatched_to_id,
        regulation_id=CHARTER,
        days=7,
        started_at=started_at,
        due_at=need.due_at,
        next_at=need.due_at,
    )


def extension_of(clock):
    return Extension(need=clock.need, clock=clock, days=5, reason="等设备到货。", asked_by_id=STAFF)


def pause_of(need):
    return Pause(need=need, why=Pause.Why.HOLD, reason="等上级批复", started_at=need.filed_at)


def assistance_of(need, seated):
    unit = need.accepted_by_id % seated + 1
    return Assistance(need=need, unit_id=unit, asked_at=need.filed_at, due_at=NOW + 3 * DAY)


def cofiler_of(need, seated):
    return CoFiler(need=need, unit_id=(need.unit_id + 4) % seated + 1, joined_at=need.filed_at)

"""The alliance of the invented park: its texts, its turns with what hangs on them, its measures."""

from datetime import timedelta
from itertools import count

import gatherings
from alliance import articles
from alliance.models import (
    Assignment,
    Decline,
    Duty,
    DutyItem,
    Group,
    GroupContact,
    Handover,
    Lead,
    Measure,
    MeasureNote,
    MeasureStep,
    Meeting,
    Milestone,
    Regulation,
    Resolution,
    Seat,
    Section,
    Signature,
    SignOff,
    Swap,
    Turn,
)
from alliance.models.regulations import default_duties
from alliance.models.settings import SETTINGS, Text
from copying import numbered
from nanchuan.portal.demo import charters
from nanchuan.portal.demo import park as words
from scale import (
    CHARTER,
    DAY,
    FOUNDED,
    NOW,
    QUARTER,
    ROTA,
    SECRETARY,
    STAFF,
    TODAY,
    TURNS,
    TURNS_PAST,
    morning,
)

AMENDED = TODAY - timedelta(days=30)
TEXTS = (
    # text, number, words, first and last day
    (Text.CHARTER, 1, charters.CHARTER, FOUNDED, AMENDED - DAY),
    (Text.CHARTER, 2, charters.CHARTER_AMENDED, AMENDED, None),
    (Text.ROTA, 1, charters.ROTA, FOUNDED, None),
    (Text.MEETINGS, 1, charters.MEETINGS, FOUNDED, None),
)
NOTES = (40, 80)  # percent of each
LASTS = timedelta(days=90)


def tables(size):
    groups = [
        Group(name=f"测试小组{number}", chain="光伏", order=number, starts_on=FOUNDED)
        for number in range(1, size.groups + 1)
    ]
    yield Group, groups
    yield (
        GroupContact,
        (
            GroupContact(group=group, name="张联络", phone="13900000000", order=order)
            for group in groups
            for order in (1, 2)
        ),
    )
    seats = list(numbered(seated(size)))
    yield Seat, seats
    yield (
        Lead,
        [
            Lead(group_id=seat.group_id, seat=seat, starts_on=FOUNDED)
            for seat in seats
            if seat.group_id and seat.order == 1
        ],
    )
    sections = list(numbered(said()))
    yield from texts(sections, seats)
    turns = list(numbered(given(size)))
    yield from rota(size, turns)
    rows = {}
    for model, objects in gatherings.tables(size, turns, seats):
        rows[model] = objects
        yield model, objects
    meetings = rows[Meeting]
    yield Duty, duties(turns, meetings)
    yield from handovers(size, turns)
    clauses = [each for each in sections if each.regulation_id == CHARTER and each.level > 1]
    yield from measures(size, clauses, rows[Resolution])


def seated(size):
    unit = count(1)
    for group in range(1, size.groups + 1):
        for order in range(1, size.group_seats + 1):
            yield Seat(group_id=group, unit_id=next(unit), order=order, starts_on=FOUNDED)
    for order in range(1, size.wide_seats + 1):
        yield Seat(unit_id=next(unit), order=order, starts_on=FOUNDED)


# ── Charter and systems ─────────────────────────────────────────────────────────────────────


def texts(sections, seats):
    yield Regulation, (version(*facts) for facts in TEXTS)
    yield Section, sections
    yield DutyItem, items()
    yield SignOff, sign_offs(seats)


def version(text, number, _words, starts_on, ends_on):
    return Regulation(
        text=text,
        number=number,
        title=str(text.label),
        status=Regulation.Status.ADOPTED,
        starts_on=starts_on,
        ends_on=ends_on,
        adopted_at=morning(starts_on),
        adopted_how="联席会议审议通过",
        settings={each.code: each.default for each in SETTINGS.values() if each.text == text},
    )


def said():
    for regulation, (_text, _number, body, _first, _last) in enumerate(TEXTS, 1):
        for order, article in enumerate(articles.parse(body), 1):
            section = articles.as_section(article, None, order)
            section.regulation_id = regulation
            yield section


def items():
    for item in default_duties():
        item.regulation_id = ROTA
        yield item


def sign_offs(seats):
    """Every unit has signed everything, but for a third that owe the amended charter."""
    for regulation, (_text, _number, _words, starts_on, _last) in enumerate(TEXTS, 1):
        for seat in seats:
            owes = regulation == CHARTER and seat.unit_id % 3 == 0
            at = None if owes else morning(starts_on)
            yield SignOff(
                regulation_id=regulation,
                unit_id=seat.unit_id,
                unit_name=f"测试企业{seat.unit_id}",
                due_on=starts_on + 10 * DAY,
                read_at=at,
                read_by_id=None if owes else SECRETARY,
                signed_at=at,
                signed_by_id=None if owes else SECRETARY,
                signed_name="" if owes else "李书记",
            )


# ── Turns and what hangs on them ────────────────────────────────────────────────────────────


def given(size):
    """The second seat of each group is on turn today: in the first group the secretary's unit."""
    begin = TODAY - QUARTER * TURNS_PAST
    for group in range(size.groups):
        for number in range(TURNS):
            order = (number - TURNS_PAST + 1) % size.group_seats
            starts_on = begin + number * QUARTER
            seat = group * size.group_seats + order + 1
            yield Turn(
                group_id=group + 1,
                seat_id=seat,
                due_seat_id=seat,
                regulation_id=ROTA,
                starts_on=starts_on,
                ends_on=starts_on + QUARTER - DAY,
                theme=words.THEMES[number % len(words.THEMES)],
                chair_name="李书记",
                begun_at=morning(starts_on) if starts_on <= TODAY else None,
            )


def rota(size, turns):
    """In each group something was swapped and declined, and a swap waits for an answer."""
    yield Turn, turns
    yield (
        Assignment,
        (Assignment(turn=turn, seat_id=turn.seat_id, origin="order") for turn in turns),
    )
    ahead = [turns[group * TURNS + TURNS_PAST + 1 :][:2] for group in range(size.groups)]
    yield (
        Swap,
        (
            Swap(
                group_id=first.group_id,
                first=first,
                second=second,
                first_seat_id=first.seat_id,
                second_seat_id=second.seat_id,
                status=status,
                reason="与本单位年度检修冲突",
                asked_by_id=SECRETARY,
                first_agreed_at=NOW,
            )
            for first, second in ahead
            for status in (Swap.Status.WITHDRAWN, Swap.Status.PROPOSED)
        ),
    )
    yield (
        Decline,
        (
            Decline(turn=first, seat_id=second.seat_id, reason="人手不足", by_id=SECRETARY)
            for first, second in ahead
        ),
    )


def duties(turns, meetings):
    """Done in all turns that are over; of the present ones the first is."""
    held = {row.turn_id: row for row in meetings if row.status == Meeting.Status.HELD}
    for turn in turns:
        if turn.begun_at is None:
            continue
        for item in default_duties():
            is_done = turn.ends_on < TODAY or item.order == 1
            yield Duty(
                turn=turn,
                order=item.order,
                kind=item.kind,
                title=item.title,
                due_on=item.due_on(turn.starts_on, turn.ends_on),
                status=Duty.Status.DONE if is_done else Duty.Status.OPEN,
                note="已按要求办理。" if is_done else "",
                done_at=morning(turn.starts_on + 20 * DAY) if is_done else None,
                done_by_id=SECRETARY if is_done else None,
                meeting=held.get(turn.pk) if item.kind == "meeting" else None,
            )


def handovers(size, turns):
    """Signed by all, but the last of each group, which is still written."""
    over = [turn for turn in turns if turn.ends_on < TODAY]
    after = {turn.pk: turns[turn.pk] for turn in over}  # the next row: keys begin at 1
    sheets = list(numbered(sheet_of(turn, after[turn.pk]) for turn in over))
    yield Handover, sheets
    yield (
        Signature,
        (
            Signature(
                handover=sheet, party=party, unit_name="测试企业", name="李书记", by_id=SECRETARY
            )
            for sheet in sheets
            if sheet.status == Handover.Status.DONE
            for party in Signature.Party.values
        ),
    )


def sheet_of(turn, after):
    is_open = after.starts_on == TODAY
    return Handover(
        turn=turn,
        arriving=after,
        status=Handover.Status.OPEN if is_open else Handover.Status.DONE,
        materials="会议记录本 1 册\n活动影像资料 1 份",
        sheet=None if is_open else signed_sheet(turn, after),
        opened_at=morning(turn.ends_on - 13 * DAY),
        done_at=None if is_open else morning(turn.ends_on),
    )


def signed_sheet(turn, after):
    return {
        "group": f"测试小组{turn.group_id}",
        "period": turn.period_words,
        "starts_on": turn.starts_on.isoformat(),
        "ends_on": turn.ends_on.isoformat(),
        "leaving": f"测试企业{turn.seat_id}",
        "arriving": f"测试企业{after.seat_id}",
        "arriving_unit": after.seat_id,
        "arriving_period": after.period_words,
        "sections": [],
        "materials": ["会议记录本 1 册"],
        "remarks": "",
        "files": [],
        "kept_at": morning(turn.ends_on).isoformat(),
    }


# ── Measures ────────────────────────────────────────────────────────────────────────────────


def measures(size, clauses, resolutions):
    """Half from the charter, half from resolutions; a third is under way, some of that late."""
    rows = list(numbered(taken_on(size, clauses, resolutions)))
    yield Measure, rows
    through = Measure.assisting.through
    yield (
        through,
        (through(measure=row, unit_id=row.unit_id % size.seated + 1) for row in rows),
    )
    yield (
        Milestone,
        (
            Milestone(
                measure=row,
                title="形成方案",
                due_on=row.starts_on + LASTS * step // 3,
                done_on=row.starts_on + LASTS * step // 3 if step == 1 else None,
            )
            for row in rows
            for step in (1, 2)
        ),
    )
    yield (
        MeasureNote,
        (
            MeasureNote(
                measure=row,
                text=words.PHRASES[0],
                percent=percent,
                by_id=SECRETARY,
                at=morning(row.starts_on + percent * DAY),
            )
            for row in rows
            for percent in NOTES
        ),
    )
    yield MeasureStep, (step for row in rows for step in steps_of(row))


def taken_on(size, clauses, resolutions):
    """From two years ago until today; each carried by a unit of its group."""
    number = size.measures
    for place in range(1, number + 1):
        group = place % size.groups + 1
        of_meeting = resolutions[place % len(resolutions)] if place % 2 else None
        starts_on = TODAY - timedelta(days=700 * (number - place) // number + 10)
        due_on = starts_on + LASTS
        status = status_of(place, due_on)
        closed = status in (Measure.Status.DONE, Measure.Status.DROPPED)
        yield Measure(
            number=f"举-{TODAY.year}-{place:04}",
            group_id=group,
            title=f"统一采购原料{place}",
            content="小组内企业联合询价、集中采购,降低原料成本。",
            source=Measure.Source.RESOLUTION if of_meeting else Measure.Source.CLAUSE,
            clause=None if of_meeting else clauses[place % len(clauses)],
            resolution=of_meeting,
            unit_id=(group - 1) * size.group_seats + place % size.group_seats + 1,
            starts_on=starts_on,
            due_on=due_on,
            status=status,
            reason="与其他举措合并" if status == Measure.Status.DROPPED else "",
            done_on=due_on - DAY if status == Measure.Status.DONE else None,
            closed_at=morning(due_on) if closed else None,
            reported_at=morning(due_on - DAY) if status in ("reported", "done") else None,
        )


def status_of(place, due_on):
    if due_on >= TODAY or place % 10 == 0:
        return Measure.Status.IN_PROGRESS
    return (Measure.Status.DONE, Measure.Status.DROPPED)[place % 8 == 0]


def steps_of(measure):
    what = MeasureStep.What
    yield step_of(measure, what.CREATED, Measure.Status.IN_PROGRESS, measure.starts_on)
    if measure.status == Measure.Status.DONE:
        yield step_of(measure, what.REPORTED, Measure.Status.REPORTED, measure.due_on - DAY)
        yield step_of(measure, what.CONFIRMED, measure.status, measure.due_on)
    elif measure.status == Measure.Status.DROPPED:
        yield step_of(measure, what.DROPPED, measure.status, measure.due_on)


def step_of(measure, what, status, day):
    return MeasureStep(
        measure=measure,
        what=what,
        status=status,
        group_id=measure.group_id,
        unit_id=measure.unit_id,
        due_on=measure.due_on,
        by_id=STAFF,
        at=morning(day),
    )

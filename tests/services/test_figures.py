"""The headline figures move by one at each right step and at no other."""

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from nanchuan.kernel.states import StepRefused
from services.actions import dispatching, filing, progress, projects, review, solving
from services.actions.rights import NotYours
from services.models import Need
from tests import make

pytestmark = pytest.mark.django_db
FIRST = date(2026, 3, 2)


def on_day(number: int) -> datetime:
    """Ten in the morning of the park, `number` days after the first one."""
    moment = datetime.combine(FIRST + timedelta(days=number), datetime.min.time())
    return timezone.make_aware(moment) + timedelta(hours=10)


def figures(on=None) -> tuple[int, int, int]:
    rows = Need.objects
    return rows.collected(on).count(), rows.matched(on).count(), rows.solved(on).count()


@pytest.fixture
def filed(cast):
    """A need that Lin files on the first day."""
    return filing.file(
        unit=cast.lin_unit,
        category="staff",
        title="招技术员",
        content="需要两名",
        contact_name="林",
        contact_phone="13800001234",
        by=cast.lin,
        at=on_day(0),
    )


def walk(need, cast, sun):
    """The loop, one step a day: (what is done, figures from that day on)."""
    give = make.resource(cast.wu_unit, at=on_day(0))
    yield lambda at: review.send_back(need, reason="写明人数", by=sun, at=at), (0, 0, 0)
    yield lambda at: filing.change(need, title="招两名技术员", by=cast.lin, at=at), (0, 0, 0)
    yield lambda at: review.publish(need, by=sun, at=at), (1, 0, 0)
    yield lambda at: dispatching.accept(need, unit=cast.wu_unit, by=cast.wu, at=at), (1, 0, 0)
    started = []
    yield (
        lambda at: started.append(
            projects.start(need, name="招工", resources=[give], by=cast.wu, at=at)
        ),
        (1, 1, 0),
    )
    yield (
        lambda at: progress.note(started[0], text="已联系", percent=50, by=cast.wu, at=at),
        (1, 1, 0),
    )
    yield lambda at: solving.offer(need, text="来了一名", by=cast.wu, at=at), (1, 1, 0)
    yield lambda at: solving.refuse(need, reason="还差一名", by=cast.lin, at=at), (1, 1, 0)
    yield lambda at: solving.offer(need, text="来了两名", by=cast.wu, at=at), (1, 1, 0)
    yield lambda at: solving.confirm(need, rating=4, by=cast.lin, at=at), (1, 1, 1)
    yield lambda at: solving.close(need, by=sun, at=at), (1, 1, 1)
    yield lambda at: solving.reopen(need, reason="又走了一名", by=cast.lin, at=at), (1, 1, 0)
    yield lambda at: solving.offer(need, text="补了一名", by=cast.wu, at=at), (1, 1, 0)
    yield lambda at: solving.confirm(need, rating=5, by=cast.lin, at=at), (1, 1, 1)
    yield lambda at: solving.close(need, by=sun, at=at), (1, 1, 1)


def test_each_right_step_moves_its_figure_and_no_other_step_does(cast, sun, filed):
    assert figures() == (0, 0, 0)
    seen = [(0, 0, 0)]
    for day, (step, expected) in enumerate(walk(filed, cast, sun), 1):
        step(on_day(day))
        assert figures() == expected, day
        seen.append(expected)
    for day, expected in enumerate(seen):  # and as of every day it still says the same
        assert figures(FIRST + timedelta(days=day)) == expected, day
    assert figures(FIRST - timedelta(days=1)) == (0, 0, 0)


def test_a_second_click_on_any_step_is_refused_and_moves_nothing(cast, sun, filed):
    for day, (step, expected) in enumerate(walk(filed, cast, sun), 1):
        step(on_day(day))
        if filed.status == Need.Status.SUBMITTED or filed.project_links.filter(
            project__notes__written_at=on_day(day)
        ):
            continue  # a correction and a progress note may be repeated
        with pytest.raises(StepRefused):
            step(on_day(day))
        assert figures() == expected, day


def test_every_wrong_step_from_every_status_moves_nothing(cast, sun):
    """Whoever tries what, from wherever: a figure moves only with the status it belongs to."""
    give = make.resource()
    attempts = {
        "publish": lambda need: review.publish(need, by=sun),
        "accept": lambda need: dispatching.accept(need, unit=cast.wu_unit, by=cast.wu),
        "match": lambda need: projects.start(need, name="项目", resources=[give], by=sun),
        "offer": lambda need: solving.offer(need, text="已办", by=sun),
        "confirm": lambda need: solving.confirm(need, rating=5, by=cast.lin),
        "refuse": lambda need: solving.refuse(need, reason="没有", by=cast.lin),
        "close": lambda need: solving.close(need, by=sun),
        "reopen": lambda need: solving.reopen(need, reason="没有", by=sun),
        "return": lambda need: review.send_back(need, reason="没有", by=sun),
        "decline": lambda need: review.decline(need, reason="没有", by=sun),
    }
    right = {
        "submitted": {"publish", "return", "decline"},
        "published": {"accept"},
        "accepted": {"match"},
        "in_progress": {"offer"},
        "offered": {"confirm", "refuse"},
        "solved": {"close", "reopen"},
        "closed": {"reopen"},
    }
    for status in Need.Status.values:
        need = make.need(cast.lin_unit, status, office=sun)
        before = figures()
        for verb, attempt in attempts.items():
            if verb in right.get(status, ()):
                continue
            with pytest.raises(StepRefused):
                attempt(need)
            need.refresh_from_db()
            assert (need.status, figures()) == (status, before), verb


@pytest.mark.parametrize(
    ("status", "counts"),
    [
        ("submitted", (0, 0, 0)),
        ("published", (1, 0, 0)),
        ("accepted", (1, 0, 0)),
        ("in_progress", (1, 1, 0)),
        ("offered", (1, 1, 0)),
    ],
)
def test_what_was_collected_or_matched_stays_so_when_it_is_withdrawn(cast, status, counts):
    need = make.need(cast.lin_unit, status)
    assert figures() == counts
    filing.withdraw(need, reason="自己解决了", by=cast.lin)
    assert figures() == counts


def test_others_cannot_move_the_solved_figure(cast, sun):
    """Only the enterprise itself says that it is solved: not the office, not who did the work."""
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit)
    for person in (sun, cast.wu, cast.zhao):
        with pytest.raises(NotYours):
            solving.confirm(need, rating=5, by=person)
    assert figures() == (1, 1, 0)


def test_who_speaks_for_both_units_does_not_confirm_the_own_work(cast, sun):
    """The secretary of a joint branch of two units: somebody else of the filing unit must."""
    second = make.unit(cast.wu_branch)
    need = make.need(second, "offered", taken_by=cast.wu_unit)
    with pytest.raises(StepRefused, match="其他同志"):
        solving.confirm(need, rating=5, by=cast.wu)
    assert figures() == (1, 1, 0)
    solving.confirm(need, rating=5, by=make.liaison(second))
    assert figures() == (1, 1, 1)


@pytest.mark.parametrize("rating", [0, 6, -1, None])
def test_a_rating_outside_one_to_five_confirms_nothing(cast, rating):
    need = make.need(cast.lin_unit, "offered")
    with pytest.raises(StepRefused):
        solving.confirm(need, rating=rating, by=cast.lin)
    assert figures() == (1, 1, 0)


def test_a_project_without_a_resource_that_can_be_had_is_not_started(cast, sun):
    need = make.need(cast.lin_unit, "accepted")
    gone = make.resource(free_until=timezone.localdate() - timedelta(days=1))
    for chosen in ([], [gone]):
        with pytest.raises(StepRefused):
            projects.start(need, name="项目", resources=chosen, by=sun)
    assert figures() == (1, 0, 0)
    assert need.status == Need.Status.ACCEPTED


def test_a_day_ends_at_midnight_of_the_park(cast, sun):
    need = make.need(cast.lin_unit, at=on_day(0))
    midnight = on_day(1) - timedelta(hours=10)
    review.publish(need, by=sun, at=midnight - timedelta(seconds=1))
    assert figures(FIRST) == (1, 0, 0)
    late = make.need(cast.lin_unit, at=on_day(0))
    review.publish(late, by=sun, at=midnight)
    assert figures(FIRST) == (1, 0, 0)
    assert figures(FIRST + timedelta(days=1)) == (2, 0, 0)


def test_the_number_bears_the_year_of_its_moment(cast):
    eve = datetime.fromisoformat("2025-12-31T23:59+08:00")
    assert make.need(cast.lin_unit, at=eve).number == "需-2025-0001"
    assert make.need(cast.lin_unit, at=eve + timedelta(minutes=1)).number == "需-2026-0001"


def test_solved_is_the_first_time_and_once_for_each_need(cast):
    """A need solved twice after a reopening is one problem solved."""
    need = make.need(cast.lin_unit, "closed")
    solving.reopen(need, reason="又坏了", by=cast.lin)
    solving.offer(need, text="修好", by=make.staff())
    solving.confirm(need, rating=5, by=cast.lin)
    assert figures() == (1, 1, 1)
    assert need.solutions.count() == 2

"""The leader's board: what it counts is what happened until the end of a day, and each number opens
its rows."""

from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from services import boards
from services.actions import dispatching, projects, review, solving
from services.models import Need
from services.models.figures import FIGURES, figure
from tests import make

pytestmark = pytest.mark.django_db
FIRST = date(2026, 3, 2)  # a Monday


def on_day(number, hour=10):
    moment = datetime.combine(FIRST + timedelta(days=number), datetime.min.time())
    return timezone.make_aware(moment) + timedelta(hours=hour)


@pytest.fixture
def solved(cast, sun):
    """Wu's need, a step a day from Monday to Friday, closed on the second Monday."""
    need = make.need(cast.wu_unit, at=on_day(0), category="staff")
    review.publish(need, by=sun, at=on_day(1))
    dispatching.accept(need, unit=cast.zhao_unit, by=cast.zhao, at=on_day(2))
    give = [make.resource(cast.zhao_unit)]
    projects.start(need, name="招工", resources=give, by=cast.zhao, at=on_day(3))
    solving.offer(need, text="已招到", by=cast.zhao, at=on_day(4))
    solving.confirm(need, rating=4, by=cast.wu, at=on_day(7))
    solving.close(need, by=sun, at=on_day(8))
    return need


def counts(on, **facts):
    found = boards.read(boards.Scope(on=on, **facts))
    return {key: number for key, number in found.total.counts.items() if number}


def test_the_board_is_for_the_whole_park_only(cast, sign_in, sun, client):
    for name in ("board", "board-rows"):
        url = reverse(f"services:{name}")
        for person, status in (
            (sun, 200),
            (make.staff("leader"), 200),
            (make.staff("auditor"), 200),
        ):
            sign_in(person)
            assert client.get(url).status_code == status, (name, person)
        sign_in(cast.lin)
        assert client.get(url).status_code == 403


def test_each_step_counts_from_the_day_on_which_it_was_taken(cast, solved):
    assert counts(on_day(0).date()) == {"filed": 1, "open": 1}
    assert counts(on_day(1).date()) == {"filed": 1, "collected": 1, "open": 1}
    whole = {"filed", "collected", "accepted", "matched", "offered", "solved", "closed"}
    assert whole <= counts(on_day(8).date()).keys()
    assert "closed" not in counts(on_day(7).date())
    assert counts(on_day(-1).date()) == {}


def test_what_is_reopened_later_was_closed_on_the_day(cast, solved, sun):
    solving.reopen(solved, reason="又坏了", by=sun, at=on_day(10))
    assert counts(on_day(9).date())["closed"] == 1
    assert counts(on_day(9).date())["solved"] == 1
    after = counts(on_day(10).date())
    assert "closed" not in after
    assert "solved" not in after
    assert after["open"] == 1


def test_the_times_of_steps_are_working_time(cast, solved):
    """Ten to ten: seven and a half hours a day, nothing at the weekend."""
    spreads = boards.read(boards.Scope(on=on_day(8).date())).total.spreads
    day = 7.5 * 3600
    assert spreads["review"] == (1, day, day)
    assert spreads["confirm"] == (1, day, day)  # Friday to Monday
    assert spreads["whole"] == (1, 5 * day, 5 * day)


def test_every_number_opens_exactly_its_rows(cast, solved, sun, sign_in, client):
    make.need(cast.lin_unit, "withdrawn")
    make.need(cast.lin_unit, "declined")
    make.need(cast.zhao_unit, "offered")
    sign_in(sun)
    today = timezone.localdate()
    found = boards.read(boards.Scope(on=today))
    for line in [
        found.total,
        *found.lines["group"],
        *found.lines["category"],
        *found.lines["unit"],
    ]:
        for key, number in line.counts.items():
            answer = client.get(reverse("services:board-rows"), line.asked | {"figure": key})
            assert answer.context["row_count"] == number, (line.name, key)


def test_the_whole_range_agrees_with_the_headline_figures(cast, solved):
    make.need(cast.lin_unit, "closed")
    make.need(cast.lin_unit, "in_progress")
    today = timezone.localdate()
    found = counts(today)
    for key in ("collected", "matched", "solved"):
        assert found[key] == getattr(Need.objects, key)(today).count() > 0


def test_all_figures_can_be_asked():
    for key in FIGURES:
        assert Need.objects.filter(figure(key)).count() == 0


def test_the_page_shows_the_funnel_and_its_times(cast, solved, sun, sign_in, client):
    sign_in(sun)
    page = client.get(reverse("services:board"), {"on": on_day(8).date().isoformat()})
    text = page.content.decode()
    assert "5 个工作日" in text
    assert "figure=rated_4" in text


def test_a_range_may_begin_and_end_in_the_middle_of_a_week(cast):
    """The needs of whole weeks are known, those of the days around them are read: of a need a day
    for five weeks, any range has one for each of its days."""
    for number in range(35):
        make.need(cast.wu_unit, at=on_day(number, hour=number % 24))
    today = timezone.localdate()

    def filed(since, until):
        days = {"since": since, "until": until}
        days = {key: on_day(day, 0).date() for key, day in days.items() if day is not None}
        return boards.board(boards.Scope(on=today, **days)).total.counts["filed"]

    for day in range(35):
        assert filed(None, day) == day + 1, day
        assert filed(day, None) == 35 - day, day
        assert filed(3, 3 + day) == min(day + 1, 32), day

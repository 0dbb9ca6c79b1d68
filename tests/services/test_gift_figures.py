"""Figures of what is given: each number opens exactly its rows, for whoever may read it, and says
of each day what a slow reading of the rows says."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services import giftables, gifts
from services.actions import bookings, dispatching, filing, projects, resources, review, solving
from services.models import Booking, Commitment, Need, ProjectNeed, Solution
from services.models.needs import end_of
from tests import make

pytestmark = pytest.mark.django_db
PAGE = reverse("services:resource-figures")
FIRST = date(2026, 3, 2)  # a Monday


def on_day(number, hour=10):
    moment = datetime.combine(FIRST + timedelta(days=number), datetime.min.time())
    return timezone.make_aware(moment) + timedelta(hours=hour)


def day(number):
    return on_day(number).date()


@pytest.fixture
def park(cast, sun):
    """Zhao's unit gives to Wu's and Lin's; three needs are solved, under way and without an
    answer."""
    stock = make.resource(cast.zhao_unit, category="channel", capacity=9, at=on_day(0))
    hall = make.resource(cast.zhao_unit, category="venue", is_timed=True, at=on_day(0))
    make.resource(cast.wu_unit, category="venue", title="无人用", at=on_day(1))
    paused = make.resource(cast.wu_unit, category="expert", at=on_day(0))
    resources.pause(paused, by=None, at=on_day(4))
    solved = make.need(cast.wu_unit, at=on_day(0), category="staff")
    review.publish(solved, by=sun, at=on_day(1))
    dispatching.accept(solved, unit=cast.zhao_unit, by=cast.zhao, at=on_day(2))
    projects.start(solved, name="招工", resources=[stock], by=cast.zhao, at=on_day(3))
    solving.offer(solved, text="已招到", by=cast.zhao, at=on_day(4))
    solving.confirm(solved, rating=4, by=cast.wu, at=on_day(7))
    lacking = make.need(cast.lin_unit, at=on_day(0), category="technology")
    review.publish(lacking, by=sun, at=on_day(1))
    for number, (to, unit, at) in enumerate(
        (("used", cast.wu_unit, 2), ("agreed", cast.lin_unit, 3), ("agreed", cast.wu_unit, 3))
    ):
        make.booking(stock, unit, to, at=on_day(at), note=str(number))
    begins = on_day(20)
    length = timedelta(hours=3)
    row = make.booking(hall, cast.lin_unit, at=on_day(3), starts_at=begins, ends_at=begins + length)
    bookings.cancel(row, by=None, at=on_day(5))
    make.booking(hall, cast.wu_unit, at=on_day(4), starts_at=begins, ends_at=begins + length)
    make.booking(stock, cast.lin_unit, "waiting", at=on_day(4))
    return cast


def numbers(on, **facts):
    """Table → name of a line → numbers."""
    found = giftables.tables(gifts.Scope(on=on, **facts), "unit")
    return {table.key: {line.name: line.numbers for line in table.lines} for table in found}


def given(found, unit, *keys):
    return tuple(found["dealt"][str(unit)].get(key, 0) for key in keys)


def test_what_was_given_and_received_is_counted_as_of_each_day(park):
    keys = ("given_agreed", "given_used", "given_to_use", "given_gone")
    assert given(numbers(day(2)), park.zhao_unit, *keys) == (1, 1, 0, 0)
    assert given(numbers(day(4)), park.zhao_unit, *keys) == (6, 1, 5, 0)
    assert given(numbers(day(5)), park.zhao_unit, *keys) == (6, 1, 4, 1)
    assert given(numbers(day(5), since=day(3)), park.zhao_unit, *keys) == (5, 0, 4, 1)
    assert given(numbers(day(9)), park.wu_unit, "had_agreed", "had_used", "had_committed") == (
        3,
        1,
        1,
    )
    assert given(numbers(day(2)), park.zhao_unit, "given_committed") == (0,)
    assert given(numbers(day(3)), park.zhao_unit, "given_committed") == (1,)


def test_use_tells_what_lies_idle_and_the_hours(park):
    def use(number):
        line = numbers(day(number))["use"]["合计"]
        keys = ("there", "booked", "in_use", "idle", "given_by_hours", "hours")
        return tuple(line.get(key) for key in keys)

    assert use(2) == (4, 1, 1, 3, 0, "")
    assert use(3) == (4, 2, 1, 2, 1, "3")
    assert use(9) == (3, 2, 1, 1, 1, "3")


def test_days_from_need_to_match_to_solution(park):
    found = gifts.times(gifts.Scope(on=day(9)))
    length = 7.5 * 3600
    assert found["match"] == (1, 2 * length, 2 * length)
    assert found["solve"] == (1, 2 * length, 2 * length)  # over a weekend
    assert found["whole"] == (1, 4 * length, 4 * length)
    assert gifts.times(gifts.Scope(on=day(2)))["match"].number == 0


def test_what_is_lacking_stands_beside_what_could_answer_it(park):
    found = numbers(day(9))["lacks"]
    assert found["技术"]["lacking"] == 1
    assert found["技术"]["lacking_1"] == 1  # the sixth working day since review
    assert found["技术"]["answers"] == 3  # two venues and a channel; the expert is paused
    assert "用工" not in found
    assert numbers(day(8))["lacks"]["技术"]["lacking_0"] == 1


def opened(client, table, column, line):
    response = client.get(giftables.url_of(table, column, line))
    assert response.status_code == 200
    return response.context["row_count"]


@pytest.mark.parametrize("by", ["unit", "group", "category"])
def test_every_number_opens_exactly_its_rows(park, sun, sign_in, by):
    people = {"office": sun}
    if by == "unit":
        people |= {"leader": make.staff("leader"), "giver": park.zhao, "taker": park.wu}
    checked = 0
    for name, person in people.items():
        client = sign_in(person)
        for asked in ({"on": day(4)}, {"on": day(9), "since": day(3), "until": day(4)}):
            view = client.get(PAGE, {"by": by, **asked}).context["view"]
            for table in giftables.tables(view.scope, view.by):
                for line, column in counted(table):
                    number = line.numbers.get(column.key, 0)
                    if number or line.is_total:
                        found = opened(client, table, column, line)
                        assert found == number, (name, table.key, line.name, column.key)
                        checked += 1
    assert checked > 50


def counted(table):
    for line in table.lines:
        for column in table.columns:
            if column.page and not (line.is_total and column.key == "answers"):
                yield line, column


def test_a_unit_is_told_its_own_numbers_and_no_others(park, sign_in):
    client = sign_in(park.lin)
    page = client.get(PAGE)
    assert {table.key for table in giftables.tables(page.context["view"].scope, "unit")} == {
        "dealt",
        "use",
    }
    names = {park.zhao_unit.name, park.wu_unit.name, str(park.zhao_unit), str(park.wu_unit)}
    assert not any(name in page.text for name in names)
    for other in (park.zhao_unit, park.wu_unit):  # asked for by hand
        for noun in ("giftbooking", "giftresource", "giftcommitment"):
            for side in ("", "had"):
                asked = {"unit": other.pk, "side": side}
                found = client.get(reverse(f"services:{noun}-list"), asked).context
                for row in found["object_list"]:
                    shown = {getattr(row, "unit_id", 0), getattr(row, "resource", row).unit_id}
                    assert park.lin_unit.pk in shown
    assert client.get(reverse("services:giftneed-list")).status_code == 403


def slowly_matched(on):
    """Distinct needs accepted and joined to a project: read from the rows, one after the other."""
    end, found = end_of(on), set()
    for need in Need.objects.all():
        accepted = need.accepted_at is not None and need.accepted_at < end
        accepted |= any(row.accepted_at and row.accepted_at < end for row in need.dispatches.all())
        joined = any(
            link.joined_at < end and (link.left_at is None or link.left_at >= end)
            for link in ProjectNeed.objects.filter(need=need)
        )
        if need.merged_into_id is None and accepted and joined:
            found.add(need.pk)
    return found


def slowly_solved(on):
    end = end_of(on)
    return {
        row.need_id
        for row in Solution.objects.select_related("need")
        if row.confirmed_at
        and row.confirmed_at < end
        and not row.automatically
        and not (row.reopened_at and row.reopened_at < end)
        and row.need.merged_into_id is None
    }


def test_the_headline_says_of_each_day_what_the_rows_say(park, sun, sign_in):
    """A need that is withdrawn later was matched all the same; one that left its project is not,
    one merged into another counts as that one."""
    acts = []
    for number in range(4):
        need = make.need(park.lin_unit, at=on_day(number), category="staff")
        review.publish(need, by=sun, at=on_day(number, 11))
        dispatching.accept(need, unit=park.zhao_unit, by=park.zhao, at=on_day(number, 12))
        if number < 3:
            give = [make.resource(park.zhao_unit, at=on_day(0))]
            projects.start(need, name="对接", resources=give, by=park.zhao, at=on_day(number + 1))
        acts.append(need)
    filing.withdraw(acts[0], reason="不用了", by=park.lin, at=on_day(6))
    ProjectNeed.objects.filter(need=acts[1]).update(left_at=on_day(7))
    twin = make.need(park.wu_unit, at=on_day(2), category="staff")
    review.publish(twin, by=sun, at=on_day(3))
    review.merge(twin, into=acts[2], by=sun, at=on_day(5))
    client = sign_in(sun)
    seen = set()
    for number in range(12):
        on = day(number)
        found = gifts.headline(gifts.Scope(on=on))
        assert found["matched"] == len(slowly_matched(on)) == Need.objects.matched(on).count()
        assert found["solved"] == len(slowly_solved(on)) == Need.objects.solved(on).count()
        assert found["collected"] == Need.objects.collected(on).count()
        for _words, value, url in giftables.headline(gifts.Scope(on=on)):
            assert client.get(url).context["row_count"] == value
        seen.add(found["matched"])
    assert len(seen) > 3


def test_the_numbers_that_were_kept_are_those_of_now(park, sun, sign_in):
    client = sign_in(sun)
    before = client.get(PAGE).text
    row = Booking.objects.filter(status="agreed", starts_at=None).first()
    bookings.use(row, by=None)
    assert client.get(PAGE).text != before


def test_files_hold_the_tables(park, sun, sign_in):
    client = sign_in(sun)
    for table in ("dealt", "use", "times", "lacks"):
        answer = client.get(PAGE, {"export": "xlsx", "table": table})
        assert answer["Content-Type"].endswith("sheet")
    assert client.get(PAGE, {"export": "docx"})["Content-Type"].endswith("document")
    for noun in ("giftbooking", "giftresource", "giftcommitment", "giftneed"):
        url = reverse(f"services:{noun}-list")
        assert client.get(url, {"export": "xlsx"})["Content-Type"].endswith("sheet"), noun


def test_few_statements_however_many_rows(park, sun, sign_in):
    client = sign_in(sun)
    client.get(PAGE)
    for count in (0, 3):
        for _ in range(count):
            make.booking(make.resource(park.lin_unit), park.wu_unit)
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE, {"on": day(9 + count)})
        assert len(asked) <= 45
        with CaptureQueriesContext(connection) as asked:
            client.get(PAGE, {"on": day(9 + count)})
        assert len(asked) <= 15  # from the store
    assert Commitment.objects.count() == 1


def test_a_giving_unit_stands_beside_its_certificate_of_the_year(park, sun, sign_in):
    """For the office and the unit itself; who only reads figures is offered no certificate."""
    url = reverse("services:unit-thanks", args=[park.zhao_unit.pk, 2026])
    leader = make.staff("leader")
    for person, sees in ((leader, False), (sun, True), (leader, False), (park.zhao, True)):
        client = sign_in(person)
        page = client.get(PAGE, {"on": day(30)}).text
        assert (url in page) == sees, person
        assert "services/thanks" not in page.replace(url, ""), person
        assert client.get(url).status_code == (200 if sees else 403), person
    client = sign_in(sun)
    assert url not in client.get(PAGE, {"on": day(30), "by": "category"}).text
    for on in (day(-90), date.min, date(1, 1, 2)):
        page = client.get(PAGE, {"on": on.isoformat()})
        assert (page.status_code, "services/thanks" in page.text) == (200, False)

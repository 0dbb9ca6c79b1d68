"""A figure of meetings is the number of rows in the list which it opens, for any rows."""

from datetime import date, datetime, timedelta
from io import BytesIO
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from alliance.meeting_figures import CAME, DONE, Share
from alliance.models import ActionItem, CheckIn, Invitation
from tests import make

pytestmark = pytest.mark.django_db
URL = "/alliance/meetings/figures/"
YEAR = {"since": "2026-01-01", "until": "2026-12-31"}


def at(month, day, hour=14):
    return timezone.make_aware(datetime(2026, month, day, hour))  # noqa: DTZ001


def held(group, month=3, day=10, **kwargs):
    starts_at = at(month, day)
    ends_at = starts_at + timedelta(hours=2)
    facts = {"starts_at": starts_at, "ends_at": ends_at, "held_at": ends_at}
    meeting = make.held_meeting(group, **facts | kwargs)
    seats = group.seats.order_by("order").select_related("unit")
    for seat in seats:
        meeting.invitations.create(seat=seat, unit_name=seat.unit.name)
    return meeting


def came(meeting, unit_name, **kwargs):
    invitation = meeting.invitations.get(unit_name=unit_name)
    facts = {"way": CheckIn.Way.HAND, "unit_name": unit_name} | kwargs
    return meeting.checkins.create(invitation=invitation, **facts)


@pytest.fixture
def anything(cast):
    """Meetings of both groups, alone and together, with whatever may happen to them."""
    chance = Random(7)
    groups = [cast.group, cast.other_group]
    for number in range(14):
        group = chance.choice(groups)
        meeting = held(group, chance.randint(1, 11), chance.randint(1, 25))
        if chance.random() < 0.3:
            meeting.partners.add(next(other for other in groups if other != group))
        _fill(meeting, chance, number)
        for _number in range(chance.randint(0, 3)):
            _resolve(meeting, cast, chance)


def _fill(meeting, chance, number):
    for invitation in meeting.invitations.all():
        reply = chance.choice(["", "attend", "leave", "substitute"])
        gone = timezone.now() if chance.random() < 0.1 else None
        Invitation.objects.filter(pk=invitation.pk).update(reply=reply, withdrawn_at=gone)
        if number % 5 == 0 or chance.random() < 0.3:
            continue
        when = meeting.starts_at + timedelta(minutes=chance.randint(-30, 60))
        facts = {
            "name": chance.choice(["", "甲", "乙"]),
            "is_substitute": chance.random() < 0.4,
            "at": chance.choice([None, when]),
            "withdrawn_at": chance.choice([None, None, timezone.now()]),
        }
        came(meeting, invitation.unit_name, **facts)
    due = chance.choice([None, timezone.localdate(meeting.ends_at) + timedelta(days=5)])
    type(meeting).objects.filter(pk=meeting.pk).update(minutes_due_on=due)
    for version in range(1, chance.randint(1, 3)):
        published = meeting.ends_at + timedelta(days=chance.randint(1, 12))
        meeting.minutes.create(version=version, status="published", published_at=published)


def _resolve(meeting, cast, chance):
    resolution = make.resolution(meeting)
    for _number in range(chance.randint(0, 2)):
        status = chance.choice(ActionItem.Status.values)
        due_on = date(2026, chance.randint(1, 12), 15)
        done_on = due_on + timedelta(days=chance.randint(-9, 9)) if status == "done" else None
        unit = chance.choice([cast.lin_unit, cast.wu_unit, cast.zhao_unit])
        make.action_item(unit, resolution=resolution, status=status, due_on=due_on, done_on=done_on)


def cells(page):
    for shown in page.context["tables"]:
        for row in shown["rows"]:
            for cell in row["cells"]:
                yield f"{shown['table'].key} {row['line'].name} {cell['words']}", cell


@pytest.mark.parametrize("query", [YEAR, {"year": "2026", "quarter": "2"}])
def test_each_number_is_that_of_the_rows_it_opens(query, anything, cast, sign_in, sun):
    for person, least in ((sun, 40), (cast.lin, 20)):
        client = sign_in(person)
        asked = 0
        for group in ("", cast.group.pk):
            page = client.get(URL, query | {"group": group})
            for name, cell in cells(page):
                opened = client.get(cell["url"])
                assert opened.context["filter"].form.errors == {}
                assert opened.context["row_count"] == cell["number"], name
                asked += cell["number"] > 0
        assert asked > (least if query is YEAR else 5)


def test_each_bar_opens_the_rows_of_its_quarter(anything, sign_in, sun):
    client, asked = sign_in(sun), 0
    for chart in client.get(URL, YEAR).context["charts"]:
        for bar in chart.bars:
            if bar.percent is not None:
                part, _slash, whole = bar.detail.partition(" / ")
                assert client.get(bar.url).context["row_count"] == int(part)
                assert bar.percent == round(100 * int(part) / int(whole))
                asked += 1
    assert asked > 6


def numbers(client, key, **query):
    """{name of the line: {figure: number}} of a table."""
    for shown in client.get(URL, YEAR | query).context["tables"]:
        table = shown["table"]
        if table.key == key:
            return {
                line.name: {each.key: line.numbers[each.key] for each in table.columns}
                for line in table.every_line
            }
    return {}


def test_who_came_is_told_by_unit_in_the_order_of_the_charter(cast, sign_in, sun):
    first, second = held(cast.group), held(cast.group, month=6)
    came(first, "lin公司", at=first.starts_at + timedelta(minutes=5))
    came(first, "wu公司", is_substitute=True)
    came(second, "wu公司")
    second.invitations.filter(unit_name="lin公司").update(reply="leave")
    held(cast.group, month=7)  # nobody wrote down who came
    found = numbers(sign_in(sun), "units")
    assert list(found) == ["lin公司", "wu公司"]
    lin = {"invited": 2, "came": 1, "substituted": 0, "late": 1, "on_leave": 1, "absent": 0}
    wu = {"invited": 2, "came": 2, "substituted": 1, "late": 0, "on_leave": 0, "absent": 0}
    assert found == {"lin公司": lin, "wu公司": wu}
    assert numbers(sign_in(sun), "meetings")[cast.group.name]["unrecorded"] == 1


def test_a_meeting_of_two_groups_counts_once_in_the_total(cast, sign_in, sun):
    shared = held(cast.group)
    shared.partners.add(cast.other_group)
    held(cast.other_group, month=4)
    found = numbers(sign_in(sun), "meetings")
    held_of = {name: figures["held"] for name, figures in found.items()}
    assert held_of == {cast.group.name: 1, cast.other_group.name: 2, "合计": 2}


def test_minutes_are_in_time_by_their_first_version(cast, sign_in, sun):
    due = date(2026, 3, 20)
    for days, version in ((-1, 1), (0, 1), (3, 1), (40, 2)):
        meeting = held(cast.group, minutes_due_on=due)
        at_ = at(3, 20) + timedelta(days=days)
        if version == 2:
            meeting.minutes.create(version=1, status="published", published_at=at(3, 19))
        meeting.minutes.create(version=version, status="published", published_at=at_)
    held(cast.group, minutes_due_on=timezone.localdate() + timedelta(days=1))
    missing = held(cast.group, minutes_due_on=timezone.localdate() - timedelta(days=2))
    missing.minutes.create()  # a draft
    page = sign_in(sun).get(URL, YEAR)
    table = next(x["table"] for x in page.context["tables"] if x["table"].key == "meetings")
    (line,) = table.lines
    figures = {
        key: line.numbers[f"minutes_{key}"] for key in ("in_time", "late", "missing", "waiting")
    }
    assert figures == {"in_time": 3, "late": 1, "missing": 1, "waiting": 1}
    assert line.numbers["days_late"] == 3 + 2
    assert table.share.of_numbers(line.numbers) == 60


def test_shares_of_nothing_are_blank():
    assert Share("", "came", ("invited",)).of_numbers({"came": 0, "invited": 0}) is None
    assert CAME.of_numbers({"came": 1, "invited": 3}) == 33
    open_ones = {"done_in_time": 1, "done_late": 1, "overdue": 2, "to_confirm": 9, "running": 9}
    assert DONE.of_numbers(open_ones) == 25


def test_people_are_the_parks_and_a_units_own(cast, sign_in, sun):
    meeting = held(cast.group)
    came(meeting, "lin公司", name="林代表")
    came(meeting, "wu公司", name="吴代表")
    guest = meeting.guests.create(name="专家甲", unit_name="研究院")
    meeting.checkins.create(guest=guest, unit_name="研究院", way="hand")
    everybody = {"林代表", "吴代表", "专家甲"}
    for person in (sun, make.staff("leader"), make.staff("auditor")):
        assert set(numbers(sign_in(person), "people")) == everybody
    client = sign_in(cast.wu)
    assert set(numbers(client, "people")) == {"吴代表"}
    rows = client.get(reverse("alliance:attendance-list"), YEAR).context["object_list"]
    assert {(row.unit_name, row.who) for row in rows} == {("lin公司", ""), ("wu公司", "吴代表")}
    people = client.get(reverse("alliance:attendee-list"), YEAR)
    assert [row.who for row in people.context["object_list"]] == ["吴代表"]
    other = CheckIn.objects.get(name="林代表")
    spied = client.get(reverse("alliance:attendee-list"), YEAR | {"like": other.pk})
    assert spied.context["row_count"] == 0
    assert "林代表" not in client.get(URL, YEAR).content.decode()
    assert sign_in(cast.zhao).get(URL, YEAR).context["tables"] == []


def test_no_name_stands_in_an_address(cast, sign_in, sun):
    came(held(cast.group), "lin公司", name="LinDaibiao")
    page = sign_in(sun).get(URL, YEAR)
    assert not any("LinDaibiao" in cell["url"] for _name, cell in cells(page))


def table_of(response):
    sheet = load_workbook(BytesIO(b"".join(response.streaming_content))).worksheets[0]
    return [list(row) for row in sheet.values]


def test_the_files_tell_what_the_page_tells(anything, sign_in, sun):
    client = sign_in(sun)
    page = client.get(URL, YEAR)
    for shown in page.context["tables"]:
        answer = client.get(URL, YEAR | {"export": "xlsx", "table": shown["table"].key})
        rows = table_of(answer)[2:]
        assert len(rows) == len(shown["rows"])
        skip = 2 if shown["table"].key == "people" else 1
        for row, told in zip(rows, shown["rows"], strict=True):
            expected = [cell["number"] for cell in told["cells"]]
            assert row[skip : skip + len(expected)] == expected
    paper = Document(
        BytesIO(b"".join(client.get(URL, YEAR | {"export": "docx"}).streaming_content))
    )
    assert len(paper.tables) == len(page.context["tables"])
    assert [len(table.rows) - 1 for table in paper.tables] == [
        len(shown["rows"]) for shown in page.context["tables"]
    ]


@pytest.mark.parametrize(
    ("query", "period"),
    [
        ({"year": "2025", "quarter": "2"}, (date(2025, 4, 1), date(2025, 6, 30))),
        ({"since": "2025-02-03", "until": "2025-02-09"}, (date(2025, 2, 3), date(2025, 2, 9))),
        ({"until": "2025-02-09"}, (date(2025, 1, 1), date(2025, 2, 9))),
    ],
)
def test_a_period_is_a_quarter_or_any_days(query, period, cast, sign_in, sun):
    held(cast.group, starts_at=at(3, 1) - timedelta(days=365), ends_at=at(3, 1))
    assert sign_in(sun).get(URL, query).context["period"] == period


def test_an_impossible_period_says_so_and_shows_this_year(sign_in, sun):
    answer = sign_in(sun).get(URL, {"since": "2026-05-01", "until": "2026-04-01"})
    year = timezone.localdate().year
    assert answer.context["period"] == (date(year, 1, 1), date(year, 12, 31))
    assert "结束日期早于开始日期" in answer.content.decode()


def test_resolutions_are_listed_and_taken_out(cast, sign_in, sun):
    meeting = held(cast.group)
    make.action_item(cast.wu_unit, resolution=make.resolution(meeting, text="互助"))
    make.resolution(meeting, text="删去", struck_at=timezone.now())
    make.resolution(held(cast.other_group), text="别组")
    client = sign_in(cast.wu)
    url = reverse("alliance:resolution-list")
    assert [row.text for row in client.get(url).context["object_list"]] == ["互助"]
    rows = table_of(client.get(url, {"export": "xlsx", "group": cast.group.pk}))
    assert [row[2] for row in rows] == ["议定事项", "互助"]
    assert rows[1][3] == "wu公司"
    answer = client.get(url, {"export": "docx"})
    assert (
        Document(BytesIO(b"".join(answer.streaming_content))).tables[0].rows[1].cells[3].text
        == "互助"
    )
    assert sign_in(sun).get(url).context["row_count"] == 2


@pytest.mark.parametrize("page", ["", "attendance-list", "attendee-list", "resolution-list"])
def test_a_page_asks_the_same_for_many_as_for_few(page, cast, sign_in, sun):
    client, chance = sign_in(sun), Random(1)
    url = reverse(f"alliance:{page}") if page else URL

    def fill():
        for _number in range(6):
            meeting = held(cast.group, chance.randint(1, 11))
            for name in ("lin公司", "wu公司"):
                came(meeting, name, name="甲", user=make.user())
            make.action_item(cast.wu_unit, resolution=make.resolution(meeting))

    def asked():
        with CaptureQueriesContext(connection) as found:
            client.get(url, YEAR)
        return len(found)

    fill()
    few = asked()
    fill()
    assert asked() == few

"""Files of resources and of bookings hold exactly what the filter shows, as cards or as a table,
and no more than their reader may know."""

import io
import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from services.actions import resources
from services.models import Booking
from tests import make

pytestmark = pytest.mark.django_db
CARDS, TABLE = reverse("services:resource-list"), reverse("services:resource-table")
BOOKINGS = reverse("services:booking-list")
NUMBER = re.compile(r"[资约]-\d{4}-\d{4}")
TODAY = timezone.localdate()


def in_sheet(answer):
    sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
    return [[str(cell or "") for cell in row] for row in sheet.iter_rows(values_only=True)]


def on_paper(answer):
    paper = Document(io.BytesIO(b"".join(answer.streaming_content)))
    return [[cell.text for cell in row.cells] for table in paper.tables for row in table.rows]


def numbers(lines):
    return sorted(NUMBER.findall(" ".join(cell for line in lines for cell in line[:1])))


@pytest.fixture
def offered(cast):
    """Of every kind, some of it gone, paused, waiting for review or of another unit."""
    rows = [
        make.resource(cast.lin_unit, category=category, title=f"{word}{number}", capacity=1)
        for number in range(2)
        for category, word in (("venue", "报告厅"), ("expert", "专家"), ("funds", "专家经费"))
    ]
    make.resource(cast.zhao_unit, "submitted", title="专家待审")
    resources.pause(make.resource(cast.zhao_unit, title="专家暂停"), by=None)
    make.booking(rows[0], cast.wu_unit)
    return rows


ASKED = (
    {},
    {"category": "venue"},
    {"q": "专家"},
    {"q": "专家 经费"},
    {"free": "today"},
    {"on": (TODAY + timedelta(days=2)).isoformat()},
    {"status": "paused"},
    {"free": "today", "category": "venue"},
    {"q": "没有这样的"},
)


@pytest.mark.parametrize("asked", ASKED)
def test_files_of_resources_hold_what_both_views_show(cast, sun, sign_in, offered, asked):
    for person in (sun, cast.zhao, cast.wu):
        client = sign_in(person)
        shown = [
            sorted(row.number for row in client.get(url, asked).context["object_list"])
            for url in (CARDS, TABLE)
        ]
        assert shown[0] == shown[1]
        for url in (CARDS, TABLE):
            assert numbers(in_sheet(client.get(url, asked | {"export": "xlsx"}))) == shown[0]
            assert numbers(on_paper(client.get(url, asked | {"export": "docx"}))) == shown[0]


def test_the_file_says_what_is_left_on_the_day_that_was_asked(cast, sign_in):
    hall = make.resource(cast.lin_unit, category="venue", capacity=2, measure="间", is_timed=True)
    begins = timezone.now() + timedelta(days=2)
    make.booking(hall, cast.wu_unit, starts_at=begins, ends_at=begins + timedelta(minutes=30))
    day, client = timezone.localdate(begins), sign_in(cast.wu)
    for asked, words in (({"on": day}, "部分时段可约"), ({}, "当天可约 2 间")):
        assert words in client.get(CARDS, asked).text
        lines = in_sheet(client.get(CARDS, asked | {"export": "xlsx"}))
        assert words in str(lines)


@pytest.mark.parametrize("asked", [{}, {"status": "agreed"}, {"q": "报告厅"}, {"part": "had"}])
def test_files_of_bookings_hold_what_the_list_shows(cast, sun, sign_in, offered, asked):
    for resource in offered[1:]:
        make.booking(resource, cast.wu_unit, "waiting")
        make.booking(resource, cast.zhao_unit)
    for person in (sun, cast.wu, cast.zhao, cast.lin):
        client = sign_in(person)
        shown = sorted(row.number for row in client.get(BOOKINGS, asked).context["object_list"])
        assert numbers(in_sheet(client.get(BOOKINGS, asked | {"export": "xlsx"}))) == shown
        assert numbers(on_paper(client.get(BOOKINGS, asked | {"export": "docx"}))) == shown


def test_no_file_says_for_whom_an_offer_is_before_that_unit_agrees(cast, sign_in):
    need = make.need(cast.wu_unit, "published")
    funds = make.resource(cast.lin_unit, capacity=9)
    make.booking(funds, None, "waiting", side="offered", need=need)
    client = sign_in(cast.lin)
    for lines in (
        in_sheet(client.get(BOOKINGS, {"export": "xlsx"})),
        on_paper(client.get(BOOKINGS, {"export": "docx"})),
    ):
        assert "某企业" in str(lines)
        assert cast.wu_unit.name not in str(lines)
    assert cast.wu_unit.name in str(in_sheet(sign_in(cast.wu).get(BOOKINGS, {"export": "xlsx"})))


@pytest.mark.parametrize("url", [CARDS, TABLE, BOOKINGS])
def test_lists_ask_as_many_questions_for_many_rows_as_for_few(cast, sun, sign_in, url):
    def asked(client, query):
        client.get(url, query)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(url, query).status_code == 200
        sql = [each["sql"] for each in captured.captured_queries]
        return [each for each in sql if not each.startswith(("SAVEPOINT", "RELEASE"))]

    def fill(number):
        for place in range(number):
            row = make.resource(cast.lin_unit, capacity=3, is_timed=bool(place % 2))
            begins = timezone.now() + timedelta(days=1, hours=place)
            span = {"starts_at": begins, "ends_at": begins + timedelta(hours=1)}
            need = make.need(cast.wu_unit, "published")
            make.booking(row, None, "waiting", side="offered", need=need, **span)

    fill(2)
    queries = ({}, {"status": "available"}) if url != BOOKINGS else ({}, {"status": "waiting"})
    few = {}
    for person in (sun, cast.lin, cast.wu):
        for number, query in enumerate(queries):
            few[person, number] = len(asked(sign_in(person), query))
            assert few[person, number] <= 12
    fill(6)
    for person in (sun, cast.lin, cast.wu):
        for number, query in enumerate(queries):
            assert len(asked(sign_in(person), query)) <= few[person, number]
    assert Booking.objects.count() == 8

"""The pages of resources and bookings: what each reader finds, files, answers and never learns."""

import io
import re
import uuid
from datetime import datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from nanchuan.kernel.models import Event
from services.actions import bookings, resources
from services.forms import kept, resource_filters
from services.models import Booking, Resource
from tests import make

pytestmark = pytest.mark.django_db
LIST, TABLE = reverse("services:resource-list"), reverse("services:resource-table")
BOOKINGS = reverse("services:booking-list")
TODAY = timezone.localdate()


def typed(**facts):
    return {"once": str(uuid.uuid4())} | facts


def rows(response):
    return {row.pk for row in response.context["object_list"]}


def page_of(verb, row, noun="resource"):
    return reverse(f"services:{noun}-{verb}", args=[row.pk])


def at(hour, days=1):
    return timezone.make_aware(datetime.combine(TODAY + timedelta(days=days), time(hour)))


# ── Lists ───────────────────────────────────────────────────────────────────────────────────


def test_what_is_free_on_a_day(cast, sign_in):
    """Stocks that are not used up; hours that are not all taken; days that are not closed."""
    stock, gone, hall, closed, weekly = (
        make.resource(cast.lin_unit, capacity=1, title="一份"),
        make.resource(cast.lin_unit, capacity=1, title="用完"),
        make.resource(cast.lin_unit, capacity=1, is_timed=True, title="报告厅"),
        make.resource(cast.lin_unit, capacity=1, is_timed=True, title="不开放"),
        make.resource(cast.lin_unit, capacity=1, is_timed=True, title="另一天开放"),
    )
    day = TODAY + timedelta(days=1)
    make.booking(gone, cast.wu_unit)
    resources.change(hall, hours=[(day.isoweekday(), time(9), time(17))], by=None)
    resources.close_days(closed, starts_on=day, ends_on=day, by=None)
    resources.change(weekly, hours=[(day.isoweekday() % 7 + 1, time(9), time(17))], by=None)
    client = sign_in(cast.zhao)
    assert rows(client.get(LIST, {"on": day})) == {stock.pk, hall.pk}
    morning = make.booking(hall, cast.wu_unit, starts_at=at(9), ends_at=at(12))
    assert rows(client.get(TABLE, {"on": day})) == {stock.pk, hall.pk}
    make.booking(hall, cast.wu_unit, starts_at=at(12), ends_at=at(17))
    assert rows(client.get(LIST, {"on": day})) == {stock.pk}
    bookings.cancel(morning, by=cast.wu)
    assert rows(client.get(LIST, {"on": day})) == {stock.pk, hall.pk}


def test_hours_that_changed_after_a_booking_do_no_harm(cast, sign_in):
    hall = make.resource(cast.lin_unit, capacity=1, is_timed=True)
    make.booking(hall, cast.wu_unit, starts_at=at(9), ends_at=at(12))
    day = TODAY + timedelta(days=1)
    resources.change(hall, hours=[(day.isoweekday() % 7 + 1, time(9), time(17))], by=None)
    assert rows(sign_in(cast.wu).get(LIST, {"on": day})) == set()


def test_what_became_full_a_moment_ago_is_left_out_at_once(cast, sign_in):
    """The question of the first page is kept; which resources are full is asked each time."""
    hall, other = (make.resource(cast.lin_unit, capacity=1, is_timed=True) for _ in range(2))
    client, day = sign_in(cast.wu), TODAY + timedelta(days=1)
    assert rows(client.get(LIST, {"on": day})) == {hall.pk, other.pk}
    midnight = at(0)
    row = make.booking(hall, cast.wu_unit, starts_at=midnight, ends_at=midnight + timedelta(days=1))
    assert rows(client.get(LIST, {"on": day})) == {other.pk}
    assert client.get(LIST, {"on": day, "count": "all"}).context["row_count"] == 1
    bookings.cancel(row, by=None)
    assert rows(client.get(LIST, {"on": day})) == {hall.pk, other.pk}


@pytest.mark.parametrize("near", [(1, 1000), (2, 3, 1000), (3,), (1000,)])
def test_whichever_step_finds_them_those_that_are_full_are_left_out(
    cast, sign_in, monkeypatch, near
):
    """The newest are full: the page is filled by older ones, or there are no more."""
    monkeypatch.setattr(resource_filters, "NEAR", near)
    monkeypatch.setattr(kept, "PAGE", 1)
    free = [make.resource(cast.lin_unit, capacity=1, is_timed=True) for _ in range(3)]
    for _ in range(2):
        hall = make.resource(cast.lin_unit, capacity=1, is_timed=True)
        make.booking(hall, cast.wu_unit, starts_at=at(0), ends_at=at(0, days=2))
    client, day = sign_in(cast.wu), TODAY + timedelta(days=1)
    expected = [row.pk for row in reversed(free)]
    answer = client.get(LIST, {"on": day}).context
    shown = [row.pk for row in answer["object_list"]]
    assert shown == expected[: len(shown)]
    assert answer["paginator"].is_more or shown == expected
    whole = client.get(LIST, {"on": day, "count": "all"}).context["object_list"]
    assert [row.pk for row in whole] == expected


def test_of_many_that_are_full_none_is_left(cast, sign_in, monkeypatch):
    monkeypatch.setattr(resource_filters, "NEAR", (1,))
    for _ in range(3):
        hall = make.resource(cast.lin_unit, capacity=1, is_timed=True)
        make.booking(hall, cast.wu_unit, starts_at=at(0), ends_at=at(0, days=2))
    answer = sign_in(cast.wu).get(LIST, {"on": TODAY + timedelta(days=1)})
    assert list(answer.context["object_list"]) == []
    assert answer.context["row_count"] == 0


def test_a_kept_question_answers_each_reader_by_its_own_reach(cast, sun, sign_in):
    """What waits for review is its unit's and the office's to see, whoever asked before."""
    waits = make.resource(cast.lin_unit, "submitted")
    there = make.resource(cast.zhao_unit)
    mine = make.booking(there, cast.wu_unit)
    for _ in range(2):
        assert rows(sign_in(cast.wu).get(LIST)) == {there.pk}
        assert rows(sign_in(cast.lin).get(TABLE)) == {there.pk, waits.pk}
        assert rows(sign_in(sun).get(LIST)) == {there.pk, waits.pk}
        assert rows(sign_in(cast.wu).get(BOOKINGS, {"part": "had"})) == {mine.pk}
        assert rows(sign_in(cast.zhao).get(BOOKINGS, {"part": "had"})) == set()
        assert rows(sign_in(cast.zhao).get(BOOKINGS, {"part": "given"})) == {mine.pk}
        assert rows(sign_in(cast.lin).get(BOOKINGS)) == set()


def test_each_row_says_what_is_left(cast, sign_in):
    make.resource(cast.lin_unit, title="不限")
    part = make.resource(cast.lin_unit, capacity=5, measure="场")
    gone = make.resource(cast.lin_unit, capacity=1)
    make.booking(part, cast.wu_unit, quantity=3)
    make.booking(gone, cast.wu_unit)
    for url in (LIST, TABLE):
        page = sign_in(cast.zhao).get(url).text
        for words in ("不限量", "剩余 2 场，共 5 场", "已约完"):
            assert words in page, (url, words)


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x"])
def test_an_impossible_day_is_a_page_not_an_error(cast, sign_in, day):
    hall = make.resource(cast.lin_unit, capacity=1, is_timed=True)
    client = sign_in(cast.wu)
    for url in (LIST, TABLE, page_of("ask", hall)):
        assert client.get(url, {"on": day}).status_code == 200


def test_the_office_finds_what_waits_for_review(cast, sun, sign_in):
    waits = make.resource(cast.lin_unit, "submitted")
    make.resource(cast.lin_unit)
    client = sign_in(sun)
    page = client.get(LIST)
    assert "待审核 1" in page.text
    assert rows(client.get(LIST, {"status": "submitted"})) == {waits.pk}
    assert str(waits) in client.get("/").text
    assert rows(sign_in(cast.wu).get(LIST, {"status": "submitted"})) == set()


def test_the_file_has_exactly_the_rows_shown(cast, sign_in):
    shown = make.resource(cast.lin_unit, category="venue", capacity=2, measure="间")
    make.resource(cast.lin_unit, category="funds")
    make.resource(cast.lin_unit, "paused", category="venue")
    client = sign_in(cast.wu)
    for url in (LIST, TABLE):
        answer = client.get(url, {"category": "venue", "export": "xlsx"})
        sheet = load_workbook(io.BytesIO(b"".join(answer.streaming_content))).active
        lines = [row for row in sheet.iter_rows(values_only=True) if row[0] == shown.number]
        assert len(lines) == 1
        assert "剩余 2 间，共 2 间" in lines[0]
        text = " ".join(str(cell) for row in sheet.iter_rows(values_only=True) for cell in row)
        assert len(re.findall(r"资-\d{4}-\d{4}", text)) == 1
    assert client.get(LIST, {"export": "docx"}).status_code == 200


def test_a_list_of_timed_ones_asks_as_many_questions_for_many_as_for_few(cast, client):
    client.force_login(cast.wu)
    counts = []
    for number in (2, 10):
        for _ in range(number):
            hall = make.resource(cast.lin_unit, capacity=1, is_timed=True)
            make.booking(hall, cast.wu_unit, starts_at=at(9), ends_at=at(10))
        for query in ({}, {"on": TODAY + timedelta(days=1)}):
            client.get(LIST)
            with CaptureQueriesContext(connection) as queries:
                client.get(LIST, query)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 18, counts


# ── Filing ──────────────────────────────────────────────────────────────────────────────────

HALL = {
    "category": "venue",
    "title": "报告厅",
    "content": "可容纳六十人",
    "capacity": "1",
    "measure": "间",
    "is_timed": "on",
    "weekdays": ["1", "3"],
    "opens_at": "09:00",
    "closes_at": "17:30",
    "needs_consent": "on",
}


def test_photos_may_be_changed_for_others_when_there_are_as_many_as_may_be(
    cast, sign_in, settings, tmp_path, monkeypatch
):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr("nanchuan.kernel.uploads.MOST_PHOTOS", 1)
    client = sign_in(cast.lin)
    client.post(reverse("services:resource-create"), typed(**HALL, photos=make.photo()))
    hall = Resource.objects.get()
    old = hall.photos.get()
    url = reverse("services:resource-edit", args=[hall.pk])
    client.post(url, typed(**HALL | {"photos": make.photo(), "removed": [old.pk]}))
    assert hall.photos.get() != old


def test_a_unit_files_a_hall_with_its_hours_and_a_photo(cast, sun, sign_in, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    client = sign_in(cast.lin)
    url = reverse("services:resource-create")
    assert cast.lin.name in client.get(url).text  # whom to call is known
    client.post(url, typed(**HALL, photos=make.photo()))
    hall = Resource.objects.get()
    assert (hall.status, hall.capacity, hall.is_timed) == ("submitted", 1, True)
    assert [(row.weekday, row.opens_at) for row in hall.open_times.all()] == [
        (1, time(9)),
        (3, time(9)),
    ]
    photo = hall.photos.get()
    small = reverse("services:resourcephoto-thumbnail", args=[photo.pk])
    assert client.get(small)["Content-Type"] == "image/jpeg"
    assert sign_in(cast.wu).get(small).status_code == 404  # it waits for review
    sign_in(sun).post(page_of("approve", hall))
    assert sign_in(cast.wu).get(small).status_code == 200
    assert small in sign_in(cast.wu).get(LIST).text
    edit = page_of("edit", hall)
    changed = HALL | {"weekdays": ["5"], "removed": [photo.pk]}
    sign_in(cast.lin).post(edit, typed(**changed))
    hall.refresh_from_db()
    assert [row.weekday for row in hall.open_times.all()] == [5]
    assert not hall.photos.exists()
    assert hall.status == "available"


def test_hours_of_several_spans_outlive_a_correction(cast, sign_in):
    hours = [(1, time(9), time(12)), (1, time(14), time(18)), (3, time(9), time(12))]
    hall = make.resource(cast.lin_unit, is_timed=True, hours=hours)
    client, edit = sign_in(cast.lin), page_of("edit", hall)
    page = client.get(edit).text
    assert "周一 09:00–12:00；周一 14:00–18:00" in page
    assert 'name="opens_at"' not in page
    client.post(edit, typed(**HALL | {"title": "另一个名称"}))
    hall.refresh_from_db()
    assert hall.title == "另一个名称"
    kept = hall.open_times.values_list("weekday", "opens_at", "closes_at")
    assert sorted(kept) == hours


BREAK = {"closes_at": "12:00", "opens_again_at": "14:00", "closes_again_at": "17:30"}


def test_hours_with_a_break_at_noon_are_filed_shown_and_corrected(cast, sign_in):
    client, create = sign_in(cast.lin), reverse("services:resource-create")
    assert '<details class="resource-break">' in client.get(create).text  # usually folded
    client.post(create, typed(**HALL | BREAK))
    hall = Resource.objects.get()

    def spans():
        return sorted(hall.open_times.values_list("weekday", "opens_at", "closes_at"))

    parts = [(time(9), time(12)), (time(14), time(17, 30))]
    assert spans() == [(day, *part) for day in (1, 3) for part in parts]
    edit = page_of("edit", hall)
    page = client.get(edit).text
    assert '<details class="resource-break" open>' in page
    for value in ("12:00", "14:00", "17:30"):
        assert f'value="{value}"' in page
    client.post(edit, typed(**HALL | BREAK | {"closes_again_at": "18:00"}))
    assert spans()[1] == (1, time(14), time(18))
    client.post(edit, typed(**HALL))  # no break any more
    assert spans() == [(1, time(9), time(17, 30)), (3, time(9), time(17, 30))]


@pytest.mark.parametrize(
    ("typed_wrong", "words"),
    [
        ({"closes_again_at": ""}, "请填写开放的钟点"),
        ({"opens_again_at": ""}, "请填写开放的钟点"),
        ({"opens_again_at": "11:00"}, "应晚于午休前"),
        ({"closes_again_at": "13:00"}, "结束时间应晚于开始时间"),
    ],
)
def test_a_break_that_will_not_do_comes_back_with_what_was_typed(cast, sign_in, typed_wrong, words):
    sent = HALL | BREAK | typed_wrong
    page = sign_in(cast.lin).post(reverse("services:resource-create"), typed(**sent))
    assert words in page.text
    assert '<details class="resource-break" open>' in page.text
    for name in BREAK:
        assert not sent[name] or f'value="{sent[name]}"' in page.text
    assert not Resource.objects.exists()


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("opens_at", "", "请填写开放的钟点"),
        ("closes_at", "08:00", "应晚于"),
        ("capacity", "0", "1 以上的整数"),
        ("weekdays", ["9"], ""),
    ],
)
def test_hours_that_will_not_do_come_back(cast, sign_in, field, value, words):
    page = sign_in(cast.lin).post(
        reverse("services:resource-create"), typed(**HALL | {field: value})
    )
    assert page.status_code == 200
    assert words in page.text
    assert not Resource.objects.exists()


def test_the_office_sends_back_and_the_unit_files_again(cast, sun, sign_in):
    row = make.resource(cast.lin_unit, "submitted")
    back = page_of("return", row)
    client = sign_in(sun)
    assert client.get(back).status_code == 200
    assert "请写明原因" in client.post(back, typed(reason="")).text
    client.post(back, typed(reason="请写明场地大小"))
    client = sign_in(cast.lin)
    assert "请写明场地大小" in client.get(row.get_absolute_url()).text
    client.post(page_of("edit", row), typed(category="venue", title="厅", content="六十座"))
    row.refresh_from_db()
    assert row.status == "submitted"


def test_days_are_closed_and_opened_again(cast, sign_in):
    hall = make.resource(cast.lin_unit, capacity=1, is_timed=True)
    client, day = sign_in(cast.lin), TODAY + timedelta(days=2)
    client.post(page_of("close", hall), typed(starts_on=day, reason="检修"))
    closed = hall.closed_times.get()
    assert (closed.starts_on, closed.ends_on) == (day, day)
    assert "检修" in client.get(hall.get_absolute_url()).text
    client.post(page_of("drop", closed, "closedtime"))
    assert not hall.closed_times.exists()


# ── Asking and offering ─────────────────────────────────────────────────────────────────────


def test_a_unit_asks_and_the_other_agrees(cast, sign_in):
    need = make.need(cast.wu_unit, "published")
    row = make.resource(cast.lin_unit, capacity=2, measure="场")
    client = sign_in(cast.wu)
    page = client.get(page_of("ask", row), {"need": need.pk})
    assert need.title in page.text
    once = typed(unit=cast.wu_unit.pk, need=need.pk, quantity=2, note="月底用")
    client.post(page_of("ask", row), once)
    client.post(page_of("ask", row), once)
    booking = Booking.objects.get()
    assert (booking.need, booking.status, booking.made_by) == (need, "waiting", cast.wu)
    assert row.title in client.get(need.get_absolute_url()).text
    giver = sign_in(cast.lin)
    assert "等我们答复 1" in giver.get(BOOKINGS).text
    assert str(booking) in giver.get("/").text
    giver.post(page_of("agree", booking, "booking"))
    booking.refresh_from_db()
    assert booking.status == "agreed"
    refused = sign_in(cast.zhao).post(
        page_of("ask", row), typed(unit=cast.zhao_unit.pk, quantity=1)
    )
    assert "已经约完" in refused.text


def test_a_calendar_proposes_hours_and_the_form_takes_them(cast, sign_in):
    hall = make.resource(cast.lin_unit, capacity=1, is_timed=True, needs_consent=False)
    day = TODAY + timedelta(days=1)
    resources.change(hall, hours=[(day.isoweekday(), time(13), time(17))], by=None)
    client = sign_in(cast.wu)
    assert f"?on={day}" in client.get(hall.get_absolute_url()).text
    assert f"{day}T13:00" in client.get(page_of("ask", hall), {"on": day}).text
    span = {"starts_at": f"{day}T13:00", "ends_at": f"{day}T15:00"}
    client.post(page_of("ask", hall), typed(unit=cast.wu_unit.pk, quantity=1, **span))
    booking = Booking.objects.get()
    assert (booking.status, booking.starts_at) == ("agreed", at(13))
    assert "部分可约" in sign_in(cast.zhao).get(hall.get_absolute_url()).text
    past = typed(unit=cast.wu_unit.pk, quantity=1, starts_at="0001-01-01T00:00", ends_at=at(9))
    assert client.post(page_of("ask", hall), past).status_code == 200


@pytest.mark.parametrize(
    ("field", "value"),
    [("quantity", "0"), ("quantity", "x"), ("need", "99999999999999999999"), ("unit", "x")],
)
def test_what_will_not_do_comes_back(cast, sign_in, field, value):
    row = make.resource(cast.lin_unit)
    answer = sign_in(cast.wu).post(
        page_of("ask", row), typed(unit=cast.wu_unit.pk, quantity=1, note="月底用") | {field: value}
    )
    assert answer.status_code == 200
    assert "月底用" in answer.text
    assert not Booking.objects.exists()


def test_whom_one_does_not_speak_for_one_does_not_ask_for(cast, sign_in):
    row = make.resource(cast.lin_unit)
    sign_in(cast.wu).post(page_of("ask", row), typed(unit=cast.zhao_unit.pk, quantity=1))
    assert not Booking.objects.exists()
    assert sign_in(cast.lin).get(page_of("ask", row)).status_code == 403
    assert sign_in(cast.wu).get(page_of("offer", row)).status_code == 403


# ── What nobody learns ──────────────────────────────────────────────────────────────────────

CANARY = "金丝雀"


@pytest.fixture
def secret(cast, sun):
    """Zhao's unit asks for something; others read that it is a need of technology."""
    cast.zhao_unit.name = f"{CANARY}公司"
    cast.zhao_unit.save()
    typed = {"title": f"{CANARY}标题", "content": CANARY}
    return make.need(cast.zhao_unit, "published", office=sun, **typed)


def test_who_offers_reads_the_public_face_only(cast, sun, sign_in, secret):
    row = make.resource(cast.lin_unit, capacity=3)
    client = sign_in(cast.lin)
    form = client.get(page_of("offer", row))
    assert secret.number in form.text
    assert CANARY not in form.text
    client.post(page_of("offer", row), typed(need=secret.pk, quantity=1, note="可以先看看"))
    booking = Booking.objects.get()
    assert booking.unit == cast.zhao_unit
    pages = [booking.get_absolute_url(), BOOKINGS, row.get_absolute_url(), LIST, TABLE, "/"]
    for page in pages:
        assert CANARY not in client.get(page).text, page
    assert "某企业" in client.get(booking.get_absolute_url()).text
    bookings.decline(booking, reason="不用了", by=cast.zhao)
    for page in pages:
        text = client.get(page).text
        assert CANARY not in text, page
    history = client.get(booking.get_absolute_url()).text
    assert "谢绝认领" not in history  # who declined is a person of that unit
    assert CANARY in sign_in(sun).get(booking.get_absolute_url()).text


def test_nobody_else_learns_who_has_it(cast, sign_in, secret):
    row = make.resource(cast.lin_unit, capacity=3)
    booking = make.booking(row, cast.zhao_unit, need=secret, note=CANARY)
    stranger = sign_in(cast.wu)
    assert stranger.get(booking.get_absolute_url()).status_code == 404
    for page in (row.get_absolute_url(), LIST, TABLE, BOOKINGS, "/"):
        text = stranger.get(page).text
        assert CANARY not in text, page
        assert booking.number not in text, page
    assert "剩余 2，共 3" in stranger.get(row.get_absolute_url()).text
    exported = stranger.get(LIST, {"export": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(exported.streaming_content))).active
    assert CANARY not in str([*sheet.iter_rows(values_only=True)])


def test_a_need_that_the_giver_may_not_see_does_not_stand_on_the_booking(cast, sun, sign_in):
    hidden = make.need(cast.zhao_unit, "published", office=sun, audience="office", title=CANARY)
    row = make.resource(cast.lin_unit)
    booking = make.booking(row, cast.zhao_unit, "waiting", need=hidden)
    giver = sign_in(cast.lin)
    page = giver.get(booking.get_absolute_url()).text
    assert CANARY not in page
    assert hidden.number not in page
    assert cast.zhao_unit.name in page  # who asks says so itself
    assert hidden.number in sign_in(cast.zhao).get(booking.get_absolute_url()).text


def test_a_need_shows_its_bookings_to_those_who_read_the_whole(cast, sun, sign_in, secret):
    row = make.resource(cast.lin_unit, title="专家上门")
    make.booking(row, cast.zhao_unit, "waiting", need=secret)
    url = secret.get_absolute_url()
    assert "专家上门" in sign_in(cast.zhao).get(url).text
    assert "专家上门" in sign_in(sun).get(url).text
    assert "专家上门" not in sign_in(cast.wu).get(url).text


def test_each_step_is_in_the_history(cast, sun):
    row = make.booking(make.resource(cast.lin_unit), cast.wu_unit, "used")
    found = Event.objects.filter(subject_id=row.pk, name__startswith="booking.").order_by("pk")
    assert [event.name for event in found] == ["booking.asked", "booking.agreed", "booking.used"]

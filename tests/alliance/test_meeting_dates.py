"""The dates that belong to a meeting: in working days, by the system it began under."""

import uuid
from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance import timeline
from alliance.models import Meeting, MeetingKind, Regulation
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
CREATE = reverse("alliance:meeting-create")
NOW = datetime.fromisoformat("2026-11-25T10:00:00+08:00")  # a Wednesday


@pytest.fixture(autouse=True)
def a_wednesday(time_machine):
    time_machine.move_to(NOW)


def at(text):
    return timezone.make_aware(datetime.fromisoformat(text))


def system(**values):
    return Regulation(text="meetings", number=1, title="联席会议制度", settings=values)


def adopted(number=1, *, starts_on=date(2026, 1, 1), ends_on=None, **values):
    regulation = system(**values)
    regulation.number, regulation.status, regulation.adopted_at = number, "adopted", NOW
    regulation.starts_on, regulation.ends_on = starts_on, ends_on
    regulation.save()
    return regulation


def typed(cast, starts_at, **changes):
    starts_at = at(starts_at) if isinstance(starts_at, str) else starts_at
    values = {
        "group": cast.group.pk,
        "kind": MeetingKind.objects.first().pk,
        "title": "第四季度联席会议",
        "starts_at": f"{timezone.localtime(starts_at):%Y-%m-%dT%H:%M}",
        "ends_at": f"{timezone.localtime(starts_at) + timedelta(hours=2):%Y-%m-%dT%H:%M}",
        "place": "会议厅",
        "agenda": "通报情况",
        "once": uuid.uuid4(),
    }
    return values | changes


# ── The dates ───────────────────────────────────────────────────────────────────────────────


def test_the_default_dates_of_a_meeting_after_the_national_day():
    """Saturday 10 October 2026 is a working day that makes up for the holiday."""
    days = [day for _code, _label, day in timeline.days(Regulation(), at("2026-10-12T15:00"))]
    assert days == [
        date(2026, 9, 15),  # 15 working days before; Sunday 20 September works too
        date(2026, 9, 24),  # 25 September is the Mid-Autumn Festival
        date(2026, 10, 9),
        date(2026, 10, 15),
        date(2026, 10, 21),
    ]


def test_the_numbers_are_those_of_the_system():
    regulation = system(topics_days=3, invite_days=2, report_days=0, minutes_days=1)
    days = [day for _code, _label, day in timeline.days(regulation, at("2026-12-10T15:00"))]
    assert days == [
        date(2026, 12, 7),
        date(2026, 12, 8),
        date(2026, 12, 10),
        date(2026, 12, 11),
        date(2026, 12, 21),
    ]


@pytest.mark.parametrize(
    ("convened_on", "today", "status", "words"),
    [
        (None, date(2026, 11, 25), "waiting", "还剩 4 个工作日"),
        (None, date(2026, 12, 1), "soon", "就在今天"),
        (None, date(2026, 12, 3), "overdue", "逾期 2 个工作日"),
        (date(2026, 12, 1), date(2026, 12, 3), "done", "已召集"),
        (date(2026, 12, 2), date(2026, 12, 3), "soon", "已召集，晚了 1 个工作日"),
    ],
)
def test_the_notice_is_done_late_or_owed(convened_on, today, status, words):
    meeting = Meeting(kind=MeetingKind(), starts_at=at("2026-12-10T15:00"))
    found = timeline.timeline(meeting, convened_on=convened_on, today=today)
    notice = next(due for due in found if due.label == "确定议程、发出通知")
    assert (notice.day, notice.status, notice.words) == (date(2026, 12, 1), status, words)


def test_what_the_portal_does_not_know_it_does_not_call_late():
    meeting = Meeting(kind=MeetingKind(), starts_at=at("2026-12-10T15:00"))
    words = {
        due.label: due.words
        for due in timeline.timeline(
            meeting, convened_on=date(2026, 11, 20), today=date(2026, 12, 30)
        )
    }
    assert words["印发纪要"] == words["报上级、请嘉宾"] == "日期已过"


# ── On the page ─────────────────────────────────────────────────────────────────────────────


def test_the_page_shows_the_dates_with_their_weekdays(sign_in, cast):
    starts_at = at("2026-12-10T15:00")
    meeting = make.meeting(
        cast.group, by=cast.lin, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2)
    )
    page = sign_in(cast.wu).get(meeting.get_absolute_url()).text
    for words in ("征集议题截止", "2026-12-01 周二", "已召集", "2026-12-15 周二"):
        assert words in page
    assert "调休安排尚未公布" not in page


def test_a_meeting_of_a_year_that_is_not_announced_says_so(sign_in, cast):
    starts_at = at("2028-10-12T15:00")
    meeting = make.meeting(
        cast.group, by=cast.lin, starts_at=starts_at, ends_at=starts_at + timedelta(hours=2)
    )
    page = sign_in(cast.lin).get(meeting.get_absolute_url()).text
    assert "2028年的调休安排尚未公布，暂按周末和法定节假日推算。" in page


def test_a_draft_owes_its_notice_and_a_cancelled_meeting_nothing(sign_in, cast, sun):
    starts_at = at("2026-12-03T15:00")
    meeting = make.meeting(
        cast.group,
        by=cast.lin,
        at=NOW,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
    )
    draft = Meeting.objects.create(
        group=cast.group,
        kind=meeting.kind,
        title="草拟",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        convened_by=cast.lin_unit,
        status="draft",
    )
    client = sign_in(sun)
    assert "逾期 1 个工作日" in client.get(draft.get_absolute_url()).text
    assert "晚了 1 个工作日" in client.get(meeting.get_absolute_url()).text
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")
    assert "时间安排" not in client.get(meeting.get_absolute_url()).text


def test_an_amendment_leaves_the_dates_of_meetings_that_began_before(cast):
    old = adopted(1, ends_on=date(2026, 11, 24), invite_days=3)
    new = adopted(2, starts_on=date(2026, 11, 25), invite_days=9)
    before = make.meeting(cast.group, by=cast.lin, at=at("2026-11-24T23:00"))
    after = make.meeting(cast.group, by=cast.lin, at=at("2026-11-25T00:30"))
    assert (before.regulation, after.regulation) == (old, new)
    notices = [timeline.timeline(meeting)[1].day for meeting in (before, after)]
    assert notices == [date(2026, 12, 2), date(2026, 11, 24)]


def test_without_a_system_the_meeting_has_none_and_the_defaults_hold(cast):
    assert make.meeting(cast.group, by=cast.lin).regulation is None


# ── In the form ─────────────────────────────────────────────────────────────────────────────


def test_the_form_offers_the_first_day_that_leaves_time_for_the_notice(sign_in, cast):
    page = sign_in(cast.lin).get(CREATE)
    assert page.context["form"].initial["starts_at"] == at("2026-12-04T15:00")
    assert "若 2026-12-04 周五 15:00 开会" in page.text
    assert "alert-warning" not in page.text
    adopted(invite_days=3, meeting_hour=9)
    page = sign_in(cast.lin).get(CREATE)
    assert page.context["form"].initial["starts_at"] == at("2026-11-30T09:00")


DOUBTS = [
    ("2026-12-02T15:00", "距开会只有 5 个工作日"),
    ("2026-12-12T15:00", "2026-12-12（周六）不是工作日，下一个工作日是 2026-12-14（周一）。"),
    ("2027-01-01T15:00", "2027-01-01（周五）不是工作日，下一个工作日是 2027-01-04（周一）。"),
]


@pytest.mark.parametrize(("starts_at", "words"), DOUBTS)
def test_what_is_unusual_is_said_once_and_then_let_pass(sign_in, cast, starts_at, words):
    client, values = sign_in(cast.lin), typed(cast, starts_at)
    page = client.post(CREATE, values)
    assert page.status_code == 200
    assert page.text.count(words) == 1
    assert "第四季度联席会议" in page.text
    assert not Meeting.objects.exists()
    answer = client.post(CREATE, values | {"confirm": page.context["seal"]})
    assert answer.url == Meeting.objects.get().get_absolute_url()


def test_an_ordinary_start_needs_no_second_press(sign_in, cast):
    assert sign_in(cast.lin).post(CREATE, typed(cast, "2026-12-10T15:00")).status_code == 302


def test_a_make_up_saturday_is_a_working_day(sign_in, cast, time_machine):
    time_machine.move_to(at("2026-09-15T10:00"))
    cast.turn.starts_on = date(2026, 9, 1)
    cast.turn.save()
    assert sign_in(cast.lin).post(CREATE, typed(cast, "2026-10-10T15:00")).status_code == 302


def test_a_move_is_asked_about_only_if_the_time_moves(sign_in, cast):
    saturday = at("2026-12-12T15:00")
    meeting = make.meeting(
        cast.group, by=cast.lin, starts_at=saturday, ends_at=saturday + timedelta(hours=2)
    )
    client, url = sign_in(cast.lin), reverse("alliance:meeting-edit", args=[meeting.pk])
    assert "不是工作日" in client.get(url).text
    assert client.post(url, typed(cast, saturday, seen=0, place="别处")).status_code == 302
    values = typed(cast, "2026-12-13T15:00", seen=1)
    page = client.post(url, values)
    assert "2026-12-13（周日）不是工作日" in page.text
    assert not Event.objects.filter(name="meeting.moved").exists()
    assert client.post(url, values | {"confirm": page.context["seal"]}).status_code == 302
    assert Event.objects.filter(name="meeting.moved").exists()


def test_the_dates_follow_what_is_typed(sign_in, cast):
    client, part = sign_in(cast.lin), {"hx-request": "true"}
    values = typed(cast, "2026-12-12T15:00", look=1)
    answer = client.post(CREATE, values, headers=part).text
    assert "<html" not in answer
    assert "不是工作日" in answer
    assert "若 2026-12-12 周六 15:00 开会" in answer


@pytest.mark.parametrize("value", ["", "x", "2020-01-01T10:00", "9999-12-31T23:59", "0001-01-01"])
def test_what_cannot_be_a_start_has_no_dates(sign_in, cast, value):
    values = typed(cast, "2026-12-12T15:00", look=1) | {"starts_at": value}
    answer = sign_in(cast.lin).post(CREATE, values, headers={"hx-request": "true"})
    assert answer.status_code == 200
    assert "开会" not in answer.text


def test_the_page_asks_as_many_questions_for_many_seats_as_for_few(sign_in, cast, sun):
    counts = []
    for more in (1, 15):
        for _number in range(more):
            make.seat(make.unit(kind="department"))
        meeting = make.meeting(cast.group, by=cast.lin)
        for user in (sun, cast.lin):
            client = sign_in(user)
            client.get(meeting.get_absolute_url())
            with CaptureQueriesContext(connection) as queries:
                client.get(meeting.get_absolute_url())
            counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 26, counts

"""A series drafts its meetings at once; one is changed, or this and all later, and what people
have part in is never taken away."""

import uuid
from datetime import date, datetime, time, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from alliance import series as rhythm
from alliance.actions import meetings
from alliance.actions import series as actions
from alliance.actions.rights import NotYours
from alliance.models import Group, Meeting, MeetingKind, Series
from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make
from tests.races import at_once, refusals

DAY = timedelta(days=1)
NOW = datetime.fromisoformat("2026-09-01T10:00:00+08:00")  # a Tuesday
LIST, CREATE = reverse("alliance:series-list"), reverse("alliance:series-create")


@pytest.fixture(autouse=True)
def a_tuesday(time_machine):
    time_machine.move_to(NOW)


def series_of(group, **facts):
    defaults = {
        "group": group,
        "kind": MeetingKind.objects.get(name="座谈交流"),
        "title": "每周碰头会",
        "rhythm": "weekly",
        "starts_on": date(2026, 9, 8),
        "until": date(2026, 10, 20),
        "time": time(15),
        "duration": 60,
    }
    return Series(**defaults | facts)


@pytest.fixture
def weekly(cast, sun):
    return actions.create(series_of(cast.group), by=sun).series


def drafts(series):
    rows = series.meetings.exclude(series_on=None).order_by("starts_at")
    return [timezone.localdate(meeting.starts_at) for meeting in rows]


def facts_of(series, **changes):
    facts = {name: getattr(series, name) for name in actions.FACTS}
    return facts | {"partners": list(series.partners.all())} | changes


def announced(meeting, by):
    Meeting.objects.filter(pk=meeting.pk).update(place="会议厅")
    meetings.announce(meeting, by=by)
    meeting.refresh_from_db()
    return meeting


# ── The dates ───────────────────────────────────────────────────────────────────────────────

EVERY_DAY = st.dates(date(2024, 1, 1), date(2027, 6, 30))


def slowly(series):
    """The same days, found by looking at each day of the calendar."""
    first, found, day = series.starts_on, [], series.starts_on
    while day <= series.until:
        months = (day.year - first.year) * 12 + day.month - first.month
        tomorrow, is_last = day + DAY, (day + DAY).month != day.month
        same_weekday = day.weekday() == first.weekday()
        if series.rhythm == "weekly":
            fits = (day - first).days % (7 * series.interval) == 0
        elif months % series.interval:
            fits = False
        elif series.rhythm == "monthly_day":
            fits = day.day == first.day or (is_last and tomorrow.day == 1 and day.day < first.day)
        else:
            place, own = (day.day - 1) // 7, (first.day - 1) // 7
            last = (day + 7 * DAY).month != day.month
            fits = same_weekday and (last if own == 4 else place == own)
        if fits:
            found.append(day)
        day += DAY
    return found[: rhythm.MOST + 1]


@given(
    first=EVERY_DAY,
    length=st.integers(0, 600),
    interval=st.integers(1, 12),
    kind=st.sampled_from(Series.Rhythm.values),
    shift=st.sampled_from(Series.Shift.values),
)
def test_the_days_are_those_that_a_slow_look_at_the_calendar_finds(
    first, length, interval, kind, shift
):
    series = Series(
        starts_on=first,
        until=first + length * DAY,
        interval=interval,
        rhythm=kind,
        shift=shift,
    )
    slow = slowly(series)
    found = rhythm.days(series)
    assert list(rhythm.rhythm(series))[: rhythm.MOST + 1] == slow
    assert {day.on for day in found} <= set(slow)
    assert len({day.meets_on for day in found}) == len(found)
    for day in found:
        if shift == "keep" or calendar.is_working_day(day.on):
            assert day.meets_on == day.on
        else:
            assert calendar.is_working_day(day.meets_on)
            assert (day.meets_on > day.on) == (shift == "next")
            assert calendar.working_days_between(*sorted([day.on, day.meets_on])) <= 1


def test_a_holiday_shifts_to_the_next_working_day_and_a_make_up_day_is_one():
    friday = Series(
        rhythm="weekly",
        starts_on=date(2026, 9, 25),  # the Mid-Autumn Festival
        until=date(2026, 10, 10),
        interval=1,
        shift="next",
    )
    assert [day.meets_on for day in rhythm.days(friday)] == [
        date(2026, 9, 28),
        date(2026, 10, 8),
        date(2026, 10, 9),
    ]


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"rhythm": "weekly", "interval": 1}, "每周的周二"),
        ({"rhythm": "weekly", "interval": 2}, "每 2 周的周二"),
        ({"rhythm": "monthly_day", "interval": 1}, "每月 8 日"),
        ({"rhythm": "monthly_weekday", "interval": 3}, "每 3 个月的第二个周二"),
        ({"rhythm": "monthly_weekday", "starts_on": date(2026, 9, 29)}, "每月最后一个周二"),
    ],
)
def test_the_rhythm_in_words(facts, words):
    assert rhythm.words(Series(**{"starts_on": date(2026, 9, 8)} | facts)) == words


# ── A series is opened ──────────────────────────────────────────────────────────────────────


def test_all_its_meetings_are_drafted_at_once(cast, weekly):
    assert drafts(weekly) == [
        date(2026, 9, 8),
        date(2026, 9, 15),
        date(2026, 9, 22),
        date(2026, 9, 29),
        date(2026, 10, 8),  # the 6th is a holiday
        date(2026, 10, 13),
        date(2026, 10, 20),
    ]
    first = weekly.meetings.order_by("starts_at").first()
    assert (first.status, first.convened_by, first.place) == ("draft", cast.lin_unit, "")
    assert first.ends_at - first.starts_at == timedelta(hours=1)
    assert not Notice.objects.exists()


def typed(group, **changes):
    values = {
        "group": group.pk,
        "kind": MeetingKind.objects.get(name="座谈交流").pk,
        "title": "每月座谈",
        "rhythm": "monthly_weekday",
        "interval": 1,
        "starts_on": "2026-09-08",
        "until": "2026-12-31",
        "time": "15:00",
        "duration": 90,
        "shift": "next",
        "once": uuid.uuid4(),
    }
    return values | changes


def test_the_office_sees_every_date_before_it_is_kept(sign_in, cast, sun):
    values = typed(cast.group, starts_on="2026-09-01", until="2026-11-30", time="16:00")
    page = sign_in(sun).post(CREATE, values)
    told = page.context["preview"]
    assert told[0] == "草拟 3 次会议，由召集单位分别发出通知："
    assert "2026-10-08 周四 16:00，lin公司召集（2026-10-06 周二不是工作日，顺延）" in told
    assert not Series.objects.exists()
    answer = sign_in(sun).post(CREATE, values | {"confirm": page.context["seal"]})
    series = Series.objects.get()
    assert answer.url == series.get_absolute_url()
    assert len(drafts(series)) == 3
    assert "每月第一个周二" in sign_in(sun).get(LIST).text


BAD = [
    ({"title": ""}, "请填写名称"),
    ({"starts_on": "2026-08-31"}, "首次日期已过"),
    ({"starts_on": "2026-02-30"}, "真实存在的日期"),
    ({"until": "2026-09-01"}, "不能早于首次日期"),
    ({"until": "2029-01-01"}, "两年以后"),
    ({"rhythm": "weekly", "until": "2027-12-31"}, "最多 60 次"),
    ({"interval": 0}, "1"),
    ({"time": "25:00"}, "请填写时间"),
]


@pytest.mark.parametrize(("changes", "words"), BAD)
def test_bad_input_is_explained_and_nothing_typed_is_lost(sign_in, cast, sun, changes, words):
    page = sign_in(sun).post(CREATE, typed(cast.group, place="留下的地点") | changes)
    assert page.status_code == 200
    assert words in page.text
    assert "留下的地点" in page.text
    assert not Series.objects.exists()


def test_without_a_unit_to_convene_it_is_refused(cast, sun):
    cast.turn.delete()
    outcome = actions.create(series_of(cast.group), by=sun)
    assert {meeting.convened_by for meeting, _day in outcome.made} == {cast.lin_unit}  # it leads
    cast.group.leads.all().delete()
    with pytest.raises(StepRefused, match="没有轮值单位，也没有头雁单位"):
        actions.create(series_of(cast.group), by=sun)


# ── The rota ────────────────────────────────────────────────────────────────────────────────


def test_drafts_follow_the_rota(cast, sun):
    wus = make.next_turn(cast.turn, cast.group.seats.get(unit=cast.wu_unit))
    series = actions.create(series_of(cast.group, until=date(2026, 11, 3)), by=sun).series
    last = series.meetings.order_by("starts_at").last()
    assert timezone.localdate(last.starts_at) > cast.turn.ends_on
    assert (last.convened_by, last.turn) == (cast.wu_unit, None)
    make.assigned(wus, cast.group.seats.get(unit=cast.lin_unit))
    from alliance.actions.duties import reassigned

    reassigned(wus)
    last.refresh_from_db()
    assert last.convened_by == cast.lin_unit
    make.begun(wus, at=timezone.make_aware(datetime.combine(wus.starts_on, time(9))))
    last.refresh_from_db()
    assert last.turn == wus


def test_a_turn_does_not_draft_a_second_joint_meeting(cast, sun):
    joint = MeetingKind.objects.first()
    first = date(2026, 9, 8)
    actions.create(
        series_of(cast.group, kind=joint, starts_on=first, until=first, rhythm="monthly_day"),
        by=sun,
    )
    make.begun(cast.turn)
    meeting = Meeting.objects.get(status="draft")
    assert meeting.turn == cast.turn
    assert cast.turn.duties.get(kind="meeting").meeting == meeting


def test_the_draft_of_a_turn_gives_way_to_the_series(cast, sun):
    make.begun(cast.turn)
    own = Meeting.objects.get()
    first = date(2026, 9, 8)
    facts = {"kind": MeetingKind.objects.first(), "starts_on": first, "until": first}
    actions.create(series_of(cast.group, **facts), by=sun)
    meeting = Meeting.objects.get(status="draft")
    assert meeting != own
    assert cast.turn.duties.get(kind="meeting").meeting == meeting
    own.refresh_from_db()
    assert own.status == "cancelled"
    assert not Notice.objects.exists()


# ── This and all later ──────────────────────────────────────────────────────────────────────


def test_one_that_is_changed_on_its_own_is_an_exception(cast, sun, weekly):
    second = weekly.meetings.order_by("starts_at")[1]
    meetings.change(second, by=cast.lin, seen=0, place="别处")
    second.refresh_from_db()
    assert second.is_exception
    outcome = actions.change(
        weekly, by=sun, since=date(2026, 9, 8), **facts_of(weekly, time=time(9))
    )
    assert outcome.kept == [second]
    second.refresh_from_db()
    assert timezone.localtime(second.starts_at).time() == time(15)
    assert len(outcome.moved) == 6


def test_from_one_on_all_move_and_those_who_heard_hear_once(cast, sun, weekly):
    rows = list(weekly.meetings.order_by("starts_at"))
    early, late = announced(rows[0], cast.lin), announced(rows[3], cast.lin)
    tick()
    facts = facts_of(weekly, starts_on=date(2026, 9, 10), time=time(9, 30), title="改名")
    outcome = actions.change(weekly, by=sun, since=date(2026, 9, 15), **facts)
    tick()
    early.refresh_from_db()
    late.refresh_from_db()
    assert timezone.localdate(early.starts_at) == date(2026, 9, 8)
    assert early.title == "每周碰头会"
    assert timezone.localtime(late.starts_at).isoformat() == "2026-10-08T09:30:00+08:00"
    assert [meeting for meeting, _before in outcome.moved if meeting.status == "convened"] == [late]
    assert Reminder.objects.get(rule="meeting.moved").subject_id == late.pk
    # The 1st of October is put off to the 8th, which has one already; the 22nd is beyond the end.
    assert len(outcome.discarded) == 2
    assert len(set(drafts(weekly))) == len(drafts(weekly))


def test_what_is_out_of_the_rhythm_stays_if_people_have_part_in_it(cast, sun, weekly):
    rows = list(weekly.meetings.order_by("starts_at"))
    heard = announced(rows[1], cast.lin)
    facts = facts_of(weekly, interval=2)
    outcome = actions.change(weekly, by=sun, since=date(2026, 9, 8), **facts)
    assert outcome.kept == [heard]
    heard.refresh_from_db()
    assert (heard.is_exception, heard.status) == (True, "convened")
    assert [timezone.localdate(each.starts_at) for each in outcome.discarded] == [
        date(2026, 9, 29),
        date(2026, 10, 13),
    ]
    assert drafts(weekly) == [
        date(2026, 9, 8),
        date(2026, 9, 15),
        date(2026, 9, 22),
        date(2026, 10, 8),
        date(2026, 10, 20),
    ]


def test_a_longer_series_drafts_more_and_a_called_off_day_stays_off(cast, sun, weekly):
    first, *_rest, last = weekly.meetings.order_by("starts_at")
    meetings.cancel(last, reason="撞期", by=cast.lin)
    facts = facts_of(weekly, until=date(2026, 11, 3))
    outcome = actions.change(weekly, by=sun, since=first.series_on, **facts)
    assert [day.on for _meeting, day in outcome.made] == [date(2026, 10, 27), date(2026, 11, 3)]
    assert weekly.meetings.filter(status="cancelled").count() == 1


def test_the_second_of_two_editors_is_told(cast, sun, weekly):
    seen = actions.seen_of(weekly)
    since = weekly.starts_on
    actions.change(weekly, by=sun, since=since, seen=seen, **facts_of(weekly, title="先改"))
    with pytest.raises(StepRefused, match="刚被别人更改"):
        actions.change(weekly, by=sun, since=since, seen=seen, **facts_of(weekly, title="后改"))


def test_the_page_says_what_moves_and_then_moves_it(sign_in, cast, sun, weekly):
    heard = announced(weekly.meetings.order_by("starts_at")[1], cast.lin)
    url = reverse("alliance:series-edit", args=[weekly.pk])
    client = sign_in(sun)
    detail = client.get(heard.get_absolute_url()).text
    assert f"{url}?from={heard.pk}" in detail
    page = client.get(url, {"from": heard.pk})
    form = page.context["form"]
    assert form["since"].value() == str(heard.pk)
    values = typed(cast.group, title="新名称", rhythm="weekly", duration=60, time="09:00")
    values |= {"since": heard.pk, "until": "2026-10-20", "seen": form["seen"].value()}
    page = client.post(url, values)
    told = page.context["preview"]
    assert any("受邀单位会收到一次改期通知" in sentence for sentence in told)
    heard.refresh_from_db()
    assert heard.title == "每周碰头会"
    answer = client.post(url, values | {"confirm": page.context["seal"]})
    assert answer.status_code == 302
    heard.refresh_from_db()
    assert timezone.localtime(heard.starts_at).hour == 9
    assert not heard.is_exception


# ── The end ─────────────────────────────────────────────────────────────────────────────────


def test_with_the_end_only_bare_drafts_go(sign_in, cast, sun, weekly):
    rows = list(weekly.meetings.order_by("starts_at"))
    heard = announced(rows[0], cast.lin)
    rows[1].topics.create(unit=cast.wu_unit, title="用工", status="proposed")
    url = reverse("alliance:series-end", args=[weekly.pk])
    client = sign_in(sun)
    page = client.post(url, {"once": uuid.uuid4()})
    assert sum("的草稿取消" in sentence for sentence in page.context["preview"]) == 5
    assert weekly.meetings.filter(status="draft").count() == 6
    sent = {"once": uuid.uuid4(), "confirm": page.context["seal"]}
    assert client.post(url, sent).status_code == 302
    weekly.refresh_from_db()
    assert weekly.ended_at
    assert weekly.meetings.filter(status="cancelled").count() == 5
    statuses = {Meeting.objects.get(pk=row.pk).status for row in (heard, rows[1])}
    assert statuses == {"convened", "draft"}
    assert not Notice.objects.exclude(reminder__rule="meeting.notice").exists()
    with pytest.raises(StepRefused, match="已停办"):
        actions.end(weekly, by=sun)
    with pytest.raises(StepRefused, match="已停办"):
        actions.change(weekly, by=sun, since=weekly.starts_on, **facts_of(weekly))


def test_with_its_group_it_ends(cast, sun, weekly):
    from alliance.actions import groups

    groups.dissolve(cast.group, on=date(2026, 12, 1), all_leave=True, by=sun)
    weekly.refresh_from_db()
    assert weekly.ended_at


# ── Who may ─────────────────────────────────────────────────────────────────────────────────

PERSONAS = {  # list, detail, what only the office may
    "lin": (200, 200, 403),
    "wu": (200, 200, 403),
    "zhao": (200, 404, 403),
    "staff": (200, 200, 200),
    "leader": (200, 200, 403),
    "auditor": (200, 200, 403),
    "admin": (403, 403, 403),
}


@pytest.mark.parametrize("state", ["running", "ended"])
@pytest.mark.parametrize("persona", PERSONAS)
def test_who_sees_and_changes_a_series(sign_in, cast, weekly, persona, state):
    if state == "ended":
        actions.end(weekly, by=None)
    answers = PERSONAS[persona]
    user = getattr(cast, persona, None) or make.staff(persona)
    client = sign_in(user)
    seen, detail, act = answers
    assert client.get(LIST).status_code == seen
    assert client.get(weekly.get_absolute_url()).status_code == detail
    for verb in ("edit", "end"):
        url = reverse(f"alliance:series-{verb}", args=[weekly.pk])
        assert client.get(url).status_code == act
    assert client.get(CREATE).status_code == act
    if act == 403:
        for step in (
            lambda: actions.create(series_of(cast.group), by=user),
            lambda: actions.end(weekly, by=user),
            lambda: actions.change(weekly, by=user, since=NOW.date(), **facts_of(weekly)),
        ):
            with pytest.raises(NotYours):
                step()


def test_the_lists_ask_as_many_questions_for_many_series_as_for_few(sign_in, cast, sun):
    counts, client = [], sign_in(sun)
    for number in (1, 6):
        for _each in range(number):
            actions.create(series_of(cast.group), by=sun)
        client.get(LIST)
        with CaptureQueriesContext(connection) as queries:
            client.get(LIST)
        counts.append(len(queries))
    assert counts[0] == counts[1]
    assert client.get(f"{LIST}?page=99").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_who_change_it_at_once_draft_no_day_twice():
    rounds = 5
    office, unit = make.staff(), make.unit()
    group = make.group(unit, lead=unit)
    Group.objects.filter(pk=group.pk).update(starts_on=make.LONG_AGO)
    for _number in range(rounds):
        series = actions.create(series_of(group), by=office).series
        seen = actions.seen_of(series)

        def lengthen(pk=series.pk, seen=seen):
            own = Series.objects.get(pk=pk)
            facts = facts_of(own, until=date(2026, 11, 24))
            return actions.change(own, by=office, since=own.starts_on, seen=seen, **facts)

        results = at_once(lengthen, lengthen)
        assert len(refusals(results)) == 1
        found = drafts(series)
        assert len(found) == len(set(found)) == 12
    assert Event.objects.filter(name="series.changed").count() == rounds

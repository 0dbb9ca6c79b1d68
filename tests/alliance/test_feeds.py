"""Calendars in the phone show what their owner may see now, and stop when they are told to."""

import re
from datetime import date, timedelta
from hashlib import sha256
from io import StringIO
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from alliance import feeds as contents
from alliance.actions import feeds as actions
from alliance.actions import meetings
from alliance.actions.rights import NotYours
from alliance.models import Feed, Meeting, Turn
from members.models import Liaison
from nanchuan.kernel import events, policies
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
CREATE, LIST = "/alliance/feeds/create/", "/alliance/feeds/"


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


def path_of(token):
    return reverse("alliance:feed-file", args=[token])


def read(client, token):
    """The entries of a calendar by their name without the host."""
    answer = client.get(path_of(token))
    assert answer.status_code == 200, answer.content
    found = Calendar.from_ical(answer.content).walk("VEVENT")
    assert len({str(event["uid"]) for event in found}) == len(found)
    return {str(event["uid"]).partition("@")[0]: event for event in found}


@pytest.fixture
def seats(cast):
    return cast.group.seats.get(unit=cast.lin_unit), cast.group.seats.get(unit=cast.wu_unit)


@pytest.fixture
def ahead(cast, seats):
    """Wu's turn after Lin's, as it was planned."""
    starts_on = cast.turn.ends_on + DAY
    turn = make.turn(seats[1], starts_on=starts_on, ends_on=starts_on + 60 * DAY)
    make.assigned(turn, seats[1])
    return turn


# ── To subscribe ────────────────────────────────────────────────────────────────────────────


def subscribe(client, target, once=None):
    return client.post(CREATE, {"target": target, "once": once or uuid4()})


def token_in(answer):
    return re.search(r"/alliance/feeds/([\w-]+)\.ics", answer.content.decode())[1]


def test_the_address_is_shown_once_and_only_its_hash_is_kept(sign_in, cast):
    client = sign_in(cast.wu)
    answer = subscribe(client, f"group-{cast.group.pk}")
    token = token_in(answer)
    assert len(token) == 43  # 32 bytes
    feed = Feed.objects.get()
    assert feed.token_hash == sha256(token.encode()).hexdigest()
    assert (feed.user, feed.group, feed.unit) == (cast.wu, cast.group, None)
    page = answer.content.decode()
    assert 'href="webcal://' in page and "data:image/svg" in page
    assert answer["Cache-Control"].count("no-store") or "no-cache" in answer["Cache-Control"]
    assert token not in client.get(LIST).content.decode()
    assert client.get(path_of(token)).status_code == 200


def test_no_event_knows_the_token(sign_in, cast):
    client = sign_in(cast.wu)
    token = token_in(subscribe(client, f"unit-{cast.wu_unit.pk}"))
    client.post(reverse("alliance:feed-revoke", args=[Feed.objects.get().pk]))
    rows = Event.objects.filter(name__startswith="feed.")
    assert sorted(row.name for row in rows) == ["feed.revoked", "feed.subscribed"]
    for row in rows:
        said = f"{row.facts}{row.subject_label}{row.by_label}"
        assert token not in said and actions.hash_of(token) not in said
        assert events.word_for(row.name) != row.name


def test_a_double_click_makes_one_and_shows_the_same_address(sign_in, cast):
    client, once = sign_in(cast.wu), uuid4()
    first, second = (subscribe(client, f"group-{cast.group.pk}", once) for _click in range(2))
    assert token_in(first) == token_in(second)
    assert Feed.objects.count() == 1
    assert Event.objects.filter(name="feed.subscribed").count() == 1


def test_the_same_form_sent_by_another_is_another_address(cast):
    once = uuid4()
    assert actions.token_for(once, by=cast.lin) != actions.token_for(once, by=cast.wu)
    assert len({actions.token_for(uuid4(), by=cast.lin) for _each in range(50)}) == 50


def test_a_form_sent_again_much_later_shows_nothing(cast):
    once = uuid4()
    feed, token = make.feed(cast.wu, group=cast.group, once=once)
    with pytest.raises(StepRefused, match="不能再次显示"):
        actions.subscribe(
            by=cast.wu, token=token, group=cast.group, at=feed.made_at + timedelta(hours=2)
        )
    actions.revoke(feed, by=cast.wu)
    with pytest.raises(StepRefused, match="不能再次显示"):
        actions.subscribe(by=cast.wu, token=token, group=cast.group)


def test_one_chooses_among_what_one_may_see(sign_in, cast):
    client = sign_in(cast.wu)
    page = client.get(CREATE)
    form = page.context["form"]
    assert set(form.groups.values()) == {cast.group}
    assert set(form.units.values()) == {cast.lin_unit, cast.wu_unit}
    assert form["target"].value() == form.fields["target"].choices[0][0] == "mine"
    for wrong in (f"group-{cast.other_group.pk}", f"unit-{cast.zhao_unit.pk}", "", "x", "group-"):
        answer = subscribe(client, wrong)
        assert answer.status_code == 200 and answer.context["form"].errors["target"]
    assert not Feed.objects.exists()
    with pytest.raises(NotYours):
        make.feed(cast.wu, group=cast.other_group)
    with pytest.raises(NotYours):
        make.feed(cast.wu, unit=cast.zhao_unit)


@pytest.mark.parametrize("name", ["group", "unit"])
def test_a_link_chooses_in_advance(sign_in, cast, name):
    thing = {"group": cast.group, "unit": cast.lin_unit}[name]
    page = sign_in(cast.wu).get(CREATE, {name: thing.pk})
    assert f'<option value="{name}-{thing.pk}" selected>' in page.content.decode()
    assert sign_in(cast.wu).get(CREATE, {name: "x' or 1"}).status_code == 200


def test_twenty_are_enough(sign_in, cast, monkeypatch):
    monkeypatch.setattr(actions, "MOST", 2)
    first, _token = make.feed(cast.wu, group=cast.group)
    make.feed(cast.wu, group=cast.group)
    make.feed(cast.lin, group=cast.group)  # another's do not count
    answer = subscribe(sign_in(cast.wu), f"group-{cast.group.pk}")
    assert "最多同时保留 2 个日历订阅" in answer.content.decode()
    actions.revoke(first, by=cast.wu)
    assert token_in(subscribe(sign_in(cast.wu), f"group-{cast.group.pk}"))


def test_the_list_shows_ones_own_and_when_it_was_read(sign_in, cast, client):
    make.feed(cast.lin, group=cast.group)
    _feed, token = make.feed(cast.wu, unit=cast.wu_unit)
    page = sign_in(cast.wu).get(LIST)
    assert [row.unit for row in page.context["object_list"]] == [cast.wu_unit]
    assert "还没有读取过" in page.content.decode()
    client.get(path_of(token))
    assert "还没有读取过" not in sign_in(cast.wu).get(LIST).content.decode()


def test_a_list_without_calendars_says_what_they_are_for(sign_in, cast):
    assert "还没有订阅" in sign_in(cast.wu).get(LIST).content.decode()


def test_the_account_menu_leads_there(sign_in, cast):
    assert f'href="{LIST}"' in sign_in(cast.wu).get("/").content.decode()
    plain = make.member(cast.wu_branch, user=make.user()).user
    assert f'href="{LIST}"' not in sign_in(plain).get("/").content.decode()


def test_only_the_owner_stops_a_calendar(sign_in, cast, sun, client):
    feed, token = make.feed(cast.wu, group=cast.group)
    revoke = reverse("alliance:feed-revoke", args=[feed.pk])
    for other in (cast.lin, cast.zhao, sun):
        assert sign_in(other).post(revoke).status_code == 404
        with pytest.raises(NotYours):
            actions.revoke(feed, by=other)
    assert client.get(path_of(token)).status_code == 200
    assert sign_in(cast.wu).post(revoke).url == LIST
    assert client.get(path_of(token)).status_code == 404
    with pytest.raises(StepRefused, match="已经停用"):
        actions.revoke(feed, by=cast.wu)


# ── Who gets nothing ────────────────────────────────────────────────────────────────────────


def revoked(cast, feed):
    actions.revoke(feed, by=feed.user)


def disabled(cast, feed):
    type(feed.user).objects.filter(pk=feed.user_id).update(is_active=False)


def without_a_seat(cast, feed):
    cast.group.seats.filter(unit=cast.wu_unit).update(ends_on=timezone.localdate() - DAY)


def out_of_office(cast, feed):
    """Wu no longer leads the branch of the unit."""
    cast.wu_member.terms.update(ends_on=timezone.localdate() - DAY)


LOSSES = [revoked, disabled, without_a_seat, out_of_office]


@pytest.mark.parametrize("lost", LOSSES)
@pytest.mark.parametrize("target", ["group", "unit"])
def test_who_may_not_see_it_gets_the_same_answer_as_nobody(client, cast, lost, target):
    thing = {"group": cast.group} if target == "group" else {"unit": cast.wu_unit}
    feed, token = make.feed(cast.wu, **thing)
    assert client.get(path_of(token)).status_code == 200
    lost(cast, feed)
    unknown, refused = client.get(path_of("x" * 43)), client.get(path_of(token))
    assert (unknown.status_code, refused.status_code) == (404, 404)
    assert unknown.content == refused.content
    assert unknown.headers == refused.headers


def test_a_lost_calendar_says_so_in_the_list(sign_in, cast):
    make.feed(cast.wu, group=cast.group)
    make.liaison(cast.zhao_unit)
    without_a_seat(cast, None)
    Liaison.objects.create(unit=cast.zhao_unit, user=cast.wu, starts_on=make.LONG_AGO)
    assert "日历不再更新" in sign_in(cast.wu).get(LIST).content.decode()


def test_a_visitor_needs_the_token_and_no_more(client, cast):
    assert policies.policy_of("alliance:feed-file").public
    _feed, token = make.feed(cast.wu, group=cast.group)
    answer = client.get(path_of(token))
    assert answer.status_code == 200 and not answer.cookies
    assert client.post(path_of(token)).status_code == 405
    assert client.head(path_of(token)).status_code == 200
    for wrong in (token[:-1], token + "A", token.swapcase(), "%00", "a%0Ab"):
        assert client.get(f"/alliance/feeds/{wrong}.ics").status_code == 404


# ── What is in it ───────────────────────────────────────────────────────────────────────────


def test_a_group_shows_its_turns_and_meetings_and_nobody_elses(client, cast, ahead):
    make.turn(cast.other_group.seats.get())
    strange = make.meeting(cast.other_group, by=cast.zhao, title="别组的会")
    meeting = make.meeting(cast.group, by=cast.lin)
    _feed, token = make.feed(cast.wu, group=cast.group)
    found = read(client, token)
    assert set(found) == {f"turn-{cast.turn.pk}", f"turn-{ahead.pk}", f"meeting-{meeting.pk}"}
    answer = client.get(path_of(token))
    for canary in ("zhao公司", strange.title, str(cast.other_group)):
        assert canary not in answer.content.decode()
    turn = found[f"turn-{ahead.pk}"]
    assert str(turn["summary"]) == f"{cast.group}轮值：wu公司"
    assert (turn["dtstart"].dt, turn["dtend"].dt) == (ahead.starts_on, ahead.ends_on + DAY)


def test_a_unit_shows_its_own_turns_and_the_meetings_it_is_invited_to(client, cast, ahead):
    meeting = make.meeting(cast.group, by=cast.lin)
    _feed, token = make.feed(cast.wu, unit=cast.wu_unit)
    assert set(read(client, token)) == {
        f"turn-{ahead.pk}-seat-{ahead.seat_id}",
        f"meeting-{meeting.pk}",
    }


def test_a_unit_in_two_groups_shows_only_what_the_reader_sees(client, cast):
    """Wu's calendar of Lin's unit is silent about Lin's other group."""
    third = make.group(cast.lin_unit, name="林的另一组")
    hidden = make.turn(third.seats.get())
    meeting = make.meeting(third, by=cast.lin, title="另一组的会")
    tokens = {user: make.feed(user, unit=cast.lin_unit)[1] for user in (cast.lin, cast.wu)}
    key = f"turn-{hidden.pk}-seat-{hidden.seat_id}"
    assert {key, f"meeting-{meeting.pk}"} <= set(read(client, tokens[cast.lin]))
    text = client.get(path_of(tokens[cast.wu])).content.decode()
    assert key not in text and "另一组" not in text


def test_the_office_may_subscribe_to_every_group(client, cast, sun):
    turn = make.turn(cast.other_group.seats.get())
    _feed, token = make.feed(sun, group=cast.other_group)
    assert set(read(client, token)) == {f"turn-{turn.pk}"}


def test_a_draft_is_never_in_a_calendar(client, cast, sun):
    """Not even in the calendar of those who see it in the portal."""
    meeting = make.meeting(cast.group, by=cast.lin, title="尚未召集的会")
    Meeting.objects.filter(pk=meeting.pk).update(status="draft")
    for user in (cast.lin, cast.wu, sun):
        for thing in ({"group": cast.group}, {"unit": cast.lin_unit}):
            _feed, token = make.feed(user, **thing)
            assert f"meeting-{meeting.pk}" not in read(client, token)
    meeting.invitations.all().delete()
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")  # before it was announced
    for thing in ({"group": cast.group}, {"unit": cast.lin_unit}):
        assert f"meeting-{meeting.pk}" not in read(client, make.feed(sun, **thing)[1])


def test_a_meeting_has_its_time_place_and_page(client, cast, settings):
    starts_at = timezone.now().replace(microsecond=0) + 9 * DAY
    times = {"starts_at": starts_at, "ends_at": starts_at + timedelta(hours=2)}
    meeting = make.meeting(cast.group, by=cast.lin, place="园区会议厅", **times)
    event = read(client, make.feed(cast.wu, group=cast.group)[1])[f"meeting-{meeting.pk}"]
    assert event["dtstart"].dt == starts_at
    assert event["dtstart"].params["TZID"] == "Asia/Shanghai"
    assert (str(event["summary"]), str(event["location"])) == (meeting.title, "园区会议厅")
    assert str(event["url"]) == settings.SITE_URL + meeting.get_absolute_url()
    assert (str(event["status"]), event["sequence"]) == ("CONFIRMED", 0)


def test_a_changed_meeting_keeps_its_name_and_grows_until_it_is_cancelled(client, cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    _feed, token = make.feed(cast.wu, group=cast.group)
    key, seen = f"meeting-{meeting.pk}", []

    def look():
        event = read(client, token)[key]
        seen.append((event["sequence"], str(event["status"]), event["last-modified"].dt))
        return event

    look()
    meetings.change(
        meeting, by=cast.lin, seen=0, place="二楼", at=timezone.now() + timedelta(minutes=1)
    )
    assert str(look()["location"]) == "二楼"
    later = timezone.now() + timedelta(minutes=2)
    meetings.cancel(meeting, reason="另有安排", by=cast.lin, at=later)
    assert str(look()["summary"]) == f"已取消：{meeting.title}"
    assert [status for _number, status, _at in seen] == ["CONFIRMED", "CONFIRMED", "CANCELLED"]
    assert seen == sorted(seen) and len({row[0] for row in seen}) == 3
    assert seen[-1][2] == later.replace(microsecond=0)


def test_a_held_meeting_stays(client, cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    make.hold(meeting, by=cast.lin, at=meeting.ends_at)
    event = read(client, make.feed(cast.wu, group=cast.group)[1])[f"meeting-{meeting.pk}"]
    assert str(event["status"]) == "CONFIRMED"


def test_no_personal_data_is_in_a_calendar(client, cast):
    Turn.objects.filter(pk=cast.turn.pk).update(chair_name="王主席", theme="共护链条")
    cast.lin_unit.contacts.create(name="李联络", phone="13800001234")
    make.meeting(cast.group, by=cast.lin, agenda="请赵某发言")
    for thing in ({"group": cast.group}, {"unit": cast.lin_unit}):
        _feed, token = make.feed(cast.wu, **thing)
        text = client.get(path_of(token)).content.decode().replace("\r\n ", "")
        assert "共护链条" in text
        for person in ("王主席", "李联络", "1380000", "赵某", cast.wu.username):
            assert person not in text


# ── A turn that moved ───────────────────────────────────────────────────────────────────────


def test_a_turn_that_moved_away_is_cancelled_for_the_unit_and_stays_for_the_group(
    client, cast, seats, ahead
):
    lin, wu = seats
    group, wu_unit, lin_unit = (
        make.feed(cast.wu, **thing)[1]
        for thing in ({"group": cast.group}, {"unit": cast.wu_unit}, {"unit": cast.lin_unit})
    )
    key = f"turn-{ahead.pk}-seat-{wu.pk}"
    before = read(client, wu_unit)[key]
    make.assigned(ahead, lin, "substitute")
    after = read(client, wu_unit)[key]
    assert str(before["status"]), str(after["status"]) == ("CONFIRMED", "CANCELLED")
    assert str(after["summary"]).startswith("已调整")
    assert after["sequence"] > before["sequence"]
    assert str(read(client, lin_unit)[f"turn-{ahead.pk}-seat-{lin.pk}"]["status"]) == "CONFIRMED"
    assert str(read(client, group)[f"turn-{ahead.pk}"]["summary"]).endswith("lin公司")

    make.assigned(ahead, wu, "override")  # and back again
    back = read(client, wu_unit)
    assert str(back[key]["status"]) == "CONFIRMED"
    assert back[key]["sequence"] > after["sequence"]
    assert str(read(client, lin_unit)[f"turn-{ahead.pk}-seat-{lin.pk}"]["status"]) == "CANCELLED"


def test_a_turn_that_nobody_has_is_cancelled_for_who_had_it(client, cast, seats, ahead):
    unit, group = (
        make.feed(cast.wu, **thing)[1] for thing in ({"unit": cast.wu_unit}, {"group": cast.group})
    )
    make.assigned(ahead, None)
    event = read(client, unit)[f"turn-{ahead.pk}-seat-{seats[1].pk}"]
    assert str(event["status"]) == "CANCELLED"
    open_turn = read(client, group)[f"turn-{ahead.pk}"]
    assert str(open_turn["summary"]).endswith("待定")
    assert str(open_turn["status"]) == "TENTATIVE"


@pytest.mark.parametrize(("days_ago", "is_told"), [(90, True), (91, False)])
def test_a_cancelled_turn_is_told_for_ninety_days(client, cast, seats, days_ago, is_told):
    ends_on = timezone.localdate() - days_ago * DAY
    turn = make.turn(seats[1], starts_on=ends_on - 20 * DAY, ends_on=ends_on)
    make.assigned(turn, seats[1])
    make.assigned(turn, seats[0], "override")
    found = read(client, make.feed(cast.wu, unit=cast.wu_unit)[1])
    assert (f"turn-{turn.pk}-seat-{seats[1].pk}" in found) is is_told


def test_names_stay_when_everything_else_changes(client, cast, seats, ahead):
    _feed, token = make.feed(cast.wu, group=cast.group)
    before = read(client, token)
    ends_on = ahead.ends_on - DAY
    Turn.objects.filter(pk=ahead.pk).update(theme="新主题", ends_on=ends_on, sequence=9)
    after = read(client, token)
    assert set(after) == set(before)
    turn = after[f"turn-{ahead.pk}"]
    assert (turn["sequence"], turn["dtend"].dt) == (9, ends_on + DAY)
    assert "新主题" in turn["description"]


# ── How it is read ──────────────────────────────────────────────────────────────────────────


def test_a_phone_that_has_it_all_gets_nothing_new(client, cast):
    _feed, token = make.feed(cast.wu, group=cast.group)
    first = client.get(path_of(token))
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert "private" in first["Cache-Control"]
    again = client.get(path_of(token), headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    Turn.objects.update(theme="换了主题")
    changed = client.get(path_of(token), headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200


def test_a_phone_that_asks_all_the_time_is_asked_to_wait(client, cast, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"read_feed": "3/h/key"}
    token, other = (make.feed(cast.wu, group=cast.group)[1] for _each in range(2))
    statuses = [client.get(path_of(token)).status_code for _each in range(5)]
    assert statuses == [200, 200, 200, 429, 429]
    assert client.get(path_of(token))["Retry-After"] == "3600"
    assert client.get(path_of(other)).status_code == 200


def test_the_last_reading_is_written_once_an_hour(cast):
    feed, _token = make.feed(cast.wu, group=cast.group)
    start = timezone.now()
    for minutes, kept in ((0, 0), (30, 0), (59, 0), (60, 60), (90, 60)):
        feed.refresh_from_db()
        actions.note_use(feed, at=start + timedelta(minutes=minutes))
        feed.refresh_from_db()
        assert feed.used_at == start + timedelta(minutes=kept)


def test_the_words_are_chinese_whatever_the_phone_speaks(client, cast):
    _feed, token = make.feed(cast.wu, group=cast.group)
    answer = client.get(path_of(token), headers={"Accept-Language": "en"})
    assert "轮值：lin公司" in answer.content.decode()
    refused = [client.get(path_of("x"), headers={"Accept-Language": tag}) for tag in ("en", "zh")]
    assert refused[0].content == refused[1].content


def test_the_token_stands_in_no_log_line(client, cast, settings):
    """Django logs the path of each refusal; what comes out of the handler has no token in it."""
    import logging
    from logging.config import dictConfig

    feed, token = make.feed(cast.wu, group=cast.group)
    actions.revoke(feed, by=cast.wu)
    out, before = StringIO(), logging.getLogger().handlers[:]
    dictConfig(settings.LOGGING)
    (console,) = [each for each in logging.getLogger().handlers if getattr(each, "filters", None)]
    console.setStream(out)
    try:
        assert client.get(path_of(token)).status_code == 404
    finally:
        logging.getLogger().handlers[:] = before
    assert "Not Found: /alliance/feeds/***.ics" in out.getvalue()
    assert token not in out.getvalue()


@pytest.mark.parametrize("target", ["group", "unit"])
def test_reading_asks_the_same_number_of_questions_however_full_it_is(client, cast, seats, target):
    from django.db import connection

    thing = {"group": cast.group} if target == "group" else {"unit": cast.wu_unit}
    _feed, token = make.feed(cast.wu, **thing)

    def fill(number):
        first = max(cast.group.turns.values_list("ends_on", flat=True)) + DAY
        for each in range(number):
            starts_on = first + each * 10 * DAY
            turn = make.turn(seats[1], starts_on=starts_on, ends_on=starts_on + 9 * DAY)
            make.assigned(turn, seats[1])
            if each % 2:
                make.assigned(turn, seats[0], "override")
            make.meeting(cast.group, by=cast.lin)

    def count():
        with CaptureQueriesContext(connection) as captured:
            read(client, token)
        return len(captured)

    fill(2)
    count()
    few = count()
    fill(12)
    assert count() == few <= 20  # the count of readings takes half of them


def test_what_ended_long_ago_stays_in_the_portal(client, cast, seats):
    old = make.turn(seats[1], starts_on=date(2024, 1, 1), ends_on=date(2024, 3, 31))
    assert f"turn-{old.pk}" not in read(client, make.feed(cast.wu, group=cast.group)[1])
    assert contents.BACK > 365 * DAY

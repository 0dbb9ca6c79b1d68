"""The chair's screen and the recorder's desk, for whoever convenes."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from alliance.actions import checkins, resolutions, votes
from alliance.models import ActionItem, CheckIn, Guest, Invitation, Resolution
from nanchuan.kernel.models import Event
from tests import make
from tests.alliance.rooms import crowd, going_on, long_turn, seat_of

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}
COUNTS = {"entitled": 3, "present": 2, "in_favour": 2, "against": 0, "abstained": 0}


@pytest.fixture
def cast(cast):
    return long_turn(cast)


def url(name, *args):
    return reverse(f"alliance:{name}", args=[arg.pk for arg in args])


def said(response):
    return [str(message) for message in response.context["messages"]]


def due(days=7):
    return timezone.localdate() + timedelta(days=days)


# ── The chair's screen ──────────────────────────────────────────────────────────────────────


def test_the_screen_shows_the_code_the_count_and_who_is_missing(sign_in, cast):
    meeting = going_on(cast)
    Guest.objects.create(meeting=meeting, name="周处长", unit_name="市委")
    page = sign_in(cast.lin).get(url("meeting-screen", meeting))
    assert '<img src="data:image/svg+xml' in page.text
    assert "还差 2 个席位达到法定人数" in page.text
    for name in ("lin公司", "wu公司", "周处长"):
        assert name in page.text
    assert "刷新二维码" in page.text  # without JavaScript


def test_the_screen_of_a_joint_meeting_names_all_groups(sign_in, cast):
    meeting = going_on(cast)
    meeting.partners.add(cast.other_group)
    page = sign_in(cast.lin).get(url("meeting-screen", meeting))
    assert f"{cast.group}、{cast.other_group} · " in page.text


def test_one_tap_checks_in_and_another_finds_it(sign_in, cast):
    meeting = going_on(cast)
    seat, client = seat_of(meeting, cast.wu_unit), sign_in(cast.lin)
    Invitation.objects.filter(pk=seat.pk).update(reply="substitute", attendee="代会人")
    for _each in range(2):
        part = client.post(url("meeting-screen", meeting), {"seat": seat.pk}, headers=HTMX)
        assert "代会人" in part.text
        assert "<html" not in part.text
    row = meeting.checkins.get()
    assert (row.way, row.name, row.is_substitute) == ("chair", "代会人", True)


def test_a_name_on_no_list_is_typed_and_not_lost(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    page = client.post(url("meeting-screen", meeting), {"name": " ", "unit_name": "日报社"})
    assert "请填写姓名" in page.text
    assert "日报社" in page.text
    page = client.post(
        url("meeting-screen", meeting), {"name": "郑记者", "unit_name": "日报社"}, follow=True
    )
    assert meeting.checkins.get().invitation is None
    assert "列席 1 人" in page.text


def test_a_seat_of_another_meeting_is_no_seat_here(sign_in, cast):
    meeting, other = going_on(cast), going_on(cast)
    seat = seat_of(other, cast.wu_unit)
    page = sign_in(cast.lin).post(url("meeting-screen", meeting), {"seat": seat.pk})
    assert "不在邀请名单" in page.text
    assert not CheckIn.objects.exists()


def test_nothing_new_is_an_empty_answer_and_an_arrival_is_shown(sign_in, cast, time_machine):
    time_machine.move_to(timezone.now().replace(second=1), tick=False)
    meeting, client = going_on(cast), sign_in(cast.lin)
    page = client.get(url("meeting-screen", meeting))
    address = url("meeting-screen", meeting) + "?seen=" + page.context["mark"]
    assert client.get(address, headers=HTMX).status_code == 204
    checkins.check_in(meeting, way="chair", name="来人", by=cast.lin)
    part = client.get(address, headers=HTMX)
    assert (part.status_code, "来人" in part.text) == (200, True)
    time_machine.shift(timedelta(seconds=60))
    address = url("meeting-screen", meeting) + "?seen=" + part.context["mark"]
    assert client.get(address, headers=HTMX).status_code == 200


@pytest.mark.parametrize(
    "name", ["meeting-screen", "meeting-room", "meeting-arrivals", "meeting-detail"]
)
def test_the_pages_ask_the_same_number_of_questions_for_any_number(sign_in, cast, name):
    meeting, client = going_on(cast), sign_in(cast.lin)
    address = url(name, meeting)
    client.get(address)  # what is read once

    def asked():
        from django.db import connection
        from django.test.utils import CaptureQueriesContext

        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    few = asked()
    rows = [
        CheckIn(
            meeting=meeting,
            invitation=seat,
            unit_name=seat.unit_name,
            way="code",
            at=timezone.now(),
        )
        for seat in crowd(meeting, 300)
    ]
    CheckIn.objects.bulk_create(rows)
    for number in range(20):
        item = meeting.items.create(title=f"议题{number}", order=number + 5)
        vote = votes.enter(meeting, item=item, question="", by=None, **COUNTS)
        made = resolutions.adopt(
            meeting, text="甲", item=item, vote=vote, unit=cast.wu_unit, due_on=due(), by=None
        )
        resolutions.add_item(
            made, unit=cast.lin_unit, due_on=due(), assisting=[cast.wu_unit], by=None
        )
    assert asked() <= few + 3  # what is fetched beside a list that is not empty


# ── The recorder's desk ─────────────────────────────────────────────────────────────────────


def test_a_vote_is_typed_with_what_is_known(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    item = meeting.items.last()
    checkins.check_in(meeting, way="chair", invitation=seat_of(meeting, cast.wu_unit), by=cast.lin)
    address = url("meeting-vote", meeting) + f"?item={item.pk}"
    form = client.get(address).context["form"]
    assert (form.initial["entitled"], form.initial["present"]) == (2, 1)
    wrong = {"question": "同意甲案", "once": uuid.uuid4()} | COUNTS | {"in_favour": 3}
    page = client.post(address, wrong)
    assert "相加为 3，不能多于实到 2" in page.text
    assert "同意甲案" in page.text
    page = client.post(address, wrong | {"in_favour": 2}, follow=True)
    assert "通过：赞成 2" in page.text


def test_a_resolution_is_saved_in_its_slot(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    item = meeting.items.last()
    address = url("meeting-resolve", meeting) + f"?item={item.pk}"
    slot = client.get(address, headers=HTMX)
    assert "<html" not in slot.text
    assert f'hx-target="#slot-text-{item.pk}"' in slot.text
    values = {"text": "建实验室", "unit": cast.wu_unit.pk, "once": uuid.uuid4()}
    slot = client.post(address, values, headers=HTMX)
    assert "请同时选择完成期限" in slot.text
    assert "建实验室" in slot.text
    for _click in range(2):
        slot = client.post(address, values | {"due": "7"}, headers=HTMX)
        assert f'id="done-{item.pk}" hx-swap-oob="true"' in slot.text
        assert "已保存" in slot.text
    task = ActionItem.objects.get()
    week_after = timezone.localdate(meeting.starts_at) + timedelta(days=7)  # perhaps of yesterday
    assert (task.due_on, task.resolution.item) == (week_after, item)
    assert f"{week_after:%Y-%m-%d} 前" in client.get(url("meeting-room", meeting)).text


def test_without_javascript_the_page_leads_back_to_the_item(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    values = {"text": "甲", "once": uuid.uuid4()}
    answer = client.post(url("meeting-resolve", meeting) + "?item=0", values)
    assert answer.url == url("meeting-room", meeting) + "#item-0"


@pytest.mark.parametrize("key", ["x", "999999", "9" * 30])
def test_an_item_that_is_none_is_404(sign_in, cast, key):
    address = url("meeting-resolve", going_on(cast)) + f"?item={key}"
    assert sign_in(cast.lin).get(address).status_code == 404


def test_a_resolution_is_changed_assigned_and_struck(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    made = resolutions.adopt(meeting, text="甲", unit=cast.wu_unit, due_on=due(), by=cast.lin)
    form = client.get(url("resolution-edit", made)).context["form"]
    values = {"text": "乙", "seen": form.initial["seen"], "once": uuid.uuid4()}
    client.post(url("resolution-edit", made), values)
    page = client.post(url("resolution-edit", made), values | {"text": "丙", "once": uuid.uuid4()})
    assert "刚被别人修改" in page.text
    assert "丙" in page.text
    values = {"unit": cast.lin_unit.pk, "due": "day", "due_on": due(20), "once": uuid.uuid4()}
    client.post(url("resolution-assign", made), values)
    task = made.action_items.get(unit=cast.lin_unit)
    form = client.get(url("task-edit", task)).context["form"]
    assert form.initial["due_on"] == due(20)
    values |= {"due_on": due(30), "seen": form.initial["seen"], "once": uuid.uuid4()}
    client.post(url("task-edit", task), values)
    task.refresh_from_db()
    assert task.due_on == due(30)
    slot = client.post(url("task-remove", task), headers=HTMX)
    assert "已删去“lin公司”的任务" in slot.text
    client.post(url("resolution-strike", made))
    assert Resolution.objects.get().struck_at
    assert "已删去" in client.get(url("meeting-room", meeting)).text


def test_a_vote_is_put_right_and_removed(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    vote = votes.enter(meeting, item=meeting.items.last(), question="", by=cast.lin, **COUNTS)
    values = {"question": "新", "once": uuid.uuid4()} | COUNTS | {"in_favour": 1}
    client.post(url("vote-edit", vote), values)
    vote.refresh_from_db()
    assert (vote.question, vote.in_favour) == ("新", 1)
    client.post(url("vote-remove", vote))
    assert not meeting.votes.exists()


# ── By hand and from a sheet ────────────────────────────────────────────────────────────────


def test_by_hand_with_a_time(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    seat = seat_of(meeting, cast.wu_unit)
    came = timezone.localtime(meeting.starts_at).replace(second=0, microsecond=0)
    values = {"seat": seat.pk, "came_at": f"{came:%Y-%m-%dT%H:%M}", "once": uuid.uuid4()}
    page = client.post(url("meeting-arrive", meeting), values, follow=True)
    assert said(page) == ["已登记“wu公司”到会。"]
    row = meeting.checkins.get()
    assert (row.way, row.at) == ("hand", came)
    client.post(url("checkin-leave", row))
    client.post(url("checkin-return", row))
    values = {"came_at": values["came_at"], "left_at": "2020-01-01T10:00", "once": uuid.uuid4()}
    assert "早于到会" in client.post(url("checkin-edit", row), values).text
    client.post(url("checkin-withdraw", row), {"reason": "点错", "once": uuid.uuid4()})
    page = client.get(url("meeting-arrivals", meeting))
    assert "已撤销的签到 1" in page.text


@pytest.mark.parametrize("asked", ["x", "²", "9" * 40, "-1", "a\x00b"])
def test_a_listed_guest_is_entered_from_the_list(sign_in, cast, asked):
    meeting = going_on(cast)
    guest = meeting.guests.create(name="王列席", unit_name="园区管委会")
    client, path = sign_in(cast.lin), url("meeting-arrive", meeting)
    assert f'href="{path}?guest={guest.pk}"' in client.get(url("meeting-arrivals", meeting)).text
    assert client.get(path, {"guest": asked, "seat": asked}).status_code == 200
    form = client.get(path, {"guest": guest.pk}).context["form"]
    client.post(path, {"guest": form["guest"].value(), "once": uuid.uuid4()})
    row = meeting.checkins.get()
    assert (row.guest, row.name) == (guest, "王列席")
    assert "?guest=" not in client.get(url("meeting-arrivals", meeting)).text


def test_from_a_photographed_sheet_also_afterwards(sign_in, cast, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    meeting, client = going_on(cast, "held"), sign_in(cast.lin)
    seat = seat_of(meeting, cast.wu_unit)
    page = client.post(url("meeting-sheet", meeting), {"seats": [seat.pk], "once": uuid.uuid4()})
    assert page.context["form"].errors["files"]
    values = {"seats": [seat.pk], "files": [make.photo("签到表.jpg")], "once": uuid.uuid4()}
    page = client.post(url("meeting-sheet", meeting), values, follow=True)
    assert said(page) == ["已据签到表补录 1 人。"]
    assert "补录" in page.text
    row, sheet = meeting.checkins.get(invitation=seat), meeting.sheets.get()
    assert (row.way, row.is_late_entry, sheet.kind) == ("sheet", True, "jpg")
    assert client.get(url("sheet-file", sheet)).status_code == 200
    client.force_login(cast.wu)
    assert client.get(url("sheet-file", sheet)).status_code == 404


# ── The end ─────────────────────────────────────────────────────────────────────────────────


def test_the_end_shows_what_binds_and_asks_where_nobody_has_to_do_it(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.lin)
    for unit in (cast.lin_unit, cast.wu_unit):
        seat = seat_of(meeting, unit)
        checkins.check_in(meeting, way="chair", invitation=seat, by=cast.lin)
    resolutions.adopt(meeting, text="建实验室", unit=cast.wu_unit, due_on=due(), by=cast.lin)
    resolutions.adopt(meeting, text="肯定进展", by=cast.lin)
    page = client.get(url("meeting-hold", meeting))
    assert "已签到 2 / 应到 2，达到法定人数" in page.text
    assert "建实验室" in page.text
    values = {"once": uuid.uuid4()}
    page = client.post(url("meeting-hold", meeting), values)
    assert "肯定进展”没有责任单位和完成期限" in page.text
    meeting.refresh_from_db()
    assert meeting.status == "convened"
    client.post(url("meeting-hold", meeting), values | {"confirm": page.context["seal"]})
    meeting.refresh_from_db()
    assert meeting.status == "held"
    assert Event.objects.filter(name="item.assigned").count() == 1


def test_the_meeting_page_tells_of_the_room(sign_in, cast):
    meeting = going_on(cast)
    resolutions.adopt(meeting, text="建实验室", by=cast.lin)
    page = sign_in(cast.lin).get(meeting.get_absolute_url())
    assert url("meeting-screen", meeting) in page.text
    assert "建实验室" in sign_in(cast.lin).get(meeting.part_url("outcome")).text
    client = sign_in(cast.wu)
    assert "建实验室" not in client.get(meeting.part_url("outcome")).text  # until it was held
    assert url("meeting-screen", meeting) not in client.get(meeting.get_absolute_url()).text


# ── Who may ─────────────────────────────────────────────────────────────────────────────────

CONVENERS = {"lin", "sun"}
PAGES = ("meeting-screen", "meeting-room", "meeting-arrive", "meeting-sheet", "meeting-resolve")


@pytest.mark.parametrize(
    "persona", ["lin", "wu", "zhao", "sun", "leader", "auditor", "admin", "nobody"]
)
@pytest.mark.parametrize(
    "name",
    [
        *PAGES,
        "vote-edit",
        "resolution-edit",
        "resolution-assign",
        "task-edit",
        "checkin-edit",
        "checkin-withdraw",
    ],
)
def test_the_pages_are_the_conveners(sign_in, cast, sun, persona, name):
    meeting = going_on(cast)
    item = meeting.items.last()
    made = resolutions.adopt(meeting, text="甲", unit=cast.wu_unit, due_on=due(), by=None)
    rows = {
        "meeting": meeting,
        "vote": votes.enter(meeting, item=item, question="", by=None, **COUNTS),
        "resolution": made,
        "task": made.action_items.get(),
        "checkin": checkins.check_in(meeting, way="chair", name="来人", by=None).row,
    }
    people = {"lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, "sun": sun}
    plain = {"nobody": lambda: make.user(name="nobody")}
    who = people.get(persona) or plain.get(persona, lambda: make.staff(persona))()
    answer = sign_in(who).get(url(name, rows[name.split("-")[0]]))
    unseen = persona == "zhao" or (persona, name) == ("wu", "task-edit")  # it binds nobody yet
    wanted = 200 if persona in CONVENERS else 404 if unseen else 403
    assert answer.status_code == wanted

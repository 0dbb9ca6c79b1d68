"""A person scans the code on the chair's screen, signs in if need be, and confirms."""

import re
import uuid
from datetime import timedelta

import pytest
from allauth.mfa.totp.internal import auth as totp
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alliance import codes
from alliance.actions import checkins
from alliance.models import CheckIn, Meeting
from tests import make
from tests.alliance.rooms import going_on, long_turn, seat_of

pytestmark = pytest.mark.django_db
CONFIRM = reverse("alliance:check-in")
EXPIRED = "二维码已过期，请重新扫主持屏。"


@pytest.fixture
def cast(cast):
    return long_turn(cast)


def scan(client, meeting, at=None):
    return client.get(reverse("alliance:scan", args=[codes.token(meeting, at)]))


def confirm(client, place, **kwargs):
    return client.post(CONFIRM, {"place": place, "once": uuid.uuid4()} | kwargs, follow=True)


def test_scanned_seen_and_confirmed(sign_in, cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    client = sign_in(cast.wu)
    assert client.get(meeting.get_absolute_url()).context["awaits_me"]
    assert scan(client, meeting).url == CONFIRM
    page = client.get(CONFIRM)
    assert str(meeting) in page.text
    assert "代表“wu公司”的席位" in page.text
    assert not meeting.checkins.exists()  # opening it did nothing
    page = confirm(client, seat.pk)
    assert "已签到" in page.text
    assert f'href="{meeting.get_absolute_url()}"' in page.text
    assert not client.get(meeting.get_absolute_url()).context["awaits_me"]
    row = meeting.checkins.get()
    assert (row.invitation, row.user, row.way, row.name) == (seat, cast.wu, "code", "wu")
    assert len(row.ticket) == 32


def test_the_place_outlives_signing_in(client, cast):
    meeting = going_on(cast)
    cast.wu.set_password("wu-lai-kai-hui-2026")
    cast.wu.save()
    page = client.get(scan(client, meeting).url)
    assert page.status_code == 302
    before = client.session.session_key
    answer = client.post(page.url, {"login": cast.wu.username, "password": "wu-lai-kai-hui-2026"})
    assert answer.url == CONFIRM
    assert client.session.session_key != before
    confirm(client, seat_of(meeting, cast.wu_unit).pk)
    assert meeting.checkins.get().user == cast.wu


def test_the_place_outlives_a_second_factor(client, cast, monkeypatch):
    meeting = going_on(cast)
    cast.wu.set_password("wu-lai-kai-hui-2026")
    cast.wu.save()
    totp.TOTP.activate(cast.wu, "JBSWY3DPEHPK3PXP")
    monkeypatch.setattr(totp.TOTP, "validate_code", lambda self, code: code == "123456")
    entrance = client.get(scan(client, meeting).url).url
    answer = client.post(entrance, {"login": cast.wu.username, "password": "wu-lai-kai-hui-2026"})
    assert answer.url.startswith(reverse("mfa_authenticate"))
    answer = client.post(answer.url, {"code": "123456"})
    assert answer.url == CONFIRM
    confirm(client, seat_of(meeting, cast.wu_unit).pk)
    assert meeting.checkins.get().user == cast.wu


def test_a_code_holds_for_its_window_and_the_next(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.wu)
    now = timezone.now()
    step = timedelta(seconds=codes.WINDOW)
    assert codes.meeting_of(codes.token(meeting, now - step), now) == meeting.pk
    assert codes.meeting_of(codes.token(meeting, now - 2 * step), now) is None
    assert codes.meeting_of(codes.token(meeting, now + step), now) is None
    page = scan(client, meeting, now - 3 * step)
    assert (page.status_code, EXPIRED in page.text) == (410, True)
    assert EXPIRED in client.get(CONFIRM).text


@pytest.mark.parametrize("token", ["x", "1-2", "1-2.x", "1-2.", "…", "a-b." + "x" * 43])
def test_a_forged_code_is_no_code(client, db, token):
    page = client.get(reverse("alliance:scan", args=[token]))
    assert page.status_code == 410
    assert EXPIRED in page.text


def test_another_browser_has_no_place(sign_in, cast):
    meeting = going_on(cast)
    scan(sign_in(cast.wu), meeting)
    other = Client()
    other.force_login(cast.lin)
    assert EXPIRED in other.get(CONFIRM).text
    assert EXPIRED in confirm(other, "beside").text
    assert not meeting.checkins.exists()


def test_after_five_minutes_the_place_is_gone(sign_in, cast, time_machine):
    meeting, client = going_on(cast), sign_in(cast.wu)
    scan(client, meeting)
    time_machine.move_to(timezone.now() + codes.RESERVED + timedelta(seconds=2))
    assert EXPIRED in confirm(client, "beside").text
    assert not meeting.checkins.exists()


def test_sent_again_it_is_one_check_in(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.wu)
    scan(client, meeting)
    values = {"place": seat_of(meeting, cast.wu_unit).pk, "once": uuid.uuid4()}
    for _each in range(2):
        assert "已签到" in client.post(CONFIRM, values, follow=True).text
    scan(client, meeting)
    assert "您已签到" in confirm(client, "beside").text
    assert meeting.checkins.count() == 1


def test_a_session_that_was_copied_uses_its_ticket_once(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.wu)
    scan(client, meeting)
    kept = client.session[codes.KEY]
    confirm(client, seat_of(meeting, cast.wu_unit).pk)
    other = Client()
    other.force_login(cast.zhao)
    session = other.session
    session[codes.KEY] = kept
    session.save()
    assert "已经用过" in confirm(other, "beside").text
    assert meeting.checkins.count() == 1


def test_a_seat_of_another_unit_is_not_offered_and_not_taken(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.wu)
    scan(client, meeting)
    page = confirm(client, seat_of(meeting, cast.lin_unit).pk)
    assert page.context["form"].errors["place"]
    assert not meeting.checkins.exists()


def test_the_second_of_a_unit_sees_who_is_there_and_is_beside(sign_in, cast):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    checkins.check_in(meeting, way="chair", invitation=seat, name="代会人", by=cast.lin)
    client = sign_in(cast.wu)
    scan(client, meeting)
    page = client.get(CONFIRM)
    assert "“wu公司”的席位已由 代会人 于" in page.text
    assert "代表“wu公司”的席位" not in page.text
    confirm(client, "beside", unit_name="wu公司")
    assert meeting.checkins.get(user=cast.wu).invitation is None


def test_taken_between_looking_and_confirming_the_place_stays(sign_in, cast, monkeypatch):
    meeting = going_on(cast)
    seat = seat_of(meeting, cast.wu_unit)
    client = sign_in(cast.wu)
    scan(client, meeting)
    real = checkins.notes.hold

    def late(held):
        real(held)
        monkeypatch.setattr(checkins.notes, "hold", real)
        CheckIn.objects.create(
            meeting=meeting, invitation=seat, name="快", way="chair", at=timezone.now()
        )

    monkeypatch.setattr(checkins.notes, "hold", late)
    page = confirm(client, seat.pk)
    assert page.status_code == 200
    assert "已由 快 于" in page.text
    confirm(client, "beside")
    assert meeting.checkins.filter(user=cast.wu).exists()


@pytest.mark.parametrize("status", ["draft", "convened", "held", "cancelled"])
def test_only_while_checking_in_is_open(sign_in, cast, status):
    meeting, client = going_on(cast, status), sign_in(cast.wu)
    answer = scan(client, meeting)
    assert answer.status_code == (302 if status == "convened" else 410)


def test_closed_meanwhile_it_is_said_on_the_page(sign_in, cast):
    meeting, client = going_on(cast), sign_in(cast.wu)
    scan(client, meeting)
    Meeting.objects.filter(pk=meeting.pk).update(status="held", held_at=timezone.now())
    page = confirm(client, "beside", unit_name="记得的单位")
    assert "签到已结束" in page.text
    assert "记得的单位" in page.text


def test_no_person_stands_in_the_address(cast):
    address = codes.address(going_on(cast))
    assert re.fullmatch(r"http://127.0.0.1:\d+/alliance/check-in/\d+-\d+\.[\w-]{43}/", address)


def test_an_account_without_any_role_may_be_there_beside(sign_in, cast):
    meeting, client = going_on(cast), sign_in(make.user(name="路人"))
    scan(client, meeting)
    confirm(client, "beside", unit_name="市科技局")
    row = meeting.checkins.get()
    assert (row.invitation, row.unit_name, row.name) == (None, "市科技局", "路人")

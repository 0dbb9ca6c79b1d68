"""The number to call: masked on every page, shown in full to who has to call, and that is kept."""

import pytest
from django.urls import reverse

from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
PHONE = "13800001234"


def shown(client, row, noun="need"):
    return client.post(reverse(f"services:{noun}-phone", args=[row.pk]))


@pytest.fixture
def taken(cast):
    return make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, audience="alliance")


def test_the_responsible_unit_sees_whom_to_call_and_that_is_kept(taken, cast, sign_in):
    client = sign_in(cast.wu)
    page = client.get(taken.get_absolute_url()).text
    assert reverse("services:need-phone", args=[taken.pk]) in page
    assert PHONE not in page
    answer = shown(client, taken)
    assert f"tel:{PHONE}" in answer.text
    assert "no-store" in answer["Cache-Control"]
    event = Event.objects.get(name="need.phone_shown")
    assert (event.subject, event.by, event.facts) == (taken, cast.wu, {})


@pytest.mark.parametrize("who", ["lin", "zhao"])
def test_nobody_else_does(taken, cast, sign_in, who):
    client = sign_in(getattr(cast, who))
    assert "查看电话" not in client.get(taken.get_absolute_url()).text
    answer = shown(client, taken)
    assert answer.status_code == 403
    assert PHONE not in answer.text
    assert not Event.objects.filter(name="need.phone_shown").exists()


def test_before_it_is_taken_only_the_office_does(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "published", audience="alliance")
    assert shown(sign_in(cast.wu), need).status_code == 403
    assert PHONE in shown(sign_in(sun), need).text


def test_when_it_is_closed_nobody_has_to_call(cast, sun, sign_in):
    need = make.need(cast.lin_unit, "closed", taken_by=cast.wu_unit)
    for user in (cast.wu, sun):
        assert shown(sign_in(user), need).status_code == 403


def test_a_need_that_one_cannot_see_is_not_there(cast, sign_in):
    need = make.need(cast.lin_unit, "published", audience="office")
    assert shown(sign_in(cast.wu), need).status_code == 404


def test_the_hour_has_its_measure(taken, cast, sign_in, settings):
    settings.REVEALS_PER_HOUR = 1
    client = sign_in(cast.wu)
    shown(client, taken)
    answer = shown(client, taken)
    assert answer.status_code == 302
    assert "一小时内最多 1 次" in client.get(answer.url).text


def test_who_has_something_of_a_resource_sees_whom_to_call(cast, sign_in):
    given = make.resource(cast.zhao_unit, contact_name="赵", contact_phone=PHONE)
    assert shown(sign_in(cast.wu), given, "resource").status_code == 403
    make.booking(given, cast.wu_unit, "agreed")
    client = sign_in(cast.wu)
    assert PHONE not in client.get(given.get_absolute_url()).text
    assert PHONE in shown(client, given, "resource").text
    assert "查看联系电话" in sign_in(cast.zhao).get(given.get_absolute_url()).text
    lin = sign_in(cast.lin)
    assert shown(lin, given, "resource").status_code == 403
    assert "查看联系电话" not in lin.get(given.get_absolute_url()).text


def test_a_resource_without_a_number_says_so(cast, sign_in):
    given = make.resource(cast.zhao_unit)
    answer = shown(sign_in(cast.zhao), given, "resource")
    assert answer.status_code == 302
    assert "还没有登记联系电话" in sign_in(cast.zhao).get(answer.url).text

"""A number that no database can hold is none of the choices: a sentence, never a crash."""

import pytest
from django.urls import reverse

from tests import make

HUGE = ("9" * 30, "9223372036854775808", "9" * 5000)
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("number", HUGE)
def test_of_a_group_to_plan(client, sun, number):
    client.force_login(sun)
    given = {"year": "2026", "groups": number}
    assert client.get(reverse("alliance:rota-plan"), given).status_code == 200


@pytest.mark.parametrize("number", HUGE)
def test_of_a_seat_that_came(client, cast, number):
    meeting = make.meeting(cast.group, by=cast.lin)
    client.force_login(cast.lin)
    page = reverse("alliance:meeting-hold", args=[meeting.pk])
    assert client.post(page, {"attended": number}).status_code == 200


@pytest.mark.parametrize("number", HUGE)
def test_of_what_was_recorded_before(client, cast, number):
    meeting = make.meeting(cast.group, by=cast.lin)
    make.hold(meeting)
    came = meeting.invitations.values_list("pk", flat=True)
    client.force_login(cast.lin)
    page = reverse("alliance:meeting-attendance", args=[meeting.pk])
    assert client.post(page, {"attended": list(came), "seen": number}).status_code == 200


@pytest.mark.parametrize("number", HUGE)
def test_of_a_unit_that_assists(client, cast, sun, number):
    client.force_login(sun)
    page = reverse("alliance:measure-create")
    assert client.post(page, {"assisting": number}).status_code == 200

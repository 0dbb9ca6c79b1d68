"""Two clicks on the same bulk dispatch, on connections of their own: each need goes out once."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from nanchuan.kernel.models import Event
from services.actions import dispatching, holding
from services.models import Dispatch, Need
from tests import make
from tests.races import at_once

pytestmark = pytest.mark.django_db(transaction=True)
DISPATCH = reverse("services:desk-dispatch")
OUTCOME = re.compile(r'data-outcome="(\w+)".*?/needs/(\d+)/', re.DOTALL)
ROUNDS = 5


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def clicked_twice(cast, sun, needs, units):
    """Both send what was confirmed, at the same moment; each tells what became of each need."""
    clients, sent = [signed_in(sun) for _unit in units], []
    for client, unit in zip(clients, units, strict=True):
        typed = {"need": [need.pk for need in needs], "unit": unit.pk}
        typed["confirm"] = client.post(DISPATCH, typed).context["seal"]
        sent.append(typed)

    def send(client, typed):
        # Read from the page: the client's `context` mixes what both render at the same moment.
        return {int(pk): state for state, pk in OUTCOME.findall(client.post(DISPATCH, typed).text)}

    return at_once(
        *(
            lambda client=client, typed=typed: send(client, typed)
            for client, typed in zip(clients, sent, strict=True)
        )
    )


def dispatched(need):
    told = Event.objects.filter(name="need.dispatched", subject_id=need.pk).count()
    return Dispatch.objects.filter(need=need).count(), told


def test_of_two_clicks_each_need_goes_out_once(cast, sun):
    for _ in range(ROUNDS):
        needs = [make.need(cast.lin_unit, "published", office=sun) for _ in range(3)]
        results = clicked_twice(cast, sun, needs, [cast.wu_unit, cast.wu_unit])
        for need in needs:
            assert dispatched(need) == (1, 1)
            assert sorted(result[need.pk] for result in results) == ["already", "done"]


def test_of_two_people_with_different_units_one_wins_each_need(cast, sun):
    for _ in range(ROUNDS):
        need = make.need(cast.lin_unit, "published", office=sun)
        results = clicked_twice(cast, sun, [need], [cast.wu_unit, cast.zhao_unit])
        assert dispatched(need) == (1, 1)
        assert sorted(result[need.pk] for result in results) == ["done", "refused"]


@pytest.mark.skipif(connection.vendor == "sqlite", reason="one writer at a time by itself")
def test_without_the_guards_a_need_would_go_out_twice(cast, sun, monkeypatch):
    """The negative control: nobody waits for the other, and the step only looks, then writes."""

    def look_then_write(self, status, **facts):
        for name, value in {"status": status, **facts}.items():
            setattr(self, name, value)
        self.save()

    monkeypatch.setattr(dispatching, "hold", lambda *needs: None)
    monkeypatch.setattr(holding, "hold", lambda *needs: None)
    monkeypatch.setattr(Need, "step_to", look_then_write)
    doubles = 0
    for _ in range(4 * ROUNDS):
        need = make.need(cast.lin_unit, "published", office=sun)
        try:
            clicked_twice(cast, sun, [need], [cast.wu_unit, cast.wu_unit])
        except Exception:
            doubles += 1
        doubles += dispatched(need)[1] > 1
        if doubles:
            break
    assert doubles > 0

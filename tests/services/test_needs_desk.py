"""The office's desk: what waits for it in queues, each row with its next act, many dispatched."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.models import Event
from services.actions import work
from services.models import Clock, Need
from services.models.listed import QUEUES
from tests import make

pytestmark = pytest.mark.django_db
DESK = reverse("services:needs-desk")
DISPATCH = reverse("services:desk-dispatch")


def rows(response):
    return {row.pk for row in response.context["object_list"]}


def counts(response):
    shown = re.findall(r'data-queue-count="(\d+)"', response.content.decode())
    return dict(zip(QUEUES, map(int, shown), strict=True))


@pytest.fixture
def waiting(cast, sun):
    made = {
        status: make.need(cast.lin_unit, status, taken_by=cast.wu_unit, office=sun)
        for status in ("submitted", "published", "disputed", "appealed", "accepted", "solved")
    }
    made["office"] = make.need(cast.lin_unit, "published", audience="office", office=sun)
    made["asked"] = make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit, office=sun)
    work.ask_extension(made["asked"], days=3, reason="等设备到货", by=cast.wu)
    made["lasting"] = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    work.make_long_term(made["lasting"], reason="需上级立项", by=sun)
    made["late"] = make.need(cast.lin_unit, "published", office=sun)
    ago = timezone.now() - timedelta(days=9)
    Clock.objects.filter(need=made["late"], done_at=None).update(started_at=ago, due_at=ago)
    Need.objects.filter(pk=made["late"].pk).update(due_at=ago)
    far = timezone.now() + timedelta(days=60)
    others = Need.objects.exclude(pk=made["late"].pk).exclude(due_at=None)
    others.update(due_at=far)
    return made


QUEUED = {
    "review": {"submitted"},
    "dispatch": {"office", "late"},
    "risk": {"late"},
    "dispute": {"disputed", "appealed"},
    "extension": {"asked"},
    "close": {"solved"},
    "long_term": {"lasting"},
}


@pytest.mark.parametrize("queue", QUEUED)
def test_each_queue_has_its_needs_and_its_number(waiting, sun, sign_in, queue):
    response = sign_in(sun).get(DESK, {"queue": queue})
    assert rows(response) == {waiting[name].pk for name in QUEUED[queue]}
    assert counts(response) == {key: len(names) for key, names in QUEUED.items()}


def test_the_next_act_of_a_row_is_right_there(waiting, sun, sign_in):
    client = sign_in(sun)
    for queue, name, verb in (
        ("review", "submitted", "publish"),
        ("dispute", "disputed", "rule"),
        ("dispute", "appealed", "rule-appeal"),
        ("extension", "asked", "decide-extension"),
        ("dispatch", "late", "dispatch"),
    ):
        link = f"{waiting[name].get_absolute_url()}?do={verb}#step"
        assert link in client.get(DESK, {"queue": queue}).text
    page = client.get(DESK, {"queue": "close"})
    assert reverse("services:need-close", args=[waiting["solved"].pk]) in page.text
    assert "等设备到货" in client.get(DESK, {"queue": "extension"}).text


def test_a_confirmed_need_is_closed_from_the_desk(waiting, sun, sign_in):
    there = f"{DESK}?queue=close"
    answer = sign_in(sun).post(
        reverse("services:need-close", args=[waiting["solved"].pk]), {"next": there}
    )
    assert answer.url == there
    waiting["solved"].refresh_from_db()
    assert waiting["solved"].status == "closed"


def test_without_a_queue_the_first_with_something_opens(cast, sun, sign_in):
    client = sign_in(sun)
    assert client.get(DESK).context["queue"] == "review"
    make.need(cast.lin_unit, "solved", taken_by=cast.wu_unit, office=sun)
    assert client.get(DESK).context["queue"] == "close"
    assert client.get(f"{DESK}?queue=x").context["queue"] == "close"


def test_a_queue_is_narrowed_like_any_list(waiting, sun, sign_in):
    client = sign_in(sun)
    word = waiting["late"].number
    assert rows(client.get(DESK, {"queue": "dispatch", "q": word})) == {waiting["late"].pk}
    assert rows(client.get(DESK, {"queue": "dispatch", "urgency": "urgent"})) == set()


@pytest.mark.parametrize("who", ["lin", "leader"])
def test_the_desk_is_the_offices_alone(cast, sign_in, who):
    user = cast.lin if who == "lin" else make.staff("leader")
    client = sign_in(user)
    assert client.get(DESK).status_code == 403
    assert client.post(DISPATCH, {"need": 1}).status_code == 403


# ── Many at once ────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def pair(cast, sun):
    return [make.need(cast.lin_unit, "published", office=sun) for _ in range(2)]


def send(client, needs, **typed):
    return client.post(DISPATCH, {"need": [need.pk for need in needs], **typed})


def outcomes(response):
    return {outcome.need.pk: outcome.state for outcome in response.context["outcomes"]}


def state(needs):
    return [
        (need.status, need.dispatched_to_id)
        for need in Need.objects.filter(pk__in=[need.pk for need in needs]).order_by("pk")
    ]


def test_ticked_ones_ask_for_their_units_first(pair, sun, sign_in):
    page = send(sign_in(sun), pair)
    assert [need.pk for need, _unit in page.context["form"].lines()] == [need.pk for need in pair]
    assert "还不能提交" not in page.text  # nothing could be chosen before
    assert "还不能提交" in send(sign_in(sun), pair, unit="").text
    assert state(pair) == [("published", None)] * 2


def test_the_preview_says_what_will_happen_and_does_nothing(pair, cast, sun, sign_in):
    page = send(sign_in(sun), pair, unit=cast.wu_unit.pk)
    assert "将派给wu公司，须在" in page.text
    assert state(pair) == [("published", None)] * 2
    assert not Event.objects.filter(name="need.dispatched").exists()


def test_confirmed_they_are_dispatched_to_one_unit_or_one_each(pair, cast, sun, sign_in):
    client = sign_in(sun)
    typed = {
        "unit": cast.wu_unit.pk,
        f"unit_{pair[1].pk}": cast.zhao_unit.pk,
        "note": "请尽快办理",
    }
    seal = send(client, pair, **typed).context["seal"]
    done = send(client, pair, confirm=seal, **typed)
    assert outcomes(done) == {need.pk: "done" for need in pair}
    assert state(pair) == [("dispatched", cast.wu_unit.pk), ("dispatched", cast.zhao_unit.pk)]
    assert {row.dispatches.get().note for row in pair} == {"请尽快办理"}


def test_each_is_judged_by_itself_and_a_refused_one_does_not_hold_up_the_others(
    pair, cast, sun, sign_in
):
    """Wu cannot be given what Wu itself asked for."""
    own = make.need(cast.wu_unit, "published", office=sun)
    client, needs = sign_in(sun), [*pair, own]
    page = send(client, needs, unit=cast.wu_unit.pk)
    assert outcomes(page)[own.pk] == "refused"
    assert page.context["number"] == 2
    done = send(client, needs, unit=cast.wu_unit.pk, confirm=page.context["seal"])
    assert outcomes(done) == {pair[0].pk: "done", pair[1].pk: "done", own.pk: "refused"}
    assert state([own]) == [("published", None)]


def test_a_second_click_dispatches_nothing_twice(pair, cast, sun, sign_in):
    client = sign_in(sun)
    typed = {"unit": cast.wu_unit.pk}
    typed["confirm"] = send(client, pair, **typed).context["seal"]
    send(client, pair, **typed)
    again = send(client, pair, **typed)
    assert outcomes(again) == {need.pk: "already" for need in pair}
    for need in pair:
        assert need.dispatches.count() == 1
        assert Event.objects.filter(name="need.dispatched", subject_id=need.pk).count() == 1


def test_what_somebody_took_meanwhile_is_left_to_them(pair, cast, sun, sign_in):
    from services.actions import dispatching

    client, typed = sign_in(sun), {"unit": cast.wu_unit.pk}
    typed["confirm"] = send(client, pair, **typed).context["seal"]
    dispatching.accept(pair[0], unit=cast.zhao_unit, by=cast.zhao)
    done = send(client, pair, **typed)
    assert outcomes(done) == {pair[0].pk: "refused", pair[1].pk: "done"}
    assert "没有派出" in done.text
    pair[0].refresh_from_db()
    assert pair[0].accepted_by == cast.zhao_unit


def test_other_units_than_were_looked_at_are_shown_first(pair, cast, sun, sign_in):
    client = sign_in(sun)
    seal = send(client, pair, unit=cast.wu_unit.pk).context["seal"]
    page = send(client, pair, unit=cast.zhao_unit.pk, confirm=seal)
    assert "将派给zhao公司" in page.text
    assert state(pair) == [("published", None)] * 2
    other = sign_in(make.staff())
    assert "将派给" in send(other, pair, unit=cast.wu_unit.pk, confirm=seal).text
    assert state(pair) == [("published", None)] * 2


def test_what_is_missing_is_said_at_its_place(pair, cast, sun, sign_in):
    client = sign_in(sun)
    page = send(client, pair, **{"unit": "", f"unit_{pair[0].pk}": cast.wu_unit.pk})
    assert f"unit_{pair[1].pk}" in page.context["form"].errors
    assert "请选择单位" in page.text
    assert send(client, []).url == DESK
    assert send(client, pair, unit="x").status_code == 200

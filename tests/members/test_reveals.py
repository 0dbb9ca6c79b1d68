"""A number is seen in full by those who work with it, for a reason, and the trail knows."""

import threading
from datetime import timedelta
from io import BytesIO

import pytest
from django.db import close_old_connections, connection
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from members.actions import reveals
from members.models import PartyMember
from nanchuan.accounts.models import User
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
ID_NUMBER, PHONE = "99990119900101123X", "13800001234"
WHY = {"reason": "system", "text": "核对系统里的号码"}
ROSTER = "/members/people/reveal/"


@pytest.fixture
def person(cast):
    return make.member(cast.lin_branch, name="钱一", id_number=ID_NUMBER, phone=PHONE)


def once(client, url):
    """The token of the form that a page shows."""
    context = client.get(url).context
    return str((context.get("reveal_form") or context["form"])["once"].value())


def ask(client, person, **given):
    """As from the box of the person's page."""
    token = once(client, person.get_absolute_url())
    facts = {"once": token, "number": "id_number", **WHY} | given
    return client.post(reverse("members:person-reveal", args=[person.pk]), facts)


def reveal_events():
    return Event.objects.filter(name="number.revealed")


def test_a_secretary_sees_one_number_of_an_own_member(sign_in, cast, person):
    client = sign_in(cast.lin)
    assert ID_NUMBER not in client.get(person.get_absolute_url()).content.decode()
    answer = ask(client, person)
    assert ID_NUMBER in answer.content.decode() and PHONE not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert PHONE in ask(client, person, number="phone").content.decode()
    event = reveal_events().first()
    assert (event.subject, event.by) == (person, cast.lin)
    assert event.facts == {"number": "id_number", **WHY}
    assert ID_NUMBER not in client.get(person.get_absolute_url()).content.decode()


def test_the_trail_says_who_saw_and_why(sign_in, sun, person):
    ask(sign_in(sun), person)
    shown = sign_in(sun).get(reverse("portal:event-list")).content.decode()
    assert "查看完整号码" in shown and WHY["text"] in shown and "钱一" in shown
    assert ID_NUMBER not in shown


def test_the_same_form_shows_it_once(sign_in, cast, person):
    client = sign_in(cast.lin)
    token = once(client, person.get_absolute_url())
    first, second = (ask(client, person, once=token) for _click in range(2))
    assert ID_NUMBER in first.content.decode()
    assert second.status_code == 302 and second.url == person.get_absolute_url()
    assert reveal_events().count() == 1


@pytest.mark.parametrize("method", ["get", "put", "delete"])
def test_an_address_alone_shows_nothing(sign_in, sun, person, method):
    url = reverse("members:person-reveal", args=[person.pk])
    answer = getattr(sign_in(sun), method)(url, {"number": "id_number", **WHY})
    assert answer.status_code == 405


@pytest.mark.parametrize(
    "given",
    [
        {"reason": ""},
        {"reason": "curiosity"},
        {"text": ""},
        {"text": "看一下"},
        {"text": "    看    "},
        {"text": "长" * 201},
        {"text": "核对 13800 001234 这个号"},
        {"text": "联系钱一本人核对"},
        {"text": "核对\x00系统号码"},
        {"number": ""},
        {"number": "user"},
        {"once": ""},
    ],
)
def test_without_a_reason_nothing_is_shown(sign_in, cast, person, given):
    answer = ask(sign_in(cast.lin), person, **given)
    assert answer.status_code == 200 and answer.context["form"].errors
    assert ID_NUMBER not in answer.content.decode()
    assert not reveal_events().exists()


def test_what_was_typed_is_not_lost(sign_in, cast, person):
    shown = ask(sign_in(cast.lin), person, reason="").content.decode()
    assert WHY["text"] in shown


def test_a_number_that_is_not_there(sign_in, cast):
    answer = ask(sign_in(cast.lin), cast.lin_member)
    assert "还没有登记" in answer.content.decode()
    assert not reveal_events().exists()


@pytest.mark.parametrize(("role", "status"), [("leader", 403), ("auditor", 403), ("admin", 403)])
def test_who_only_reads_sees_masked_numbers(client, person, role, status):
    client.force_login(make.staff(role))
    url = reverse("members:person-reveal", args=[person.pk])
    assert client.post(url, {"number": "id_number", **WHY}).status_code == status
    assert client.get(ROSTER).status_code == client.post(ROSTER, WHY).status_code == 403
    assert not Event.objects.filter(name__startswith="number").exists()


def test_another_branch_does_not_exist(sign_in, cast, person):
    url = reverse("members:person-reveal", args=[person.pk])
    assert sign_in(cast.zhao).post(url, {"number": "id_number", **WHY}).status_code == 404


def test_a_member_sees_the_own_page_without_the_box(sign_in, cast, person):
    person.user = make.user()
    person.save()
    client = sign_in(person.user)
    assert client.get(person.get_absolute_url()).context["reveal_form"] is None
    url = reverse("members:person-reveal", args=[person.pk])
    assert client.post(url, WHY).status_code == 403


def test_an_hour_allows_so_many(sign_in, cast, person, settings):
    settings.REVEALS_PER_HOUR = 2
    client = sign_in(cast.lin)
    for number in ("id_number", "phone"):
        assert ask(client, person, number=number).context["value"]
    answer = ask(client, person)
    assert "一小时内最多 2 次" in answer.content.decode()
    assert ID_NUMBER not in answer.content.decode()
    assert reveal_events().count() == 2


def test_the_hour_passes(cast, person, settings):
    settings.REVEALS_PER_HOUR = 1
    now = timezone.now()
    facts = {"number": "phone", "by": cast.lin, **WHY}
    reveals.reveal(person, at=now - timedelta(minutes=61), **facts)
    assert reveals.reveal(person, at=now, **facts) == PHONE
    with pytest.raises(StepRefused):
        reveals.reveal(person, at=now + timedelta(minutes=59), **facts)


# ── A file ──────────────────────────────────────────────────────────────────────────────────


def take_out(client, query="", **given):
    url = f"{ROSTER}?{query}"
    return client.post(url, {"once": once(client, url), **WHY} | given)


def cells(answer):
    book = load_workbook(BytesIO(b"".join(answer.streaming_content)))
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def test_the_office_takes_out_the_filtered_roster_in_full(sign_in, sun, cast, person):
    make.member(cast.wu_branch, phone="13911112222")
    client = sign_in(sun)
    query = f"organization={cast.lin_branch.pk}"
    shown = client.get(f"/members/people/?{query}").context["row_count"]
    answer = take_out(client, query)
    assert "no-store" in answer["Cache-Control"]
    rows = cells(answer)
    assert len(rows) - 1 == shown == 2
    flat = [cell for row in rows for cell in row]
    assert ID_NUMBER in flat and PHONE in flat and "13911112222" not in flat
    event = Event.objects.get(name="numbers.exported")
    assert event.facts == {"rows": 2, "filters": ["organization"], **WHY}


def test_the_usual_export_stays_masked(sign_in, sun, person):
    answer = sign_in(sun).get("/members/people/", {"export": "xlsx"})
    flat = [cell for row in cells(answer) for cell in row]
    assert "9****************X" in flat and "138****1234" in flat
    assert ID_NUMBER not in flat and PHONE not in flat


@pytest.mark.parametrize("given", [{"reason": ""}, {"text": ""}, {"text": "给 13800001234 的"}])
def test_a_file_needs_a_reason_too(sign_in, sun, person, given):
    answer = take_out(sign_in(sun), **given)
    assert answer.context["form"].errors
    assert not Event.objects.filter(name="numbers.exported").exists()


def test_a_file_is_bounded(sign_in, sun, person, settings):
    settings.REVEAL_MOST_ROWS = 2
    assert "一次最多 2 人" in take_out(sign_in(sun)).content.decode()
    assert len(cells(take_out(sign_in(sun), "q=qianyi"))) == 2


def test_an_hour_allows_so_many_files(sign_in, sun, person, settings):
    settings.REVEAL_FILES_PER_HOUR = 1
    assert take_out(sign_in(sun)).streaming
    assert "一小时内最多 1 次" in take_out(sign_in(sun)).content.decode()


def test_a_mistyped_filter_takes_out_nobody(sign_in, sun, person):
    answer = take_out(sign_in(sun), "gender=neither")
    assert "筛选条件填写有误" in answer.content.decode()
    assert not Event.objects.filter(name="numbers.exported").exists()


def test_a_secretary_takes_out_no_full_numbers(sign_in, cast, person):
    client = sign_in(cast.lin)
    assert client.get(ROSTER).status_code == client.post(ROSTER, WHY).status_code == 403
    assert "含完整号码" not in client.get("/members/people/").content.decode()


# ── Two at once ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.django_db(transaction=True)
def test_of_two_requests_at_once_the_last_of_the_hour_is_given_once(settings):
    settings.REVEALS_PER_HOUR = 1
    for _round in range(5):
        branch = make.organization()
        person, user = make.member(branch, phone=PHONE), make.user()
        barrier, given = threading.Barrier(2), []
        arguments = (person.pk, user.pk, barrier, given)
        threads = [threading.Thread(target=race, args=arguments) for _one in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(given) == ["", PHONE]


def race(person, user, barrier, given):
    close_old_connections()
    try:
        person, by = PartyMember.objects.get(pk=person), User.objects.get(pk=user)
        barrier.wait()
        given.append(reveals.reveal(person, number="phone", by=by, **WHY))
    except StepRefused:
        given.append("")
    finally:
        connection.close()

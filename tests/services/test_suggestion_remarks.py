"""What the office says of a suggestion: every state × act × person, what comes of it, and the
parts of pages that show suggestions."""

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.urls import reverse

from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from services.actions import remarks
from services.models import Need, Resource, SuggestionRemark
from tests import make
from tests.services.test_suggesting import LOAN, asked

pytestmark = pytest.mark.django_db

PEOPLE = ("sun", "leader", "auditor", "admin", "lin", "wu", "zhao")
SAID = {"why": "只贷给农户", "is_other_matter": True}


@pytest.fixture
def bank(cast):
    unit = make.unit(name="农商行")
    make.seat(unit)
    return unit


@pytest.fixture
def loan(bank):
    return make.resource(bank, capacity=5, measure="笔", **LOAN)


@pytest.fixture
def people(cast, sun):
    """Lin's unit asks, Wu's gives, Zhao's has nothing to do with it."""
    roles = {name: make.staff(name, name=name) for name in ("leader", "auditor", "admin")}
    return {"sun": sun, "lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao, **roles}


def outcome(act):
    try:
        with transaction.atomic():
            act()
    except PermissionDenied:
        return "not yours"
    except StepRefused:
        return "refused"
    return "done"


def expected(name, is_time):
    return "not yours" if name != "sun" else "done" if is_time else "refused"


@pytest.mark.parametrize("status", Need.Status.values)
def test_who_may_doubt_at_which_status_of_the_need(cast, people, status):
    need, resource = asked(cast.lin_unit, status), make.resource(cast.wu_unit, **LOAN)
    is_open = status in Need.OPEN
    for name, by in people.items():
        assert remarks.may_doubt(by, need, resource) is (name == "sun" and is_open), name
        got = outcome(lambda by=by: remarks.doubt(need, resource=resource, by=by, **SAID))
        assert got == expected(name, is_open), name


@pytest.mark.parametrize("status", Resource.Status.values)
def test_who_may_doubt_at_which_status_of_the_resource(cast, people, status):
    need, resource = asked(cast.lin_unit), make.resource(cast.wu_unit, status, **LOAN)
    is_time = status == "available"
    for name, by in people.items():
        assert remarks.may_doubt(by, need, resource) is (name == "sun" and is_time), name
        got = outcome(lambda by=by: remarks.doubt(need, resource=resource, by=by, **SAID))
        assert got == expected(name, is_time), name


@pytest.mark.parametrize("state", ["standing", "taken back", "need closed"])
def test_who_may_take_it_back(cast, people, state):
    need, resource = asked(cast.lin_unit, "offered"), make.resource(cast.wu_unit, **LOAN)
    remark = remarks.doubt(need, resource=resource, by=people["sun"], **SAID)
    if state == "taken back":
        remarks.trust(remark, by=None)
    if state == "need closed":
        Need.objects.filter(pk=need.pk).update(status="closed")
    for name in [*PEOPLE[1:], "sun"]:
        got = outcome(lambda name=name: remarks.trust(remark, by=people[name]))
        assert got == expected(name, state != "taken back"), name


def test_one_remark_stands_at_a_time(cast, sun, loan):
    need = asked(cast.lin_unit)
    remark = remarks.doubt(need, resource=loan, by=sun, **SAID)
    assert outcome(lambda: remarks.doubt(need, resource=loan, by=sun, **SAID)) == "refused"
    remarks.trust(remark, by=sun)
    again = remarks.doubt(need, resource=loan, by=sun, **SAID)
    assert list(SuggestionRemark.objects.standing()) == [again]
    with pytest.raises(IntegrityError), transaction.atomic():
        SuggestionRemark.objects.create(need=need, resource=loan, **SAID)


def test_it_is_in_the_history_for_the_office_alone(cast, people, client, loan):
    need = asked(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    remark = remarks.doubt(need, resource=loan, by=people["sun"], **SAID)
    remarks.trust(remark, by=people["sun"])
    names = Event.objects.filter(name__startswith="need.suggestion").values_list("name", flat=True)
    assert sorted(names) == ["need.suggestion_doubted", "need.suggestion_trusted"]
    for name, reads in (("sun", True), ("leader", True), ("lin", False), ("wu", False)):
        client.force_login(people[name])
        page = client.get(need.get_absolute_url()).content.decode()
        assert ("指出推荐不对" in page) is reads, name
        assert SAID["why"] not in page


# ── Pages ───────────────────────────────────────────────────────────────────────────────────


def url(name, *args):
    return reverse(f"services:{name}", args=args)


def part(client, user, name, *args, **headers):
    client.force_login(user)
    return client.get(url(name, *args), headers={"HX-Request": "true", **headers})


def test_the_office_says_it_on_the_page_and_takes_it_back(cast, sun, client, loan):
    need = asked(cast.lin_unit)
    page = part(client, sun, "need-suggestions", need.pk).content.decode()
    doubt_url = url("suggestion-doubt", need.pk, loan.pk)
    assert doubt_url in page and f"{url('resource-ask', loan.pk)}?need={need.pk}" in page
    once = client.get(doubt_url).context["form"]["once"].value()
    typed = {"once": once, "what": "other"}
    assert "请用一句话写明为什么不对。" in client.post(doubt_url, typed).content.decode()
    client.post(doubt_url, typed | {"why": SAID["why"]})
    remark = SuggestionRemark.objects.get()
    assert (remark.is_other_matter, remark.why, remark.by) == (True, SAID["why"], sun)
    page = part(client, sun, "need-suggestions", need.pk).content.decode()
    assert SAID["why"] in page and doubt_url not in page
    for user in (cast.lin, cast.wu):
        assert (
            client.force_login(user)
            or client.post(url("suggestionremark-drop", remark.pk)).status_code == 403
        )
        assert SAID["why"] not in part(client, user, "need-suggestions", need.pk).content.decode()
    client.force_login(sun)
    client.post(url("suggestionremark-drop", remark.pk))
    assert doubt_url in part(client, sun, "need-suggestions", need.pk).content.decode()


def test_each_sees_what_it_can_do_with_a_resource(cast, sun, bank, client, loan):
    need = asked(cast.lin_unit, "accepted", taken_by=cast.wu_unit, public_title="找贷款")
    match, ask, offer, doubt = (
        f"{url('need-match', need.pk)}?resource={loan.pk}",
        f"{url('resource-ask', loan.pk)}?need={need.pk}",
        f"{url('resource-offer', loan.pk)}?need={need.pk}",
        url("suggestion-doubt", need.pk, loan.pk),
    )
    wanted = {
        sun: {match, ask, doubt},
        cast.lin: {ask},
        cast.wu: {match, ask},
        make.liaison(bank): {offer},
        cast.zhao: set(),
        make.staff("leader"): set(),
    }
    for user, links in wanted.items():
        page = part(client, user, "need-suggestions", need.pk).content.decode()
        assert loan.title in page
        assert {link for link in (match, ask, offer, doubt) if link in page} == links, user
    client.force_login(cast.wu)
    assert client.get(match).context["form"]["resources"].value() == [str(loan.pk)]
    assert client.get(ask).context["form"]["need"].value() == str(need.pk)


def test_who_may_fetch_which_part(cast, sun, bank, client, loan):
    need = asked(cast.lin_unit, audience="office")
    giver = make.liaison(bank)
    asked_of = {
        ("need-suggestions", need.pk): {"sun": 200, "lin": 200, "wu": 404, "giver": 404},
        ("need-units", need.pk): {"sun": 200, "lin": 403, "wu": 403, "giver": 403},
        ("resource-needs", loan.pk): {"sun": 200, "lin": 403, "wu": 403, "giver": 200},
        ("unit-needs", bank.pk): {"sun": 200, "lin": 403, "wu": 403, "giver": 200},
    }
    people = {"sun": sun, "lin": cast.lin, "wu": cast.wu, "giver": giver}
    for (name, key), answers in asked_of.items():
        for who, status in answers.items():
            response = part(client, people[who], name, key)
            assert response.status_code == status, (name, who)
            if who == "giver" and status == 200:
                assert need.number not in response.content.decode()
    assert need.number in part(client, sun, "resource-needs", loan.pk).content.decode()
    assert need.number in part(client, sun, "unit-needs", bank.pk).content.decode()
    assert bank.name in part(client, sun, "need-units", need.pk).content.decode()


def test_pages_fetch_their_parts(cast, sun, bank, client, loan):
    need = asked(cast.lin_unit, public_title="找贷款")
    pages = {
        need.get_absolute_url(): ("need-suggestions", need.pk),
        loan.get_absolute_url(): ("resource-needs", loan.pk),
        bank.get_absolute_url(): ("unit-needs", bank.pk),
    }
    client.force_login(sun)
    for page, (name, key) in pages.items():
        assert url(name, key) in client.get(page).content.decode(), name
    assert url("need-units", need.pk) in client.get(need.get_absolute_url()).content.decode()
    client.force_login(make.liaison(bank))
    mine = client.get(f"{reverse('services:needs-mine')}?part=take").content.decode()
    assert url("unit-needs", bank.pk) in mine
    whole = client.get(url("unit-needs", bank.pk)).content.decode()
    assert "<html" in whole and need.number in whole


def test_a_unit_that_is_suggested_is_chosen_with_a_click(cast, sun, bank, client, loan):
    need = asked(cast.lin_unit)
    page = part(client, sun, "need-units", need.pk).content.decode()
    assert f"{need.get_absolute_url()}?do=dispatch&amp;unit={bank.pk}#step" in page
    step = client.get(f"{need.get_absolute_url()}?do=dispatch&unit={bank.pk}").context["main_step"]
    assert step["form"]["unit"].value() == str(bank.pk)


def test_a_part_costs_the_same_however_many_there_are(
    cast, sun, client, loan, django_assert_max_num_queries
):
    need = asked(cast.lin_unit)
    for _ in range(6):
        make.resource(**LOAN)
        asked(cast.wu_unit)
    for name, key in (("need-suggestions", need.pk), ("resource-needs", loan.pk)):
        part(client, sun, name, key)
        with django_assert_max_num_queries(30):
            part(client, sun, name, key)

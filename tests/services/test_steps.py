"""Who may take which step from which status: the whole table, through the URLs."""

import uuid

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from services.models import Need, Project
from tests import make

pytestmark = pytest.mark.django_db

STATUSES = Need.Status.values
PERSONAS = (
    "sun",  # the park office
    "lin",  # the filing unit
    "wu",  # the responsible unit; before that one of the alliance
    "zhao",  # another member of the alliance
    "stranger",  # a unit without a seat
    "leader",
    "auditor",
    "admin",
    "member",  # a party member who speaks for nobody
)
UNITS = {"lin", "wu", "zhao", "stranger"}
OPEN = {"submitted", "returned", "published", "accepted", "in_progress", "offered"}
TAKEN = {"accepted", "in_progress", "offered", "solved", "closed"}

# verb: from where, by whom, to where (spelt out here, not asked of the code under test)
TABLE = {
    "publish": ({"submitted"}, {"sun"}, "published"),
    "return": ({"submitted"}, {"sun"}, "returned"),
    "decline": ({"submitted"}, {"sun"}, "declined"),
    "accept": ({"published"}, {"sun", "wu", "zhao"}, "accepted"),
    "match": ({"accepted"}, {"sun", "wu"}, "in_progress"),
    "offer": ({"in_progress"}, {"sun", "wu"}, "offered"),
    "confirm": ({"offered"}, {"lin"}, "solved"),
    "refuse": ({"offered"}, {"lin"}, "in_progress"),
    "close": ({"solved"}, {"sun"}, "closed"),
    "reopen": ({"solved", "closed"}, {"sun", "lin"}, "in_progress"),
    "withdraw": (OPEN, {"lin"}, "withdrawn"),
    "edit": ({"submitted", "returned"}, {"sun", "lin"}, "submitted"),
}
OFFICE_ONLY = {"publish", "return", "decline", "close"}
UNIT_ONLY = {"confirm", "refuse", "withdraw"}


def lets_in(verb, persona):
    """Whether the policy of the URL lets the role in at all."""
    if verb in OFFICE_ONLY:
        return persona == "sun"
    if verb in UNIT_ONLY:
        return persona in UNITS
    return persona == "sun" or persona in UNITS


def sees(persona, status):
    if persona in {"sun", "lin", "leader", "auditor"}:
        return True
    if persona in {"wu", "zhao"}:
        return status == "published" or status in TAKEN
    return False


def expected(verb, persona, status):
    who = TABLE[verb][1]
    if not lets_in(verb, persona):
        return 403
    if not sees(persona, status):
        return 404
    if verb == "accept":  # asked of a unit, whatever became of the need
        return 302 if persona in who else 403
    if verb in {"match", "offer"} and persona == "wu" and status == "published":
        return 403  # not yet the responsible unit
    return 302 if persona in who else 403


@pytest.fixture
def personas(cast, sun):
    stranger = make.liaison(make.unit())
    people = {
        "sun": sun,
        "lin": cast.lin,
        "wu": cast.wu,
        "zhao": cast.zhao,
        "stranger": stranger,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "member": make.member(cast.lin_branch, user=make.user()).user,
    }
    clients = {}
    for name in PERSONAS:
        clients[name] = Client()
        clients[name].force_login(people[name])
    return clients


def answers(cast, persona, resource):
    """What every form of a need asks for, filled in well."""
    unit = {"wu": cast.wu_unit, "zhao": cast.zhao_unit}.get(persona, cast.wu_unit)
    return {
        "once": str(uuid.uuid4()),
        "unit": unit.pk,
        "reason": "说明原因",
        "text": "已经解决",
        "rating": "5",
        "comment": "很好",
        "name": "对接项目",
        "resources": [resource.pk],
        "category": "policy",
        "title": "新的标题",
        "content": "新的内容",
        "urgency": "soon",
        "audience": "alliance",
        "contact_name": "联系人",
        "contact_phone": "",
    }


@pytest.mark.parametrize("status", STATUSES)
def test_the_whole_table_of_steps(cast, personas, status):
    need = make.need(cast.lin_unit, status, taken_by=cast.wu_unit)
    resource = make.resource()
    wrong = []
    for verb, (sources, _who, target) in TABLE.items():
        url = reverse(f"services:need-{verb}", args=[need.pk])
        for persona in PERSONAS:
            wanted = expected(verb, persona, status)
            moved = wanted == 302 and status in sources
            with transaction.atomic():
                response = personas[persona].post(url, answers(cast, persona, resource))
                after = Need.objects.get(pk=need.pk).status
                transaction.set_rollback(True)
            if wanted == 302 and not moved and verb in {"edit", "match"}:
                wanted = 200  # the page says why, and keeps what was typed
            if (response.status_code, after) != (wanted, target if moved else status):
                wrong.append((persona, verb, response.status_code, wanted, after))
    assert wrong == []


@pytest.mark.parametrize("status", STATUSES)
def test_the_page_offers_each_reader_exactly_the_steps_that_will_work(cast, personas, status):
    need = make.need(cast.lin_unit, status, taken_by=cast.wu_unit)
    for persona in PERSONAS:
        response = personas[persona].get(need.get_absolute_url())
        if persona in {"admin", "member"}:
            assert response.status_code == 403, persona
            continue
        assert response.status_code == (200 if sees(persona, status) else 404), persona
        offered = {
            verb
            for verb in TABLE
            if f'"{reverse(f"services:need-{verb}", args=[need.pk])}"' in response.text
        }
        assert offered == {
            verb
            for verb, (sources, who, _target) in TABLE.items()
            if status in sources and persona in who and sees(persona, status)
        }, persona


@pytest.mark.parametrize("verb", ["edit", "match"])
def test_a_step_with_a_page_of_its_own_leads_back_when_it_is_too_late(cast, personas, verb):
    need = make.need(cast.lin_unit, "closed", taken_by=cast.wu_unit)
    url = reverse(f"services:need-{verb}", args=[need.pk])
    response = personas["sun"].get(url, follow=True)
    assert response.redirect_chain == [(need.get_absolute_url(), 302)]
    assert "不能" in response.text
    assert personas["zhao"].get(url).status_code == 403
    assert personas["stranger"].get(url).status_code == 404


def test_verbs_answer_only_to_post(cast, personas):
    need = make.need(cast.lin_unit)
    for verb in set(TABLE) - {"edit", "match"}:
        url = reverse(f"services:need-{verb}", args=[need.pk])
        persona = "lin" if verb in UNIT_ONLY else "sun"
        assert personas[persona].get(url).status_code == 405, verb


def test_a_need_that_is_not_there_looks_like_one_that_is_hidden(cast, personas):
    for path in ("detail", "edit", "match"):
        url = reverse(f"services:need-{path}", args=[10**6])
        assert personas["zhao"].get(url).status_code == 404
    assert personas["sun"].post(reverse("services:need-publish", args=[10**6])).status_code == 404


def test_the_second_unit_is_told_who_took_it(cast, personas):
    need = make.need(cast.lin_unit, "published")
    url = reverse("services:need-accept", args=[need.pk])
    personas["zhao"].post(url, {"unit": cast.zhao_unit.pk})
    response = personas["wu"].post(url, {"unit": cast.wu_unit.pk}, follow=True)
    assert f"已由“{cast.zhao_unit}”接单" in response.text
    need.refresh_from_db()
    assert need.accepted_by == cast.zhao_unit


def test_nobody_accepts_for_a_unit_of_others(cast, personas):
    need = make.need(cast.lin_unit, "published")
    url = reverse("services:need-accept", args=[need.pk])
    response = personas["wu"].post(url, {"unit": cast.zhao_unit.pk})
    assert "该单位不能接这条需求" in response.text
    need.refresh_from_db()
    assert need.accepted_by is None


def test_the_office_dispatches_to_a_department_but_not_to_a_unit_without_a_seat(cast, personas):
    need = make.need(cast.lin_unit, "published", audience="office")
    url = reverse("services:need-accept", args=[need.pk])
    for refused in (make.unit(), cast.lin_unit):
        personas["sun"].post(url, {"unit": refused.pk})
        assert Need.objects.get(pk=need.pk).status == "published"
    department = make.unit(kind="department")
    make.seat(department)
    reader = make.liaison(department)
    client = Client()
    client.force_login(reader)
    assert client.get(need.get_absolute_url()).status_code == 404
    personas["sun"].post(url, {"unit": department.pk})
    assert Need.objects.get(pk=need.pk).accepted_by == department
    assert client.get(need.get_absolute_url()).status_code == 200


def test_the_whole_loop_in_a_browser(cast, personas):
    """File, publish, accept, match, progress, offer, confirm and rate, close."""
    filled = answers(cast, "lin", make.resource(cast.zhao_unit)) | {"contact_phone": "13900005678"}
    personas["lin"].post(reverse("services:need-create"), filled)
    need = Need.objects.get()
    assert (need.unit, need.contact_phone) == (cast.lin_unit, "13900005678")

    def post(persona, verb, **more):
        url = reverse(f"services:need-{verb}", args=[need.pk])
        response = personas[persona].post(url, answers(cast, persona, resource) | more)
        assert response.status_code == 302
        need.refresh_from_db()

    resource = make.resource(cast.zhao_unit)
    post("sun", "publish")
    post("wu", "accept")
    post("wu", "match", name="技术攻关")
    project = Project.objects.get()
    assert (project.name, project.lead, list(project.resources.all())) == (
        "技术攻关",
        cast.wu_unit,
        [resource],
    )
    note = reverse("services:project-note", args=[project.pk])
    personas["wu"].post(note, {"text": "已到厂", "percent": "60", "once": str(uuid.uuid4())})
    assert "60%" in personas["lin"].get(project.get_absolute_url()).text
    post("wu", "offer")
    post("lin", "confirm", rating="4", comment="来得快")
    post("sun", "close")
    page = personas["lin"].get(need.get_absolute_url()).text
    assert "满意" in page
    assert "来得快" in page
    assert Need.objects.solved().get() == need

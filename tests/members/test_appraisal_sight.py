"""Who sees and may do what at which step of an appraisal: the full table."""

import uuid
from itertools import product

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse

from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db
STATES = (*made.STEPS, "cancelled")
GRADED = ("organization", "confirming", "confirmed", "released", "closed")
OUT = ("released", "closed")
CANARY = "金丝雀评语"


@pytest.fixture
def personas(cast, sun):
    chief = make.secretary(cast.root, name="上级书记")
    plain, *_others = made.people(cast.lin_branch, 7, name="本支部党员")
    young = make.member(cast.lin_branch, "probationary", user=make.user(name="预备"))
    return {
        "secretary": cast.lin,
        "chief": chief.user,
        "staff": sun,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "member": plain.user,
        "probationary": young.user,
        "outside": cast.zhao,
        "admin": make.staff("admin"),
        "unit": make.liaison(cast.lin_unit),
    }


def at_state(cast, state):
    appraisal = made.appraisal(cast.lin_branch, state, grades={"lin": "excellent"})
    row = appraisal.appraisees.get(member__user=cast.lin)
    row.own_text = "金丝雀自评"
    if row.grade:
        row.comment = CANARY
    row.save()
    return appraisal


def ask(user, appraisal, act="detail", method="get"):
    client = Client()
    client.force_login(user)
    address = reverse(f"members:appraisal-{act}", args=[appraisal.pk])
    answer = getattr(client, method)(address, {"once": uuid.uuid4(), "reason": "原因"})
    return answer.status_code, b"".join(answer) if answer.streaming else answer.content


@pytest.mark.parametrize("state", STATES)
def test_who_reads_what_at_which_step(cast, personas, state):
    appraisal = at_state(cast, state)
    wrong = []
    for name, user in personas.items():
        status, body = ask(user, appraisal)
        text = body.decode()
        expected = {"outside": 404, "admin": 403, "unit": 403}.get(name, 200)
        if status != expected:
            wrong.append((name, "status", status))
        names = name in ("secretary", "chief", "staff", "leader", "auditor")
        if expected == 200 and (name != "member") and ("本支部党员" in text) != names:
            wrong.append((name, "names"))
        grades = name == "secretary" and state in GRADED
        grades |= name in ("chief", "staff") and state in OUT
        counts = grades or (names and state in GRADED[1:])
        own = name == "member" and state in OUT
        if ("评定等次" in text) != (grades or own or (name == "probationary" and state in OUT)):
            wrong.append((name, "grades"))
        if ("各等次人数" in text) != counts:
            wrong.append((name, "counts"))
        if "金丝雀自评" in text and name != "secretary":
            wrong.append((name, "own words"))
        if CANARY in text and not (name == "secretary" and state in OUT):
            wrong.append((name, "comment"))
    assert wrong == []


@pytest.mark.parametrize("state", STATES)
def test_papers_name_grades_only_once_they_are_released(cast, personas, state):
    from io import BytesIO

    from docx import Document
    from openpyxl import load_workbook

    appraisal = at_state(cast, state)
    for name, user in personas.items():
        status, body = ask(user, appraisal, "paper")
        grades = name == "secretary" and state in GRADED
        counts = grades or (
            name in ("secretary", "chief", "staff", "leader", "auditor") and state in GRADED[1:]
        )
        if name == "outside":
            assert status == 404
        elif not counts:
            assert status == 403, (name, state)
            assert ask(user, appraisal, "sheet")[0] == 403
        else:
            tables = Document(BytesIO(body)).tables
            said = " ".join(
                cell.text for table in tables for row in table.rows for cell in row.cells
            )
            cells = load_workbook(BytesIO(ask(user, appraisal, "sheet")[1])).worksheets[0]
            sheet = " ".join(str(cell.value) for row in cells.rows for cell in row)
            named = state in OUT and name in ("secretary", "chief", "staff")
            for text in (said, sheet):
                assert ("本支部党员" in text) is named, (name, state)
                assert "优秀" in text and CANARY not in text and "金丝雀自评" not in text


GRADERS, CONFIRMERS = {"secretary"}, {"chief", "staff"}
LEADING = GRADERS | CONFIRMERS
VERBS = {
    # verb: who may, at which step it works, and to which it leads
    "peers": (LEADING, {"self"}, "peers"),
    "count": (LEADING, {"peers"}, "organization"),
    "submit": (GRADERS, {"organization"}, "confirming"),
    "confirm": (CONFIRMERS, {"confirming"}, "confirmed"),
    "return": (CONFIRMERS, {"confirming"}, "organization"),
    "release": (LEADING, {"confirmed"}, "released"),
    "close": (LEADING, {"released"}, "closed"),
    "cancel": (LEADING, {"self", "peers", "organization"}, "cancelled"),
}


@pytest.mark.parametrize("state", STATES)
def test_each_verb_works_for_whom_and_when_it_should(cast, personas, state):
    appraisal = at_state(cast, state)
    rows = type(appraisal).objects.filter(pk=appraisal.pk)
    if state == "organization":
        appraisal.appraisees.graded().update(grade="qualified")
    wrong = []
    for (verb, (who, states, then)), (name, user) in product(VERBS.items(), personas.items()):
        with transaction.atomic():
            status, _body = ask(user, appraisal, verb, "post")
            now = rows.values_list("status", flat=True).get()
            transaction.set_rollback(True)
        works = name in who and state in states
        if now != (then if works else state):
            wrong.append((verb, name, now))
        refused = 404 if name == "outside" else 403
        if name not in who and status != refused:
            wrong.append((verb, name, status))
    assert wrong == []


def test_the_list_shows_each_what_is_theirs(cast, personas):
    made.people(cast.zhao_branch, 2)
    made.appraisal(cast.zhao_branch)
    appraisal = at_state(cast, "self")
    for name, user in personas.items():
        client = Client()
        client.force_login(user)
        answer = client.get(reverse("members:appraisal-list"))
        text = answer.content.decode()
        sees = name not in ("outside", "admin", "unit")
        assert (appraisal.get_absolute_url() in text) is sees, name
        for query in (
            "?year=9999999999999",
            "?year=x",
            "?status=x",
            "?organization=%00",
            "?page=x",
        ):
            assert client.get(reverse("members:appraisal-list") + query).status_code in (200, 403)


def test_a_member_who_moved_away_still_reads_the_own_result(cast, personas):
    appraisal = at_state(cast, "released")
    row = appraisal.appraisees.get(member__user=personas["member"])
    person = row.member
    person.memberships.update(organization=cast.wu_branch)
    assert ask(person.user, appraisal)[0] == 200

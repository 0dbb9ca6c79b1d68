"""Who may do what with a measure from which status: the whole table, through the URLs."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alliance.models import Measure
from tests import make

pytestmark = pytest.mark.django_db

STATUSES = Measure.Status.values
PERSONAS = (
    "sun",  # the park office
    "lin",  # the responsible unit
    "wu",  # assists
    "seated",  # another unit of the group
    "zhao",  # a unit of another group
    "stranger",  # a unit without a seat
    "leader",
    "auditor",
    "admin",
    "member",  # a party member who speaks for nobody
)
UNITS = {"lin", "wu", "seated", "zhao", "stranger"}
SEES = {"sun", "lin", "wu", "seated", "leader", "auditor"}
OPEN = {"in_progress", "reported"}

# verb: from where, by whom, to where (None: it stays), spelt out here, not asked of the code
TABLE = {
    "note": (OPEN, {"sun", "lin", "wu"}, None),
    "report": ({"in_progress"}, {"sun", "lin"}, "reported"),
    "confirm": ({"reported"}, {"sun"}, "done"),
    "return": ({"reported"}, {"sun"}, "in_progress"),
    "edit": (OPEN, {"sun"}, None),
    "extend": (OPEN, {"sun"}, None),
    "drop": (OPEN, {"sun"}, "dropped"),
    "reopen": ({"done", "dropped"}, {"sun"}, "in_progress"),
}
ALSO_UNITS = {"note", "report"}
PAGES = {"note", "report", "edit"}


@pytest.fixture
def personas(cast, sun):
    seated = make.unit()
    make.seat(seated, cast.group)
    people = {
        "sun": sun,
        "lin": cast.lin,
        "wu": cast.wu,
        "seated": make.liaison(seated),
        "zhao": cast.zhao,
        "stranger": make.liaison(make.unit()),
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


@pytest.fixture
def measure_in(cast):
    def made(status):
        return make.measure(
            cast.lin_unit, status, group=cast.group, assisting=[cast.wu_unit], title="原来的举措"
        )

    return made


def lets_in(verb, persona):
    """Whether the policy of the URL lets the role in at all."""
    return persona == "sun" or (verb in ALSO_UNITS and persona in UNITS)


def expected(verb, persona):
    if not lets_in(verb, persona):
        return 403
    if persona not in SEES:
        return 404
    return 302 if persona in TABLE[verb][1] else 403


def answers(measure):
    """What every form of a measure asks for, filled in well."""
    today = timezone.localdate()
    return {
        "once": str(uuid.uuid4()),
        "text": "办了一步",
        "percent": "40",
        "effect": "很好的成效",
        "reason": "说明原因",
        "done_on": today.isoformat(),
        "due_on": (today + timedelta(days=90)).isoformat(),
        "title": "新的举措",
        "content": "新的内容",
        "source": "clause",
        "clause": measure.clause_id,
        "group": measure.group_id,
        "unit": measure.unit_id,
        "starts_on": measure.starts_on.isoformat(),
        "milestones-TOTAL_FORMS": "0",
        "milestones-INITIAL_FORMS": "0",
    }


def url_of(measure, verb):
    return reverse(f"alliance:measure-{verb}", args=[measure.pk])


def fingerprint(client, measure):
    form = client.get(url_of(measure, "edit")).context["form"]
    return {"milestones_seen": form["milestones_seen"].value(), "seen": form["seen"].value()}


@pytest.mark.parametrize("status", STATUSES)
def test_the_whole_table_of_acts(personas, measure_in, status):
    measure, wrong = measure_in(status), []
    for verb, (sources, _who, target) in TABLE.items():
        for persona in PERSONAS:
            wanted = expected(verb, persona)
            moved = wanted == 302 and status in sources
            typed = answers(measure)
            if verb == "edit" and moved:
                typed |= fingerprint(personas[persona], measure)
            with transaction.atomic():
                events = measure.notes.count()
                response = personas[persona].post(url_of(measure, verb), typed)
                after = Measure.objects.get(pk=measure.pk)
                done = {
                    "note": measure.notes.count() > events,
                    "edit": after.title == "新的举措",
                    "extend": after.due_on != measure.due_on,
                }.get(verb, after.status != status)
                transaction.set_rollback(True)
            if wanted == 302 and not moved and verb in PAGES:
                wanted = 200  # the page says why, and keeps what was typed
            stands = after.status == ((target or status) if moved else status)
            if response.status_code != wanted or done != moved or not stands:
                wrong.append((persona, verb, response.status_code, wanted, after.status, done))
    assert wrong == []


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", ["done", "undo"])
def test_the_table_of_milestones(cast, personas, status, verb):
    today = timezone.localdate()
    measure = make.measure(cast.lin_unit, status, group=cast.group, assisting=[cast.wu_unit])
    milestone = measure.milestones.create(
        title="节点", due_on=today, done_on=today if verb == "undo" else None
    )
    url, before, wrong = reverse(f"alliance:milestone-{verb}", args=[milestone.pk]), [], []
    before = milestone.done_on
    for persona in PERSONAS:
        wanted = expected("report", persona)
        moved = wanted == 302 and status in OPEN
        with transaction.atomic():
            response = personas[persona].post(url)
            milestone.refresh_from_db()
            changed = milestone.done_on != before
            transaction.set_rollback(True)
        if (response.status_code, changed) != (wanted, moved):
            wrong.append((persona, response.status_code, wanted, changed))
    assert wrong == []


@pytest.mark.parametrize("status", STATUSES)
def test_the_page_offers_each_reader_exactly_the_acts_that_will_work(personas, measure_in, status):
    measure = measure_in(status)
    for persona in PERSONAS:
        response = personas[persona].get(measure.get_absolute_url())
        if persona in {"admin", "member"}:
            assert response.status_code == 403, persona
            continue
        if persona not in SEES:
            assert response.status_code == 404, persona
            continue
        page = response.content.decode()
        offered = {verb for verb in TABLE if url_of(measure, verb) in page}
        allowed = {
            verb
            for verb, (sources, who, _to) in TABLE.items()
            if status in sources and persona in who
        }
        assert offered == allowed, persona


@pytest.mark.parametrize("verb", ["note", "report", "edit"])
def test_a_page_that_comes_too_late_leads_back_with_the_reason(personas, measure_in, verb):
    measure = measure_in("dropped")
    response = personas["sun"].get(url_of(measure, verb), follow=True)
    assert response.redirect_chain[-1][0] == measure.get_absolute_url()
    assert "目前是“不再推进”" in response.content.decode()


@pytest.mark.parametrize("persona", PERSONAS)
def test_only_the_office_writes_a_measure_down(cast, personas, persona):
    typed = answers(make.measure(cast.lin_unit, group=cast.group))
    number = Measure.objects.count()
    response = personas[persona].post(reverse("alliance:measure-create"), typed)
    assert response.status_code == (302 if persona == "sun" else 403)
    assert Measure.objects.count() == number + (persona == "sun")

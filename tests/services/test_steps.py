"""Who may take which step from which status: the whole table, through the URLs."""

import uuid
from datetime import timedelta

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel.models import Event
from services.actions import dispatching, work
from services.models import Need, Project
from tests import make

pytestmark = pytest.mark.django_db

STATUSES = Need.Status.values
PERSONAS = (
    "sun",  # the park office
    "lin",  # the filing unit
    "also",  # a unit that asks for the same
    "wu",  # the unit that it is dispatched to, responsible when it accepted
    "helper",  # the unit that assists it
    "zhao",  # another member of the alliance
    "stranger",  # a unit without a seat
    "leader",
    "auditor",
    "admin",
    "member",  # a party member who speaks for nobody
)
UNITS = {"lin", "also", "wu", "helper", "zhao", "stranger"}
AWAITED = {"dispatched", "disputed"}
CARRIED = {"accepted", "in_progress"}
TAKEN = {*CARRIED, "offered", "solved", "closed"}
OPEN = {"submitted", "returned", "appealed", "published", *AWAITED, *CARRIED, "offered"}
SAME = None  # it stays where it is

# verb: from where, whose it is, to where (spelt out here, not asked of the code under test)
TABLE = {
    "edit": ({"submitted", "returned"}, {"office", "filer"}, "submitted"),
    "publish": ({"submitted"}, {"office"}, "published"),
    "return": ({"submitted"}, {"office"}, "returned"),
    "decline": ({"submitted"}, {"office"}, "declined"),
    "appeal": ({"declined"}, {"filer"}, "appealed"),
    "rule-appeal": ({"appealed"}, {"office"}, "submitted"),
    "merge": ({"submitted", "published"}, {"office"}, "merged"),
    "dispatch": ({"submitted", "published"}, {"office"}, "dispatched"),
    "accept": ({"published", "dispatched"}, {"taker"}, "accepted"),
    "object": ({"dispatched"}, {"dispatched"}, "disputed"),
    "rule": ({"disputed"}, {"office"}, "published"),
    "reassign": ({"dispatched", *CARRIED}, {"office"}, "dispatched"),
    "contact": (CARRIED, {"office", "responsible"}, "in_progress"),
    "match": ({"accepted"}, {"office", "responsible"}, "in_progress"),
    "offer": ({"in_progress"}, {"office", "responsible"}, "offered"),
    "note": ({*CARRIED, "offered"}, {"office", "responsible", "assisting"}, "in_progress"),
    "extend": (CARRIED, {"responsible"}, SAME),
    "ask-help": (CARRIED, {"office", "responsible"}, SAME),
    "finish-help": (CARRIED, {"assisting"}, SAME),
    "release-help": (CARRIED, {"office", "responsible"}, SAME),
    "hold": (CARRIED, {"office"}, SAME),
    "long-term": (CARRIED, {"office"}, SAME),
    "reply": (OPEN | {"merged"}, {"filer", "cofiler"}, SAME),
    "confirm": ({"offered"}, {"filer"}, "solved"),
    "refuse": ({"offered"}, {"filer"}, "in_progress"),
    "close": ({"solved"}, {"office"}, "closed"),
    "reopen": ({"solved", "closed"}, {"office", "filer"}, "in_progress"),
    "withdraw": (OPEN, {"filer"}, "withdrawn"),
    # Nothing was asked for, nothing stands still
    "decide-extension": (set(), {"office"}, SAME),
    "resume": (set(), {"office", "responsible"}, SAME),
    "end-long-term": (set(), {"office"}, SAME),
    "state": (set(), {"office", "responsible"}, SAME),
}
PAGES = {"edit", "match"}


def parts_of(persona, status):
    """What somebody is to a need in a status."""
    found = {"sun": {"office"}, "lin": {"filer"}, "also": {"cofiler"}}.get(persona, set())
    if persona == "wu" and status in AWAITED:
        found = {"dispatched"}
    if persona == "wu" and status in TAKEN:
        found = {"responsible"}
    if persona == "helper" and status in AWAITED | TAKEN:
        found = {"assisting"}
    takers = {"wu", "zhao", "helper"} if status == "published" else {"wu"} & {persona}
    if persona in takers and status in {"published", *AWAITED}:
        found = found | {"taker"}
    return found


def lets_in(verb, persona):
    """Whether the policy of the URL lets the role in at all."""
    whose = TABLE[verb][1]
    if persona == "sun":
        return "office" in whose
    return persona in UNITS and whose != {"office"}


def sees(persona, status):
    if persona in {"sun", "lin", "also", "leader", "auditor"}:
        return True
    return persona in {"wu", "zhao", "helper"} and status in {"published", *AWAITED, *TAKEN}


def acts(verb, persona, status):
    return not TABLE[verb][1].isdisjoint(parts_of(persona, status))


def expected(verb, persona, status):
    if not lets_in(verb, persona):
        return 403
    if not sees(persona, status):
        return 404
    if verb == "accept" and persona in {"wu", "zhao", "helper"}:
        return 302  # who could have taken it hears who did
    return 302 if acts(verb, persona, status) else 403


def target_of(verb, persona, status):
    target = TABLE[verb][2]
    if target is SAME or (verb == "note" and (persona == "helper" or status == "offered")):
        return status
    return target


@pytest.fixture
def parties(cast, sun):
    """Everybody, and the units that take part in every need of these tests."""
    units = {"also": make.unit(name="同求公司"), "helper": make.unit(name="协办公司")}
    for unit in units.values():
        make.seat(unit)
    people = {
        "sun": sun,
        "lin": cast.lin,
        "wu": cast.wu,
        "zhao": cast.zhao,
        "also": make.liaison(units["also"]),
        "helper": make.liaison(units["helper"]),
        "stranger": make.liaison(make.unit()),
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "admin": make.staff("admin"),
        "member": make.member(cast.lin_branch, user=make.user()).user,
    }
    return people, units


@pytest.fixture
def personas(parties):
    clients = {}
    for name in PERSONAS:
        clients[name] = Client()
        clients[name].force_login(parties[0][name])
    return clients


@pytest.fixture
def in_status(cast, parties):
    """A need in a status, with a co-filer and, once it was dispatched, somebody who assists."""

    def made(status):
        need = make.need(cast.lin_unit, status, taken_by=cast.wu_unit)
        make.cofiler(need, parties[1]["also"])
        if status in AWAITED | TAKEN:
            make.assistance(need, parties[1]["helper"])
        return need

    return made


@pytest.fixture
def answers(cast, parties):
    """What every form of a need asks for, filled in well."""
    resource, lead = make.resource(), make.need(make.unit(), "published")
    other = make.unit()
    make.seat(other)
    taking = {"wu": cast.wu_unit, "zhao": cast.zhao_unit, "helper": parties[1]["helper"]}

    def filled(verb, persona):
        unit = taking.get(persona, cast.wu_unit) if verb == "accept" else other
        return {
            "once": str(uuid.uuid4()),
            "unit": "" if verb == "rule" else unit.pk,
            "units": [parties[1]["helper"].pk if verb == "release-help" else other.pk],
            "reason": "说明原因",
            "text": "已经解决",
            "result": "派人去了",
            "is_upheld": "yes",
            "ruling": "裁定意见",
            "answer": "答复",
            "into": lead.number,
            "days": "3",
            "expected_on": str(timezone.localdate() + timedelta(days=9)),
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

    return filled


def told(need):
    return Event.objects.filter(subject_id=need.pk, name__startswith="need.").count()


def outcome(client, need, verb, typed):
    """How a step is answered, where the need is afterwards and whether anything happened; and it
    is as if it had not been."""
    before = told(need)
    with transaction.atomic():
        response = client.post(reverse(f"services:need-{verb}", args=[need.pk]), typed)
        after = Need.objects.get(pk=need.pk).status
        happened = told(need) > before
        transaction.set_rollback(True)
    return response.status_code, after, happened


@pytest.mark.parametrize("status", STATUSES)
def test_the_whole_table_of_steps(personas, in_status, answers, status):
    need = in_status(status)
    wrong = []
    for verb, (sources, _who, _target) in TABLE.items():
        for persona in ("sun", *sorted(UNITS)):
            code = expected(verb, persona, status)
            moved = code == 302 and status in sources and acts(verb, persona, status)
            if code == 302 and not moved and verb in PAGES:
                code = 200  # the page says why, and keeps what was typed
            wanted = (code, target_of(verb, persona, status) if moved else status, moved)
            found = outcome(personas[persona], need, verb, answers(verb, persona))
            if found != wanted:
                wrong.append((persona, verb, found, wanted))
    assert wrong == []


def test_who_reads_the_whole_park_or_speaks_for_no_unit_takes_no_step(personas, in_status, answers):
    """Whatever the status: their roles are let in nowhere."""
    need = in_status("accepted")
    for verb in TABLE:
        for persona in ("leader", "auditor", "admin", "member"):
            found = outcome(personas[persona], need, verb, answers(verb, persona))
            assert found == (403, "accepted", False), (verb, persona)


def on_offer(page, need):
    """The steps to which a page leads, by their form or by a link."""
    ways = {verb: reverse(f"services:need-{verb}", args=[need.pk]) for verb in TABLE}
    return {verb for verb, url in ways.items() if f'"{url}"' in page or f'?do={verb}#step"' in page}


@pytest.mark.parametrize("status", STATUSES)
def test_the_page_offers_each_reader_exactly_the_steps_that_will_work(personas, in_status, status):
    need = in_status(status)
    for persona in PERSONAS:
        response = personas[persona].get(need.get_absolute_url())
        if persona in {"admin", "member"}:
            assert response.status_code == 403, persona
            continue
        assert response.status_code == (200 if sees(persona, status) else 404), persona
        assert on_offer(response.text, need) == {
            verb
            for verb, (sources, _who, _target) in TABLE.items()
            if status in sources and acts(verb, persona, status) and sees(persona, status)
        }, persona


def test_every_step_on_the_page_opens_its_form(personas, in_status):
    for status in STATUSES:
        need = in_status(status)
        for persona in ("sun", "lin", "wu", "helper"):
            page = personas[persona].get(need.get_absolute_url()).text
            for verb in on_offer(page, need) - PAGES if "</html>" in page else ():
                opened = personas[persona].get(need.get_absolute_url(), {"do": verb})
                assert f'action="{reverse(f"services:need-{verb}", args=[need.pk])}"' in opened.text


# What stands beside the status: (how it came about, verb → who may; nobody else and nothing else)
ASKED = {"decide-extension": {"sun"}, "extend": set()}
HELD = {"resume": {"sun", "wu"}, "hold": set(), "extend": set(), "decide-extension": set()}
LONG = {
    "state": {"sun", "wu"},
    "end-long-term": {"sun"},
    "long-term": set(),
    "hold": set(),
    "extend": set(),
}
HELPED = {"finish-help": set(), "release-help": {"sun", "wu"}}
ALONE = {"finish-help": set(), "release-help": set()}


def ask(need, people):
    work.ask_extension(need, days=2, reason="等设备", by=people["wu"])


def put_on_hold(need, people):
    day = timezone.localdate() + timedelta(days=9)
    work.hold(need, reason="等政策", expected_on=day, by=people["sun"])


def take_long(need, people):
    work.make_long_term(need, reason="要建厂", by=people["sun"])


def help_out(need, people):
    dispatching.finish_help(need, result="去过了", by=people["helper"])


def let_go(need, people):
    units = [row.unit for row in need.assistances.all()]
    dispatching.release_help(need, units=units, by=people["sun"])


BESIDE = ((ask, ASKED), (put_on_hold, HELD), (take_long, LONG), (help_out, HELPED), (let_go, ALONE))


@pytest.mark.parametrize("case", BESIDE)
def test_what_stands_beside_the_status_opens_and_closes_steps(
    personas, parties, in_status, answers, case
):
    arrange, table = case
    need = in_status("in_progress")
    arrange(need, parties[0])
    wrong = []
    for verb, who in table.items():
        for persona in ("sun", "lin", "also", "wu", "helper", "zhao"):
            found = outcome(personas[persona], need, verb, answers(verb, persona))
            if (found[2], persona in who) not in {(True, True), (False, False)}:
                wrong.append((verb, persona, found))
    assert wrong == []


def test_an_appeal_is_made_once(personas, cast, in_status, answers):
    need = in_status("appealed")
    no = answers("rule-appeal", "sun") | {"is_upheld": "no"}
    personas["sun"].post(reverse("services:need-rule-appeal", args=[need.pk]), no)
    need.refresh_from_db()
    assert (need.status, need.appeal.is_upheld) == ("declined", False)
    assert outcome(personas["lin"], need, "appeal", answers("appeal", "lin"))[1:] == (
        "declined",
        False,
    )
    assert "最终答复" in personas["lin"].get(need.get_absolute_url()).text


def test_an_objection_comes_in_time_once_and_is_final(personas, cast, in_status, answers):
    need = in_status("dispatched")
    late = timezone.now() - timedelta(days=30)
    with transaction.atomic():
        need.dispatches.update(at=late)
        assert outcome(personas["wu"], need, "object", answers("object", "wu"))[2] is False
        transaction.set_rollback(True)
    need = in_status("disputed")
    rule = reverse("services:need-rule", args=[need.pk])
    personas["sun"].post(rule, answers("rule", "sun") | {"is_upheld": "no"})
    need.refresh_from_db()
    assert (need.status, need.accepted_by, need.dispatched_to) == ("accepted", cast.wu_unit, None)
    assert outcome(personas["wu"], need, "object", answers("object", "wu"))[0] == 403


def test_an_upheld_objection_may_send_it_to_another_unit(personas, cast, in_status, answers):
    need = in_status("disputed")
    typed = answers("rule", "sun") | {"unit": cast.zhao_unit.pk}
    personas["sun"].post(reverse("services:need-rule", args=[need.pk]), typed)
    need.refresh_from_db()
    assert (need.status, need.dispatched_to) == ("dispatched", cast.zhao_unit)
    first, second = need.dispatches.all()
    assert (first.end, first.unit, second.unit) == ("objection", cast.wu_unit, cast.zhao_unit)
    assert personas["zhao"].get(need.get_absolute_url(), {"do": "object"}).status_code == 200
    assert outcome(personas["zhao"], need, "object", answers("object", "zhao"))[1] == "disputed"


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
    for verb in set(TABLE) - PAGES:
        url = reverse(f"services:need-{verb}", args=[need.pk])
        persona = "sun" if "office" in TABLE[verb][1] else "lin"
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
    url = reverse("services:need-dispatch", args=[need.pk])
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
    assert Need.objects.get(pk=need.pk).dispatched_to == department
    assert client.get(need.get_absolute_url()).status_code == 200


def test_a_double_click_writes_one_note(cast, personas):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    url = reverse("services:need-note", args=[need.pk])
    typed = {"once": str(uuid.uuid4()), "text": "去了一趟", "is_public": "on"}
    for _click in range(2):
        assert personas["wu"].post(url, typed).status_code == 302
    assert need.notes.count() == 1


def test_who_is_not_content_is_asked_whether_it_is_solved_at_all(cast, personas):
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit)
    url = reverse("services:need-confirm", args=[need.pk])
    page = personas["lin"].get(need.get_absolute_url()).text
    assert "对过程不满意" not in page
    asked = personas["lin"].post(url, {"rating": "1", "comment": "拖得太久"})
    assert (asked.status_code, "问题已解决，但对过程不满意" in asked.text) == (200, True)
    assert personas["lin"].post(url, {"rating": "1", "despite": "on"}).status_code == 200
    need.refresh_from_db()
    assert need.status == "offered"
    personas["lin"].post(url, {"rating": "1", "despite": "on", "comment": "拖得太久"})
    need.refresh_from_db()
    assert (need.status, need.solutions.get().rating) == ("solved", 1)


def test_what_is_internal_stays_with_those_who_work_on_it(cast, personas, in_status):
    need = in_status("accepted")
    url = reverse("services:need-note", args=[need.pk])
    typed = {"once": str(uuid.uuid4()), "text": "这家账上紧张", "files": make.photo("账.jpg")}
    personas["wu"].post(url, typed)
    file = reverse("services:neednote-file", args=[need.notes.get().files.get().pk])
    for persona in ("sun", "wu", "helper"):
        assert "这家账上紧张" in personas[persona].get(need.get_absolute_url()).text
        assert personas[persona].get(file).status_code == 200
    for persona in ("lin", "also", "zhao"):
        page = personas[persona].get(need.get_absolute_url()).text
        assert "账上紧张" not in page
        assert "内部" not in page
        assert personas[persona].get(file).status_code == 404


def test_a_merged_need_keeps_its_page_and_says_how_far_the_other_is(cast, personas, answers):
    need = make.need(cast.lin_unit)
    lead = make.need(cast.zhao_unit, "published", title="别家的标题")
    typed = answers("merge", "sun") | {"into": lead.number}
    personas["sun"].post(reverse("services:need-merge", args=[need.pk]), typed)
    page = personas["lin"].get(need.get_absolute_url()).text
    assert lead.number in page
    assert "待接单" in page
    assert "别家的标题" not in page
    assert cast.zhao_unit.name not in page
    assert Need.objects.collected().count() == 2  # the lead of these tests, and this one's


def test_the_whole_loop_in_a_browser(cast, personas, answers):
    """File, publish, accept, match, progress, offer, confirm and rate, close."""
    filled = answers("edit", "lin") | {"contact_phone": "13900005678"}
    personas["lin"].post(reverse("services:need-create"), filled)
    need = Need.objects.get(unit=cast.lin_unit)
    assert (need.unit, need.contact_phone) == (cast.lin_unit, "13900005678")

    def post(persona, verb, **more):
        url = reverse(f"services:need-{verb}", args=[need.pk])
        response = personas[persona].post(url, answers(verb, persona) | more)
        assert response.status_code == 302
        need.refresh_from_db()

    resource = make.resource(cast.zhao_unit)
    post("sun", "publish")
    post("wu", "accept")
    post("wu", "contact")
    post("wu", "match", name="技术攻关", resources=[resource.pk])
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

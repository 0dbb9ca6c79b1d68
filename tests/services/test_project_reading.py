"""How projects are read: what one reader finds on the page, in the picture, the lists and the
papers of a project, and that nobody finds more than is theirs to know."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from zipfile import ZipFile

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services.models import (
    Commitment,
    Effect,
    Milestone,
    Money,
    ProgressNote,
    Project,
    ProjectNeed,
    ProjectUnit,
    Risk,
)
from tests import make

pytestmark = pytest.mark.django_db
LIST, CARDS = reverse("services:project-list"), reverse("services:project-cards")
DAY = timedelta(days=1)
TITLE, SECRET, FILER = "隐语标题甲", "隐语标题乙", "隐语单位丙"
GIFT, MONEY, RISK, EFFECT = "隐语投入丁", "隐语资金戊", "隐语风险己", "隐语成效庚"
# Who finds what: the office, who leads, who gives, who asked; who asked what nobody else may see.
KNOWS = {
    "sun": {TITLE, SECRET, FILER, GIFT, MONEY, RISK, EFFECT},
    "lead": {TITLE, SECRET, FILER, GIFT, MONEY, RISK, EFFECT},
    "helper": {GIFT, MONEY, RISK},
    "wu": set(),
    "lin": {TITLE, GIFT, EFFECT},
    "filer": {SECRET, FILER, GIFT},
}
CANARIES = {word for words in KNOWS.values() for word in words}


def joined(project, need):
    return ProjectNeed.objects.create(project=project, need=need)


def gives(project, unit, **facts):
    facts = {
        "committed_at": timezone.now(),
        "what": "" if "resource" in facts else "两名工程师",
    } | facts
    return Commitment.objects.create(project=project, unit=unit, **facts)


def started(lead, name="检测服务对接", **facts):
    today = timezone.localdate()
    defaults = {
        "number": f"项-2026-9{Project.objects.count():03d}",
        "starts_on": today - 30 * DAY,
        "due_on": today + 60 * DAY,
        "status": Project.Status.ACTIVE,
    }
    return Project.objects.create(name=name, lead=lead, **defaults | facts)


@pytest.fixture
def told(cast, sun):
    """A project with all that it can have, and everybody who has a part in it."""
    lead, helping, secret = (make.unit(name=name) for name in ("科技局", "监管分局", FILER))
    for unit in (lead, helping, secret):
        make.seat(unit)
    project = started(lead, goal="三个月内完成检测")
    facts = {"taken_by": lead, "office": sun}
    seen = make.need(cast.lin_unit, "accepted", title=TITLE, public_title="求检测", **facts)
    hidden = make.need(
        secret, "accepted", audience="office", title=SECRET, public_title=SECRET, **facts
    )
    hall = make.resource(cast.wu_unit, title="检测实验室")
    for need in (seen, hidden):
        joined(project, need)
    gives(project, cast.wu_unit, resource=hall)
    gives(project, cast.zhao_unit, what=GIFT)
    ProjectUnit.objects.create(project=project, unit=helping, task="协调资质")
    today, by = timezone.localdate(), {"written_by": sun}
    Milestone.objects.create(project=project, title="首批送检", due_on=today - 2 * DAY)
    Milestone.objects.create(project=project, title="出具报告", due_on=today + 30 * DAY)
    ProgressNote.objects.create(project=project, text="已签协议", percent=40, **by)
    facts = {"project": project, "on": today, **by}
    Money.objects.create(kind="planned", amount=Decimal(50000), text=MONEY, **facts)
    Money.objects.create(kind="spent", amount=Decimal("7654.32"), text="检测费", **facts)
    Risk.objects.create(project=project, text=RISK)
    Effect.objects.create(project=project, need=seen, unit=cast.lin_unit, text=EFFECT)
    people = {
        "sun": sun,
        "lead": make.liaison(lead),
        "helper": make.liaison(helping),
        "wu": cast.wu,
        "lin": cast.lin,
        "filer": make.liaison(secret),
    }
    return SimpleNamespace(
        project=project, people=people, lead=lead, helping=helping, seen=seen, hidden=hidden
    )


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def words_of(response) -> str:
    """All that a page or a file says."""
    assert response.status_code == 200, response
    if not response.streaming:
        return response.text
    archive = ZipFile(BytesIO(b"".join(response.streaming_content)))
    names = [name for name in archive.namelist() if name.endswith(".xml")]
    return re.sub(r"<[^>]*>", "", "\n".join(archive.read(name).decode() for name in names))


def ways(project):
    for name in ("detail", "picture", "dossier"):
        yield name, reverse(f"services:project-{name}", args=[project.pk])
    yield "table", LIST
    yield "cards", CARDS
    yield "more filters", f"{LIST}?more=1"
    yield "sheet", f"{LIST}?export=xlsx"
    yield "paper", f"{LIST}?export=docx"


# ── Who reads what ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", KNOWS)
def test_each_reader_finds_what_is_theirs_to_know_and_nothing_else(told, name):
    client, found = signed_in(told.people[name]), set()
    for way, url in ways(told.project):
        text = words_of(client.get(url))
        assert not {word for word in CANARIES - KNOWS[name] if word in text}, way
        assert told.project.number in text, way
        found |= {word for word in CANARIES if word in text}
    assert found == KNOWS[name]


def test_what_is_hidden_is_said_to_be_there_without_a_name(told, cast):
    page = signed_in(cast.wu).get(reverse("services:project-picture", args=[told.project.pk]))
    assert "不公开的需求" in page.text and "求检测" in page.text
    page = signed_in(cast.wu).get(told.project.get_absolute_url())
    assert "有需求按提出单位的选择不向贵单位公开。" in page.text
    file = signed_in(cast.wu).get(reverse("services:project-dossier", args=[told.project.pk]))
    assert "有需求按提出单位的选择不向贵单位公开。" in words_of(file)


@pytest.mark.parametrize("name", KNOWS)
def test_who_only_sees_a_project_is_shown_no_place_for_money_and_risks(told, name):
    client, carries = signed_in(told.people[name]), name in {"sun", "lead", "helper"}
    page = client.get(told.project.get_absolute_url()).text
    for title in ("money-title", "risks-title"):
        assert (f'id="{title}"' in page) == carries, title
    file = words_of(client.get(reverse("services:project-dossier", args=[told.project.pk])))
    for title in ("七、资金", "八、风险", "九、办理记录", "十、佐证清单"):
        assert (title in file) == carries, title


def test_who_has_no_part_in_a_project_reads_nothing_of_it(told, cast):
    outsider = make.liaison(make.unit())
    client = signed_in(outsider)
    for name in ("detail", "picture", "dossier"):
        url = reverse(f"services:project-{name}", args=[told.project.pk])
        assert client.get(url).status_code == 404
    for url in (LIST, CARDS):
        assert told.project.number not in client.get(url).text


def test_the_page_of_a_resource_names_projects_to_who_may_know_that_it_is_given(told, cast):
    """Who gives something else reads its own gift alone."""
    theirs = make.resource(cast.zhao_unit)
    gives(told.project, cast.zhao_unit, resource=theirs)
    for name, sees in {"sun": True, "lead": True, "lin": True, "wu": False}.items():
        page = signed_in(told.people[name]).get(theirs.get_absolute_url())
        assert (told.project.number in page.text) == sees, name


def test_a_filter_by_giver_tells_no_more_than_the_page(told, cast, sun):
    query = {"giver": cast.zhao_unit.pk}
    assert told.project.number in signed_in(sun).get(LIST, query).text
    assert told.project.number in signed_in(cast.lin).get(LIST, query).text
    page = signed_in(cast.wu).get(LIST, query | {"more": 1})
    assert f'value="{cast.zhao_unit.pk}"' not in page.text
    assert page.context["filter"].form.errors.keys() == {"giver"}


# ── The list ────────────────────────────────────────────────────────────────────────────────


def numbers(user, **query):
    page = signed_in(user).get(LIST, query)
    assert page.status_code == 200
    return {row.pk for row in page.context["object_list"]}


def test_filters_narrow_and_sorts_order(told, cast, sun):
    today = timezone.localdate()
    old = started(
        cast.lin_unit,
        "设备共享",
        starts_on=today.replace(year=today.year - 2, month=3, day=1),
        due_on=None,
        status="done",
        ended_at=timezone.now() - timedelta(days=500),
    )
    new = started(cast.zhao_unit, "人才公寓", starts_on=today, due_on=today - 0 * DAY)
    ProgressNote.objects.create(project=new, text="x", percent=10, written_by=sun)
    one, every = told.project, {told.project.pk, old.pk, new.pk}
    for query, expected in {
        "": every,
        "q=公寓": {new.pk},
        f"q={one.number}": {one.pk},
        "status=done": {old.pk},
        "live=1": {one.pk, new.pk},
        "live=0": {old.pk},
        f"group={cast.group.pk}": {old.pk},
        f"group={cast.other_group.pk}": {new.pk},
        f"unit={told.helping.pk}": {one.pk},
        f"unit={told.lead.pk}": {one.pk},
        f"lead={told.helping.pk}": set(),  # leads nothing
        f"lead={cast.zhao_unit.pk}": {new.pk},
        f"giver={cast.wu_unit.pk}": {one.pk},
        f"year={today.year - 2}": {old.pk},
        f"year={today.year}": {one.pk, new.pk},
        "due=overdue": {one.pk},
        "due=soon": {new.pk},
    }.items():
        found = numbers(sun, **dict(pair.split("=") for pair in query.split("&") if pair))
        assert found == expected, query
    orders = {"": [new, one, old], "due": [new, one, old], "slow": [old, new, one]}
    orders["old"] = [old, one, new]
    for sort, expected in orders.items():
        page = signed_in(sun).get(LIST, {"sort": sort})
        assert [row.pk for row in page.context["object_list"]] == [row.pk for row in expected], sort


def test_each_unit_finds_its_part(told, cast):
    people = told.people
    parts = {"led": "lead", "assisted": "helper", "given": "wu", "served": "lin"}
    for part, name in parts.items():
        for other in parts.values():
            expected = {told.project.pk} if other == name else set()
            assert numbers(people[other], mine=part) == expected, (part, other)


def test_a_row_says_how_far_it_is_and_what_comes_next(told, sun):
    for url in (LIST, CARDS):
        page = signed_in(sun).get(url).text
        assert 'value="40"' in page and "首批送检" in page and "逾期 2 天" in page
    told.project.milestones.filter(title="首批送检").update(done_on=timezone.localdate())
    assert "出具报告" in signed_in(sun).get(LIST).text


@pytest.mark.parametrize("name", ["sun", "wu"])
@pytest.mark.parametrize("url", [LIST, CARDS])
def test_a_list_asks_as_much_for_thirty_projects_as_for_three(told, cast, name, url):
    client, counts = signed_in(told.people[name]), []
    client.get(url)
    for more in (2, 24):
        for _each in range(more):
            made = started(told.lead)
            gives(made, cast.wu_unit)
            Milestone.objects.create(project=made, title="节点", due_on=timezone.localdate())
        with CaptureQueriesContext(connection) as queries:
            assert client.get(url).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 12, counts


def grow(told, cast, sun):
    """As much again, and more, of all that a project can have."""
    project, today = told.project, timezone.localdate()
    for number in range(6):
        need = make.need(cast.lin_unit, "accepted", taken_by=told.lead, office=sun)
        joined(project, need)
        gives(project, make.unit(), what=f"支持{number}")
        ProjectUnit.objects.create(project=project, unit=make.unit())
        Milestone.objects.create(project=project, title="节点", due_on=today)
        ProgressNote.objects.create(project=project, text="进展", percent=50, written_by=sun)
        Money.objects.create(project=project, kind="spent", amount=1, on=today, text="费用")
        Risk.objects.create(project=project, text="风险")
        Effect.objects.create(project=project, need=need, unit=cast.lin_unit, text="好")


@pytest.mark.parametrize("name", ["sun", "lead", "wu", "lin"])
def test_the_page_and_the_picture_ask_the_same_whatever_a_project_has(told, cast, sun, name):
    client = signed_in(told.people[name])
    urls = [told.project.get_absolute_url()]
    urls += [reverse("services:project-picture", args=[told.project.pk])]
    counts = []
    for step in range(2):
        if step:
            grow(told, cast, sun)
        for url in urls:
            client.get(url)
            with CaptureQueriesContext(connection) as queries:
                assert client.get(url).status_code == 200
            counts.append(len(queries))
            asked = "\n".join(query["sql"][:160] for query in queries)
            assert len(queries) <= 12, asked
    assert counts[:2] == counts[2:]

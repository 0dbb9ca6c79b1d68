"""The list of projects finds quickly what its reader may see, and nothing else."""

from datetime import timedelta
from itertools import product
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from services.forms import kept, project_filters
from services.models import Commitment, Milestone, Project, ProjectNeed, ProjectUnit
from services.models.project_parts import READ, seen_among
from tests import make

pytestmark = pytest.mark.django_db
LIST, CARDS = reverse("services:project-list"), reverse("services:project-cards")
NOW = timezone.now()
ENDED = NOW - timedelta(days=5)
MOMENTS = (None, NOW - timedelta(days=9), NOW - timedelta(days=1))  # before its end, and after


def tangle(cast, number=12, seed=7):
    """Projects in which units took part at random: they still do, or left before or after the
    project ended."""
    random = Random(seed)
    units = [cast.lin_unit, cast.wu_unit, cast.zhao_unit]
    for place in range(number):
        asking = units[place % 3]
        need = make.need(asking, "accepted", taken_by=units[(place + 1) % 3])
        project = make.project(need)
        over = {"status": "done", "ended_at": ENDED} if random.random() < 0.5 else {}
        started = timezone.localdate() - timedelta(days=place % 5)
        Project.objects.filter(pk=project.pk).update(starts_on=started, **over)
        ProjectNeed.objects.filter(project=project).update(left_at=random.choice(MOMENTS))
        along = make.cofiler(need, units[(place + 2) % 3])
        if random.random() < 0.6:
            type(along).objects.filter(pk=along.pk).update(admitted_at=None)
        unit, left_at = random.choice(units), random.choice(MOMENTS)
        ProjectUnit.objects.create(project=project, unit=unit, left_at=left_at)
        Commitment.objects.create(
            project=project,
            unit=random.choice(units),
            what="人员",
            committed_at=random.choice((None, NOW)),
            withdrawn_at=random.choice(MOMENTS),
        )
        Milestone.objects.create(project=project, title="节点", due_on=started)


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("name", ["lin", "wu", "zhao", "stranger"])
def test_each_project_asked_by_itself_is_seen_as_among_all(cast, name, seed):
    tangle(cast, seed=seed)
    user = make.user() if name == "stranger" else getattr(cast, name)
    every = list(Project.objects.newest().values_list("pk", flat=True))
    for part, rows in (
        ("seen", Project.objects.visible_to(user)),
        (READ, Project.objects.served_or_known_to(user)),
    ):
        found = list(rows.newest().values_list("pk", flat=True))
        assert seen_among(user, every, part) == found, part
    assert len(found) < len(every)


QUERIES = [
    "",
    "status=done",
    "live=0",
    "live=1&sort=old",
    "sort=slow",
    "sort=due",
    "due=overdue",
    "mine=led",
    "mine=assisted",
    "mine=given",
    "mine=served&status=active",
    f"year={timezone.localdate().year}",
    "q=%E9%A1%B9-",
    "giver={zhao}",
    "giver={lin}",
    "lead={wu}",
    "unit={wu}",
    "group={group}",
]


@pytest.fixture(params=[(1,), (2, 4), project_filters.NEAR])
def near(request, monkeypatch):
    """How many of the first rows are asked by themselves."""
    monkeypatch.setattr(project_filters, "NEAR", request.param)
    monkeypatch.setattr(kept, "PAGE", 1)


@pytest.mark.usefixtures("near")
@pytest.mark.parametrize("name", ["lin", "wu", "zhao", "sun"])
def test_whichever_step_finds_them_the_rows_are_those_that_are_counted(cast, sun, sign_in, name):
    """`count=all` asks for all that a reader sees."""
    tangle(cast, 15)
    client = sign_in(sun if name == "sun" else getattr(cast, name))
    names = {"lin": cast.lin_unit.pk, "wu": cast.wu_unit.pk, "zhao": cast.zhao_unit.pk}
    names["group"] = cast.group.pk
    for query in (each.format(**names) for each in QUERIES):
        quick = client.get(f"{LIST}?{query}").context
        whole = client.get(f"{LIST}?{query}&count=all").context
        shown, every = ([row.pk for row in each["object_list"]] for each in (quick, whole))
        assert shown == every[: len(shown)], query
        if quick["paginator"].is_more:
            assert 1 <= len(shown) <= len(every), query
        else:
            assert shown == every, query


def test_a_word_is_looked_for_in_names_and_what_may_be_a_number_in_numbers(cast, sun, sign_in):
    project = make.project(lead=cast.lin_unit)
    Project.objects.filter(pk=project.pk).update(name="两条产线共用检测台")
    client = sign_in(sun)
    prefix, year, number = project.number.split("-")
    for words in (
        project.number,
        prefix,
        f"{prefix}-{year}",
        f"-{number}",
        number,
        "检测台",
        "共用 项-",
    ):
        assert list(client.get(LIST, {"q": words}).context["object_list"]) == [project], words
    for words in ("没有这个", f"{prefix}目", f"{project.number}0", "检测台 没有"):
        assert not client.get(LIST, {"q": words}).context["object_list"], words


def test_a_unit_asks_as_much_of_many_projects_as_of_few(cast, sign_in, monkeypatch):
    monkeypatch.setattr(project_filters, "NEAR", (1, 3))
    client, counts = sign_in(cast.wu), []
    for number, page in product((3, 9), (LIST, CARDS)):
        tangle(cast, number)
        client.get(page)
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
    assert max(counts) <= 12, counts


def test_by_a_giver_are_found_only_projects_whose_gifts_the_reader_may_know(cast, sign_in):
    """Zhao only gives to the first project, and asked for what the second one does."""
    asking = (cast.lin_unit, cast.zhao_unit)
    given, asked = (
        make.project(make.need(unit, "accepted", taken_by=cast.wu_unit)) for unit in asking
    )
    for project, unit in ((given, cast.zhao_unit), (given, cast.lin_unit), (asked, cast.lin_unit)):
        Commitment.objects.create(project=project, unit=unit, what="人员", committed_at=NOW)
    client = sign_in(cast.zhao)
    for query, expected in (
        ("", {given, asked}),
        (f"giver={cast.lin_unit.pk}", {asked}),
        (f"giver={cast.zhao_unit.pk}", {given}),
    ):
        for more in ("", "&count=all"):
            shown = client.get(f"{LIST}?{query}{more}").context["object_list"]
            assert set(shown) == expected, query

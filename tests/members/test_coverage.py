"""How the party's work reaches the units, on any day, and exactly which ones."""

from datetime import date
from io import BytesIO

import pytest
from django.urls import reverse
from openpyxl import load_workbook

from members.models import Instructor, Membership, OrganizationUnit, Unit
from tests import make

pytestmark = pytest.mark.django_db
LIST, PAGE = reverse("members:unit-list"), reverse("members:unit-coverage")
OWN, JOINT, INSTRUCTOR, NONE = Unit.Coverage
THEN = date(2025, 6, 30)


def link(unit, organization, **dates):
    row = {"starts_on": make.LONG_AGO} | dates
    return OrganizationUnit.objects.create(unit=unit, organization=organization, **row)


def guide(unit, **dates):
    row = {"starts_on": make.LONG_AGO} | dates
    return Instructor.objects.create(unit=unit, member=make.member(), **row)


@pytest.fixture
def park(db):
    """Name → unit; the name says what reaches it today."""
    joint = make.organization(kind="joint_branch")
    group = make.organization(kind="party_group")
    dissolved = make.organization(ends_on=date(2025, 12, 31))
    units = {
        name: make.unit(name=name, kind=kind)
        for name, kind in {
            "own": "enterprise", "own and joint": "enterprise", "own and guided": "own_company",
            "joint": "enterprise", "joint twice": "agency", "joint and guided": "enterprise",
            "group only": "department", "guided": "enterprise",
            "dissolved but guided": "enterprise",
            "none": "enterprise", "link ended": "department", "dissolved": "enterprise",
            "guide ended": "agency", "guide left the party": "enterprise",
            "link to come": "enterprise",
        }.items()
    }  # fmt: skip
    for name in ("own", "own and joint", "own and guided"):
        link(units[name], make.organization())
    for name in ("own and joint", "joint", "joint twice", "joint and guided"):
        link(units[name], joint)
    link(units["joint twice"], make.organization(kind="joint_branch"))
    link(units["group only"], group)
    for name in ("own and guided", "joint and guided", "guided", "dissolved but guided"):
        guide(units[name])
    for name in ("dissolved", "dissolved but guided"):
        link(units[name], dissolved)
    link(units["link ended"], make.organization(), ends_on=date(2025, 12, 31))
    guide(units["guide ended"], ends_on=date(2025, 12, 31))
    left = guide(units["guide left the party"]).member
    Membership.objects.filter(member=left).update(ends_on=date(2025, 12, 31), end_reason="left")
    link(units["link to come"], make.organization(), starts_on=date(2999, 1, 1))
    return units


TODAY = {
    OWN: {"own", "own and joint", "own and guided"},
    JOINT: {"joint", "joint twice", "joint and guided", "group only"},
    INSTRUCTOR: {"guided", "dissolved but guided"},
    NONE: {
        "none", "link ended", "dissolved", "guide ended", "guide left the party", "link to come",
    },
}  # fmt: skip


def test_each_unit_counts_once_and_in_the_best_way(park):
    for coverage, names in TODAY.items():
        assert {unit.name for unit in Unit.objects.covered(coverage)} == names
    assert sum(Unit.objects.coverage_figures().values()) == len(park)


def test_another_day_had_its_own_coverage(park):
    then = {
        OWN: TODAY[OWN] | {"link ended", "dissolved", "dissolved but guided"},
        JOINT: TODAY[JOINT],
        INSTRUCTOR: {"guided", "guide ended", "guide left the party"},
        NONE: {"none", "link to come"},
    }
    for coverage, names in then.items():
        assert {unit.name for unit in Unit.objects.covered(coverage, THEN)} == names
    before = date(2023, 1, 1)
    assert Unit.objects.covered(NONE, before).count() == len(park)


def exported(client, url):
    data = b"".join(client.get(f"{url}&export=xlsx").streaming_content)
    rows = list(load_workbook(BytesIO(data)).worksheets[0].iter_rows(values_only=True))
    return {row[0] for row in rows[1:]}


@pytest.mark.parametrize("query", ["", f"?on={THEN}"])
def test_every_number_opens_exactly_its_units(sign_in, sun, park, query):
    client = sign_in(sun)
    page = client.get(PAGE + query)
    context, seen = page.context, 0
    assert "<svg" in page.content.decode()
    for line in [*context["lines"], context["total"]]:
        assert sum(cell["width"] for cell in line["cells"]) == 1000
        for cell in line["cells"]:
            answer = client.get(cell["url"], {}).content.decode()
            assert f'data-count="{cell["number"]}"' in answer, cell
            if cell["number"] and line["label"]:
                names = exported(client, cell["url"])
                assert len(names) == cell["number"]
                seen += len(names)
    assert seen == len(park)


def test_the_list_says_what_reaches_each_unit_on_the_day(sign_in, sun, park):
    client = sign_in(sun)
    for query, expected in (({}, NONE), ({"on": THEN.isoformat()}, OWN)):
        page = client.get(LIST, {"q": "link ended"} | query)
        assert page.context["object_list"][0].coverage == expected
        assert str(expected.label) in page.content.decode()


@pytest.mark.parametrize("on", ["9999-12-31", "0001-01-01", "2026-02-30", "x", "\x00", "1" * 400])
def test_an_impossible_day_is_a_sentence(sign_in, sun, park, on):
    client = sign_in(sun)
    for url in (PAGE, LIST):
        page = client.get(url, {"on": on, "coverage": "own"})
        assert page.status_code == 200
        assert "filter-error" in page.content.decode()


def test_filters_find_by_chain_size_words_and_code(sign_in, sun, cast):
    from members.models import IndustryChain
    from tests.members.test_units import code

    chain = IndustryChain.objects.create(name="锂电")
    make.unit(name="示例电池厂", chain=chain, size="large", employees=900, credit_code=code())
    make.unit(name="示例材料厂", chain=chain, size="micro", employees=9)
    client = sign_in(sun)

    def names(**query):
        page = client.get(LIST, query)
        assert page.context["row_count"] == len(page.context["object_list"])
        return [unit.name for unit in page.context["object_list"]]

    assert names(chain=chain.pk, sort="name") == ["示例材料厂", "示例电池厂"]
    assert names(chain=chain.pk, sort="-employees") == ["示例电池厂", "示例材料厂"]
    assert names(chain=chain.pk, sort="size") == ["示例电池厂", "示例材料厂"]
    assert names(size="micro") == ["示例材料厂"]
    assert names(q="电池") == names(q=code().lower()) == ["示例电池厂"]
    assert names(q=code()[:17]) == []
    for query in ({"chain": "9" * 30}, {"size": "huge"}, {"sort": "pk"}, {"q": "\x00"},
                  {"coverage": "all"}):  # fmt: skip
        assert client.get(LIST, query).status_code == 200


def test_figures_are_for_the_park(sign_in, cast):
    assert sign_in(make.staff("leader")).get(PAGE).status_code == 200
    for user in (cast.lin, make.staff("admin"), make.liaison(cast.lin_unit)):
        assert sign_in(user).get(PAGE).status_code == 403


def test_a_member_cannot_count_other_units(sign_in, cast):
    """Who speaks for no unit sees that of the own branch only."""
    own = make.organization(cast.root)
    client = sign_in(make.member(own, user=make.user()).user)
    unit = make.unit(own)
    for coverage in Unit.Coverage:
        shown = set(client.get(LIST, {"coverage": coverage}).context["object_list"])
        assert shown == ({unit} if coverage == OWN else set())


def test_an_empty_park_offers_the_first_step(sign_in, sun):
    assert "登记第一个单位" in sign_in(sun).get(PAGE).content.decode()


def test_the_figures_are_one_question_however_many_units(sign_in, sun, park):
    from tests.members.test_query_counts import MOST, questions

    client = sign_in(sun)
    urls = (PAGE, f"{LIST}?coverage=joint&on={THEN}&sort=size")
    few = [questions(client, url) for url in urls]
    for _number in range(20):
        guide(make.unit())
        link(make.unit(), make.organization(kind="joint_branch"))
    assert [questions(client, url) for url in urls] == few
    assert max(few) <= MOST, few

from datetime import date

import pytest
from django.urls import reverse

from members.actions import organizations
from members.models import Organization, Term
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:organization-list")


def detail(organization):
    return reverse("members:organization-detail", args=[organization.pk])


def test_the_list_counts_what_the_park_counts(sign_in, sun, cast):
    group = make.organization(cast.lin_branch, name="第一党小组", kind="party_group")
    page = sign_in(sun).get(LIST)
    assert f'data-count="{Organization.objects.counted().count()}"' in page.content.decode()
    assert group.name not in page.content.decode()


@pytest.mark.parametrize("kind", ["committee", "general_branch", "branch", "joint_branch"])
def test_each_kind_opens_exactly_its_rows(sign_in, sun, cast, kind):
    make.organization(cast.root, kind=kind)
    make.organization(cast.root, kind=kind, ends_on=make.LONG_AGO)
    page = sign_in(sun).get(LIST, {"kind": kind}).content.decode()
    assert f'data-count="{Organization.objects.counted().filter(kind=kind).count()}"' in page


def test_a_name_is_searched_in_both_its_forms(sign_in, sun, cast):
    make.organization(cast.root, name="示例纺织有限公司党支部", short_name="示纺支部")
    page = sign_in(sun).get(LIST, {"q": "示纺"}).content.decode()
    assert 'data-count="1"' in page
    assert "示例纺织有限公司党支部" in page


def test_a_secretary_sees_the_own_branch_and_no_other(sign_in, cast):
    page = sign_in(cast.lin).get(LIST).content.decode()
    assert cast.lin_branch.name in page
    assert cast.wu_branch.name not in page
    assert sign_in(cast.lin).get(detail(cast.lin_branch)).status_code == 200
    assert sign_in(cast.lin).get(detail(cast.wu_branch)).status_code == 404
    assert sign_in(cast.lin).get(detail(cast.root)).status_code == 404
    assert sign_in(cast.lin).get("/members/organizations/999999/").status_code == 404


def test_the_page_shows_the_line_of_superiors_but_opens_only_what_may_be_seen(sign_in, cast, sun):
    assert detail(cast.root) in sign_in(sun).get(detail(cast.lin_branch)).content.decode()
    page = sign_in(cast.lin).get(detail(cast.lin_branch)).content.decode()
    assert "园区党委" in page
    assert f'"{detail(cast.root)}"' not in page


def test_officers_come_before_members(sign_in, sun, cast):
    make.member(cast.lin_branch, name="阿一")
    page = sign_in(sun).get(detail(cast.lin_branch)).content.decode()
    assert page.index(cast.lin_member.name + "</a>") < page.index("阿一")


def test_the_administrator_sees_organizations_and_no_person(sign_in, cast):
    client = sign_in(make.staff("admin"))
    cast.lin_member.name = "林某人"
    cast.lin_member.save()
    for url in (LIST, detail(cast.lin_branch)):
        page = client.get(url)
        assert page.status_code == 200
        assert "林某人" not in page.content.decode()


def test_a_member_of_a_branch_sees_its_page_but_nobody_elses_phone(sign_in, cast):
    person = make.member(cast.lin_branch, user=make.user(), phone="13900002222")
    make.member(cast.lin_branch, name="同支部党员", phone="13811119999")
    page = sign_in(person.user).get(detail(cast.lin_branch)).content.decode()
    assert "139****2222" in page
    assert "9999" not in page
    assert "同支部党员" not in page


def test_a_strange_filter_value_is_answered_in_words(sign_in, sun, cast):
    page = sign_in(sun).get(LIST, {"kind": "<script>", "page": "-7"})
    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_the_list_shows_the_tree_of_the_day_that_is_asked_for(sign_in, sun, cast):
    office = make.organization(cast.root, name="机关党总支", kind="general_branch")
    organizations.move(cast.zhao_branch, office, on=date(2026, 3, 1), by=sun)
    organizations.rename(cast.wu_branch, name="武党支部", on=date(2026, 3, 1), by=sun)
    make.organization(cast.root, name="后来的党支部", starts_on=date(2026, 4, 1))
    client = sign_in(sun)

    def rows(on):
        return [
            (row.name_then, row.depth_then) for row in client.get(LIST, on).context["object_list"]
        ]

    assert rows({}) == [
        ("园区党委", 1), ("lin党支部", 2), ("武党支部", 2),
        ("机关党总支", 2), ("zhao党支部", 3), ("后来的党支部", 2),
    ]  # fmt: skip
    assert sorted(rows({"on": "2026-02-28"})) == sorted([
        ("园区党委", 1), ("lin党支部", 2), ("wu党支部", 2), ("zhao党支部", 2), ("机关党总支", 2),
    ])  # fmt: skip
    assert rows({"on": "2026-02-28", "q": "wu"}) == [("wu党支部", 2)]
    assert rows({"on": "2026-03-01", "q": "wu"}) == []
    for strange in ("2026-02-30", "2099-01-01", "0001-01-01", "x"):
        page = client.get(LIST, {"on": strange})
        assert page.context["row_count"] == 6
        assert "filter-error" in page.content.decode()


def test_a_page_of_another_day_shows_who_and_what_it_was_then(sign_in, sun, cast):
    old, branch = make.member(name="老张", starts_on=make.LONG_AGO), cast.lin_branch
    old.memberships.update(organization=branch, ends_on=date(2026, 1, 31))
    make.member(branch, name="新来的", starts_on=date(2026, 2, 1))
    cast.lin_member.terms.update(starts_on=date(2026, 2, 1))
    Term.objects.create(
        organization=branch, post=make.post(), member=old,
        starts_on=make.LONG_AGO, ends_on=date(2026, 1, 31),
    )  # fmt: skip
    client, url = sign_in(sun), detail(branch)

    def people(on):
        shown = client.get(url, on).context["people"]
        return [(person.name, person.post_name) for person in shown]

    assert people({}) == [("lin", "书记"), ("新来的", None)]
    assert people({"on": "2026-01-31"}) == [("老张", "书记"), ("lin", None)]
    page = client.get(url, {"on": "2026-01-31"}).content.decode()
    assert "2026-01-31 当天" in page and "办理变更" not in page
    for strange, sentence in (("2026-02-30", "真实存在"), ("2023-12-31", "它成立于 2024-01-01")):
        page = client.get(url, {"on": strange})
        assert sentence in page.content.decode()
        assert page.context["then"] is None


def test_on_another_day_nobody_sees_more_than_today(sign_in, cast):
    client = sign_in(cast.lin)
    assert client.get(detail(cast.wu_branch), {"on": "2025-01-01"}).status_code == 404
    page = client.get(LIST, {"on": "2025-01-01"})
    assert [row.pk for row in page.context["object_list"]] == [cast.lin_branch.pk]


def test_boxes_of_the_alliance_and_the_services_stand_on_the_page(sign_in, sun, cast):
    need = make.need(cast.lin_unit, to="published")
    page = sign_in(sun).get(detail(cast.lin_branch)).content.decode()
    assert need.title in page and "正在轮值" in page and cast.group.name in page
    plain = make.member(cast.lin_branch, user=make.user())
    page = sign_in(plain.user).get(detail(cast.lin_branch)).content.decode()
    assert need.title not in page and cast.group.name not in page


def test_the_chart_shows_the_tree_of_a_day_and_only_what_may_be_seen(sign_in, sun, cast):
    office = make.organization(cast.root, name="机关党总支", kind="general_branch")
    make.organization(office, name="机关第一党支部")
    organizations.rename(cast.wu_branch, name="武党支部", on=date(2026, 3, 1), by=sun)
    url = reverse("members:organization-chart")
    chart = sign_in(sun).get(url).context["chart"]
    assert {box.words for box in chart.boxes} >= {"武党支部", "机关第一党支部", "园区党委"}
    assert {box.words for box in chart.boxes if box.is_superior} == {"园区党委", "机关党总支"}
    places = {(box.x, box.y) for box in chart.boxes}
    assert len(places) == len(chart.boxes) == 6
    assert max(box.x for box in chart.boxes) + chart.box_width <= chart.width
    then = sign_in(sun).get(url, {"on": "2026-02-28"}).content.decode()
    assert "wu党支部" in then and "武党支部" not in then
    own = sign_in(cast.lin).get(url).context["chart"]
    assert [box.row for box in own.boxes] == [cast.lin_branch]
    admin = sign_in(make.staff("admin")).get(url).content.decode()
    assert "武党支部" in admin and ">lin<" not in admin and "· lin" not in admin

import pytest
from django.urls import reverse

from members.models import Organization
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

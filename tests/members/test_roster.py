import pytest
from django.urls import reverse

from members.models import Membership, PartyMember
from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:person-list")
FIND = reverse("members:person-find")
ID_NUMBER = "999901199001011234"


def page_of(client, **query):
    return client.get(LIST, query).content.decode()


def test_the_list_counts_whom_the_park_counts(sign_in, sun, cast):
    make.member(cast.lin_branch, standing="probationary")
    make.member(cast.lin_branch, standing="suspended", name="停止者")
    gone = make.member(cast.lin_branch, name="离开者")
    gone.memberships.update(ends_on="2024-06-01", end_reason="transferred")
    PartyMember.objects.create(name="无处者", gender="male")
    page = page_of(sign_in(sun))
    assert f'data-count="{PartyMember.objects.counted().count()}"' in page
    for name in ("停止者", "离开者", "无处者"):
        assert name not in page


def test_the_standing_opens_those_who_are_not_counted(sign_in, sun, cast):
    make.member(cast.lin_branch, standing="suspended", name="停止者")
    PartyMember.objects.create(name="无处者", gender="male")
    client = sign_in(sun)
    assert "停止者" in page_of(client, standing="suspended")
    assert "无处者" in page_of(client, standing="none")


@pytest.mark.parametrize("words", ["张晓", "zhangxiaohui", "zxh", "1234"])
def test_a_person_is_found_by_name_pinyin_initials_and_phone_ending(sign_in, sun, cast, words):
    make.member(cast.lin_branch, name="张晓慧", phone="13800001234")
    page = page_of(sign_in(sun), q=words)
    assert 'data-count="1"' in page
    assert "张晓慧" in page


def test_a_whole_number_is_refused_in_an_address_and_found_by_post(sign_in, sun, cast):
    person = make.member(cast.lin_branch, id_number=ID_NUMBER, phone="13800001234")
    client = sign_in(sun)
    assert "按号码查找" in page_of(client, q=ID_NUMBER)
    assert client.post(FIND, {"number": ID_NUMBER}).url == person.get_absolute_url()
    assert client.post(FIND, {"number": "138-0000-1234"}).url == person.get_absolute_url()
    assert client.get(FIND).status_code == 405


def test_a_number_outside_ones_scope_looks_like_none(sign_in, cast):
    make.member(cast.wu_branch, id_number=ID_NUMBER)
    client = sign_in(cast.lin)
    theirs = client.post(FIND, {"number": ID_NUMBER}, follow=True).content.decode()
    nobodys = client.post(FIND, {"number": "999901199001019999"}, follow=True).content.decode()
    sentence = "没有找到使用这个号码的党员"
    assert sentence in theirs and sentence in nobodys


def test_organization_means_it_with_everything_below(sign_in, sun, cast):
    counted = PartyMember.objects.counted().count()
    client = sign_in(sun)
    assert f'data-count="{counted}"' in page_of(client, organization=cast.root.pk)
    assert 'data-count="1"' in page_of(client, organization=cast.lin_branch.pk)


def test_a_secretary_sees_the_own_roster_and_no_other(sign_in, cast):
    client = sign_in(cast.lin)
    page = page_of(client)
    assert cast.lin_member.get_absolute_url() in page
    assert cast.wu_member.get_absolute_url() not in page
    assert client.get(cast.wu_member.get_absolute_url()).status_code == 404
    assert client.get("/members/people/999999/").status_code == 404
    theirs = page_of(client, organization=cast.wu_branch.pk)
    assert cast.wu_member.name not in theirs.replace(str(cast.lin), "")


def test_a_member_sees_only_the_own_card(sign_in, cast):
    person = make.member(cast.lin_branch, user=make.user())
    client = sign_in(person.user)
    assert 'data-count="1"' in page_of(client)
    assert client.get(person.get_absolute_url()).status_code == 200
    assert client.get(cast.lin_member.get_absolute_url()).status_code == 404


def test_leader_and_auditor_read_and_the_administrator_does_not(sign_in, cast):
    for role, status in (("leader", 200), ("auditor", 200), ("admin", 403)):
        client = sign_in(make.staff(role))
        assert client.get(LIST).status_code == status
        assert client.get(cast.lin_member.get_absolute_url()).status_code == status


def test_numbers_are_masked_on_every_page(sign_in, sun, cast):
    person = make.member(cast.lin_branch, id_number=ID_NUMBER, phone="13800001234")
    client = sign_in(sun)
    pages = [page_of(client), client.get(person.get_absolute_url()).content.decode()]
    pages.append(client.get(cast.lin_branch.get_absolute_url()).content.decode())
    for page in pages:
        assert "138****1234" in page
        assert "13800001234" not in page
        assert ID_NUMBER not in page
    assert f"9{'*' * 16}4" in pages[1]


def test_hostile_names_are_text(sign_in, sun, cast):
    make.member(cast.lin_branch, name="<script>alert(1)</script>")
    page = page_of(sign_in(sun))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_the_membership_in_force_decides_where_a_person_stands(sign_in, sun, cast):
    person = make.member(cast.lin_branch)
    person.memberships.update(ends_on="2024-03-31", end_reason="changed")
    Membership.objects.create(member=person, organization=cast.wu_branch, starts_on="2024-04-01")
    client = sign_in(sun)
    assert person.name in page_of(client, organization=cast.wu_branch.pk)
    assert person.name not in page_of(client, organization=cast.lin_branch.pk)

import pytest
from django.urls import reverse

from tests import make

pytestmark = pytest.mark.django_db
LIST = reverse("members:unit-list")


def test_units_are_filtered_by_kind_and_name(sign_in, sun, cast):
    make.unit(name="示例管委会办公室", kind="department")
    client = sign_in(sun)
    assert 'data-count="1"' in client.get(LIST, {"kind": "department"}).content.decode()
    assert 'data-count="1"' in client.get(LIST, {"q": "管委会"}).content.decode()


def test_a_contact_is_for_the_park_and_the_unit_itself(sign_in, sun, cast):
    cast.wu_unit.contacts.create(name="吴联系", phone="13700003333")
    url = cast.wu_unit.get_absolute_url()
    for user, sees in ((sun, True), (cast.wu, True), (cast.lin, False)):
        page = sign_in(user).get(url).content.decode()
        assert ("吴联系" in page) is sees
        assert ("137****3333" in page) is sees
        assert "13700003333" not in page


def test_a_former_member_no_longer_sees_the_unit(sign_in, cast):
    person = make.member(cast.lin_branch, user=make.user())
    other = make.organization(cast.root)
    person.memberships.update(ends_on=make.LONG_AGO)
    from members.models import Membership

    Membership.objects.create(member=person, organization=other, starts_on="2024-02-01")
    assert sign_in(person.user).get(cast.lin_unit.get_absolute_url()).status_code == 404

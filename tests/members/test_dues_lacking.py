"""Where nothing is owed the office reads why, and is offered the next step."""

from decimal import Decimal

import pytest
from django.urls import reverse

from members.actions import dues_bases
from tests import make, make_dues

pytestmark = pytest.mark.django_db
URL = reverse("members:dues-figures")


@pytest.fixture
def branch(db):
    return make.organization(name="示例党支部")


def said(client, branch):
    row = next(each for each in client.get(URL).context["rows"] if each["organization"] == branch)
    return row["lack"] and str(row["lack"].words)


def test_each_thing_that_is_missing_has_its_sentence(sign_in, sun, branch):
    client = sign_in(sun)
    assert "没有直属党员" in said(client, branch)
    person = make.member(branch)
    assert said(client, branch) == "没有党费管理员。"
    page = client.get(URL).content.decode()
    step = f"{reverse('members:term-create')}?organization={branch.pk}"
    assert step in page
    assert client.get(step).status_code == 200
    term = make.term(branch, person)
    assert said(client, branch) == f"党费管理员{person.name}还没有账号，请园区党务办公室开户。"
    open_one = reverse("accounts:slips-issue-all")
    for page in (URL, reverse("members:duesbranch-detail", args=[branch.pk])):
        text = client.get(page).content.decode()
        assert open_one in text and f"{person.name}还没有账号" in text
    assert person.name in client.get(open_one).content.decode()
    term.delete()
    make_dues.keeper(branch)
    assert "没有应交的党费" in said(client, branch)
    make_dues.based(person)
    make_dues.billed(person)
    assert said(client, branch) is None


def test_where_nobody_can_enter_what_is_owed_the_office_reads_who_lacks_an_account(
    sign_in, sun, branch
):
    """The keeper is no secretary, and is on the list of those for whom an account is opened."""
    make.secretary(branch)
    make.post("组织委员", leads=False, keeps_dues=True)
    keeper = make.member(branch, name="示例组织委员")
    make.term(branch, keeper, post_name="组织委员")
    make_dues.based(person := make.member(branch))
    make_dues.billed(person)
    client = sign_in(sun)
    assert said(client, branch) is None
    assert "党费管理员示例组织委员还没有账号" in client.get(URL).content.decode()
    assert "示例组织委员" in client.get(reverse("accounts:slips-issue-all")).content.decode()
    keeper.user = make.user()
    keeper.save(update_fields=["user"])
    assert "还没有账号" not in client.get(URL).content.decode()
    assert "示例组织委员" not in client.get(reverse("accounts:slips-issue-all")).content.decode()


def test_members_of_its_groups_are_its_own(sign_in, sun, branch):
    make.member(make.organization(branch, kind="party_group"))
    assert "没有直属党员" not in said(sign_in(sun), branch)


def test_whom_nothing_is_asked_of_looks_like_whom_nothing_is_known_of(sign_in, sun, branch):
    """免交 tells of a hardship: the sentence is the same without a base."""
    keeper = make_dues.keeper(branch)
    client, person = sign_in(sun), make.member(branch)
    before = said(client, branch)
    make_dues.based(person)
    months = {"starts_on": make_dues.month(), "ends_on": make_dues.month(-2)}
    dues_bases.relieve(person, amount=Decimal(0), reason="困难", by=keeper, **months)
    make_dues.billed(person)
    assert said(client, branch) == before


def test_who_only_reads_is_offered_no_step(sign_in, branch):
    make.member(branch)
    page = sign_in(make.staff("leader")).get(URL).content.decode()
    assert "没有党费管理员" in page
    assert reverse("members:term-create") not in page

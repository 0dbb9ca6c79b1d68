"""The office opens accounts and prints slips."""

import re
import uuid

import pytest
from django.urls import reverse

from members.models import PartyMember
from nanchuan.accounts.actions import slips
from nanchuan.accounts.models import Slip, StaffPost, User
from nanchuan.kernel.candidates import candidates
from nanchuan.kernel.models import Event
from tests import make
from tests.accounts.conftest import signed_in

CODE = re.compile(r"[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}-[A-HJ-NP-Z2-9]{4}")
ALL = "/account/issued/slips/"


def codes_on(answer) -> list[str]:
    return CODE.findall(answer.content.decode())


def one_slip(client, account, token=None):
    url = reverse("accounts:account-slip", args=[account.pk])
    return client.post(url, {"once": token or uuid.uuid4()}, follow=True)


@pytest.fixture
def desk(client, office):
    client.force_login(office)
    return client


def unled(name="张伟"):
    """A secretary without an account."""
    branch = make.organization()
    person = make.member(branch, name=name)
    make.Term.objects.create(
        member=person, organization=branch, post=make.post(), starts_on=make.LONG_AGO
    )
    return person


# The list


def test_the_list_tells_roles_last_sign_in_and_slips(desk, cast):
    slips.issue(cast.lin, by=None)
    page = desk.get(reverse("accounts:account-list"))
    text = page.content.decode()
    assert "lin党支部书记" in text
    assert "园区党务工作者" in text
    assert "从未登录" in text
    assert "有效期至" in text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=li", {"lin"}),
        ("role=secretary", {"lin", "wu", "zhao"}),
        ("role=staff", {"sun"}),
        ("state=new", {"lin", "wu", "zhao"}),
        ("state=slip", {"wu"}),
        ("state=disabled", {"zhao"}),
        ("state=active", {"lin", "wu", "sun"}),
        ("state=nonsense", {"lin", "wu", "zhao", "sun"}),
    ],
)
def test_the_list_is_searched_and_filtered(desk, cast, query, found):
    slips.issue(cast.wu, by=None)
    User.objects.filter(pk=cast.zhao.pk).update(is_active=False, last_login=None)
    if query == "state=new":
        User.objects.filter(pk=cast.zhao.pk).update(is_active=True)
    page = desk.get(f"{reverse('accounts:account-list')}?{query}")
    assert {account.name for account in page.context["object_list"]} == found


def test_the_list_costs_the_same_for_thirty(desk):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def cost():
        with CaptureQueriesContext(connection) as queries:
            assert desk.get(reverse("accounts:account-list"), {"page": 1}).status_code == 200
        return len(queries)

    for _ in range(3):
        make.secretary(make.organization())
    few = cost()
    for _ in range(21):
        make.secretary(make.organization())
    assert cost() == few
    assert few <= 12


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_leaders_and_auditors_issue_nothing(client, role, mei):
    client.force_login(make.staff(role))
    assert client.get(reverse("accounts:account-list")).status_code == 403
    assert client.get(ALL).status_code == 403
    assert one_slip(client, mei).status_code == 403


def test_secretaries_issue_nothing(client, cast):
    client.force_login(cast.lin)
    assert client.get(reverse("accounts:account-list")).status_code == 403
    assert one_slip(client, cast.wu).status_code == 403
    assert not Slip.objects.exists()


# One slip


def test_a_slip_is_shown_once_and_works(desk, mei, client, settings):
    settings.SITE_URL = "https://portal.example.invalid"
    answer = one_slip(desk, mei)
    [code] = codes_on(answer)
    text = answer.content.decode()
    assert "https://portal.example.invalid/account/slip/" in text
    assert 'src="data:image/svg+xml' in text
    assert "style=" not in text
    assert "no-store" in answer["Cache-Control"]
    assert Event.objects.filter(name="slip.issued", subject_id=mei.pk).exists()
    slips.redeem(code, "another-lantern-2")


def test_a_second_click_shows_the_same_slip(desk, mei):
    token = uuid.uuid4()
    first, second = (codes_on(one_slip(desk, mei, token)) for _ in range(2))
    assert first == second
    assert Slip.objects.count() == 1
    slips.redeem(first[0], "another-lantern-2")


def test_a_used_slip_is_not_shown_again(desk, mei):
    token = uuid.uuid4()
    [code] = codes_on(one_slip(desk, mei, token))
    slips.redeem(code, "another-lantern-2")
    answer = one_slip(desk, mei, token)
    assert not codes_on(answer)
    assert "不能再次显示" in answer.content.decode()


def test_nobody_else_sees_the_codes_with_the_same_token(client, mei, office, admin):
    token = uuid.uuid4()
    client.force_login(office)
    assert codes_on(one_slip(client, mei, token))
    client.force_login(admin)
    assert not codes_on(one_slip(client, mei, token))


def test_one_token_of_a_page_serves_each_account(desk, mei, cast):
    token = uuid.uuid4()
    assert codes_on(one_slip(desk, mei, token)) != codes_on(one_slip(desk, cast.lin, token))
    assert Slip.objects.valid().count() == 2


@pytest.mark.parametrize("token", ["", "nonsense"])
def test_without_a_token_nothing_is_issued(desk, mei, token):
    url = reverse("accounts:account-slip", args=[mei.pk])
    answer = desk.post(url, {"once": token}, follow=True)
    assert "页面已过期" in answer.content.decode()
    assert not Slip.objects.exists()


# Who may reset whom: whoever resets an account can become it


@pytest.mark.parametrize("role", StaffPost.Role.values)
@pytest.mark.parametrize("verb", ["slip", "disable", "enable", "free"])
def test_the_office_cannot_take_over_an_account_with_a_post(desk, role, verb):
    victim = make.staff(role)
    url = reverse(f"accounts:account-{verb}", args=[victim.pk])
    assert desk.post(url, {"once": uuid.uuid4()}).status_code == 403
    victim.refresh_from_db()
    assert victim.is_active
    assert not Slip.objects.exists()


def test_nor_one_that_will_have_a_post(desk, mei):
    from datetime import timedelta

    from django.utils import timezone

    tomorrow = timezone.localdate() + timedelta(days=1)
    StaffPost.objects.create(user=mei, role="admin", starts_on=tomorrow)
    assert one_slip(desk, mei).status_code == 403


def test_nor_by_naming_it_in_the_form_for_many(desk, admin):
    answer = desk.post(ALL, {"once": uuid.uuid4(), "accounts": [admin.pk]})
    assert not codes_on(answer)
    assert not Slip.objects.exists()


def test_a_post_that_is_over_gives_the_account_back_to_the_office(desk, mei):
    StaffPost.objects.create(
        user=mei, role="leader", starts_on=make.LONG_AGO, ends_on=make.LONG_AGO
    )
    assert codes_on(one_slip(desk, mei))


def test_the_administrator_resets_anybody(client, admin, office):
    client.force_login(admin)
    assert codes_on(one_slip(client, office))


# Closing and reopening


def test_a_closed_account_loses_session_and_slip_and_comes_back(desk, mei):
    from django.test import Client

    elsewhere = Client()
    elsewhere.force_login(mei)
    slips.issue(mei, by=None)
    desk.post(reverse("accounts:account-disable", args=[mei.pk]))
    assert not signed_in(elsewhere)
    assert not Slip.objects.open().exists()
    desk.post(reverse("accounts:account-enable", args=[mei.pk]))
    mei.refresh_from_db()
    assert mei.is_active
    names = set(Event.objects.filter(subject_id=mei.pk).values_list("name", flat=True))
    assert {"account.disabled", "account.enabled"} <= names


def test_a_second_click_on_closing_says_so(desk, mei):
    url = reverse("accounts:account-disable", args=[mei.pk])
    desk.post(url)
    assert "已经停用" in desk.post(url, follow=True).content.decode()
    assert Event.objects.filter(name="account.disabled").count() == 1


def test_nobody_closes_the_own_account(client, admin):
    client.force_login(admin)
    url = reverse("accounts:account-disable", args=[admin.pk])
    assert "不能停用自己的账号" in client.post(url, follow=True).content.decode()
    assert signed_in(client)


# A new account


def new_account(client, **fields):
    given = {"name": "张伟", "username": "ZhangWei", "email": "", "once": uuid.uuid4()} | fields
    return client.post(reverse("accounts:account-create"), given)


def test_a_new_account_begins_with_its_slip(desk):
    [code] = codes_on(new_account(desk))
    user = User.objects.get(username="zhangwei")
    assert not user.has_usable_password()
    assert slips.redeem(code, "another-lantern-2") == user
    assert Event.objects.filter(name="account.created", subject_id=user.pk).exists()


def test_a_second_click_makes_no_second_account_and_shows_the_same_slip(desk):
    token = uuid.uuid4()
    first, second = (codes_on(new_account(desk, once=token)) for _ in range(2))
    assert first == second != []
    assert User.objects.filter(username="zhangwei").count() == 1


@pytest.mark.parametrize("username", ["mei", "MEI"])
def test_a_name_that_is_taken_is_told_and_nothing_typed_is_lost(desk, mei, username):
    answer = new_account(desk, username=username, name="另一位梅")
    text = answer.content.decode()
    assert "这个用户名已有人使用，请换一个。" in text
    assert "另一位梅" in text
    assert User.objects.filter(username="mei").count() == 1


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "长" * 51),
        ("username", ""),
        ("username", "a b"),
        ("username", "<script>"),
        ("username", "x" * 151),
        ("email", "no address"),
    ],
)
def test_bad_input_is_told_at_its_field(desk, field, value):
    answer = new_account(desk, **{field: value})
    assert answer.status_code == 200
    assert answer.context["form"].errors[field]
    assert not User.objects.filter(name__contains="张伟").exists()


@pytest.mark.parametrize("role", StaffPost.Role.values)
def test_the_office_cannot_give_itself_a_post_through_a_new_account(desk, role):
    new_account(desk, role=role, is_superuser="on", is_staff="on")
    user = User.objects.get(username="zhangwei")
    assert not user.staff_posts.exists()
    assert not (user.is_superuser or user.is_staff)


def test_the_administrator_gives_a_post_with_the_account(client, admin):
    client.force_login(admin)
    [code] = codes_on(new_account(client, role="leader"))
    assert User.objects.get(username="zhangwei").staff_posts.get().role == "leader"
    slips.redeem(code, "another-lantern-2")


# All at once


def choices(page, field):
    return [str(value) for value in page.context["form"][field].initial]


def test_all_who_never_signed_in_are_chosen_and_get_a_slip_each(desk, cast, mei):
    from django.utils import timezone

    User.objects.filter(pk=mei.pk).update(last_login=timezone.now())
    page = desk.get(ALL)
    assert set(choices(page, "accounts")) == {str(u.pk) for u in (cast.lin, cast.wu, cast.zhao)}
    once = page.context["form"]["once"].value()
    answer = desk.post(ALL, {"once": once, "accounts": choices(page, "accounts")})
    codes = codes_on(answer)
    assert len(codes) == len(set(codes)) == 3
    for code in codes:
        slips.redeem(code, "another-lantern-2")


def test_whoever_has_a_slip_in_the_hand_is_not_chosen_unasked(desk, cast):
    slips.issue(cast.lin, by=None)
    page = desk.get(ALL)
    assert str(cast.lin.pk) not in choices(page, "accounts")
    text = page.content.decode()
    assert "已有凭条，有效期至" in text
    assert "旧凭条立即作废" in text


def test_the_sheet_stays_valid_when_it_is_sent_again(desk, cast):
    fields = {"once": uuid.uuid4(), "accounts": [cast.lin.pk, cast.wu.pk]}
    first, second = codes_on(desk.post(ALL, fields)), codes_on(desk.post(ALL, fields))
    assert first == second
    assert len(first) == 2
    for code in first:
        slips.redeem(code, "another-lantern-2")


def test_the_sheet_cannot_be_fetched(desk, cast):
    desk.post(ALL, {"once": uuid.uuid4(), "accounts": [cast.lin.pk]})
    for path in (ALL, reverse("accounts:account-list")):
        assert not codes_on(desk.get(path))


def test_secretaries_without_accounts_get_one_and_a_slip_by_one_button(desk):
    one, two = unled(), unled()
    page = desk.get(reverse("accounts:account-list")).content.decode()
    assert "有 2 位书记或党费管理员还没有账号。" in page
    page = desk.get(ALL)
    fields = {"once": uuid.uuid4(), "people": page.context["form"]["people"].initial}
    answer = desk.post(ALL, fields)
    codes = codes_on(answer)
    assert len(codes) == 2
    one.refresh_from_db()
    two.refresh_from_db()
    assert {one.user.username, two.user.username} == {"zhangwei", "zhangwei2"}
    slips.redeem(codes[0], "another-lantern-2")
    assert codes_on(desk.post(ALL, fields)) == codes[1:]
    assert not candidates()


def test_only_who_leads_today_and_has_no_account_is_due_one(cast):
    person = unled()
    past = unled("往届书记")
    past.terms.update(ends_on=make.LONG_AGO)
    make.member(cast.lin_branch)
    assert [candidate.name for candidate in candidates()] == [person.name]


def test_the_administrator_sees_no_people(client, admin):
    person = unled("无账号书记")
    client.force_login(admin)
    key = f"member-{person.pk}"
    for path in (ALL, reverse("accounts:account-list")):
        assert person.name not in client.get(path).content.decode()
    client.post(ALL, {"once": uuid.uuid4(), "people": [key]})
    assert not PartyMember.objects.filter(user__isnull=False).exists()


def test_a_person_who_got_an_account_meanwhile_gets_no_second_one(desk, office):
    from nanchuan.accounts.actions import accounts
    from nanchuan.kernel.states import StepRefused

    person = unled()
    [candidate] = candidates()
    accounts.open_for(candidate, by=office)
    with pytest.raises(StepRefused):
        accounts.open_for(candidate, by=office)
    assert User.objects.filter(username__startswith="zhangwei").count() == 1
    answer = desk.post(ALL, {"once": uuid.uuid4(), "people": [f"member-{person.pk}"]})
    assert not codes_on(answer)


def test_nobody_chosen_is_told(desk, cast):
    answer = desk.post(ALL, {"once": uuid.uuid4()})
    assert "请至少选择一人。" in answer.content.decode()

import math
import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.accounts.actions import accounts, slips
from nanchuan.accounts.models import Slip, StaffPost, User
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.accounts.conftest import PASSWORD, signed_in, words_of

NEW = "another-lantern-2"
INVALID = "凭条无效或已过期，请向园区党务办公室重新领取。"


def redeem(client, code, password=NEW, again=None, **kwargs):
    fields = {"code": code, "password": password, "again": again or password}
    return client.post(reverse("accounts:slip"), fields, **kwargs)


def test_a_code_has_sixty_bits_of_letters_that_nobody_mistakes():
    code = slips.new_code()
    assert re.fullmatch(r"([A-HJ-NP-Z2-9]{4}-){2}[A-HJ-NP-Z2-9]{4}", code)
    assert math.log2(len(set(slips.ALPHABET)) ** slips.LENGTH) >= 60
    assert len({slips.new_code() for _ in range(1000)}) == 1000


def test_only_a_keyed_hash_is_stored(mei):
    code = slips.issue(mei, by=None)
    row = Slip.objects.values().get()
    assert code not in str(row)
    assert code.replace("-", "") not in str(row)
    assert row["code_hash"] == slips.hash_of(code)


def test_a_slip_sets_a_password_and_leads_in(client, mei, office):
    code = slips.issue(mei, by=office)
    answer = redeem(client, code)
    assert answer.url == reverse("home")
    assert signed_in(client)
    mei.refresh_from_db()
    assert mei.check_password(NEW)
    assert not mei.new_password_required
    names = set(Event.objects.filter(subject_id=mei.pk).values_list("name", flat=True))
    assert {"slip.issued", "slip.redeemed", "account.signed_in"} <= names


@pytest.mark.parametrize("typed", [str.lower, lambda code: code.replace("-", " ")])
def test_case_and_hyphens_do_not_matter(client, mei, typed):
    redeem(client, typed(slips.issue(mei, by=None)))
    assert signed_in(client)


def test_looking_at_the_page_does_not_use_the_slip_up(client, mei):
    code = slips.issue(mei, by=None)
    for _ in range(3):
        page = client.get(reverse("accounts:slip"), {"code": code})
    assert f'value="{code}"' in page.content.decode()
    assert "no-store" in page["Cache-Control"]
    assert page["Referrer-Policy"] == "same-origin"
    assert Slip.objects.valid().count() == 1


def every_wrong_code(mei):
    used = slips.issue(mei, by=None)
    slips.redeem(used, NEW)
    withdrawn = slips.issue(mei, by=None)
    slips.issue(mei, by=None)
    other = make.user()
    expired = slips.issue(other, by=None, at=timezone.now() - timedelta(hours=72, seconds=1))
    gone = make.user()
    disabled = slips.issue(gone, by=None)
    accounts.disable(gone, by=None)
    return {
        "unknown": "AAAA-BBBB-CCCC",
        "used": used,
        "withdrawn": withdrawn,
        "expired": expired,
        "disabled": disabled,
        "short": "A",
    }


def test_wrong_used_withdrawn_and_expired_codes_get_one_answer(mei):
    pages = {}
    for name, code in every_wrong_code(mei).items():
        answer = redeem(Client(), code)
        assert answer.status_code == 200
        pages[name] = words_of(answer).replace(f'value="{code}"', "")
        assert INVALID in pages[name], name
    assert all(page == pages["unknown"] for page in pages.values())


def test_a_slip_is_good_for_72_hours(mei):
    code = slips.issue(mei, by=None)
    with time_machine.travel(timezone.now() + timedelta(hours=71, minutes=59)):
        slips.redeem(code, NEW)


def test_a_weak_password_leaves_the_slip_as_it_was(client, mei):
    code = slips.issue(mei, by=None)
    for weak in ("short", "password1234"):
        answer = redeem(client, code, weak)
        assert answer.context["form"].errors["password"]
        assert f'value="{code}"' in answer.content.decode()
    answer = redeem(client, code, NEW, again="different-lantern-3")
    assert answer.context["form"].errors["again"]
    redeem(client, code)
    assert signed_in(client)


def test_the_name_is_no_password(client):
    user = make.user(username="zhangwei-changcheng")
    answer = redeem(client, slips.issue(user, by=None), "zhangwei-changcheng")
    assert answer.context["form"].errors["password"]


def test_a_slip_ends_all_other_sessions(client, mei, log_in):
    elsewhere = Client()
    log_in("mei", browser=elsewhere)
    redeem(client, slips.issue(mei, by=None))
    assert signed_in(client)
    assert not signed_in(elsewhere)


def test_a_slip_takes_the_place_of_whoever_is_signed_in(client, mei, office):
    client.force_login(office)
    redeem(client, slips.issue(mei, by=None))
    assert client.get(reverse("accounts:profile")).context["account"] == mei


def test_a_new_slip_withdraws_the_old_one(mei):
    first, second = slips.issue(mei, by=None), slips.issue(mei, by=None)
    with pytest.raises(StepRefused):
        slips.redeem(first, NEW)
    slips.redeem(second, NEW)
    assert Slip.objects.get(code_hash=slips.hash_of(first)).withdrawn_at


def test_until_it_is_used_the_old_password_leads_to_nothing(client, mei, log_in):
    slips.issue(mei, by=None)
    log_in("mei")
    assert client.get(reverse("accounts:profile")).url == reverse("account_change_password")


def test_an_own_password_makes_the_slip_worthless(client, mei, log_in):
    code = slips.issue(mei, by=None)
    log_in("mei")
    fields = {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW}
    client.post(reverse("account_change_password"), fields)
    with pytest.raises(StepRefused):
        slips.redeem(code, "third-lantern-33")


def test_a_post_given_later_is_not_opened_by_an_older_slip(mei, office):
    code = slips.issue(mei, by=office)
    StaffPost.objects.create(user=mei, role="admin", starts_on=timezone.localdate())
    with pytest.raises(StepRefused):
        slips.redeem(code, NEW)


def test_a_second_factor_is_still_asked_for(client, mei, log_in):
    from tests.accounts.test_second_factor import activate

    log_in("mei")
    activate(client, mei)
    client.post(reverse("account_logout"))
    answer = redeem(client, slips.issue(mei, by=None))
    assert answer.url == reverse("mfa_authenticate")
    assert not signed_in(client)


def test_trying_codes_ends_after_twenty_from_one_address(client, mei):
    for _ in range(20):
        assert redeem(client, "AAAA-BBBB-CCCC").status_code == 200
    code = slips.issue(mei, by=None)
    answer = redeem(client, code)
    assert answer.status_code == 429
    assert "请 15 分钟后再试" in answer.content.decode()
    assert Slip.objects.valid().count() == 1
    redeem(client, code, REMOTE_ADDR="192.0.2.9")
    assert signed_in(client)


def test_many_may_redeem_behind_one_address(mei):
    for _ in range(25):
        assert redeem(Client(), slips.issue(make.user(), by=None)).status_code == 302


def test_codes_stand_in_no_log_and_no_event(client, mei, caplog, django_assert_max_num_queries):
    caplog.set_level("DEBUG")
    code = slips.issue(mei, by=None)
    redeem(client, "ZZZZ-YYYY-XXXX")
    redeem(client, code)
    trail = caplog.text + str(list(Event.objects.values()))
    for secret in (code, code.replace("-", ""), "ZZZZ-YYYY-XXXX", NEW):
        assert secret not in trail


def test_a_disabled_account_gets_no_slip(mei):
    User.objects.filter(pk=mei.pk).update(is_active=False)
    with pytest.raises(StepRefused):
        slips.issue(mei, by=None)

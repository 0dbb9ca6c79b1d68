"""What a base makes, checked against a table worked out by hand; versions by the month."""

import re
import uuid
from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from members.models import DuesBill, DuesRate
from members.seeds import DUES_RATES
from nanchuan.kernel.fields import SealedMoneyField, in_cents
from nanchuan.kernel.models import Event
from tests import make, make_dues

LIST = reverse("members:duesrate-list")
# 《关于中国共产党党费收缴、使用和管理的规定》(2008): the whole base at one rate.
BY_HAND = [
    ("employed", "0.01", "0.00"),
    ("employed", "0.99", "0.00"),
    ("employed", "1.00", "0.01"),
    ("employed", "2999.99", "15.00"),
    ("employed", "3000", "15.00"),
    ("employed", "3000.01", "30.00"),
    ("employed", "4999.99", "50.00"),
    ("employed", "5000", "50.00"),
    ("employed", "5000.01", "75.00"),
    ("employed", "9999.99", "150.00"),
    ("employed", "10000", "150.00"),
    ("employed", "10000.01", "200.00"),
    ("employed", "1234.50", "6.17"),
    ("employed", "1235", "6.18"),  # 6.175: half a cent goes up
    ("employed", "1233", "6.17"),  # 6.165, where an even last digit would not round up
    ("employed", "99999999.99", "2000000.00"),
    ("retired", "5000", "25.00"),
    ("retired", "5000.01", "50.00"),
    ("retired", "12000", "120.00"),
    ("fixed", None, "0.20"),
]


def seeded(kind):
    steps, fixed = next((steps, fixed) for name, steps, fixed, *_ in DUES_RATES if name == kind)
    return DuesRate(kind=kind, steps=steps, fixed=fixed)


@pytest.mark.parametrize(("kind", "base", "owed"), BY_HAND)
def test_each_border_is_where_the_rule_says(kind, base, owed):
    made = seeded(kind).owed(base and Decimal(base))
    assert str(made) == owed


@given(st.decimals(min_value="0.01", max_value="99999999.99", places=2))
def test_no_base_falls_between_two_steps(base):
    """Against an independent computation in cents and fractions."""
    per_mille = next(
        rate for most, rate in ((3000, 5), (5000, 10), (10000, 15), (10**9, 20)) if base <= most
    )
    exact = Fraction(base) * per_mille / 1000 * 100
    cents = (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)
    assert seeded("employed").owed(base) == Decimal(cents) / 100


def test_money_is_no_float():
    with pytest.raises(TypeError):
        in_cents(15.0)
    with pytest.raises(TypeError):
        SealedMoneyField().get_prep_value(15.0)


@pytest.mark.django_db
def test_every_amount_takes_up_the_same_room_in_the_table():
    field = SealedMoneyField()
    assert len({len(field.get_prep_value(Decimal(each))) for each in ("0.20", "-9999999.99")}) == 1


def revise(client, kind="employed", confirm=True, **changes):
    rate = DuesRate.objects.filter(kind=kind).latest("starts_on")
    url = reverse("members:duesrate-revise", args=[rate.pk])
    typed = {
        "starts_on": "2027-01",
        "title": "某规定",
        "most1": "3000",
        "percent1": "0.5",
        "most2": "6000",
        "percent2": "1.2",
        "rest": "2",
        "once": uuid.uuid4(),
    } | changes
    answer = client.post(url, typed)
    seal = re.search(r'name="confirm" value="([^"]+)"', answer.content.decode())
    return client.post(url, typed | {"confirm": seal[1]}) if seal and confirm else answer


@pytest.mark.django_db
def test_everybody_reads_the_rates_with_their_source(sign_in, cast):
    page = sign_in(cast.lin).get(LIST).content.decode()
    assert "《关于中国共产党党费收缴、使用和管理的规定》" in page
    assert "10000 元以上 2%" in page and "每月 0.20 元" in page and "园区设定" in page
    assert "修订</a>" not in page
    rate = DuesRate.objects.first()
    assert (
        sign_in(cast.lin).get(reverse("members:duesrate-revise", args=[rate.pk])).status_code == 403
    )


@pytest.mark.django_db
def test_staff_see_what_a_new_version_changes_before_it_is_kept(sign_in, sun):
    client = sign_in(sun)
    shown = revise(client, confirm=False).content.decode()
    assert "基数 5000 元：每月由 50.00 元改为 60.00 元" in shown
    assert "基数 3000 元" not in shown  # stays at 15.00
    assert DuesRate.objects.filter(kind="employed").count() == 1
    assert revise(client).status_code == 302
    before, after = DuesRate.objects.filter(kind="employed").order_by("starts_on")
    assert before.ends_on == date(2026, 12, 31) and after.starts_on == date(2027, 1, 1)
    assert after.owed(Decimal(5000)) == Decimal("60.00")
    assert Event.objects.get(name="dues.rate_revised").by == sun


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"starts_on": "2008-01"}, "须在其后"),
        ({"starts_on": "2027-13"}, "真实存在的月份"),
        ({"starts_on": "2206-12"}, "两年以内"),
        ({"starts_on": "9999-12", "most1": "", "percent1": "0.5"}, "都填上"),
        ({"most2": "2000"}, "由低到高"),
        ({"rest": "101"}, "100"),
        ({"rest": ""}, "必填"),
        ({"most1": "9" * 400}, "10"),
        ({"percent1": "NaN"}, "数字"),
        ({"title": "甲\x00乙"}, "空字符"),
    ],
)
def test_what_cannot_be_is_said_in_words(sign_in, sun, typed, sentence):
    answer = revise(sign_in(sun), **typed)
    assert answer.status_code == 200 and sentence in answer.content.decode()
    assert DuesRate.objects.filter(kind="employed").count() == 1


@pytest.mark.django_db
def test_each_month_is_billed_by_the_version_of_its_first_day(sign_in, sun, cast):
    """A version of last month: what is open since then is worked out anew, what is paid stays."""
    keeper = make_dues.keeper(cast.lin_branch)
    person = make.member(cast.lin_branch)
    make_dues.based(person, Decimal(5000))
    bills = [make_dues.billed(person, back) for back in (3, 2, 1, 0)]
    make_dues.paid([bills[3]], keeper)
    since = f"{make_dues.month(1):%Y-%m}"
    assert revise(sign_in(sun), starts_on=since).status_code == 302
    amounts = {
        bill.month: (bill.status, str(bill.amount))
        for bill in DuesBill.objects.standing().filter(member=person)
    }
    assert amounts == {
        make_dues.month(3): ("open", "50.00"),
        make_dues.month(2): ("open", "50.00"),
        make_dues.month(1): ("open", "60.00"),
        make_dues.month(0): ("paid", "50.00"),
    }
    assert DuesBill.objects.filter(status="void").count() == 1

"""The keeper ticks who has paid; a mistake is taken back by a row of its own; receipts count on."""

import io
import uuid
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import docx
import pytest
from django.urls import reverse
from django.utils import timezone

from members import dues
from members.actions import dues_bases
from members.actions import dues_payments as payments
from members.models import DuesBill, DuesHandover, DuesLine, DuesPayment
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make, make_dues
from tests.make_dues import month

pytestmark = pytest.mark.django_db
HUGE = "9" * 30


@pytest.fixture
def branch():
    return make.organization(name="示例党支部")


@pytest.fixture
def keeper(branch):
    return make_dues.keeper(branch)


@pytest.fixture
def bills(branch):
    """Two members with three open months each."""
    made = []
    for name in ("甲同志", "乙同志"):
        person = make.member(branch, name=name)
        make_dues.based(person)
        made += [make_dues.billed(person, back) for back in (2, 1, 0)]
    return made


def desk(branch, page="detail"):
    return reverse(f"members:duesbranch-{page}", args=[branch.pk])


def pay(client, branch, ticked, **changes):
    typed = {"bills": [bill.pk for bill in ticked], "way": "transfer", "once": uuid.uuid4()}
    typed["paid_on"] = timezone.localdate().isoformat()
    return client.post(desk(branch), typed | changes)


def statuses(bills):
    return [DuesBill.objects.get(pk=bill.pk).status for bill in bills]


def test_one_act_records_many_and_gives_each_a_receipt(sign_in, keeper, branch, bills):
    client = sign_in(keeper)
    page = client.get(desk(branch)).content.decode()
    assert "甲同志" in page and "129.63" in page and "43.21" in page
    answer = pay(client, branch, [*bills[:2], bills[5]])
    assert answer.status_code == 302
    first, second = DuesPayment.objects.order_by("number")
    assert (first.amount, second.amount) == (Decimal("86.42"), Decimal("43.21"))
    assert [first.number, second.number] == [1, 2] and first.way == "transfer"
    assert statuses(bills) == ["paid", "paid", "open", "open", "open", "paid"]
    assert Event.objects.filter(name="dues.paid").count() == 2
    page = client.get(desk(branch)).content.decode()
    assert "并开出 2 张收据" in page


def test_a_double_click_makes_one_payment(sign_in, keeper, branch, bills):
    client, once = sign_in(keeper), uuid.uuid4()
    for _click in range(2):
        assert pay(client, branch, bills[:1], once=once).status_code == 302
    assert DuesPayment.objects.count() == 1


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"bills": []}, "请勾选"),
        ({"bills": [HUGE]}, "已有变化"),
        ({"bills": ["x"]}, "已有变化"),
        ({"bills": [99_999_999]}, "已有变化"),
        ({"paid_on": "9999-12-31"}, "不能晚于今天"),
        ({"paid_on": "0001-01-01"}, "不能早于一年前"),
        ({"paid_on": "2026-02-30"}, "真实存在"),
        ({"way": "gold"}, "gold"),
    ],
)
def test_what_cannot_be_is_said_and_keeps_the_ticks(client, keeper, bills, typed, sentence):
    client.force_login(keeper)
    answer = pay(client, bills[0].organization, bills[:1], **typed)
    page = answer.content.decode()
    assert answer.status_code == 200 and sentence in page
    assert "bills" in typed or f'value="{bills[0].pk}" checked' in page
    assert not DuesPayment.objects.exists()


def test_bills_of_another_branch_cannot_be_ticked(sign_in, keeper, branch, bills):
    stranger = make.member()
    make_dues.based(stranger)
    foreign = make_dues.billed(stranger)
    page = pay(sign_in(keeper), branch, [bills[0], foreign]).content.decode()
    assert "已有变化" in page
    assert statuses([bills[0], foreign]) == ["open", "open"]


def test_what_is_paid_cannot_be_paid_again_and_nothing_else_is_recorded(
    sign_in, keeper, branch, bills
):
    make_dues.paid(bills[:1], keeper)
    page = pay(sign_in(keeper), branch, bills[:2]).content.decode()
    assert "目前是“已交”" in page
    assert statuses(bills[:2]) == ["paid", "open"]


def test_a_mistake_is_taken_back_by_a_row_of_its_own(sign_in, keeper, bills):
    payment = make_dues.paid(bills[:2], keeper)
    url = reverse("members:duespayment-reverse", args=[payment.pk])
    typed = {"reason": "误记", "once": uuid.uuid4()}
    assert sign_in(keeper).post(url, typed).status_code == 302
    taken = DuesPayment.objects.get(reverses=payment)
    payment.refresh_from_db()
    assert (payment.amount, taken.amount, taken.number) == (
        Decimal("86.42"),
        Decimal("-86.42"),
        2,
    )
    assert statuses(bills[:2]) == ["open", "open"]
    for wrong, sentence in ((payment, "已经冲正"), (taken, "不能再冲正")):
        with pytest.raises(StepRefused, match=sentence):
            payments.reverse(wrong, reason="又", by=keeper)
    again = make_dues.paid(DuesBill.objects.filter(pk=bills[0].pk), keeper)
    assert again.number == 3 and DuesLine.objects.filter(stands=True).count() == 1


def test_what_is_owed_again_follows_what_holds_by_now(keeper, bills):
    """The usual mend of a wrong base that was paid already: the right one, then the reversal."""
    payment, person = make_dues.paid(bills[:2], keeper), bills[0].member
    facts = {"kind": "employed", "starts_on": month(1), "by": keeper}
    dues_bases.set_base(person, amount=Decimal(8000), **facts)
    payments.reverse(payment, reason="基数有误", by=keeper)
    owed = DuesBill.objects.owed().filter(member=person).order_by("month")
    amounts = [Decimal("43.21"), Decimal("120.00"), Decimal("120.00")]
    assert [bill.amount for bill in owed] == amounts


def test_money_that_was_taken_back_gets_no_receipt(sign_in, keeper, bills):
    payment = make_dues.paid(bills[:2], keeper)
    taken = payments.reverse(payment, reason="误记", by=keeper)
    for row in (payment, taken):
        url = reverse("members:duespayment-print", args=[row.pk])
        answer = sign_in(keeper).post(url, {"as": "docx"}, follow=True)
        assert "不能再开收据" in answer.content.decode()
    assert not DuesPayment.objects.filter(printed__gt=0).exists()
    assert not Event.objects.filter(name="dues.printed").exists()


def test_numbers_count_by_branch_and_year(keeper, branch, bills):
    other = make.organization()
    stranger = make.member(other)
    make_dues.based(stranger)
    numbers = [
        make_dues.paid([each], keeper).number for each in (bills[0], make_dues.billed(stranger))
    ]
    assert numbers == [1, 1]
    last_year = timezone.now().replace(month=3) - timedelta(days=365)
    old = make_dues.paid([bills[1]], keeper, at=last_year)
    assert (old.year, old.number) == (last_year.year, 1)


def test_the_second_print_says_so(sign_in, keeper, bills):
    payment = make_dues.paid(bills[:2], keeper)
    client, url = sign_in(keeper), reverse("members:duespayment-print", args=[payment.pk])
    first = client.post(url, {"as": "page"}).content.decode()
    assert "补打" not in first and "86.42 元" in first and "甲同志" in first
    paper = docx.Document(io.BytesIO(b"".join(client.post(url, {"as": "docx"}))))
    assert paper.paragraphs[0].text == "党费收据（补打）"
    cells = [cell.text for row in paper.tables[0].rows for cell in row.cells]
    assert "86.42 元" in cells and f"{month(2):%Y-%m}、{month(1):%Y-%m}" in cells
    assert [event.facts["again"] for event in Event.objects.filter(name="dues.printed")] in (
        [False, True],
        [True, False],
    )
    assert client.post(url, {"as": "x"}).status_code == 400
    page = client.get(payment.get_absolute_url()).content.decode()
    assert "补打收据" in page


# ── Quarters, sums, handover ─────────────────────────────────────────────────────────────────


def at(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time(9)))


def quarter(back: int) -> date:
    return dues.quarter_of(month(3 * back))


def group(*numbers):
    return frozenset(numbers)


@pytest.mark.parametrize(
    ("payers", "shown"),
    [
        ([group(1, 2, 3, 4)], [False]),
        ([group(1, 2, 3, 4, 5)], [True]),
        ([group(*range(5)), group(*range(5))], [True, True]),
        ([group(*range(5)), group(*range(6))], [True, False]),  # the sixth one's amount
        ([group(*range(6)), group(*range(4)), group(*range(7))], [True, False, False]),
        ([group(*range(5)), group(*range(10))], [True, True]),
        ([group(*range(9)), group(*range(14)), group(*range(10))], [True, True, False]),
    ],
)
def test_no_two_sums_that_are_shown_tell_what_a_few_pay(payers, shown):
    assert dues.shown(payers) == shown


def test_a_sum_is_of_a_finished_quarter_and_never_moves(branch, keeper):
    """By the day of recording: what is recorded later of an old month is of a later quarter."""
    people = [make.member(branch) for _number in range(5)]
    for person in people:
        make_dues.based(person)
        make_dues.paid([make_dues.billed(person, 9)], keeper, at=at(quarter(1)))
    key = branch.pk, quarter(1)
    (found,) = dues.quarters([branch])[branch.pk]
    assert found.is_shown and found.first == quarter(1)
    assert dues.received([key]) == {key: Decimal("216.05")}
    payment = make_dues.paid([make_dues.billed(people[0], 8)], keeper)
    payments.reverse(payment, reason="误记", by=keeper)
    assert dues.received([key])[key] == Decimal("216.05")
    assert len(dues.quarters([branch])[branch.pk]) == 1


def test_what_was_taken_back_in_its_quarter_hides_nobody(branch, keeper):
    """Five have paid, and four of the rows were taken back at once: the sum is what one pays."""
    made = []
    for _number in range(5):
        person = make.member(branch)
        make_dues.based(person)
        made.append(make_dues.paid([make_dues.billed(person, 9)], keeper, at=at(quarter(1))))
    for payment in made[1:]:
        payments.reverse(payment, reason="误记", by=keeper, at=at(quarter(1)))
    (found,) = dues.quarters([branch])[branch.pk]
    assert not found.is_shown and found.payers == {made[0].member_id}
    payments.reverse(made[0], reason="误记", by=keeper)  # later: that one's amount is missing then
    (found,) = dues.quarters([branch])[branch.pk]
    assert found.payers == {made[0].member_id}


def test_a_quarter_is_handed_over_once_with_what_came_in(sign_in, keeper, branch, bills):
    payment = make_dues.paid(bills[:2], keeper, at=at(quarter(1)))
    payments.reverse(payment, reason="误记", by=keeper, at=at(quarter(1) + timedelta(days=1)))
    make_dues.paid(DuesBill.objects.filter(pk=bills[0].pk), keeper, at=at(quarter(1)))
    client, url = sign_in(keeper), desk(branch, "handover")
    today = timezone.localdate().isoformat()
    typed = {"quarter": quarter(1).isoformat(), "handed_on": today, "once": uuid.uuid4()}
    for wrong in ({"quarter": "2026-13-01"}, {"handed_on": "9999-12-31"}, {"quarter": HUGE}):
        assert client.post(url, typed | wrong).status_code == 200
    assert client.post(url, typed).status_code == 302
    handed = DuesHandover.objects.get()
    assert handed.amount == Decimal("43.21") and handed.recorded_by == keeper
    assert client.post(url, typed | {"once": uuid.uuid4()}).status_code == 200
    with pytest.raises(StepRefused, match="已经登记"):
        payments.hand_over(branch, quarter=quarter(1), handed_on=timezone.localdate(), by=keeper)
    with pytest.raises(StepRefused, match="季度结束"):
        payments.hand_over(branch, quarter=quarter(0), handed_on=timezone.localdate(), by=keeper)

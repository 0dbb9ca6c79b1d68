"""After three, five and six months the member hears it, in neutral words, and nobody else."""

import pytest

from members.actions import dues_arrears as arrears
from members.models import DuesBill
from nanchuan.kernel.models import Event
from nanchuan.kernel.periods import months_after
from nanchuan.notices.models import Delivery
from nanchuan.notices.tasks import send_mail, tick
from tests import make, make_dues
from tests.make_dues import month

pytestmark = pytest.mark.django_db


@pytest.fixture
def branch():
    return make.organization()


@pytest.fixture
def late(branch):
    """A member with an account who has not paid since three months ago."""
    person = make.member(branch, user=make.user(name="钱同志"), name="钱同志")
    make_dues.based(person)
    for back in (3, 2, 1, 0):
        make_dues.billed(person, back)
    return person


def told():
    return [event.facts["months"] for event in Event.objects.filter(name="dues.arrears")]


def test_each_step_is_told_once(late):
    for ahead in range(6):
        day = months_after(month(0), ahead)
        arrears.sweep(on=day)
        arrears.sweep(on=day)
    assert sorted(told()) == [3, 5, 6]


def test_nobody_hears_before_the_first_step_or_of_a_step_twice_after_a_pause(late):
    assert arrears.sweep(on=month(1)) == 0
    assert arrears.sweep(on=months_after(month(0), 4)) == 1  # the machine was off for months
    assert told() == [6]


def test_what_was_paid_is_not_dunned_and_the_next_open_month_counts(late):
    by = make.user()
    oldest = DuesBill.objects.owed().order_by("month")[0]
    make_dues.paid([oldest], by)
    assert arrears.sweep() == 0
    assert arrears.sweep(on=months_after(month(0), 1)) == 1


def test_the_mail_says_no_amount_and_no_name_and_goes_to_the_member_alone(late, branch, mailoutbox):
    keeper, secretary = make_dues.keeper(branch), make.secretary(branch).user
    arrears.sweep()
    tick()
    send_mail()
    (mail,) = mailoutbox
    assert mail.to == [late.user.email]
    text = f"{mail.subject}{mail.body}"
    assert "已满 3 个月" in text and "43.21" not in text and "钱同志" not in mail.subject
    assert "欠" not in text and "催" not in text
    told_of_it = set(Delivery.objects.values_list("recipient", flat=True))
    assert told_of_it == {late.user.pk} and keeper.pk != secretary.pk != late.user.pk


def test_the_last_one_cites_the_rule(late, mailoutbox):
    arrears.sweep(on=months_after(month(0), 3))
    tick()
    send_mail()
    assert "《中国共产党党员教育管理工作条例》第三十一条" in mailoutbox[0].body


def test_who_pays_before_the_notice_goes_out_hears_nothing(late, mailoutbox):
    arrears.sweep()
    make_dues.paid(DuesBill.objects.owed(), make.user())
    tick()
    send_mail()
    assert mailoutbox == []

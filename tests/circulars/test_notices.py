"""Who hears of a circular, when, and who does not."""

from datetime import datetime, time, timedelta

import pytest
from django.core import mail
from django.urls import reverse
from django.utils import timezone

from nanchuan.circulars.actions import answers, publishing
from nanchuan.circulars.models import Addressee, Target
from nanchuan.kernel import calendar
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from tests import make, make_circulars

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(db):
    """Who was told since, by rule."""

    def ask(rule):
        tick()
        rows = Notice.objects.filter(reminder__rule=rule).order_by("pk")
        found = [notice.recipient.name for notice in rows]
        rows.delete()
        return sorted(found)

    return ask


def at(day, hour=17):
    return timezone.make_aware(datetime.combine(day, time(hour)))


def test_those_addressed_hear_of_it_and_nobody_else(cast, told):
    post = make.post("组织委员", leads=False)
    make.term(
        cast.zhao_branch, make.member(cast.zhao_branch, user=make.user(name="zu")), "组织委员"
    )
    make.member(cast.lin_branch, user=make.user(name="plain"))
    make_circulars.circular(cast.lin_branch, cast.wu_unit, Target(kind="post", post=post))
    assert told("circular.published") == ["lin", "wu", "zhao", "zu"]
    make_circulars.circular(cast.lin_branch)
    assert told("circular.published") == ["lin"]


def test_a_recalled_one_is_told_to_the_same_people_and_no_more_is_said(cast, sun, told):
    due_at = at(calendar.working_days_after(timezone.localdate(), 5))
    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], due_at=due_at)
    tick()
    publishing.recall(circular, reason="写错了", by=sun)
    assert told("circular.recalled") == ["lin"]
    Reminder.objects.filter(rule__startswith="addressee.").update(due_at=timezone.now())
    assert told("addressee.due") == told("addressee.overdue") == []


def test_what_replaces_it_is_named(cast, sun, told):
    first = make_circulars.circular(cast.lin_branch)
    second = publishing.replace(first, by=sun)
    publishing.publish(second, by=sun)
    tick()
    notice = Notice.objects.get(reminder__rule="circular.replaced")
    assert notice.reminder.params == {"number": second.number}
    assert told("circular.replaced") == ["lin"]


def test_it_is_said_again_three_and_one_working_days_before_and_once_after(cast):
    due_on = calendar.working_days_after(timezone.localdate(), 6)
    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], due_at=at(due_on))
    tick()
    rows = Reminder.objects.filter(rule__in=("addressee.due", "addressee.overdue"))
    found = {(row.rule, timezone.localdate(row.due_at)) for row in rows}
    assert found == {
        ("addressee.due", calendar.working_days_before(due_on, 3)),
        ("addressee.due", calendar.working_days_before(due_on, 1)),
        ("addressee.overdue", due_on + timedelta(days=1)),
    }
    assert rows.filter(subject_id=circular.addressees.get().pk).count() == 3


def test_only_who_still_owes_something_hears_that_it_is_due(cast, told):
    due_at = at(calendar.working_days_after(timezone.localdate(), 6))
    circular = make_circulars.circular(
        cast.lin_branch, cast.wu_branch, questions=["做法"], due_at=due_at
    )
    tick()
    make_circulars.submitted(circular.addressees.get(organization=cast.lin_branch), cast.lin)
    Reminder.objects.filter(rule="addressee.due").update(due_at=timezone.now())
    assert set(told("addressee.due")) == {"wu"}


def test_who_got_more_time_hears_of_the_new_one_alone(cast, sun, told):
    day = timezone.localdate()
    circular = make_circulars.circular(
        cast.lin_branch, questions=["做法"], due_at=at(calendar.working_days_after(day, 6))
    )
    tick()
    row = circular.addressees.select_related("circular").get()
    answers.extend(row, until=at(calendar.working_days_after(day, 9)), by=sun)
    assert told("addressee.extension_granted") == ["lin"]
    before = Reminder.objects.filter(rule="addressee.due", moment__contains="@")
    assert before.count() == 4
    before.update(due_at=timezone.now())
    assert told("addressee.due") == ["lin", "lin"]  # of the new time: three days and one before


def test_the_office_hears_who_asks_and_the_branch_hears_the_answer(cast, sun, told):
    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    row = circular.addressees.select_related("circular").get()
    asked = answers.ask_for_time(row, until=make_circulars.days(9), reason="忙", by=cast.lin)
    assert told("addressee.extension_asked") == ["sun"]
    answers.refuse(asked, answer="任务紧", by=sun)
    assert told("addressee.extension_refused") == ["lin"]
    make_circulars.submitted(Addressee.objects.get(pk=row.pk), cast.lin)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="隐语原因", by=sun)
    tick()
    send_mail()
    assert "隐语原因" in mail.outbox[-1].body
    assert told("addressee.returned") == ["lin"]


def test_the_button_tells_exactly_those_that_are_still_missing(cast, sun, told):
    circular = make_circulars.circular(
        cast.lin_branch, cast.wu_branch, cast.zhao_branch, needs_receipt=True
    )
    rows = {row.name: row for row in circular.addressees.select_related("circular")}
    answers.confirm(rows["wu党支部"], by=cast.wu)
    publishing.remind(circular, by=sun)
    answers.confirm(rows["zhao党支部"], by=cast.zhao)  # meanwhile
    assert told("circular.reminded") == ["lin"]


def test_it_waits_on_the_first_page_until_it_is_done(sign_in, cast, sun):
    circular = make_circulars.circular(
        cast.lin_branch, questions=["做法"], title="报送做法", needs_receipt=True
    )
    row = circular.addressees.select_related("circular").get()

    def lines(user):
        found = sign_in(user).get(reverse("home")).context["todo"]
        return [(str(item.verb), item.status_text) for item in found if item.text == "报送做法"]

    assert [verb for verb, _words in lines(cast.lin)] == ["确认收到"]
    answers.confirm(row, by=cast.lin)
    assert [verb for verb, _words in lines(cast.lin)] == ["报送"]
    assert lines(cast.wu) == lines(sun) == []
    make_circulars.submitted(row, cast.lin)
    assert lines(cast.lin) == []
    assert lines(sun) == [("审核", "1 份待审核")]
    make_circulars.late(circular)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="改", by=sun)
    (line,) = [
        item for item in sign_in(cast.lin).get("/").context["todo"] if item.text == "报送做法"
    ]
    assert (str(line.verb), line.status) == ("修改后报送", "overdue")


def test_what_came_back_late_and_is_not_put_right_is_said_once_more(cast, sun, told):
    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    make_circulars.late(circular)
    row = circular.addressees.select_related("circular").get()
    today = timezone.localdate()
    due_at = at(today - timedelta(days=3))
    Addressee.objects.filter(pk=row.pk).update(due_at=due_at)
    for _time in range(2):  # returned twice on one day: said once
        make_circulars.submitted(Addressee.objects.get(pk=row.pk), cast.lin)
        answers.send_back(Addressee.objects.get(pk=row.pk), reason="改", by=sun)
    tick()
    again = Reminder.objects.get(rule="addressee.overdue", moment__contains="+")
    assert timezone.localdate(again.due_at) == calendar.working_days_after(today, 2)
    Reminder.objects.filter(pk=again.pk).update(due_at=timezone.now())
    assert told("addressee.overdue") == ["lin"]


def test_put_right_in_time_no_more_is_said(cast, sun, told):
    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    row = circular.addressees.select_related("circular").get()
    due_at = at(timezone.localdate() - timedelta(days=3))
    Addressee.objects.filter(pk=row.pk).update(due_at=due_at)
    make_circulars.submitted(Addressee.objects.get(pk=row.pk), cast.lin)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="改", by=sun)
    make_circulars.submitted(Addressee.objects.get(pk=row.pk), cast.lin)
    tick()
    again = Reminder.objects.filter(rule="addressee.overdue", moment__contains="+")
    assert again.update(due_at=timezone.now()) == 1
    assert told("addressee.overdue") == []


def test_what_came_back_before_its_time_is_said_on_the_day_after_as_ever(cast, sun):
    circular = make_circulars.circular(cast.lin_branch, questions=["做法"], by=sun)
    row = circular.addressees.select_related("circular").get()
    make_circulars.submitted(row, cast.lin)
    answers.send_back(Addressee.objects.get(pk=row.pk), reason="改", by=sun)
    tick()
    (once,) = Reminder.objects.filter(rule="addressee.overdue")
    assert timezone.localdate(once.due_at) == timezone.localdate(row.due_at) + timedelta(days=1)

"""Who hears of an appraisal: what is to be done, once more before it ends, and that it is out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions import appraisals
from nanchuan.kernel import calendar
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.inbox import lines
from nanchuan.notices.models import Notice, Reminder
from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db


def settle():
    events.handle_waiting()
    reminders.expand_due()


def heard(user):
    rows = Reminder.objects.filter(deliveries__recipient=user, deliveries__channel="inbox")
    return list(rows.order_by("pk").values_list("rule", flat=True))


def bring_forward(appraisal, rule):
    rows = Reminder.objects.about(appraisal).filter(rule=rule, state="planned")
    assert rows.update(due_at=timezone.now() - timedelta(seconds=1)) == 1
    reminders.expand_due()


@pytest.fixture
def people(cast):
    return made.people(cast.lin_branch, 6)


def test_each_on_the_list_hears_and_before_the_end_who_is_missing(cast, people):
    appraisal = made.appraisal(cast.lin_branch)
    settle()
    assert heard(people[0].user) == heard(cast.lin) == ["appraisal.self"]
    assert heard(cast.wu) == []
    due = Reminder.objects.about(appraisal).get(rule="appraisal.self_due").due_at
    assert timezone.localdate(due) == calendar.working_days_before(appraisal.self_until, 3)
    appraisals.hand_in(appraisal.appraisees.get(member=people[0]), text="自评", grade="qualified")
    bring_forward(appraisal, "appraisal.self_due")
    assert heard(people[0].user) == ["appraisal.self"]
    assert heard(people[1].user) == ["appraisal.self", "appraisal.self_due"]


def test_of_the_peers_only_who_has_not_voted_hears_again(cast, people):
    appraisal = made.appraisal(cast.lin_branch, "peers")
    settle()
    made.vote(appraisal, people[0])
    bring_forward(appraisal, "appraisal.peers_due")
    assert "appraisal.peers_due" not in heard(people[0].user)
    assert "appraisal.peers_due" in heard(people[1].user)


def test_a_vote_on_paper_asks_nobody_to_vote_here(cast, people):
    made.appraisal(cast.lin_branch, "peers", way="paper")
    settle()
    assert "appraisal.peers" not in heard(people[0].user)


def test_a_step_that_is_over_is_not_asked_for_and_a_new_day_counts(cast, people):
    appraisal = made.appraisal(cast.lin_branch)
    settle()
    appraisals.change(appraisal, by=None, **made.days(20))
    settle()
    new = f"self@{appraisal.self_until:%Y%m%d}"
    kept = Reminder.objects.about(appraisal).filter(rule="appraisal.self_due")
    assert kept.filter(moment=new, state="planned").exists()
    kept.update(due_at=timezone.now() - timedelta(seconds=1))
    reminders.expand_due()
    assert heard(people[0].user).count("appraisal.self_due") == 1
    appraisals.begin_peers(appraisal, by=None)
    settle()
    assert not kept.filter(state="planned").exists()


def test_the_superior_confirms_and_the_office_where_nobody_leads(sun, cast, people):
    made.appraisal(cast.lin_branch, "confirming")
    settle()
    assert "appraisal.to_confirm" in heard(sun)
    chief = make.secretary(cast.root)
    made.people(cast.wu_branch, 6)
    made.appraisal(cast.wu_branch, "confirming")
    settle()
    assert heard(chief.user) == ["appraisal.to_confirm"]
    assert heard(sun).count("appraisal.to_confirm") == 1


def test_that_it_is_out_is_told_without_the_grade(cast, people):
    graded = {people[0].name: "unqualified"}
    appraisal = made.appraisal(cast.lin_branch, "confirmed", grades=graded)
    settle()
    assert heard(cast.lin)[-1] == "appraisal.to_release"
    assert "appraisal.released" not in heard(people[0].user)
    appraisals.release(appraisal, by=cast.lin)
    settle()
    assert heard(people[0].user)[-1] == "appraisal.released"
    rows = Notice.objects.filter(recipient=people[0].user).select_related("reminder")
    said = " ".join(line.title + line.body for line in lines(rows, people[0].user))
    assert "结果已公布" in said
    for word in ("不合格", "合格", people[0].name, "评语"):
        assert word not in said

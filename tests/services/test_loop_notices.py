"""Who hears of what happens on the way of a need, and what they read of it."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from nanchuan.kernel import calendar, events
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.rules import CANCEL, SEND, Plan, Verdict, rule_named
from nanchuan.notices.tasks import tick
from services.actions import dispatching, filing, review, solving, work
from services.models import Need, Solution
from tests import make

pytestmark = pytest.mark.django_db


def signed_in(user):
    client = Client()
    client.force_login(user)
    return client


def inbox(user):
    """What a person is told, by rule."""
    rows = Notice.objects.filter(recipient=user).select_related("reminder")
    return {notice.reminder.rule: notice for notice in rows}


def said(subject, rule):
    event = Event.objects.filter(subject_id=subject.pk, name=rule).latest("pk")
    found = [plan for handler in events.handlers(event.name) for plan in handler(event)]
    return [plan for plan in found if isinstance(plan, Plan)]


def hears(need, rule, name=None):
    """Who hears by a rule of the last event of that name."""
    need.refresh_from_db()
    event = Event.objects.filter(subject_id=need.pk, name=name or rule).latest("pk")
    return set(rule_named(rule).audience(need, Reminder(rule=rule, event=event)))


def test_those_who_were_too_late_hear_who_took_it_and_no_more(cast, sun):
    need = make.need(cast.lin_unit, "published", office=sun, title="机密标题")
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    assert "need.gone" in {plan.rule for plan in said(need, "need.accepted")}
    assert hears(need, "need.gone", "need.accepted") == {cast.zhao}
    rule, need = rule_named("need.gone"), Need.objects.with_faces(cast.zhao).get(pk=need.pk)
    words = rule.title_for(need, None, cast.zhao) + rule.body_for(need, None, cast.zhao)
    assert need.number in words
    assert str(cast.wu_unit) in words
    assert "机密标题" not in words
    assert str(cast.lin_unit) not in words


def test_an_appeal_is_heard_by_the_office_and_the_leaders_its_answer_by_the_filer(cast, sun):
    leader = make.staff("leader")
    need = make.need(cast.lin_unit, "appealed", office=sun)
    assert hears(need, "need.appealed") == {sun, leader}
    review.rule_appeal(need, is_upheld=False, answer="维持", by=sun)
    assert {cast.lin, leader} <= hears(need, "need.appeal_ruled")


def test_who_had_it_hears_that_it_is_taken_away_and_the_next_that_it_is_theirs(cast, sun):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    dispatching.reassign(need, unit=cast.zhao_unit, reason="更合适", by=sun)
    assert hears(need, "need.taken_away", "need.reassigned") == {cast.wu}
    assert hears(need, "need.dispatched", "need.reassigned") == {cast.zhao}
    assert rule_named("need.taken_away").url(need, None) != need.get_absolute_url()


def test_whoever_objected_hears_the_ruling(cast, sun):
    need = make.need(cast.lin_unit, "disputed", taken_by=cast.wu_unit, office=sun)
    assert hears(need, "need.disputed") == {sun}
    dispatching.rule(need, is_upheld=True, ruling="成立", by=sun)
    heard = hears(need, "need.ruled")
    assert cast.wu in heard
    assert not heard & {cast.lin, cast.zhao, sun}


def test_who_asked_for_the_same_hears_when_that_is_solved(cast, sun):
    lead = make.need(cast.zhao_unit, "offered", taken_by=cast.wu_unit, office=sun)
    need = make.need(cast.lin_unit, office=sun)
    review.merge(need, into=lead, by=sun)
    assert cast.lin in hears(need, "need.merged")
    solving.confirm(lead, rating=5, by=cast.zhao)
    plan = next(plan for plan in said(lead, "need.confirmed") if plan.rule == "need.lead_solved")
    assert plan.subject == need
    assert cast.lin in hears(need, "need.lead_solved", "need.merged")


def test_who_asked_for_the_same_hears_when_that_is_withdrawn(cast, sun):
    lead = make.need(cast.zhao_unit, "published", office=sun)
    need = make.need(cast.lin_unit, office=sun)
    review.merge(need, into=lead, by=sun)
    filing.withdraw(lead, reason="不用了", by=cast.zhao)
    plans = {plan.rule: plan for plan in said(lead, "need.withdrawn")}
    assert plans["need.lead_withdrawn"].subject == need
    assert {cast.lin, sun} <= hears(need, "need.lead_withdrawn", "need.merged")


def test_an_internal_note_is_told_to_nobody(cast, sun):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    work.note(need, text="内部情况", is_public=False, by=cast.wu)
    assert said(need, "need.noted_inside") == []
    work.note(need, text="公开情况", by=cast.wu)
    assert cast.lin in hears(need, "need.noted")


# ── Silence ─────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def offered(cast, sun):
    """Offered so long ago that the last day to answer was yesterday."""
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)
    day = calendar.working_days_before(timezone.localdate(), 9)
    at = timezone.now() - (timezone.localdate() - day)
    Solution.objects.filter(need=need).update(offered_at=at)
    return need


def test_silence_confirms_once_flagged_and_counted_apart(cast, offered):
    assert solving.confirm_silent_due() == 1
    assert solving.confirm_silent_due() == 0
    offered.refresh_from_db()
    solution = offered.solutions.get()
    assert (offered.status, solution.automatically, solution.rating) == ("solved", True, None)
    assert Need.objects.solved().count() == 0
    assert Need.objects.auto_solved().get() == offered
    solving.reopen(offered, reason="其实没有解决", by=cast.lin)
    assert Need.objects.auto_solved().count() == 0


def test_nobody_is_taken_to_have_confirmed_on_the_last_day(cast, sun):
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)
    last = solving.silent_until(need, need.solutions.get())
    at = timezone.now() + (last - timezone.localdate())
    assert solving.confirm_silent_due(at) == 0
    with pytest.raises(StepRefused):
        solving.confirm_silent(need, at=at)
    assert solving.confirm_silent_due(at + timedelta(days=1)) == 1


def test_the_filer_is_reminded_a_working_day_before_and_no_more_when_it_answers(cast, sun):
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)
    plan = next(plan for plan in said(need, "need.offered") if plan.rule == "need.silent_soon")
    last = solving.silent_until(need, need.solutions.get())
    assert timezone.localdate(plan.due_at) == calendar.working_days_before(last, 1)
    rule = rule_named("need.silent_soon")
    due = Reminder(rule=plan.rule, params=plan.params, due_at=plan.due_at)
    assert rule.verdict(need, due) is SEND
    early = Reminder(rule=plan.rule, params=plan.params, due_at=plan.due_at - timedelta(days=3))
    assert rule.verdict(need, early) == Verdict.later(plan.due_at)
    solving.refuse(need, reason="没有解决", by=cast.lin)
    assert rule.verdict(need, due) is CANCEL


# ── Standing still ──────────────────────────────────────────────────────────────────────────


def test_the_day_that_was_expected_is_told_unless_it_goes_on_already(cast, sun):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    day = timezone.localdate() + timedelta(days=6)
    work.hold(need, reason="等政策", expected_on=day, by=sun)
    plan = next(plan for plan in said(need, "need.held") if plan.rule == "need.hold_over")
    due = Reminder(rule=plan.rule, params=plan.params, due_at=plan.due_at)
    assert timezone.localdate(plan.due_at) == day
    assert rule_named("need.hold_over").verdict(need, due) is SEND
    work.resume(need, by=cast.wu)
    need.refresh_from_db()
    assert rule_named("need.hold_over").verdict(need, due) is CANCEL


def test_a_statement_is_asked_for_once_in_each_month_without_one(cast, sun):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    work.make_long_term(need, reason="要建厂", by=sun)
    plans = [plan for plan in said(need, "need.long_term") if plan.rule == "need.statement_due"]
    assert len(plans) == len({plan.moment for plan in plans}) == 12
    first = plans[0]
    due = Reminder(rule=first.rule, params=first.params, due_at=first.due_at)
    rule = rule_named("need.statement_due")
    assert rule.verdict(need, due) is SEND
    work.state(need, text="在办", by=cast.wu, at=first.due_at)
    assert rule.verdict(need, due) is CANCEL
    work.end_long_term(need, by=sun)
    assert rule.verdict(need, Reminder(rule=rule.name, params=plans[1].params)) is CANCEL


def test_the_worker_says_it_all(cast, sun):
    """From the acts to the inboxes, as the portal runs."""
    need = make.need(cast.lin_unit, "published", office=sun)
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    filing.withdraw(need, reason="不用了", by=cast.lin)
    tick()
    assert "need.accepted" in inbox(cast.lin)
    assert "need.withdrawn" in inbox(cast.wu)


def test_a_withdrawal_is_told_to_whoever_was_asked_to_do_it_or_to_assist(cast, sun):
    """They see the need no more, so their inbox says no more than its number and public title."""
    need = make.need(
        cast.lin_unit, "dispatched", taken_by=cast.wu_unit, office=sun, title="隐语标题"
    )
    make.assistance(need, cast.zhao_unit)
    filing.withdraw(need, reason="不用了", by=cast.lin)
    tick()
    for user in (cast.wu, cast.zhao):
        assert "need.called_off" in inbox(user), user.name
        page = signed_in(user).get(reverse("notices:inbox")).text
        assert f"需求已撤回，不用再办理：{need.number}" in page and "隐语标题" not in page


def test_who_asks_along_hears_how_far_it_is(cast, sun):
    need = make.need(cast.lin_unit, "submitted", office=sun)
    make.cofiler(need, cast.zhao_unit)
    review.publish(need, by=sun)
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    work.note(need, text="已安排", by=cast.wu)
    solving.offer(need, text="已解决", by=cast.wu)
    solving.confirm(need, rating=5, by=cast.lin)
    heard = {"need.passed", "need.accepted", "need.noted", "need.confirmed"}
    tick()
    assert heard <= inbox(cast.zhao).keys()
    assert "need.offered" not in inbox(cast.zhao)  # the filer alone answers

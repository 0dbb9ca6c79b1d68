"""Who hears of each step: planned by the event, asked again when it goes out."""

import pytest

from nanchuan.kernel import events
from nanchuan.kernel.models import Event
from nanchuan.notices.rules import CANCEL, SEND, Plan, rule_named
from services.actions import dispatching, solving
from tests import make

pytestmark = pytest.mark.django_db


def plans(subject):
    """All that the events of a need ask to be said, by rule."""
    return {
        plan.rule: plan
        for event in Event.objects.filter(subject_id=subject.pk, name__startswith="need.")
        for handler in events.handlers(event.name)
        for plan in handler(event)
        if isinstance(plan, Plan)
    }


def hears(subject, rule):
    subject.refresh_from_db()
    return set(rule_named(rule).audience(subject, None))


@pytest.fixture
def taken(cast, sun):
    return make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)


def test_a_filed_need_is_told_to_the_office(cast, sun):
    need = make.need(cast.lin_unit, office=sun)
    assert set(plans(need)) == {"need.filed"}
    assert hears(need, "need.filed") == {sun}


def test_somebody_who_left_the_office_hears_no_more(cast, sun):
    need = make.need(cast.lin_unit, office=sun)
    sun.staff_posts.update(ends_on=make.LONG_AGO)
    assert hears(need, "need.filed") == set()


def test_a_published_need_is_told_to_its_filer_and_to_those_who_may_see_it(cast, sun):
    need = make.need(cast.lin_unit, "published", audience="group", office=sun)
    assert {"need.published", "need.passed"} <= set(plans(need))
    assert hears(need, "need.published") == {cast.wu}
    assert cast.lin in hears(need, "need.passed")
    secret = make.need(cast.lin_unit, "published", audience="office", office=sun)
    assert hears(secret, "need.published") == set()


def test_the_call_to_accept_falls_silent_once_somebody_did(cast, sun):
    need = make.need(cast.lin_unit, "published", office=sun)
    rule = rule_named("need.published")
    assert rule.verdict(need, None) is SEND
    dispatching.accept(need, unit=cast.wu_unit, by=cast.wu)
    assert rule.verdict(need, None) is CANCEL


def test_an_accepted_need_is_told_to_its_filer_and_a_dispatched_one_also_to_the_unit(cast, sun):
    by_itself = make.need(cast.lin_unit, "published", office=sun)
    dispatching.accept(by_itself, unit=cast.wu_unit, by=cast.wu)
    assert "need.accepted" in plans(by_itself)
    assert "need.dispatched" not in plans(by_itself)
    dispatched = make.need(cast.lin_unit, "dispatched", taken_by=cast.wu_unit, office=sun)
    assert "need.dispatched" in plans(dispatched)
    assert hears(dispatched, "need.dispatched") == {cast.wu}
    dispatching.accept(dispatched, unit=cast.wu_unit, by=cast.wu)
    assert cast.lin in hears(dispatched, "need.accepted")
    assert cast.wu not in hears(dispatched, "need.accepted")


@pytest.mark.parametrize(
    ("status", "rule"), [("returned", "need.returned"), ("declined", "need.declined")]
)
def test_the_filer_hears_that_it_was_returned_or_declined(cast, sun, status, rule):
    need = make.need(cast.lin_unit, status, office=sun)
    assert rule in plans(need)
    assert cast.lin in hears(need, rule)
    assert sun not in hears(need, rule)


def test_an_offer_is_told_to_the_filer_and_the_answer_to_who_did_the_work(cast, sun, taken):
    assert cast.lin in hears(taken, "need.offered")
    solving.refuse(taken, reason="没有", by=cast.lin)
    assert hears(taken, "need.refused") == {cast.wu, sun}
    solving.offer(taken, text="这回好了", by=cast.wu)
    solving.confirm(taken, rating=5, by=cast.lin)
    solving.reopen(taken, reason="又坏了", by=cast.lin)
    for rule in ("need.confirmed", "need.reopened"):
        assert rule in plans(taken)
        assert hears(taken, rule) == {cast.wu, sun}


def test_each_time_it_happens_it_is_said(cast, sun, taken):
    solving.refuse(taken, reason="没有", by=cast.lin)
    solving.offer(taken, text="这回好了", by=cast.wu)
    moments = {
        plan.moment
        for event in Event.objects.filter(name="need.offered", subject_id=taken.pk)
        for handler in events.handlers(event.name)
        for plan in handler(event)
        if isinstance(plan, Plan) and plan.rule == "need.offered"
    }
    assert len(moments) == 2


def test_a_withdrawal_before_anybody_accepted_is_told_to_the_office_alone(cast, sun):
    need = make.need(cast.lin_unit, "withdrawn", office=sun)
    assert hears(need, "need.withdrawn") == {sun}


def test_the_words_of_every_notice_name_the_need_but_not_the_contact(cast, sun, taken):
    for rule in plans(taken):
        said = rule_named(rule).title(taken, None) + rule_named(rule).body(taken, None)
        assert taken.number in said
        assert "13800001234" not in said
        assert taken.content not in said

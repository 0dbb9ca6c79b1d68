"""Who hears of resources and bookings: planned by the event, asked again when it goes out."""

from datetime import datetime, time, timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from nanchuan.kernel import calendar, events
from nanchuan.kernel.models import Event
from nanchuan.notices.rules import CANCEL, SEND, Plan, morning, rule_named
from services.actions import bookings, resources
from tests import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def plans(subject, kind):
    """The latest of what the events of a row ask to be said, by rule."""
    return {
        plan.rule: plan
        for event in Event.objects.filter(subject_id=subject.pk, name__startswith=f"{kind}.")
        for handler in events.handlers(event.name)
        for plan in handler(event)
        if isinstance(plan, Plan)
    }


def hears(subject, plan):
    subject.refresh_from_db()
    reminder = SimpleNamespace(params=plan.params)
    return set(rule_named(plan.rule).audience(subject, reminder))


def verdict(subject, plan):
    subject.refresh_from_db()
    return rule_named(plan.rule).verdict(subject, SimpleNamespace(params=plan.params))


def test_the_office_hears_what_waits_for_review_and_the_unit_the_answer(cast, sun):
    row = resources.add(unit=cast.lin_unit, category="venue", title="厅", content="x", by=cast.lin)
    plan = plans(row, "resource")["resource.submitted"]
    assert hears(row, plan) == {sun}
    assert verdict(row, plan) is SEND
    resources.send_back(row, reason="请补充", by=sun)
    assert verdict(row, plan) is CANCEL
    assert hears(row, plans(row, "resource")["resource.returned"]) == {cast.lin}
    assert "resource.submitted" not in plans(make.resource(cast.lin_unit), "resource")


def test_the_unit_hears_what_the_office_did_and_not_what_it_did_itself(cast, sun):
    own, other = make.resource(cast.lin_unit), make.resource(cast.lin_unit)
    resources.pause(own, by=cast.lin)
    resources.pause(other, reason="检查", by=sun)
    assert "resource.paused" not in plans(own, "resource")
    assert hears(other, plans(other, "resource")["resource.paused"]) == {cast.lin}


def test_each_step_is_told_to_the_other_side(cast, sun):
    row = make.resource(cast.lin_unit)
    asked = bookings.ask(row, unit=cast.wu_unit, by=cast.wu)
    assert hears(asked, plans(asked, "booking")["booking.asked"]) == {cast.lin}
    bookings.agree(asked, by=cast.lin)
    assert hears(asked, plans(asked, "booking")["booking.agreed"]) == {cast.wu}
    bookings.use(asked, by=cast.wu)
    assert hears(asked, plans(asked, "booking")["booking.used"]) == {cast.lin}
    need = make.need(cast.zhao_unit, "published", office=sun)
    offered = bookings.offer(row, need=need, by=cast.lin)
    assert cast.zhao in hears(offered, plans(offered, "booking")["booking.offered"])
    bookings.decline(offered, by=cast.zhao)
    assert hears(offered, plans(offered, "booking")["booking.declined"]) == {cast.lin}
    third = make.booking(row, cast.wu_unit)
    bookings.cancel(third, by=sun)
    assert hears(third, plans(third, "booking")["booking.cancelled"]) == {cast.lin, cast.wu}


def test_who_is_not_asked_for_consent_hears_of_it(cast):
    row = make.resource(cast.lin_unit, needs_consent=False)
    booking = bookings.ask(row, unit=cast.wu_unit, by=cast.wu)
    told = plans(booking, "booking")
    assert hears(booking, told["booking.agreed"]) == {cast.lin}
    assert verdict(booking, told["booking.asked"]) is CANCEL


def test_after_two_working_days_the_answer_is_asked_for_again(cast):
    booking = make.booking(make.resource(cast.lin_unit), cast.wu_unit, "waiting")
    plan = plans(booking, "booking")["booking.waits"]
    assert timezone.localdate(plan.due_at) == calendar.working_days_after(TODAY, 2)
    assert hears(booking, plan) == {cast.lin}
    assert verdict(booking, plan) is SEND
    bookings.agree(booking, by=cast.lin)
    assert verdict(booking, plan) is CANCEL


def test_the_day_before_both_sides_hear_of_what_goes_by_hours(cast):
    hall = make.resource(cast.lin_unit, is_timed=True, capacity=1)
    begins = timezone.make_aware(datetime.combine(TODAY + timedelta(days=5), time(9)))
    span = {"starts_at": begins, "ends_at": begins + timedelta(hours=2)}
    booking = make.booking(hall, cast.wu_unit, **span)
    plan = plans(booking, "booking")["booking.tomorrow"]
    assert plan.due_at == morning(TODAY + timedelta(days=4))
    assert hears(booking, plan) == {cast.lin, cast.wu}
    assert verdict(booking, plan) is SEND
    bookings.cancel(booking, by=cast.wu)
    assert verdict(booking, plan) is CANCEL


def test_no_notice_names_the_unit_that_did_not_agree(cast, sun):
    """Whatever the giving unit hears of an offer."""
    need = make.need(cast.zhao_unit, "published", office=sun)
    row = make.resource(cast.lin_unit)
    for end in (bookings.decline, bookings.cancel):
        offered = bookings.offer(row, need=need, by=cast.lin)
        end(offered, reason="不用了", by=sun)
        for plan in plans(offered, "booking").values():
            rule, reminder = rule_named(plan.rule), SimpleNamespace(params=plan.params)
            for text in (rule.title(offered, reminder), rule.body(offered, reminder)):
                assert cast.zhao_unit.name not in text, plan.rule
                assert need.title not in text, plan.rule

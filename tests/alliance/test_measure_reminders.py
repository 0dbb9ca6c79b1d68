"""Who hears of a measure: whoever carries it at once, before it is due and when it is late; the
office when something waits for it. Another due day plans anew."""

from datetime import datetime, time, timedelta

import pytest
from django.utils import timezone

from alliance.actions import measures as actions
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run():
    tick()
    send_mail()


def said(user):
    """The rules that spoke to somebody since last asked."""
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    found = [row.removeprefix("measure.") for row in rows.values_list("reminder__rule", flat=True)]
    rows.delete()
    return found


def planned(rule):
    rows = Reminder.objects.filter(rule=f"measure.{rule}", state="planned")
    return sorted(rows.values_list("due_at", flat=True))


def pass_to(rule):
    """As if the time had come: the database's clock decides, so the rows move."""
    rows = Reminder.objects.filter(rule=f"measure.{rule}", state="planned")
    rows.update(due_at=timezone.now() - timedelta(seconds=1))
    run()


def morning(day):
    return timezone.make_aware(datetime.combine(day, time(9)))


@pytest.fixture
def measure(cast, sun):
    made = make.measure(
        cast.lin_unit, group=cast.group, assisting=[cast.wu_unit], office=sun, title="互助"
    )
    run()
    return made


@pytest.fixture
def told(measure, cast, sun):
    """Nobody has anything new to read."""
    for user in (cast.lin, cast.wu, cast.zhao, sun):
        said(user)
    return measure


def test_whoever_carries_it_hears_at_once(cast, sun, measure):
    assert said(cast.lin) == said(cast.wu) == ["assigned"]
    assert said(cast.zhao) == said(sun) == []


def test_the_responsible_unit_is_reminded_a_week_before(cast, sun, told):
    assert planned("due_soon") == [morning(told.due_on - 7 * DAY)]
    pass_to("due_soon")
    assert said(cast.lin) == ["due_soon"]
    assert said(cast.wu) == said(sun) == []


def test_when_it_is_late_the_responsible_unit_and_the_office_hear_once(cast, sun, told):
    assert planned("late") == [morning(told.due_on + DAY)]
    pass_to("late")
    run()
    assert said(cast.lin) == said(sun) == ["late"]
    assert said(cast.wu) == []


def test_what_is_reported_or_settled_is_not_reminded_of(cast, sun, told):
    actions.report(told, effect="成效", by=cast.lin)
    run()
    assert planned("due_soon") == planned("late") == []
    assert said(sun) == ["reported"]
    assert said(cast.lin) == said(cast.wu) == []


def test_sent_back_it_is_reminded_of_again(cast, sun, told):
    actions.report(told, effect="成效", by=cast.lin)
    run()
    actions.send_back(told, reason="佐证不足", by=sun)
    run()
    assert planned("due_soon") == [morning(told.due_on - 7 * DAY)]
    assert planned("late") == [morning(told.due_on + DAY)]
    assert said(cast.lin) == said(cast.wu) == ["returned"]


@pytest.mark.parametrize("end", ["confirmed", "dropped"])
def test_the_units_hear_of_the_end(cast, sun, told, end):
    if end == "confirmed":
        actions.report(told, effect="成效", by=cast.lin)
        run()
        said(sun)
        actions.confirm(told, by=sun)
    else:
        actions.drop(told, reason="条件变化", by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == [end]
    assert said(sun) == []
    assert planned("due_soon") == planned("late") == []
    actions.reopen(told, reason="重来", by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == ["reopened"]
    assert len(planned("due_soon")) == len(planned("late")) == 1


def test_another_due_day_plans_anew(cast, sun, told):
    day = told.due_on + 30 * DAY
    actions.extend(told, due_on=day, reason="推迟", by=sun)
    run()
    assert said(cast.lin) == said(cast.wu) == ["extended"]
    assert planned("due_soon") == [morning(day - 7 * DAY)]
    assert planned("late") == [morning(day + DAY)]
    actions.extend(told, due_on=day - 30 * DAY, reason="改回", by=sun)  # and back again
    run()
    assert planned("late") == [morning(day - 29 * DAY)]


def test_a_milestone_is_reminded_of_three_days_before(cast, sun):
    day = timezone.localdate() + 20 * DAY
    measure = make.measure(cast.lin_unit, milestones=[actions.Planned("第一步", day)], office=sun)
    run()
    assert planned("milestone_due") == [morning(day - 3 * DAY)]
    moved = day + 2 * DAY
    milestone = measure.milestones.get()
    wanted = [actions.Planned("第一步", moved, milestone.pk)]
    actions.change(measure, milestones=wanted, assisting=[], by=sun)
    run()
    assert planned("milestone_due") == [morning(moved - 3 * DAY)]
    said(cast.lin)
    pass_to("milestone_due")
    assert said(cast.lin) == ["milestone_due"]


@pytest.mark.parametrize("why", ["done", "dropped", "deleted"])
def test_a_milestone_that_needs_nothing_is_not_reminded_of(cast, sun, why):
    day = timezone.localdate() + 20 * DAY
    measure = make.measure(cast.lin_unit, milestones=[actions.Planned("第一步", day)], office=sun)
    run()
    if why == "done":
        actions.finish_milestone(measure.milestones.get(), by=cast.lin)
    elif why == "dropped":
        actions.drop(measure, reason="不办了", by=sun)
    else:
        actions.change(measure, milestones=[], assisting=[], by=sun)
    run()
    said(cast.lin)
    pass_to("milestone_due")
    assert said(cast.lin) == []


def test_a_unit_that_comes_in_later_hears_of_it(cast, sun, told):
    actions.change(told, unit=cast.zhao_unit, assisting=[], milestones=[], by=sun)
    run()
    assert said(cast.zhao) == ["assigned"]
    assert said(cast.lin) == []
    pass_to("due_soon")
    assert said(cast.zhao) == ["due_soon"] and said(cast.lin) == []


def test_the_words_name_the_measure_its_unit_and_its_due_day(cast, measure, mailoutbox, sign_in):
    page = sign_in(cast.wu).get("/inbox/").content.decode()
    assert f"新的举措：{measure}" in page
    assert f"责任单位：lin公司。完成期限：{measure.due_on}。" in page


def test_the_office_sees_on_the_page_what_was_and_will_be_said(measure, sun, cast, sign_in):
    page = sign_in(sun).get(measure.get_absolute_url()).content.decode()
    assert "举措临近完成期限" in page and "举措已逾期" in page
    assert (
        "举措临近完成期限" not in sign_in(cast.lin).get(measure.get_absolute_url()).content.decode()
    )

"""What a project holds, serves and remembers, from its beginning to its end."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils import timezone

from nanchuan.kernel.states import StepRefused
from services import stock
from services.actions import (
    bookings,
    commitments,
    dispatching,
    filing,
    milestones,
    progress,
    project_money,
    project_needs,
    projects,
    resources,
    solving,
)
from services.models import Booking, Commitment, Effect, Need, ProgressNote, Project
from tests import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def need(cast):
    return make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)


def matched():
    return set(Need.objects.matched().values_list("pk", flat=True))


def given(project):
    return [row.resource for row in project.commitments.standing()]


# ── What is given ───────────────────────────────────────────────────────────────────────────


def test_what_a_need_has_of_resources_is_given_to_its_project(cast, need):
    """Agreed before it begins, and agreed afterwards."""
    before, after = make.resource(capacity=2), make.resource(capacity=2)
    had = make.booking(before, cast.wu_unit, need=need)
    asked = make.booking(after, cast.wu_unit, "waiting", need=need)
    project = projects.start(need, name="对接", resources=[], by=cast.wu)
    assert given(project) == [before]
    bookings.agree(asked, by=None)
    assert given(project) == [before, after]
    assert {row.project for row in Booking.objects.all()} == {project}
    assert stock.left(before) == 1, "counted once"
    bookings.give_back(had, reason="不用了", by=cast.wu)
    gone = Commitment.objects.get(booking=had)
    assert (gone.is_standing, gone.why) == (False, "不用了")


def test_what_another_unit_has_to_agree_to_counts_once_it_has(cast, need):
    theirs, own = make.resource(cast.zhao_unit, capacity=1), make.resource(cast.wu_unit, capacity=1)
    project = projects.start(need, name="对接", resources=[theirs, own], by=cast.wu)
    assert given(project) == [own]
    assert (stock.left(theirs), stock.left(own)) == (1, 0)
    waiting = project.commitments.waiting().get()
    assert (waiting.unit, waiting.booking.unit) == (cast.zhao_unit, cast.wu_unit)
    bookings.agree(waiting.booking, by=cast.zhao)
    assert {*given(project)} == {own, theirs}
    assert stock.left(theirs) == 0


def test_what_is_declined_is_not_given(cast, need):
    theirs = make.resource(cast.zhao_unit)
    project = projects.start(need, name="对接", resources=[theirs], by=cast.wu)
    bookings.decline(Booking.objects.get(), reason="没有人手", by=cast.zhao)
    row = project.commitments.get()
    assert (row.committed_at, row.why, row.is_waiting) == (None, "没有人手", False)


def test_what_is_offered_no_more_is_not_waited_for(cast, need):
    theirs = make.resource(cast.zhao_unit)
    projects.start(need, name="对接", resources=[theirs], by=cast.wu)
    resources.withdraw(theirs, by=cast.zhao)
    row = Commitment.objects.get()
    assert (row.is_waiting, row.why, row.booking.status) == (False, "资源已撤回。", "cancelled")


@pytest.mark.parametrize("status", ["agreed", "waiting"])
def test_withdrawing_gives_back_what_was_held(cast, need, status):
    consent = status == "waiting"
    theirs = make.resource(cast.zhao_unit, capacity=1, needs_consent=consent)
    project = make.project(need, resources=[theirs], by=cast.wu)
    row = project.commitments.get()
    assert row.booking.status == status
    commitments.withdraw(row, reason="另有安排", by=cast.zhao)
    assert stock.left(theirs) == 1
    assert row.booking.status == ("cancelled" if consent else "returned")
    with pytest.raises(StepRefused, match="已经退出"):
        commitments.withdraw(row, reason="再来", by=cast.zhao)
    commitments.commit(project, resource=theirs, by=cast.wu)
    assert project.commitments.count() == 2, "it may be given again"


def test_what_was_used_is_not_taken_back(cast, need):
    theirs = make.resource(cast.zhao_unit, capacity=1, needs_consent=False)
    project = make.project(need, resources=[theirs])
    row = project.commitments.get()
    bookings.use(row.booking, by=cast.zhao)
    with pytest.raises(StepRefused, match="已经使用"):
        commitments.withdraw(row, reason="另有安排", by=cast.zhao)
    projects.stop(project, reason="不做了", by=None)
    row.refresh_from_db()
    assert row.is_standing and stock.left(theirs) == 0


def test_of_what_goes_by_hours_some_are_booked(cast, need):
    hall = make.resource(cast.wu_unit, capacity=1, is_timed=True)
    project = projects.start(need, name="对接", resources=[hall], by=cast.wu)
    assert (given(project), Booking.objects.count()) == ([hall], 0)
    with pytest.raises(StepRefused, match="从什么时候到什么时候"):
        commitments.commit(project, resource=hall, by=cast.wu)
    begins = timezone.now() + DAY
    span = {"starts_at": begins, "ends_at": begins + timedelta(hours=2)}
    commitments.commit(project, resource=hall, by=cast.wu, **span)
    with pytest.raises(StepRefused, match="约满"):
        commitments.commit(project, resource=hall, by=cast.wu, **span)


def test_people_and_money_are_given_by_the_unit_itself_or_the_office_for_it(cast, need, sun):
    project = make.project(need)
    commitments.commit(project, unit=cast.wu_unit, what="两名工程师", by=cast.wu)
    commitments.commit(project, unit=cast.zhao_unit, what="经费", amount=Decimal("5000.50"), by=sun)
    with pytest.raises(PermissionDenied):
        commitments.commit(project, unit=cast.zhao_unit, what="更多", by=cast.wu)
    assert project.commitments.filter(resource=None).count() == 2


def test_an_assisting_unit_gives_what_is_its_own_only(cast, need):
    project = make.project(need)
    projects.add_unit(project, unit=cast.zhao_unit, by=cast.wu)
    with pytest.raises(PermissionDenied):
        commitments.commit(project, resource=make.resource(), by=cast.zhao)
    commitments.commit(project, resource=make.resource(cast.zhao_unit), by=cast.zhao)


# ── Which needs ─────────────────────────────────────────────────────────────────────────────


def test_a_further_need_joins_and_is_matched_from_then_on(cast, need):
    project = make.project(need)
    other = make.need(cast.zhao_unit, "accepted", taken_by=cast.wu_unit)
    assert matched() == {need.pk}
    project_needs.join(project, need=other, by=cast.wu)
    other.refresh_from_db()
    assert (matched(), other.status) == ({need.pk, other.pk}, "in_progress")
    assert other.contacted_at is not None
    link = project.need_links.get(need=other)
    project_needs.leave(link, reason="另办", by=cast.wu)
    assert matched() == {need.pk}
    again = make.project(other)
    assert (matched(), again.need_links.count()) == ({need.pk, other.pk}, 1)


def test_who_owes_the_need_that_joins_assists(cast, need, sun):
    project, other = make.project(need), make.need(cast.lin_unit, "accepted")
    project_needs.join(project, need=other, by=sun)
    assert list(project.assisting.all()) == [other.accepted_by]


@pytest.mark.parametrize("status", ["published", "offered", "solved"])
def test_what_is_not_worked_on_cannot_join(cast, need, sun, status):
    project, other = make.project(need), make.need(cast.lin_unit, status)
    with pytest.raises(StepRefused):
        project_needs.join(project, need=other, by=sun)
    with pytest.raises(StepRefused, match="已经对接"):
        project_needs.join(make.project(), need=need, by=sun)


def test_the_database_joins_a_need_to_one_project_only(cast, need):
    make.project(need)
    with pytest.raises(IntegrityError), transaction.atomic():
        make.project().need_links.create(need=need)


def test_what_is_held_for_a_need_that_is_withdrawn_is_given_back(cast, need):
    """And it was matched all the same."""
    theirs = make.resource(cast.zhao_unit, capacity=1, needs_consent=False)
    project = make.project(need, resources=[theirs])
    for_all = make.resource(cast.zhao_unit, capacity=1, needs_consent=False)
    commitments.commit(project, resource=for_all, by=cast.wu)
    filing.withdraw(need, reason="不用了", by=cast.lin)
    assert (stock.left(theirs), stock.left(for_all)) == (1, 0)
    assert matched() == {need.pk}
    projects.close(project, by=cast.wu)


def test_a_need_that_is_reopened_takes_its_project_up_again(cast, need):
    project = make.project(need, "done")
    projects.archive(project, by=None) if not project.bookings.exists() else None
    solving.reopen(need, reason="又坏了", by=cast.lin)
    project.refresh_from_db()
    assert (project.status, project.ended_at, project.archived_at) == ("active", None, None)


def test_who_takes_over_the_only_need_leads_and_who_takes_one_of_several_assists(cast, need, sun):
    first, second = make.unit(), make.unit()
    for unit in (first, second):
        make.seat(unit)
    project = make.project(need, resources=[make.resource(capacity=1)])
    dispatching.reassign(need, unit=first, reason="更合适", by=sun)
    dispatching.accept(need, unit=first, by=None)
    project.refresh_from_db()
    assert (project.lead, project.bookings.get().unit) == (first, first)
    other = make.need(cast.zhao_unit, "accepted", taken_by=first)
    project_needs.join(project, need=other, by=sun)
    dispatching.reassign(need, unit=second, reason="更合适", by=sun)
    dispatching.accept(need, unit=second, by=None)
    project.refresh_from_db()
    assert (project.lead, list(project.assisting.all())) == (first, [second])


# ── How it ends ─────────────────────────────────────────────────────────────────────────────


def test_stopping_frees_open_needs_and_what_was_promised(cast, need):
    theirs = make.resource(cast.zhao_unit, capacity=2, needs_consent=False)
    solved = make.need(cast.zhao_unit, "accepted", taken_by=cast.wu_unit)
    project = make.project(need, resources=[theirs])
    project_needs.join(project, need=solved, by=cast.wu)
    solving.offer(solved, text="好了", by=cast.wu)
    solving.confirm(solved, rating=5, by=cast.zhao)
    projects.stop(project, reason="原料断供", by=cast.wu)
    need.refresh_from_db()
    assert (project.status, project.reason) == ("stopped", "原料断供")
    assert stock.left(theirs) == 2
    assert matched() == {solved.pk}, "what was solved stays"
    assert need.status == "in_progress"
    make.project(need)


def test_what_is_missing_is_said(cast, need):
    project = make.project(need)
    step = milestones.plan(project, title="设备到货", due_on=TODAY, by=cast.wu)
    with pytest.raises(StepRefused, match="1 条需求还没有由企业确认解决，节点“设备到货”还没有"):
        projects.close(project, by=cast.wu)
    milestones.finish(step, by=cast.wu)
    make._settled(project, by=None, at=None)
    projects.close(project, by=cast.wu)
    assert project.status == "done"


def test_it_is_kept_once_it_is_known_what_became_of_all_that_was_given(cast, need):
    project = make.project(need, "done", resources=[make.resource(capacity=1, needs_consent=False)])
    with pytest.raises(StepRefused, match="1 项约定的资源"):
        projects.archive(project, by=None)
    bookings.use(Booking.objects.get(), by=None)
    projects.archive(project, by=None)
    assert project.archived_at


def test_what_was_asked_for_is_not_needed_any_more_when_it_is_done(cast, need):
    project = make.project(need, "done", resources=[make.resource()], by=cast.wu)
    waited = project.bookings.get()
    assert waited.status == "cancelled"


def test_a_booking_of_a_project_that_ended_is_not_agreed(cast, need):
    project = make.project(need, resources=[make.resource()], by=cast.wu)
    booking = project.bookings.get()
    Project.objects.filter(pk=project.pk).update(status="stopped", ended_at=timezone.now())
    with pytest.raises(StepRefused, match="已经结束"):
        bookings.agree(booking, by=None)


# ── What is written ─────────────────────────────────────────────────────────────────────────


def test_an_effect_is_stated_by_the_enterprise_or_by_the_office_for_it(cast, need, sun):
    project, along = make.project(need, "done"), make.unit()
    make.cofiler(need, along)
    state = {"need": need, "text": "恢复生产", "amount": Decimal("120000")}
    progress.state_effect(project, unit=cast.lin_unit, by=cast.lin, **state)
    progress.state_effect(project, unit=along, by=sun, **state)
    assert list(Effect.objects.values_list("unit", "on_behalf")) == [
        (cast.lin_unit.pk, False),
        (along.pk, True),
    ]
    progress.state_effect(project, unit=cast.lin_unit, by=cast.lin, **state | {"text": "更好"})
    assert Effect.objects.get(unit=cast.lin_unit).text == "更好"
    with pytest.raises(PermissionDenied):
        progress.state_effect(project, unit=along, by=cast.lin, **state)
    with pytest.raises(StepRefused, match="由提出这条需求的企业"):
        progress.state_effect(project, unit=cast.zhao_unit, by=sun, **state)


def test_money_is_never_changed_but_cancelled(cast, need):
    project = make.project(need)
    facts = {"kind": "spent", "text": "材料", "by": cast.wu}
    line = project_money.write(project, amount=Decimal("10.25"), on=TODAY, **facts)
    with pytest.raises(StepRefused, match="不能晚于今天"):
        project_money.write(project, amount=Decimal(1), on=TODAY + DAY, **facts)
    with pytest.raises(StepRefused, match="大于 0"):
        project_money.write(project, amount=Decimal(0), on=TODAY, **facts)
    project_money.cancel(line, reason="写错", by=cast.wu)
    assert (project.money.count(), project.money.standing().count()) == (1, 0)
    with pytest.raises(StepRefused, match="已经作废"):
        project_money.cancel(line, reason="写错", by=cast.wu)


def test_a_milestone_is_of_a_unit_that_carries_it(cast, need):
    project = make.project(need)
    facts = {"title": "培训", "due_on": TODAY, "by": cast.wu}
    with pytest.raises(StepRefused, match="不是项目的牵头或协作单位"):
        milestones.plan(project, unit=cast.zhao_unit, **facts)
    with pytest.raises(StepRefused, match="开始日期"):
        milestones.plan(project, **facts | {"due_on": TODAY - DAY})
    link = projects.add_unit(project, unit=cast.zhao_unit, by=cast.wu)
    step = milestones.plan(project, unit=cast.zhao_unit, **facts)
    projects.end_unit(link, by=cast.zhao)
    step.refresh_from_db()
    assert step.unit is None, "the lead's now"


def test_a_note_knows_for_whom_it_was_written_and_how_far_it_was(cast, need, sun):
    project = make.project(need)
    projects.add_unit(project, unit=cast.zhao_unit, by=cast.wu)
    progress.note(project, text="一", percent=30, by=cast.wu)
    progress.note(project, text="二", by=cast.zhao)
    progress.note(project, text="三", percent=60, by=sun)
    rows = ProgressNote.objects.order_by("pk").values_list("unit", "percent")
    assert list(rows) == [(cast.wu_unit.pk, 30), (cast.zhao_unit.pk, 30), (None, 60)]


def test_only_the_office_says_who_leads(cast, need, sun):
    project = make.project(need, resources=[make.resource(capacity=1)])
    with pytest.raises(PermissionDenied):
        projects.change(project, name="名", lead=cast.zhao_unit, by=cast.wu)
    project.refresh_from_db()
    projects.change(project, name="名", lead=cast.zhao_unit, by=sun)
    project.refresh_from_db()
    assert (project.lead, project.name) == (cast.zhao_unit, "名")
    assert list(project.assisting.all()) == [cast.wu_unit], "it still owes the need"
    assert project.bookings.get().unit == cast.zhao_unit

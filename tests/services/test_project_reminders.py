"""Who hears of projects, and that no notice says more than its reader may know."""

from datetime import timedelta
from types import SimpleNamespace

import pytest
from django.utils import timezone

from nanchuan.kernel import calendar, events
from nanchuan.kernel.models import Event
from nanchuan.notices.rules import CANCEL, SEND, Plan, Silence, morning, rule_named
from services.actions import filing, milestones, progress, project_needs, projects
from services.models import Milestone, Need, Project
from tests import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
DAY = timedelta(days=1)


@pytest.fixture
def project(cast):
    """Lin's unit asked, Wu's leads, Zhao's gives."""
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, audience="office")
    gift = make.resource(cast.zhao_unit, needs_consent=False)
    return make.project(need, resources=[gift])


def plans(name, kind=Plan):
    """What the latest event of a name asks to be said, by rule."""
    event = Event.objects.filter(name=name).latest("pk")
    found = [plan for handler in events.handlers(name) for plan in handler(event)]
    return {plan.rule: (plan, event) for plan in found if isinstance(plan, kind)}


def told(name, rule=""):
    """Which of those with a name hear it, and whether it is still to be said."""
    plan, event = plans(name)[rule or name]
    subject = type(plan.subject).objects.get(pk=plan.subject.pk)
    reminder = SimpleNamespace(params=plan.params, event=event)
    speaks = rule_named(plan.rule)
    people = speaks.audience(subject, reminder).exclude(name__startswith="用户")
    return set(people), speaks.verdict(subject, reminder)


def test_a_unit_hears_that_it_assists_and_that_it_does_no_more(cast, project):
    other = make.unit()
    person = make.liaison(other, name="hua")
    link = projects.add_unit(project, unit=other, by=cast.wu)
    assert told("project.unit_joined") == ({person}, SEND)
    projects.end_unit(link, by=cast.wu)
    assert told("project.unit_left") == ({person}, SEND)
    assert told("project.unit_joined")[0] == set(), "too late"
    assert rule_named("project.unit_left").is_farewell


def test_who_carries_it_hears_of_needs_that_join_and_leave(cast, sun, project):
    other = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    link = project_needs.join(project, need=other, by=sun)
    assert told("project.need_joined") == ({cast.wu}, SEND)
    project_needs.leave(link, reason="另办", by=cast.wu)
    assert told("project.need_left")[0] == set(), "who did it knows"
    assert told("need.left_project") == ({cast.lin}, SEND)
    filing.withdraw(Need.objects.exclude(pk=other.pk).get(), reason="不用了", by=cast.lin)
    assert told("project.need_withdrawn") == ({cast.wu}, SEND)


def test_everybody_with_a_part_hears_how_it_ended(cast, sun, project):
    projects.stop(project, reason="不做了", by=sun)
    assert told("project.stopped") == ({cast.lin, cast.wu, cast.zhao}, SEND)
    projects.reopen(project, by=sun)
    assert told("project.stopped")[1] is CANCEL
    assert told("project.reopened") == ({cast.wu}, SEND)


def test_the_enterprise_is_asked_what_it_brought_until_it_says_so(cast, sun, project):
    need = Need.objects.get()
    make._settled(project, by=None, at=None)
    projects.close(project, by=cast.wu)
    assert told("project.closed") == ({cast.lin, cast.zhao}, SEND)
    assert told("project.closed", "project.effect_asked") == ({cast.lin}, SEND)
    progress.state_effect(project, need=need, unit=cast.lin_unit, text="好", by=cast.lin)
    assert told("project.closed", "project.effect_asked")[0] == set()


def test_a_milestone_is_told_three_working_days_before_and_once_when_late(cast, project):
    due = calendar.working_days_after(TODAY, 10)
    step = milestones.plan(project, title="到货", due_on=due, by=cast.wu)
    asked = {rule: plan for rule, (plan, _event) in plans("project.milestone_planned").items()}
    assert asked["project.milestone_due"].due_at == morning(calendar.working_days_before(due, 3))
    assert asked["project.milestone_late"].due_at == morning(due + DAY)
    for rule in asked:
        assert told("project.milestone_planned", rule) == ({cast.wu}, SEND)
    milestones.change(step, title="到货", due_on=due + DAY, by=cast.wu)
    assert told("project.milestone_planned", "project.milestone_due")[1] is SEND
    old = SimpleNamespace(params={"due_on": due.isoformat()})
    row = Milestone.objects.get()
    assert rule_named("project.milestone_due").verdict(row, old) is CANCEL
    milestones.finish(step, by=cast.wu)
    assert plans("project.milestone_done", Silence).keys() == asked.keys()
    row.refresh_from_db()
    now = SimpleNamespace(params={"due_on": row.due_on.isoformat()})
    assert rule_named("project.milestone_late").verdict(row, now) is CANCEL


def test_it_is_the_named_unit_that_hears_and_the_lead_when_it_is_late(cast, project):
    projects.add_unit(project, unit=cast.zhao_unit, by=cast.wu)
    milestones.plan(project, title="到货", due_on=TODAY + 20 * DAY, unit=cast.zhao_unit, by=cast.wu)
    assert told("project.milestone_planned", "project.milestone_due")[0] == {cast.zhao}
    late = told("project.milestone_planned", "project.milestone_late")[0]
    assert late == {cast.zhao, cast.wu}


def test_no_notice_names_a_need_or_whose_it_is(cast, sun, project):
    """Zhao's unit gives, and does not see the need."""
    need = Need.objects.get()
    Need.objects.update(title="机密需求", public_title="公开的机密")
    secrets = ("机密", need.number, str(cast.lin_unit), cast.lin.name)
    milestones.plan(project, title="到货", due_on=TODAY + 20 * DAY, by=cast.wu)
    projects.add_unit(project, unit=make.unit(), by=sun)
    projects.stop(project, reason="不做了", by=sun)
    names = [event.name for event in Event.objects.filter(name__startswith="project.")]
    for name in set(names):
        for rule, (plan, event) in plans(name).items():
            reminder = SimpleNamespace(params=plan.params, event=event)
            subject = type(plan.subject).objects.get(pk=plan.subject.pk)
            speaks = rule_named(rule)
            if isinstance(subject, Project):
                Project.objects.filter(pk=subject.pk).update(name="对接")
                subject.name = "对接"
            said = speaks.title(subject, reminder) + speaks.body(subject, reminder)
            assert not [word for word in secrets if word in said], (rule, said)

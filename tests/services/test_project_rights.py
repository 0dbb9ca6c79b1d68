"""Who may do what with a project and with what belongs to it: every state × act × person, against
the words of the rule written out a second time."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from services.actions import (
    bookings,
    commitments,
    milestones,
    progress,
    project_money,
    project_needs,
    project_rights,
    projects,
)
from services.models import Project
from services.views.project_verbs import PARTS, PROJECT
from tests import make

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()
LIVE = {"planned", "active"}
CARRY, LEAD = {"sun", "wu", "hua"}, {"sun", "wu"}


@pytest.fixture
def people(cast, sun):
    """Lin's unit asked and Dan's asks along, Wu's leads, Hua's assists, Chen's gives; Zhao's has
    nothing to do with it."""
    units = {name: make.unit(name=f"{name}公司") for name in ("hua", "chen", "dan")}
    users = {name: make.liaison(of, name=name) for name, of in units.items()}
    users |= {name: make.staff(name, name=name) for name in ("leader", "auditor", "admin")}
    users |= {"sun": sun, "lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao}
    return SimpleNamespace(units=units, users=users)


@pytest.fixture
def world(cast, people):
    """A project with one of everything."""
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    make.cofiler(need, people.units["dan"])
    gift = make.resource(people.units["chen"], capacity=5, needs_consent=False)
    project = make.project(need, resources=[gift])
    link = projects.add_unit(project, unit=people.units["hua"], by=None)
    facts = {"due_on": TODAY + timedelta(days=9), "by": None}
    return SimpleNamespace(
        project=project,
        need=need,
        link=project.need_links.get(),
        unit=link,
        commitment=project.commitments.get(),
        milestone=milestones.plan(project, title="节点", unit=people.units["hua"], **facts),
        line=project_money.write(
            project, kind="spent", amount=Decimal(10), on=TODAY, text="材料", by=None
        ),
        risk=project_money.raise_risk(
            project, text="缺料", level="high", owner=people.units["hua"], by=None
        ),
        other=make.need(cast.zhao_unit, "accepted", taken_by=cast.wu_unit),
        free=make.unit(),
        gift=make.resource(people.units["hua"], needs_consent=False),
    )


def brought_to(world, status):
    """Without its milestone and need in the way, unless they are asked for."""
    project = world.project
    if status == "planned":
        Project.objects.filter(pk=project.pk).update(status="planned")
    if status == "done":
        milestones.drop(world.milestone, by=None)
        make._settled(project, by=None, at=None)
        projects.close(project, by=None)
        bookings.use(world.commitment.booking, by=None)  # else it is not archived
    if status in {"stopped", "archived"}:
        projects.stop(project, reason="原因", by=None)
    if status == "archived":
        projects.archive(project, by=None)
    project.refresh_from_db()


def effect_of(world, by):
    """Dan's unit speaks for itself, everybody else for the filer."""
    own = project_rights.askers(world.need)
    return next((unit for unit in own if project_rights.speaks_for(by, unit.pk)), world.need.unit)


def unit_of(world, by):
    return Unit.objects.filter(pk__in=roles.places(by, roles.UNIT)).first() or world.free


def closed(world, by):
    """What is missing is another question."""
    world.milestone.refresh_from_db()
    if world.milestone.is_open and world.project.is_live:
        milestones.drop(world.milestone, by=None)
        make._settled(world.project, by=None, at=None)
    projects.close(world.project, by=by)


MAY = {  # from which status by whom; nobody else from anywhere else
    "launch": ({"planned"}, LEAD),
    "note": (LIVE, CARRY),
    "effect": ({"active", "done"}, {"sun", "lin", "dan"}),
    "plan": (LIVE, LEAD),
    "commit": (LIVE, CARRY | {"chen"}),
    "join": (LIVE, CARRY),
    "assist": (LIVE, LEAD),
    "money": (LIVE | {"done"}, CARRY),
    "risk": (LIVE, CARRY),
    "change": (LIVE, LEAD),
    "close": ({"active"}, LEAD),
    "stop": (LIVE, LEAD),
    "archive": ({"done", "stopped"}, {"sun"}),
    "reopen": ({"done", "stopped", "archived"}, {"sun"}),
}
ACTS = {
    "launch": lambda w, by: projects.launch(w.project, by=by),
    "note": lambda w, by: progress.note(w.project, text="已做", by=by),
    "effect": lambda w, by: progress.state_effect(
        w.project, need=w.need, unit=effect_of(w, by), text="好", by=by
    ),
    "plan": lambda w, by: milestones.plan(w.project, title="二", due_on=TODAY, by=by),
    "commit": lambda w, by: commitments.commit(
        w.project, unit=unit_of(w, by), what="两名工程师", by=by
    ),
    "join": lambda w, by: project_needs.join(w.project, need=w.other, by=by),
    "assist": lambda w, by: projects.add_unit(w.project, unit=w.free, by=by),
    "money": lambda w, by: project_money.write(
        w.project, kind="spent", amount=Decimal(1), on=TODAY, text="运费", by=by
    ),
    "risk": lambda w, by: project_money.raise_risk(w.project, text="慢", level="low", by=by),
    "change": lambda w, by: projects.change(w.project, name="新名称", by=by),
    "close": closed,
    "stop": lambda w, by: projects.stop(w.project, reason="不做了", by=by),
    "archive": lambda w, by: projects.archive(w.project, by=by),
    "reopen": lambda w, by: projects.reopen(w.project, by=by),
}
PART_MAY = {
    ("milestone", "done"): (LIVE, CARRY),
    ("milestone", "change"): (LIVE, LEAD),
    ("milestone", "drop"): (LIVE, LEAD),
    ("link", "leave"): (LIVE, LEAD),
    ("unit", "end"): (LIVE, CARRY),
    ("commitment", "withdraw"): (LIVE, LEAD | {"chen"}),
    ("line", "cancel"): (LIVE | {"done"}, LEAD),
    ("risk", "handle"): (LIVE, CARRY),
    ("risk", "close"): (LIVE, CARRY),
}
PART_ACTS = {
    ("milestone", "done"): lambda w, by: milestones.finish(w.milestone, by=by),
    ("milestone", "change"): lambda w, by: milestones.change(
        w.milestone, title="改", due_on=TODAY, by=by
    ),
    ("milestone", "drop"): lambda w, by: milestones.drop(w.milestone, by=by),
    ("link", "leave"): lambda w, by: project_needs.leave(w.link, reason="另办", by=by),
    ("unit", "end"): lambda w, by: projects.end_unit(w.unit, by=by),
    ("commitment", "withdraw"): lambda w, by: commitments.withdraw(
        w.commitment, reason="另用", by=by
    ),
    ("line", "cancel"): lambda w, by: project_money.cancel(w.line, reason="写错", by=by),
    ("risk", "handle"): lambda w, by: project_money.handle_risk(
        w.risk, done="已催", level="low", by=by
    ),
    ("risk", "close"): lambda w, by: project_money.close_risk(w.risk, done="已到", by=by),
}


def outcome(act, world, by):
    """What comes of it, tried and taken back."""
    told = "done"
    with transaction.atomic():
        try:
            act(world, by)
        except PermissionDenied:
            told = "not yours"
        except StepRefused:
            told = "refused"
        transaction.set_rollback(True)
    for row in vars(world).values():
        row.refresh_from_db()
    return told


def test_the_tables_name_the_same_acts():
    assert MAY.keys() == ACTS.keys() == project_rights.PROJECT_STEPS.keys() == PROJECT.keys()
    assert PART_MAY.keys() == PART_ACTS.keys()
    for model, steps in project_rights.PART_STEPS.items():
        assert steps.keys() == PARTS[model].keys()
    assert len(PART_MAY) == sum(len(steps) for steps in project_rights.PART_STEPS.values())


@pytest.mark.parametrize("status", Project.Status.values)
def test_a_project_in_every_state_by_every_person(world, people, status):
    brought_to(world, status)
    for verb, (sources, who) in MAY.items():
        for name, user in people.users.items():
            is_due = status in sources
            wanted = "not yours" if name not in who else "done" if is_due else "refused"
            if verb == "join" and name == "hua" and is_due:
                wanted = "not yours"  # it may join needs, but this one is Wu's
            may = verb in project_rights.verbs(user, world.project)
            assert outcome(ACTS[verb], world, user) == wanted, (verb, name)
            assert may is (name in who and is_due), (verb, name)


@pytest.mark.parametrize("status", Project.Status.values)
def test_a_part_in_every_state_by_every_person(world, people, status):
    brought_to(world, status)
    for (part, verb), (sources, who) in PART_MAY.items():
        row = getattr(world, part)
        row.refresh_from_db()
        is_gone = part in {"link", "milestone", "commitment"} and status not in LIVE
        for name, user in people.users.items():
            is_due = status in sources and not is_gone
            wanted = "not yours" if name not in who else "done" if is_due else "refused"
            may = verb in project_rights.verbs(user, row)
            assert outcome(PART_ACTS[part, verb], world, user) == wanted, (part, verb, name)
            assert may is (wanted == "done"), (part, verb, name)


SEEN = {"sun", "lin", "dan", "wu", "hua", "chen", "leader", "auditor"}


@pytest.mark.parametrize("status", Project.Status.values)
def test_who_sees_it_and_who_all_of_it(world, people, status):
    """When it ended, whoever had a part in it still sees it."""
    brought_to(world, status)
    rows = Project.objects.filter(pk=world.project.pk)
    seen = {name for name, user in people.users.items() if rows.visible_to(user).exists()}
    whole = {name for name, user in people.users.items() if rows.known_to(user).exists()}
    assert (seen, whole) == (SEEN, CARRY | {"leader", "auditor"})


def test_whose_part_ended_before_sees_it_no_more(world, people):
    """A need that left, a unit that left, a gift that was taken back."""
    PART_ACTS["link", "leave"](world, None)
    PART_ACTS["unit", "end"](world, None)
    rows = Project.objects.filter(pk=world.project.pk)
    seen = {name for name, user in people.users.items() if rows.visible_to(user).exists()}
    assert seen == {"sun", "wu", "leader", "auditor"}
    projects.stop(world.project, reason="原因", by=None, at=timezone.now() + timedelta(hours=1))
    seen = {name for name, user in people.users.items() if rows.visible_to(user).exists()}
    assert seen == {"sun", "wu", "leader", "auditor"}


@pytest.mark.parametrize("name", ["zhao", "admin"])
def test_outside_every_address_answers_404(world, people, sign_in, name):
    """Or 403 to who has no business with projects at all."""
    client, wanted = sign_in(people.users[name]), 404 if name == "zhao" else 403
    pages = [("project", verb, world.project) for verb in PROJECT]
    nouns = {"milestone": "milestone", "link": "projectneed", "unit": "projectunit"}
    nouns |= {"commitment": "commitment", "line": "money", "risk": "risk"}
    pages += [(nouns[part], verb, getattr(world, part)) for part, verb in PART_MAY]
    stems = {"project": "projects"} | {noun: f"projects/{noun}s" for noun in nouns.values()}
    for noun, verb, row in pages:
        answer = client.post(f"/services/{stems[noun]}/{row.pk}/{verb}/")
        allowed = {wanted, 403} if verb in {"archive", "reopen"} else {wanted}
        assert answer.status_code in allowed, (noun, verb)

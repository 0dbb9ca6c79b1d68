"""Every URL × persona × relation × method: nothing answers whom its policy does not name, nothing
outside a scope differs from what does not exist, and no answer is a 500."""

import re
from datetime import timedelta
from itertools import product

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alliance.actions import topics
from members.actions import activities
from members.importing.importer import RosterImporter
from members.models import Absence, Instructor
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.policies import all_policies
from nanchuan.kernel.roles import (
    ADMIN,
    AUDITOR,
    LEAD,
    LEADER,
    MEMBER,
    SEAT,
    SECRETARY,
    STAFF,
    UNIT,
    roles,
)
from services.actions import dispatching, filing, projects, resources, review
from services.models import NeedDraft
from tests import make, make_appraisals, make_circulars, make_dues, make_talk, rosters

NOWHERE = 99_999_999
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)\b", re.IGNORECASE)
# What a request may write although it was refused: its session, its heartbeat in the cache.
OWN_WRITES = ("django_session", '"cache"', "savepoint")


@pytest.fixture
def personas(cast, sun):
    plain = make.member(cast.wu_branch, user=make.user(name="plain"))
    return {
        "nobody": make.user(name="nobody"),
        ADMIN: make.staff("admin"),
        STAFF: sun,
        LEADER: make.staff("leader"),
        AUDITOR: make.staff("auditor"),
        LEAD: cast.lin,
        SECRETARY: cast.wu,
        UNIT: make.liaison(cast.wu_unit),
        MEMBER: plain.user,
        "outside": cast.zhao,
    }


@pytest.fixture
def rows(cast, sun):
    """URL name's noun → a row of Zhao's, who sits in another group."""
    now = timezone.now()
    turn = make.turn(cast.other_group.seats.get())
    meeting = make.meeting(cast.other_group, by=cast.zhao)
    activity = activities.log(
        cast.zhao_branch,
        by=cast.zhao,
        kind=make.activity_kind(),
        title="赵的活动",
        starts_at=now - timedelta(days=1),
        place="会议室",
        host=cast.zhao_member,
        members=[cast.zhao_member],
        text="内容",
        organizations=[make.organization()],
    )
    need = filing.file(
        unit=cast.zhao_unit,
        category="policy",
        title="赵的需求",
        content="内容",
        urgency="normal",
        audience="office",
        contact_name="赵",
        contact_phone="10000000000",
        by=cast.zhao,
    )
    giver = make.unit(kind="agency")
    make.seat(giver)
    resource = resources.add(
        unit=giver, category="venue", title="场地", content="场地", by=make.liaison(giver)
    )
    review.publish(need, by=sun)
    dispatching.accept(need, unit=giver, by=None)
    project = projects.start(need, name="项目", resources=[resource], by=sun)
    file = rosters.xlsx(rosters.table(rosters.line(所在党组织=cast.zhao_branch.name)))
    batch = staging.upload(file, "名册.xlsx", kind=RosterImporter.kind, by=cast.zhao)
    working.work(batch)
    measure = make.measure(cast.zhao_unit, group=cast.other_group)
    milestone = measure.milestones.create(title="节点", due_on=measure.due_on)
    typed = {"question": "甲", "entitled": 1, "present": 1, "in_favour": 1}
    vote = meeting.votes.create(item=meeting.items.last(), **typed)
    resolution = make.resolution(meeting)
    note = measure.notes.create(text="进展", percent=10)
    evidence = note.files.create(file="x", name="佐证.pdf", size=1, kind="pdf")
    item = make.item(cast.zhao_unit)
    item.notes.create(text="进展").files.create(file="x", name="佐证.pdf", size=1, kind="pdf")
    return {
        "minutes": make.minutes(make.held_meeting(cast.other_group)),
        "checkin": meeting.checkins.create(name="来宾", way="chair", at=now),
        "sheet": meeting.sheets.create(file="x", name="签到表.jpg", size=1, kind="jpg"),
        "vote": vote,
        "resolution": resolution,
        "task": make.action_item(cast.zhao_unit, resolution=resolution),
        "series": make.series(cast.other_group),
        "measure": measure,
        "item": item,
        "itemfile": item.notes.get().files.get(),
        "itemproject": item,
        "milestone": milestone,
        "drive": (drive := make.drive(cast.zhao_unit)),
        "visit": drive.visits.create(unit=cast.zhao_unit, on=now.date(), visitors="孙"),
        "evidence": evidence,
        "organization": cast.zhao_branch,
        "person": cast.zhao_member,
        "activity": activity,
        "part": activity.participations.get(is_host=False),
        "term": cast.zhao_member.terms.get(),
        "committee": make.committee(cast.zhao_branch),
        "transfer": make.transfer(make.member(cast.zhao_branch), target=make.organization()),
        "group": cast.other_group,
        "seat": cast.other_group.seats.get(),
        "meeting": meeting,
        "topic": topics.propose(meeting, unit=cast.zhao_unit, title="赵的议题", by=cast.zhao),
        "agenda": meeting.items.first(),
        "invitation": meeting.invitations.first(),
        "guest": meeting.guests.create(name="赵的嘉宾"),
        # A draft is the office's alone; what is adopted is everybody's.
        "regulation": make.regulation_draft(),
        "signoff": make.regulation("rota").sign_offs.get(unit=cast.zhao_unit),
        "turn": turn,
        "duty": make.begun(turn).duties.first(),
        "handover": make.handover(turn),
        "feed": make.feed(cast.zhao, group=cast.other_group)[0],
        "need": need,
        "needfile": need.files.create(file="x", name="现场.jpg", size=1, kind="jpg"),
        "needdraft": NeedDraft.objects.create(
            by=cast.zhao, typed={"title": "赵的需求", "once": "x"}
        ),
        "cofiler": need.cofilers.create(unit=cast.zhao_unit),
        "project": project,
        "resource": (hall := make.resource(cast.zhao_unit, "submitted", is_timed=True)),
        "closedtime": hall.closed_times.create(starts_on=now.date(), ends_on=now.date()),
        "resourcephoto": hall.photos.create(image="x", thumbnail="x"),
        "booking": make.booking(make.resource(giver), cast.zhao_unit, "waiting"),
        "import": batch,
        "talk": make_talk.talk(cast.zhao_member, make.member(cast.zhao_branch)),
        "study": (material := make_talk.material(cast.zhao_branch)),
        "studyfile": material.files.create(file="x", name="讲话.pdf", size=1, kind="pdf"),
        "suggestion": activity.suggestions.create(
            text="建议", made_on=now.date(), added_by=cast.zhao
        ),
        "unit": cast.zhao_unit,
        "instructor": Instructor.objects.create(
            unit=cast.zhao_unit, member=cast.zhao_member, starts_on=make.LONG_AGO
        ),
        "absence": Absence.objects.create(
            member=cast.zhao_member, kind="mobile", starts_on=make.LONG_AGO
        ),
        "checkup": cast.zhao_branch,
        "exemption": cast.zhao_branch.exemptions.create(
            code="theme_day", starts_on=now.date(), ends_on=now.date(), reason="赵的原因"
        ),
        "duesbranch": cast.zhao_branch,
        "duesmember": cast.zhao_member,
        **make_dues.rows(cast.zhao_member, by=cast.zhao),
        "appraisal": make_appraisals.appraisal(cast.zhao_branch, by=cast.zhao),
        **make_circulars.rows(cast.zhao_branch, by=cast.zhao),
        "lifemeeting": (life := make_appraisals.life_meeting(cast.zhao_branch, "held")),
        "rectification": life.rectifications.create(
            text="赵的整改", owner=cast.zhao_member, due_on=now.date()
        ),
    }


def names():
    return sorted(name for name in all_policies() if not name.startswith("admin:"))


def path_of(name, pk=NOWHERE):
    """The URL of a name, its numbers filled with `pk`; None where it takes something else."""
    from django.urls.exceptions import NoReverseMatch

    for arguments in ({}, {"pk": pk}):
        try:
            return reverse(name, kwargs=arguments)
        except NoReverseMatch:
            continue
    return None


def ask(user, method, path):
    client = Client(raise_request_exception=True)
    if user is not None:
        client.force_login(user)
    return getattr(client, method)(path)


def test_only_whom_the_policy_names_gets_in(personas):
    wrong = []
    for name, persona, method in product(names(), personas, ("get", "post")):
        policy, path, user = all_policies()[name], path_of(name), personas[persona]
        if path is None:
            continue
        status = ask(user, method, path).status_code
        admitted = policy.admits(user)
        refused = not admitted and status != 403
        not_that_way = admitted and method.upper() not in policy.methods
        if status == 500 or refused or (not_that_way and status not in (405, 302)):
            wrong.append((name, persona, method, status))
    assert wrong == []


def test_a_visitor_reaches_the_entrance_only(db):
    entrance = reverse("account_login")
    wrong = []
    for name, method in product(names(), ("get", "post")):
        path = path_of(name)
        if path is None or all_policies()[name].public:
            continue
        answer = ask(None, method, path)
        if answer.status_code != 302 or not answer.url.startswith(entrance):
            wrong.append((name, method, answer.status_code))
    assert wrong == []


NOUNS = (
    "import",
    "organization",
    "person",
    "activity",
    "study",
    "talk",
    "term",
    "committee",
    "transfer",
    "appraisal",
    "lifemeeting",
    "group",
    "meeting",
    "turn",
    "handover",
    "measure",
    "item",
    "series",
    "minutes",
    "need",
    "project",
    "resource",
    "booking",
    "drive",
    "visit",
    "circular",
    "addressee",
)
PARK = {STAFF, LEADER, AUDITOR}
# Who sees the names of organizations and groups besides: no person stands in them.
WIDER = {
    "organization": {ADMIN},
    "group": {ADMIN},
    "unit": {ADMIN, LEAD, SECRETARY, UNIT},  # whoever speaks for a unit knows the others' names
}
# Their number is a photo's: tests/members/test_photos.py.
OTHERWISE = (
    "members:activity-photo",
    "members:activity-thumbnail",
    "members:activity-file",  # tests/members/test_record_page.py
    "alliance:regulation-file",  # and this: tests/alliance/test_regulations.py
    "alliance:regulation-unfile",
    "members:import-row",  # and this: tests/members/test_member_import.py
    "members:import-leave-out",
    "alliance:duty-file",  # tests/alliance/test_duties.py
    "alliance:handover-file",  # tests/alliance/test_handovers.py
    "alliance:agenda-file",  # tests/alliance/test_agenda.py
    "alliance:agenda-unfile",
)


def about_a_row(rows):
    """URL names whose number is one of the rows', with the noun."""
    for name in names():
        noun = name.rpartition(":")[2].split("-")[0]
        if noun in rows and name not in OTHERWISE and path_of(name, 1) != path_of(name, 2):
            yield name, noun


def test_outside_a_scope_looks_like_nothing(personas, rows):
    wrong, asked = [], 0
    for (name, noun), persona, method in product(about_a_row(rows), personas, ("get", "post")):
        policy, user = all_policies()[name], personas[persona]
        inside = persona == "outside" or persona in PARK | WIDER.get(noun, set())
        if inside or not policy.admits(user) or method.upper() not in policy.methods:
            continue
        there = ask(user, method, path_of(name, rows[noun].pk)).status_code
        nowhere = ask(user, method, path_of(name)).status_code
        asked += 1
        if (there, nowhere) != (404, 404):
            wrong.append((name, persona, method, there, nowhere))
    assert wrong == []
    assert asked > 50


@pytest.mark.parametrize("noun", NOUNS)
def test_the_insider_does_see_it(noun, rows, cast, sun):
    """The control of the test above: the same URLs answer those who may look."""
    alliance = ("group", "meeting", "turn", "handover", "measure", "item", "series", "minutes")
    services = ("need", "project", "resource", "booking", "drive", "visit")
    app = dict.fromkeys(alliance, "alliance") | dict.fromkeys(services, "services")
    app |= dict.fromkeys(("circular", "addressee"), "circulars")
    path = reverse(f"{app.get(noun, 'members')}:{noun}-detail", args=[rows[noun].pk])
    for user in (cast.zhao, sun):
        assert ask(user, "get", path).status_code == 200


def test_a_denial_writes_nothing(personas, rows):
    wrong, denied = [], 0
    for name, persona in product(names(), ("nobody", MEMBER, LEADER, ADMIN)):
        noun = name.rpartition(":")[2].split("-")[0]
        path = path_of(name, rows[noun].pk if noun in rows else NOWHERE)
        if path is None:
            continue
        client = Client()
        client.force_login(personas[persona])
        with Captured() as captured:
            answer = client.post(path, {"reason": "x", "title": "x"})
        if answer.status_code in (403, 404, 405):
            denied += 1
            wrong += [(name, persona, sql) for sql in captured.writes()]
    assert wrong == []
    assert denied > 100


class Captured:
    """The statements of a block, without the test client's own."""

    def __enter__(self):
        from django.test.utils import CaptureQueriesContext

        self.context = CaptureQueriesContext(connection)
        self.context.__enter__()
        return self

    def __exit__(self, *arguments):
        self.context.__exit__(*arguments)

    def writes(self):
        return [
            query["sql"][:120]
            for query in self.context.captured_queries
            if WRITES.match(query["sql"]) and not any(own in query["sql"] for own in OWN_WRITES)
        ]


def test_the_administrator_sees_no_personal_data(personas, rows, cast):
    """Not a name of a member, not a need, on any page or export that opens for the role."""
    secrets = ("赵的需求", "赵的活动", "赵的议题", "赵的嘉宾", "赵的通知", "lin党支部书记")
    user = personas[ADMIN]
    for name, policy in all_policies().items():
        path = path_of(name)
        if path is None or not policy.admits(user) or "GET" not in policy.methods:
            continue
        answer = ask(user, "get", path)
        body = b"".join(answer) if answer.streaming else answer.content
        for secret in secrets:
            assert secret.encode() not in body, name


def test_roles_of_the_cast_are_what_they_say(personas):
    assert roles(personas["nobody"]) == frozenset()
    assert roles(personas[MEMBER]) == {MEMBER}
    assert roles(personas[UNIT]) == {UNIT, SEAT}
    assert roles(personas[SECRETARY]) == {SECRETARY, UNIT, SEAT, MEMBER}
    assert roles(personas[LEAD]) == {LEAD, SECRETARY, UNIT, SEAT, MEMBER}

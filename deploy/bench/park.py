"""An invented park of any size, written straight into an empty migrated database.

Nothing here goes through the actions: a hundred thousand members are to be there in a minute.
The same size gives the same park.
"""

from datetime import date, timedelta
from itertools import count
from random import Random

from django.contrib.contenttypes.models import ContentType
from django.db import connection

import crowd
import gatherings
import given
import league
import needs
import projects
from alliance.models import ActionItem, Handover, Measure, Meeting, Turn
from copying import copy, numbered
from members.actions.attendances import copied
from members.models import (
    Activity,
    ActivityKind,
    Attendance,
    Liaison,
    Membership,
    Organization,
    OrganizationUnit,
    Participation,
    PartyMember,
    Placement,
    Post,
    Term,
    Unit,
)
from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel.models import Event, Serial
from nanchuan.notices.models import Delivery, Notice, Reminder
from nanchuan.portal.demo import park as words
from scale import FOUNDED, NOW, SECRETARY, STAFF, TODAY, TURNS, TURNS_PAST, Size
from services.models import Booking, Need, OpenTime, Resource

SEED = 755
TAKING_PART = 5
NEED_STEPS = ("filed", "published", "accepted", "matched", "offered", "confirmed")
LONG_AGO = NOW - timedelta(days=1100)
TEXT = "学习有关文件,结合岗位谈体会,研究下一步工作安排,落实到人。" * 6


def fill(members: int, asked_needs: int = 0) -> None:
    size, random = Size(members, asked_needs), Random(SEED)
    for model, objects in tables(size, random):
        copy(model, numbered(objects))
    gatherings.publish()
    crowd.fill(size)
    last = max(
        size.needs,
        given.EACH * size.resources,
        size.measures,
        size.resolutions + crowd.RESOLVED,
    )
    Serial.objects.bulk_create(
        Serial(prefix=prefix, year=TODAY.year, last=last) for prefix in "需项资约举议"
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def tables(size, random):
    """Models with their rows, in the order in which they may be written."""
    yield User, accounts(size)
    yield StaffPost, [StaffPost(user_id=STAFF, role="staff", starts_on=FOUNDED)]
    organizations = list(numbered(tree(size)))
    yield Organization, organizations
    yield Placement, placements(organizations)
    yield Unit, units(size)
    branches = [row for row in organizations if row.kind == Organization.Kind.BRANCH]
    yield OrganizationUnit, unit_links(size, branches)
    people = list(numbered(everybody(size, random)))
    yield PartyMember, people
    homes = {person.pk: branches[person.pk % len(branches)] for person in people}
    yield (
        Membership,
        (Membership(member_id=pk, organization=at, starts_on=FOUNDED) for pk, at in homes.items()),
    )
    yield Term, terms(organizations, branches, homes)
    yield (
        Liaison,
        (
            Liaison(unit_id=unit, user_id=SECRETARY + unit, starts_on=FOUNDED)
            for unit in range(1, size.units + 1)
        ),
    )
    yield from league.tables(size)
    activities = list(numbered(logged(size, random, homes, branches)))
    yield Activity, activities
    yield Participation, participations(activities)
    yield Attendance, attendances(activities, homes, branches)
    yield from services(size, random)
    yield Event, events(size, activities)
    yield from inbox(size)


def accounts(size):
    yield User(username="bench-staff", name="王办公", password="!")
    yield User(username="bench-secretary", name="李书记", password="!")
    for number in range(1, size.units + 1):
        yield User(
            username=f"liaison-{number}",
            name="张联络",
            password="!",
            email=f"liaison-{number}@bench.invalid",
        )


def tree(size):
    """A committee over committees, general branches and, below those, most branches."""
    inner = max(2, size.organizations // 16)
    step = Organization._get_path
    root = Organization(
        path=step("", 1, 1),
        depth=1,
        kind=Organization.Kind.COMMITTEE,
        name="园区党工委(测试)",
    )
    rows, parents, born = [root], [root], {root.path: 0}

    def below(parent, kind, name):
        born[parent.path] += 1
        path = step(parent.path, parent.depth + 1, born[parent.path])
        born[path] = 0
        return Organization(path=path, depth=parent.depth + 1, kind=kind, name=name)

    for number in range(1, inner + 1):
        kind = Organization.Kind.GENERAL_BRANCH if number % 2 else Organization.Kind.COMMITTEE
        rows.append(below(root, kind, f"测试{kind.label}{number}"))
        parents.append(rows[-1])
    for number in range(1, size.organizations - inner):
        parent = parents[number % len(parents)]
        kind = Organization.Kind.BRANCH
        rows.append(below(parent, kind, f"测试企业{number}{kind.label}"))
    for row in rows:
        row.starts_on, row.numchild = FOUNDED, born[row.path]
    return sorted(rows, key=lambda row: row.path)


def placements(organizations):
    at = {row.path: row for row in organizations}
    for row in organizations:
        parent = at.get(row.path[: -Organization.steplen])
        yield Placement(organization=row, parent=parent, starts_on=FOUNDED)


def units(size):
    """The enterprises of the groups, then the wide seats, then those without a seat."""
    enterprises = size.groups * size.group_seats
    for number in range(1, size.units + 1):
        wide = enterprises < number <= enterprises + size.wide_seats
        kind = Unit.Kind.DEPARTMENT if wide else Unit.Kind.ENTERPRISE
        yield Unit(
            name=f"测试{kind.label}{number}",
            kind=kind,
            industry="制造业",
        )


def unit_links(size, branches):
    for number, branch in enumerate(branches):
        unit = number % size.units + 1
        yield OrganizationUnit(organization=branch, unit_id=unit, starts_on=FOUNDED)


def everybody(size, random):
    spelt = {}
    for number in range(1, size.members + 1):
        name = random.choice(words.SURNAMES) + "".join(random.choices(words.GIVEN, k=2))
        person = PartyMember(
            name=name,
            gender=random.choice(PartyMember.Gender.values),
            ethnicity=random.choice(words.ETHNICITIES),
            born_on=date(1960, 1, 1) + timedelta(random.randrange(15_000)),
            id_number=f"63012119{number:09}X"[:18],
            phone=f"139{number:08}",
            education=random.choice(PartyMember.Education.values),
            native_place=random.choice(words.PLACES),
            job=random.choice(words.JOBS),
            joined_on=date(1985, 7, 1) + timedelta(random.randrange(12_000)),
            user_id=SECRETARY if number == 1 else None,
        )
        if name not in spelt:
            person.spell()
            spelt[name] = person.pinyin, person.initials
        person.pinyin, person.initials = spelt[name]
        yield person


def terms(organizations, branches, homes):
    """Everywhere a secretary; in branches, which have people of their own, two more posts."""
    posts = list(Post.objects.order_by("order")[:3])
    members = {branch.pk: [] for branch in branches}
    for pk, branch in homes.items():
        members[branch.pk].append(pk)
    spare = count(2)  # leaders above the branches come from anywhere
    for organization in organizations:
        own = members.get(organization.pk) or [next(spare)]
        for post, member in zip(posts, own, strict=False):
            yield Term(
                organization=organization,
                post=post,
                member_id=member,
                sole=post.sole,
                starts_on=FOUNDED,
            )


def logged(size, random, homes, branches):
    """Every branch in turn, the newest last; it is the secretary who writes."""
    kinds = {kind.code: kind for kind in ActivityKind.objects.all()}
    first = {branch.pk: pk for pk, branch in reversed(homes.items())}
    begin, pause = LONG_AGO + timedelta(days=100), timedelta(days=999) / size.activities
    for number in range(size.activities):
        branch = branches[number % len(branches)]
        code, title, text = random.choice(words.ACTIVITIES)
        yield Activity(
            organization=branch,
            kind=kinds[code],
            title=title.replace("{quarter}", "一"),
            starts_at=begin + number * pause,
            place="党员活动室",
            host_id=first[branch.pk],
            text=text + TEXT,
            logged_by_id=SECRETARY,
            logged_at=begin + number * pause,
            submitted_at=begin + number * pause,
        )


def participations(activities):
    """Each was held by one organization."""
    for activity in activities:
        yield Participation(
            activity=activity,
            organization_id=activity.organization_id,
            kind_id=activity.kind_id,
            held_on=activity.held_on,
            led_by=activity.host_id,
            answer=Participation.Answer.CONFIRMED,
            is_host=True,
            counts=True,
        )


def attendances(activities, homes, branches):
    members = {branch.pk: [] for branch in branches}
    for pk, branch in homes.items():
        members[branch.pk].append(pk)
    for activity in activities:
        for member in members[activity.organization_id][:TAKING_PART]:
            home = activity.organization_id
            yield Attendance(
                activity=activity,
                member_id=member,
                organization_id=home,
                **copied(activity),
            )


def services(size, random):
    yield Resource, given.resources(size, random)
    yield OpenTime, given.opened(size)
    asked = needs.tables(size, random)
    model, filed = next(asked)
    yield model, filed
    yield from asked
    yield Booking, given.bookings(size)
    yield from projects.tables(size, filed)


def events(size, activities):
    """What the history of each record shows; all of it was handled long ago."""
    models = (ActionItem, Activity, Handover, Measure, Meeting, Need, PartyMember, Turn)
    kinds = ContentType.objects.get_for_models(*models)

    def event(name, model, pk, at=LONG_AGO):
        return Event(
            name=name,
            subject_type=kinds[model],
            subject_id=pk,
            subject_label="测试记录",
            by_id=SECRETARY,
            by_label="李书记",
            happened_at=at,
            handled_at=at,
        )

    for pk in range(1, size.members + 1):
        yield event("member.enrolled", PartyMember, pk, LONG_AGO + timedelta(seconds=pk))
    for activity in activities:
        yield event("activity.logged", Activity, activity.pk, activity.starts_at)
    for name, model, number in (
        ("meeting.convened", Meeting, (TURNS_PAST + 1) * size.groups),
        ("turn.assigned", Turn, TURNS * size.groups),
        ("handover.opened", Handover, TURNS_PAST * size.groups),
        ("measure.created", Measure, size.measures),
        ("measure.noted", Measure, size.measures),
        ("item.assigned", ActionItem, size.resolutions),
    ):
        for pk in range(1, number + 1):
            yield event(name, model, pk)
    for pk in range(1, size.needs + 1):
        for hour, name in enumerate(NEED_STEPS):
            at = needs.asked_at(size, pk) + timedelta(hours=hour)
            yield event(f"need.{name}", Need, pk, at)


def inbox(size):
    """Notices of needs and meetings: the secretary has a twentieth of all."""
    kinds = ContentType.objects.get_for_models(Meeting, Need)
    meetings = (TURNS_PAST + 1) * size.groups
    subjects = [("meeting.notice", kinds[Meeting], pk + 1) for pk in range(meetings)]
    subjects += [("need.published", kinds[Need], pk + 1) for pk in range(size.needs)]
    yield (
        Reminder,
        (
            Reminder(
                rule=rule,
                subject_type=kind,
                subject_id=pk,
                moment="bench",
                due_at=NOW,
                state=Reminder.State.DONE,
            )
            for rule, kind, pk in subjects
        ),
    )
    told = list(pairs(size, len(subjects)))
    yield (
        Delivery,
        (
            Delivery(
                reminder_id=reminder,
                recipient_id=person,
                channel=Delivery.Channel.INBOX,
                state=Delivery.State.SENT,
                due_at=NOW,
                sent_at=NOW,
            )
            for person, reminder in told
        ),
    )
    yield (
        Notice,
        (
            Notice(recipient_id=person, reminder_id=reminder, read_at=None if reminder % 3 else NOW)
            for person, reminder in told
        ),
    )


def pairs(size, reminders):
    """Each person and reminder once; a twentieth for the secretary, the others share the rest."""
    own = min(reminders, size.notices // 20)
    yield from ((SECRETARY, number) for number in range(1, own + 1))
    for number in range(min(size.notices - own, reminders * size.units)):
        yield SECRETARY + 1 + number % size.units, number // size.units % reminders + 1

"""Load the demo park, the same for the same seed, through the actions that people use."""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random

from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import groups, seats
from alliance.models import Group, GroupContact
from members.actions import organizations
from members.models import (
    Liaison,
    Membership,
    Organization,
    OrganizationUnit,
    PartyMember,
    Unit,
)
from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import roles
from nanchuan.notices.actions import suppress
from nanchuan.portal.demo import (
    absences,
    alliance,
    answers,
    appraisals,
    circulars,
    drives,
    dues,
    gifts,
    needs,
    park,
    plans,
    projects,
    records,
    studies,
    terms,
    transfers,
)
from nanchuan.portal.demo import organizations as ledger
from nanchuan.portal.demo import units as unit_facts
from nanchuan.portal.demo.people import person
from nanchuan.portal.models import DemoRow
from services.actions import resources

APPS = (
    "kernel",
    "accounts",
    "notices",
    "members",
    "alliance",
    "services",
    "circulars",
    "auditlog",
)
SEEDED = (
    "members.post",
    "members.activitykind",
    "members.rule",
    "members.duesrate",
    "members.kindrule",
    "members.dutyrule",
    "alliance.meetingkind",
    "alliance.kinditem",
    "notices.channel",
)


class DemoRefused(Exception):
    """The database holds other data; the message says so to the person who asked."""


@dataclass
class Park:
    """What the steps below hand on to each other."""

    random: Random
    today: date
    password: str
    founded_on: date
    units: dict[str, Unit] = field(default_factory=dict)
    branches: dict[str, Organization] = field(default_factory=dict)
    secretaries: dict[str, User] = field(default_factory=dict)
    people: dict[int, list[PartyMember]] = field(default_factory=dict)
    recent: set[int] = field(default_factory=set)  # members who joined 120 days ago
    personas: list[dict] = field(default_factory=list)
    to_come: list[tuple] = field(default_factory=list)  # moments, and what happens then

    def belongs_since(self, person: PartyMember) -> date:
        """When a full member came to the branch: as a member of the party, and of the park."""
        return max(self.founded_on, person.joined_on)

    def at(self, days_ago: int, hour: int = 10) -> datetime:
        day = self.today - timedelta(days=days_ago)
        return timezone.make_aware(datetime.combine(day, time(hour, 15)))


def models() -> list:
    """Every model whose rows belong to the demo."""
    return [
        model
        for name in APPS
        for model in apps.get_app_config(name).get_models()
        if model._meta.label_lower not in SEEDED
    ]


def is_loaded() -> bool:
    return DemoRow.objects.exists()


def is_empty() -> bool:
    """Whether nothing stands in the way: no account, no organization, no unit, no group."""
    return not any(
        model.objects.exists() for model in (User, Organization, Unit, PartyMember, Group)
    )


@transaction.atomic
def load(*, seed: int, password: str) -> list[dict]:
    """Load the park and return its accounts: persona, username, password, name.

    Raises DemoRefused on a database that holds other data. Loading twice is the caller's
    business: ask `is_loaded` first.
    """
    if not is_empty():
        raise DemoRefused(_("数据库中已有其他数据，不再载入演示数据。请换一个空数据库。"))
    today = timezone.localdate()
    made = Park(Random(seed), today, make_password(password), date(today.year - 6, 1, 1))
    for step in (_units, _organizations, _people, ledger.load, _accounts, terms.load):
        step(made)
    for step in (unit_facts.load, absences.load):
        step(made)
    for step in (_groups, alliance.load_texts, alliance.load_rota, _resources):
        step(made)
    needs.load(made)
    drives.load(made)
    answers.load(made)
    gifts.load(made)
    records.load(made)
    plans.load(made)
    studies.load(made)
    alliance.load_measures(made)
    projects.load(made)
    transfers.load(made)
    dues.load(made, _keeper)
    appraisals.load(made)
    circulars.load(made)
    suppress(before=timezone.now())
    _remember()
    return [account | {"password": password} for account in made.personas]


def _units(made: Park) -> None:
    kinds = {
        Unit.Kind.ENTERPRISE: [name for _chain, _group, names in park.GROUPS for name in names]
        + park.OTHER_ENTERPRISES,
        Unit.Kind.DEPARTMENT: park.DEPARTMENTS,
        Unit.Kind.OWN_COMPANY: park.OWN_COMPANIES,
        Unit.Kind.AGENCY: park.AGENCIES,
    }
    for kind, names in kinds.items():
        for name in names:
            made.units[name] = Unit.objects.create(
                name=name,
                short_name=park.SHORT_NAMES.get(name, ""),
                kind=kind,
            )


def _found(made: Park, kind, name: str, short: str, parent=None) -> Organization:
    return organizations.found(
        parent,
        kind=kind,
        name=name,
        short_name=short,
        starts_on=made.founded_on,
        by=None,
        at=timezone.make_aware(datetime.combine(made.founded_on, time(9))),
    )


def _organizations(made: Park) -> None:
    """Two committees, a general branch, 45 branches; which stands under which is invented."""
    kinds = Organization.Kind
    root = _found(made, kinds.COMMITTEE, "南川工业园区党委", "园区党委")
    own = _found(made, kinds.COMMITTEE, "园区直属公司党委（示例）", "直属公司党委", root)
    general = _found(made, kinds.GENERAL_BRANCH, "园区机关党总支（示例）", "机关党总支", root)
    for name, unit in made.units.items():
        parent = {Unit.Kind.DEPARTMENT: general, Unit.Kind.OWN_COMPANY: own}.get(unit.kind, root)
        if name == ledger.STOOD_AT_THE_TOP:
            parent = root
        branch = _found(made, kinds.BRANCH, *ledger.first_names(unit), parent)
        OrganizationUnit.objects.create(organization=branch, unit=unit, starts_on=made.founded_on)
        made.branches[name] = branch


def _people(made: Park) -> None:
    """755 members over the branches, at least six in each, one in twenty on probation."""
    branches = list(made.branches.values())
    sizes = [6] * len(branches)
    for _extra in range(park.MEMBERS - sum(sizes)):
        sizes[made.random.randrange(len(sizes))] += 1
    homes = [branch for branch, size in zip(branches, sizes, strict=True) for _one in range(size)]
    people = [person(made.random, number, made.today) for number in range(1, len(homes) + 1)]
    for one in people[19::20]:  # on probation: admitted 120 days ago
        one.joined_on, one.full_member_on = made.today - timedelta(days=120), None
    for one in people:
        for column in ("id_index", "phone_index", "phone_tail"):
            PartyMember._meta.get_field(column).pre_save(one, add=True)
    PartyMember.objects.bulk_create(people)
    rows = []
    for number, (one, home) in enumerate(zip(people, homes, strict=True)):
        made.people.setdefault(home.pk, []).append(one)
        probation = number % 20 == 19
        if probation:
            made.recent.add(one.pk)
        rows.append(
            Membership(
                member=one,
                organization=home,
                standing="probationary" if probation else "full",
                starts_on=made.today - timedelta(days=120)
                if probation
                else made.belongs_since(one),
            )
        )
    Membership.objects.bulk_create(rows)
    for members in made.people.values():  # who has been in the party longest leads
        members.sort(key=lambda one: one.joined_on)


def _account(made: Park, username: str, name: str, persona: str = "") -> User:
    account = User.objects.create(
        username=username, name=name, email=f"{username}@demo.invalid", password=made.password
    )
    if persona:
        made.personas.append({"persona": persona, "username": username, "name": name})
    return account


def _accounts(made: Park) -> None:
    """Every secretary signs in; eight of the accounts stand for the personas."""
    for role, name in (
        (roles.ADMIN, "系统管理员（演示）"),
        (roles.STAFF, "党务工作者（演示）"),
        (roles.LEADER, "园区领导（演示）"),
        (roles.AUDITOR, "审计人员（演示）"),
    ):
        account = _account(made, role, name, persona=role)
        StaffPost.objects.create(user=account, role=role, starts_on=made.founded_on)
    known = {
        park.GROUPS[0][2][0]: ("lead", "lead"),
        park.GROUPS[0][2][1]: ("secretary", "secretary"),
    }
    for number, (unit, branch) in enumerate(made.branches.items(), 1):
        officers = [one for one in made.people[branch.pk] if one.pk not in made.recent]
        username, persona = known.get(unit, (f"secretary{number:02d}", ""))
        leader = officers[0]
        leader.user = _account(made, username, leader.name, persona)
        leader.save(update_fields=["user"])
        made.secretaries[unit] = leader.user
        if persona == "secretary":
            plain = officers[4]
            plain.user = _account(made, "member", plain.name, "member")
            plain.save(update_fields=["user"])
    company = park.OWN_COMPANIES[2]
    liaison = _account(made, "unit", "联络员（演示）", "unit")
    Liaison.objects.create(unit=made.units[company], user=liaison, starts_on=made.founded_on)
    order = ("admin", "staff", "leader", "lead", "unit", "secretary", "member", "auditor")
    made.personas.sort(key=lambda account: order.index(account["persona"]))


def _keeper(made: Park, username, persona):
    """Gives an account to whoever keeps the dues of a branch."""

    def give(person: PartyMember) -> User:
        person.user = _account(made, username, person.name, persona)
        person.save(update_fields=["user"])
        return person.user

    return give


def _groups(made: Park) -> None:
    by, since = User.objects.get(username="staff"), made.founded_on
    act = {"by": by, "at": timezone.make_aware(datetime.combine(since, time(10)))}
    for order, (chain, name, units) in enumerate(park.GROUPS, 1):
        group = groups.found(name=name, chain=chain, order=order, starts_on=since, **act)
        sitting = [seats.join(made.units[unit], group, starts_on=since, **act) for unit in units]
        seats.name_lead(sitting[0], on=since, **act)
        person = GroupContact(
            name=made.secretaries[units[0]].name, job="小组召集人", phone=f"1009100000{order}"
        )
        groups.change(group, contacts=[person], **act)
    for unit in (*park.DEPARTMENTS, *park.OWN_COMPANIES, *park.AGENCIES):
        seats.join(made.units[unit], None, starts_on=since, **act)


def _resources(made: Park) -> None:
    staff = User.objects.get(username="staff")
    for number, (unit, category, title, content, quantity, conditions) in enumerate(park.RESOURCES):
        filed_at = made.at(330 - number)
        resource = resources.add(
            unit=made.units[unit],
            category=category,
            title=title,
            content=content,
            quantity=quantity,
            conditions=conditions,
            by=made.secretaries[unit],
            at=filed_at,
            **gifts.AMOUNTS.get(title, {}),
        )
        resources.approve(resource, by=staff, at=filed_at + timedelta(hours=2))


def _remember() -> None:
    """Note every row, so that exactly the demo can be taken away."""
    rows = [
        DemoRow(kind=ContentType.objects.get_for_model(model), row=str(pk))
        for model in models()
        for pk in model._base_manager.values_list("pk", flat=True)
    ]
    DemoRow.objects.bulk_create(rows, batch_size=2000)

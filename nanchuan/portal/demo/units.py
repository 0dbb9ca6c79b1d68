"""What is known of the units, whom to call there, and who guides those without an organization.

Credit codes have the right check character and a region that no place has.
"""

from datetime import timedelta

from members.actions import instructors, units
from members.models import Unit, UnitContact
from members.models.units import credit_check_digit
from nanchuan.accounts.models import User
from nanchuan.portal.demo import park

PREFIX = {
    Unit.Kind.ENTERPRISE: "91",
    Unit.Kind.OWN_COMPANY: "91",
    Unit.Kind.DEPARTMENT: "11",
    Unit.Kind.AGENCY: "11",
}
SIZES = [  # size, fewest and most employees
    (Unit.Size.LARGE, 1000, 1900),
    (Unit.Size.MEDIUM, 310, 640),
    (Unit.Size.SMALL, 60, 280),
    (Unit.Size.SMALL, 22, 90),
    (Unit.Size.MICRO, 6, 19),
]
LARGE = {"天合光能股份有限公司", "青海丽豪半导体材料有限公司", "圣源地毯集团有限公司"}
CHAINS = ["藏毯绒纺", "锂电", "光伏"]
JOBS = ["综合部负责人", "党务联络人", "人事主管"]
GUIDED = ["示例小微企业四", "示例小微企业五", "示例小微企业六"]
ENDED = "示例小微企业七"  # its instructor went elsewhere
NOBODY = ["示例小微企业八", "示例小微企业九"]
GUIDES_FROM = "企业服务部门（示例）"


def load(made) -> None:
    staff = User.objects.get(username="staff")
    known = list(Unit.objects.order_by("pk"))
    for number, unit in enumerate(known):
        facts = _facts(number, unit.name, unit.kind)
        units.change(unit, contacts=_contacts(number), by=staff, at=made.at(150), **facts)
    for number, name in enumerate([*GUIDED, ENDED, *NOBODY], len(known)):
        facts = _facts(number, name, Unit.Kind.ENTERPRISE)
        units.add(
            name=name,
            kind=Unit.Kind.ENTERPRISE,
            contacts=_contacts(number)[:1],
            by=staff,
            at=made.at(140),
            **facts | {"size": Unit.Size.MICRO, "employees": 3 + number % 9},
        )
    _guide(made, staff)


def _facts(number, name, kind) -> dict:
    body = f"{PREFIX[kind]}999999MA{number + 1:07d}"
    facts = {"credit_code": body + credit_check_digit(body), "address": f"示例路 {number + 1} 号"}
    if kind in (Unit.Kind.DEPARTMENT, Unit.Kind.AGENCY):
        return facts | {"employees": 8 + number % 17}
    size, fewest, most = SIZES[0] if name in LARGE else SIZES[1 + number % (len(SIZES) - 1)]
    return (
        facts
        | _chain(number, name)
        | {"size": size, "employees": fewest + number * 37 % (most - fewest)}
    )


def _chain(number, name) -> dict:
    own = {unit: chain for chain, _group, names in park.GROUPS for unit in names}
    if name in own:
        return {"chain": own[name], "industry": f"{own[name]}制造"}
    return {"chain": CHAINS[number % 3]} if number % 5 else {}


def _contacts(number) -> list[UnitContact]:
    """One or two for each unit, with numbers that nobody has."""
    return [
        UnitContact(
            name=_name(number * 2 + order),
            job=JOBS[(number + order) % len(JOBS)],
            phone=f"100{70000000 + number * 10 + order}",
            order=order,
        )
        for order in range(1 + number % 2)
    ]


def _name(number) -> str:
    surnames, given = park.SURNAMES, park.GIVEN
    return surnames[number % len(surnames)] + given[number * 7 % len(given)]


def _guide(made, staff):
    """Members of a department guide small enterprises; one of them no longer does."""
    branch = made.branches[GUIDES_FROM]
    people = [one for one in made.people[branch.pk] if one.pk not in made.recent]
    for number, name in enumerate([*GUIDED, ENDED]):
        row = instructors.assign(
            Unit.objects.get(name=name),
            people[-1 - number % len(people)],
            starts_on=made.today - timedelta(days=120 - number),
            note="园区选派",
            by=staff,
            at=made.at(120 - number),
        )
    instructors.end(row, ends_on=made.today - timedelta(days=20), by=staff, at=made.at(20))

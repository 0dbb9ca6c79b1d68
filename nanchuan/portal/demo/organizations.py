"""What became of organizations before today: some renamed, one moved, merged, dissolved each.

Today's figures stay: whatever is more than the park of today has ended.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from members.actions import corrections, endings, links, organizations
from members.models import Membership, Organization, Unit

# Unit → what its branch was called at first, in full and in short.
FIRST_NAMES = {
    "物业公司（示例）": ("后勤服务公司（示例）党支部", "后勤服务公司（示例）党支部"),
    "示例企业十二": ("示例企业十二筹建处党支部", "示例企业十二筹建处党支部"),
    "税务派驻机构（示例）": ("国税派驻机构（示例）党支部", "国税派驻机构（示例）党支部"),
}
STOOD_AT_THE_TOP = (
    "供应链公司（示例）"  # its branch came under the committee of the companies later
)
ABSORBED = ("示例企业十老厂区党支部", "示例企业十")  # merged into the branch of the unit
DISSOLVED = "园区建设指挥部党支部（示例）"
JOINT = "示例企业二十九"  # its branch serves the small enterprises too
SMALL = ["示例小微企业一", "示例小微企业二", "示例小微企业三"]
OFFICERS = 7  # the first of a branch, who hold posts
FOLLOWERS = 3  # members who came with the merger


def first_names(unit: Unit) -> tuple[str, str]:
    return FIRST_NAMES.get(unit.name, (f"{unit.name}党支部", f"{unit}党支部"))


def load(made) -> None:
    _rename(made)
    _move(made)
    _merge(made)
    _dissolve(made)
    _join(made)
    for branch in made.branches.values():  # names and places have changed
        branch.refresh_from_db()


def _day(made, days) -> dict:
    """A day after the founding of the park's organizations, and its moment."""
    on = made.founded_on + timedelta(days=days)
    return {"on": on, "at": moment(on)}


def moment(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time(9, 30)))


def _document(made, number) -> str:
    return f"南园党〔{made.founded_on.year}〕{number}号"


def _root(made) -> Organization:
    return Organization.objects.get_root_nodes().get()


def _rename(made):
    for number, name in enumerate(FIRST_NAMES):
        unit, document = made.units[name], _document(made, 11 + number)
        names = {"name": f"{unit.name}党支部", "short_name": f"{unit}党支部"}
        organizations.rename(
            made.branches[name],
            document=document,
            by=None,
            **names,
            **_day(made, 120 + 60 * number),
        )


def _move(made):
    committee = Organization.objects.get(name="园区直属公司党委（示例）")
    branch, document = made.branches[STOOD_AT_THE_TOP], _document(made, 21)
    organizations.move(branch, committee, document=document, by=None, **_day(made, 150))


def _found(made, name):
    return organizations.found(
        _root(made),
        kind=Organization.Kind.BRANCH,
        name=name,
        starts_on=made.founded_on,
        by=None,
        at=moment(made.founded_on),
    )


def _merge(made):
    """Some members come from the old plant, and have since been counted where they came to."""
    name, unit = ABSORBED
    old, target = _found(made, name), made.branches[unit]
    plain = [one for one in made.people[target.pk][OFFICERS:] if one.pk not in made.recent]
    first = [one for one in plain if made.belongs_since(one) == made.founded_on][:FOLLOWERS]
    Membership.objects.filter(member__in=first).update(organization=old)
    links.link(old, made.units[unit], by=None, on=made.founded_on, at=moment(made.founded_on))
    endings.merge(old, target, document=_document(made, 26), by=None, **_day(made, 240))


def _dissolve(made):
    branch = _found(made, DISSOLVED)
    endings.dissolve(
        branch,
        document=_document(made, 31),
        note="建设任务完成，党员组织关系已全部转出。",
        by=None,
        **_day(made, 300),
    )


def _join(made):
    """A branch of one enterprise becomes a joint one of four."""
    branch = made.branches[JOINT]
    names = {"name": f"{JOINT}等四家企业联合党支部", "short_name": f"{JOINT}联合党支部"}
    since = _day(made, 200)
    corrections.correct(branch, kind=Organization.Kind.JOINT_BRANCH, by=None, at=since["at"])
    organizations.rename(branch, document=_document(made, 24), by=None, **names, **since)
    for name in SMALL:
        unit = Unit.objects.create(name=name, kind=Unit.Kind.ENTERPRISE)
        links.link(branch, unit, by=None, **since)

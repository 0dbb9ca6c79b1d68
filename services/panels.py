"""What the services show on the pages of organizations and units: needs."""

from django.contrib.contenttypes.models import ContentType
from django.db.models import Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models import Seat
from members.models import OrganizationUnit
from nanchuan.kernel.lines import Counted
from nanchuan.kernel.panels import Panel, panel
from nanchuan.kernel.roles import UNIT, WHOLE_PARK, has_role
from services.actions.filing import GIVEN_UP
from services.actions.rights import office, speaks_for
from services.models import Need, Project, Resource
from services.models.needs import end_of
from services.papers.thanks import years_of

MOST = 5


@panel("organization")
def needs_of_its_units(organization, user, on):
    units = OrganizationUnit.objects.current(on).filter(organization=organization)
    return _needs(units.values("unit"), user, on)


@panel("unit")
def needs(unit, user, on):
    return _needs([unit.pk], user, on)


@panel("unit")
def suited_to_a_unit(unit, user, on):
    """What it could take on now: looked for when the box is looked at."""
    if not (office(user) or speaks_for(user, unit.pk)):
        return None
    return Panel(_("现在可以承接的需求"), "services/_unit_suggestions.html", [], {"unit": unit})


def _needs(units, user, on) -> Panel | None:
    """The latest needs that units filed or are responsible for: to stand here says whose they
    are, so they are those of which the reader may know it."""
    if not has_role(user, *WHOLE_PARK, UNIT):
        return None
    rows = Need.objects.known_to(user).filter(filed_at__lt=end_of(on))
    rows = rows.filter(Q(unit__in=units) | Q(accepted_by__in=units)).order_by("-filed_at", "-pk")
    found = list(rows.with_faces(user)[:MOST])
    return Panel(_("点单需求"), "services/_needs_panel.html", found) if found else None


@panel("group")
def needs_of_a_group(group, user, on):
    """Open needs of the units that sit in a group on a day, and its figures of needs."""
    if not has_role(user, *WHOLE_PARK, UNIT):
        return None
    units = Seat.objects.current(on).filter(group=group).values("unit")
    needs = Need.objects.visible_to(user).of_group(group, user, on)
    open_needs = needs.open()
    collected, solved, waiting, offered = _counted(
        needs.collected(on), needs.solved_for(user, on), open_needs, _offers(units, user)
    )
    asked = f"group={group.pk}"
    facts = {
        "waiting": waiting,
        "offered": offered,
        "open_query": f"{asked}&open=1",
        "resource_query": f"{asked}&free=today",
        "figures": [
            (_("征集需求"), collected, "services:need-list", f"{asked}&figure=collected"),
            (_("解决问题"), solved, "services:need-list", f"{asked}&figure=solved"),
        ],
    }
    rows = open_needs.with_faces(user).order_by("-filed_at", "-pk")
    return Panel(_("需求和资源"), "services/_group_panel.html", list(rows[:MOST]), facts)


@panel("alliance_unit")
def owed_by_a_unit(unit, user, on):
    """Needs that a unit has accepted and not settled; `carried` says so in a sentence."""
    if not has_role(user, *WHOLE_PARK, UNIT):
        return None
    rows = Need.objects.known_to(user).open().filter(accepted_by=unit)
    found = list(rows.with_faces(user).order_by("-filed_at", "-pk"))
    words = gettext("它接单的需求还有 %(number)d 条没有办结，请另行商定由谁接手。")
    carried = words % {"number": len(found)} if found else ""
    facts = {"carried": carried, "nothing": _("没有接单未办结的需求。")}
    return Panel(_("接单未办结的需求"), "services/_needs_panel.html", found, facts)


@panel("alliance_unit")
def offered_by_a_unit(unit, user, on):
    if not has_role(user, *WHOLE_PARK, UNIT):
        return None
    found = list(_offers([unit.pk], user).order_by("-added_at", "-pk"))
    facts = {"nothing": _("还没有登记可以提供的资源。")}
    return Panel(_("可提供的资源"), "services/_resources_panel.html", found, facts)


@panel("alliance_unit")
def thanks_to_a_unit(unit, user, on):
    """The certificate of each year in which it gave to a project, for the office and itself."""
    if not (office(user) or speaks_for(user, unit.pk)):
        return None
    found = years_of(unit)
    facts = {"unit": unit}
    return Panel(_("感谢状"), "services/_thanks_panel.html", found, facts) if found else None


@panel("action_item")
def needs_of_an_item(item, user, on):
    """The need that asks for help with what was resolved, or the way to it."""
    rows = Need.objects.known_to(user).filter(item=item).order_by("pk")
    found = list(rows.with_faces(user))
    stands = any(need.status not in GIVEN_UP for need in found)
    facts = {"item": item, "may_create": _carries_on(item, user) and not stands}
    if not (found or facts["may_create"]):
        return None
    return Panel(_("转为需求"), "services/_item_needs.html", found, facts)


@panel("action_item")
def projects_of_an_item(item, user, on):
    found = list(Project.objects.visible_to(user).filter(item=item).order_by("pk"))
    facts = {"item": item, "may_create": _carries_on(item, user) and not found}
    if not (found or facts["may_create"]):
        return None
    return Panel(_("转为项目"), "services/_item_projects.html", found, facts)


@panel("measure")
def projects_of_a_measure(measure, user, on):
    found = list(Project.objects.visible_to(user).filter(measure=measure).order_by("pk"))
    stands = any(project.status != Project.Status.STOPPED for project in found)
    may = measure.is_open and (office(user) or speaks_for(user, measure.unit_id))
    facts = {"measure": measure, "may_create": may and not stands}
    if not (found or facts["may_create"]):
        return None
    return Panel(_("转为项目"), "services/_measure_projects.html", found, facts)


def _carries_on(item, user) -> bool:
    """Whether this reader may carry it on: the office or the responsible unit, while it is open."""
    return item.is_live and item.is_open and (office(user) or speaks_for(user, item.unit_id))


def _offers(units, user):
    return Resource.objects.visible_to(user).available().filter(unit__in=units)


def _counted(*rows) -> list[int]:
    """How many there are of each, in one question."""
    columns = [Counted(each.order_by().values("pk")) for each in rows]
    # Any table with a row will do to hang the columns on.
    return ContentType.objects.order_by("pk").values_list(*columns).first()

"""Boxes of this app on its own pages: the check-up of an organization, and what stands on the page
of an activity besides its record (what was studied, what was suggested).

`activity-first` stands above the record, `activity` below it.
"""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from members.models import Suggestion
from members.policies import PARK
from nanchuan.kernel import roles
from nanchuan.kernel.panels import Panel, panel

FIRST_ITEM_KINDS = {"party_committee", "study_group", "study"}  # 第一议题 is what they begin with


@panel("activity-first")
def materials_first(activity, user, on):
    return _materials(activity, user) if activity.kind.code in FIRST_ITEM_KINDS else None


@panel("activity")
def materials(activity, user, on):
    return None if activity.kind.code in FIRST_ITEM_KINDS else _materials(activity, user)


def _materials(activity, user) -> Panel | None:
    """Materials that the reader may see; the box is empty only where something is missing."""
    rows = list(activity.materials.visible_to(user).defer("text").order_by("studies__pk"))
    is_first, may_edit = activity.kind.code in FIRST_ITEM_KINDS, _may_edit(activity)
    if not (rows or is_first or may_edit):
        return None
    title = _("第一议题") if is_first else _("学习材料")
    facts = {"activity": activity, "is_first": is_first, "may_edit": may_edit}
    return Panel(title, "members/_activity_materials.html", rows, facts)


@panel("activity")
def suggestions(activity, user, on):
    if activity.kind.code != Suggestion.KIND:
        return None
    rows = list(activity.suggestions.order_by("pk"))
    may_edit = _may_edit(activity)
    facts = {
        "activity": activity,
        "may_edit": may_edit,
        "may_add": may_edit and activity.status in activity.HANDED_IN,
    }
    return Panel(_("意见建议"), "members/_activity_suggestions.html", rows, facts)


def _may_edit(activity) -> bool:
    return bool(getattr(activity, "is_editable", False))


@panel("organization")
def checkup(organization, user, on):
    """The check-up of an organization, looked for when the box is looked at."""
    if not (roles.has_role(user, *PARK) or organization.may_be_led_by(user)):
        return None
    url = reverse("members:checkup-detail", args=[organization.pk])
    return Panel(_("支部体检"), "members/_checkup_panel.html", [], {"url": url})

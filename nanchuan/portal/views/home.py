from django.shortcuts import render
from django.utils import timezone

from alliance.models import Group, Meeting, Turn
from alliance.views.groups import cards
from members.models import Activity
from nanchuan.kernel import roles
from nanchuan.notices.troubles import trouble
from nanchuan.portal.figures import figures
from nanchuan.portal.todo import todo


def home(request):
    """The first page: what to do now, what comes this week, and how the park stands."""
    user = request.user
    held = roles.roles(user)
    sees_groups = bool(held & (roles.WHOLE_PARK | {roles.UNIT}))
    turns = Turn.objects.visible_to(user).coming().select_related("group", "seat__unit")
    coming = list(turns) if sees_groups else []
    context = {"todo": todo(user, coming), "today": timezone.localdate(), "held": held}
    context["trouble"] = trouble(user)
    if held & roles.WHOLE_PARK:
        shown = figures()
        context |= {"figures": {figure.key: figure for figure in shown}}
    if sees_groups:
        groups = Group.objects.visible_to(user).current().order_by("order", "pk")
        context |= {
            "cards": cards(groups, [], coming),
            "meetings": Meeting.objects.visible_to(user).coming().select_related("group")[:5],
        }
    if roles.has_role(user, roles.SECRETARY, roles.MEMBER):
        activities = Activity.objects.visible_to(user).handed_in().newest()
        context |= {"activities": activities.select_related("kind", "organization")[:5]}
    return render(request, "portal/home.html", context)

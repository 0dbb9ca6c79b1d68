from django.shortcuts import render
from django.utils import timezone

from alliance.models import Group, Meeting, Turn
from alliance.views.groups import cards
from members.models import Activity
from nanchuan.kernel import roles
from nanchuan.portal.figures import figures
from nanchuan.portal.todo import todo


def home(request):
    """The first page: what to do now, what comes this week, and how the park stands."""
    user = request.user
    held = roles.roles(user)
    context = {"todo": todo(user), "today": timezone.localdate(), "held": held}
    if held & roles.WHOLE_PARK:
        shown = figures()
        context |= {"figures": {figure.key: figure for figure in shown}}
    if held & (roles.WHOLE_PARK | {roles.UNIT}):
        groups = Group.objects.visible_to(user).current().order_by("order", "pk")
        turns = Turn.objects.visible_to(user).coming().select_related("seat__unit")
        context |= {
            "cards": cards(groups, [], turns),
            "meetings": Meeting.objects.visible_to(user).coming().select_related("group")[:5],
        }
    if roles.has_role(user, roles.SECRETARY, roles.MEMBER):
        activities = Activity.objects.visible_to(user).newest()
        context |= {"activities": activities.select_related("kind", "organization")[:5]}
    return render(request, "portal/home.html", context)

"""What the services tell in a bulletin: needs of the quarter, by their public face. A bulletin is
passed on, so it says no more to who could read more."""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Seat
from nanchuan.kernel.bulletins import Line, bulletin_section
from nanchuan.kernel.periods import day_before
from services.models import Need

Audience = Need.Audience


@bulletin_section("needs", gettext_lazy("企业需求"), order=50)
def needs(issue):
    """Collected or solved in these days, with how each stood at their end; how it was confirmed is
    for its parties."""
    rows = Need.objects.visible_to(issue.user).filter(_for_all(issue))
    before = day_before(issue.first)
    solved = _keys(rows, "solved", issue.last)
    alone = _keys(rows, "auto_solved", issue.last)
    settled_before = _keys(rows, "solved", before) | _keys(rows, "auto_solved", before)
    matched = _keys(rows, "matched", issue.last)
    new = Q(reviewed_at__gte=issue.begin, reviewed_at__lt=issue.end)
    rows = rows.filter(new | Q(pk__in=(solved | alone) - settled_before), merged_into=None)
    told = rows if issue.group is None else rows.filter(audience=Audience.GROUP)
    for need in told.order_by("filed_at", "pk"):
        state, style = _("征集"), "open"
        if need.pk in solved | alone:
            state, style = _("已解决"), "done"
        elif need.pk in matched:
            state, style = _("已对接项目"), "in_progress"
        yield Line(need.public_name, state, style, "services:need-detail", need.pk)
    if issue.group and (others := rows.filter(audience=Audience.ALLIANCE).count()):
        yield Line(
            _("另有面向整个联盟的需求 %(number)d 件，不注明由哪个小组提出。") % {"number": others}
        )


def _keys(rows, question, day) -> set[int]:
    return set(getattr(rows, question)(day).values_list("pk", flat=True))


def _for_all(issue) -> Q:
    """A bulletin is read by the whole alliance, one of a group also by those of the group."""
    if issue.group is None:
        return Q(audience=Audience.ALLIANCE, status__in=Need.PUBLISHED)
    seated = Seat.objects.current(issue.last).filter(group=issue.group).order_by().values("unit")
    wide = Q(audience__in=(Audience.ALLIANCE, Audience.GROUP), status__in=Need.PUBLISHED)
    return wide & Q(unit__in=seated)

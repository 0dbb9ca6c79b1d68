"""What the services put on a handover sheet: orders that are not closed.

Whoever may read the sheet reads a line, so it shows the public face of an order, and no line, no
number and no count of one that some reader may not see. What units of the group wait for stands
on the sheet of their group, which says where it comes from: so there are only those that ask just
the group.
"""

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Seat
from nanchuan.kernel.handovers import Line, handover_section
from services.models import Need

Status, Audience = Need.Status, Need.Audience
IN_WORK = (Status.ACCEPTED, Status.IN_PROGRESS, Status.OFFERED)


@handover_section("needs", gettext_lazy("未办结的点单"), order=30)
def open_needs(turn):
    """What the leaving unit has taken on, then what units of the group are waiting for."""
    seats = Seat.objects.current().filter(group=turn.group).order_by()
    seated = set(seats.values_list("unit", flat=True))
    taken = Q(accepted_by=turn.seat.unit, status__in=IN_WORK)
    waiting = Q(unit__in=seated, status__in=Need.OPEN)
    rows = list(Need.objects.filter(taken | waiting).order_by("filed_at"))
    mine = [need for need in rows if need.accepted_by_id == turn.seat.unit_id]
    others = [need for need in rows if need not in mine]
    yield from (_line(need) for need in mine if _is_for_the_group(need, seated))
    # A unit that has left the group hands over, but reads no more what the group asks for.
    if turn.seat.unit_id in seated:
        yield from (_line(need) for need in others if _asks_the_group(need, seated))
    # The same words whether there are others or not.
    yield Line(_("只列出本组都可以查看的点单，其余由园区党务办公室掌握。"))


def _is_for_the_group(need, seated) -> bool:
    """Whether everybody who may read the sheet of this group may read the order."""
    if need.status in Need.PUBLISHED and need.audience == Audience.ALLIANCE:
        return True
    return _asks_the_group(need, seated)


def _asks_the_group(need, seated) -> bool:
    is_public = need.status in Need.PUBLISHED
    return is_public and need.audience == Audience.GROUP and need.unit_id in seated


def _line(need) -> Line:
    return Line(
        need.public_name, need.get_status_display(), need.status, "services:need-detail", need.pk
    )

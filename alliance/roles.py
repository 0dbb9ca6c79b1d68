from alliance.models import Seat
from nanchuan.kernel.roles import LEAD, UNIT, Grant, role_source


@role_source
def lead_units(user, known):
    """Who speaks for the lead unit (头雁) of a group."""
    own = [grant.place for grant in known if grant.role == UNIT]
    if own:
        seats = Seat.objects.current().filter(unit__in=own, leads=True).exclude(group=None)
        for group in seats.values_list("group", flat=True):
            yield Grant(LEAD, group)

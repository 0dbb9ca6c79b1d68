from alliance.models import Seat
from members.roles import speaks_for
from nanchuan.kernel.roles import LEAD, places_held, role_source


@role_source
def lead_units(user, on):
    """Who speaks for the lead unit (头雁) of a group."""
    seats = Seat.objects.current(on).filter(speaks_for(user, on, "unit"), leads=True)
    yield places_held(LEAD, seats.exclude(group=None), "group")

from alliance.models import Lead, Seat
from members.roles import speaks_for
from nanchuan.kernel.roles import LEAD, SEAT, places_held, role_source


@role_source
def lead_units(user, on):
    """Who speaks for the lead unit (头雁) of a group."""
    times = Lead.objects.current(on).filter(speaks_for(user, on, "seat__unit"))
    yield places_held(LEAD, times, "group")


@role_source
def seats(user, on):
    """Where a unit that a person speaks for has a seat; it opens no page, only rows."""
    times = Seat.objects.current(on).filter(speaks_for(user, on, "unit"))
    yield places_held(SEAT, times, "group")

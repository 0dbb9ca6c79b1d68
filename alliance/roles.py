from alliance.models import Lead
from members.roles import speaks_for
from nanchuan.kernel.roles import LEAD, places_held, role_source


@role_source
def lead_units(user, on):
    """Who speaks for the lead unit (头雁) of a group."""
    times = Lead.objects.current(on).filter(speaks_for(user, on, "seat__unit"))
    yield places_held(LEAD, times, "group")

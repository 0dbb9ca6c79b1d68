"""What the services put on the calendar: the days by which needs are to be dealt with, for those
who read the whole of them: when one is due its public face does not say."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Seat
from nanchuan.kernel.calendars import Entry, entries
from services.clock import clock_of
from services.models import Need


@entries("need", gettext_lazy("需求期限"), "clipboard-plus", order=90, is_due=True)
def needs(asked):
    """The clock that runs now; it is the responsible unit's, before one is found the office's."""
    first, until = asked.moments
    rows = Need.objects.known_to(asked.user).with_clocks()
    rows = rows.filter(due_at__gte=first, due_at__lt=until)
    if asked.units is not None:
        rows = rows.filter(accepted_by__in=asked.units)
    if asked.group is not None:
        seats = Seat.objects.current().filter(group=asked.group).order_by()
        rows = rows.filter(unit__in=seats.values("unit"))
    for row in rows.select_related("unit", "accepted_by"):
        if line := clock_of(row):
            yield _entry(row, line)


def _entry(need, line) -> Entry:
    return Entry(
        f"need-{need.pk}",
        _("%(need)s（%(step)s）") % {"need": need, "step": line.label},
        line.due_on,
        line.due_on,
        need.get_absolute_url(),
        need,
        line.status,
        line.words,
        unit=str(need.accepted_by or need.unit),
    )

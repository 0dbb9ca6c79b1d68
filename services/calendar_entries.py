"""What the services put on the calendar: the days by which needs are to be dealt with, for those
who read the whole of them: when one is due its public face does not say."""

from datetime import timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Seat
from nanchuan.kernel.calendars import Asked, Entry, entries
from services import limits
from services.models import Need

LONGEST = timedelta(days=200)  # more than the most working days that a charter may allow
Status = Need.Status


@entries("need", gettext_lazy("需求期限"), "clipboard-plus", order=90, is_due=True)
def needs(asked):
    """The clock that runs now; it is the responsible unit's, before one is found the office's."""
    rows = Need.objects.known_to(asked.user).with_clock().filter(_may_fall_due(asked))
    if asked.units is not None:
        rows = rows.filter(accepted_by__in=asked.units)
    if asked.group is not None:
        seats = Seat.objects.current().filter(group=asked.group).order_by()
        rows = rows.filter(unit__in=seats.values("unit"))
    for row in rows.select_related("unit", "accepted_by", "charter"):
        limit = limits.current(row)
        if limit and asked.first <= limit.due_on <= asked.last:
            yield _entry(row, limit)


def _may_fall_due(asked: Asked) -> Q:
    """Needs whose clock began in time to run out on the days asked for: the day itself follows
    from working days, which no database counts."""
    first, until = asked.moments
    since = first - LONGEST
    begun = {
        Status.SUBMITTED: "submitted_at",
        Status.PUBLISHED: "reviewed_at",
        Status.ACCEPTED: "accepted_at",
    }
    found = Q()
    for status, moment in begun.items():
        found |= Q(**{"status": status, f"{moment}__gte": since, f"{moment}__lt": until})
    again = Q(reopened_at__gte=since) | Q(accepted_at__gte=since)
    return found | Q(again, status=Status.IN_PROGRESS, accepted_at__lt=until)


def _entry(need, limit) -> Entry:
    return Entry(
        f"need-{need.pk}",
        _("%(need)s（%(step)s）") % {"need": need, "step": limit.label},
        limit.due_on,
        limit.due_on,
        need.get_absolute_url(),
        need,
        limit.status,
        limit.words,
        unit=str(need.accepted_by or need.unit),
    )

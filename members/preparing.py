"""How far a meeting of organizational life is prepared: counted from records alone."""

from datetime import date, timedelta

from django.db.models import Q

from members.models import Activity, Attendance, LifeMeeting, Participation
from nanchuan.kernel.periods import months_after

STUDY = ("study", "party_lecture", "study_group")
MONTHS = 12  # talks of a year count


def talks_done(meeting: LifeMeeting, until: date) -> int:
    """How many of the participants had a talk within the year before the meeting."""
    rows = Attendance.objects.filter(
        activity__in=_counted(until, MONTHS, Q(kind__code="talk")).values("activity"),
        presence=Attendance.Presence.PRESENT,
        member__in=meeting.parts.values("member"),
    )
    return rows.order_by().values("member").distinct().count()


def studies(meeting: LifeMeeting, until: date):
    """What the organization studied in the two months before the meeting, newest first."""
    rows = _counted(until, 2, Q(kind__code__in=STUDY, organization=meeting.organization_id))
    return Activity.objects.filter(pk__in=rows.values("activity")).newest()


def _counted(until, months, which):
    since = months_after(until + timedelta(days=1), -months)
    rows = Participation.objects.counted().filter(which, held_on__gte=since, held_on__lte=until)
    return rows.order_by()

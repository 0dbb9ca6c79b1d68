"""The plan of this year of each branch, made in January from what it owes; two lines are not as
the portal proposed them."""

from datetime import date, datetime, time, timedelta

from django.utils import timezone

from members.actions import plans
from members.models import PlannedActivity

USUAL_DAY = 15
DROPPED = "与园区党委的联合党课合并开展"


def load(made) -> None:
    made_at = timezone.make_aware(datetime.combine(date(made.today.year, 1, 1), time(9)))
    for unit, branch in made.branches.items():
        by = made.secretaries[unit]
        plans.propose(branch, made.today.year, day=USUAL_DAY, by=by, at=made_at)
    ahead = PlannedActivity.objects.filter(planned_on__gt=made.today).earliest_first()
    for row in ahead.filter(kind__code="theme_day").select_related("organization")[:2]:
        plans.change(row, planned_on=row.planned_on + timedelta(days=1), by=row.added_by)
    for row in ahead.filter(kind__code="party_lecture")[:1]:
        plans.drop(row, reason=DROPPED, by=row.added_by)

"""How large a park is that is measured, and on what day it stands."""

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.utils import timezone

STAFF, SECRETARY = 1, 2  # primary keys of the two accounts that look at pages
TODAY = timezone.localdate()
NOW = timezone.now()
FOUNDED = date(2015, 7, 1)
QUARTER = timedelta(days=91)
TURNS_PAST, TURNS_COMING = 8, 4
TURNS = TURNS_PAST + TURNS_COMING
DAY = timedelta(days=1)
WORKING = time(9, 30)
OLD_CHARTER, CHARTER, ROTA, MEETINGS = range(1, 5)  # primary keys of the regulations' versions


@dataclass(frozen=True)
class Size:
    """How many of everything a park of so many members has: the real park at 755 members."""

    members: int
    asked_needs: int = 0  # 0: what a park of this size has

    def between(self, park: int, large: int) -> int:
        """A figure of the park, and the same at 100,000 members: a power of the size between."""
        grown = math.log(max(self.members, 755) / 755) / math.log(100_000 / 755)
        return round(park * (large / park) ** grown)

    @property
    def organizations(self):
        return self.between(48, 2_000)

    @property
    def units(self):
        return self.between(30, 1_000)

    @property
    def groups(self):
        return self.between(3, 12)

    @property
    def group_seats(self):
        return self.between(3, 30)

    @property
    def wide_seats(self):
        return self.between(12, 40)

    @property
    def activities(self):
        return self.between(755, 100_000)

    @property
    def needs(self):
        return self.asked_needs or self.between(26, 10_000)

    @property
    def resources(self):
        return max(self.between(14, 10_000), self.asked_needs // 10)

    @property
    def notices(self):
        return self.between(500, 100_000)

    @property
    def seated(self):
        """Units with a seat, the first of all."""
        return self.groups * self.group_seats + self.wide_seats

    @property
    def measures(self):
        return self.between(24, 3_000)

    @property
    def resolutions(self):
        return self.between(72, 1_200)


def morning(day):
    return timezone.make_aware(datetime.combine(day, WORKING))

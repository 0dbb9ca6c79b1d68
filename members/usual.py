"""What an organization usually does: the kinds it logs, and how each was held last time."""

from collections import Counter
from dataclasses import dataclass, field

from members.models import Activity, ActivityKind, Attendance, Organization

SEEN = 60  # the newest records, which tell enough


@dataclass
class Usual:
    counts: Counter = field(default_factory=Counter)
    last: dict[int, Activity] = field(default_factory=dict)  # by kind
    people: dict[int, list[int]] = field(default_factory=dict)  # who came, by kind

    @property
    def newest(self) -> Activity | None:
        return next(iter(self.last.values()), None)

    def sorted(self, kinds) -> list[ActivityKind]:
        """The most usual first."""
        return sorted(kinds, key=lambda kind: (-self.counts[kind.pk], kind.order, kind.name))


def usual(organization: Organization) -> Usual:
    """Read in two questions, however much there is."""
    rows = organization.activities.standing().filter(kind__is_private=False).newest()
    found = Usual()
    for row in rows.only("organization", "kind", "place", "host", "starts_at")[:SEEN]:
        found.counts[row.kind_id] += 1
        found.last.setdefault(row.kind_id, row)
    kinds = {row.pk: kind for kind, row in found.last.items()}
    came = Attendance.objects.filter(activity__in=kinds, presence=Attendance.Presence.PRESENT)
    for activity, member in came.values_list("activity", "member") if kinds else ():
        found.people.setdefault(kinds[activity], []).append(member)
    return found

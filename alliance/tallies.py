"""What is counted of a meeting for its pages, in one prepared statement: however many are invited,
each part of the page asks the same."""

from dataclasses import dataclass, field

from django.db.models import Case, CharField, Count, F, QuerySet, Value, When

from alliance.models import CheckIn, Invitation, Meeting, Minutes, Resolution, Topic
from nanchuan.kernel.prepared import prepared

TEXT = CharField()


@dataclass(frozen=True)
class Tally:
    """Seats invited by what they answered, check-ins, and what else belongs to a meeting."""

    replies: dict[str, int] = field(default_factory=dict)
    seats: int = 0  # that checked in
    beside: int = 0  # came without a seat (列席)
    late: int = 0
    topics: dict[str, int] = field(default_factory=dict)  # by status
    minutes: dict[str, int] = field(default_factory=dict)  # versions by status
    resolutions: int = 0  # that stand
    partners: int = 0  # groups that hold it too

    @property
    def invited(self) -> int:
        return sum(self.replies.values())


def of(meeting: Meeting) -> Tally:
    found: dict[str, dict] = {}
    for what, word, number in _counted(meeting.pk):
        found.setdefault(what, {})[word] = number
    came = found.get("came", {})
    return Tally(
        replies=found.get("replies", {}),
        seats=came.get("seat", 0),
        beside=came.get("beside", 0),
        late=found.get("late", {}).get("", 0),
        topics=found.get("topics", {}),
        minutes=found.get("minutes", {}),
        resolutions=found.get("resolutions", {}).get("", 0),
        partners=found.get("partners", {}).get("", 0),
    )


@prepared(int)
def _counted(meeting) -> QuerySet:
    came = CheckIn.objects.standing().filter(meeting=meeting)
    place = Case(When(invitation=None, then=Value("beside")), default=Value("seat"))
    first, *others = [
        _by("replies", "reply", Invitation.objects.standing().filter(meeting=meeting)),
        _by("came", "place", came.annotate(place=place)),
        _all("late", came.filter(at__gt=F("meeting__starts_at"))),
        _by("topics", "status", Topic.objects.filter(meeting=meeting)),
        _by("minutes", "status", Minutes.objects.filter(meeting=meeting)),
        _all("resolutions", Resolution.objects.filter(meeting=meeting, struck_at=None)),
        _all("partners", Meeting.partners.through.objects.filter(meeting=meeting)),
    ]
    return first.union(*others, all=True)


def _by(what, name, rows) -> QuerySet:
    counted = rows.order_by().values(name).annotate(number=Count("pk"))
    return counted.values_list(Value(what, TEXT), name, "number")


def _all(what, rows) -> QuerySet:
    counted = rows.order_by().values("meeting").annotate(number=Count("pk"))
    return counted.values_list(Value(what, TEXT), Value("", TEXT), "number")

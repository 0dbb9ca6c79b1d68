"""What a reader of a record sees of each organization that took part in it."""

from members.models import Activity, Attendance, Organization, Participation
from nanchuan.kernel import roles

PRESENT, LEAVE, ABSENT = Attendance.Presence


def of(activity: Activity, parts: list[Participation], user) -> list[Participation]:
    """The parts of an activity with how many came, and for those who may know them with `people`,
    `leaves` and `absent`.

    A host reads no names of organizations that answer for themselves, nor do they of the host's.
    Reasons of leave are for who leads the organization and for the whole park's readers.
    """
    named, led = _named(parts, user), roles.places(user, roles.SECRETARY)
    everywhere = roles.has_role(user, *roles.WHOLE_PARK)
    rows = _by_part(activity, parts)
    for part in parts:
        leads = any(part.organization.path.startswith(place) for place in led)
        part.is_mine = not part.is_host and (leads or roles.has_role(user, roles.STAFF))
        part.is_named = part.organization_id in named
        _tell(part, rows[part.pk], sees_reasons=leads or everywhere)
    return parts


def _named(parts, user) -> set[int]:
    """The organizations whose people the reader may know."""
    numbers = [part.organization_id for part in parts]
    if len(parts) == 1 or roles.has_role(user, *roles.WHOLE_PARK):
        return set(numbers)
    organizations = Organization.objects.filter(pk__in=numbers)
    own = organizations.filter(Organization.objects.all().own_scope(user))
    return set(own.values_list("pk", flat=True))


def _by_part(activity, parts) -> dict[int, list[Attendance]]:
    """Each row belongs to the nearest organization that has told of its people."""
    told = [part for part in parts if part.answer == Participation.Answer.CONFIRMED]
    told.sort(key=lambda part: len(part.organization.path), reverse=True)
    found = {part.pk: [] for part in parts}
    host = next(part for part in parts if part.is_host)
    rows = activity.attendances.select_related("member", "organization")
    for row in rows.order_by("member__pinyin", "pk"):
        inside = (part for part in told if row.organization.path.startswith(part.organization.path))
        is_hosting = row.member_id == activity.host_id
        found[(host if is_hosting else next(inside, host)).pk].append(row)
    return found


def _tell(part, rows, *, sees_reasons):
    came, on_leave, missing = (
        [row for row in rows if row.presence == presence] for presence in (PRESENT, LEAVE, ABSENT)
    )
    part.expected, part.came = len(rows), len(came)
    part.on_leave, part.missing = len(on_leave), len(missing)
    if not part.is_named:
        return
    part.people = [row.member.name for row in came]
    part.leaves = [(row.member.name, row.reason if sees_reasons else "") for row in on_leave]
    part.absent = [row.member.name for row in missing]

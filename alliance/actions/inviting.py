"""Who is asked to a meeting (邀请): of its groups the seats that its kind asks for, each unit
once."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from alliance.models import CheckIn, Group, Invitation, Meeting, MeetingKind, Seat
from nanchuan.kernel import events

# An invitation that stands again, without its old answer.
ANEW = dict.fromkeys(("reply", "attendee", "job", "mandate", "reason"), "") | dict.fromkeys(
    ("replied_at", "replied_by", "withdrawn_at")
)


def seats_asked(kind: MeetingKind, groups: Iterable[Group | int], day: date) -> dict[int, Seat]:
    """Unit → the seat through which it is asked: of the first group that has one, at last of the
    whole alliance. One question."""
    order = [group if isinstance(group, int) else group.pk for group in groups]
    where = Q(group__in=order)
    if kind.invites_alliance:
        where |= Q(group=None)
    rows = Seat.objects.current(day).filter(where, unit__kind__in=kind.invited_kinds)
    places = {group: place for place, group in enumerate(order)} | {None: len(order)}
    found = {}
    for seat in sorted(
        rows.select_related("unit"), key=lambda seat: (places[seat.group_id], seat.order, seat.pk)
    ):
        found.setdefault(seat.unit_id, seat)
    return found


def asked_to(meeting: Meeting) -> dict[int, Seat]:
    """The same of a meeting as it stands."""
    groups = [meeting.group_id, *meeting.partners.order_by("pk").values_list("pk", flat=True)]
    return seats_asked(meeting.kind, groups, timezone.localdate(meeting.starts_at))


def invite(meeting: Meeting, again: Collection[int] = ()) -> list[int]:
    """Invite whom the meeting asks on its day and who was not invited; whoever was invited stays
    so, and who fell out comes back only with one of the groups `again`. Answers the new ones."""
    asked = asked_to(meeting)
    rows = {row.seat.unit_id: row for row in meeting.invitations.select_related("seat")}
    back = [
        row.pk
        for unit, row in rows.items()
        if row.withdrawn_at
        and unit in asked
        and {row.seat.group_id, asked[unit].group_id} & {*again}
    ]
    meeting.invitations.filter(pk__in=back).update(**ANEW)
    Invitation.objects.bulk_create(
        [
            Invitation(meeting=meeting, seat=seat, unit_name=seat.unit.name)
            for unit, seat in asked.items()
            if unit not in rows
        ],
        ignore_conflicts=True,
    )
    new = meeting.invitations.filter(seat__unit__in=asked.keys() - rows.keys())
    return sorted([*back, *new.values_list("pk", flat=True)])


def of_groups(meeting: Meeting, groups: Collection[int]) -> QuerySet[Invitation]:
    """Those of groups that hold it no longer, unless their unit is asked otherwise."""
    rows = meeting.invitations.filter(seat__group__in=groups)
    return rows.exclude(seat__unit__in=asked_to(meeting))


def take_back(
    meeting: Meeting,
    invitations: QuerySet[Invitation],
    *,
    by,
    at: datetime,
    reason: str = "",
) -> list[Invitation]:
    """Take invitations back (撤回邀请): each unit hears so once, and nothing after it. Whoever
    came stays invited. Answers those that were taken back; the caller holds the meeting."""
    # The whole rows: a check-in for one waits until this is settled, or was before it.
    rows = list(invitations.standing().select_for_update(of=("self",)).order_by("pk"))
    came = CheckIn.objects.standing().filter(invitation__in=rows)
    there = set(came.values_list("invitation", flat=True))
    out = [row for row in rows if row.pk not in there]
    if out:
        keys = [row.pk for row in out]
        Invitation.objects.filter(pk__in=keys).update(withdrawn_at=at)
        facts = {"invitations": keys, "units": [row.unit_name for row in out], "reason": reason}
        events.record("meeting.uninvited", subject=meeting, by=by, at=at, **facts)
    return out

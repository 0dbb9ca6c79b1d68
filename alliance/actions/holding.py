"""The one lock of a group: its seats, its rota, what a turn does and how it is handed over.

Whoever takes it takes it first, before rows of turns, duties and handovers, and several groups in
their order: so two acts never wait for each other.
"""

from collections.abc import Iterable

from alliance.models import Group, Meeting


def hold(groups: Iterable[int]) -> list[Group]:
    """Groups by their numbers, one hand at a time on each until the end of the transaction; as
    they are now."""
    rows = Group.objects.select_for_update(no_key=True).filter(pk__in=list(groups))
    return list(rows.order_by("pk"))


def hold_meeting(meeting: Meeting) -> None:
    """One hand at a time on a meeting, its agenda, its topics and its invitations; it is read
    anew."""
    list(Meeting.objects.select_for_update(no_key=True).filter(pk=meeting.pk).values_list("pk"))
    meeting.refresh_from_db()

"""待办: what waits for this person, each line with its verb, the oldest first."""

from itertools import chain

from alliance.models import Turn
from nanchuan.kernel.together import answered
from nanchuan.portal.todo import alliance, circulars, members, services
from nanchuan.portal.todo.items import Item


def todo(user, coming: list[Turn] | None = None) -> list[Item]:
    """`coming`: the turns of today and later that the person sees, if they are at hand."""
    queues = (
        members.elections(user),
        members.transfers(user),
        members.appraisals(user),
        members.rectifications(user),
        circulars.circulars(user),
        circulars.answers(user),
        members.joint(user),
        members.returned(user),
        members.to_verify(user),
        members.talks(user),
        members.dues(user),
        alliance.signatures(user),
        alliance.rota(user, coming),
        alliance.handovers(user),
        alliance.late_duties(user),
        alliance.turns(user),
        alliance.meetings(user),
        services.needs(user),
        services.resources(user),
        services.bookings(user),
        alliance.measures(user),
        alliance.action_items(user),
        alliance.minutes(user),
        alliance.invitations(user),
    )
    return list(chain.from_iterable(answered(queues)))

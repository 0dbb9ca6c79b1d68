"""Who can be told besides of what happens in the alliance."""

from alliance.models import ActionItem, Duty, Measure, Meeting
from members.audiences import secretaries_of, superiors_of
from members.speakers import speakers
from nanchuan.notices.ruling import Audience, also_told

OWNED = (ActionItem, Duty, Measure)


def unit_of(subject):
    """The unit that owes it."""
    if isinstance(subject, Meeting):
        return subject.convened_by_id
    if isinstance(subject, Duty):
        return subject.turn.seat and subject.turn.seat.unit_id
    return subject.unit_id


@also_told(Audience.CHAIR, Meeting)
def who_convenes(meeting):
    return speakers([meeting.convened_by_id])


@also_told(Audience.INVITED, Meeting)
def who_is_invited(meeting):
    return speakers(meeting.invitations.standing().values("seat__unit"))


@also_told(Audience.OWNER, *OWNED)
def who_owes_it(subject):
    return speakers([unit_of(subject)])


@also_told(Audience.SECRETARY, Meeting, *OWNED)
def its_secretaries(subject):
    return secretaries_of(unit_of(subject))


@also_told(Audience.SUPERIOR, Meeting, *OWNED)
def their_superiors(subject):
    return superiors_of(unit_of(subject))

"""Who can be told besides of needs and projects: only whoever may see them is told."""

from members.audiences import secretaries_of, superiors_of
from members.speakers import speakers
from nanchuan.notices.ruling import Audience, also_told
from services.models import Need, Project


def unit_of(subject):
    """The unit that has it in hand."""
    return subject.lead_id if isinstance(subject, Project) else subject.accepted_by_id


@also_told(Audience.OWNER, Need, Project)
def who_has_it(subject):
    return speakers([unit_of(subject)])


@also_told(Audience.SECRETARY, Need, Project)
def its_secretaries(subject):
    return secretaries_of(unit_of(subject))


@also_told(Audience.SUPERIOR, Need, Project)
def their_superiors(subject):
    return superiors_of(unit_of(subject))

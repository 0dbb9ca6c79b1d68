from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.models import Membership, Organization, PartyMember
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def enrol(
    organization: Organization,
    *,
    by,
    standing: str = Membership.Standing.FULL,
    starts_on: date | None = None,
    at: datetime | None = None,
    **facts,
) -> PartyMember:
    """A party member is entered with the organization it belongs to (登记党员).

    Without a day the membership begins when the person joined the party, at the earliest
    when the organization was founded. Raises StepRefused for what the model refuses.
    """
    person = PartyMember(**facts)
    _clean(person)
    person.save()
    membership = Membership(
        member=person,
        organization=organization,
        standing=standing,
        starts_on=starts_on or organization.first_day_of(person.joined_on),
    )
    membership.save()
    events.record("member.enrolled", subject=person, by=by, at=at, standing=standing)
    return person


@transaction.atomic
def amend(person: PartyMember, *, by, at: datetime | None = None, **facts) -> list[str]:
    """What is known of a person is put right (更正党员资料); returns the fields that changed."""
    changed = sorted(name for name, value in facts.items() if getattr(person, name) != value)
    if not changed:
        return []
    for name in changed:
        setattr(person, name, facts[name])
    _clean(person)
    person.save()
    events.record("member.changed", subject=person, by=by, at=at, fields=changed)
    return changed


@transaction.atomic
def move(  # noqa: PLR0913
    person: PartyMember,
    organization: Organization,
    *,
    on: date,
    by,
    standing: str,
    at: datetime | None = None,
) -> Membership:
    """A membership ends and the next one begins on a day (变更组织关系).

    Raises StepRefused if the present one began on that day or later.
    """
    now = person.memberships.filter(ends_on=None).select_for_update().first()
    if now:
        now.check_succession(on)
        now.ends_on, now.end_reason = on - timedelta(days=1), Membership.End.CHANGED
        now.save()
    made = Membership(member=person, organization=organization, standing=standing, starts_on=on)
    try:
        made.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    made.save()
    events.record(
        "member.moved",
        subject=person,
        by=by,
        at=at,
        organization=[str(now.organization) if now else "", str(organization)],
        standing=[now.standing if now else "", standing],
        on=on,
    )
    return made


def _clean(person):
    """The model's own rules, and one owner for each ID number."""
    try:
        person.check_facts()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    if PartyMember.objects.of_id_number(person.id_number).exclude(pk=person.pk).exists():
        raise StepRefused(_("该公民身份号码已经登记。请核对。"))

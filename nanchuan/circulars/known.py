"""What the portal already knows of who answers, so that nobody types it twice."""

from django.db.models import Count, Q

from members.models import Membership, OrganizationUnit, Term, UnitContact
from nanchuan.circulars.models import Addressee, Question

Source = Question.Source
Standing = Membership.Standing


def known(addressee: Addressee, wanted: set[str]) -> dict[str, str]:
    """Source → what it says today, of those that are wanted; "" where nothing is known."""
    if not wanted:
        return {}
    organization, unit = addressee.organization, addressee.unit
    links = OrganizationUnit.objects.current().select_related("organization", "unit")
    if organization is None:
        link = links.filter(unit=unit).order_by("pk").first()
        organization = link and link.organization
    elif wanted & {Source.UNIT, Source.CONTACT, Source.EMPLOYEES}:
        link = links.filter(organization=organization).order_by("pk").first()
        unit = link and link.unit
    told = dict.fromkeys(wanted, "") | {Source.NAME: (_named(addressee))}
    told |= _of_organization(organization, wanted) if organization else {}
    told |= _of_unit(unit, wanted) if unit else {}
    return {source: told.get(source) or "" for source in wanted}


def _named(addressee):
    return (addressee.organization or addressee.unit).name


def _of_organization(organization, wanted):
    told = {Source.ORGANIZATION: organization.name}
    if Source.SECRETARY in wanted:
        terms = Term.objects.leading().filter(organization=organization)
        told[Source.SECRETARY] = (
            terms.order_by("post__order", "pk").values_list("member__name", flat=True).first()
        )
    if wanted & {Source.MEMBERS, Source.FULL, Source.PROBATIONARY}:
        rows = Membership.objects.counted().filter(organization__path__startswith=organization.path)
        numbers = rows.aggregate(
            full=Count("pk", filter=Q(standing=Standing.FULL)),
            probationary=Count("pk", filter=Q(standing=Standing.PROBATIONARY)),
        )
        told[Source.FULL] = str(numbers["full"])
        told[Source.PROBATIONARY] = str(numbers["probationary"])
        told[Source.MEMBERS] = str(sum(numbers.values()))
    return told


def _of_unit(unit, wanted):
    told = {Source.UNIT: unit.name}
    if Source.CONTACT in wanted:
        contacts = UnitContact.objects.filter(unit=unit)
        told[Source.CONTACT] = contacts.values_list("name", flat=True).first()
    if unit.employees is not None:
        told[Source.EMPLOYEES] = str(unit.employees)
    return told

"""What the rules say before a step of a membership: the portal warns and cites, people decide."""

from datetime import date

from django.utils.translation import gettext as _

from members.models import Absence, Membership, PartyMember, Rule
from nanchuan.kernel.periods import months_after

Standing = Membership.Standing


def before_full(person: PartyMember, on: date) -> str:
    """A probation lasts so many months from the day on which the person was admitted."""
    admitted = probation_began(person)
    if admitted is None:
        return ""
    rule = Rule.objects.of(Rule.Code.PROBATION_MONTHS, on)
    earliest = months_after(admitted, rule.value)
    if on >= earliest:
        return ""
    return _(
        "预备期为 %(months)d 个月（%(citation)s），从 %(began)s 算起，最早 %(earliest)s 转正。"
    ) % {
        "months": rule.value,
        "citation": rule.citation,
        "began": admitted,
        "earliest": earliest,
    }


def before_suspending(person: PartyMember, on: date) -> str:
    """Whoever is out of touch for so many months may be suspended."""
    rule = Rule.objects.of(Rule.Code.OUT_OF_TOUCH_MONTHS, on)
    lost = Absence.objects.current(on).filter(member=person, kind=Absence.Kind.OUT_OF_TOUCH)
    since = lost.values_list("starts_on", flat=True).first()
    if since and months_after(since, rule.value) <= on:
        return ""
    found = (
        _("登记的失去联系从 %(since)s 算起") % {"since": since} if since else _("没有登记失去联系")
    )
    return _("失去联系满 %(months)d 个月可以停止党籍（%(citation)s）；%(found)s。") % {
        "months": rule.value,
        "citation": rule.citation,
        "found": found,
    }


def probation_began(person: PartyMember) -> date | None:
    """The first day of the unbroken probation that lasts, through transfers and suspensions."""
    began = None
    for row in person.memberships.order_by("-starts_on"):
        if row.standing == Standing.FULL:
            break
        if row.standing == Standing.PROBATIONARY:
            began = row.starts_on
    if began and person.joined_on:
        return min(began, person.joined_on)
    return began

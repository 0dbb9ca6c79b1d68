from collections.abc import Iterable
from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction

from members.models import IndustryChain, Unit, UnitContact
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def add(*, by, at: datetime | None = None, contacts: Iterable[UnitContact] = (), **facts) -> Unit:
    """A unit is entered (登记单位) with whom to call there.

    `facts` are its name, kind and what else is known; a chain may be given by its name.
    Raises StepRefused for what the model refuses.
    """
    unit = Unit(**_known(facts))
    _check(unit)
    unit.save()
    _keep(unit, contacts)
    events.record("unit.added", subject=unit, by=by, at=at, kind=unit.kind)
    return unit


@transaction.atomic
def change(
    unit: Unit,
    *,
    by,
    at: datetime | None = None,
    contacts: Iterable[UnitContact] = (),
    dropped: Iterable[UnitContact] = (),
    **facts,
) -> list[str]:
    """What is known of a unit is put right (更正单位资料); returns what changed.

    `contacts` are those to write, new or old; `dropped` are taken away.
    """
    unit = Unit.objects.select_for_update(no_key=True).get(pk=unit.pk)
    facts, contacts, dropped = _known(facts), list(contacts), list(dropped)
    changed = sorted(name for name, value in facts.items() if getattr(unit, name) != value)
    for name in changed:
        setattr(unit, name, facts[name])
    _check(unit)
    unit.save()
    _keep(unit, contacts)
    for contact in dropped:
        contact.delete()
    if contacts or dropped:
        changed.append("contacts")
    if changed:
        events.record("unit.changed", subject=unit, by=by, at=at, fields=changed)
    return changed


def _known(facts: dict) -> dict:
    """With the chain as a row: one that is only named is found or begun."""
    if isinstance(facts.get("chain"), str):
        chain, _made = IndustryChain.objects.get_or_create(name=facts["chain"])
        facts = facts | {"chain": chain}
    return facts


def _check(unit):
    try:
        unit.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None


def _keep(unit, contacts):
    for contact in contacts:
        contact.unit = unit
        contact.save()

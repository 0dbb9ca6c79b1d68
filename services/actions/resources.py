from datetime import datetime

from django.db import transaction
from django.utils import timezone

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.serials import next_number
from services.actions.rights import office, require, speaks_for
from services.models import Resource


@transaction.atomic
def add(*, unit: Unit, by: User | None, at: datetime | None = None, **facts) -> Resource:
    """A unit offers what it can give (登记资源), or the office for it.

    `facts` are the fields of a Resource: category, title, content, quantity, free_from …
    """
    at = at or timezone.now()
    require(by is None or office(by) or speaks_for(by, unit.pk))
    number = next_number("资", timezone.localdate(at).year)  # data
    resource = Resource.objects.create(number=number, unit=unit, added_at=at, **facts)
    events.record("resource.added", subject=resource, by=by, at=at)
    return resource


@transaction.atomic
def change(resource: Resource, *, by: User | None, at: datetime | None = None, **facts) -> None:
    """The offering unit or the office corrects a resource."""
    require(by is None or office(by) or speaks_for(by, resource.unit_id))
    changed = [name for name, value in facts.items() if getattr(resource, name) != value]
    for name in changed:
        setattr(resource, name, facts[name])
    if changed:
        resource.save(update_fields=changed)
        events.record("resource.changed", subject=resource, by=by, at=at, changed=changed)

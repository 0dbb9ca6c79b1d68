"""What an action item (督办事项) is carried on as."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions import items, measures
from alliance.actions.rights import office, require
from alliance.models import ActionItem, Measure
from nanchuan.kernel.states import StepRefused


def check_open(item: ActionItem) -> None:
    if not item.is_live or not item.is_open:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能再转办。")
            % {"name": item, "now": item.get_status_display()}
        )


@transaction.atomic
def to_measure(item: ActionItem, *, by, at: datetime | None = None) -> Measure:
    """The office makes it a measure (转为举措), with its words, units and due day; of two
    clicks the second is answered with the measure that stands already."""
    require(by is None or office(by))
    items.hold(item)
    at = at or timezone.now()
    if standing := item.measures.exclude(status=Measure.Status.DROPPED).first():
        return standing
    check_open(item)
    starts_on = min(timezone.localdate(at), item.due_on)
    facts = measures.facts_of(item) | {"starts_on": starts_on, "item": item}
    return measures.create(by=by, at=at, **facts)

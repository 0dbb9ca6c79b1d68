"""Whom to call, in full: an act of its own, counted and kept in the history of the record."""

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions.reveals import check_pace
from nanchuan.accounts.models import User
from nanchuan.kernel import events, roles
from nanchuan.kernel.states import StepRefused
from services.actions.resource_rights import giver_or_office
from services.actions.rights import require, works_on_it
from services.models import Booking, Need, Resource

SHOWN = {Need: "need.phone_shown", Resource: "resource.phone_shown"}


def may_see(user, record: Need | Resource) -> bool:
    """Who works on a need until it is closed, and of a resource who gives it or has agreed to have
    some of it; the office of either."""
    if isinstance(record, Need):
        runs = record.is_open or record.status == Need.Status.SOLVED
        return runs and works_on_it(user, record)
    if giver_or_office(user, record):
        return True
    own = roles.places(user, roles.UNIT)
    return record.bookings.filter(unit__in=own, status=Booking.Status.AGREED).exists()


@transaction.atomic
def show(record: Need | Resource, *, by: User, at: datetime | None = None) -> str:
    """The number of its contact (查看联系电话).

    Raises NotYours for anybody else, StepRefused if there is none, and for more than the hour
    allows.
    """
    require(may_see(by, record))
    check_pace(SHOWN.values(), settings.REVEALS_PER_HOUR, by=by, at=at)
    if not record.contact_phone:
        raise StepRefused(_("还没有登记联系电话。"))
    events.record(SHOWN[type(record)], subject=record, by=by, at=at)
    return record.contact_phone

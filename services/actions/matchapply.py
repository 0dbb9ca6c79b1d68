"""The matching table is carried out (执行匹配表): a booking for each row that gets something.

Needs are held first, then resources, each in the order of their keys: whoever holds a need or a
resource at the same time waits, or is waited for, and nobody waits in a circle. Each row is judged
anew by then. What cannot be had any more stays in the table with the reason; the others are booked.
"""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services import matchtable
from services.actions import bookings
from services.actions.matchtable import hold_table, mark
from services.actions.rights import office, require
from services.models import Booking, MatchLine, MatchTable, Need, Resource

MOST_WORDS = MatchLine._meta.get_field("refusal").max_length


@dataclass
class Done:
    """How many rows were booked, how many of them are agreed, and how many stay."""

    booked: int = 0
    agreed: int = 0
    refused: int = 0


@transaction.atomic
def apply(
    *,
    seen: int,
    all_settled: bool = False,
    by: User | None,
    at: datetime | None = None,
) -> Done:
    """Every row that gets something is booked for the unit that filed the need. What needs no
    consent is agreed at once, and so is what was settled with the giving unit beforehand."""
    require(by is None or office(by))
    table = hold_table()
    _check_seen(table, seen)
    lines = list(MatchLine.objects.given().order_by("place", "pk"))
    if not lines:
        raise StepRefused(_("匹配表里没有可以执行的安排。"))
    keys = _held(Need, {line.need_id for line in lines})
    needs = {need.pk: need for need in matchtable.marked(Need.objects.filter(pk__in=keys))}
    resources = _held(Resource, {line.resource_id for line in lines})
    at, done = at or timezone.now(), Done()
    for line in lines:
        line.need, line.resource = needs[line.need_id], resources[line.resource_id]
        _book(line, line.is_settled or all_settled, by, at, done)
    _write(lines, by)
    mark(table, by)
    events.record("matching.applied", subject=table, by=by, at=at, **vars(done))
    return done


def _check_seen(table: MatchTable, seen: int) -> None:
    if table.is_at_work:
        raise StepRefused(_("匹配表正在重新计算，请稍候。"))
    if table.revision != seen:
        raise StepRefused(
            _("匹配表刚由%(who)s改过或执行过，这次没有执行。请核对现在的内容再确认。")
            % {"who": table.changed_by.get_full_name() if table.changed_by else _("系统")}
        )


def _held(model, keys) -> dict:
    rows = model.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk")
    return {row.pk: row for row in rows}


def _book(line, is_settled, by, at, done) -> None:
    """One row, all or nothing."""
    try:
        if why := matchtable.not_any_more(line.need, line.is_locked):
            raise StepRefused(why)
        with transaction.atomic():
            booking = bookings.ask(
                line.resource,
                unit=line.need.unit,
                need=line.need,
                quantity=line.quantity,
                starts_at=line.starts_at,
                ends_at=line.ends_at,
                by=by,
                at=at,
            )
            if is_settled and booking.status == Booking.Status.WAITING:
                bookings.agree(booking, answer=_("已与提供单位说好"), by=by, at=at)
    except StepRefused as refusal:
        line.refusal = str(refusal)[:MOST_WORDS]
        done.refused += 1
        return
    line.booking, line.refusal = booking, ""
    done.booked += 1
    done.agreed += booking.status == Booking.Status.AGREED


def _write(lines, by) -> None:
    for line in lines:
        line.changed_by, line.revision = by, line.revision + 1
    fields = ["booking", "refusal", "changed_by", "revision"]
    MatchLine.objects.bulk_update(lines, fields, batch_size=200)

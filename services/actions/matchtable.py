"""The office puts the matching table right by hand (匹配表): each change locks its row, so that
working the rest out again leaves it alone.

Whoever writes the table or a row of it holds the one table first.
"""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import day as shown
from services import matchtable
from services.actions.bookable import check_span
from services.actions.rights import office, require
from services.matching.measures import needed
from services.models import MatchLine, MatchTable, Resource

Cause = MatchLine.Cause


def hold_table() -> MatchTable:
    """The one table, made where there is none yet; one hand at a time until the end of the
    transaction."""
    made, _is_new = MatchTable.objects.get_or_create(only=True)
    return MatchTable.objects.select_for_update(no_key=True).get(pk=made.pk)


@transaction.atomic
def choose(  # noqa: PLR0913
    line: MatchLine,
    *,
    resource: Resource,
    quantity: int = 1,
    starts_at: datetime | None = None,
    ends_at: datetime | None = None,
    is_settled: bool = False,
    seen: int,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """So much of a resource, whether or not it was proposed. Whether there is enough is judged
    when the table is carried out."""
    table = _hold(line, seen, by)
    at = at or timezone.now()
    _check_resource(line, resource)
    if resource.is_timed:
        check_span(starts_at, ends_at, at)
    else:
        starts_at = ends_at = None
    facts = {"starts_at": starts_at, "ends_at": ends_at, "is_settled": is_settled}
    _write(table, line, by, resource=resource, quantity=quantity, cause="", reason="", **facts)
    _tell("chosen", table, line, by, at, resource=resource.number, quantity=quantity)


@transaction.atomic
def take(
    line: MatchLine,
    *,
    resource: Resource,
    seen: int,
    by: User | None,
    at: datetime | None = None,
) -> None:
    """One click: as much of a resource as the need asks for, or one; of what goes by hours, at the
    first hours with enough left, on the day on which it is wanted."""
    at = at or timezone.now()
    span = None
    if resource.is_timed:
        known = matchtable.load([resource.pk])
        span = matchtable.Books(known, at).first_span(line, known[resource.pk])
        if span is None:
            raise StepRefused(_none_free(line, at))
    starts_at, ends_at = span or (None, None)
    facts = {"quantity": needed(line.need, resource), "starts_at": starts_at, "ends_at": ends_at}
    choose(line, resource=resource, **facts, seen=seen, by=by, at=at)


def _none_free(line, at) -> str:
    if day := matchtable.wanted_on(line.need, timezone.localdate(at)):
        return _("%(day)s没有空的时段，请点“修改”另选时间。") % {"day": shown(day)}
    return _("近两周没有空的时段，请点“修改”另选时间。")


@transaction.atomic
def leave_out(
    line: MatchLine, *, reason: str, seen: int, by: User | None, at: datetime | None = None
) -> None:
    """It gets nothing, and why (不安排)."""
    table = _hold(line, seen, by)
    at = at or timezone.now()
    if not reason.strip():
        raise StepRefused(_("请写明为什么不安排。"))
    _write(table, line, by, **NOTHING, cause=Cause.HAND, reason=reason.strip())
    _tell("left_out", table, line, by, at)


@transaction.atomic
def lock(line: MatchLine, *, seen: int, by: User | None, at: datetime | None = None) -> None:
    """Working the table out again leaves it as it is (锁定)."""
    table = _hold(line, seen, by)
    _write(table, line, by)
    _tell("locked", table, line, by, at or timezone.now())


@transaction.atomic
def unlock(line: MatchLine, *, seen: int, by: User | None, at: datetime | None = None) -> None:
    """The next time the table is worked out it may get something else."""
    table = _hold(line, seen, by)
    _write(table, line, by, is_locked=False)
    _tell("unlocked", table, line, by, at or timezone.now())


NOTHING = {
    "resource": None,
    "quantity": 1,
    "starts_at": None,
    "ends_at": None,
    "is_settled": False,
}


def _hold(line, seen, by) -> MatchTable:
    """The table and the row as they are now; refused where somebody else was there before."""
    require(by is None or office(by))
    table = hold_table()
    if table.is_at_work:
        raise StepRefused(_("匹配表正在重新计算，请稍候。"))
    try:
        line.refresh_from_db(from_queryset=MatchLine.objects.select_related("changed_by"))
    except MatchLine.DoesNotExist:
        raise StepRefused(_("这条需求已不在匹配表中。")) from None
    if not line.is_open:
        raise StepRefused(_("这一行已经执行，要改请到资源认领中办理。"))
    if line.revision != seen:
        raise StepRefused(
            _("这一行刚由%(who)s改过，这次没有改。请看过现在的内容再决定。")
            % {"who": line.changed_by.get_full_name() if line.changed_by else _("系统")}
        )
    return table


def _check_resource(line, resource):
    resource.refresh_from_db(fields=["status", "unit", "is_timed"])
    if resource.unit_id == line.need.unit_id:
        raise StepRefused(_("这是提出单位自己的资源，不用认领。"))
    if resource.status != Resource.Status.AVAILABLE:
        raise StepRefused(
            _("“%(title)s”目前是“%(now)s”，不能认领。")
            % {"title": resource.title, "now": resource.get_status_display()}
        )


def _write(table, line, by, **facts) -> None:
    facts = {"is_locked": True, "refusal": "", "changed_by": by} | facts
    for name, value in facts.items():
        setattr(line, name, value)
    line.revision += 1
    line.save(update_fields=[*facts, "revision"])
    mark(table, by)


def mark(table: MatchTable, by: User | None) -> None:
    """Who looked at the table before this is told so."""
    table.revision += 1
    table.changed_by = by
    table.save(update_fields=["revision", "changed_by"])


def _tell(verb, table, line, by, at, **facts) -> None:
    facts |= {"need": line.need.number}
    events.record(f"matching.{verb}", subject=table, by=by, at=at, **facts)

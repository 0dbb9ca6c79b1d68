"""What a new version of a duty would change, or a new duty: the same year judged by the old and the
new rules."""

from copy import copy

from django.utils import timezone
from django.utils.translation import gettext as _

from members.checkup import rows, words
from members.checkup.board import Board
from members.checkup.periods import DAY, by_code
from members.models import DutyRule, Organization

MOST_YEARS = 3  # are looked at, the newest


def changes(last: DutyRule | None, made: DutyRule) -> dict[Organization, list[str]]:
    """For each organization that reads otherwise, the months in words; up to today.

    `last` is the version before; None for a duty that nothing asked for until now.
    """
    today = timezone.localdate()
    found: dict[Organization, list[str]] = {}
    first = max(made.starts_on.year, today.year - MOST_YEARS + 1)
    kinds = {*(last.kinds if last else ()), *made.kinds}
    organizations = list(Organization.objects.filter(kind__in=kinds).order_by("path"))
    old = by_code(rows.rules()).get(made.code, [])
    new = [*_ended(old, last, made), made]
    for year in range(first, today.year + 1):
        _compare(found, organizations, year, old, new)
    return found


def _ended(versions, last, made):
    """The versions until now, the newest of them ending before the new one."""
    for each in versions:
        is_last = each.pk == last.pk and each.ends_on is None
        yield _until(each, made.starts_on - DAY) if is_last else each


def _until(rule, day):
    ended = copy(rule)
    ended.ends_on = day
    return ended


def _compare(found, organizations, year, old, new):
    code = new[-1].code
    before, after = (Board(organizations, year, rules={code: each}) for each in (old, new))
    for organization in organizations:
        was, is_now = (_by_month(board, organization, code) for board in (before, after))
        for month, cell in is_now.items():
            if cell.stretch.first > before.today or cell.state == was[month].state:
                continue
            found.setdefault(organization, []).append(
                _("%(year)s 年 %(month)d 月“%(before)s”改为“%(after)s”")
                % {
                    "year": f"{year}",
                    "month": month,
                    "before": words.LABELS[was[month].state],
                    "after": words.LABELS[cell.state],
                }
            )


def _by_month(board, organization, code):
    """The cell that each month lies in."""
    return {
        month: cell
        for cell in board.cells(organization, code)
        for month in range(cell.stretch.first.month, cell.stretch.last.month + 1)
    }

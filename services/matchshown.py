"""How the rows of the matching table are shown, on its page and in its files."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel import calendar
from services import matchtable, stock
from services.matchtable import Books, Used
from services.models import MatchLine, Need, Resource

SHOWN = 3  # offers of a row; the page of the row has the others
MOST_TOLD = 10


@dataclass(frozen=True)
class Offered:
    """An offer of a row: why it is one, and what of it is left for that row."""

    resource: Resource
    reasons: list[str]
    used: Used
    is_chosen: bool
    can_be_had: bool
    place: int = 0

    @property
    def reason_words(self) -> str:
        return " · ".join(self.reasons)

    @property
    def left_words(self) -> str:
        return left_words(self.resource, self.used)


def left_words(resource: Resource, used: Used) -> str:
    if resource.status != Resource.Status.AVAILABLE:
        return resource.get_status_display()
    if resource.is_timed:
        return _("按时段预约")
    if used.capacity is None:
        return _("不限量")
    words = _("剩 %(left)d%(measure)s，共 %(all)d") % {
        "left": used.left,
        "measure": stock.spaced(resource.measure),
        "all": used.capacity,
    }
    parts = (
        (used.booked, _("已约 %(number)d")),
        (used.waiting, _("待同意 %(number)d")),
        (used.given, _("前面的需求用 %(number)d")),
    )
    told = [text % {"number": number} for number, text in parts if number]
    return (
        _("%(words)s（%(used)s）") % {"words": words, "used": _("，").join(told)} if told else words
    )


def dress(lines: Iterable[MatchLine], now: datetime | None = None, most: int = SHOWN):
    """Rows of `matchtable.shown` with all that a page or a file says of them: `offered`,
    `waited`, `hindrance`, `state` and `words`."""
    lines, now = list(lines), now or timezone.now()
    keys = {key for line in lines for key, _words in line.offers[:most]}
    keys |= {key for line in lines for key, _words in line.barred[:1]}
    keys |= {line.resource_id for line in lines if line.is_given}
    books = Books(matchtable.load(keys), now)
    for line in lines:
        line.need.is_had, line.need.is_joined = line.is_had, line.is_joined
        line.waited = calendar.words(line.need.filed_at, now)
        line.offered = list(_offers(line, books, most))
        line.hindrance = _hindrance(line, books)
        line.chosen = next((each for each in line.offered if each.is_chosen), None)
        line.state, line.words = _stands(line, books)
    return lines


def _offers(line, books, most):
    for place, (key, reasons) in enumerate(line.offers[:most], 1):
        resource = books.resources.get(key)
        if resource is None:  # it was deleted
            continue
        used = books.used(line, resource)
        available = resource.status == Resource.Status.AVAILABLE
        yield Offered(
            resource,
            reasons,
            used,
            is_chosen=key == line.resource_id,
            can_be_had=available and used.left != 0,
            place=place,
        )


def _hindrance(line, books):
    return books.hindrance(line) if line.is_given and line.is_open else ""


def _stands(line, books) -> tuple[str, str]:
    """How a row stands: in a colour and in words."""
    if line.booking:
        return line.booking.status, line.booking.get_status_display()
    if not line.is_given:
        return _lacks(line, books)
    if line.refusal and line.hindrance:
        return "overdue", _("没有办成：%(why)s") % {"why": line.refusal}
    if line.hindrance:
        return "soon", line.hindrance
    if line.resource.needs_consent and not line.is_settled:
        return "draft", _("待执行，须经提供单位同意")
    return "draft", _("待执行，执行后立即约定")


def _lacks(line, books):
    words = str(line.get_cause_display())
    if line.reason:
        return "withdrawn", _("%(words)s：%(reason)s") % {"words": words, "reason": line.reason}
    if line.cause == MatchLine.Cause.BARRED and line.barred:
        key, why = line.barred[0]
        title = books.resources[key].title if key in books.resources else ""
        words = _("最接近的“%(title)s”不能用：%(why)s") % {"title": title, "why": why}
    lacks = line.cause in MatchLine.LACKS
    return ("overdue" if lacks else "done"), words


# ── In numbers ──────────────────────────────────────────────────────────────────────────────


PARTS_OF_TABLE = ("given", "lacking", "by_hand", "stuck", "booked")


def numbers() -> tuple[dict[str, int], list[tuple[str, str, int]]]:
    """How many rows there are of each part, and of each category of needs that lack something:
    one question."""
    counts = {part: Count("pk", filter=_is(part)) for part in PARTS_OF_TABLE}
    rows = (
        MatchLine.objects.order_by()
        .values_list("need__category")
        .annotate(all=Count("pk"), **counts)
    )
    total, lacks = dict.fromkeys(("all", *PARTS_OF_TABLE), 0), []
    names = dict(Need.Category.choices)
    for category, *numbers in rows:
        row = dict(zip(("all", *PARTS_OF_TABLE), numbers, strict=True))
        total = {part: total[part] + row[part] for part in total}
        if row["lacking"]:
            lacks.append((category, str(names[category]), row["lacking"]))
    return total, sorted(lacks, key=lambda lack: -lack[2])


def _is(part) -> Q:
    given = Q(resource__isnull=False, booking=None)
    return {
        "given": given,
        "stuck": given & ~Q(refusal=""),
        "booked": Q(booking__isnull=False),
        "lacking": Q(cause__in=MatchLine.LACKS),
        "by_hand": Q(is_locked=True, booking=None),
    }[part]


def in_part(rows, part: str):
    return rows.filter(_is(part))


@dataclass
class Ahead:
    """What carrying the table out would do now."""

    needs: int = 0
    resources: int = 0
    at_once: int = 0  # without consent
    settled: int = 0
    waiting: int = 0
    hindered: list[MatchLine] = field(default_factory=list)

    @property
    def told(self) -> list[MatchLine]:
        return self.hindered[:MOST_TOLD]

    @property
    def more(self) -> int:
        return max(len(self.hindered) - MOST_TOLD, 0)


def ahead() -> Ahead:
    found, keys = Ahead(), set()
    for line in dress(matchtable.shown().given(), most=0):
        if line.hindrance:
            found.hindered.append(line)
            continue
        keys.add(line.resource_id)
        found.needs += 1
        if not line.resource.needs_consent:
            found.at_once += 1
        elif line.is_settled:
            found.settled += 1
        else:
            found.waiting += 1
    found.resources = len(keys)
    return found

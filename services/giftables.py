"""The figures of what is given as tables: lines with numbers, each with the list that it opens."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from typing import Any
from urllib.parse import urlencode

from django.db.models import F
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Group, Seat
from members.models import Unit
from services import gifts
from services.boards import OUTSIDE
from services.gifts import GIVEN, HAD, WAITS, Scope
from services.models import Need, Resource
from services.stories import day_length, in_words

BOOKINGS, COMMITMENTS = "services:giftbooking-list", "services:giftcommitment-list"
RESOURCES, NEEDS = "services:giftresource-list", "services:giftneed-list"
HEADS = {
    "unit": gettext_lazy("单位"),
    "group": gettext_lazy("联盟小组"),
    "category": gettext_lazy("资源类别"),
}

STEP_WORDS = {
    "match": gettext_lazy("审核通过 → 对接项目"),
    "solve": gettext_lazy("对接项目 → 确认解决"),
    "whole": gettext_lazy("审核通过 → 确认解决"),
}


def lacking_words() -> dict[str, str]:
    """How long needs without a project have waited since review, in working days."""
    found = {"lacking_0": _("%(days)d 个工作日以内") % {"days": WAITS[0]}}
    for place, (after, until) in enumerate(pairwise(WAITS), 1):
        words = _("%(after)d—%(until)d 个工作日") % {"after": after + 1, "until": until}
        found[f"lacking_{place}"] = words
    found[f"lacking_{len(WAITS)}"] = _("超过 %(days)d 个工作日") % {"days": WAITS[-1]}
    return found


@dataclass(frozen=True)
class Column:
    """A number, and the list that it opens; without a page what stands there is words."""

    key: str
    words: Any  # a Promise, or text
    page: str = ""
    facts: tuple[tuple[str, str], ...] = ()


@dataclass
class Line:
    name: str
    numbers: dict[str, Any]
    asked: dict[str, str]
    is_total: bool = False

    @cached_property
    def query(self) -> str:
        return urlencode(self.asked)

    def url(self, column: Column) -> str:
        return f"{reverse(column.page)}?{self.query}&{urlencode(column.facts)}"


@dataclass
class Table:
    key: str
    title: Promise | str
    head: Promise | str
    columns: list[Column]
    lines: list[Line] = field(default_factory=list)


def _sided(side, key, words, page=BOOKINGS) -> Column:
    facts = (("side", side), ("figure", key)) if page == BOOKINGS else (("side", side),)
    return Column(f"{side}_{key}", words, page, tuple(each for each in facts if each[1] != GIVEN))


DEALT = (
    _sided(GIVEN, "agreed", gettext_lazy("提供：约定")),
    _sided(GIVEN, "used", gettext_lazy("其中已使用")),
    _sided(GIVEN, "to_use", gettext_lazy("其中待使用")),
    _sided(GIVEN, "gone", gettext_lazy("其中取消或退回")),
    _sided(GIVEN, "committed", gettext_lazy("提供：项目投入"), COMMITMENTS),
    _sided(HAD, "agreed", gettext_lazy("获得：约定")),
    _sided(HAD, "used", gettext_lazy("其中已使用")),
    _sided(HAD, "to_use", gettext_lazy("其中待使用")),
    _sided(HAD, "gone", gettext_lazy("其中取消或退回")),
    _sided(HAD, "committed", gettext_lazy("获得：项目投入"), COMMITMENTS),
)
USE = (
    Column("there", gettext_lazy("可用资源"), RESOURCES),
    Column("booked", gettext_lazy("有约定"), RESOURCES, (("figure", "booked"),)),
    Column("in_use", gettext_lazy("有使用"), RESOURCES, (("figure", "in_use"),)),
    Column("idle", gettext_lazy("闲置"), RESOURCES, (("figure", "idle"),)),
    Column("share", gettext_lazy("有约定占比")),
    _sided(GIVEN, "by_hours", gettext_lazy("按时段约定")),
    Column("hours", gettext_lazy("合计小时")),
)


def tables(scope: Scope, by: str) -> list[Table]:
    """`by`: unit | group | category. For who speaks for a unit, what was given and received."""
    dealt = Table("dealt", _("提供和获得"), HEADS[by], list(DEALT))
    use = Table("use", _("资源使用"), HEADS[by], list(USE))
    if by == "category":  # what is given in a category is received in it
        dealt.columns = [each for each in DEALT if scope.own or each.key.startswith(GIVEN)]
    found, committed = gifts.cells(scope), gifts.commitments(scope)
    for line in _lines(scope, by, found, committed):
        for table in (dealt, use):
            if any(line.numbers.get(each.key) for each in table.columns) or line.is_total:
                table.lines.append(line)
    if scope.own is not None:
        return [dealt, use]
    return [dealt, use, _times(scope), _lacks(scope)]


def _lines(scope, by, found, committed) -> Iterable[Line]:
    for name, facts, units, category in _parts(scope, by, found, committed):
        numbers = _together(found, committed, units, category)
        if any(numbers.values()):
            yield Line(name, _told(numbers), replace(scope, **facts).asked)
    yield Line(_("合计"), _told(_together(found, committed, scope.units)), scope.asked, True)


def _together(found, committed, units, category=None) -> Counter:
    """What units (None: all) gave and received, of a category of resources or of all."""
    numbers: Counter = Counter()
    for (unit, each), cell in found.items():
        if (units is None or unit in units) and category in (None, each):
            numbers.update(cell)
    for side, rows in committed.items():
        own = [row for unit, row in rows.items() if units is None or unit in units]
        pairs = set().union(*own)
        numbers[f"{side}_committed"] = sum(category in (None, each) for _pk, each in pairs)
    return numbers


def _told(numbers) -> dict:
    there = numbers["there"]
    share = f"{round(100 * numbers['booked'] / there)}%" if there else ""
    hours = f"{numbers['given_seconds'] / 3600:g}" if numbers["given_by_hours"] else ""
    return dict(numbers) | {"share": share, "hours": hours}


def _parts(scope, by, found, committed):
    """Name, what narrows the scope to it, its units and its category."""
    if by == "category":
        for key, label in Resource.Category.choices:
            yield str(label), {"category": key}, scope.units, key
    elif by == "group":
        yield from _groups(scope)
    else:
        known = {unit for unit, _category in found}.union(*committed.values())
        for unit in _ordered(scope, known):
            yield str(unit), {"unit": unit}, {unit.pk}, None


def _groups(scope):
    seats = Seat.objects.current(scope.on).exclude(group=None).order_by("group__order", "group")
    units: dict[Group, set[int]] = {}
    for seat in seats.select_related("group"):
        units.setdefault(seat.group, set()).add(seat.unit_id)
    named = [(group.name, group, own) for group, own in units.items()]
    seated = set().union(*units.values())
    others = set(Unit.objects.exclude(pk__in=seated).values_list("pk", flat=True))
    named.append((_("不在产业链小组"), OUTSIDE, others))
    for name, group, own in named:
        if scope.group in (None, group):
            within = own if scope.units is None else own & scope.units
            yield name, {"group": group}, within, None


def _ordered(scope, known) -> list[Unit]:
    """In the order of the charter, then by name."""
    order: dict[int, int] = {}
    seats = Seat.objects.current(scope.on)
    seats = seats.order_by(F("group__order").asc(nulls_last=True), "group", "order", "pk")
    for unit in seats.values_list("unit", flat=True):
        order.setdefault(unit, len(order))
    rows = Unit.objects.filter(pk__in=known if scope.units is None else known & scope.units)
    return sorted(rows, key=lambda unit: (order.get(unit.pk, len(order)), unit.name))


# ── For the whole park: how long it took, and what is lacking ───────────────────────────────


def _times(scope) -> Table:
    columns = [
        Column("number", _("需求"), NEEDS),
        Column("half", _("中位数")),
        Column("most", _("90 分位")),
    ]
    table, length = (
        Table("times", _("从需求到对接、解决"), _("环节"), columns),
        day_length(scope.on),
    )
    for step, spread in gifts.times(scope).items():
        numbers = {
            "number": spread.number,
            "half": in_words(spread.half, length),
            "most": in_words(spread.most, length),
            "seconds": (spread.half or 0, spread.most or 0),
        }
        table.lines.append(Line(str(STEP_WORDS[step]), numbers, _of_needs(scope, figure=step)))
    return table


def _lacks(scope) -> Table:
    columns = [Column("lacking", _("尚无项目"), NEEDS, (("figure", "lacking"),))]
    columns += [
        Column(key, words, NEEDS, (("figure", key),)) for key, words in lacking_words().items()
    ]
    table = Table("lacks", _("还缺什么：等对接的需求和能答复的资源"), _("需求类别"), columns)
    found = gifts.lacks(scope)
    for key, label in Need.Category.choices:
        if key in found:
            asked = _of_needs(scope) | {"asked": key}
            table.lines.append(Line(str(label), dict(found[key]), asked))
    total: Counter = sum(found.values(), Counter())
    total.pop("answers", None)  # a resource may answer several categories
    if found:
        table.lines.append(Line(_("合计"), dict(total), _of_needs(scope), True))
    columns.append(Column("answers", _("能答复的可用资源"), RESOURCES))
    return table


def _of_needs(scope, **facts) -> dict[str, str]:
    """What a list of needs is asked: the category of resources is none of it."""
    return replace(scope, category="").asked | facts


def url_of(table: Table, column: Column, line: Line) -> str:
    """The rows behind a number. What answers a category is looked for in the whole alliance."""
    if table.key == "lacks" and column.key == "answers":
        facts = {"on": line.asked["on"], "answers": line.asked["asked"]}
        return f"{reverse(RESOURCES)}?{urlencode(facts)}"
    return line.url(column)


def headline(scope: Scope) -> list[tuple[Any, int, str]]:
    """Words, number and list of the headline figures."""
    words = {
        "collected": _("征集需求"),
        "matched": _("对接项目"),
        "solved": _("解决问题"),
        "auto_solved": _("到期自动确认"),
    }
    counts = gifts.headline(scope)
    page = reverse(NEEDS)
    return [
        (label, counts[key], f"{page}?{urlencode(_of_needs(scope, figure=key))}")
        for key, label in words.items()
    ]

"""What would become of each line: a need of the past, one that is there already, or why it cannot
be taken in."""

import re
from collections import defaultdict

from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Seat
from nanchuan.kernel.importing.lines import ERROR, NEW, SAME, WARNING
from services.importing.lines import REACHED, Line, Status
from services.importing.units import Units
from services.models import Need

OWN_FORM = re.compile(r"需-(\d{4})-(\d{4,})")  # data


def judge(lines: list[Line]) -> None:
    """Compare lines with the portal as it is now; forgets what was found before."""
    units, seen = Units(), {}
    for line in lines:
        line.forget()
        _place(line, units, "unit")
        _place(line, units, "responsible")
    known = Known(lines)
    seated = Seated(lines)
    for line in lines:
        _match(line, known, seen)
        if line.act == NEW and not line.repeats:
            _check_number(line, known, seen)
            _check_responsible(line, seated)


def _place(line, units, field):
    name = line.facts.get(field)
    if not name:
        return
    found = units.find(name)
    setattr(line, field, found)
    if found:
        return
    if near := units.suggest(name):
        if field == "unit":
            line.suggestion = (near.pk, near.name)
        text = _("没有名称为“%(name)s”的单位。是不是“%(near)s”？")
        line.finds(ERROR, text % {"name": name, "near": near.name}, field)
    else:
        line.finds(ERROR, _("没有名称为“%(name)s”的单位。请核对。") % {"name": name}, field)


def _match(line, known, seen):
    """A need is the same by its unit, its words and its day, or by its number and its unit."""
    line.act = NEW
    key = key_of(line)
    if key and (first := seen.get(key)):
        line.repeats = True
        line.finds(WARNING, _("与第 %(line)d 行重复，只导入一次。") % {"line": first.number})
        line.act = first.act
        return
    if key:
        seen[key] = line
    if found := known.find(line, key):
        line.known, line.matched = found
        line.act = SAME


def key_of(line: Line) -> tuple | None:
    given = line.given
    if not (line.unit and given.get("title") and given.get("filed_on")):
        return None
    return (line.unit.pk, given["title"], given["filed_on"])


def _check_number(line, known, seen):
    """A number in the portal's own form is kept where it is free."""
    number = line.facts.get("number", "")
    if not OWN_FORM.fullmatch(number):
        return
    if number in seen:
        text = _("与第 %(line)d 行的编号相同。") % {"line": seen[number].number}
        line.finds(ERROR, text, "number")
        return
    seen[number] = line
    filed_on = line.given.get("filed_on")
    if number in known.numbers or (filed_on and str(filed_on.year) not in number):
        text = _("编号“%(number)s”已被使用或不是提出当年的，将另编新号，原编号保留备查。")
        line.finds(WARNING, text % {"number": number}, "number")
    else:
        line.derived["keeps"] = number


def _check_responsible(line, seated):
    status = line.given.get("status")
    if status is None or "accepted_on" not in REACHED[Status(status)]:
        return
    if "responsible" not in line.facts:
        if not line.notes_on("responsible"):
            line.finds(ERROR, _("请填写责任单位。"), "responsible")
    elif line.responsible and line.responsible == line.unit:
        line.finds(ERROR, _("责任单位不能就是提出单位。"), "responsible")
    elif line.responsible:
        on = line.given.get("accepted_on")
        if on and not seated.on(line.responsible.pk, on):
            words = {"unit": line.responsible, "day": on}
            text = _("“%(unit)s”在 %(day)s 不是联盟成员单位。") % words
            line.finds(ERROR, text, "responsible")


class Known:
    """The needs that a list may speak of, asked for once."""

    def __init__(self, lines: list[Line]):
        units = {line.unit.pk for line in lines if line.unit}
        numbers = {line.facts["number"] for line in lines if line.facts.get("number")}
        self.by_key: dict[tuple, Need] = {}
        self.by_number: dict[tuple, Need] = {}
        rows = Need.objects.only("number", "former_number", "unit_id", "title", "filed_at")
        for need in rows.filter(unit__in=units):
            day = timezone.localdate(need.filed_at)
            self.by_key.setdefault((need.unit_id, need.title, day), need)
            for number in filter(None, (need.number, need.former_number)):
                self.by_number[need.unit_id, number] = need
        rows = Need.objects.filter(number__in=numbers)
        self.numbers = set(rows.values_list("number", flat=True))

    def find(self, line: Line, key: tuple | None) -> tuple | None:
        if found := self.by_key.get(key):
            return found, _("单位、需求和日期")
        number = line.facts.get("number")
        if line.unit and number and (found := self.by_number.get((line.unit.pk, number))):
            day = timezone.localdate(found.filed_at)
            if found.former_number == number or day == line.given.get("filed_on"):
                return found, _("编号")
        return None


class Seated:
    """Which units sat in the alliance on a day."""

    def __init__(self, lines: list[Line]):
        units = {line.responsible.pk for line in lines if line.responsible}
        self.periods = defaultdict(list)
        rows = Seat.objects.filter(unit__in=units)
        for unit, starts_on, ends_on in rows.values_list("unit", "starts_on", "ends_on"):
            self.periods[unit].append((starts_on, ends_on))

    def on(self, unit: int, day) -> bool:
        return any(
            starts_on <= day and (ends_on is None or day <= ends_on)
            for starts_on, ends_on in self.periods[unit]
        )

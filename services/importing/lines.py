"""A line of a list of needs: what its cells say, and how far the need had come."""

import re
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from members.importing.texts import parse_phone
from members.models import Unit
from nanchuan.kernel.importing import lines
from nanchuan.kernel.importing.cells import Choice, Warned, parse_text, tidy
from nanchuan.kernel.importing.days import parse_day
from nanchuan.kernel.importing.lines import ERROR, WARNING, Note, read_cells
from nanchuan.kernel.importing.reading import Cell
from services.importing.columns import DAYS
from services.importing.vocabulary import WORDS
from services.models import Need, Solution

Status = Need.Status
# As far as a list can say it; each with the days that it has seen.
REACHED = {
    Status.SUBMITTED: (),
    Status.DECLINED: (),
    Status.WITHDRAWN: (),
    Status.PUBLISHED: ("reviewed_on",),
    Status.IN_PROGRESS: ("reviewed_on", "accepted_on"),
    Status.SOLVED: ("reviewed_on", "accepted_on", "solved_on"),
    Status.CLOSED: ("reviewed_on", "accepted_on", "solved_on", "closed_on"),
}
STATUSES = [(status.value, status.label) for status in REACHED]
PHONE_BESIDE = re.compile(r"^(.*?)[\s,，/、:：]*(\+?\d[\d\- ]{6,})$")
NONE_YET = 5  # letters of a number that is only the number of a line


def parse_number(cell: Cell) -> str:
    """The number that the list had; a plain 1, 2, 3 only counts its lines."""
    text = tidy(cell).replace(" ", "")
    return "" if text.isdecimal() and len(text) < NONE_YET else text


RATINGS = [(str(value), label) for value, label in Solution.Rating.choices]
PARSERS = {
    "number": parse_number,
    "unit": parse_text,
    "category": Choice(Need.Category.choices, WORDS["words"]["category"]),
    "title": parse_text,
    "content": parse_text,
    "urgency": Choice(Need.Urgency.choices, WORDS["words"]["urgency"]),
    "contact_name": parse_text,
    "contact_phone": parse_phone,
    "status": Choice(STATUSES, WORDS["words"]["status"]),
    "responsible": parse_text,
    "solution": parse_text,
    "rating": Choice(RATINGS, WORDS["words"]["rating"]),
    "comment": parse_text,
    "reason": parse_text,
} | dict.fromkeys(DAYS, parse_day)
LONGEST_TITLE = Need._meta.get_field("title").max_length
MOST = {
    "number": Need._meta.get_field("former_number").max_length,
    "unit": Unit._meta.get_field("name").max_length,
    "contact_name": Need._meta.get_field("contact_name").max_length,
    "comment": Solution._meta.get_field("comment").max_length,
    "reason": 500,
}


@dataclass
class Line(lines.Line):
    """About a need; `derived` is what follows where a cell is empty: status, days, title."""

    unit: Unit | None = None
    responsible: Unit | None = None

    @property
    def given(self) -> dict:
        return self.derived | self.facts

    def forget(self) -> None:
        super().forget()
        self.unit = self.responsible = None
        self.derived.pop("keeps", None)


def parse(number: int, cells: dict[str, Cell]) -> Line:
    """Read the cells of a line; what is wrong with one stands in its notes."""
    line = Line(number, cells)
    read_cells(line, PARSERS, MOST)
    _say_what_is_missing(line)
    _take_phone(line)
    _take_title(line)
    _follow(line)
    _compare_days(line)
    return line


def _say_what_is_missing(line):
    for name, words in (("unit", _("请填写提出单位。")), ("filed_on", _("请填写提出时间。"))):
        if name not in line.facts and not line.notes_on(name):
            line.notes.append(Note(name, ERROR, words))
    if not {"title", "content"} & line.facts.keys():
        line.notes.append(Note("title", ERROR, _("请填写需求内容。")))


def _take_phone(line):
    """A telephone number that stands beside the name, in the same cell."""
    found = PHONE_BESIDE.match(line.facts.get("contact_name", ""))
    if not found:
        return
    line.facts["contact_name"] = found[1].strip()
    if "contact_phone" not in line.facts:
        number = parse_phone(found[2])
        line.derived["contact_phone"] = number.value if isinstance(number, Warned) else number


def _take_title(line):
    """The title of the page is short; what is longer stays in the content."""
    title, content = line.facts.get("title", ""), line.facts.get("content", "")
    if not title and content:
        line.derived["title"] = content[:LONGEST_TITLE]
    elif title and not content:
        line.derived["content"] = title
    if len(title) > LONGEST_TITLE:
        line.facts["title"] = title[:LONGEST_TITLE]
        line.facts["content"] = f"{title}\n{content}" if content else title
        text = _("标题超过 %(most)d 个字，全文放入具体情况。") % {"most": LONGEST_TITLE}
        line.notes.append(Note("title", WARNING, text))


def _follow(line):
    """The status where none is written, and the days of the steps that it has seen."""
    facts = line.facts
    if "category" not in facts and not line.notes_on("category"):
        line.derived["category"] = Need.Category.OTHER.value
        line.notes.append(Note("category", WARNING, _("没有类别，按“其他”导入。")))
    line.derived.setdefault("urgency", Need.Urgency.NORMAL.value)
    if line.notes_on("status"):
        return
    if "status" not in facts:
        line.derived["status"] = _status_of(facts)
        word = Status(line.derived["status"]).label
        line.notes.append(
            Note("status", WARNING, _("没有状态，按“%(word)s”导入。") % {"word": word})
        )
    status = line.given["status"]
    if status == Status.CLOSED and "closed_on" not in facts and "solved_on" in facts:
        line.derived["closed_on"] = facts["solved_on"]
    if status in (Status.SOLVED, Status.CLOSED):
        _check_solved(line)
    _fill_days(line, status)


def _status_of(facts) -> str:
    if "closed_on" in facts:
        return Status.CLOSED.value
    if "solved_on" in facts or "rating" in facts:
        return Status.SOLVED.value
    return Status.IN_PROGRESS.value if "responsible" in facts else Status.PUBLISHED.value


def _check_solved(line):
    if not {"solved_on", "closed_on"} & line.facts.keys() and not line.notes_on("solved_on"):
        line.notes.append(Note("solved_on", ERROR, _("已办结的需求请填写办结时间。")))
    if "rating" not in line.facts and not line.notes_on("rating"):
        words = _("没有评价：不算企业确认解决，另计入“到期自动确认”。")
        line.notes.append(Note("rating", WARNING, words))


def _fill_days(line, status):
    """A step whose day nobody wrote down happened with the one before it, the end with the last
    day that is written."""
    day: date | None = line.facts.get("filed_on")
    for name in REACHED[Status(status)]:
        written = line.given.get(name)
        if name == "solved_on" and written is None:
            written = line.facts.get("closed_on")
        if written is None and day and not line.notes_on(name):
            written = day
        if written and name not in line.facts:
            line.derived[name] = written
        day = written or day


def _compare_days(line):
    known = [(name, line.given[name]) for name in DAYS if line.given.get(name)]
    for (earlier, before), (name, after) in pairwise(known):
        if after < before:
            if name in line.facts:
                text = _("早于前一步的 %(day)s。请核对。") % {"day": before}
                line.notes.append(Note(name, ERROR, text))
            else:
                text = _("晚于后一步的 %(day)s。请核对。") % {"day": after}
                line.notes.append(Note(earlier, ERROR, text))

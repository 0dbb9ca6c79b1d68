"""A line of a roster: what its cells say of a person."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from members.importing.columns import DAYS, PLACE
from members.importing.texts import LENGTH, parse_id_number, parse_name, parse_phone
from members.importing.words import (
    parse_education,
    parse_ethnicity,
    parse_gender,
    parse_standing,
)
from members.models import Organization, PartyMember
from nanchuan.kernel.importing import lines
from nanchuan.kernel.importing.cells import parse_text
from nanchuan.kernel.importing.days import parse_day
from nanchuan.kernel.importing.lines import ERROR, WARNING, Note, read_cells
from nanchuan.kernel.importing.reading import Cell

PARSERS = {
    "name": parse_name,
    "gender": parse_gender,
    "ethnicity": parse_ethnicity,
    "id_number": parse_id_number,
    "education": parse_education,
    "native_place": parse_text,
    "standing": parse_standing,
    "job": parse_text,
    "organization": parse_text,
    "phone": parse_phone,
    "note": parse_text,
} | dict.fromkeys(DAYS, parse_day)
MOST = {
    name: PartyMember._meta.get_field(name).max_length
    for name in ("name", "ethnicity", "native_place", "job", "note")
} | {"organization": Organization._meta.get_field("name").max_length}


@dataclass
class Line(lines.Line):
    """About a person; `derived` is what the ID number adds."""

    organization: Organization | None = None
    move: tuple | None = None  # organization, standing, day

    @property
    def person(self) -> PartyMember | None:
        return self.known

    @person.setter
    def person(self, person: PartyMember | None) -> None:
        self.known = person

    def forget(self) -> None:
        super().forget()
        self.organization = self.move = None

    def person_facts(self) -> dict[str, Any]:
        return {name: value for name, value in self.facts.items() if name not in PLACE}


def parse(number: int, cells: dict[str, Cell]) -> Line:
    """Read the cells of a line; what is wrong with one stands in its notes."""
    line = Line(number, cells)
    vague = read_cells(line, PARSERS, MOST)
    if not line.facts.get("name") and not line.notes_on("name"):
        line.notes.append(Note("name", ERROR, _("请填写姓名。")))
    _compare_with_number(line, vague)
    _compare_days(line)
    return line


def _compare_with_number(line, vague):
    """The birth date and the gender that stand in an ID number."""
    number = line.facts.get("id_number", "")
    if not number:
        return
    digits = number[6:14] if len(number) == LENGTH else f"19{number[6:12]}"
    born_on = date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    odd = int(number[16] if len(number) == LENGTH else number[14]) % 2
    gender = PartyMember.Gender.MALE if odd else PartyMember.Gender.FEMALE
    said = line.facts.get("born_on")
    if said and "born_on" in vague and (said.year, said.month) == (born_on.year, born_on.month):
        line.facts["born_on"] = born_on  # only the month was written: the number knows the day
        line.notes = [note for note in line.notes if note.field != "born_on"]
    elif said and said != born_on:
        text = _("与公民身份号码中的 %(day)s 不一致。请核对。") % {"day": born_on}
        line.notes.append(Note("born_on", WARNING, text))
    if line.facts.get("gender", gender) != gender:
        line.notes.append(Note("gender", WARNING, _("与公民身份号码不一致。请核对。")))
    line.derived = {
        name: value
        for name, value in (("born_on", born_on), ("gender", str(gender)))
        if name not in line.facts and name not in {note.field for note in line.notes}
    }


def _compare_days(line):
    born_on = line.facts.get("born_on") or line.derived.get("born_on")
    joined_on, full_on = line.facts.get("joined_on"), line.facts.get("full_member_on")
    if born_on and joined_on and joined_on <= born_on:
        line.notes.append(Note("joined_on", ERROR, _("早于出生日期。请核对。")))
    if joined_on and full_on and full_on < joined_on:
        line.notes.append(Note("full_member_on", WARNING, _("早于入党日期。请核对。")))

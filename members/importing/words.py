"""Cells that hold one of a few words: 男, 大学本科, 预备党员, 汉族."""

import re
from functools import cache

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from members.importing.texts import CellError, Warned, tidy
from members.importing.vocabulary import WORDS
from members.models import Membership, PartyMember
from nanchuan.kernel.importing.reading import Cell

PEOPLES = frozenset(WORDS["other"]["peoples"])
PEOPLE = "族"  # data
CHOICES = {
    "gender": PartyMember.Gender.choices,
    "education": PartyMember.Education.choices,
    "standing": Membership.Standing.choices,
}


@cache
def _table(kind: str, _language: str) -> dict[str, str]:
    table = {str(label).lower(): value for value, label in CHOICES[kind]}
    for value, words in WORDS["words"][kind].items():
        table |= {word.lower(): value for word in words}
    return table


def _worded(cell, kind):
    text = re.sub(r"\(.*?\)|[\s()]", "", tidy(cell)).lower()
    if not text:
        return ""
    found = _table(kind, get_language()).get(text)
    if found is None:
        allowed = _("、").join(str(label) for _value, label in CHOICES[kind])
        raise CellError(_("应为：%(words)s。") % {"words": allowed})
    return found


def parse_gender(cell: Cell) -> str:
    return _worded(cell, "gender")


def parse_education(cell: Cell) -> str:
    return _worded(cell, "education")


def parse_standing(cell: Cell) -> str | Warned:
    text = tidy(cell)
    for value, words in WORDS["vague"]["standing"].items():
        if text in words:
            label = Membership.Standing(value).label
            return Warned(
                value, _("“%(word)s”按“%(label)s”导入。") % {"word": text, "label": label}
            )
    return _worded(cell, "standing")


def parse_ethnicity(cell: Cell) -> str | Warned:
    """汉 is 汉族."""
    text = re.sub(r"\s", "", tidy(cell))
    stem = text.removesuffix(PEOPLE)
    if not text or stem in PEOPLES or text in PEOPLES:
        return f"{stem}{PEOPLE}" if text else ""
    return Warned(text, _("“%(word)s”不是常见的民族名称。请核对。") % {"word": text[:20]})

"""Cells that hold one of a few words: 男, 大学本科, 预备党员, 汉族."""

import re

from django.utils.translation import gettext as _

from members.importing.vocabulary import WORDS
from members.models import Membership, PartyMember
from nanchuan.kernel.importing.cells import Choice, Warned, tidy
from nanchuan.kernel.importing.reading import Cell

PEOPLES = frozenset(WORDS["other"]["peoples"])
PEOPLE = "族"  # data
CHOICES = {
    "gender": PartyMember.Gender.choices,
    "education": PartyMember.Education.choices,
    "standing": Membership.Standing.choices,
}


PARSERS = {kind: Choice(CHOICES[kind], WORDS["words"][kind]) for kind in CHOICES}
parse_gender, parse_education = PARSERS["gender"], PARSERS["education"]


def parse_standing(cell: Cell) -> str | Warned:
    text = tidy(cell)
    for value, words in WORDS["vague"]["standing"].items():
        if text in words:
            label = Membership.Standing(value).label
            return Warned(
                value, _("“%(word)s”按“%(label)s”导入。") % {"word": text, "label": label}
            )
    return PARSERS["standing"](cell)


def parse_ethnicity(cell: Cell) -> str | Warned:
    """汉 is 汉族."""
    text = re.sub(r"\s", "", tidy(cell))
    stem = text.removesuffix(PEOPLE)
    if not text or stem in PEOPLES or text in PEOPLES:
        return f"{stem}{PEOPLE}" if text else ""
    return Warned(text, _("“%(word)s”不是常见的民族名称。请核对。") % {"word": text[:20]})

"""Whether a text that everybody may read names a unit (公开内容里的单位名称)."""

import re
import unicodedata
from collections.abc import Iterable

from members.models import Unit

# What a company's name ends in; the rest is what people call it.
ENDINGS = re.compile(r"(集团)?(股份)?(有限)?(责任)?公司(党支部|党委)?$|集团$")  # data
SHORTEST = 2


def names_in(text: str, units: Iterable[Unit]) -> list[str]:
    """The names, short names and names without their ending that a text holds."""
    seen = _plain(text)
    found = {name for unit in units for name in _names(unit) if _plain(name) in seen}
    return sorted(found, key=lambda name: (-len(name), name))


def _names(unit) -> set[str]:
    names = {unit.name, unit.short_name, ENDINGS.sub("", unit.name)}
    return {name for name in names if len(name.strip()) >= SHORTEST}


def _plain(text) -> str:
    folded = unicodedata.normalize("NFKC", text or "").lower()
    return "".join(character for character in folded if character.isalnum())

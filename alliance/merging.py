"""What becomes of texts that two people wrote at once: pure, section by section.

Each section carries the text that its writer began with. Where only one side changed it, that
side stands; where both did, and differently, somebody has to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

MINE, THEIRS, BOTH = "mine", "theirs", "both"


@dataclass
class Merge:
    """The texts that may stand at once; `taken`: written by the other side alone; `asked`: both
    wrote, so the other side's text stands until somebody chooses."""

    texts: dict[str, str]
    written: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


def merge(
    base: Mapping[str, str | None], mine: Mapping[str, str], theirs: Mapping[str, str]
) -> Merge:
    """`base` is what the writer of `mine` had read of each section; None: not known any more.

    Sections that are not in `mine` stay as they are.
    """
    found = Merge(dict(theirs))
    for key, text in mine.items():
        now, read = theirs.get(key, ""), base.get(key)
        if text == now:
            continue
        if read == now:
            found.texts[key] = text
            found.written.append(key)
        elif text == read:
            found.taken.append(key)
        else:
            found.asked.append(key)
    return found


def chosen(choice: str, mine: str, theirs: str) -> str:
    """The text that somebody decided for; `mine` may have been rewritten while choosing."""
    if choice == THEIRS:
        return theirs
    if choice == BOTH:
        return "\n".join(part for part in (theirs, mine) if part)
    return mine

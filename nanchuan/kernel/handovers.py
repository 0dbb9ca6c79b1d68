"""What one unit hands over to the next (交接), section by section: each app registers its own.

@handover_section("orders", _("未办结的点单"), order=20)
def orders(turn):
    yield Line(...)
"""

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

from django.utils.functional import Promise


@dataclass(frozen=True)
class Line:
    """One matter: what it is, how it stands (`status` the style, `state` the words) and the page
    that tells more. Whoever may read the sheet reads the line, so it says nothing that one of
    the signers, or a member of the group later on, may not see."""

    text: str
    state: str = ""
    status: str = ""
    page: str = ""  # name of a URL with a number
    pk: int | None = None


@dataclass(frozen=True)
class Section:
    key: str
    title: str | Promise
    order: int
    lines: Callable[..., Iterable[Line]]


_sections: dict[str, Section] = {}


def handover_section(key: str, title: str | Promise, order: int) -> Callable:
    """Register a function of the turn that is handed over: the lines of a section of the sheet."""

    def register(lines):
        if key in _sections:
            raise ValueError(f"two sections are called {key}")
        _sections[key] = Section(key, title, order, lines)
        return lines

    return register


def sheet(turn) -> list[dict]:
    """All sections as they stand now, ready to be shown and to be kept."""
    return [
        {
            "key": section.key,
            "title": str(section.title),
            "lines": [_kept(line) for line in section.lines(turn)],
        }
        for section in sorted(_sections.values(), key=lambda each: (each.order, each.key))
    ]


def _kept(line: Line) -> dict:
    facts = asdict(line)
    return facts | {name: str(facts[name]) for name in ("text", "state", "status", "page")}

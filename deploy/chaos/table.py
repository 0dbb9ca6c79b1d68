"""Verdicts as a table for people, and as rows for a file."""

from dataclasses import asdict, dataclass, field

HEADS = (
    "scenario",
    "planned",
    "sent",
    "2× inbox",
    "2× outside",
    "lost",
    "kills",
    "back, s",
    "took, s",
)


@dataclass
class Row:
    name: str
    title: str
    planned: int = 0
    sent: int = 0
    twice_inbox: int = 0
    twice_outside: int = 0
    lost: int = 0
    kills: int = 0
    recovery: float | None = None  # the longest, in seconds
    seconds: float = 0
    broken: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def cells(self):
        back = "" if self.recovery is None else f"{self.recovery:.1f}"
        numbers = (
            self.planned,
            self.sent,
            self.twice_inbox,
            self.twice_outside,
            self.lost,
            self.kills,
        )
        return (self.name, *map(str, numbers), back, f"{self.seconds:.0f}")


def line(cells):
    return f"{cells[0]:<18}" + "".join(f"{cell:>11}" for cell in cells[1:])


def head():
    return line(HEADS)


def report(row: Row):
    """The line of a scenario, and a sentence below it for all that is to be said besides."""
    below = [f"    ✗ {words}" for words in row.broken] + [f"    {words}" for words in row.notes]
    return "\n".join([line(row.cells()), *below])


def as_data(rows):
    return [asdict(row) for row in rows]

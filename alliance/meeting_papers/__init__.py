"""The papers of a meeting (文书), written from its rows: what nobody noted stays blank."""

from alliance.meeting_papers.letters import agenda, notice
from alliance.meeting_papers.minutes import minutes, record
from alliance.meeting_papers.resolved import RESOLVED_COLUMNS, lines, resolved
from alliance.meeting_papers.sheet import SIGN_IN_COLUMNS, signed, signing_head, signing_sheet

__all__ = [
    "RESOLVED_COLUMNS",
    "SIGN_IN_COLUMNS",
    "agenda",
    "lines",
    "minutes",
    "notice",
    "record",
    "resolved",
    "signed",
    "signing_head",
    "signing_sheet",
]

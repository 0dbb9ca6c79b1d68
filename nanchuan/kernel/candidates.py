"""Persons who should be able to sign in and cannot yet, gathered from the apps that know them.

Accounts stand below people in the house: an app that knows persons registers a source in
`ready()`, and the accounts app opens an account for each without learning who they are.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Candidate:
    """Somebody without an account (待开户人员).

    `link` ties the new account to the person; it raises StepRefused if somebody else was faster.
    """

    key: str  # unique among all sources, e.g. "member-17"
    name: str
    words: str  # why an account is due, e.g. "第一党支部书记"
    username: str  # a wish: a number is added when it is taken
    link: Callable[[Any], None]


Source = Callable[[], Iterable[Candidate]]
_sources: list[Source] = []


def candidate_source(source: Source) -> Source:
    """Register a function that yields candidates as of today."""
    _sources.append(source)
    return source


def candidates() -> list[Candidate]:
    return [candidate for source in _sources for candidate in source()]

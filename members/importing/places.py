"""The organizations that a roster names, however people write their names."""

import re
from collections import defaultdict
from difflib import get_close_matches
from functools import cached_property

from members.importing.vocabulary import WORDS
from members.models import Organization, OrganizationName
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.importing.reading import Cell
from nanchuan.kernel.periods import in_force

SIMILAR = 0.6
MOST_SUGGESTIONS = 100  # different names; comparing is slow, and nobody reads more
BEFORE = re.compile(r"^(中共|中国共产党)")  # data
ENDINGS = WORDS["endings"]  # the longest first
BRANCH = re.compile(r"(?<!党)支部$")  # data
NOTE = re.compile(r"[(（\[【].*?[)）\]】]|[\"'“”‘’《》,，.。、:：;；]")


def spelling(name: Cell) -> str:
    """What two spellings of one name have in common: 中共某某支部委员会 is 某某党支部."""
    text = BEFORE.sub("", normalise(name))
    for ending, short in ENDINGS.items():
        if text.endswith(ending):
            text = text.removesuffix(ending) + short
            break
    return BRANCH.sub("党支部", text)  # data


class Places:
    """Those that a user may edit, and that are in being. Nobody is the portal itself."""

    def __init__(self, user=None):
        rows = Organization.objects.current()
        self.rows = list(rows if user is None else rows.editable_by(user))
        self._suggestions: dict[str, Organization | None] = {}
        self._found: dict[str, Organization | None] = {}

    @cached_property
    def by_name(self) -> dict[str, Organization]:
        """Full names, then today's short names and former names that mean one organization."""
        own = {row.pk: row for row in self.rows}
        shorter = defaultdict(set)
        for row in self.rows:
            for name in (row.short_name, NOTE.sub("", row.name)):
                shorter[spelling(name)].add(row)
        former = OrganizationName.objects.filter(organization__in=own).exclude(in_force())
        for pk, *names in former.values_list("organization", "name", "short_name"):
            for name in names:
                shorter[spelling(name)].add(own[pk])
        known = {name: next(iter(found)) for name, found in shorter.items() if len(found) == 1}
        known |= {spelling(row.name): row for row in self.rows}
        known.pop("", None)
        return known

    def find(self, name: str) -> Organization | None:
        if name not in self._found:
            self._found[name] = self.by_name.get(spelling(name))
        return self._found[name]

    def suggest(self, name: str) -> Organization | None:
        """The one whose name looks most like a misspelt one."""
        text = spelling(name)
        if text not in self._suggestions:
            if len(self._suggestions) >= MOST_SUGGESTIONS:
                return None
            near = get_close_matches(text, self.by_name, n=1, cutoff=SIMILAR)
            self._suggestions[text] = self.by_name[near[0]] if near else None
        return self._suggestions[text]

"""The units that a list names, however people write their names."""

import re
from collections import defaultdict
from difflib import get_close_matches

from members.models import Unit
from nanchuan.kernel.fields import normalise
from services.importing.vocabulary import WORDS

SIMILAR = 0.6
MOST_SUGGESTIONS = 100  # different names; comparing is slow, and nobody reads more
NOTE = re.compile(r"[(（\[【].*?[)）\]】]|[\"'“”‘’《》,，.。、:：;；\s]")
ENDINGS = WORDS["other"]["endings"]


def spelling(name: str) -> str:
    """What two spellings of one name have in common: without brackets, marks and spaces."""
    return NOTE.sub("", normalise(name))


def stem(name: str) -> str:
    """The name without what kind of company it is."""
    text = spelling(name)
    for ending in ENDINGS:
        if text.endswith(ending) and len(text) > len(ending) + 1:
            return text.removesuffix(ending)
    return text


class Units:
    """All units by full name; then by short name and stem, where these mean one unit only."""

    def __init__(self):
        rows = list(Unit.objects.order_by("pk"))
        shorter = defaultdict(set)
        for row in rows:
            for name in (row.short_name, row.name):
                shorter[spelling(name)].add(row)
                shorter[stem(name)].add(row)
        self.by_name = {
            name: next(iter(found)) for name, found in shorter.items() if len(found) == 1
        }
        self.by_name |= {normalise(row.name): row for row in rows}
        self.by_name.pop("", None)
        self._suggestions: dict[str, Unit | None] = {}

    def find(self, name: str) -> Unit | None:
        for text in (normalise(name), spelling(name), stem(name)):
            if found := self.by_name.get(text):
                return found
        return None

    def suggest(self, name: str) -> Unit | None:
        """The one whose name looks most like a misspelt one."""
        text = spelling(name)
        if text not in self._suggestions:
            if len(self._suggestions) >= MOST_SUGGESTIONS:
                return None
            near = get_close_matches(text, self.by_name, n=1, cutoff=SIMILAR)
            self._suggestions[text] = self.by_name[near[0]] if near else None
        return self._suggestions[text]

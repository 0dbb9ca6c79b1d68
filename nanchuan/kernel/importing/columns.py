"""The columns of a kind of list: what people call them, and which column of a file is which."""

import hashlib
import re
from collections.abc import Collection, Mapping

from django.utils.functional import Promise

from nanchuan.kernel.importing.tables import label_of

SUFFIX = re.compile(r"(必填|选填|信息)$")  # data


class Columns:
    """`labels` are what the portal calls them, `words` what files do (under "ignored" those that
    are known and not taken in); `prefix` is what may stand before any of these. A column called
    by one of `weak` is taken only if no other one means the same."""

    def __init__(
        self,
        labels: Mapping[str, Promise],
        words: Mapping[str, list[str]],
        *,
        prefix: str = r"\d+",
        weak: Collection[str] = (),
    ):
        self.labels, self._weak = labels, frozenset(weak)
        self._prefix = re.compile(rf"^({prefix})(?=..)")
        self._by_label = {
            label: "" if name == "ignored" else name
            for name, known in words.items()
            for label in known
        }

    def recognise(self, header: str) -> str | None:
        """The column that a header names; "" for one that is known and not taken in, None if
        none."""
        label = label_of(header)
        short = SUFFIX.sub("", label)
        for text in (label, short, self._prefix.sub("", short)):
            if text in self._by_label:
                return self._by_label[text]
        return None

    def propose(self, headers: list[str]) -> dict[int, str]:
        """Column of the file → column of the list; of two that mean the same, the first."""
        mapping: dict[int, str] = {}
        numbered = list(enumerate(headers))
        for index, header in sorted(numbered, key=lambda each: label_of(each[1]) in self._weak):
            name = self.recognise(header)
            if name and name not in mapping.values():
                mapping[index] = name
        return dict(sorted(mapping.items()))

    def unknown(self, headers: list[str], mapping: dict[int, str]) -> list[str]:
        """Headers that mean nothing to the portal, so that what stands below them is left out."""
        return [
            header
            for index, header in enumerate(headers)
            if header and index not in mapping and self.recognise(header) is None
        ]

    def clean_mapping(self, given: dict, width: int) -> dict[int, str]:
        """A mapping as it was stored or sent, without what cannot be."""
        mapping: dict[int, str] = {}
        for index, name in given.items():
            if name in self.labels and int(index) < width and name not in mapping.values():
                mapping[int(index)] = name
        return mapping


def signature(kind: str, headers: list[str]) -> str:
    """The same for two files of a kind with the same headers, whoever made them."""
    parts = headers if kind == "roster" else [kind, *headers]
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()

"""A charter as people type or paste it, and the same as chapters and articles (章、条).

A line that begins with 第…章 starts a chapter, one with 第…条 an article; the rest is body. Spaces
around lines and empty lines carry no meaning; every other letter is kept, both ways.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from alliance.models import Section
from nanchuan.kernel.papers import clean

NUMBER = "[0-9０-９〇零一二三四五六七八九十百千两]{1,12}"  # data
# 第三条第二款、第三条规定 at the beginning of a line speaks of an article and starts none.
MENTION = "第|规定|所|、|，|和|或|至|到|及|与|的"  # data
LABEL = rf"第{NUMBER}(?P<level>[章条])(?:之[一二三四五六七八九十]{{1,3}})?"  # data
START = re.compile(rf"(?P<label>{LABEL})(?!{MENTION})\s*(?P<rest>.*)")
INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff\u00ad]")
LONGEST_HEADING = 100
LEVELS = {"章": Section.Level.CHAPTER, "条": Section.Level.ARTICLE}  # data


@dataclass(frozen=True)
class Article:
    """A chapter with its heading, or an article with its body; without a label, a preamble."""

    level: int
    label: str = ""
    heading: str = ""
    body: str = ""

    @property
    def words(self) -> str:
        """What is said, without the number."""
        return "\n".join(filter(None, (self.heading, self.body)))

    @property
    def text(self) -> str:
        """As it stands in the typed text."""
        is_chapter = self.level == Section.Level.CHAPTER
        first = self.heading if is_chapter else self.body
        head = "\u3000".join(filter(None, (self.label, first)))
        return "\n".join(filter(None, (head, self.body if is_chapter else "")))


def parse(text: str) -> list[Article]:
    """Typed or pasted text in parts, in its order."""
    parts: list[tuple[int, str, list[str]]] = []
    for line in _lines(text):
        start = START.fullmatch(line)
        if start:
            parts.append((LEVELS[start["level"]], start["label"], [start["rest"]]))
        elif parts:
            parts[-1][2].append(line)
        else:
            parts.append((Section.Level.ARTICLE, "", [line]))
    return [_article(*part) for part in parts]


def write(articles: Iterable[Article]) -> str:
    """Parts as text, an empty line between two of them; `parse` gives the same parts again."""
    return "\n\n".join(article.text for article in articles)


def of(regulation) -> list[Article]:
    """The parts of a stored version (one question)."""
    return [as_article(row) for row in regulation.sections.all()]


def as_article(section: Section) -> Article:
    return Article(section.level, section.label, section.heading, section.body)


def as_section(article: Article, regulation, order: int) -> Section:
    return Section(
        regulation=regulation,
        order=order,
        level=article.level,
        label=article.label,
        heading=article.heading,
        body=article.body,
    )


def _lines(text) -> list[str]:
    lines = (INVISIBLE.sub("", clean(line)).strip() for line in text.splitlines())
    return [line for line in lines if line]


def _article(level, label, lines) -> Article:
    """A chapter's first line is its heading, unless it is too long for one."""
    heading = ""
    if level == Section.Level.CHAPTER and len(lines[0]) <= LONGEST_HEADING:
        heading = lines.pop(0)
    return Article(level, label, heading, "\n".join(filter(None, lines)))

"""Cases and answers like what somebody is about to ask (类似情况), with the reason in words.

What is compared are pairs of characters: Chinese has no spaces, and a word has mostly two. First
the newest rows are looked at, then some of those that share three characters in a row, which an
index knows: so it costs as much with a hundred thousand needs as with two thousand. A row counts by
what its reader reads of it and by nothing else.
"""

import re
from dataclasses import dataclass, field

from django.db.models import Case, F, Q, QuerySet, When
from django.utils import timezone

from nanchuan.kernel import calendar
from services.models import Need, ReadyAnswer, Solution

MOST_PIECES, MOST_LONGER = 16, 8
MOST_CASES, MOST_ANSWERS = 5, 3
WINDOW, MOST_FOUND = 2000, 200
WORDS = re.compile(r"[\u4e00-\u9fff]+|[a-z0-9][a-z0-9.+-]+")
# Characters and pairs that every need has: they say nothing about what it is like.
FUNCTION_WORDS = (
    "的了在是有和与及为等吗呢吧也都就把被从向对于请能会要可以这那我您们他她它不很急"  # data
)
EMPTY = frozenset(FUNCTION_WORDS)
USUAL = """需要 需求 急需 希望 企业 公司 单位 解决 问题 目前 帮助 协助 尽快 联系 支持 情况 园区
无法 没有 进行 相关 一个 两个"""  # data
COMMON = frozenset(USUAL.split())


@dataclass(frozen=True)
class Past:
    """A need like it, as its reader reads it."""

    need: Need
    reason: list[str]
    days: int | None = None  # working days from filing to the enterprise's confirmation
    summary: str = ""

    @property
    def face(self):
        return self.need.face


@dataclass(frozen=True)
class Answer:
    answer: ReadyAnswer
    reason: list[str]


@dataclass(frozen=True)
class Similar:
    cases: list[Past] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    def __bool__(self):
        return bool(self.cases or self.answers)


def similar(text: str, user, *, category: str = "", but: int | None = None) -> Similar:
    """What this reader may read of cases and answers like a text; `but` is a need left out."""
    found = pieces_of(text)
    if not found:
        return Similar()
    return Similar(_cases(found, text, user, category, but), _answers(found, text, user, category))


def pieces_of(text: str) -> list[str]:
    """Pairs of characters, and words of letters and digits, in the order of the text."""
    pieces = []
    for word in WORDS.findall(text.lower()):
        if word[0].isascii():
            pieces.append(word)
        else:
            pieces += [word[place : place + 2] for place in range(len(word) - 1)]
    telling = [piece for piece in dict.fromkeys(pieces) if not _is_empty(piece)]
    return telling[:MOST_PIECES]


def shared(text: str, other: str) -> list[str]:
    """The longest runs of characters of a text that another one has too."""
    runs, other = [], other.lower()
    for word in WORDS.findall(text.lower()):
        runs += [word] if word[0].isascii() and word in other else _runs(word, other)
    return list(dict.fromkeys(run for run in runs if not _is_empty(run)))[:4]


def _runs(word, other) -> list[str]:
    runs, place = [], 0
    while place < len(word) - 1:
        end = place + 2
        if word[place:end] not in other:
            place += 1
            continue
        while end < len(word) and word[place : end + 1] in other:
            end += 1
        runs.append(word[place:end])
        place = end
    return runs


def _is_empty(piece) -> bool:
    return piece in COMMON or all(character in EMPTY for character in piece)


def _cases(pieces, text, user, category, but) -> list[Past]:
    rows = Need.objects.visible_to(user).exclude(pk=but)
    rows = rows.filter(merged_into=None).exclude(status=Need.Status.WITHDRAWN)
    found = _scored(rows.order_by("-filed_at", "-pk")[:WINDOW], pieces, user, category)
    if len(found) < MOST_CASES and (longer := _longer(text)):
        older = rows.exclude(pk__in=found).filter(_holding(longer, user))[:MOST_FOUND]
        found |= _scored(older, pieces, user, category)
    best = sorted(found, key=lambda pk: (-found[pk], -pk))[:MOST_CASES]
    return _dressed(best, text, user)


def _scored(rows: QuerySet, pieces, user, category) -> dict[int, int]:
    """The key of each row that is like it, and how much."""
    whole = Need.objects.all().party_scope(user)
    read = Case(When(whole, then=F("words")), default=F("public_words"))
    scores = {}
    for pk, kind, words in rows.annotate(read=read).values_list("pk", "category", "read"):
        score = sum(piece in words for piece in pieces)
        if score >= _enough(pieces):
            scores[pk] = 2 * score + (kind == category)
    return scores


def _holding(longer, user) -> Q:
    public, whole = Q(), Q()
    for words in longer:
        public |= Q(public_words__holds=words)
        whole |= Q(words__holds=words)
    return public | (Need.objects.all().party_scope(user) & whole)


def _enough(pieces) -> int:
    return min(2, len(pieces))


def _longer(text) -> list[str]:
    """Three characters in a row: few rows have them, and the index finds these at once."""
    runs = [
        word[place : place + 3]
        for word in WORDS.findall(text.lower())
        for place in range(len(word) - 2)
    ]
    telling = [run for run in dict.fromkeys(runs) if not (_is_empty(run[:2]) or _is_empty(run[1:]))]
    return telling[:MOST_LONGER]


def _dressed(keys, text, user) -> list[Past]:
    rows = Need.objects.filter(pk__in=keys).with_faces(user).defer("contact_phone")
    by_key = {need.pk: need for need in rows}
    confirmed = Solution.objects.filter(need__in=keys, reopened_at=None).exclude(confirmed_at=None)
    solutions = {row.need_id: row for row in confirmed.order_by("confirmed_at")}
    return [_case(by_key[key], solutions.get(key), text) for key in keys if key in by_key]


def _case(need, solution, text) -> Past:
    words = need.words if need.face.is_whole else need.public_words
    if solution is None:
        return Past(need, shared(text, words))
    filed, done = timezone.localdate(need.filed_at), timezone.localdate(solution.confirmed_at)
    summary = solution.public_summary or (solution.text if need.face.is_whole else "")
    days = calendar.working_days_between(filed, done)
    return Past(need, shared(text, words), days, summary)


def _answers(pieces, text, user, category) -> list[Answer]:
    scores = {}
    rows = ReadyAnswer.objects.visible_to(user).valid()
    for answer in rows.newest()[:MOST_FOUND]:
        score = sum(piece in answer.words for piece in pieces)
        if score >= _enough(pieces):
            scores[answer] = 2 * score + (answer.category == category)
    best = sorted(scores, key=lambda answer: -scores[answer])[:MOST_ANSWERS]
    return [Answer(answer, shared(text, answer.words)) for answer in best]

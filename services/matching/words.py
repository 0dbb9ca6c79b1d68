"""Reasons and hindrances in plain words; the one place that speaks.

`names` are the words for what is kept as keys: categories of both sides and chains.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from nanchuan.kernel.templatetags.ui import day
from services.matching.facts import (
    Answer,
    Barred,
    CategoryAnswers,
    Doubted,
    EnoughLeft,
    FewOrders,
    FreeThen,
    HasSolved,
    Number,
    Reason,
    SameChain,
    SameSubject,
    SameWords,
    Why,
)

Names = Mapping[str, str]


def of(reason: Reason, names: Names) -> str:
    """A reason, as a part of a sentence."""
    return SAID[type(reason)](reason, names)


def of_barred(barred: Barred, names: Names) -> str:
    """Why an offer is out of the question."""
    offer = barred.offer
    if barred.why == Why.WRONG and barred.said:
        return _("办公室指出不合适：%(said)s") % {"said": barred.said}
    if barred.why == Why.EXPIRED:
        return _("有效期到 %(day)s") % {"day": day(offer.free_until)}
    if barred.why == Why.NOT_YET:
        return _("%(day)s 起才可用") % {"day": day(offer.free_from)}
    if barred.why == Why.TOO_SMALL:
        return _("只剩 %(left)s，不够") % {"left": _amount(offer.left, offer.measure)}
    if barred.why == Why.OTHER_CHAIN:
        chains = _list(names.get(chain, chain) for chain in sorted(offer.only))
        return _("仅限%(chains)s") % {"chains": chains}
    return _plainly(barred.why)


def of_nothing(answer: Answer, names: Names) -> str:
    """Why nothing is offered for a need; empty if something is."""
    if answer.suggestions:
        return ""
    if not answer.barred:
        return _("没有相关的资源")
    first = answer.barred[0]
    return _("最接近的“%(title)s”不能用：%(why)s") % {
        "title": first.offer.title,
        "why": of_barred(first, names),
    }


def _plainly(why):
    return {
        Why.OWN: _("本单位自己的资源"),
        Why.WRONG: _("办公室指出不合适"),
        Why.PAUSED: _("已暂停提供"),
        Why.EXHAUSTED: _("已全部约出"),
    }[why]


def _same_subject(reason, names):
    return _("都与“%(subject)s”有关（需求说到%(asked)s，资源说到%(offered)s）") % {
        "subject": reason.subject,
        "asked": _quoted(reason.asked),
        "offered": _quoted(reason.offered),
    }


def _same_words(reason, names):
    return _("都写到%(words)s") % {"words": _quoted(reason.words)}


def _category_answers(reason, names):
    return _("%(asked)s类需求常由%(offered)s类资源解决") % {
        "asked": names.get(reason.asked, reason.asked),
        "offered": names.get(reason.offered, reason.offered),
    }


def _same_chain(reason, names):
    return _("同属%(chain)s产业链") % {"chain": names.get(reason.chain, reason.chain)}


def _enough_left(reason, names):
    return _("剩余 %(left)s") % {"left": _amount(reason.left, reason.measure)}


def _free_then(reason, names):
    if reason.until is None:
        return _("%(day)s 可用") % {"day": day(reason.day)}
    return _("%(day)s 可用，到 %(until)s 为止") % {
        "day": day(reason.day),
        "until": day(reason.until),
    }


def _has_solved(reason, names):
    return ngettext(
        "解决过 %(number)d 条类似需求，用时 %(days)d 个工作日",
        "解决过 %(number)d 条类似需求，用时中位数 %(days)d 个工作日",
        reason.number,
    ) % {"number": reason.number, "days": reason.days}


def _few_orders(reason, names):
    if not reason.number:
        return _("该单位没有在办的需求")
    return _("该单位在办的需求只有 %(number)d 条") % {"number": reason.number}


def _doubted(reason, names):
    return _("有 %(number)d 条类似需求曾被指出不对题") % {"number": reason.number}


SAID = {
    SameSubject: _same_subject,
    SameWords: _same_words,
    CategoryAnswers: _category_answers,
    SameChain: _same_chain,
    EnoughLeft: _enough_left,
    FreeThen: _free_then,
    HasSolved: _has_solved,
    FewOrders: _few_orders,
    Doubted: _doubted,
}


def _quoted(words: Iterable[str]) -> str:
    told = (word.replace("+", "…") for word in words)
    return _list(_("“%(word)s”") % {"word": word} for word in told)


def _list(words):
    return _("、").join(words)


def _amount(number: Number, measure: str) -> str:
    return f"{Decimal(number).normalize():f} {measure}".strip()

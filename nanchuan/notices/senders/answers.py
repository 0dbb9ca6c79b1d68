"""What the other side may answer, and what becomes of the message and of the channel."""

from collections.abc import Collection
from datetime import timedelta

from django.utils.translation import gettext as _

LONGEST = 200  # letters of somebody else's words
REST = timedelta(minutes=1)  # unless the other side is known to ask for more


class Refused(Exception):
    """This message will never be taken; says why."""


class Unreachable(Exception):
    """The other side cannot be reached, or asks to come again later."""


class Throttled(Unreachable):
    """Too much at once: nothing leaves by this channel for a while, the `rest`."""

    def __init__(self, words: str, rest: timedelta = REST):
        super().__init__(words)
        self.rest = rest


class Rejected(Exception):
    """The channel itself is refused, as by a wrong key: nothing leaves until it is set up anew."""


OK, TOO_MANY, FIRST_OF_ITS_OWN = 200, 429, 500  # of HTTP


def settle(  # noqa: PLR0913
    answer,
    *,
    code: str = "errcode",
    words: str = "errmsg",
    throttled: Collection = (),
    later: Collection = (-1,),
    fault: Collection = (),
    rest: timedelta = REST,
) -> dict:
    """What the other side said, if it took the message. HTTP 200 alone is no success.

    `throttled`, `later` and `fault` are its codes that mean so; any other than 0 is final. `rest`
    is how long it shuts out who sends too much, unless it says so itself (Retry-After).
    """
    told = answer.data if isinstance(answer.data, dict) else {}
    number = told.get(code)
    head = f"HTTP {answer.status}" if number is None else number
    said = f"{head} {str(told.get(words, ''))[:LONGEST]}".strip()
    if number in throttled or answer.status == TOO_MANY:
        sentence = _("发送过快，对方要求稍后再发（%(answer)s）。") % {"answer": said}
        raise Throttled(sentence, answer.wait or rest)
    if number in later or answer.status >= FIRST_OF_ITS_OWN:
        sentence = _("对方暂时不能处理（%(answer)s）。") % {"answer": said}
        raise Throttled(sentence, answer.wait) if answer.wait else Unreachable(sentence)
    if number in fault:
        raise Rejected(_("对方不认可本渠道的设置（%(answer)s）。") % {"answer": said})
    if number is None:
        raise Unreachable(
            _("对方的回答（HTTP %(status)d）无法识别，可能地址有误。") % {"status": answer.status}
        )
    if number != 0:
        raise Refused(_("对方不接收这条消息（%(answer)s）。") % {"answer": said})
    return told


def without(words: str, *hidden: str) -> str:
    """Somebody else's words may repeat an address or a key that we sent."""
    for each in filter(None, hidden):
        words = words.replace(each, "…")
    return words

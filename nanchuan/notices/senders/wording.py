"""How a notice is put for the servers of others: its title and where to read the rest."""

import re
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from nanchuan.notices import mail

# What a group program would take for a command: mentions, links, emphasis.
COMMANDS = str.maketrans("<>[]()@`*_#|\\", "＜＞［］（）＠＇＊＿＃｜＼")  # data
NUMBERS = re.compile(r"\d[\d\s-]{5,}\d[Xx]?")  # of a phone, an account, an identity card


def title_of(delivery, rule, subject) -> str:
    """The title in one line, in the reader's language."""
    person = delivery.recipient
    with translation.override(mail.language_of(person)):
        return " ".join(str(rule.title_for(subject, delivery.reminder, person)).split())


def url_of(delivery, rule, subject) -> str:
    return f"{settings.SITE_URL}{rule.url(subject, delivery.reminder)}"


def harmless(title: str) -> str:
    """A title for a group: no command, and no long number, whatever somebody typed."""
    return NUMBERS.sub("…", " ".join(title.split())).translate(COMMANDS)


def clipped(text: str, most: int) -> str:
    """No more than so many bytes, cut between two letters."""
    whole = text.encode()
    if len(whole) <= most:
        return text
    return whole[: most - 3].decode("utf-8", "ignore") + "…"


@dataclass(frozen=True)
class Digest:
    """What a group reads: a line for each matter, how many more there are, and where."""

    head: str
    titles: tuple[str, ...]
    more: int = 0

    @property
    def url(self) -> str:
        return f"{settings.SITE_URL}/inbox/"

    def _lines(self):
        yield from (f"- {title}" for title in self.titles)
        if self.more:
            yield _("另有 %(number)d 条") % {"number": self.more}

    def markdown(self) -> str:
        link = f"[{_('登录平台查看')}]({self.url})"
        return "\n".join([f"**{self.head}**", "", *self._lines(), "", link])

    def plain(self) -> str:
        link = _("登录平台查看：%(url)s") % {"url": self.url}
        return "\n".join([self.head, *self._lines(), link])

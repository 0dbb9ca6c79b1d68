"""Who hears of what: the rules by which apps speak, and what their event handlers answer.

An app subclasses `NoticeRule` in its `reminders.py`, registers it with `@notice_rule`, and yields
`Plan` and `Silence` from handlers of events (`kernel.events.on`).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from django.db import models
from django.utils import timezone

from nanchuan.kernel.events import word_for

MORNING = time(9)


@dataclass(frozen=True)
class Verdict:
    """What to do with a reminder whose time has come: send it, cancel it, or wait."""

    word: str
    due_at: datetime | None = None

    @classmethod
    def later(cls, due_at: datetime) -> "Verdict":
        return cls("later", due_at)


SEND = Verdict("send")
CANCEL = Verdict("cancel")


@dataclass(frozen=True)
class Attachment:
    """A file that leaves with a mail. It says nothing that the mail itself does not say."""

    name: str
    content: bytes
    content_type: str


class NoticeRule:
    """What is said on one kind of occasion (提醒规则), to whom, and whether it still holds.

    Audience and verdict are asked when the reminder is due, and again before each mail leaves.
    Texts are rendered when they are read or sent, in the reader's language, so each of them goes
    through gettext.
    """

    name: str  # "meeting.reminder": stored with each reminder, so it never changes
    label: str = ""  # in words for staff, "会前提醒"; the title is shown without it
    verb: str = ""  # what the reader is to do, as a button on the line
    kind: str = ""  # one of `kinds.Kind`, by which people choose
    channels: tuple[str, ...] = ("inbox", "email", "wecom_app", "sms")  # those that are set up
    is_obligatory: bool = False  # nobody can switch it off for good
    is_urgent: bool = False  # does not wait for the end of quiet hours or for a digest
    is_personal: bool = False  # asks something that nobody can do for another
    offsets: tuple[str, ...] = ()  # how long before or after `anchor` (`ruling.Offset`)
    is_farewell: bool = False  # tells people of what they do not see any more, and no more of it

    def audience(self, subject, reminder) -> models.QuerySet:
        """The accounts that should hear; those that cannot sign in are left out later."""
        raise NotImplementedError

    def anchor(self, subject) -> date | datetime:
        """The day or the moment from which the offsets of a rule count."""
        raise NotImplementedError

    def anchor_for(self, subject, params: dict) -> date | datetime | None:
        """The same where a subject has several, by what a plan is about; None if that is over."""
        return self.anchor(subject)

    def verdict(self, subject, reminder) -> Verdict:
        return SEND

    def title(self, subject, reminder) -> str:
        raise NotImplementedError

    def title_for(self, subject, reminder, reader) -> str:
        """What one reader is told, where that is not the same for all (`body_for`)."""
        return self.title(subject, reminder)

    def body(self, subject, reminder) -> str:
        return ""

    def body_for(self, subject, reminder, reader) -> str:
        """What one reader is told, where that is not the same for all. It asks the database
        nothing: an inbox shows many lines, of subjects that come `for_reader`."""
        return self.body(subject, reminder)

    def url(self, subject, reminder) -> str:
        return subject.get_absolute_url()

    def act(self, subject, reminder) -> tuple[str, str] | None:
        """The verb in words and where it is done, where the rule asks for something."""
        return (str(self.verb), self.url(subject, reminder)) if self.verb else None

    def still_asks(self, told: list[tuple], reader) -> list[bool]:
        """Of what it told, (subject, reminder), whether the reader still has to follow the verb: a
        constant number of queries, however many. Unless told otherwise, what would still be said.
        """
        return [self.verdict(subject, reminder) != CANCEL for subject, reminder in told]

    def attachments(self, subject, reminder) -> Iterable[Attachment]:
        return ()

    def thread(self, subject) -> str:
        """What the mails about one matter have in common, so that they are shown together."""
        return ""

    def who(self, subject, reminder) -> str:
        """The audience in words, for those who plan; nothing: their number says enough."""
        return ""

    def why(self, subject, reminder) -> str:
        """The occasion in words: what happened, unless told."""
        return word_for(reminder.event.name)

    def related(self) -> tuple[str, ...]:
        """Relations of the subject that the texts read: loaded with it, in the same query."""
        return ()


@dataclass(frozen=True)
class Plan:
    """Say it at a time. One rule speaks once of one `moment` of a subject.

    Planned again while it waits, it moves; what was said stays said; what was cancelled waits
    again. It is dropped if its time lies before the event that asks for it. `expires_at` is when
    it is too late to be of use. `params` hold no personal data.
    """

    rule: str
    subject: models.Model
    moment: str
    due_at: datetime
    expires_at: datetime | None = None
    params: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Silence:
    """Say no more of it: cancel what waits, mails included, unless its moment is to be kept."""

    rule: str
    subject: models.Model
    keep: frozenset[str] | set[str] = frozenset()


_rules: dict[str, NoticeRule] = {}


def notice_rule(cls: type[NoticeRule]) -> type[NoticeRule]:
    """Register a rule by its name."""
    if cls.name in _rules:
        raise ValueError(f"two rules are named {cls.name}")
    _rules[cls.name] = cls()
    return cls


def rule_named(name: str) -> NoticeRule:
    """The rule that a reminder was planned by. Raises LookupError if no app has it any more."""
    return _rules[name]


def all_rules() -> list[NoticeRule]:
    return [_rules[name] for name in sorted(_rules)]


def morning(day: date) -> datetime:
    """When people hear of what falls on a day."""
    return timezone.make_aware(datetime.combine(day, MORNING))

"""What was planned against what arrived: counted from rows and from what the other side took."""

from collections import Counter
from dataclasses import dataclass, field


@dataclass
class Facts:
    """Of one scenario. People and meetings are primary keys, uids are those of deliveries."""

    expected: set[tuple[int, int]] = field(default_factory=set)  # (meeting, person)
    inbox: Counter = field(default_factory=Counter)  # of (meeting, person)
    mails: dict[str, tuple] = field(default_factory=dict)  # uid: (meeting, person, state, attempts)
    takes: Counter = field(default_factory=Counter)  # of uids
    lines: set[tuple[str, str]] = field(default_factory=set)  # (robot, title) to be told
    told: list[tuple[str, frozenset]] = field(default_factory=list)  # (robot, titles) in turn
    refused: set[tuple[int, int]] = field(default_factory=set)  # mails that nobody would take
    early: int = 0  # said before its time, by the database's clock
    after_cancel: int = 0  # left although it was called off before
    waiting: int = 0  # when patience ended
    doubtful: int = 0  # processes killed, and mails taken without an answer


@dataclass
class Verdict:
    planned: int
    sent: int
    twice_inbox: int
    twice_outside: int
    lost: int
    broken: list[str]


def judge(facts: Facts) -> Verdict:
    """Numbers of deliveries, and a sentence for each invariant that does not hold."""
    mailed = Counter()
    for uid, (meeting, person, _state, _attempts) in facts.mails.items():
        mailed[meeting, person] += facts.takes[uid]
    told = _told(facts)
    lost = {
        "inbox": len(facts.expected - (+facts.inbox).keys()),
        "mail": len(facts.expected - facts.refused - (+mailed).keys()),
        "groups": len(facts.lines - told.keys()),
    }
    twice_inbox = _more_than_once(facts.inbox)
    twice_outside = _more_than_once(facts.takes) + _said_again(facts)
    strangers = len((facts.inbox.keys() | (+mailed).keys()) - facts.expected)
    unasked = len(facts.takes.keys() - facts.mails.keys())
    liars = sum(
        (state == "sent") != bool(facts.takes[uid]) or facts.takes[uid] > attempts
        for uid, (_meeting, _person, state, attempts) in facts.mails.items()
    )
    broken = [f"{number} lost ({where})" for where, number in lost.items() if number]
    rules = {
        "twice in an inbox": twice_inbox,
        "still waiting": facts.waiting,
        "told outside the audience": strangers,
        "mails that no row knows": unasked,
        "rows that do not say what happened": liars,
        "too early": facts.early,
        "after it was called off": facts.after_cancel,
    }
    broken += [f"{number} {words}" for words, number in rules.items() if number]
    if twice_outside > facts.doubtful:
        broken.append(f"{twice_outside} twice outside, at most {facts.doubtful} may be")
    planned = 2 * len(facts.expected) - len(facts.refused) + len(facts.lines)
    return Verdict(
        planned,
        planned - sum(lost.values()),
        twice_inbox,
        twice_outside,
        sum(lost.values()),
        broken,
    )


def _more_than_once(counted: Counter) -> int:
    return sum(number - 1 for number in counted.values() if number > 1)


def _told(facts) -> Counter:
    return Counter((robot, title) for robot, titles in facts.told for title in titles)


def _said_again(facts) -> int:
    """Digests that brought nothing new."""
    known, again = set(), 0
    for robot, titles in facts.told:
        lines = {(robot, title) for title in titles}
        again += lines <= known
        known |= lines
    return again

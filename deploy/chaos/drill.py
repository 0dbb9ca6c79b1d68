"""One scenario at work: plans, breaks, waits until all is said, and counts."""

import re
import time
from collections import Counter
from contextlib import contextmanager
from random import Random

from deploy.chaos import questions, servers
from deploy.chaos.ledger import Facts, judge
from deploy.chaos.park import CELERY, Park

TITLE = re.compile(r"会议通知：(演练\d{6}号)")
LATEST = 30  # seconds
NOTICE, REMINDER, CANCELLED = "meeting.notice", "meeting.reminder", "meeting.cancelled"


class Group:
    """People who are told together."""

    def __init__(self, park: Park, number: int, robots: int = 0):
        made = park.do("people", number=number)
        self.pk, self.people, self.cookie = made["group"], made["people"], made["cookie"]
        self.robots = []
        if robots:
            asked = {"group": self.pk, "number": robots, "url": park.robots.url}
            self.robots = park.do("robots", **asked)["robots"]


class Drill:
    """`recoveries` are seconds from the moment a service answers again until an inbox and the
    mail server were reached again."""

    def __init__(self, park: Park, group: Group, probe: Group, *, patience=600, is_short=False):
        self.park, self.group, self.probe, self.patience = park, group, probe, patience
        self.is_short = is_short
        self.chance, self.recoveries, self.notes = Random(7), [], []
        self.matters: dict[tuple[str, int], Group] = {}  # (rule, meeting)
        self.refused, self.called_off, self.withheld, self.broken = set(), {}, 0, []
        park.kills = 0
        park.mail.takes.clear()
        park.mail.unanswered = 0
        park.robots.told.clear()

    # Work

    def plan(self, number=1, group=None, seconds=None):
        """Meetings to tell of: now, or a reminder in so many seconds."""
        group = group or self.group
        made = self.park.do("convene", group=group.pk, number=number, seconds=seconds)
        self.matters |= {(NOTICE, meeting): group for meeting in made}
        if seconds is not None:
            self.matters |= {(REMINDER, meeting): group for meeting in made}
        return made

    def plan_and_die(self):
        """Committed, and the bell never rings; the meeting is found by its number."""
        last = self.number_of("alliance_meeting", "MAX(id)")
        if self.park.do("convene_and_die", group=self.group.pk) is not None:
            raise RuntimeError("it did not die")
        found = self.number_of("alliance_meeting", "MAX(id)")
        if found == last:
            raise RuntimeError("it died before it was committed")
        self.matters[NOTICE, found] = self.group
        self.park.kills += 1

    def call_off(self, meeting):
        """All who were invited are told that it is off; of the meeting nobody hears any more."""
        self.park.do("cancel", meeting=meeting)
        self.matters[CANCELLED, meeting] = self.matters[NOTICE, meeting]
        self.called_off[NOTICE, meeting] = self.park.ask("SELECT CURRENT_TIMESTAMP")[0][0]
        self.called_off_at = time.monotonic()

    def number_of(self, table, what="COUNT(*)"):
        return self.park.ask(f"SELECT {what} FROM {table}")[0][0]

    # Waiting

    def came(self) -> int:
        """Lines in inboxes."""
        return self.number_of("notices_notice", "COALESCE(MAX(id), 0)")

    def until_mails(self, number, patience=None):
        """So many more mails, or all that there are to send."""
        takes, wanted = self.park.mail.takes, len(self.park.mail.takes) + number
        self.park.wait_for(
            lambda: len(takes) >= wanted or self.is_over(), "mails", patience or self.patience
        )

    def until_mail_since(self, moment):
        takes = self.park.mail.takes
        self.park.wait_for(
            lambda: (takes and takes[-1].at > moment) or self.is_over(), "a mail", self.patience
        )

    def recover(self):
        """Something new is told, and something is mailed: how long that takes from now on."""
        since = time.monotonic()
        self.until_told(self.plan(group=self.probe)[0])
        inbox = time.monotonic() - since
        self.until_mail_since(since)
        self.recoveries.append(max(inbox, self.first_since(since)))

    def first_since(self, moment) -> float:
        """Seconds until the first mail after a moment."""
        return next(take.at for take in self.park.mail.takes if take.at > moment) - moment

    def inbox_in_time(self):
        """The inbox waits for no other channel: within the lateness of normal running."""
        began = time.monotonic()
        meeting = self.plan(group=self.probe)[0]
        self.until_told(meeting)
        took = time.monotonic() - began
        self.notes.append(f"meanwhile the inbox took {took:.1f} s")
        if took > LATEST:
            self.broken.append(f"the inbox waited {took:.0f} s for another channel")

    def until_told(self, meeting):
        ours = self.matters_in([(NOTICE, meeting)])
        there = f"SELECT COUNT(*) FROM notices_notice WHERE reminder_id IN ({ours})"
        self.park.wait_for(lambda: self.park.ask(there)[0][0], "the inbox", self.patience)

    def count_refused(self):
        """Mails that the server said it would never take: they are dead, and not lost."""
        ours = self.matters_in(self.matters)
        asked = questions.LEFT.format(ours=ours) + " AND d.state = 'dead' AND d.error LIKE '550%'"
        for _uid, rule, meeting, person, _state, _attempts in self.park.ask(asked):
            self.refused.add(((rule, meeting), person))
        self.notes.append(f"{len(self.refused)} mails are dead, as the server said")

    def is_over(self) -> bool:
        """All is said: reminders settled, nothing queued, the groups know."""
        ours = self.matters_in(self.matters)
        said = self.number_of(f"notices_reminder WHERE id IN ({ours})")
        if said < len(self.matters) or self.park.ask(questions.OPEN.format(ours=ours))[0][0]:
            return False
        return not self.waiting()

    def waiting(self) -> int:
        ours = self.matters_in(self.matters)
        queued = self.park.ask(questions.QUEUED.format(ours=ours))[0][0]
        return queued + len(self.lines() - self.told_lines())

    def settle(self):
        """Until all is said or patience ends; what is not said then is counted as waiting."""
        try:
            self.park.wait_for(self.is_over, "all said", self.patience)
        except TimeoutError as error:
            self.notes.append(str(error))

    @contextmanager
    def pages_answer(self):
        """Meanwhile people look at pages: each look is answered, and none takes long."""
        home = f"http://127.0.0.1:{self.park.port}"
        visitors = [
            servers.Visitor(f"{home}/healthz"),
            servers.Visitor(f"{home}/inbox/", self.group.cookie),
        ]
        for visitor in visitors:
            visitor.start()
        try:
            yield
        finally:
            for visitor in visitors:
                answers = visitor.stop()
                wrong = [told for told, url, _took in answers if (told, url) != (200, visitor.url)]
                longest = max((took for _told, _url, took in answers), default=0)
                page = visitor.url.removeprefix(home)
                self.notes.append(f"{page} {len(answers)} looks, the longest {longest:.1f} s")
                if wrong or not answers:
                    self.broken.append(
                        f"{page}: {len(wrong)} of {len(answers)} not answered ({wrong[:1]})"
                    )

    # Counting

    def matters_in(self, matters) -> str:
        """The reminders of these matters, as a subquery."""
        pairs = " OR ".join(f"(rule = '{rule}' AND subject_id = {pk})" for rule, pk in matters)
        kind = (
            "SELECT id FROM django_content_type WHERE app_label = 'alliance' AND model = 'meeting'"
        )
        return f"SELECT id FROM notices_reminder WHERE subject_type_id = ({kind}) AND ({pairs})"

    def lines(self):
        if not hasattr(self, "_titles") or len(self._titles) < len(
            {pk for _rule, pk in self.matters}
        ):
            asked = sorted({pk for _rule, pk in self.matters})
            self._titles = {
                int(pk): title for pk, title in self.park.do("titles", meetings=asked).items()
            }
        return {
            (robot, self._titles[pk])
            for (rule, pk), group in self.matters.items()
            for robot in group.robots
            if rule == NOTICE and (rule, pk) not in self.called_off
        }

    def digests(self):
        ours = {title for _robot, title in self.lines()}
        found = [
            (robot, frozenset(TITLE.findall(text)) & ours) for robot, text in self.park.robots.told
        ]
        return [(robot, titles) for robot, titles in found if titles]

    def told_lines(self):
        return {(robot, title) for robot, titles in self.digests() for title in titles}

    def facts(self) -> Facts:
        ours = self.matters_in(self.matters)
        inbox = Counter()
        for rule, meeting, person, number in self.park.ask(questions.CAME.format(ours=ours)):
            inbox[(rule, meeting), person] = number
        mails = {
            str(uid).replace("-", ""): ((rule, meeting), person, state, attempts)
            for uid, rule, meeting, person, state, attempts in self.park.ask(
                questions.LEFT.format(ours=ours)
            )
        }
        takes = Counter(take.uid for take in list(self.park.mail.takes))
        foreign = self.foreign(takes.keys() - mails.keys())
        expected = {
            (matter, person)
            for matter, group in self.matters.items()
            for person in group.people
            if matter not in self.called_off
        }
        taken = {(mail[0], mail[1]) for uid, mail in mails.items() if takes[uid]}
        for pair in inbox.keys() | taken:  # who was told before it was called off
            if pair[0] in self.called_off and pair[1] in self.matters[pair[0]].people:
                expected.add(pair)
        unmailed = {pair for pair in expected - taken if pair[0] in self.called_off}
        return Facts(
            expected=expected,
            inbox=inbox,
            mails=mails,
            takes=Counter({uid: number for uid, number in takes.items() if uid not in foreign}),
            lines=self.lines(),
            told=self.digests(),
            refused=self.refused | unmailed,
            early=self.park.ask(questions.EARLY.format(ours=ours))[0][0],
            after_cancel=self.after_cancel(mails),
            waiting=self.waiting(),
            doubtful=self.park.kills + self.park.mail.unanswered + self.withheld,
        )

    def foreign(self, uids) -> set[str]:
        """Mails of other rules than those that are counted."""
        if not uids:
            return set()
        rows = self.park.ask("SELECT uid FROM notices_delivery WHERE channel = 'email'")
        return uids & {str(uid).replace("-", "") for (uid,) in rows}

    def after_cancel(self, mails) -> int:
        """One mail may stand at the door of each process that sends in that very moment."""
        number = 0
        for matter, moment in self.called_off.items():
            ours = self.matters_in([matter])
            there = f"notices_notice WHERE arrived_at > %s AND reminder_id IN ({ours})"
            number += self.park.ask(f"SELECT COUNT(*) FROM {there}", moment)[0][0]
            uids = {uid for uid, mail in mails.items() if mail[0] == matter}
            late = [
                take
                for take in self.park.mail.takes
                if take.uid in uids and take.at > self.called_off_at
            ]
            number += max(len(late) - len(CELERY), 0)
        return number

    def verdict(self):
        verdict = judge(self.facts())
        verdict.broken += self.broken
        return verdict

    def say_how_quick(self):
        """From the first to the last of what was due together."""
        ours = self.matters_in(self.matters)
        number, first, last = self.park.ask(questions.ARRIVED.format(ours=ours))[0]
        self.notes.append(f"{number} inbox rows in {(last - first).total_seconds():.1f} s")
        takes = self.park.mail.takes
        took = takes[-1].at - takes[0].at
        self.notes.append(f"{len(takes)} mails in {took:.1f} s, {len(takes) / took:.0f} a second")

    def lateness(self, channel) -> list[float]:
        """Seconds from due to sent, the shortest first."""
        rows = self.park.ask(questions.LATE.format(ours=self.matters_in(self.matters)))
        return sorted((sent - due).total_seconds() for way, sent, due in rows if way == channel)

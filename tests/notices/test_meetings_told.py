"""Who is told of a meeting while workers die, Redis is out and clocks go wrong: real processes."""

import signal

import pytest
from django.conf import settings

from deploy.chaos.servers import CLOCKS, moved_clock

pytestmark = [pytest.mark.services, pytest.mark.django_db]
PEOPLE = 3  # of `own_redis`
WHOLE_STORY = ["meeting.cancelled", "meeting.moved", "meeting.notice", "meeting.reminder"]


class Story:
    """A meeting that is convened, moved and cancelled while a worker is kept running."""

    def __init__(self, portal, **env):
        self.portal, self.env = portal, {"DRILL_QUIET": "4"} | env
        self.worker = portal.start_worker(**self.env)
        portal.start_beat()

    def begin(self, seconds):
        self.meeting = self.portal.seed("meeting", seconds)["meeting"]

    def move(self, seconds):
        self.portal.seed("move", self.meeting, seconds)

    def cancel(self):
        self.portal.seed("cancel", self.meeting)

    def restart_worker(self, **env):
        self.portal.kill(self.worker)
        self.env |= env
        self.worker = self.portal.start_worker(**self.env)

    def told(self):
        """(rule, person, how often, at the earliest so many seconds after it was due)."""
        late = "MIN(EXTRACT(EPOCH FROM n.arrived_at - r.due_at))"
        if self.portal.database_url.startswith("sqlite"):
            late = "MIN((JULIANDAY(n.arrived_at) - JULIANDAY(r.due_at)) * 86400)"
        return self.portal.ask(
            f"SELECT r.rule, n.recipient_id, COUNT(*), {late} FROM notices_notice n "
            "JOIN notices_reminder r ON r.id = n.reminder_id "
            "JOIN django_content_type t ON t.id = r.subject_type_id "
            f"WHERE t.model = 'meeting' AND r.subject_id = {self.meeting} GROUP BY 1, 2"
        )

    def wait_until_told(self, rule):
        def is_told():
            self.worker = self.portal.supervise(self.worker, **self.env)
            return sum(row[0] == rule for row in self.told()) == PEOPLE

        self.portal.wait_for(is_told, rule)

    def assert_told_once(self, rules):
        rows = self.told()
        people = {person for _rule, person, _times, _late in rows}
        assert len(people) == PEOPLE
        assert sorted(row[:2] for row in rows) == sorted(
            (rule, person) for rule in rules for person in people
        )
        assert {times for _rule, _person, times, _late in rows} == {1}
        assert all(late > -0.01 for _rule, _person, _times, late in rows)  # nobody is told early


def test_each_change_is_told_once_while_workers_die_and_redis_is_out(own_redis):
    portal, server = own_redis
    story = Story(portal)
    portal.wait_for_work()
    story.begin(seconds=25)
    story.restart_worker()
    story.wait_until_told("meeting.notice")
    server.signal(signal.SIGSTOP)  # frozen while the meeting moves
    story.move(seconds=12)
    server.signal(signal.SIGCONT)
    story.restart_worker()
    story.wait_until_told("meeting.moved")
    server.kill()
    story.wait_until_told("meeting.reminder")  # without a bell
    server.start()
    story.cancel()
    story.restart_worker()
    story.wait_until_told("meeting.cancelled")
    story.assert_told_once(WHOLE_STORY)


def test_a_moved_clock_changes_nothing_about_who_is_told_and_when(own_redis):
    portal, _server = own_redis
    if not CLOCKS or settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        pytest.skip("no libfaketime, or the clock of the process is the database's")
    story = Story(portal, **moved_clock("+2h"))
    other = portal.start_worker(DRILL_QUIET="4", **moved_clock("+1d"))
    portal.wait_for_work()
    story.begin(seconds=14)
    story.wait_until_told("meeting.notice")
    story.wait_until_told("meeting.reminder")
    portal.kill(other)
    story.restart_worker(FAKETIME="+0")  # the clock is put right: two hours back
    story.cancel()
    story.wait_until_told("meeting.cancelled")
    story.assert_told_once([rule for rule in WHOLE_STORY if rule != "meeting.moved"])

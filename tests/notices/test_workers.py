"""Real workers, a real mail server, and SIGKILL at random moments, with each broker."""

import json
import random
import signal
import time
from datetime import datetime

import pytest
from django.conf import settings

from tests.notices.processes import CELERY, MailServer, Portal, own_database
from tests.notices.webhooks import Server

# The mark for the database makes pytest create the empty one that is copied.
pytestmark = [pytest.mark.services, pytest.mark.django_db]
PEOPLE, MOMENTS, KILLS = 30, 6, 4


@pytest.fixture(scope="module", params=["folder", "redis"])
def portal(request, tmp_path_factory, django_db_setup, django_db_blocker):
    if request.param == "redis" and not settings.REDIS_URL:
        pytest.skip("no REDIS_URL")
    redis_url = settings.REDIS_URL if request.param == "redis" else ""
    mail, folder = MailServer(), tmp_path_factory.mktemp(request.param)
    with django_db_blocker.unblock(), own_database(folder) as database_url:
        made = Portal(folder, redis_url, database_url, mail)
        made.cookie = made.seed("people", PEOPLE)["cookie"]
        try:
            yield made
        finally:
            made.stop()
            mail.stop()


@pytest.fixture
def alone(portal):
    """The portal with its processes of this test only."""
    portal.mail.taken.clear()
    portal.forget_what_waits()
    yield portal
    for process in list(portal.running):
        portal.kill(process)


def plan(portal, moments, command="plan"):
    return portal.seed(command, json.dumps(moments))["subject"]


def waiting(portal, subject):
    return portal.number(
        "notices_delivery d JOIN notices_reminder r ON r.id = d.reminder_id "
        f"WHERE r.subject_id = {subject} AND d.state IN ('pending', 'sending')"
    )


def told(portal, subject):
    """How often each person was told of each moment."""
    return portal.ask(
        "SELECT r.moment, n.recipient_id, COUNT(*) FROM notices_notice n "
        "JOIN notices_reminder r ON r.id = n.reminder_id "
        f"WHERE r.subject_id = {subject} GROUP BY 1, 2"
    )


def uids(portal, subject):
    rows = portal.ask(
        "SELECT d.uid FROM notices_delivery d JOIN notices_reminder r ON r.id = d.reminder_id "
        f"WHERE r.subject_id = {subject} AND d.channel = 'email'"
    )
    return {str(uid).replace("-", "") for (uid,) in rows}


def arrived(portal, among):
    uids = [message_id[1:].split("@")[0].replace("-", "") for message_id in portal.mail.taken]
    return [uid for uid in uids if uid in among]


def all_said(portal, subject, moments):
    done = portal.number(f"notices_reminder WHERE subject_id = {subject} AND state = 'done'")
    return done == moments and not waiting(portal, subject)


def work_under_fire(portal, subject, moments, kills, **env):
    """Kill the worker again and again while it works, then let one finish."""
    chance = random.Random(7)
    for _kill in range(kills):
        worker = portal.start_worker(**env)
        mails = len(portal.mail.taken)
        portal.wait_for_work()
        if not all_said(portal, subject, moments):
            portal.wait_for(lambda mails=mails: len(portal.mail.taken) > mails, "a mail")
        time.sleep(chance.uniform(0, 0.5))
        portal.kill(worker)
    portal.start_worker(**env)
    portal.wait_for(lambda: all_said(portal, subject, moments), "all reminders said")


def test_a_worker_killed_at_random_loses_nothing_and_tells_nobody_twice(alone):
    portal = alone
    portal.start_web()
    portal.start_beat()
    visitor = portal.visitor("/inbox/")
    silenced = plan(portal, {"early": 5, "late": 15}, "silence")
    portal.wait_for(lambda: visitor.look()[0] == 200, "a page")
    visitor.start()
    subject = plan(portal, {f"m{n}": 2 * n for n in range(MOMENTS)})
    work_under_fire(portal, subject, MOMENTS, KILLS)

    rows = told(portal, subject)
    assert len(rows) == PEOPLE * MOMENTS
    assert {times for _moment, _person, times in rows} == {1}
    mails = uids(portal, subject)
    taken = arrived(portal, mails)
    assert len(mails) == PEOPLE * MOMENTS
    assert set(taken) == mails
    assert len(taken) - len(mails) <= KILLS
    assert told(portal, silenced) == []
    assert uids(portal, silenced) == set()
    answers = visitor.stop()
    assert len(answers) > 20
    assert {answer[:2] for answer in answers} == {(200, visitor.url)}


@pytest.mark.parametrize("marks_first", [True, False])
def test_a_worker_that_marked_before_sending_would_lose_mails(alone, marks_first):
    """Negative control of the test above: killed while a mail stands at the server's door."""
    portal, env = alone, {"DRILL_MARKS_FIRST": "1"} if marks_first else {}
    subject = plan(portal, {"now": 0})
    portal.start_beat()
    portal.mail.seconds, usual = 16, portal.mail.seconds
    portal.mail.offered.clear()
    worker = portal.start_worker(**env)
    assert portal.mail.offered.wait(60), portal.last_words()
    portal.kill(worker)
    portal.mail.seconds = usual
    portal.start_worker(**env)
    portal.wait_for(lambda: all_said(portal, subject, 1), "all said")
    mails = uids(portal, subject)
    lost = mails - set(arrived(portal, mails))
    assert (len(mails), bool(lost)) == (PEOPLE, marks_first)


def test_a_reminder_is_in_the_inbox_within_30_seconds_of_being_due(alone):
    portal = alone
    portal.start_worker()
    portal.start_beat(seconds=10)  # as in production
    portal.wait_for_work()
    subject = plan(portal, {"soon": 3})
    portal.wait_for(lambda: told(portal, subject), "a notice")
    [(due_at, arrived_at)] = portal.ask(
        "SELECT DISTINCT r.due_at, n.arrived_at FROM notices_notice n "
        f"JOIN notices_reminder r ON r.id = n.reminder_id WHERE r.subject_id = {subject}"
    )
    assert 0 <= (moment(arrived_at) - moment(due_at)).total_seconds() < 30


def test_the_bell_is_heard_without_any_tick(alone):
    portal = alone
    portal.start_worker()
    # The first ring may come before the worker listens: it waits in the broker.
    subject = plan(portal, {"now": 0})
    portal.wait_for(lambda: told(portal, subject), "a notice")
    portal.wait_for(lambda: not waiting(portal, subject), "its mails")
    assert set(arrived(portal, uids(portal, subject))) == uids(portal, subject)


def test_a_gateway_that_hangs_delays_neither_the_inbox_nor_mail(alone):
    """Each queue has a worker, as in the Procfile."""
    portal = alone
    outbound = {
        "OUTBOUND_HOSTS": "127.0.0.1",
        "OUTBOUND_NETWORKS": "127.0.0.0/8",
        "OUTBOUND_PLAIN_HTTP": "1",
    }
    with Server() as there:
        there.answers = [there.hang]
        hanging = portal.seed("gateway", there.url)["subject"]
        for queue in ("default,mail", "robot"):
            threads = ("--queues", queue, "--hostname", f"{queue}@%h", "--pool", "threads")
            portal.start(*CELERY, "worker", *threads, "--concurrency", "2", **outbound)
        portal.start_beat()
        portal.wait_for(lambda: there.asked, "a short message at the door")
        started, subject = time.monotonic(), plan(portal, {"now": 0})
        portal.wait_for(lambda: told(portal, subject), "a notice")
        portal.wait_for(lambda: not waiting(portal, subject), "its mails")
        assert time.monotonic() - started < 30
        assert waiting(portal, hanging) == PEOPLE
        there.answers = [{"code": 0}]
        there.over.set()
        portal.ask_again(hanging)
        portal.wait_for(lambda: not waiting(portal, hanging), "the short messages")
        assert len({asked.headers["Idempotency-Key"] for asked in there.asked}) == PEOPLE


def test_a_redis_that_freezes_dies_and_stays_dead_loses_no_reminder(own_redis):
    """Without a bell the workers look by themselves, and pages are answered all the same."""
    portal, server = own_redis
    worker = portal.start_worker(DRILL_QUIET="8")

    def is_told(subject):
        nonlocal worker
        worker = portal.supervise(worker, DRILL_QUIET="8")
        return told(portal, subject) and not waiting(portal, subject)

    portal.start_beat()
    portal.start_web()
    visitor = portal.visitor("/inbox/")
    portal.wait_for(lambda: visitor.look()[0] == 200, "a page")
    portal.wait_for_work()
    visitor.start()
    server.signal(signal.SIGSTOP)
    frozen = plan(portal, {"now": 0})  # ringing costs a moment, not more
    server.signal(signal.SIGCONT)
    portal.wait_for(lambda: is_told(frozen), "a notice after the freeze")
    server.kill()
    dead = plan(portal, {"now": 0})
    portal.wait_for(lambda: is_told(dead), "a notice without a broker")
    for subject in (frozen, dead):
        assert {times for _moment, _person, times in told(portal, subject)} == {1}
    answers = visitor.stop()
    assert {answer[:2] for answer in answers} == {(200, visitor.url)}
    assert max(took for _status, _url, took in answers) < 10


def moment(value):
    return datetime.fromisoformat(value) if isinstance(value, str) else value

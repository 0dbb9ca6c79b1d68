"""What is broken, how, and what counts as whole again. Each is a function of a `Drill`."""

import signal
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from deploy import supervisor
from deploy.chaos import servers
from deploy.chaos.drill import Drill, Group
from deploy.chaos.park import CELERY

SENDERS = ("worker", "mailer", "robots")
TICK = 10  # seconds


@dataclass(frozen=True)
class Scenario:
    """`size` is how much is done in the long form, in the short form a part of it; without
    `short` it is not in the short form at all. `needs` is the kind of park."""

    name: str
    title: str
    run: Callable[[Drill, int], None]
    size: int = 1
    short: int = 0
    park: str = "redis"
    loses: bool = False  # the negative control: it fails if nothing is lost
    env: dict = field(default_factory=dict)
    meetings: int | None = None  # planned before it begins, unless as usual


ALL: dict[str, Scenario] = {}


def scenario(title, **facts):
    def register(run):
        name = run.__name__.replace("_", "-")
        ALL[name] = Scenario(name, title, run, **facts)
        return run

    return register


# Workers


@scenario("one of the workers killed at a random moment", size=60, short=8)
def kills(drill, times):
    for number in range(times):
        name = drill.chance.choice(SENDERS)
        if drill.is_over():
            drill.plan()  # there is always something at work
        drill.until_mails(1)
        time.sleep(drill.chance.uniform(0, 0.5))
        moment = time.monotonic()
        drill.park.kill(name)
        drill.until_mail_since(moment)
        if not number % 4:
            drill.plan(group=drill.probe)


@scenario("all workers killed at once", size=20)
def group_kills(drill, times):
    for _number in range(times):
        if drill.is_over():
            drill.plan()
        drill.until_mails(1)
        time.sleep(drill.chance.uniform(0, 0.5))
        drill.park.kill(*CELERY)
        drill.recover()


@scenario(
    "negative control: marked before it is sent",
    size=7,
    short=3,
    loses=True,
    env={"CHAOS_MARKS_FIRST": "1"},
)
def marks_first(drill, times):
    for _number in range(times):
        if drill.is_over():
            drill.plan()
        drill.until_mails(5)
        drill.park.kill("mailer")


@scenario("the mailer is asked to stop in the middle of a batch", size=10)
def sigterm(drill, times):
    """Asked politely, nothing is said twice: the kills that are counted are none."""
    for _number in range(times):
        if drill.is_over():
            drill.plan()
        drill.until_mails(3)
        if not drill.park.restart("mailer", patience=supervisor.PATIENCE):
            drill.notes.append("the mailer did not stop in time")
            drill.park.kills += 1


@scenario("the process dies between its commit and the bell", size=5, short=1)
def no_bell(drill, times):
    for _number in range(times):
        drill.plan_and_die()


@scenario("four beats at once")
def beats(drill, _times):
    drill.park.start("beat2", "beat3", "beat4")
    time.sleep(3 * TICK)
    drill.plan(2)


@scenario("workers and beat two hours ahead, the database is right")
def clock_ahead(drill, _times):
    wrong_clock(drill, "+2h")


@scenario("workers and beat two hours behind")
def clock_behind(drill, _times):
    wrong_clock(drill, "-2h")


@scenario("workers and beat a day ahead")
def clock_tomorrow(drill, _times):
    wrong_clock(drill, "+1d")


def wrong_clock(drill, offset):
    """What is due in a while is said then: not now, not two hours later, not never."""
    env = servers.moved_clock(offset)
    drill.park.stop_processes(*CELERY, "beat", patience=supervisor.PATIENCE)
    drill.park.start(*CELERY, "beat", **env)
    drill.plan(seconds=60)
    drill.plan(group=drill.probe)


@scenario("a meeting of ten thousand is called off when some were told", meetings=0)
def called_off(drill, _times):
    """All are told that it is off, and from that moment nobody that there is one."""
    group = drill.group if drill.is_short else Group(drill.park, 10_000)
    meeting = drill.plan(group=group)[0]
    drill.until_mails(20 if drill.is_short else 500)
    drill.call_off(meeting)
    drill.recover()


# Redis


@scenario("Redis killed, and a new one that knows nothing", size=3, short=1)
def redis_killed(drill, times):
    with drill.pages_answer():
        for _number in range(times):
            drill.until_mails(1)
            drill.park.redis.kill()
            drill.plan(group=drill.probe)
            time.sleep(10)
            drill.park.redis.start()
            servers.wait_until(drill.park.redis.answers, "Redis")
            drill.recover()


@scenario("Redis frozen for twenty seconds", size=3)
def redis_frozen(drill, times):
    with drill.pages_answer():
        for _number in range(times):
            drill.until_mails(1)
            drill.park.redis.signal(signal.SIGSTOP)
            time.sleep(20)
            drill.park.redis.signal(signal.SIGCONT)
            drill.recover()


@scenario("the host of Redis gone without a word for thirty seconds", size=2)
def redis_half_open(drill, times):
    with drill.pages_answer():
        for _number in range(times):
            drill.until_mails(1)
            drill.park.line.cut()
            time.sleep(30)
            drill.park.line.mend()
            drill.recover()


@scenario("Redis flushed", size=5)
def redis_flushed(drill, times):
    for _number in range(times):
        drill.until_mails(1)
        drill.park.redis.flush()
        drill.recover()


@scenario("Redis started again five times in ten seconds", size=2)
def redis_restarted(drill, times):
    with drill.pages_answer():
        for _number in range(times):
            drill.until_mails(1)
            for _again in range(5):
                drill.park.redis.kill()
                time.sleep(1)
                drill.park.redis.start()
                time.sleep(1)
            servers.wait_until(drill.park.redis.answers, "Redis")
            drill.recover()


# The database


@scenario("PostgreSQL killed", size=20, short=2)
def postgresql_killed(drill, times):
    """Each process that sends may stand between a mail and its mark."""
    for _number in range(times):
        if drill.is_over():
            drill.plan()
        drill.until_mails(1)
        time.sleep(drill.chance.uniform(0, 0.5))
        drill.park.postgresql.kill()
        drill.withheld += len(SENDERS)
        time.sleep(1)
        drill.park.postgresql.start()
        moment = time.monotonic()
        drill.until_mail_since(moment)
        if drill.park.mail.takes[-1].at > moment:
            drill.recoveries.append(drill.first_since(moment))
    drill.recover()


@scenario("every connection to PostgreSQL terminated", size=20)
def connections_cut(drill, times):
    for _number in range(times):
        if drill.is_over():
            drill.plan()
        drill.until_mails(1)
        drill.park.ask(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND datname = current_database()"
        )
        drill.withheld += len(SENDERS)
        drill.until_mail_since(time.monotonic())
    drill.recover()


@scenario("the disk of PostgreSQL is full", park="small disk")
def disk_full(drill, _times):
    drill.until_mails(1)
    with drill.park.disk_full():
        drill.withheld += 10 * len(SENDERS)  # what left could not be marked
        drill.park.wait_for(drill.park.is_refused, "a refused write", 60)
        time.sleep(20)
    drill.park.postgresql.bring_back()
    drill.recover()


# Mail and robots


def mail_fault(drill, mode, seconds):
    """The inbox does not wait for mail, and pages answer."""
    with drill.pages_answer():
        drill.until_mails(1)
        drill.park.mail.behave(mode)
        time.sleep(2)
        drill.inbox_in_time()
        time.sleep(seconds)
        drill.park.mail.behave("ok")
        drill.recover()


@scenario("the mail server refuses connections", size=40)
def smtp_refused(drill, seconds):
    mail_fault(drill, "refuse", seconds)


@scenario("the mail server takes half a minute for each", size=40)
def smtp_slow(drill, seconds):
    mail_fault(drill, "slow", seconds)


@scenario("the mail server hangs", size=40, short=15)
def smtp_hangs(drill, seconds):
    mail_fault(drill, "hang", seconds)


@scenario("the mail server is busy (421)", size=40)
def smtp_421(drill, seconds):
    mail_fault(drill, "busy", seconds)


@scenario("the mail server knows nobody (550) for a while", size=10)
def smtp_550(drill, seconds):
    """Dead at once, visible, and in the way of nobody."""
    mail_fault(drill, "unknown", seconds)
    drill.count_refused()


@scenario("the mail server cuts the line when it has the text", size=40, short=5)
def smtp_drops(drill, seconds):
    mail_fault(drill, "drop", seconds)


@scenario("the server of the robots says 429, then hangs", size=40)
def robots_fail(drill, seconds):
    with drill.pages_answer():
        for mode in ("busy", "hang"):
            drill.park.robots.behave(mode)
            drill.plan()
            drill.inbox_in_time()
            time.sleep(seconds)
        drill.park.robots.behave("ok")
        drill.recover()


# In quiet times


@scenario("nothing is broken: how quick it is", meetings=0)
def throughput(drill, _times):
    """Ten meetings are told of at once, by two workers and two mailers; then one now and then."""
    drill.park.stop_processes("worker", "mailer", patience=supervisor.PATIENCE)
    meetings = drill.plan(10)
    drill.park.start("worker", "worker2")
    for meeting in meetings:
        drill.until_told(meeting)
    drill.park.start("mailer", "mailer2")
    drill.settle()
    drill.say_how_quick()
    drill.matters.clear()
    for _number in range(20):
        drill.plan(group=drill.probe)
        time.sleep(drill.chance.uniform(0, 2))
    drill.settle()
    for channel in ("inbox", "email"):
        late = drill.lateness(channel)
        drill.notes.append(f"{channel}: p99 {late[int(len(late) * 0.99)]:.1f} s after it was due")


# Without servers


@scenario("SQLite and no Redis: workers killed", size=20, short=4, park="sqlite")
def sqlite_kills(drill, times):
    kills(drill, times)

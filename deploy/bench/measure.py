"""One page at a time over loopback, and what processor time the server and PostgreSQL spent on it.

Milliseconds of a shared machine move by a factor of two within the hour; the ratio to a floor page
that is measured next to each page does not. So every figure is such a ratio.
"""

import http.client
import os
import statistics
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode

import psycopg2

TICK = os.sysconf("SC_CLK_TCK")
CSRF = "bench" * 6 + "ok"  # any 32 letters and digits; the cookie and the form must agree
TOKEN_COOKIE, TOKEN_FIELD = "csrftoken", "csrfmiddlewaretoken"
BACKENDS = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
CALM = 0.002  # processor seconds in a pause that count as idle
LEAST = 3  # requests, however slow the page
PATIENCE = 0.6  # seconds for one page in one round


class PageFailed(Exception):
    """A page did not answer as it should."""


class Site:
    """A server to measure: its address, its processes and its PostgreSQL backends."""

    def __init__(self, port, pid, database):
        self.port, self.pid = port, pid
        self.connection = psycopg2.connect(database)
        self.connection.autocommit = True

    def close(self):
        self.connection.close()

    def ask(self, page) -> bytes:
        """One request, as a browser that is signed in would send it. Raises PageFailed."""
        page["asked"] = page.get("asked", -1) + 1
        paths = page["path"].split()
        path = paths[page["asked"] % len(paths)]
        link = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        headers = {"Cookie": f"{page['cookie']}; {TOKEN_COOKIE}={CSRF}", "Accept": "text/html"}
        try:
            if page.get("is_look"):
                headers["HX-Request"] = "true"
            if body := self.body(page):
                headers["Content-Type"] = "application/x-www-form-urlencoded"
                once = urlencode({"once": uuid.uuid4(), TOKEN_FIELD: CSRF})
                link.request("POST", path, f"{body}&{once}", headers)
            else:
                link.request("GET", path, headers=headers)
            answer = link.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise PageFailed(f"{path}: {error!r}") from error
        finally:
            link.close()
        if answer.status != page.get("status", http.client.OK):
            raise PageFailed(f"{path} answered {answer.status}")
        return text

    def body(self, page) -> str:
        """What is sent to it this time; nothing to a page that is only read."""
        bodies = page.get("bodies") or [""]
        return bodies[page["asked"] % len(bodies)]

    def spent(self) -> dict[int, float]:
        """Process → processor seconds, of the server's processes and its backends."""
        return {pid: seconds(pid) for pid in [self.pid, *children(self.pid), *self.backends()]}

    def backends(self):
        """None if PostgreSQL runs on another machine, whose processes are not to be seen here."""
        with self.connection.cursor() as cursor:
            cursor.execute(BACKENDS, [self.connection.info.backend_pid])
            return [pid for (pid,) in cursor.fetchall() if "postgres" in name(pid)]

    def settle(self):
        """Wait until nothing is left of earlier requests."""
        before = sum(self.spent().values())
        for _attempt in range(100):
            time.sleep(0.01)
            now = sum(self.spent().values())
            if now - before < CALM:
                return
            before = now

    def cost(self, page, most) -> tuple[float, list[float]]:
        """Processor seconds per request, and how long each took; again if a backend was changed."""
        while True:
            self.settle()
            before, times = self.spent(), []
            while len(times) < LEAST or (len(times) < most and sum(times) < PATIENCE):
                started = time.perf_counter()
                self.ask(page)
                times.append(time.perf_counter() - started)
            after = self.spent()
            if after.keys() == before.keys():
                return (sum(after.values()) - sum(before.values())) / len(times), times


@dataclass
class Result:
    """What the rounds found out about a page."""

    page: dict
    ratios: list[float] = field(default_factory=list)
    times: list[float] = field(default_factory=list)
    costs: list[float] = field(default_factory=list)  # milliseconds of processor time
    floors: list[float] = field(default_factory=list)
    size: int = 0
    failure: str = ""

    @property
    def ratio(self):
        return round(statistics.median(self.ratios), 2) if self.ratios else None

    @property
    def above(self):
        limit = self.page["limit"]
        return limit is not None and self.ratio is not None and self.ratio > limit


@dataclass
class Bench:
    """The portal and the floor, and how long they are looked at."""

    portal: Site
    floor: Site
    floor_page: dict
    rounds: int
    requests: int
    say: Callable[[str], None]

    def measure(self, plan) -> list[Result]:
        """Every page beside the floor, in rounds; forwards and backwards, so that no page always
        follows the same one."""
        results = [Result(page) for page in plan]
        for _visit in range(2 * LEAST):  # both workers have compiled every template
            self.floor.ask(self.floor_page)
            self.each(results, self.visit)
        for number in range(self.rounds):
            self.say(f"round {number + 1} of {self.rounds}")
            self.each(results[:: -1 if number % 2 else 1], self.compare)
        return results

    def each(self, results, look):
        for result in results:
            if not result.failure:
                try:
                    look(result)
                except PageFailed as failure:
                    result.failure = str(failure)

    def visit(self, result):
        result.size = len(self.portal.ask(result.page))

    def compare(self, result):
        low, _times = self.floor.cost(self.floor_page, self.requests)
        if result.page.get("is_kept"):
            self.portal.ask(result.page)
        cost, times = self.portal.cost(result.page, self.requests)
        result.ratios.append(cost / low)
        result.costs.append(cost * 1000)
        result.floors.append(low * 1000)
        result.times += times


def seconds(pid) -> float:
    """Processor time of a process; to the nanosecond where the kernel keeps it."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9
    except (OSError, IndexError):
        pass
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(map(int, fields[11:13])) / TICK


def children(pid):
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def name(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text()
    except OSError:
        return ""

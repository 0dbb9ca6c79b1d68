"""Servers of one's own on loopback, and what processes that are to be killed have in common."""

import os
import shutil
import signal
import socket
import subprocess
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, suppress
from pathlib import Path

import psycopg2
import redis

CLOCKS = sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
START = 60  # seconds that a server has


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def moved_clock(offset):
    """The environment of a process whose clock runs ahead by an offset such as "+2h"."""
    return {"LD_PRELOAD": str(CLOCKS[0]), "FAKETIME": offset}


def start(command, *, user=None, log=subprocess.DEVNULL, **options):
    """A process in a session of its own that dies when this one dies."""
    death = ["setpriv", "--pdeathsig", "KILL"] if shutil.which("setpriv") else []
    if user:
        death += ["--reuid", user, "--regid", user, "--clear-groups"]
    return subprocess.Popen(
        [*death, *map(str, command)],
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        **options,
    )


def kill(process):
    """As suddenly as a power cut: nothing in it gets to tidy up."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def wait_until(holds, what, patience=START):
    until = time.monotonic() + patience
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"{what}: not within {patience} s")
        time.sleep(0.05)


class RedisServer:
    """A Redis that remembers nothing over its own death."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.start()

    @property
    def url(self):
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self):
        place = ("--port", self.port, "--bind", "127.0.0.1", "--dir", self.folder)
        self.process = start(["redis-server", *place, "--save", "", "--loglevel", "warning"])

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        kill(self.process)

    def answers(self):
        try:
            with redis.Redis(port=self.port, socket_timeout=1) as client:
                return client.ping()
        except redis.RedisError:
            return False

    def flush(self):
        with redis.Redis(port=self.port, socket_timeout=5) as client:
            client.flushall()


class PostgresqlServer:
    """A cluster in a folder of its own; as root it belongs to the user postgres."""

    user = "postgres" if os.geteuid() == 0 else None

    def __init__(self, folder):
        self.folder, self.port, self.process = Path(folder), free_port(), None

    @staticmethod
    def program(name):
        """The newest that is installed; Debian keeps them out of the PATH."""
        found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_release)
        path = str(found[-1]) if found else shutil.which(name)
        if not path:
            raise SystemExit(f"{name} is missing: install the package postgresql.")
        return path

    def create(self):
        self.own()
        how = ("--username", "postgres", "--auth", "trust", "--encoding", "UTF8")
        made = start(
            [self.program("initdb"), "-D", self.folder, *how, "--locale", "C.UTF-8", "--no-sync"],
            user=self.user,
            cwd=self.folder,
        )
        if made.wait():
            raise SystemExit("initdb failed.")
        self.start()
        with closing(self.connect("postgres")) as connection:
            connection.autocommit = True
            connection.cursor().execute("CREATE DATABASE portal")

    def own(self):
        if self.user:
            shutil.chown(self.folder, self.user, self.user)

    def start(self):
        settings = {
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
            "port": self.port,
            "max_connections": 60,
        }
        command = [self.program("postgres"), "-D", self.folder]
        command += [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = start(command, user=self.user, cwd=self.folder)
        wait_until(self.answers, "PostgreSQL")

    def answers(self):
        try:
            self.connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def connect(self, name="portal"):
        return psycopg2.connect(self.url_of(name), connect_timeout=5)

    def url_of(self, name):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"

    @property
    def url(self):
        return self.url_of("portal")

    def kill(self):
        """All of its processes at once; each has a session of its own."""
        below = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children")
        children = below.read_text().split() if self.process.poll() is None else ()
        for pid in (self.process.pid, *map(int, children)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def bring_back(self):
        """Whoever looks after it starts it again if it gave up."""
        with suppress(TimeoutError):
            wait_until(self.answers, "PostgreSQL", 10)
            return
        self.kill()
        self.start()

    def stop(self):
        """In order, so that its folder can be copied."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()


def _release(path):
    return float(path.parent.parent.name)


class Visitor(threading.Thread):
    """Looks at a page again and again, and remembers what it was answered and how long it took."""

    def __init__(self, url, cookie=""):
        super().__init__(daemon=True)
        self.url, self.cookie, self.answers, self.over = url, cookie, [], threading.Event()

    def run(self):
        while not self.over.wait(0.2):
            began = time.monotonic()
            self.answers.append((*self.look(), time.monotonic() - began))

    def look(self):
        request = urllib.request.Request(self.url, headers={"Cookie": self.cookie})
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return answer.status, answer.url
        except (urllib.error.URLError, OSError) as error:
            return str(error), self.url

    def stop(self):
        self.over.set()
        self.join(15)
        return self.answers

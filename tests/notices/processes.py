"""A portal of real processes with a database, a broker and a mail server of its own."""

import asyncio
import contextlib
import json
import logging
import os
import sqlite3
import subprocess
import sys
import threading
import time
import uuid
from email import message_from_bytes
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import redis
from aiosmtpd.controller import Controller
from django.db import connection

from deploy.chaos import servers
from deploy.chaos.servers import free_port

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60  # seconds to wait for anything
CELERY = ("-m", "celery", "--quiet", "-A", "nanchuan")
QUEUES = "default,mail,robot,heavy"
WORKER = ("worker", "--queues", QUEUES, "--pool", "threads", "--concurrency", "2")


logging.getLogger("mail.log").setLevel(logging.WARNING)


class MailServer:
    """Takes every mail, slowly, and remembers its Message-ID."""

    def __init__(self, seconds=0.05):
        self.seconds, self.taken, self.lock = seconds, [], threading.Lock()
        self.offered = threading.Event()  # a mail stands at the door
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        self.offered.set()
        await asyncio.sleep(self.seconds / 2)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        with self.lock:
            self.taken.append(message_from_bytes(envelope.content)["Message-ID"])
        await asyncio.sleep(self.seconds / 2)
        return "250 OK"

    @property
    def url(self):
        return f"smtp://127.0.0.1:{self.controller.port}"

    def stop(self):
        self.controller.stop()


class Portal:
    """Starts, kills and asks the processes of one portal; `stop` leaves nothing behind."""

    def __init__(self, folder, redis_url, database_url, mail):
        self.folder, self.mail, self.running, self.logs = folder, mail, [], folder / "log.txt"
        self.database_url = database_url
        self.redis_url, self.prefix = redis_url, f"drill-{uuid.uuid4().hex}:"
        self.port = free_port()
        unset = ("DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FIELD_KEYS", "FIELD_HASH_KEY")
        self.env = {name: value for name, value in os.environ.items() if name not in unset} | {
            "DJANGO_SETTINGS_MODULE": "tests.notices.drill_app.settings",
            "VAR_DIR": str(folder),
            "DATABASE_URL": self.database_url,
            "EMAIL_URL": mail.url,
            "REDIS_PREFIX": self.prefix,
            "PORT": str(self.port),
        }
        if redis_url:
            self.env["REDIS_URL"] = redis_url
        else:
            self.run("manage.py", "createcachetable")

    # Processes

    def start(self, *arguments, **env):
        with self.logs.open("ab") as log:
            command, env = [sys.executable, *arguments], self.env | env
            process = servers.start(command, log=log, cwd=ROOT, env=env)
        self.running.append(process)
        return process

    def start_worker(self, **env):
        return self.start(*CELERY, *WORKER, **env)

    def supervise(self, worker, **env):
        """Start a worker again if it gave up, as the supervisor of an installation does."""
        if worker.poll() is None:
            return worker
        self.running.remove(worker)
        return self.start_worker(**env)

    def start_beat(self, seconds=1):
        schedule = ("--schedule", str(self.folder / "beat"))
        return self.start(*CELERY, "beat", *schedule, TICK_SECONDS=str(seconds))

    def start_web(self):
        return self.start(
            *("-m", "gunicorn", "nanchuan.wsgi", "--worker-class", "gthread", "--threads", "4"),
            *("--no-control-socket", "--bind", f"127.0.0.1:{self.port}"),
        )

    def kill(self, process):
        """As suddenly as a power cut: nothing in it gets to tidy up."""
        servers.kill(process)
        self.running.remove(process)

    def stop(self):
        for process in list(self.running):
            self.kill(process)
        if self.redis_url:
            with (
                contextlib.suppress(redis.RedisError),
                redis.Redis.from_url(self.redis_url) as client,
            ):
                for key in client.scan_iter(f"{self.prefix}*"):
                    client.delete(key)

    def run(self, *arguments):
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            timeout=PATIENCE,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def visitor(self, path):
        """Somebody who looks at a page again and again."""
        return servers.Visitor(f"http://127.0.0.1:{self.port}{path}", self.cookie)

    # What they work on

    def seed(self, *arguments):
        return json.loads(self.run("-m", "tests.notices.drill_app.seed", *map(str, arguments)))

    def ask(self, question):
        """One query on a connection of its own, so that it sees what is committed."""
        with self._connection() as connection:
            cursor = connection.cursor()
            cursor.execute(question)
            return cursor.fetchall()

    def forget_what_waits(self):
        """Mails that an earlier test left behind are not this one's business."""
        with self._connection() as connection:
            connection.cursor().execute(
                "UPDATE notices_delivery SET state = 'cancelled' "
                "WHERE state IN ('pending', 'sending')"
            )
            connection.commit()

    def ask_again(self, subject):
        """What was put back need not wait for its time."""
        with self._connection() as connection:
            connection.cursor().execute(
                "UPDATE notices_delivery SET due_at = CURRENT_TIMESTAMP WHERE state = 'pending' "
                f"AND reminder_id IN (SELECT id FROM notices_reminder WHERE subject_id = {subject})"
            )
            connection.commit()

    def _connection(self):
        if self.database_url.startswith("sqlite"):
            path = self.database_url.removeprefix("sqlite:///")
            return contextlib.closing(sqlite3.connect(path, timeout=20))
        return contextlib.closing(psycopg2.connect(self.database_url))

    def number(self, question):
        return self.ask(f"SELECT COUNT(*) FROM {question}")[0][0]

    def last_tick(self):
        return self.ask("SELECT at FROM notices_tick WHERE name = 'tick'")

    def wait_for(self, condition, what, patience=PATIENCE):
        """Polls until something is true, and fails with the processes' own words."""
        until = time.monotonic() + patience
        while not condition():
            if time.monotonic() > until:
                raise AssertionError(f"{what}: not within {patience} s\n{self.last_words()}")
            time.sleep(0.05)

    def wait_for_work(self):
        """Until the worker ticks, and not merely since it was started before."""
        before = self.last_tick()
        self.wait_for(lambda: self.last_tick() != before, "a tick")

    def last_words(self):
        ended = [process.args for process in self.running if process.poll() is not None]
        return f"ended: {ended}\n" + self.logs.read_text(errors="replace")[-4000:]


@contextlib.contextmanager
def own_database(folder):
    """The address of a copy of the empty test database, for processes of their own."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [f"{folder}/drill.sqlite3"])
        yield f"sqlite:///{folder}/drill.sqlite3"
        return
    template, name = connection.settings_dict["NAME"], f"drill_{uuid.uuid4().hex[:12]}"
    connection.close()  # a template must have no visitors
    parts = urlsplit(os.environ["DATABASE_URL"])
    server = psycopg2.connect(urlunsplit(parts._replace(path="/postgres")))
    with contextlib.closing(server):
        server.autocommit = True
        server.cursor().execute(f'CREATE DATABASE {name} TEMPLATE "{template}"')
        try:
            yield urlunsplit(parts._replace(path=f"/{name}"))
        finally:
            server.cursor().execute(f"DROP DATABASE {name} WITH (FORCE)")

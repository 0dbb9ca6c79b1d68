"""The portal in a folder of its own: its database, its broker, its processes as in the Procfile."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psycopg2

from deploy import migrated as suite
from deploy import steps, supervisor
from deploy.chaos import servers
from deploy.chaos.sinks import Line, MailSink, RobotSink

ROOT = Path(__file__).resolve().parents[2]
# What a migrated database depends on
CODE = (
    "*/migrations/*.py",
    "*/*/migrations/*.py",
    "*/seeds.py",
    "*/*/seeds.py",
    "nanchuan/kernel/appendonly.py",
)
UNSET = (
    "DATABASE_URL",
    "DEBUG",
    "HTTPS",
    "REDIS_URL",
    "SECRET_KEY",
    "FIELD_KEYS",
    "FIELD_HASH_KEY",
)
SMALL_DISK = 400  # MB
CELERY = ("worker", "mailer", "robots", "heavy")  # those that send


class CouldNotAsk(Exception):
    """The database did not answer: nothing is known, nothing is said to be missing."""


class Park:
    """`kind` is redis (with PostgreSQL), small disk (the same on a disk that can be filled), or
    sqlite, without Redis: there the broker is a folder."""

    def __init__(self, folder, kind, *, env):
        self.folder, self.disk = Path(folder), None
        self.mail, self.robots = MailSink(), RobotSink()
        self.port, self.hand, self.running, self.commands = servers.free_port(), None, {}, {}
        self.ended, self.kills, self.env = {}, 0, {}
        self.postgresql = self.redis = self.line = None
        (self.folder / "var").mkdir()
        self.log = (self.folder / "log.txt").open("ab")
        self.database_url = self._place(kind)
        if kind != "sqlite":
            self.redis = servers.RedisServer(self.folder)
            self.line = Line(self.redis.port)
        self.env = self._environment() | env

    def _place(self, kind):
        if kind == "sqlite":
            shutil.copy(migrated("sqlite"), self.folder / "portal.sqlite3")
            return f"sqlite:///{self.folder}/portal.sqlite3"
        place = self.folder / "cluster"
        self.folder.chmod(0o711)  # its user walks through
        source = migrated("postgresql")
        if kind == "small disk":
            place.mkdir()
            size = f"size={SMALL_DISK}M"
            subprocess.run(["mount", "-t", "tmpfs", "-o", size, "chaos", place], check=True)
            self.disk = place
        subprocess.run(["cp", "-aT", source, place], check=True)
        self.postgresql = servers.PostgresqlServer(place)
        self.postgresql.start()
        return self.postgresql.url

    def _environment(self):
        own = {
            "DJANGO_SETTINGS_MODULE": "deploy.chaos.settings",
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "VAR_DIR": str(self.folder / "var"),
            "DATABASE_URL": self.database_url,
            "EMAIL_URL": self.mail.url,
            "QUIET_HOURS": "",
            "OUTBOUND_HOSTS": "127.0.0.1",
            "OUTBOUND_NETWORKS": "127.0.0.0/8",
            "OUTBOUND_PLAIN_HTTP": "1",
            "LOG_LEVEL": "WARNING",
        }
        if self.redis:
            own["REDIS_URL"] = f"redis://127.0.0.1:{self.line.port}/0"
        return {name: value for name, value in os.environ.items() if name not in UNSET} | own

    # Processes

    def start(self, *names, **env):
        """Processes of the Procfile, all of them if none is named; "mailer2" is another mailer."""
        lines = dict(supervisor.read_procfile(self.env))
        for name in names or lines:
            command = list(lines[name.rstrip("23456789")])
            if name not in lines:  # its own name, its own timetable
                renamed = name.rstrip("23456789")
                command = [part.replace(f"{renamed}@", f"{name}@") for part in command]
                command = [part.replace("beat-schedule", f"schedule-{name}") for part in command]
            self.commands[name] = (command, self.env | env)
            self._start(name)

    def _start(self, name):
        command, env = self.commands[name]
        self.running[name] = servers.start(command, log=self.log, env=env, cwd=ROOT)
        self.ended.pop(name, None)

    def keep_running(self):
        """As the supervisor of an installation does."""
        for name, process in self.running.items():
            if process.poll() is None:
                continue
            ended = self.ended.setdefault(name, time.monotonic())
            if time.monotonic() - ended > supervisor.PAUSE:
                servers.kill(process)  # what is left of its session
                self._start(name)

    def kill(self, *names):
        for name in names:
            servers.kill(self.running[name])
        self.kills += len(names)

    def stop_processes(self, *names, patience=0):
        """Asked to, they have so many seconds to finish what they do; then they are ended."""
        found = [self.running.pop(name) for name in names or list(self.running)]
        for process in found if patience else ():
            process.send_signal(signal.SIGTERM)
        until = time.monotonic() + patience
        for process in found:
            try:
                process.wait(max(0, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.kills += 1
            servers.kill(process)

    def restart(self, name, patience) -> bool:
        """Asked to stop, then started again; whether it stopped in time."""
        process = self.running[name]
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            in_time = False
        else:
            in_time = True
        servers.kill(process)
        self._start(name)
        return in_time

    def wait_for(self, holds, what, patience=60):
        """Polls until something is true. Raises TimeoutError, or CouldNotAsk if that was why."""
        until, silent = time.monotonic() + patience, None
        while True:
            self.keep_running()
            try:
                if holds():
                    return
                silent = None
            except CouldNotAsk as error:
                silent = error
            if time.monotonic() > until:
                raise silent or TimeoutError(f"{what}: not within {patience} s")
            time.sleep(0.05)

    @contextmanager
    def disk_full(self):
        """Not a byte is left where the database writes."""
        filler = self.disk / "filler"
        try:
            with filler.open("wb") as file, suppress(OSError):
                while True:
                    file.write(bytes(1 << 16))
                    file.flush()
            yield
        finally:
            filler.unlink()

    def is_refused(self) -> bool:
        """Whether the database can write no more."""
        try:
            self.ask(
                "CREATE TABLE filler AS SELECT repeat('x', 100) FROM generate_series(1, 99999)"
            )
        except CouldNotAsk:
            return True
        return False

    # What they work on

    def ask(self, question, *values):
        """One query on a connection of its own, so that it sees what is committed."""
        try:
            with closing(self._connect()) as connection:
                cursor = connection.cursor()
                if self.postgresql is None:
                    question = question.replace("%s", "?")
                cursor.execute(question, values or None) if self.postgresql else cursor.execute(
                    question, values
                )
                return cursor.fetchall()
        except (psycopg2.OperationalError, psycopg2.InterfaceError, sqlite3.Error) as error:
            raise CouldNotAsk(str(error)) from error

    def _connect(self):
        if self.postgresql:
            return self.postgresql.connect()
        return sqlite3.connect(self.folder / "portal.sqlite3", timeout=20)

    def do(self, name, **arguments):
        """Something that people do, see `hand.py`; None if its process was killed."""
        if self.hand is None or self.hand.poll() is not None:
            self.hand = subprocess.Popen(
                [sys.executable, "-m", "deploy.chaos.hand"],
                cwd=ROOT,
                env=self.env,
                text=True,
                start_new_session=True,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self.log,
            )
        self.hand.stdin.write(json.dumps([name, arguments]) + "\n")
        self.hand.stdin.flush()
        answer = self.hand.stdout.readline()
        if answer:
            return json.loads(answer)
        if self.hand.wait() != -signal.SIGKILL:
            raise RuntimeError(f"{name} could not be done\n{self.last_words()}")
        return None

    def last_words(self):
        return (self.folder / "log.txt").read_text(errors="replace")[-3000:]

    def stop(self):
        self.stop_processes()
        if self.hand:
            servers.kill(self.hand)
        if self.redis:
            self.redis.signal(signal.SIGCONT)
            self.redis.kill()
            self.line.stop()
        if self.postgresql and self.postgresql.process.poll() is None:
            self.postgresql.kill()
        if self.disk:
            subprocess.run(["umount", "--lazy", self.disk], check=False)
        self.mail.stop()
        self.robots.stop()
        self.log.close()


def database_of(kind):
    return "sqlite" if kind == "sqlite" else "postgresql"


def migrated(database):
    """A database without data, made once for each state of the code: to migrate takes a minute,
    unless the suite has done it."""
    code = steps.digest_of(*(path for each in CODE for path in sorted(ROOT.glob(each))))[:12]
    home = (ROOT / steps.VAR).resolve() / "chaos"
    made = home / f"{database}-{code}"
    if made.exists():
        return made
    home.mkdir(parents=True, exist_ok=True)
    half = home / f"{database}-half"
    for old in home.glob(f"{database}-*"):
        shutil.rmtree(old) if old.is_dir() else old.unlink()
    began = time.monotonic()
    _make(database, half, suite.place_of(database))
    print(f"{database} made in {time.monotonic() - began:.0f} s", flush=True)
    half.rename(made)
    return made


def _make(database, place, of_the_suite):
    if database == "sqlite" and of_the_suite.exists():
        shutil.copy(of_the_suite, place)
        return
    if database == "sqlite":
        _migrate(f"sqlite:///{place}")
        with closing(sqlite3.connect(place)) as connection:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        Path(folder).chmod(0o711)  # the server's user walks through, as it may not through var/
        cluster = Path(folder, "cluster")
        cluster.mkdir()
        server = servers.PostgresqlServer(cluster)
        try:
            server.create()
            if of_the_suite.exists():
                _read(server.url, of_the_suite)
            else:
                _migrate(server.url)
            server.stop()
        finally:
            if server.process and server.process.poll() is None:
                server.kill()
        subprocess.run(["cp", "-aT", cluster, place], check=True)


def _read(url, file):
    psql = servers.PostgresqlServer.program("psql")
    told = ["--no-psqlrc", "--quiet", "--output", os.devnull, "--set", "ON_ERROR_STOP=1"]
    subprocess.run([psql, *told, "--file", file, url], check=True)


def _migrate(url):
    env = {name: value for name, value in os.environ.items() if name not in UNSET}
    env |= {"DATABASE_URL": url, "PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "ignore"}
    for command in ("migrate", "createcachetable"):
        asked = [sys.executable, "manage.py", command, "--verbosity", "0"]
        subprocess.run(asked, cwd=ROOT, env=env, check=True)

"""Throw-away databases and servers: they are gone afterwards, however the run ends."""

import http.client
import json
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import psycopg2
from psycopg2 import sql

import within_reach
from supervisor import die_with_supervisor

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
OURS = ("DATABASE_URL", "DEBUG", "DJANGO_SETTINGS_MODULE", "HTTPS", "REDIS_URL")
START = 30  # seconds


@contextmanager
def database(url, name):
    """The address of an empty database beside the one in `url`.

    One that an earlier run left behind is taken away; one that is in use stops this run.
    """
    parts = urlsplit(url)
    server = psycopg2.connect(parts._replace(path="/postgres").geturl())
    server.autocommit = True
    drop = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name))
    create = sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C.UTF-8'")
    try:
        with server.cursor() as cursor:
            try:
                cursor.execute(drop)
            except psycopg2.errors.ObjectInUse:
                sys.exit(f"The database {name} is in use: is another bench running?")
            cursor.execute(create.format(sql.Identifier(name)))
            try:
                yield parts._replace(path=f"/{name}").geturl()
            finally:
                cursor.execute(drop + sql.SQL(" WITH (FORCE)"))
    finally:
        server.close()


@contextmanager
def state():
    """A VAR_DIR of its own, with the front-end files of this tree."""
    with TemporaryDirectory() as folder:
        vendor = Path(os.environ.get("VAR_DIR", ROOT / "var"), "vendor")
        if vendor.exists():
            Path(folder, "vendor").symlink_to(vendor.resolve())
        yield folder


def environment(url, folder):
    kept = {key: value for key, value in os.environ.items() if key not in OURS}
    return kept | {
        "DATABASE_URL": url,
        "CONN_MAX_AGE": "60",
        "VAR_DIR": folder,
        "LOG_LEVEL": "ERROR",
        "PYTHONPATH": os.pathsep.join((str(ROOT), str(HERE))),
        "PYTHONWARNINGS": "ignore",
    }


def ask(script, *arguments, env):
    """Run one of our scripts; its answer is JSON."""
    command = [sys.executable, str(HERE / script), *map(str, arguments)]
    done = subprocess.run(command, env=env, stdout=subprocess.PIPE, check=False)
    if done.returncode:
        sys.exit(f"This failed, its messages are above: {' '.join(command)}")
    return json.loads(done.stdout)


@contextmanager
def serve(wsgi, env):
    """Port and process of a gunicorn with two sync workers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", wsgi, "--workers", "2", "--worker-class", "sync"]
    command += ["--bind", f"127.0.0.1:{port}", "--timeout", "120", "--log-level", "error"]
    running = subprocess.Popen(
        [*command, "--no-control-socket"],
        env=env,
        cwd=ROOT,
        start_new_session=True,  # Ctrl-C reaches only the bench, which then ends the server
        preexec_fn=die_with_supervisor,  # noqa: PLW1509 — there are no threads here
    )
    try:
        wait_until_it_answers(running, port)
        yield port, running.pid
    finally:
        running.terminate()
        try:
            running.wait(10)
        except subprocess.TimeoutExpired:
            os.killpg(running.pid, 9)
            running.wait()


def wait_until_it_answers(running, port):
    until = time.monotonic() + START
    while time.monotonic() < until and running.poll() is None:
        link = http.client.HTTPConnection("127.0.0.1", port, timeout=START)
        try:
            link.request("GET", "/healthz")
            link.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
        finally:
            link.close()
    sys.exit("The server did not start.")


def find():
    url = within_reach.find_postgresql()
    if not url:
        sys.exit("The bench needs PostgreSQL: start it, or name one with TEST_DATABASE_URL.")
    return url

"""Start every process of the Procfile, keep them running, and stop them all together.

A process that ends by itself is started again; one that keeps ending stops everything.
"""

import contextlib
import ctypes
import http.client
import os
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

PROCFILE = Path("deploy/Procfile")
PAUSE = 1  # seconds before a process that ended is started again
MOST_ENDS, WITHIN = 5, 60  # this many ends within so many seconds stop everything
PATIENCE = 10  # seconds a process has to finish what it is doing
SET_DEATH_SIGNAL = 1  # prctl(2): PR_SET_PDEATHSIG


class Process:
    """A line of the Procfile, in a session of its own: Ctrl-C reaches only the supervisor."""

    def __init__(self, name, command, env):
        self.name, self.command, self.env = name, command, env
        self.ends = []
        self.start()

    def start(self):
        self.running = subprocess.Popen(
            self.command,
            env=self.env,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=die_with_supervisor,  # noqa: PLW1509 — there are no threads here
        )

    def keep_running(self):
        now = time.monotonic()
        if self.running and self.running.poll() is not None:
            self.note_end(now)
        elif not self.running and now - self.ends[-1] > PAUSE:
            self.start()

    def note_end(self, now):
        self.ends = [end for end in self.ends if now - end < WITHIN] + [now]
        if len(self.ends) == MOST_ENDS:
            sys.exit(f"{self.name} ended {MOST_ENDS} times within a minute, so everything stops.")
        print(f"{self.name} ended (code {self.running.returncode}); it is started again.")
        self.clear()
        self.running = None

    def ask_to_stop(self):
        if self.running:
            self.running.terminate()

    def await_end(self, deadline):
        if self.running:
            try:
                self.running.wait(max(0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                print(f"{self.name} did not stop in time and is ended.")
            self.clear()
            self.running.wait()

    def clear(self):
        """End what is left of the session, such as workers whose master was killed."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.running.pid, signal.SIGKILL)


def die_with_supervisor():
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(SET_DEATH_SIGNAL, signal.SIGTERM)


def run(host, port, *, greet):
    env = {
        **os.environ,
        "HOST": host,
        "PORT": str(port),
        "VAR_DIR": os.path.abspath(os.environ.get("VAR_DIR", "var")),
        "PATH": f"{Path('.venv/bin').resolve()}{os.pathsep}{os.environ['PATH']}",
        "PYTHONUNBUFFERED": "1",
    }
    processes = []
    try:
        for name, command in read_procfile(env):
            processes.append(Process(name, command, env))
        watch(processes, host, port, greet)
    finally:
        stop(processes)


def read_procfile(env):
    for line in PROCFILE.read_text().splitlines():
        name, command = line.split(":", 1)
        for variable in ("HOST", "PORT", "VAR_DIR"):
            command = command.replace(f"${variable}", env[variable])
        yield name, shlex.split(command)


def watch(processes, host, port, greet):
    reachable = "127.0.0.1" if host == "0.0.0.0" else host
    started, answered = time.monotonic(), False
    while True:
        if not answered and answers(reachable, port):
            answered = True
            print(f"  {'first answer':<24}{time.monotonic() - started:6.1f} s")
            print(f"\nThe portal is at http://{reachable}:{port}/ (Ctrl-C stops it).")
            greet()
        for process in processes:
            process.keep_running()
        time.sleep(0.2)


def answers(host, port):
    connection = http.client.HTTPConnection(host, port, timeout=5)
    try:
        connection.request("GET", "/healthz")
        return connection.getresponse().status < http.client.INTERNAL_SERVER_ERROR
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def stop(processes):
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    for process in processes:
        process.ask_to_stop()
    deadline = time.monotonic() + PATIENCE
    for process in processes:
        process.await_end(deadline)

"""People who act at the same moment, each on a connection of its own."""

import fcntl
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Barrier

from django.db import connection

from nanchuan.kernel.states import StepRefused

MANY = 20  # connections: two processes that test at once would ask a server for all it has


def at_once(*acts):
    """Run each act on its own connection at the same moment; what each returned, or the refusal
    that it heard."""
    barrier = Barrier(len(acts))

    def run(act):
        try:
            barrier.wait(timeout=20)
            return act()
        except StepRefused as refusal:
            return refusal
        finally:
            connection.close()

    with a_crowds_turn(len(acts)), ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


@contextmanager
def a_crowds_turn(size):
    """One crowd after the other, whichever process gathers it."""
    if size < MANY:
        yield
        return
    with Path(tempfile.gettempdir(), "nanchuan-crowd").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def refusals(results):
    return [result for result in results if isinstance(result, StepRefused)]

"""People who act at the same moment, each on a connection of its own."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from nanchuan.kernel.states import StepRefused


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

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def refusals(results):
    return [result for result in results if isinstance(result, StepRefused)]

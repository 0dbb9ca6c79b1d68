"""The doorbell: it tells a worker to look now rather than at its next tick.

Nothing depends on it. The rows are safe, so a broker that is down costs a request next to
nothing: one short attempt on a line of its own, then silence for a while.
"""

import logging
import time

logger = logging.getLogger(__name__)

SILENCE = 15  # seconds without an attempt after the broker failed
SHORT = {
    "socket_connect_timeout": 0.5,
    "socket_timeout": 0.5,
    "max_retries": 1,
    "interval_start": 0,
    "connect_retries_timeout": 0.5,
}

_silent_until = 0.0


def ring(task, *arguments) -> bool:
    """Ask for a task at once; says whether the broker took it."""
    global _silent_until  # noqa: PLW0603 — one bell for each process
    if time.monotonic() < _silent_until:
        return False
    try:
        with task.app.connection_for_write(transport_options=SHORT) as line:
            task.apply_async(arguments, connection=line, retry=False, expires=30)
    except Exception as error:
        _silent_until = time.monotonic() + SILENCE
        logger.warning("The broker does not answer (%s); the next tick will do", error)
        return False
    return True

#!/usr/bin/env python3
"""Set up what is missing, then start the portal: web, workers and beat together.

Needs nothing but Python's standard library. `--dev` only installs, with what tests and checks use.
"""

import os
import signal
import socket
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OLDEST_PYTHON = (3, 11)
HIGHEST_PORT = 65535


def require_python():
    """Name a missing tool in one sentence, with the command that installs it."""
    if sys.version_info < OLDEST_PYTHON:
        sys.exit(
            "Python 3.11 or newer is needed and this is {}.{}: install it with `sudo apt install "
            "python3.11 python3.11-venv` and add PYTHON=python3.11.".format(*sys.version_info)
        )
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        package = Path(sys.executable).name + "-venv"
        sys.exit(f"Python's venv module is missing: install it with `sudo apt install {package}`.")


def chosen_address():
    """The host and port from the environment, refused when they cannot be served."""
    host, port = os.environ.get("HOST", "127.0.0.1"), os.environ.get("PORT", "8000")
    if not (port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
        sys.exit(f"PORT must be a number from 1 to {HIGHEST_PORT}, not {port!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, int(port)))
        except OSError as error:
            sys.exit(
                f"Cannot listen on {host}:{port} ({error.strerror}): "
                f"free it, or choose another port, as in `make run PORT={int(port) % 60000 + 1}`."
            )
    return host, int(port)


def exit_on_signals():
    def leave(number, _frame):
        sys.exit(128 + number)

    signal.signal(signal.SIGTERM, leave)
    signal.signal(signal.SIGINT, leave)
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup asks to outlive the terminal
        signal.signal(signal.SIGHUP, leave)


def main():
    require_python()
    import steps
    import supervisor

    os.chdir(ROOT)
    os.umask(0o077)  # what lies in var/ is for its owner only
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # without compiled modules each start is slow
    sys.stdout.reconfigure(line_buffering=True, errors="replace")
    exit_on_signals()
    if "--dev" in sys.argv[1:]:
        steps.install(dev=True)
        return
    host, port = chosen_address()
    steps.install()
    steps.prepare_database()
    supervisor.run(host, port, greet=steps.print_accounts)


if __name__ == "__main__":
    main()

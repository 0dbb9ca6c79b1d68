"""Every check on the tree that is not a test; all of them run, then the failed ones are named."""

import os
import secrets
import subprocess
import sys
import time
from pathlib import Path

from cryptography.fernet import Fernet

BIN = Path(sys.executable).parent
MANAGE = [sys.executable, "manage.py"]
TEMPLATES = sorted(map(str, Path("templates").rglob("*.html")))
FRESH = {
    "SECRET_KEY": lambda: secrets.token_urlsafe(48),
    "FIELD_KEYS": lambda: Fernet.generate_key().decode(),
    "FIELD_HASH_KEY": lambda: secrets.token_urlsafe(32),
}


def production():
    """The settings of deploy/env.example, with keys made up where it leaves them open."""
    lines = Path("deploy/env.example").read_text(encoding="utf-8").splitlines()
    given = dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))
    return {name: value or FRESH[name]() for name, value in given.items()}


def checks():
    yield "code", [BIN / "ruff", "check", "--quiet", "."], {}
    yield "format", [BIN / "ruff", "format", "--check", "--quiet", "."], {}
    yield "import contracts", [BIN / "lint-imports"], {}
    yield "templates", [BIN / "djlint", "--lint", "--quiet", "templates"], {}
    yield "template format", [BIN / "djade", "--check", "--target-version", "5.2", *TEMPLATES], {}
    yield "texts", [sys.executable, "deploy/check_texts.py"], {}
    yield "catalog", [sys.executable, "deploy/messages.py", "check"], {}
    yield "migrations", [*MANAGE, "makemigrations", "--check", "--dry-run"], in_memory()
    yield "deployment", [*MANAGE, "check", "--deploy", "--fail-level", "WARNING"], production()


def in_memory():
    return {"DATABASE_URL": "sqlite://:memory:"}


def holds(name, command, env):
    print(f"  {name:<18}", end="", flush=True)
    started = time.monotonic()
    done = subprocess.run(
        list(map(str, command)),
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    verdict = "failed" if done.returncode else "ok"
    print(f"{verdict:<8}{time.monotonic() - started:5.1f} s", flush=True)
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


def main():
    failed = [check[0] for check in list(checks()) if not holds(*check)]
    sys.exit(f"Failed: {', '.join(failed)}." if failed else 0)


if __name__ == "__main__":
    main()

"""To migrate takes a minute and more. What the suite has migrated it leaves in `var/`, one file for
each database and state of the code, and the drill begins with that."""

from functools import cache
from pathlib import Path

from deploy import steps

ROOT = Path(__file__).resolve().parents[1]
HOME = (ROOT / steps.VAR).resolve()
KINDS = {"sqlite": "sqlite3", "postgresql": "sql"}  # a copy; what pg_dump wrote
APPS = ("nanchuan", "members", "alliance", "services")
CODE = "requirements.txt", *(f"{app}/**/*.py" for app in APPS)


def place_of(database: str) -> Path:
    """Where the file of this code is, or would be."""
    return HOME / f"migrated-{state_of_code()}.{KINDS[database]}"


@cache
def state_of_code() -> str:
    """A name for the state of everything that a migrated database depends on."""
    return steps.digest_of(*(path for each in CODE for path in sorted(ROOT.glob(each))))[:16]


def keep(database: str, write) -> None:
    """Have `write(path)` write the file of this code, whole or not at all; older ones go."""
    place = place_of(database)
    half = place.with_suffix(".half")
    half.unlink(missing_ok=True)
    write(half)
    for old in HOME.glob(f"migrated-*.{KINDS[database]}"):
        old.unlink()
    half.rename(place)

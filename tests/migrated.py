"""To migrate takes a minute and more: it is done once for each state of the code, and each worker's
test database is a copy of that."""

import fcntl
import hashlib
import shutil
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings
from django.db import connection

APPS = ("nanchuan", "members", "alliance", "services")
CODE = "requirements.txt", *(f"{app}/**/*.py" for app in APPS)


def use() -> None:
    creation = type(connection.creation)
    create, create_empty = creation.create_test_db, creation._create_test_db

    def create_test_db(self, *arguments, keepdb=False, **options):
        template = TEMPLATES[connection.vendor](self)
        with _one_at_a_time():
            if not template.is_there():
                name = create(self, *arguments, keepdb=keepdb, **options)
                if not keepdb:
                    template.make()
                return name
            template.offer()
            return create(self, *arguments, keepdb=keepdb, **options)

    def create_sqlite(self, verbosity, autoclobber, keepdb=False):
        name = create_empty(self, verbosity, autoclobber, keepdb)
        template = TEMPLATES["sqlite"](self)
        if not keepdb and template.is_there():
            for rest in ("-wal", "-shm", "-journal"):  # of a run that was killed
                Path(f"{name}{rest}").unlink(missing_ok=True)
            shutil.copyfile(template.path, name)
        return name

    creation.create_test_db = create_test_db
    if connection.vendor == "sqlite":
        creation._create_test_db = create_sqlite


class SqliteTemplate:
    def __init__(self, creation):
        self.path = settings.VAR_DIR / f"migrated-{_code()}.sqlite3"

    def is_there(self):
        return self.path.exists()

    def offer(self):
        """`create_sqlite` takes it."""

    def make(self):
        for old in settings.VAR_DIR.glob("migrated-*.sqlite3"):
            old.unlink()
        half = self.path.with_suffix(".half")
        half.unlink(missing_ok=True)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(half)])
        half.rename(self.path)


class PostgresqlTemplate:
    """A database beside the test databases; its comment says of which code it is."""

    def __init__(self, creation):
        self.creation = creation
        self.name = f"test_{settings.DATABASES['default']['NAME']}_migrated"

    def is_there(self):
        with self.creation._nodb_cursor() as cursor:
            cursor.execute(
                "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
                [self.name],
            )
            return cursor.fetchall() == [(_code(),)]

    def offer(self):
        connection.settings_dict["TEST"]["TEMPLATE"] = self.name

    def make(self):
        connection.close()  # a template must have no visitors
        with self.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}"')
            made_of = connection.settings_dict["NAME"]
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{made_of}"')
            cursor.execute(f"COMMENT ON DATABASE \"{self.name}\" IS '{_code()}'")


TEMPLATES = {"sqlite": SqliteTemplate, "postgresql": PostgresqlTemplate}


def _code() -> str:
    """A name for the state of everything that a migrated database depends on."""
    read = hashlib.sha256()
    for pattern in CODE:
        for path in sorted(Path(settings.BASE_DIR).glob(pattern)):
            read.update(str(path).encode() + path.read_bytes())
    return read.hexdigest()[:16]


@contextmanager
def _one_at_a_time():
    """The other workers wait, then have a copy too."""
    with open(settings.VAR_DIR / "migrated.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

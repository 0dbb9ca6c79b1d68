"""To migrate takes a minute and more: it is done once for each state of the code, and each worker's
test database is a copy of that."""

import fcntl
import os
import shutil
import subprocess
from contextlib import contextmanager, suppress
from pathlib import Path

from django.conf import settings
from django.db import connection

from deploy import migrated


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
        self.path = migrated.place_of("sqlite")

    def is_there(self):
        return self.path.exists()

    def offer(self):
        """`create_sqlite` takes it."""

    def make(self):
        migrated.keep("sqlite", self._copy)

    def _copy(self, path):
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(path)])


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
            return cursor.fetchall() == [(migrated.state_of_code(),)]

    def offer(self):
        connection.settings_dict["TEST"]["TEMPLATE"] = self.name

    def make(self):
        connection.close()  # a template must have no visitors
        with self.creation._nodb_cursor() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{self.name}"')
            made_of = connection.settings_dict["NAME"]
            cursor.execute(f'CREATE DATABASE "{self.name}" TEMPLATE "{made_of}"')
            code = migrated.state_of_code()
            cursor.execute(f"COMMENT ON DATABASE \"{self.name}\" IS '{code}'")
        with suppress(FileNotFoundError, subprocess.CalledProcessError):  # no pg_dump, or an older
            migrated.keep("postgresql", self._dump)

    def _dump(self, path):
        place = connection.settings_dict | {"NAME": self.name}
        (_psql, *address), env = connection.client.settings_to_cmd_args_env(place, [])
        asked = ["pg_dump", "--no-owner", "--no-privileges", "--file", path, *address]
        subprocess.run(asked, env=os.environ | (env or {}), check=True, stderr=subprocess.DEVNULL)


TEMPLATES = {"sqlite": SqliteTemplate, "postgresql": PostgresqlTemplate}


@contextmanager
def _one_at_a_time():
    """The other workers wait, then have a copy too."""
    with open(settings.VAR_DIR / "migrated.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield

"""An older park is brought to the records of branch life, on a database of its own."""

import json
import os
import subprocess
import sys
import uuid
from contextlib import contextmanager
from pathlib import Path

from django.db import connection

ROOT = Path(__file__).resolve().parent.parent.parent
SCRIPT = """
import json, django
from datetime import date, datetime, timedelta, timezone
django.setup()
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

def to(name):
    executor = MigrationExecutor(connection)
    executor.migrate([("members", name)])
    return executor.loader.project_state([("members", name)]).apps.get_model

get = to("0008_unit_contacts")
make = lambda model, app="members", **facts: get(app, model).objects.create(**facts)
by = make("User", "accounts", username="old", name="旧")
day = date(2024, 1, 1)
organization = lambda path, depth, below, name: make(
    "Organization", path=path, depth=depth, numchild=below, name=name, kind="branch", starts_on=day
)
root, branch = organization("0001", 1, 1, "总支"), organization("00010001", 2, 0, "支部")
person = lambda name, home, until=None: (
    lambda one: make("Membership", member=one, organization=home, starts_on=day, ends_on=until)
    and one
)(make("PartyMember", name=name, pinyin="", initials="", gender="male"))
chief, other = person("总支的人", root), person("支部的人", branch)
moved = person("转走的人", branch, date(2025, 12, 31))
theme = make("ActivityKind", code="theme_day", name="主题党日", order=1)
own = make("ActivityKind", code="hike", name="登高", order=2)
make("Rule", code="branch_most", value=50, starts_on=day)
at = lambda *parts: datetime(*parts, tzinfo=timezone.utc)
def held(title, home, host, days, **facts):
    begun = at(2025, 6, 30, 17)  # the first of July in the park
    row = make("Activity", organization=home, kind=theme, title=title, starts_at=begun,
               place="室", host=host, text="文", logged_by=by, revision=3,
               logged_at=begun + timedelta(days=days))
    return row
soon, late = held("及时", branch, other, 7), held("晚记", branch, other, 8)
whole = held("总支", root, chief, 0)
for row, who in ((soon, other), (whole, chief), (whole, other), (whole, moved)):
    make("Attendance", activity=row, member=who)

get = to("0011_branch_life_rules")
rows = lambda model, *names: [list(map(str, r)) for r in
    get("members", model).objects.order_by("pk").values_list(*names)]
print(json.dumps({
    "activities": rows("Activity", "title", "status", "is_late", "revision"),
    "handed in": all(a == b for a, b in rows("Activity", "submitted_at", "logged_at")),
    "parts": rows("Participation", "activity__title", "organization__name", "kind__code",
                  "held_on", "answer", "is_host", "counts"),
    "people": sorted(rows("Attendance", "activity__title", "member__name", "organization__name",
                          "presence", "hours")),
    "kinds": dict(rows("ActivityKind", "code", "name")),
    "hours": dict(rows("ActivityKind", "code", "hours")),
    "rules": dict(rows("Rule", "code", "value")),
}))
"""


@contextmanager
def empty_database(folder):
    """The address of a new database beside the one of the tests."""
    if connection.vendor == "sqlite":
        yield f"sqlite:///{folder}/old.sqlite3"
        return
    import psycopg2

    about, name = connection.settings_dict, f"old_{uuid.uuid4().hex}"
    server = {"user": about["USER"], "host": about["HOST"], "port": about["PORT"] or 5432}
    with_password = {"password": about["PASSWORD"]} if about["PASSWORD"] else {}
    admin = psycopg2.connect(dbname="postgres", **server, **with_password)
    admin.autocommit = True
    secret = f":{about['PASSWORD']}" if about["PASSWORD"] else ""
    try:
        admin.cursor().execute(f'CREATE DATABASE "{name}"')
        yield f"postgresql://{server['user']}{secret}@{server['host']}:{server['port']}/{name}"
    finally:
        admin.cursor().execute(f'DROP DATABASE IF EXISTS "{name}"')
        admin.close()


def test_what_was_logged_before_has_a_state_a_part_and_homes(tmp_path):
    with empty_database(tmp_path) as address:
        told = subprocess.run(
            [sys.executable, "-c", SCRIPT],
            cwd=ROOT,
            env=os.environ
            | {
                "DATABASE_URL": address,
                "VAR_DIR": str(tmp_path),
                "DJANGO_SETTINGS_MODULE": "nanchuan.settings",
            },
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
    assert told.returncode == 0, told.stderr[-2000:]
    found = json.loads(told.stdout.splitlines()[-1])
    assert found["activities"] == [
        ["及时", "submitted", "False", "3"],
        ["晚记", "submitted", "True", "3"],
        ["总支", "submitted", "False", "3"],
    ]
    assert found["handed in"]
    part = ["theme_day", "2025-07-01", "confirmed", "True", "True"]
    assert found["parts"] == [
        ["及时", "支部", *part],
        ["晚记", "支部", *part],
        ["总支", "总支", *part],
    ]
    present = ["present", "0.0"]
    assert found["people"] == [
        ["及时", "支部的人", "支部", *present],
        ["总支", "总支的人", "总支", *present],
        ["总支", "支部的人", "支部", *present],
        ["总支", "转走的人", "支部", *present],
    ]
    assert (found["kinds"]["hike"], found["kinds"]["tea_talk"]) == ("登高", "交心茶座")
    assert (found["hours"]["theme_day"], found["hours"]["hike"]) == ("2.0", "0.0")
    assert found["rules"] == {"branch_most": "50", "late_entry_days": "7"}

"""Bring the database up to date, and fill an empty one with the demo unless DEMO=0."""

import io
import os
import sys
from pathlib import Path

from steps import step

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchuan.settings")


def main():
    with step("start of Django"):
        import django
        from django.core.management import call_command

        django.setup()
    with step("database"):
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
    if os.environ.get("DEMO") != "0":
        with step("demo data"):
            call_command("demo", if_empty=True, stdout=io.StringIO())  # up.py lists the accounts


if __name__ == "__main__":
    main()

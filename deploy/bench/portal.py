"""The Django side of the bench, in a process of its own: `fill N [NEEDS]`, `plan` or some figures.

`reminders`, `imports`, `rota`, `orders`, `matching` and `checkup` are such sets.

Answers with JSON on the standard output.
"""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchuan.settings")


def main(task, *arguments):
    import django
    from django.core.management import call_command

    django.setup()
    if task == "fill":
        import park

        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        park.fill(*map(int, arguments))
        answer = None
    elif task == "plan":
        import pages

        answer = pages.plan()
    elif task == "imports":
        import imports

        answer = imports.measure()
    elif task == "rota":
        import rota

        answer = rota.measure()
    elif task == "orders":
        import orders

        answer = orders.measure()
    elif task == "matching":
        import matching
        import matching_table

        answer = matching.measure() + matching_table.measure()
    elif task == "checkup":
        import checkup_board

        answer = checkup_board.measure()
    else:
        import reminders

        answer = reminders.measure()
    json.dump(answer, sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:])

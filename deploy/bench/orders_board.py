"""The leader's board on many needs: `orders_board.py 100000` fills a throw-away park and measures
the board, warm (what was put together is in the store) and cold (each request asks for a day that
nobody asked for before), beside the floor.

`orders_board.py fill N` and `orders_board.py plan` are the Django side of it.
"""

import argparse
import json
import os
import random
import sys
import time
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent.parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "nanchuan.settings")

DAY = timedelta(days=1)
COLD = 60  # days, each asked for once
FATES = (  # how far a need came, and how many of a hundred
    *["closed"] * 55,
    *["solved"] * 14,
    *["auto"] * 6,
    *["reopened"] * 5,
    *["offered"] * 3,
    *["in_progress"] * 5,
    *["accepted"] * 2,
    *["published"] * 2,
    *["submitted"] * 1,
    *["withdrawn"] * 4,
    *["declined"] * 3,
)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("needs", type=int, nargs="?", default=100_000)
    parser.add_argument("--members", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()

    import servers
    from measure import Bench
    from run import say, site

    url = servers.find()
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = enter(servers.state())
        ours = enter(servers.database(url, "orders_board_bench"))
        theirs = enter(servers.database(url, "orders_board_floor"))
        env, floor_env = servers.environment(ours, folder), servers.environment(theirs, folder)
        servers.ask("portal.py", "fill", asked.members, env=env)
        began = time.monotonic()
        servers.ask("orders_board.py", "fill", asked.needs, env=env)
        print(f"{asked.needs} needs with their histories in {time.monotonic() - began:.0f} s")
        floor_page = servers.ask("floor/fill.py", asked.members, env=floor_env)
        plan = servers.ask("orders_board.py", "plan", env=env)
        portal = enter(site("nanchuan.wsgi", env, ours))
        floor = enter(site("floor.wsgi", floor_env, theirs))
        results = Bench(portal, floor, floor_page, asked.rounds, 25, say).measure(plan)
    for result in results:
        page = result.page
        print(
            f"{page['page']:<24}{result.ratio or 0:>8.2f} × floor {page['sql']:>3} SQL"
            f"{median(result.costs or [0]):>9.1f} ms CPU"
            f"{median(result.times or [0]) * 1000:>9.1f} ms"
            f"{result.size / 1000:>5.0f} kB {result.failure}"
        )


# ── The Django side ─────────────────────────────────────────────────────────────────────────


def fill(number: int) -> None:
    from django.db import connection, models

    import histories
    from copying import copy

    rows: dict[type, list] = {}
    made = random.Random(6)
    first = {
        model: (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
        for model in histories.MODELS
    }

    def add(model, **facts):
        found = rows.setdefault(model, [])
        row = model(pk=first[model] + len(found), **facts)
        found.append(row)
        return row

    units = _units()
    for place in range(number):
        number_of_it = first[histories.Need] + place
        histories.History(add, made, units, number_of_it, made.choice(FATES)).play()
    for model, found in rows.items():
        copy(model, found)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _units():
    from alliance.models import Seat

    return sorted(set(Seat.objects.current().values_list("unit", flat=True)))


def plan() -> list[dict]:
    from django.urls import reverse
    from django.utils import timezone

    import pages
    from services.models import Need

    today, board = timezone.localdate(), reverse("services:board")
    days = [f"{board}?on={today - timedelta(days=3 + number)}" for number in range(COLD)]
    found = [
        pages.Page("board, warm", "board", pages.STAFF, board, Need),
        pages.Page("board, one category", "board", pages.STAFF, f"{board}?category=staff", Need),
        pages.Page("board, cold", "other", pages.STAFF, " ".join(days), Need),
        pages.Page(
            "board, rows",
            "list",
            pages.STAFF,
            reverse("services:board-rows") + "?figure=closed",
            Need,
        ),
    ]
    client = pages.signed_in(pages.STAFF)
    return [
        {
            "page": page.name,
            "kind": page.kind,
            "limit": page.limit,
            "path": page.path,
            "cookie": pages.session(client),
            "sql": pages.statements(client, page)
            if page.name != "board, cold"
            else pages.statements(
                client, pages.Page("", "other", pages.STAFF, f"{board}?on={today - DAY}", Need)
            ),
            "status": 200,
        }
        for page in found
    ]


if __name__ == "__main__":
    task, *arguments = sys.argv[1:] or [""]
    if task in ("fill", "plan"):
        import django

        django.setup()
        json.dump(fill(int(arguments[0])) if task == "fill" else plan(), sys.stdout)
    else:
        main()

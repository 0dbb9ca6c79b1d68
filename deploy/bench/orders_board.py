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

YEARS, MINUTE, DAY = 3, timedelta(minutes=1), timedelta(days=1)
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

    from copying import copy
    from services.models import Clock, Dispatch, Need, Project, ProjectNeed, Remark, Solution

    rows: dict[type, list] = {}
    made = random.Random(6)
    first = {
        model: (model._base_manager.aggregate(last=models.Max("pk"))["last"] or 0) + 1
        for model in (Need, Dispatch, Solution, Project, ProjectNeed, Clock, Remark, _event())
    }

    def add(model, **facts):
        found = rows.setdefault(model, [])
        row = model(pk=first[model] + len(found), **facts)
        found.append(row)
        return row

    units = _units()
    for place in range(number):
        _history(add, made, units, first[Need] + place, made.choice(FATES))
    for model, found in rows.items():
        copy(model, found)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _event():
    from nanchuan.kernel.models import Event

    return Event


def _units():
    from alliance.models import Seat

    return sorted(set(Seat.objects.current().values_list("unit", flat=True)))


def _history(add, made, units, number, fate):  # noqa: C901, PLR0915
    """One need from its first step to its fate; what would lie ahead did not happen yet."""
    from django.contrib.contenttypes.models import ContentType

    from scale import NOW, SECRETARY, STAFF
    from services.models import Clock, Dispatch, Need, Project, ProjectNeed, Remark, Solution

    kind = ContentType.objects.get_for_model(Need)
    at = NOW - made.uniform(1, YEARS * 365) * DAY
    unit, other = made.sample(units, 2)

    def later(most):
        """Not later than a while ago, and whole seconds apart."""
        nonlocal at
        at = min(at + made.uniform(0.02, most) * DAY, NOW - MINUTE)
        return at

    def tell(name, when):
        facts = {"subject_type": kind, "subject_id": number, "subject_label": "测试需求"}
        add(_event(), name=f"need.{name}", happened_at=when, handled_at=when, **facts)

    def clock(kind, since, until, owner=None):
        add(
            Clock,
            need_id=number,
            kind=kind,
            unit_id=owner,
            days=3,
            started_at=since,
            due_at=since + 3 * DAY,
            done_at=until,
        )

    need = add(
        Need,
        number=f"需-{at.year}-B{number:07}",
        unit_id=unit,
        category=made.choice(Need.Category.values),
        title=made.choice(("缺电工", "流动资金紧张", "物流成本高", "环评进度慢")),
        content="说明情况" * 20,
        contact_name="张联络",
        contact_phone="13900000000",
        filed_by_id=SECRETARY,
        filed_at=at,
        status="submitted" if fate == "submitted" else "published",
    )
    filed = at
    tell("filed", at)
    if fate in ("submitted", "declined", "withdrawn"):
        ended = later(2)
        clock("review", filed, None if fate == "submitted" else ended)
        if fate != "submitted":
            need.status = fate
            add(Remark, need_id=number, step=fate, text="原因", written_at=ended)
            tell(fate, ended)
        return
    need.reviewed_at = later(2)
    tell("published", need.reviewed_at)
    clock("review", filed, need.reviewed_at)
    if fate == "published":
        clock("accept", need.reviewed_at, None)
        return
    need.accepted_at, need.accepted_by_id, need.status = later(2), other, "accepted"
    tell("accepted", at)
    clock("accept", need.reviewed_at, at)
    add(Dispatch, need_id=number, unit_id=other, how="taken", at=at, accepted_at=at)
    if fate == "accepted":
        clock("contact", at, None, other)
        clock("solve", at, None, other)
        return
    need.contacted_at, need.status = later(3), "in_progress"
    tell("contacted", at)
    clock("contact", need.accepted_at, at, other)
    joined = later(3)
    project = add(
        Project,
        number=f"项-B{number:07}",
        name="对接",
        lead_id=other,
        starts_on=joined.date(),
        status=Project.Status.ACTIVE,
    )
    add(ProjectNeed, project=project, need_id=number, joined_at=joined)
    tell("matched", joined)
    if fate == "in_progress":
        clock("solve", need.accepted_at, None, other)
        return
    need.status, offered = "offered", later(14)
    clock("solve", need.accepted_at, offered, other)
    answer = add(Solution, need_id=number, text="已协调", offered_at=offered, offered_by_id=STAFF)
    tell("offered", offered)
    if fate == "offered":
        return
    need.status = "solved"
    answer.confirmed_at, answer.automatically = later(7), fate == "auto"
    answer.rating = None if fate == "auto" else made.choice((5, 5, 5, 4, 4, 3, 2, 1))
    tell("confirmed", at)
    if fate in ("closed", "reopened"):
        need.status, need.closed_at = "closed", later(3)
        tell("closed", at)
    if fate == "reopened":
        need.status, need.closed_at, answer.reopened_at = "in_progress", None, later(30)
        tell("reopened", at)


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

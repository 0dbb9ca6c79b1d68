"""The check-up of branches on many activities: `checkup_board.py 1000000` fills a throw-away
park of 500 organizations, each with a hundred activities a year over the years before, and measures
the board beside the floor, then the whole matrix of a year in one process. `--database` names one
that is filled already (`portal.py fill`, then `checkup_board.py fill`) and is left as it is.

`fill N`, `plan` and `measure` as the first word are the Django side of it.
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

A_YEAR, TAKING_PART, DAY = 100, 5, timedelta(days=1)
MEMBERS, MOST_SECONDS = 17_500, 1  # a park of some 500 organizations
KINDS = (  # of a hundred activities of a year
    *["theme_day"] * 12,
    *["committee_meeting"] * 12,
    *["group_meeting"] * 12,
    *["general_meeting"] * 4,
    *["party_lecture"] * 4,
    *["organizational_life", "appraisal"],
    *["talk"] * 14,
    *["study"] * 30,
    *["other"] * 10,
)
PARTS = """
    INSERT INTO members_participation
        (activity_id, organization_id, answer, is_host, kind_id, held_on, is_late, led_by, counts)
    SELECT id, organization_id, 'confirmed', TRUE, kind_id,
        (starts_at AT TIME ZONE %s)::date, is_late, host_id, TRUE
    FROM members_activity WHERE id > %s ORDER BY id
"""
ATTENDANCES = """  -- each time the next members of the branch
    WITH homes AS (
        SELECT organization_id, array_agg(member_id ORDER BY member_id) AS people
        FROM members_membership GROUP BY 1
    )
    INSERT INTO members_attendance
        (activity_id, member_id, organization_id, presence, reason, hours,
            counted_on, counted_kind, counted_late)
    SELECT activity.id,
        people[1 + (activity.id / %s * %s + seat) %% cardinality(people)],
        organization_id, 'present', '', hours,
        (starts_at AT TIME ZONE %s)::date, kind_id, is_late
    FROM members_activity AS activity JOIN homes USING (organization_id),
        generate_series(1, %s) AS seat
    WHERE activity.id > %s ORDER BY activity.id
"""


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("activities", type=int, nargs="?", default=1_000_000)
    parser.add_argument("--members", type=int, default=MEMBERS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--database", help="the address of one that is filled already")
    asked = parser.parse_args()

    import servers
    from measure import Bench
    from run import say, site

    url = servers.find()
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = enter(servers.state())
        ours = asked.database or enter(servers.database(url, "checkup_bench"))
        theirs = enter(servers.database(url, "checkup_bench_floor"))
        env, floor_env = servers.environment(ours, folder), servers.environment(theirs, folder)
        if not asked.database:
            servers.ask("portal.py", "fill", asked.members, env=env)
            servers.ask("checkup_board.py", "fill", asked.activities, env=env)
        floor_page = servers.ask("floor/fill.py", asked.members, env=floor_env)
        for row in servers.ask("checkup_board.py", "measure", env=env):
            print(f"{row['page']:<40}{row['value']:>12}")
        plan = servers.ask("checkup_board.py", "plan", env=env)
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
    """Activities one by one, who took part in them by the database itself: that is five times
    as many rows."""
    from django.conf import settings
    from django.db import connection
    from django.db.models import Max

    from copying import copy
    from members.models import Activity, Organization

    last = Activity.objects.aggregate(last=Max("pk"))["last"] or 0
    branches = list(Organization.objects.branches())
    copy(Activity, _activities(number, last, branches))
    with connection.cursor() as cursor:
        cursor.execute(PARTS, [settings.TIME_ZONE, last])
        cursor.execute(
            ATTENDANCES, [len(branches), TAKING_PART, settings.TIME_ZONE, TAKING_PART, last]
        )
        cursor.execute("VACUUM ANALYZE")


def _activities(number, last, branches):
    """Every branch in turn, a hundred times a year, back from today."""
    from members.models import Activity, ActivityKind, Term
    from scale import NOW, SECRETARY

    kinds = {kind.code: kind.pk for kind in ActivityKind.objects.all()}
    leaders = dict(Term.objects.filter(post__leads=True).values_list("organization", "member"))
    made, pause = random.Random(8), 365 * DAY / (A_YEAR * len(branches))
    for place in range(number):
        branch, at = branches[place % len(branches)].pk, NOW - (place + 1) * pause
        yield Activity(
            pk=last + place + 1,
            organization_id=branch,
            kind_id=kinds[made.choice(KINDS)],
            title="集中学习",
            starts_at=at,
            host_id=leaders[branch],
            text="学习有关文件。",
            hours=2,
            logged_by_id=SECRETARY,
            logged_at=at,
            submitted_at=at,
        )


def plan() -> list[dict]:
    """The board as the office sees it, and one branch."""
    from django.urls import reverse

    import pages
    from members.models import Activity, Organization

    board = reverse("members:checkup-list")
    one = Organization.objects.branches().first()
    client = pages.signed_in(pages.STAFF)
    found = [
        pages.Page(name, "board", pages.STAFF, path, Activity)
        for name, path in {
            "board, all duties": board,
            "board, one duty": f"{board}?duty=theme_day",
            "one branch": f"{board}{one.pk}/",
        }.items()
    ]
    return [
        {
            "page": page.name,
            "kind": page.kind,
            "limit": page.limit,
            "path": page.path,
            "cookie": pages.session(client),
            "sql": pages.statements(client, page),
            "status": 200,
        }
        for page in found
    ]


def measure() -> list[dict]:
    """Every organization × every duty × the year, best of three."""
    from members.models import Organization

    organizations = list(Organization.objects.counted())
    took = [_matrix(organizations) for _round in range(3)]
    name = f"check-up of {len(organizations)} organizations"
    facts = {"kind": "other", "ratio": None, "sql": None, "limit": MOST_SECONDS}
    return [
        {"page": f"{name}, {what}", "rows": len(organizations), "value": round(min(each), 3)}
        | facts
        for what, each in zip(("seconds", "own CPU"), zip(*took, strict=True), strict=True)
    ]


def _matrix(organizations) -> tuple[float, float]:
    from members.checkup.board import Board

    began, spent = time.perf_counter(), time.process_time()
    board = Board(organizations, _this_year())
    for organization in organizations:
        for code in board.duties_of(organization):
            board.cells(organization, code)
    return time.perf_counter() - began, time.process_time() - spent


def _this_year():
    from scale import TODAY

    return TODAY.year


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in ("fill", "plan", "measure"):
        import django

        django.setup()
        if sys.argv[1] == "fill":
            fill(int(sys.argv[2]))
            answer = None
        else:
            answer = {"plan": plan, "measure": measure}[sys.argv[1]]()
        json.dump(answer, sys.stdout, ensure_ascii=False)
    else:
        main()

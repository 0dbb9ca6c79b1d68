"""`make bench`: the pages of the portal against their limits, into var/bench.json.

A throw-away park on PostgreSQL, gunicorn with two sync workers for the portal and for the floor
(a page with the least that Django does), and each page measured beside the floor, in rounds. The
figure is the processor time of a request as a multiple of the floor's. Above a limit is no failure,
it is marked; a page that does not answer is one.
"""

import argparse
import json
import signal
import sys
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import servers
import within_reach
from measure import Bench, Site
from steps import VAR, step

KEYS = ("page", "kind", "ratio", "sql", "rows", "limit")
MOST_SQL = {"list": 12, "detail": 12, "form": 12, "post": 12, "board": 15}


def main():
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
    asked = arguments()
    began = time.monotonic()
    try:
        results, others = run(asked)
    except KeyboardInterrupt:
        sys.exit("\nStopped; databases and servers are gone.")
    rows = [row_of(result) for result in results] + others
    out = Path(asked.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text(json.dumps(rows, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    report(results, others, asked)
    print(f"\n{len(rows)} rows in {out}, after {time.monotonic() - began:.0f} s.")
    if failed := [result for result in results if result.failure]:
        sys.exit("\n".join(f"Failed: {result.page['page']}: {result.failure}" for result in failed))


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, prog="make bench ARGS=…")
    parser.add_argument("--members", type=int, default=755, help="size of the park (755)")
    parser.add_argument("--needs", type=int, default=0, help="so many needs (as many as fit)")
    parser.add_argument("--quick", action="store_true", help="a rough answer within a minute")
    parser.add_argument("--rounds", type=int, help="how often each page is measured (5)")
    parser.add_argument("--only", default="", help="pages whose name contains one of these")
    parser.add_argument("--out", default=VAR / "bench.json")
    asked = parser.parse_args()
    asked.rounds = asked.rounds or (2 if asked.quick else 5)
    asked.requests = 6 if asked.quick else 25
    return asked


def run(asked):
    """Results of the pages, and figures of what is no page."""
    url, name = servers.find(), f"{within_reach.DATABASE}_bench"
    print(f"A park of {asked.members} members on a throw-away database.")
    with ExitStack() as stack:
        enter = stack.enter_context
        folder = enter(servers.state())
        ours = enter(servers.database(url, name))
        theirs = enter(servers.database(url, f"{name}_floor"))
        env, floor_env = servers.environment(ours, folder), servers.environment(theirs, folder)
        with step("data"):
            servers.ask("portal.py", "fill", asked.members, asked.needs, env=env)
        with step("floor"):
            floor_page = servers.ask("floor/fill.py", asked.members, env=floor_env)
        with step("SQL of each page"):
            plan = servers.ask("portal.py", "plan", env=env)
        wanted = asked.only.split(",")
        plan = [page for page in plan if any(words in page["page"] for words in wanted)]
        portal = enter(site("nanchuan.wsgi", env, ours))
        floor = enter(site("floor.wsgi", floor_env, theirs))
        with step("pages"):
            bench = Bench(portal, floor, floor_page, asked.rounds, asked.requests, say)
            results = bench.measure(plan)
            say("")
        if not portal.backends():
            print("  PostgreSQL runs elsewhere: its own processor time is not counted.")
        with step("reminders"):
            others = [] if asked.only else servers.ask("portal.py", "reminders", env=env)
        with step("imports"):
            others += [] if asked.only else servers.ask("portal.py", "imports", env=env)
        with step("rota"):
            others += [] if asked.only else servers.ask("portal.py", "rota", env=env)
        with step("orders"):
            others += [] if asked.only else servers.ask("portal.py", "orders", env=env)
        with step("matching"):
            others += [] if asked.only else servers.ask("portal.py", "matching", env=env)
        with step("check-up"):
            others += [] if asked.only else servers.ask("portal.py", "checkup", env=env)
        return results, others


@contextmanager
def site(wsgi, env, database):
    with servers.serve(wsgi, env) as (port, pid):
        found = Site(port, pid, database)
        try:
            yield found
        finally:
            found.close()


def say(words):
    """What is being done, where somebody watches."""
    if sys.stderr.isatty():
        print(f"\r{words:<60}", end="" if words else "\r", file=sys.stderr, flush=True)


def row_of(result):
    return {key: result.page.get(key) for key in KEYS} | {"ratio": result.ratio}


def report(results, others, asked):
    print(
        f"\n{asked.members} members, {asked.rounds} rounds; × is a multiple of the floor's CPU.\n"
    )
    print(f"{'page':<30}{'kind':<8}{'×':>6}{'limit':>7}{'SQL':>5}{'CPU ms':>8}{'kB':>5}{'rows':>9}")
    for result in results:
        page, cost = result.page, median(result.costs) if result.costs else 0
        print(
            f"{page['page']:<30}{page['kind']:<8}{result.ratio or 0:>6.2f}"
            f"{page['limit'] or '–':>7}{page['sql']:>5}{cost:>8.1f}"
            f"{result.size / 1000:>5.0f}{page['rows']:>9}{marks(result)}"
        )
    floors = [cost for result in results for cost in result.floors]
    if floors:
        print(f"{'the floor':<30}{'':<8}{1:>6.2f}{'':>12}{median(floors):>8.1f}")
    for row in others:
        print(f"{row['page']:<40}{row['value']:>12}")
    above = [result for result in results if result.above]
    print(f"\n{len(above)} of {len(results)} pages are above their limit.")


def marks(result):
    words = ["failed"] if result.failure else []
    if result.above:
        words.append("ABOVE ITS LIMIT")
    if result.page["sql"] > MOST_SQL.get(result.page["kind"], 99):
        words.append(f"more than {MOST_SQL[result.page['kind']]} SQL")
    return f"  ← {', '.join(words)}" if words else ""


if __name__ == "__main__":
    main()

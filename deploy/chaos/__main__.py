"""`make chaos`: every scenario in turn, a table, and an exit code that says whether all held.

--short takes at most eight minutes; --only NAME,NAME; --list.
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from deploy import steps
from deploy.chaos import scenarios, table
from deploy.chaos.drill import Drill, Group
from deploy.chaos.park import CouldNotAsk, Park, database_of, migrated

PEOPLE, MEETINGS = 1000, 5  # in two ways each: ten thousand deliveries
SHORT_PEOPLE, SHORT_MEETINGS = 150, 2
SHORT_LEASE, SHORT_TICK = "10", "2"
PROBE, ROBOTS = 5, 3
LONGEST_BACK = 15  # seconds; on a machine of one's own


def main():
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
    asked = arguments()
    if asked.list:
        for each in scenarios.ALL.values():
            print(f"{each.name:<18} {'short' if each.short else '':<6} {each.title}")
        return
    began = time.monotonic()
    try:
        rows = run(asked)
    except KeyboardInterrupt:
        sys.exit("\nStopped; nothing of it runs any more.")
    write(rows, asked)
    kills, took = sum(row.kills for row in rows), time.monotonic() - began
    print(f"\n{len(rows)} scenarios, {kills} kills, {took:.0f} s.")
    if failed := [row.name for row in rows if row.broken]:
        sys.exit(f"Broken: {', '.join(failed)}.")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, prog="make chaos ARGS=…")
    parser.add_argument("--short", action="store_true", help="the most telling ones, in little")
    parser.add_argument("--only", default="", help="these scenarios, with commas between")
    parser.add_argument("--list", action="store_true", help="name all scenarios")
    parser.add_argument("--people", type=int, help="told of each of the five meetings (1000)")
    parser.add_argument("--out", default=steps.VAR / "chaos.json")
    asked = parser.parse_args()
    asked.people = asked.people or (SHORT_PEOPLE if asked.short else PEOPLE)
    return asked


def chosen(asked):
    names = asked.only.split(",") if asked.only else list(scenarios.ALL)
    if unknown := set(names) - scenarios.ALL.keys():
        sys.exit(f"There is no scenario {', '.join(sorted(unknown))}; --list names all.")
    found = [scenarios.ALL[name] for name in names]
    return [each for each in found if each.short or not asked.short or asked.only]


def run(asked):
    rows, wanted = [], chosen(asked)
    kinds = {database_of(each.park) for each in wanted}
    with ThreadPoolExecutor() as together:
        list(together.map(migrated, kinds))
    print(table.head(), flush=True)
    for each in wanted:
        row = play(each, asked)
        print(table.report(row), flush=True)
        rows.append(row)
    return rows


def play(each, asked) -> table.Row:
    row, began = table.Row(each.name, each.title), time.monotonic()
    try:
        with ground(each, asked) as (place, group, probe):
            patience = 240 if asked.short else 900
            drill = Drill(place, group, probe, patience=patience, is_short=asked.short)
            try:
                perform(each, drill, asked, row)
            except (CouldNotAsk, TimeoutError, RuntimeError) as error:
                row.broken.append(f"{type(error).__name__}: {error}")
                print(place.last_words(), file=sys.stderr)
    finally:
        row.seconds = time.monotonic() - began
    return row


def perform(each, drill, asked, row):
    usual = SHORT_MEETINGS if asked.short else MEETINGS
    drill.plan(usual if each.meetings is None else each.meetings)
    each.run(drill, (each.short or each.size) if asked.short else each.size)
    drill.settle()
    verdict = drill.verdict()
    for name in ("planned", "sent", "twice_inbox", "twice_outside", "lost"):
        setattr(row, name, getattr(verdict, name))
    row.kills, row.broken, row.notes = drill.park.kills, verdict.broken, drill.notes
    if drill.park.mail.unanswered:
        drill.notes.append(f"{drill.park.mail.unanswered} mails were taken without an answer")
    if drill.recoveries:
        row.recovery = max(drill.recoveries)
        if row.recovery > LONGEST_BACK and not asked.short:
            row.notes.append(f"back later than {LONGEST_BACK} s")
    if each.loses:
        row.notes = ["what it is for: " + "; ".join(verdict.broken)]
        row.broken = [] if verdict.lost else ["nothing was lost although it was marked too early"]


@contextmanager
def ground(each, asked):
    """A park with people in it: a fresh one for each scenario, from a database that is copied."""
    env = dict(each.env)
    if asked.short:
        env = {"CHAOS_LEASE": SHORT_LEASE, "TICK_SECONDS": SHORT_TICK} | env
    with tempfile.TemporaryDirectory(prefix="chaos-") as folder:
        place = Park(folder, each.park, env=env)
        try:
            place.start()
            group, probe = Group(place, asked.people, ROBOTS), Group(place, PROBE)
            place.wait_for(lambda: at_work(place), "all at work", 120)
            yield place, group, probe
        finally:
            place.stop()


def at_work(place) -> bool:
    return {name for (name,) in place.ask("SELECT name FROM notices_tick")} >= {
        "tick",
        "mail",
        "robot",
    }


def write(rows, asked):
    """Beside what earlier runs wrote of other scenarios."""
    out = Path(asked.out)
    out.parent.mkdir(parents=True, exist_ok=True)
    known = json.loads(out.read_text(encoding="utf-8")) if out.exists() else {}
    form = "short" if asked.short else "long"
    now = time.strftime("%Y-%m-%d %H:%M:%S %z")
    for row in table.as_data(rows):
        known[f"{form} {row['name']}"] = row | {"form": form, "at": now}
    out.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""The whole suite on SQLite without any server, and again on the servers within reach.

Further arguments go to pytest. With DEMAND_ALL=1 a missing server or browser is a failure.
"""

import os
import re
import shlex
import signal
import subprocess
import sys

import within_reach

SUMMARY = re.compile(r"=+ .* in [\d.]+s.* =+$")
COLOUR = re.compile(r"\x1b\[[\d;]*m")
URLS = {"PostgreSQL": "DATABASE_URL", "Redis": "REDIS_URL"}
HOW = {
    "PostgreSQL": "start it, or name one with TEST_DATABASE_URL",
    "Redis": "start it, or name one with TEST_REDIS_URL",
    "Chromium": "install it, or name it with CHROMIUM",
    "LibreOffice": "install libreoffice-writer-nogui and poppler-utils",
}


def main():
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in a background job
    found = {
        "PostgreSQL": within_reach.find_postgresql(),
        "Redis": within_reach.find_redis(),
        "Chromium": within_reach.find_browser(),
        "LibreOffice": within_reach.find_office(),
    }
    missing = [name for name, where in found.items() if not where]
    if missing and os.environ.get("DEMAND_ALL") == "1":
        sys.exit(f"DEMAND_ALL=1, but not within reach: {', '.join(missing)}.")
    results = [run_suite(names, found) for names in plan(found)]
    print("\nUsed:")
    for line, _code in results:
        print(f"  {line}")
    for name in missing:
        print(f"  not {name}: {HOW[name]}")
    sys.exit(max(code for _line, code in results))


def plan(found):
    """Which servers each run uses: first none, then all there are."""
    yield []
    if servers := [name for name in ("PostgreSQL", "Redis") if found[name]]:
        yield servers


def run_suite(names, found):
    """Run pytest; return what it used with its own summary line, and its exit code."""
    title = describe(names, found)
    print(f"\n── {title}", flush=True)
    arguments = [] if found["Chromium"] else ["-m", "not browser"]
    if "-n" not in sys.argv:
        # One more than there are cores: some wait for processes, a browser or the database.
        arguments += ["-n", str((os.cpu_count() or 1) + 1)]
    if "--dist" not in sys.argv:
        arguments += ["--dist", "loadgroup"]  # those who share what is made once, in one worker
    summary, code = run_pytest([*arguments, *sys.argv[1:]], environment(names, found))
    return f"{title}: {summary}", code


def describe(names, found):
    database = "PostgreSQL" if "PostgreSQL" in names else "SQLite"
    broker = "Redis" if "Redis" in names else "folder as broker"
    browser = "Chromium" if found["Chromium"] else "no browser tests"
    return f"{database}, {broker}, {browser}"


def environment(names, found):
    env = {name: value for name, value in os.environ.items() if name not in URLS.values()}
    env |= {URLS[name]: found[name] for name in names}
    env["TEST_DATABASE"] = "postgresql" if "PostgreSQL" in names else "sqlite"
    if found["Chromium"]:
        env["CHROMIUM"] = found["Chromium"]
    return env


def run_pytest(arguments, env):
    command = [sys.executable, "-m", "pytest", "-p", "tests.own_redis", *arguments]
    if sys.stdout.isatty():
        command.append("--color=yes")
    print("$", shlex.join(command[1:]), flush=True)
    summary = "pytest ended without a summary"
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as process:
        try:
            for line in process.stdout:
                print(line, end="", flush=True)
                if SUMMARY.match(plain := COLOUR.sub("", line).rstrip()):
                    summary = plain.strip("= ")
        except SystemExit:
            process.send_signal(signal.SIGINT)  # pytest then still tidies up
            raise
    return summary, process.returncode


if __name__ == "__main__":
    main()

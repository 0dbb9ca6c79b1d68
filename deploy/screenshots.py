"""The main pages of a throw-away portal with demo data, at two widths, into var/screenshots."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright

import within_reach

OUT = Path("var/screenshots")
WIDTHS = {1440: 900, 390: 844}
PAGES = {
    "anybody": ["/account/login/"],
    "staff": [
        "/",
        "/members/organizations/",
        "/members/units/",
        "/members/units/coverage/",
        "/members/absences/",
        "/members/people/",
        "/members/imports/",
        "/members/posts/",
        "/members/terms/",
        "/members/terms/picture/",
        "/members/activities/",
        "/alliance/groups/",
        "/alliance/picture/",
        "/alliance/units/",
        "/alliance/charter/",
        "/alliance/rota/",
        "/alliance/rota/fairness/",
        "/alliance/rota/year/",
        "/alliance/rota/picture/",
        "/alliance/swaps/",
        "/alliance/handovers/",
        "/alliance/measures/",
        "/alliance/measures/board/",
        "/alliance/measures/statement/",
        "/alliance/meetings/",
        "/alliance/calendar/",
        "/alliance/calendar/?view=list",
        "/alliance/meetings/figures/",
        "/alliance/bulletin/",
        "/services/needs/",
        "/services/resources/",
        "/services/projects/",
        "/admin/",
    ],
    "secretary": [
        "/",
        "/inbox/",
        "/members/activities/create/",
        "/services/needs/",
        "/services/needs/create/",
    ],
    "unit": ["/", "/services/needs/"],
    "leader": ["/"],
}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
]


@contextmanager
def portal():
    """The address and the demo accounts of a portal whose state is gone afterwards."""
    with TemporaryDirectory() as state:
        Path(state, "vendor").symlink_to(Path("var/vendor").resolve())
        port = free_port()
        env = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "REDIS_URL", "DEMO")
        } | {"VAR_DIR": state, "PORT": str(port)}
        command = [sys.executable, "deploy/up.py"]
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) as running:
            try:
                wait_for("The portal is at", running.stdout)
                yield f"http://127.0.0.1:{port}", read_accounts(state)
            finally:
                running.terminate()
                running.stdout.read()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(words, lines):
    for line in lines:
        print(line, end="")
        if words in line:
            return
    sys.exit("The portal did not start.")


def read_accounts(state):
    accounts = json.loads(Path(state, "demo-accounts.json").read_text(encoding="utf-8"))
    return {account["persona"]: account for account in accounts}


def sign_in(page, account):
    page.goto("/account/login/")
    page.fill("[name=login]", account["username"])
    page.fill("[name=password]", account["password"])
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)


def shoot(page, folder, persona, path):
    """The page, and the first detail page that a list links to."""
    answer = page.goto(path)
    name = f"{persona}-{re.sub(r'[^a-z0-9]+', '-', path).strip('-') or 'home'}"
    page.screenshot(path=folder / f"{name}.png", full_page=True)
    print(f"  {answer.status} {folder.name} {name}")
    links = page.eval_on_selector_all("main a[href]", "all => all.map(a => a.getAttribute('href'))")
    detail = next((link for link in links if re.fullmatch(rf"{path}\d+/", link)), None)
    if detail and path != "/":
        page.goto(detail)
        page.screenshot(path=folder / f"{name}-detail.png", full_page=True)


def visit(browser, url, width, persona, account):
    folder = OUT / str(width)
    folder.mkdir(parents=True, exist_ok=True)
    context = browser.new_context(
        base_url=url,
        viewport={"width": width, "height": WIDTHS[width]},
        locale="zh-CN",
        timezone_id="Asia/Shanghai",
    )
    page = context.new_page()
    if account:
        sign_in(page, account)
    for path in PAGES[persona]:
        shoot(page, folder, persona, path)
    context.close()


def main():
    shutil.rmtree(OUT, ignore_errors=True)
    chromium = within_reach.find_browser()
    if not chromium:
        sys.exit("Chromium is missing: install it with `sudo apt install chromium`.")
    with portal() as (url, accounts), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for width in WIDTHS:
            for persona in PAGES:
                visit(browser, url, width, persona, accounts.get(persona))
        browser.close()


if __name__ == "__main__":
    main()

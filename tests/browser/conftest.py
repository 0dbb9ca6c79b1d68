"""A real browser on a real server: Debian's Chromium, the demo park, nothing from outside."""

import json
import os
from urllib.parse import urlsplit

import pytest
from django.db import transaction
from django.urls import reverse

from tests.portal.demo import load

CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--lang=zh-CN",
]
DESK, PHONE = (1440, 900), (390, 844)

# Playwright's synchronous interface runs an event loop in the test's own thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")


@pytest.fixture(scope="session")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture
def demo(transactional_db, settings, tmp_path, monkeypatch):
    """The demo park; answers its accounts by persona."""
    with transaction.atomic():
        load(monkeypatch, tmp_path)
    settings.VAR_DIR, settings.MEDIA_ROOT = tmp_path, tmp_path / "media"
    accounts = json.loads((tmp_path / "demo-accounts.json").read_text())
    return {account["persona"]: account for account in accounts}


@pytest.fixture
def open_as(browser, live_server, demo):
    """`open_as("staff", DESK)` is a page of a signed-in person, in a browser of its own.

    At the end the test fails if any page wrote an error to the console, broke the content
    security policy, or asked another server for anything.
    """
    faults, contexts = [], []

    def open_page(persona, size):
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            has_touch=width < 500,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda message: _note(faults, message))
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", lambda request: _stay(faults, request, live_server.url))
        page.goto(live_server.url + reverse("account_login"))
        page.fill("input[name=login]", demo[persona]["username"])
        page.fill("input[name=password]", demo[persona]["password"])
        page.click("main button[type=submit]")
        page.wait_for_url(live_server.url + "/")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


REPLACED = ("htmx:sendAbort", "htmx:afterRequest")  # a later question took the place of one


def _note(faults, message):
    if message.type == "error" and not message.text.startswith(REPLACED):
        faults.append(f"console: {message.text}")


def _stay(faults, request, home):
    there = urlsplit(request.url)
    if there.scheme in ("http", "https") and there.netloc != urlsplit(home).netloc:
        faults.append(f"left the server: {request.url}")

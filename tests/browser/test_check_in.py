"""Wu scans the chair's screen with a phone and confirms; the screen shows it by itself."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from alliance import codes
from tests.alliance.rooms import going_on, long_turn
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def meeting(cast, settings, live_server):
    settings.SITE_URL = live_server.url
    cast.wu.set_password("wu-lai-kai-hui-2026")
    cast.wu.save()
    return going_on(long_turn(cast))


@pytest.fixture
def open_page(browser, live_server):
    """A page in a browser of its own; at the end nothing was an error and all of it fitted."""
    faults, contexts = [], []

    def opened(size, user=None):
        width, height = size
        context = browser.new_context(
            viewport={"width": width, "height": height}, has_touch=width < 500, locale="zh-CN"
        )
        contexts.append(context)
        if user is not None:
            client = Client()
            client.force_login(user)
            session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
            context.add_cookies([session | {"url": live_server.url}])
        page = context.new_page()
        page.set_default_timeout(15_000)
        page.on("console", lambda told: told.type == "error" and faults.append(told.text))
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def fits(page):
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def test_scanned_signed_in_confirmed_and_seen_on_the_screen(open_page, live_server, cast, meeting):
    screen = open_page((1920, 1080), cast.lin)
    screen.goto(live_server.url + reverse("alliance:meeting-screen", args=[meeting.pk]))
    expect(screen.locator(".screen-picture img")).to_be_visible()
    expect(screen.locator(".screen-number")).to_have_text("0 / 2")
    fits(screen)

    phone = open_page(PHONE)
    phone.goto(codes.address(meeting))
    assert urlsplit(phone.url).path == reverse("account_login")
    phone.fill("input[name=login]", cast.wu.username)
    phone.fill("input[name=password]", "wu-lai-kai-hui-2026")
    phone.click("main button[type=submit]")
    phone.wait_for_url("**/alliance/check-in/")
    fits(phone)
    assert meeting.title in phone.locator("main").inner_text()
    phone.get_by_role("button", name="确认签到").click()
    expect(phone.get_by_role("heading", name="已签到")).to_be_visible()
    fits(phone)

    expect(screen.locator(".screen-number")).to_have_text("1 / 2", timeout=12_000)
    expect(screen.locator(".screen-latest")).to_contain_text("wu公司")
    screen.get_by_role("button", name="lin公司").click()
    expect(screen.locator(".screen-number")).to_have_text("2 / 2")


def test_typing_a_vote_and_a_resolution_loses_neither(open_page, live_server, cast, meeting):
    for size in (DESK, PHONE):
        page = open_page(size, cast.lin)
        page.goto(live_server.url + reverse("alliance:meeting-room", args=[meeting.pk]))
        item = page.locator(".room-item").nth(1)
        item.get_by_role("link", name="记表决").click()
        item.locator("[name=in_favour]").fill("1")
        item.get_by_role("link", name="记议定事项").click()
        item.locator("[name=text]").fill(f"建实验室{size[0]}")
        fits(page)
        item.locator("[name=unit]").select_option(label="wu公司")
        item.locator("label", has_text="14 天").click()
        item.get_by_role("button", name="保存议定事项").click()
        expect(item.locator(".room-text", has_text=f"建实验室{size[0]}")).to_be_visible()
        expect(item.locator("[name=in_favour]")).to_have_value("1")  # still being typed
        fits(page)

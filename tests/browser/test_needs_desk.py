"""The office's desk by keyboard, and without JavaScript at all."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from services.models import Need
from tests import make
from tests.browser.conftest import DESK

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PAGE = reverse("services:needs-desk")
TITLE = "用键盘派出"
QUEUE = f"{PAGE}?queue=dispatch&q={TITLE}"


def two_to_dispatch():
    """Only the office can see them, so nobody will take them."""
    waiting = Need.objects.filter(status="submitted").first()
    unit = waiting.unit
    return [make.need(unit, "published", audience="office", title=TITLE) for _ in range(2)]


def test_the_desk_is_worked_by_keyboard(open_as, live_server):
    page = open_as("staff", DESK)
    two_to_dispatch()
    page.goto(live_server.url + QUEUE)
    links = page.locator("[data-open]")
    page.keyboard.press("j")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("j")
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("j")  # the last one stays
    expect(links.nth(1)).to_be_focused()
    page.keyboard.press("k")
    expect(links.nth(0)).to_be_focused()
    page.keyboard.press("x")
    expect(page.locator("[data-tick]").nth(0)).to_be_checked()
    expect(page.locator("[data-ticked]")).to_have_text("（1）")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("/")
    search = page.locator(".filters input[type=search]")
    expect(search).to_be_focused()
    page.keyboard.press("End")
    page.keyboard.type("jx?")  # letters are letters where one types
    expect(search).to_have_value(f"{TITLE}jx?")
    expect(page.locator("#keys")).to_be_hidden()


def test_ticked_ones_are_dispatched_by_keyboard(open_as, live_server):
    page = open_as("staff", DESK)
    needs = two_to_dispatch()
    page.goto(live_server.url + QUEUE)
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("j")
    page.keyboard.press("x")
    page.keyboard.press("d")
    page.wait_for_url("**/desk/dispatch/")
    assert page.locator("input[name=need]").count() == 2
    page.select_option("#id_unit", index=1)
    page.click("main form.dispatch button.btn-primary")
    expect(page.locator("main")).to_contain_text("将派给")
    page.click("button[name=confirm]")
    expect(page.locator("[data-outcome=done]")).to_have_count(2)
    assert set(Need.objects.filter(pk__in=[need.pk for need in needs]).values_list("status")) == {
        ("dispatched",)
    }


def test_a_row_is_opened_and_reviewed_by_keyboard(open_as, live_server):
    page = open_as("staff", DESK)
    page.goto(live_server.url + PAGE + "?queue=review")
    page.keyboard.press("j")
    page.keyboard.press("r")
    page.wait_for_url("**?do=publish#step")
    page.goto(live_server.url + PAGE + "?queue=review")
    page.keyboard.press("j")
    page.keyboard.press("o")
    page.wait_for_url("**/services/needs/*/")


def test_without_javascript_everything_is_a_link_or_a_button(browser, live_server, demo):
    needs = two_to_dispatch()
    context = browser.new_context(
        java_script_enabled=False, locale="zh-CN", viewport={"width": 1440, "height": 900}
    )
    page = context.new_page()
    page.goto(live_server.url + reverse("account_login"))
    page.fill("input[name=login]", demo["staff"]["username"])
    page.fill("input[name=password]", demo["staff"]["password"])
    page.click("main button[type=submit]")
    page.wait_for_url(live_server.url + "/")
    page.goto(live_server.url + QUEUE)
    page.click("text=快捷键")
    expect(page.locator("#keys")).to_be_visible()
    page.click("#keys button")
    for tick in page.locator("[data-tick]").all():
        tick.check()
    page.click(".bulk button")
    page.select_option("#id_unit", index=1)
    page.click("main form.dispatch button.btn-primary")
    page.click("button[name=confirm]")
    expect(page.locator("[data-outcome=done]")).to_have_count(len(needs))
    context.close()

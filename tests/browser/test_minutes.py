"""Lin takes minutes on a phone: what was typed is saved by itself, to the last word."""

import pytest
from django.test import Client
from playwright.sync_api import expect

from alliance import minuting
from alliance.models import Minutes
from tests import make
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def minutes(cast):
    return make.minutes(make.held_meeting(cast.group), "published", by=None)


@pytest.fixture
def page(browser, live_server, cast, minutes):
    client = Client()
    client.force_login(cast.lin)
    width, height = PHONE
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([session | {"url": live_server.url}])
    page = context.new_page()
    page.clock.install()
    page.goto(live_server.url + minutes.get_absolute_url())
    yield page
    context.close()


def test_a_correction_is_saved_by_itself_as_far_as_it_was_typed(page, minutes):
    page.locator("#correct > summary").click()
    page.locator("#correct [name=reason]").fill("一处数目写错")
    page.locator("#correct button[type=submit]").click()
    later = Minutes.objects.get(version=2)
    area = page.get_by_label("会议概况")
    area.fill("")
    for words in ("会议听取了", "三项通报，", "讨论了一件事。"):
        area.press_sequentially(words)
        page.clock.run_for(2000)  # not long enough for a pause
    page.clock.run_for(1500)
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    later.refresh_from_db()
    assert minuting.texts(later)["opening"] == "会议听取了三项通报，讨论了一件事。"
    for _number in range(12):  # without a pause
        area.press_sequentially("又")
        page.clock.run_for(2000)
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    expect(page.locator("form.minutes-form.htmx-request")).to_have_count(0)
    later.refresh_from_db()
    assert minuting.texts(later)["opening"].count("又") >= 9
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_text("纪要已保存。")).to_be_visible()
    line = page.locator(".alert span", has_text="仍然有效")
    expect(line).to_have_text("这是正在办理的更正。印发之前，第 1 版仍然有效。")

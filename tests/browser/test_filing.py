"""A secretary files from a phone, and nothing that was typed gets lost on the way."""

import pytest
from playwright.sync_api import expect

from services.models import Need, NeedDraft
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TITLE, CONTENT = "急需两名污水处理技术员", "三月底前到岗，待遇面议"
MOST_TAPS = 12


class Thumb:
    """Counts what a person does."""

    def __init__(self, page):
        self.page, self.taps = page, 0

    def tap(self, where):
        self.taps += 1
        self.page.locator(where).first.tap()

    def type(self, where, text):
        self.tap(where)
        self.page.keyboard.type(text)


def create(page, live_server):
    page.goto(f"{live_server.url}/services/needs/create/")


def category(page, value):
    page.locator(f"input[name=category][value={value}]").check()


def test_filing_takes_few_taps(open_as, live_server):
    page = open_as("secretary", PHONE)
    before = Need.objects.count()
    thumb = Thumb(page)
    thumb.tap('.bottom-bar a[href$="/services/needs/mine/"]')
    thumb.tap('main a[href$="/services/needs/create/"]')
    thumb.tap("label:has(input[name=category][value=staff]), label[for=id_category_1]")
    thumb.type("#id_title", TITLE)
    thumb.type("#id_content", CONTENT)
    thumb.tap(".form-buttons button[type=submit]")
    expect(page.locator("h1")).to_contain_text(TITLE)
    assert Need.objects.count() == before + 1
    assert thumb.taps <= MOST_TAPS
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE[0]


def quiet(page):
    """Another tab of the same person, whose console may complain that there is no network."""
    tab = page.context.new_page()
    tab.set_default_timeout(15_000)
    return tab


def test_what_was_typed_offline_in_a_tab_that_closed_is_there_again(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    context = page.context
    create(page, live_server)
    context.set_offline(True)
    category(page, "staff")
    page.fill("#id_title", TITLE)
    page.fill("#id_contact_phone", "13800009876")
    page.fill("#id_content", CONTENT)
    expect(page.locator("#draft")).to_contain_text("已存在本机")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert TITLE in kept and "13800009876" not in kept
    page.close()
    context.set_offline(False)
    again = context.new_page()
    create(again, live_server)
    expect(again.locator("#id_title")).to_have_value(TITLE)
    expect(again.locator("#id_content")).to_have_value(CONTENT)
    expect(again.locator(".draft-note")).to_be_visible()
    again.click(".form-buttons button[type=submit]")
    expect(again.locator("h1")).to_contain_text(TITLE)
    assert "draft:need" not in again.evaluate("Object.keys(localStorage).join()")
    create(again, live_server)
    expect(again.locator("#id_title")).to_have_value("")


def test_a_draft_is_kept_as_soon_as_the_network_is_back(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    create(page, live_server)
    page.context.set_offline(True)
    page.fill("#id_title", TITLE)
    expect(page.locator("#draft")).to_contain_text("已存在本机")
    page.context.set_offline(False)
    expect(page.locator("#draft")).to_contain_text("草稿已保存")
    assert NeedDraft.objects.get().typed["title"] == TITLE


def test_a_draft_of_the_server_is_gone_on_with_elsewhere(open_as, live_server):
    page = open_as("secretary", PHONE)
    create(page, live_server)
    page.fill("#id_title", TITLE)
    page.fill("#id_content", CONTENT)
    expect(page.locator("#draft")).to_contain_text("草稿已保存")
    assert NeedDraft.objects.get().typed["title"] == TITLE
    page = open_as("secretary", PHONE)  # another telephone
    create(page, live_server)
    page.click(f"text={TITLE}")
    expect(page.locator("#id_content")).to_have_value(CONTENT)
    category(page, "staff")
    page.click(".form-buttons button[type=submit]")
    expect(page.locator("h1")).to_contain_text(TITLE)
    assert not NeedDraft.objects.exists()


def test_signing_out_leaves_nothing_typed_in_the_browser(open_as, live_server):
    page = open_as("secretary", PHONE)
    create(page, live_server)
    page.fill("#id_title", TITLE)
    page.wait_for_timeout(600)
    assert TITLE in page.evaluate("JSON.stringify(localStorage)")
    with page.expect_navigation():
        page.evaluate("document.querySelector('[data-forget-drafts]').requestSubmit()")
    assert "draft:" not in page.evaluate("Object.keys(localStorage).join()")


def test_an_answer_that_solves_it_leads_back_without_filing(open_as, live_server):
    page = open_as("secretary", PHONE)
    before = Need.objects.count()
    create(page, live_server)
    page.fill("#id_title", "急招技术员")
    line = page.locator("#similar summary", has_text="急招技术员可以找谁")
    line.click()
    page.click("button[name=solved]")
    expect(page.locator("h1")).to_contain_text("急招技术员可以找谁")
    assert Need.objects.count() == before
    create(page, live_server)
    expect(page.locator("#id_title")).to_have_value("")

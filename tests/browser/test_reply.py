"""Wu answers an invitation on a phone and thinks better of it."""

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import expect

from tests import make
from tests.browser.conftest import PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def page(browser, live_server, cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    row = meeting.invitations.get(seat__unit=cast.wu_unit)
    client = Client()
    client.force_login(cast.wu)
    width, height = PHONE
    context = browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    session = {"name": "sessionid", "value": client.cookies["sessionid"].value}
    context.add_cookies([session | {"url": live_server.url}])
    page = context.new_page()
    page.goto(live_server.url + reverse("alliance:invitation-reply", args=[row.pk]))
    yield page
    context.close()


def test_what_is_missing_for_a_leave_is_not_said_of_a_substitute(page):
    words = page.get_by_text("请写明请假原因。")
    page.get_by_label("请假").check()
    page.get_by_role("button", name="提交回复").click()
    expect(words).to_have_count(2)
    for each in words.all():
        expect(each).to_be_visible()
    page.get_by_label("请人代会").check()
    for each in words.all():
        expect(each).to_be_hidden()
    page.get_by_label("请假").check()
    for each in words.all():
        expect(each).to_be_visible()
    page.get_by_label("请人代会").check()
    page.get_by_label("代会人", exact=True).fill("郑")
    page.get_by_label("代会人职务").fill("副书记")
    page.get_by_label("代会权限").select_option("full")
    page.get_by_role("button", name="提交回复").click()
    expect(page.get_by_text("代会").first).to_be_visible()
    expect(words).to_have_count(0)

"""A secretary logs an activity with a thumb in under a minute, and loses nothing on the way."""

import io
import re
import time

import pytest
from django.conf import settings
from PIL import Image
from playwright.sync_api import expect

from members.models import Activity, ActivityPhoto, Attendance
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_filing import Thumb, quiet

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TEXT = "参观廉政文化基地，交流学习体会"
SUBMIT, RECORD = ".form-buttons .btn-primary", re.compile(r"/activities/\d+/$")
MOST_TAPS, MOST_SECONDS = 12, 60


def photo(name="现场.jpg", colour="#B5121B"):
    data = io.BytesIO()
    Image.new("RGB", (640, 480), colour).save(data, "JPEG")
    return {"name": name, "mimeType": "image/jpeg", "buffer": data.getvalue()}


def create(page, live_server):
    page.goto(f"{live_server.url}/members/activities/create/")


def photos_in(page):
    return page.locator("[data-photo-lines] img")


def test_an_activity_with_a_photo_takes_few_taps_and_less_than_a_minute(open_as, live_server):
    page = open_as("secretary", PHONE)
    before = Activity.objects.standing().count()
    thumb, begun = Thumb(page), time.monotonic()
    thumb.tap('.bottom-bar a[href$="/members/activities/create/"]')
    thumb.tap(".kind-chip >> text=主题党日")
    away = page.locator(".person-tap[data-presence=present]").nth(2)
    name = away.locator("span").inner_text()
    thumb.tap(f".person-tap:has-text('{name}')")
    thumb.type(".person:has(.person-tap[data-presence=leave]) .person-reason", "出差")
    thumb.type("#id_text", TEXT)
    with page.expect_file_chooser() as chooser:
        thumb.tap("label[for=id_photos]")
    thumb.taps += 2  # the picture in the album, and its button
    chooser.value.set_files([photo()])
    thumb.tap(SUBMIT)
    page.wait_for_url(RECORD)
    seconds = time.monotonic() - begun
    assert TEXT in page.locator("main").inner_text()
    assert Activity.objects.standing().count() == before + 1
    activity = Activity.objects.standing().latest("pk")
    assert (activity.photos.count(), activity.is_late) == (1, False)
    assert activity.attendances.get(presence=Attendance.Presence.LEAVE).reason == "出差"
    assert thumb.taps <= MOST_TAPS, thumb.taps
    assert seconds <= MOST_SECONDS, seconds
    assert not Activity.objects.filter(status="draft", logged_by=activity.logged_by).exists()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out_and_every_place_to_touch_is_large(open_as, live_server, size):
    page = open_as("secretary", size)
    create(page, live_server)
    for fold in page.locator(".activity-form details.fold").all():
        fold.evaluate("each => { each.open = true; }")
    page.set_input_files("#id_photos", [photo()])
    expect(photos_in(page)).to_have_count(1)
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    if size == PHONE:
        small = page.evaluate(
            """() => [...document.querySelectorAll(".activity-form :is(button, .kind-chip, .btn)")]
              .filter((each) => each.offsetParent && each.offsetHeight < 44)
              .map((each) => each.outerHTML)"""
        )
        assert small == []


def test_what_was_written_offline_in_a_page_that_closed_is_there_again(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    context = page.context
    create(page, live_server)
    context.set_offline(True)
    page.fill("#id_text", TEXT)
    page.locator(".person-tap[data-presence=present]").nth(1).tap()
    page.locator(".person-reason:visible").fill("住院")
    expect(page.locator("#draft-state")).to_contain_text("没有网络")
    page.locator(SUBMIT).tap()
    expect(page.locator("#draft-state")).to_contain_text("还不能提交")
    assert "住院" in page.evaluate("JSON.stringify(localStorage)")
    page.close()
    context.set_offline(False)
    again = quiet(context.pages[0])
    create(again, live_server)
    expect(again.locator("#id_text")).to_have_value(TEXT)
    expect(again.locator(".person-reason:visible")).to_have_value("住院")
    expect(again.locator("#draft-state")).to_contain_text("草稿已保存")
    draft = Activity.objects.get(status="draft", text=TEXT)
    again.locator(SUBMIT).tap()
    again.wait_for_url(RECORD)
    draft.refresh_from_db()
    assert draft.status == Activity.Status.SUBMITTED
    assert draft.attendances.get(presence="leave").reason == "住院"
    assert "draft:activity" not in again.evaluate("Object.keys(localStorage).join()")


def test_an_expired_session_costs_nothing_not_even_a_photo(open_as, live_server, demo):
    page = quiet(open_as("secretary", PHONE))
    create(page, live_server)
    page.set_input_files("#id_photos", [photo()])
    expect(photos_in(page)).to_have_count(1)
    page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    page.fill("#id_text", TEXT)
    page.get_by_role("link", name="重新登录后继续").tap()
    page.fill("input[name=login]", demo["secretary"]["username"])
    page.fill("input[name=password]", demo["secretary"]["password"])
    page.locator("main button[type=submit]").tap()
    page.wait_for_url("**/edit/")
    expect(page.locator("#id_text")).to_have_value(TEXT)
    expect(photos_in(page)).to_have_count(1)
    expect(page.locator("#draft-state")).to_contain_text("草稿已保存")
    page.locator(SUBMIT).tap()
    page.wait_for_url(RECORD)
    assert Activity.objects.get(text=TEXT).photos.count() == 1


def test_a_photo_that_did_not_get_through_is_sent_again(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    create(page, live_server)
    page.fill("#id_text", TEXT)
    expect(page.locator("#draft-state")).to_contain_text("草稿已保存")
    page.context.set_offline(True)
    page.set_input_files("#id_photos", [photo("一.jpg"), photo("二.jpg", "#2F7D4F")])
    expect(page.locator(".is-failed")).to_have_count(2)
    expect(page.locator(".is-failed").first).to_contain_text("没有传上去")
    page.context.set_offline(False)
    expect(photos_in(page)).to_have_count(2)
    page.locator("[name^=caption-]").nth(1).fill("合影")
    page.locator("[data-up]").nth(1).tap()
    expect(page.locator("[name^=caption-]").first).to_have_value("合影")
    page.locator(SUBMIT).tap()
    page.wait_for_url(RECORD)
    photos = ActivityPhoto.objects.filter(activity__text=TEXT)
    assert list(photos.values_list("caption", flat=True)) == ["合影", ""]


WAITING = ".activity-photos [data-waiting]"


def waiting(page):
    """How many files this browser keeps."""
    return page.evaluate(
        """() => new Promise((resolve) => {
            const request = indexedDB.open("drafts", 1);
            request.onupgradeneeded = () => request.transaction.abort();
            request.onerror = () => resolve(0);
            request.onsuccess = () => {
                const rows = request.result.transaction("files").objectStore("files").count();
                rows.onsuccess = () => { request.result.close(); resolve(rows.result); };
            };
        })"""
    )


def choose_offline(page, live_server, *chosen):
    create(page, live_server)
    page.context.set_offline(True)
    page.set_input_files("#id_photos", list(chosen))
    expect(page.locator(".is-failed")).to_have_count(len(chosen))
    expect(page.locator(WAITING)).to_contain_text(f"{len(chosen)} 张照片或附件等待上传")
    expect(page.locator(WAITING)).to_contain_text("已存在这台设备上")


def test_photos_chosen_offline_in_a_page_that_closed_go_up_later(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    context = page.context
    choose_offline(page, live_server, photo("一.jpg"), photo("二.jpg", "#2F7D4F"))
    page.close()
    context.set_offline(False)
    again = quiet(context.pages[0])
    create(again, live_server)
    expect(again.locator(".draft-note")).to_contain_text("已恢复")
    expect(photos_in(again)).to_have_count(2)
    expect(again.locator(WAITING)).to_be_hidden()
    again.fill("#id_text", TEXT)
    expect(again.locator("#draft-state")).to_contain_text("草稿已保存")
    assert waiting(again) == 0
    again.locator(SUBMIT).tap()
    again.wait_for_url(RECORD)
    assert Activity.objects.get(text=TEXT).photos.count() == 2
    create(again, live_server)
    expect(again.locator(".draft-note")).to_have_count(0)


def test_a_draft_in_the_list_says_what_waits_and_goes_with_its_photos(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    context = page.context
    create(page, live_server)
    page.fill("#id_text", TEXT)
    expect(page.locator("#draft-state")).to_contain_text("草稿已保存")
    draft = Activity.objects.get(text=TEXT)
    context.set_offline(True)
    page.set_input_files("#id_photos", [photo()])
    expect(page.locator(WAITING)).to_contain_text("1 张照片或附件等待上传")
    page.close()
    context.set_offline(False)
    again = quiet(context.pages[0])
    again.goto(f"{live_server.url}/members/activities/")
    line = again.locator(f"[data-draft-line='{draft.pk}']")
    expect(line).to_contain_text("1 张照片或附件等待上传")
    line.locator("summary, button").first.tap()
    line.locator("button[type=submit]").last.tap()
    expect(again.locator("#messages")).to_contain_text("已删除草稿")
    assert waiting(again) == 0


def test_what_is_not_wanted_is_gone_from_this_device(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    context = page.context
    choose_offline(page, live_server, photo())
    page.locator(".is-failed button", has_text="去掉").tap()
    expect(page.locator(WAITING)).to_be_hidden()
    assert waiting(page) == 0
    page.set_input_files("#id_photos", [photo()])
    expect(page.locator(WAITING)).to_contain_text("1 张照片")
    assert waiting(page) == 1
    page.close()
    again = quiet(context.pages[0])
    context.set_offline(False)
    again.route("**/photos/add/", lambda route: route.abort())
    create(again, live_server)
    again.locator(".draft-note button").tap()
    expect(again.locator(".draft-note")).to_have_count(0)
    assert waiting(again) == 0


def test_signing_out_leaves_no_photo_on_a_shared_device(open_as, live_server):
    page = quiet(open_as("secretary", PHONE))
    choose_offline(page, live_server, photo())
    assert waiting(page) == 1
    page.context.set_offline(False)
    page.route("**/photos/add/", lambda route: route.abort())
    page.goto(f"{live_server.url}/account/logout/")
    page.locator("main [data-forget-drafts] button[type=submit]").tap()
    page.wait_for_url("**/account/login/**")
    assert waiting(page) == 0


def test_the_second_of_two_phones_is_told_and_keeps_what_it_wrote(open_as, live_server):
    one = open_as("secretary", PHONE)
    create(one, live_server)
    one.fill("#id_text", TEXT)
    expect(one.locator("#draft-state")).to_contain_text("草稿已保存")
    two = quiet(open_as("secretary", PHONE))
    create(two, live_server)
    two.get_by_role("link", name="继续填写").first.tap()
    expect(two.locator("#id_text")).to_have_value(TEXT)
    one.fill("#id_place", "三号车间")
    expect(one.locator("#draft-state")).to_contain_text("草稿已保存")
    expect(one.locator("[name=revision]")).not_to_have_value(two.input_value("[name=revision]"))
    two.fill("#id_title", "第二台手机写的主题")
    expect(two.locator("#draft-state")).to_contain_text("刚在别处改过")
    two.get_by_role("link", name="重新打开后继续").tap()
    expect(two.locator("#id_place")).to_have_value("三号车间")
    expect(two.locator("#id_title")).to_have_value("第二台手机写的主题")
    expect(two.locator("#draft-state")).to_contain_text("草稿已保存")
    assert Activity.objects.get(text=TEXT).title == "第二台手机写的主题"

"""One quarter of the alliance, by real accounts in a browser, at a desk and on a phone."""

import io

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import expect

from nanchuan.kernel import calendar
from nanchuan.notices.models import Notice
from nanchuan.notices.tasks import send_mail, tick
from nanchuan.portal.figures import count
from services.models import Need
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FIGURES = {
    "organizations": 48,
    "committees": 2,
    "general_branches": 1,
    "branches": 45,
    "members": 755,
    "groups": 3,
    "enterprises": 9,
    "needs_collected": 26,
    "projects_matched": 26,
    "needs_solved": 22,
}
LOOP = ("needs_collected", "projects_matched", "needs_solved")


def loop_figures():
    values = count()
    return tuple(values[key] for key in LOOP)


def run_worker():
    tick()
    send_mail()


def inbox(page, live_server):
    page.goto(live_server.url + "/inbox/")
    return page.locator("main").inner_text()


def fits(page):
    """Nothing sticks out at the side."""
    width = page.viewport_size["width"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url


def photo():
    data = io.BytesIO()
    Image.new("RGB", (640, 480), "#B5121B").save(data, "JPEG")
    return {"name": "现场.jpg", "mimeType": "image/jpeg", "buffer": data.getvalue()}


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_one_quarter_of_the_alliance(open_as, live_server, size, mailoutbox):
    """In one go, because the park takes longer to load than its pages."""
    the_home_page_shows_the_park_and_opens_each_list(open_as, live_server, size)
    an_activity_is_logged_with_a_photo(open_as, live_server, size)
    a_need_is_filed_accepted_matched_solved_and_rated(open_as, live_server, size)
    a_meeting_is_convened_moved_and_cancelled(open_as, live_server, size, mailoutbox)
    the_main_pages_have_no_barrier(open_as, live_server, size)
    the_admin_site_keeps_the_content_policy(open_as, live_server, size)


def the_home_page_shows_the_park_and_opens_each_list(open_as, live_server, size):
    page = open_as("staff", size)
    for key, number in FIGURES.items():
        page.goto(live_server.url)
        figure = page.locator(f"[data-figure={key}]")
        assert figure.inner_text() == str(number)
        figure.click()
        page.wait_for_load_state()
        assert page.locator("[data-count]").first.get_attribute("data-count") == str(number), key
        fits(page)


def a_meeting_is_convened_moved_and_cancelled(open_as, live_server, size, mailoutbox):
    lead = open_as("lead", size)
    lead.goto(live_server.url + "/alliance/rota/")
    assert "圣源地毯" in lead.locator(".turn-now").first.inner_text()
    lead.goto(live_server.url + "/alliance/meetings/create/")
    starts_at = calendar.working_days_after(timezone.localdate(), 9)
    lead.fill("[name=title]", "用工协调会")
    lead.fill("[name=starts_at]", f"{starts_at:%Y-%m-%d}T14:00")
    lead.fill("[name=ends_at]", f"{starts_at:%Y-%m-%d}T16:00")
    lead.fill("[name=place]", "二号会议室")
    lead.fill("[name=agenda]", "交流用工情况\n商定联合招聘")
    lead.get_by_role("button", name="召集会议").click()
    lead.wait_for_url("**/alliance/meetings/*/")
    meeting_url = lead.url
    fits(lead)

    secretary = open_as("secretary", size)
    run_worker()
    assert "会议通知：用工协调会" in inbox(secretary, live_server)
    fits(secretary)
    notices = [mail for mail in mailoutbox if "用工协调会" in mail.subject]
    addresses = [address for mail in notices for address in mail.to]
    assert "secretary@demo.invalid" in addresses
    assert len(addresses) == len(set(addresses))
    secretary.goto(meeting_url)
    assert secretary.get_by_role("link", name="更改时间或内容").count() == 0
    secretary.goto(live_server.url + "/alliance/meetings/create/")
    assert "目前不在轮值" in secretary.locator("main").inner_text()

    lead.goto(meeting_url)
    lead.get_by_role("link", name="更改时间或内容").click()
    lead.fill("[name=starts_at]", f"{starts_at:%Y-%m-%d}T15:00")
    lead.fill("[name=ends_at]", f"{starts_at:%Y-%m-%d}T17:00")
    lead.get_by_role("button", name="保存更改").click()
    lead.wait_for_url(meeting_url)
    run_worker()
    assert "会议改期：用工协调会" in inbox(secretary, live_server)

    lead.get_by_role("link", name="取消会议").click()
    lead.fill("[name=reason]", "与市里会议冲突")
    lead.get_by_role("button", name="取消会议并通知各单位").click()
    lead.wait_for_load_state()
    for _each in range(2):
        run_worker()
    assert inbox(secretary, live_server).count("会议取消：用工协调会") == 1
    told = Notice.objects.filter(
        recipient__username="secretary", reminder__rule__startswith="meeting."
    )
    assert told.count() == 3


def an_activity_is_logged_with_a_photo(open_as, live_server, size):
    page = open_as("secretary", size)
    page.goto(live_server.url + "/members/activities/create/")
    page.fill("[name=title]", "“安全生产月”主题党日")
    page.fill("[name=text]", "排查车间隐患十二处，当场整改九处。")
    page.set_input_files("input[type=file]", [photo()])
    fits(page)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.locator("main .card-body.prose-text").first).to_contain_text("排查车间隐患十二处")
    image = page.locator("main img").first
    image.scroll_into_view_if_needed()  # it loads when it comes into view
    expect(image).not_to_have_js_property("naturalWidth", 0)
    fits(page)


def a_need_is_filed_accepted_matched_solved_and_rated(open_as, live_server, size):
    before = loop_figures()
    collected, matched, solved = before
    secretary, staff, unit = (open_as(who, size) for who in ("secretary", "staff", "unit"))

    secretary.goto(live_server.url + "/services/needs/create/")
    secretary.locator("label", has_text="物流").first.click()
    secretary.fill("[name=title]", "出口样品急需空运")
    secretary.fill("[name=content]", "两箱样品下周一前要到港。")
    fits(secretary)
    secretary.get_by_role("button", name="提交需求").click()
    secretary.wait_for_url("**/services/needs/*/")
    url = secretary.url
    need = Need.objects.get(title="出口样品急需空运")
    assert loop_figures() == before

    staff.goto(url)
    fits(staff)
    _press(staff, "审核发布")
    assert loop_figures() == (collected + 1, matched, solved)

    unit.goto(url)
    _press(unit, "接单")
    assert loop_figures() == (collected + 1, matched, solved)
    unit.goto(live_server.url + f"/services/needs/{need.pk}/match/")
    unit.locator("input[type=checkbox]").first.check()
    fits(unit)
    unit.get_by_role("button", name="建立项目").click()
    unit.wait_for_load_state()
    assert loop_figures() == (collected + 1, matched + 1, solved)

    project = need.projects.get()
    unit.goto(live_server.url + f"/services/projects/{project.pk}/note/")
    unit.fill("[name=text]", "已联系航空货代，周五提货。")
    unit.fill("[name=percent]", "60")
    unit.get_by_role("button", name="填写进展").click()
    unit.wait_for_load_state()
    unit.goto(url)
    unit.fill("[name=text]", "样品已空运到港。")
    _press(unit, "提交解决方案")
    assert loop_figures() == (collected + 1, matched + 1, solved)

    secretary.goto(url)
    assert "样品已空运到港" in secretary.locator("main").inner_text()
    fits(secretary)
    secretary.locator("label", has_text="非常满意").click()
    secretary.fill("[name=comment]", "很及时。")
    _press(secretary, "确认已解决并评价")
    assert loop_figures() == (collected + 1, matched + 1, solved + 1)
    need.refresh_from_db()
    assert need.solutions.get().rating == 5
    assert "很及时" in secretary.locator("main").inner_text()
    fits(secretary)


def _press(page, words):
    page.locator("main button[type=submit]", has_text=words).first.click()
    page.wait_for_load_state()


def the_main_pages_have_no_barrier(open_as, live_server, size):
    from axe_playwright_python.sync_playwright import Axe

    found = {}
    for persona, paths in {
        "staff": ("/", "/members/people/", "/services/needs/", "/alliance/rota/", "/trail/"),
        "secretary": (
            "/",
            "/members/activities/create/",
            "/services/needs/create/",
            "/alliance/meetings/",
            "/inbox/",
            "/account/",
        ),
    }.items():
        page = open_as(persona, size)
        for path in paths:
            page.goto(live_server.url + path)
            violations = Axe().run(page).response["violations"]
            if violations:
                found[f"{persona} {path}"] = [
                    (fault["id"], fault["nodes"][0]["html"][:120]) for fault in violations
                ]
    assert found == {}


def the_admin_site_keeps_the_content_policy(open_as, live_server, size):
    page = open_as("staff", size)
    for path in (
        "",
        "members/partymember/",
        "members/partymember/add/",
        "members/unit/",
        "members/organization/",
        "alliance/seat/",
        "services/resource/",
    ):
        answer = page.goto(f"{live_server.url}/admin/{path}")
        assert answer.status == 200, path

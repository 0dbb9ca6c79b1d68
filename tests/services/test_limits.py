"""The limits of a need: working days by the charter of the day on which it was filed."""

from datetime import date, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from alliance.models import Regulation
from nanchuan.portal.todo import todo
from services import limits
from services.actions import dispatching, filing, review, solving
from services.models import Need
from tests import make

pytestmark = pytest.mark.django_db
NOW = datetime.fromisoformat("2026-09-30T16:00:00+08:00")  # the day before the holiday


@pytest.fixture(autouse=True)
def the_eve_of_the_national_day(time_machine):
    time_machine.move_to(NOW, tick=False)


def charter(number=1, starts_on=date(2026, 1, 1), ends_on=None, **values):
    return Regulation.objects.create(
        text="charter",
        number=number,
        title="联盟章程",
        status="adopted",
        adopted_at=NOW,
        starts_on=starts_on,
        ends_on=ends_on,
        settings=values,
    )


def asked(need, today=None):
    """Each step's due day, status and words."""
    found = limits.limits(Need.objects.with_clock().get(pk=need.pk), today)
    return {limit.step: (limit.due_on, limit.status, limit.words) for limit in found}


def day(number, month=10):
    return date(2026, month, number)


# ── The days ────────────────────────────────────────────────────────────────────────────────


def test_the_holiday_does_not_count_and_the_make_up_saturday_does(cast):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    assert asked(need) == {
        "review": (day(8), "done", "2026-09-30 完成"),
        "accept": (day(8), "done", "2026-09-30 完成"),
        "contact": (day(10), "waiting", "还剩 3 个工作日"),
        "solve": (day(15), "waiting", "还剩 7 个工作日"),
    }


def test_a_new_need_waits_for_review_and_the_rest_has_not_begun(cast):
    need = make.need(cast.lin_unit)
    assert asked(need) == {
        "review": (day(8), "waiting", "还剩 1 个工作日"),
        "accept": (None, "draft", "发布后 1 个工作日内"),
        "contact": (None, "draft", "接单后 3 个工作日内"),
        "solve": (None, "draft", "接单后 7 个工作日内"),
    }


@pytest.mark.parametrize(
    ("today", "status", "words"),
    [
        (day(7), "waiting", "还剩 1 个工作日"),
        (day(8), "soon", "今天到期"),
        (day(9), "overdue", "逾期 1 个工作日"),
        (day(11), "overdue", "逾期 2 个工作日"),  # Saturday the tenth was a working day
        (day(12), "overdue", "逾期 3 个工作日"),
    ],
)
def test_how_a_limit_stands(cast, today, status, words):
    need = make.need(cast.lin_unit)
    assert asked(need, today)["review"] == (day(8), status, words)


def test_a_weekend_after_the_due_day_is_overdue_by_less_than_a_working_day(cast):
    need = make.need(cast.lin_unit, at=NOW + timedelta(days=15))  # due on Friday the sixteenth
    assert asked(need, day(17))["review"] == (day(16), "overdue", "逾期不足 1 个工作日")


def test_late_and_done_is_said_without_being_overdue(cast, sun):
    need = make.need(cast.lin_unit)
    review.publish(need, by=sun, at=NOW + timedelta(days=12))
    assert asked(need)["review"] == (day(8), "done", "2026-10-12 完成，晚了 3 个工作日")


def test_a_moment_after_midnight_is_the_next_day_of_the_park(cast):
    at = datetime.fromisoformat("2026-10-08T00:30:00+08:00")
    assert asked(make.need(cast.lin_unit, at=at), day(8))["review"][0] == day(9)


# ── Which clock runs ────────────────────────────────────────────────────────────────────────

RUNS = {
    "submitted": "review",
    "returned": None,
    "declined": None,
    "published": "accept",
    "accepted": "contact",
    "in_progress": "solve",
    "offered": None,
    "solved": None,
    "closed": None,
    "withdrawn": None,
}


@pytest.mark.parametrize("status", Need.Status.values)
def test_the_clock_of_each_status(cast, status):
    need = Need.objects.with_clock().get(pk=make.need(cast.lin_unit, status).pk)
    running = limits.current(need)
    assert (running and running.step) == RUNS[status]
    late = [limit.step for limit in limits.limits(need, day(30)) if limit.is_overdue]
    assert late == {"accepted": ["contact", "solve"]}.get(status, [RUNS[status]] * bool(running))


def test_what_waits_for_the_enterprise_is_not_overdue(cast, sun):
    """A returned need: its review begins anew when it is submitted again."""
    need = make.need(cast.lin_unit, "returned")
    assert asked(need, day(30))["review"][1:] == ("draft", "目前不计时")
    filing.change(need, title="补充过的", by=cast.lin, at=NOW + timedelta(days=20))
    assert asked(need, day(20))["review"] == (day(21), "waiting", "还剩 1 个工作日")


def test_a_refused_solution_runs_on_and_a_reopened_need_begins_anew(cast, sun):
    need = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit)
    solving.refuse(need, reason="没有解决", by=cast.lin, at=NOW)
    assert asked(need, day(16))["solve"] == (day(15), "overdue", "逾期 1 个工作日")
    solved = make.need(cast.lin_unit, "closed", taken_by=cast.wu_unit)
    assert asked(solved)["solve"][1] == "done"
    solving.reopen(solved, reason="又坏了", by=cast.lin, at=NOW + timedelta(days=20))
    assert asked(solved, day(20))["solve"] == (day(29), "waiting", "还剩 7 个工作日")


# ── By which charter ────────────────────────────────────────────────────────────────────────


def test_filed_before_an_amended_charter_a_need_keeps_its_limits(cast, sun):
    old = charter(1, ends_on=day(30, 9), review_days=5, solve_days=9)
    new = charter(2, starts_on=day(1), review_days=2, solve_days=20)
    before = make.need(cast.lin_unit)
    after = make.need(cast.lin_unit, at=NOW + timedelta(days=8))  # the eighth of October
    assert (before.charter, after.charter) == (old, new)
    assert asked(before)["review"][0] == day(13)
    assert asked(after)["review"][0] == day(10)
    review.publish(before, by=sun, at=NOW + timedelta(days=8))
    dispatching.accept(before, unit=cast.wu_unit, by=sun, at=NOW + timedelta(days=8))
    assert asked(before)["solve"][0] == day(20)
    page = sign_page(cast, before)
    assert "按点单时施行的《联盟章程》第 1 版计算。" in page


def sign_page(cast, need):
    from django.test import Client

    client = Client()
    client.force_login(cast.lin)
    return client.get(need.get_absolute_url()).text


def test_without_a_charter_the_defaults_hold_and_the_page_says_so(cast):
    need = make.need(cast.lin_unit)
    assert need.charter is None
    assert "点单时没有施行的联盟章程" in sign_page(cast, need)


def test_no_limit_is_longer_than_the_longest(cast):
    charter(solve_days=30, longest_days=4)
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    assert asked(need)["solve"][0] == day(12)


# ── On the pages ────────────────────────────────────────────────────────────────────────────


def test_the_page_of_a_need_shows_its_limits(sign_in, cast, sun):
    need = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    for user in (sun, cast.lin, cast.wu, cast.zhao):
        page = sign_in(user).get(need.get_absolute_url()).text
        for words in ("办理期限", "2026-10-10 周六", "还剩 3 个工作日", "2026-10-15 周四"):
            assert words in page
    assert "调休安排尚未公布" not in page


def test_the_list_says_when_the_next_step_is_due(sign_in, cast, sun, time_machine):
    make.need(cast.lin_unit)
    make.need(cast.lin_unit, "closed")
    time_machine.move_to(NOW + timedelta(days=12))
    page = sign_in(sun).get(reverse("services:need-list"))
    due = [need.limit and need.limit.words for need in page.context["object_list"]]
    assert due == ["逾期 3 个工作日", None]
    assert "逾期 3 个工作日" in page.text and "status-overdue" in page.text


def test_days_of_a_year_that_is_not_announced_say_so(sign_in, cast, sun, time_machine):
    time_machine.move_to(datetime.fromisoformat("2028-10-12T10:00:00+08:00"))
    need = make.need(cast.lin_unit)
    client = sign_in(sun)
    for url in (need.get_absolute_url(), reverse("services:need-list")):
        assert "2028年的调休安排尚未公布" in client.get(url).text


def test_the_to_do_list_says_what_is_overdue(cast, sun, time_machine):
    make.need(cast.lin_unit, title="等审核")
    make.need(cast.lin_unit, "returned", title="等补充")
    make.need(cast.lin_unit, "in_progress", taken_by=cast.wu_unit, title="在办理")
    time_machine.move_to(NOW + timedelta(days=20))

    def lines(user):
        return {item.text.split()[-1]: (item.status, item.status_text) for item in todo(user)}

    assert lines(sun)["等审核"] == ("overdue", "待审核，逾期 9 个工作日")
    assert lines(cast.wu)["在办理"] == ("overdue", "办理中，逾期 3 个工作日")
    assert lines(cast.lin)["等补充"] == ("returned", "退回补充")


def test_the_home_page_asks_as_many_questions_for_many_needs_as_for_few(sign_in, cast, sun):
    counts, client = [], sign_in(sun)
    client.get("/")
    for more in (1, 6):
        charter_of = Need.objects.count() + 1
        charter(charter_of, date(2026, 1, 1) + timedelta(days=charter_of), NOW.date())
        for _number in range(more):
            make.need(cast.lin_unit)
        with CaptureQueriesContext(connection) as queries:
            client.get("/")
        counts.append(len(queries))
    assert counts[0] == counts[1]

"""Who opens the check-up, what stands there, and what it says of others."""

import io
import uuid
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from openpyxl import load_workbook

from members.checkup import rows
from members.models import DutyRule, Exemption, Organization
from nanchuan.kernel.models import Event
from tests import make
from tests.members.test_checkup import record

pytestmark = pytest.mark.django_db
BOARD = "/members/duties/"
MOST_SQL = 15


@pytest.fixture
def last_month():
    return timezone.localdate().replace(day=1) - timedelta(days=1)


def cell_url(organization, code, day):
    return reverse("members:checkup-cell", args=[organization.pk, code, day.year, day.month])


def text(answer):
    return answer.content.decode()


def test_the_board_shows_every_branch_to_the_office(sign_in, sun, cast):
    page = text(sign_in(sun).get(BOARD))
    for name in ("lin党支部", "wu党支部", "zhao党支部", "园区党委", "主题党日", "第一议题学习"):
        assert name in page


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_leaders_and_auditors_look_but_change_nothing(sign_in, cast, role):
    client = sign_in(make.staff(role))
    assert client.get(BOARD).status_code == 200
    assert client.get(f"{BOARD}{cast.lin_branch.pk}/").status_code == 200
    assert client.get(f"{BOARD}{cast.lin_branch.pk}/exempt/").status_code == 403


def test_a_secretary_sees_the_own_branch_and_no_other(sign_in, cast):
    client = sign_in(cast.lin)
    page = text(client.get(BOARD))
    assert "lin党支部" in page
    assert "zhao党支部" not in page
    assert client.get(f"{BOARD}{cast.lin_branch.pk}/").status_code == 200
    assert client.get(f"{BOARD}{cast.zhao_branch.pk}/").status_code == 404
    assert client.get(f"{BOARD}{cast.lin_branch.pk}/exempt/").status_code == 403


def test_a_secretary_who_is_a_member_elsewhere_sees_that_branch_but_not_its_check_up(sign_in, cast):
    """Seen but not led."""
    cast.lin_member.memberships.update(organization=cast.wu_branch)
    assert sign_in(cast.lin).get(f"{BOARD}{cast.wu_branch.pk}/").status_code == 403


def test_members_and_the_administrator_have_no_board(sign_in, cast):
    member = make.member(cast.lin_branch, user=make.user())
    for user in (member.user, make.staff("admin"), make.user()):
        assert sign_in(user).get(BOARD).status_code == 403


def test_filters_leave_what_was_asked_for(sign_in, sun, cast):
    group = make.group(cast.wu_unit)
    client = sign_in(sun)
    found = lambda **query: {str(row) for row in client.get(BOARD, query).context["object_list"]}  # noqa: E731
    assert found(group=group.pk) == {"wu党支部"}
    assert found(kind="committee") == {"园区党委"}
    assert found(organization=cast.zhao_branch.pk) == {"zhao党支部"}
    assert "园区党委" not in found(duty="theme_day")
    assert "主题党日" not in text(client.get(BOARD, {"duty": "talk"})).split("<tbody>")[1]


def test_the_filter_lists_groups_of_today_and_who_sits_there_today(sign_in, sun, cast):
    """A seat that was left, a group that is over and a seat in the whole alliance count nothing."""
    yesterday = timezone.localdate() - timedelta(days=1)
    group = make.group(cast.wu_unit, cast.zhao_unit)
    group.seats.filter(unit=cast.wu_unit).update(ends_on=yesterday)
    over = make.group(cast.wu_unit, ends_on=yesterday)
    client = sign_in(sun)
    answer = client.get(BOARD, {"group": group.pk})
    assert {str(row) for row in answer.context["object_list"]} == {"zhao党支部"}
    options = [
        str(label) for _value, label in answer.context["filter"].form.fields["group"].choices
    ]
    assert str(group) in options
    assert str(over) not in options


def test_who_sees_no_group_is_offered_none(sign_in, cast):
    make.group(cast.zhao_unit)
    secretary = make.secretary(make.organization(cast.root))
    page = sign_in(secretary.user).get(BOARD)
    assert page.status_code == 200
    assert 'name="group"' not in text(page)


@pytest.mark.parametrize(
    "query",
    [
        "year=1", "year=99999999999999999999", "year=abc", "year=9999", "year=", "duty=%00",
        "organization=99999999999999999999", "group=x", "kind=x", "page=99999", "duty=none",
    ],
)  # fmt: skip
def test_nothing_typed_breaks_the_board(sign_in, sun, cast, query):
    client = sign_in(sun)
    for path in (BOARD, f"{BOARD}years/", f"{BOARD}{cast.lin_branch.pk}/"):
        assert client.get(f"{path}?{query}").status_code == 200


@pytest.mark.parametrize(
    "tail", ["theme_day/2026/13/", "theme_day/0/1/", "theme_day/10000/1/", "none/2026/1/"]
)
def test_a_cell_that_cannot_be_is_not_found(sign_in, sun, cast, tail):
    assert sign_in(sun).get(f"{BOARD}{cast.lin_branch.pk}/{tail}").status_code == 404


def test_the_export_holds_exactly_what_is_filtered(sign_in, sun, cast):
    answer = sign_in(sun).get(BOARD, {"organization": cast.lin_branch.pk, "export": "xlsx"})
    sheet = load_workbook(io.BytesIO(b"".join(answer))).worksheets[0]
    names = {row[0].value for row in sheet.iter_rows(min_row=2)}
    duties = {row[2].value for row in sheet.iter_rows(min_row=2)}
    assert names == {"lin党支部"}
    assert {"主题党日", "谈心谈话"} <= duties
    assert Event.objects.filter(name="list.exported", by=sun).exists()


def test_a_cell_names_the_records_that_meet_it(sign_in, cast, last_month):
    record(cast.lin_branch, cast.lin_member, last_month, is_late=True)
    page = text(sign_in(cast.lin).get(cell_url(cast.lin_branch, "theme_day", last_month)))
    assert "记录" in page
    assert "补录" in page
    assert "第十六条" in page


def test_a_missed_cell_offers_the_next_step_to_who_may_take_it(sign_in, cast, last_month):
    url = cell_url(cast.lin_branch, "theme_day", last_month)
    step = f"organization={cast.lin_branch.pk}&amp;kind=theme_day"
    assert step in text(sign_in(cast.lin).get(url))
    assert step not in text(sign_in(make.staff("leader")).get(url))


def test_names_stand_only_with_who_may_see_them(sign_in, cast):
    today = timezone.localdate()
    canary = make.member(cast.lin_branch, name="金丝雀")
    url = cell_url(cast.lin_branch, "talk", date(today.year, 1, 1))
    assert "金丝雀" in text(sign_in(cast.lin).get(url))
    for user in (cast.zhao, canary.user or make.user()):
        answer = sign_in(user).get(url)
        assert answer.status_code in (403, 404)
        assert "金丝雀" not in text(answer)


def test_findings_cite_and_offer_a_step(sign_in, sun, cast):
    page = text(sign_in(sun).get(f"{BOARD}{cast.lin_branch.pk}/"))
    assert "正式党员 1 名，不足 3 名" in page
    assert "第四条" in page
    assert "没有登记届次" in page
    assert f"organizations/{cast.lin_branch.pk}/merge/" in page
    assert "merge/" not in text(sign_in(cast.lin).get(f"{BOARD}{cast.lin_branch.pk}/"))


def test_seven_without_a_committee_and_nobody_in_the_lead(sign_in, sun, db):
    branch = make.organization()
    for _number in range(7):
        make.member(branch)
    page = text(sign_in(sun).get(f"{BOARD}{branch.pk}/"))
    assert "满 7 名应设支部委员会" in page
    assert "没有书记" in page


def test_an_ended_term_is_a_finding(sign_in, sun, cast):
    make.committee(cast.lin_branch, due_on=timezone.localdate() - timedelta(days=1))
    assert "尚未换届" in text(sign_in(sun).get(f"{BOARD}{cast.lin_branch.pk}/"))


def exempt(client, organization, **typed):
    today = timezone.localdate()
    facts = {
        "code": "theme_day",
        "starts_on": today.replace(day=1),
        "ends_on": today + timedelta(days=60),
        "reason": "停产检修",
        "once": uuid.uuid4(),
    }
    return client.post(f"{BOARD}{organization.pk}/exempt/", facts | typed)


def test_an_exemption_has_a_reason_and_an_end_and_shows(sign_in, sun, cast):
    client = sign_in(sun)
    assert exempt(client, cast.lin_branch).status_code == 302
    page = text(client.get(f"{BOARD}{cast.lin_branch.pk}/"))
    assert "停产检修" in page
    assert "豁免" in page
    assert Event.objects.filter(name="exemption.granted", by=sun).exists()


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"ends_on": "2020-01-01"}, "结束日期不能早于开始日期"),
        ({"ends_on": "9999-12-31"}, "最长一年"),
        ({"ends_on": ""}, "停产检修"),
        ({"code": "none"}, "停产检修"),
        ({"reason": "x\x00"}, "豁免"),
        ({"starts_on": "0001-01-01", "ends_on": "0001-01-02"}, None),
    ],
)
def test_what_was_typed_is_kept_beside_the_reason(sign_in, sun, cast, typed, words):
    answer = exempt(sign_in(sun), cast.lin_branch, **typed)
    if words is None:
        assert answer.status_code == 302
        return
    assert answer.status_code == 200
    assert words in text(answer)
    assert not Exemption.objects.exists()


def test_the_same_duty_is_not_exempted_twice(sign_in, sun, cast):
    client = sign_in(sun)
    exempt(client, cast.lin_branch)
    assert "已经豁免" in text(exempt(client, cast.lin_branch))
    assert Exemption.objects.count() == 1


def test_an_exemption_is_ended_by_the_office_once(sign_in, sun, cast):
    today = timezone.localdate()
    row = cast.lin_branch.exemptions.create(
        code="theme_day",
        reason="x",
        starts_on=today - timedelta(days=9),
        ends_on=today + timedelta(days=9),
    )
    url = reverse("members:exemption-end", args=[row.pk])
    assert sign_in(cast.lin).post(url).status_code == 403
    client = sign_in(sun)
    assert client.post(url).status_code == 302
    row.refresh_from_db()
    assert row.ends_on == today - timedelta(days=1)
    assert "已经结束" in text(client.post(url, follow=True))
    assert Event.objects.filter(name="exemption.ended").count() == 1


def revise(client, rule, **typed):
    facts = {
        "name": rule.name,
        "kinds": rule.kinds,
        "activities": rule.activities,
        "every": rule.every,
        "measure": rule.measure,
        "times": rule.times,
        "title": rule.title,
        "article": rule.article,
        "note": rule.note,
        "starts_on": timezone.localdate().replace(day=1),
        "once": uuid.uuid4(),
    }
    return client.post(reverse("members:dutyrule-revise", args=[rule.pk]), facts | typed)


def test_a_revision_says_what_it_changes_before_it_is_kept(sign_in, sun, cast, last_month):
    """Two a month from last month on: Lin's branch had one."""
    record(cast.lin_branch, cast.lin_member, last_month)
    client, rule = sign_in(sun), DutyRule.objects.get(code="theme_day")
    on = last_month.replace(day=1)
    page = revise(client, rule, times=2, starts_on=on)
    words = text(page)
    assert "lin党支部：" in words
    assert "“已完成”改为“未完成”" in words
    assert "zhao党支部：" not in words
    assert DutyRule.objects.filter(code="theme_day").count() == 1
    seal = page.context["seal"]
    assert revise(client, rule, times=2, starts_on=on, confirm=seal).status_code == 302
    first, second = DutyRule.objects.filter(code="theme_day").order_by("starts_on")
    assert first.ends_on == on - timedelta(days=1)
    assert (second.times, second.starts_on) == (2, on)
    assert Event.objects.filter(name="dutyrule.revised", by=sun).exists()
    assert "每月 2 次" in text(client.get(f"{BOARD}rules/"))


@pytest.mark.parametrize(
    "typed",
    [
        {},
        {"starts_on": "1000-01-01", "times": 3},
        {"starts_on": "x", "times": 3},
        {"activities": [], "times": 3},
        {"kinds": ["none"], "times": 3},
        {"times": 99999999999999999999},
        {"times": -1},
        {"name": ""},
    ],
)
def test_a_revision_that_cannot_be_is_refused_in_words(sign_in, sun, cast, typed):
    answer = revise(sign_in(sun), DutyRule.objects.get(code="theme_day"), **typed)
    assert answer.status_code == 200
    assert "seal" not in answer.context or not answer.context["seal"]
    assert DutyRule.objects.filter(code="theme_day").count() == 1


def test_a_revision_of_the_far_future_changes_nothing_yet(sign_in, sun, cast):
    rule = DutyRule.objects.get(code="theme_day")
    ahead = timezone.localdate().year + 1
    page = text(revise(sign_in(sun), rule, times=2, starts_on=f"{ahead}-12-31"))
    assert "没有党组织的体检结果会改变" in page
    page = text(revise(sign_in(sun), rule, times=2, starts_on="9999-12-31"))
    assert "两年以内" in page


def test_everybody_reads_the_rules_and_only_the_office_revises(sign_in, cast):
    rule = DutyRule.objects.first()
    member = make.member(cast.lin_branch, user=make.user())
    for user in (cast.lin, member.user, make.staff("leader")):
        client = sign_in(user)
        assert "第十一条" in text(client.get(f"{BOARD}rules/"))
        assert client.get(reverse("members:dutyrule-revise", args=[rule.pk])).status_code == 403


def test_this_year_stands_beside_the_last(sign_in, sun, cast):
    today = timezone.localdate()
    record(cast.lin_branch, cast.lin_member, date(today.year - 1, 2, 3))
    lines = sign_in(sun).get(f"{BOARD}years/").context["lines"]
    line = next(each for each in lines if each["name"] == "主题党日")
    assert line["before"]["met"] == 1
    assert line["now"]["met"] == 0


def test_the_branch_page_has_a_box_for_who_may_open_it(sign_in, sun, cast):
    url = reverse("members:organization-detail", args=[cast.lin_branch.pk])
    box = f"{BOARD}{cast.lin_branch.pk}/"
    assert box in text(sign_in(sun).get(url))
    member = make.member(cast.lin_branch, user=make.user())
    assert box not in text(sign_in(member.user).get(url))
    answer = sign_in(cast.lin).get(box, headers={"HX-Request": "true"})
    assert "<html" not in text(answer)
    assert "主题党日" in text(answer)


def test_the_board_asks_a_constant_number_of_questions(sign_in, sun, cast):
    client, numbers = sign_in(sun), []
    for _round in range(2):
        client.get(BOARD)
        with CaptureQueriesContext(connection) as asked:
            client.get(BOARD)
        numbers.append(len(asked))
        for _number in range(5):
            branch = make.organization(Organization.objects.get(pk=cast.root.pk))
            record(branch, make.member(branch), timezone.localdate().replace(day=1))
    assert numbers[0] == numbers[1] <= MOST_SQL


HOSTILE = """"><script>alert('1')</script>&amp;%s%%(x){0}{{ x }}\\0'; --"""


def test_a_hostile_name_stays_a_name(sign_in, sun, cast):
    """Of an organization, a duty and a filter: neither the text of a page nor a question to the
    database takes it for more."""
    Organization.objects.filter(pk=cast.lin_branch.pk).update(name=HOSTILE, short_name="")
    Organization.objects.filter(pk=cast.wu_branch.pk).update(short_name=HOSTILE[:30])
    DutyRule.objects.filter(code="theme_day").update(name=HOSTILE[:30])
    client = sign_in(sun)
    paths = (BOARD, f"{BOARD}years/", f"{BOARD}{cast.lin_branch.pk}/")
    for path in paths:
        page = text(client.get(path))
        assert "<script>alert" not in page
        assert escape(HOSTILE[:30]) in page
        assert (
            client.get(path, dict.fromkeys(("duty", "kind", "chain"), HOSTILE)).status_code == 200
        )
    assert escape(HOSTILE) in text(client.get(BOARD))


def test_a_hostile_code_is_only_looked_for(cast):
    """Codes go to the database as they are, whatever stands in them."""
    codes = [HOSTILE, "theme_day", "a,b", '"', "{", ""]
    day = timezone.localdate()
    record(cast.lin_branch, cast.lin_member, day, present=[cast.lin_member])
    year = day.replace(month=1, day=1), day
    assert len(rows.records([cast.lin_branch.pk], codes, *year)) == 1
    for months in (12, 3):
        assert len(list(rows.doings([cast.lin_member.pk], codes, months, *year))) == 1

"""A secretary plans the year from what the branch owes, and carries it out with a tap."""

import uuid
from datetime import date, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members import planning
from members.actions import plans, verifying
from members.models import Activity, ActivityKind, DutyRule, Exemption, PlannedActivity
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make, make_talk

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate


def plan_page(branch, year=None):
    return f"{reverse('members:plan-list')}?organization={branch.pk}&year={year or TODAY().year}"


def planned(branch, cast, **facts):
    defaults = {"kind": make.activity_kind(), "planned_on": TODAY()}
    return plans.add(branch, by=cast.lin, **defaults | facts)


def post(client, name, *args, **typed):
    return client.post(reverse(f"members:{name}", args=args), typed | {"once": uuid.uuid4()})


def moment(year, month, day):
    return timezone.make_aware(datetime(year, month, day, 9))  # noqa: DTZ001


NEXT_YEAR = TODAY().year + 1


def lines(branch, year=None):
    months = planning.months(branch, year or TODAY().year, drafts=True)
    return [line for month in months for line in month.lines]


def test_the_plan_of_a_year_follows_from_what_the_branch_owes(sign_in, cast):
    year = NEXT_YEAR
    answer = post(sign_in(cast.lin), "plan-propose", cast.lin_branch.pk, year, day=15)
    assert answer.url == plan_page(cast.lin_branch, year)
    rows = PlannedActivity.objects.filter(organization=cast.lin_branch)
    days = {}
    for row in rows:
        days.setdefault(row.duty, []).append(row.planned_on.month)
    assert days["theme_day"] == list(range(1, 13))
    assert days["general_meeting"] == [2, 5, 8, 11]
    assert days["organizational_life"] == days["appraisal"] == [11]
    assert not {"talk", "study_hours", "committee_meeting", "group_meeting"} & set(days)
    page = sign_in(cast.lin).get(answer.url).content.decode()
    assert "主题党日" in page and f"共 {rows.count()} 项" in page


def test_a_committee_of_three_plans_its_monthly_meetings(cast):
    for post_name in ("组织委员", "宣传委员"):
        make.post(post_name, leads=False)
        make.term(cast.lin_branch, post_name=post_name)
    wanted = planning.wanted(cast.lin_branch, TODAY().year)
    assert sum(want.duty == "committee_meeting" for want in wanted) == 12


def test_proposing_again_adds_only_what_is_missing(cast):
    year = NEXT_YEAR
    made = plans.propose(cast.lin_branch, year, day=15, by=cast.lin)
    first = PlannedActivity.objects.filter(duty="theme_day").earliest("planned_on")
    plans.change(first, by=cast.lin, planned_on=date(year, 1, 3))
    plans.drop(PlannedActivity.objects.get(duty="appraisal"), reason="并入上级", by=cast.lin)
    assert plans.propose(cast.lin_branch, year, day=8, by=cast.lin) == 0
    PlannedActivity.objects.filter(duty="theme_day", planned_on__month=6).delete()
    assert plans.propose(cast.lin_branch, year, day=8, by=cast.lin) == 1
    assert cast.lin_branch.planned_activities.count() == made
    assert Event.objects.filter(name="plan.proposed").count() == 2


def test_the_version_of_a_rule_in_force_on_the_first_day_counts(cast):
    year = TODAY().year
    rule = DutyRule.objects.get(code="theme_day")
    DutyRule.objects.filter(pk=rule.pk).update(ends_on=date(year, 6, 15))
    facts = {name: getattr(rule, name) for name in ("code", "name", "kinds", "activities", "every")}
    DutyRule.objects.create(**facts, times=2, starts_on=date(year, 6, 16))
    months = [w.month.month for w in planning.wanted(cast.lin_branch, year) if w.duty == rule.code]
    assert months == [1, 2, 3, 4, 5, 6, *(month for month in range(7, 13) for _time in "ab")]


def test_a_day_off_moves_to_the_next_working_day_of_its_month(cast):
    plans.propose(cast.lin_branch, 2026, day=1, by=cast.lin, at=moment(2026, 1, 1))
    new_year = PlannedActivity.objects.get(duty="theme_day", period=date(2026, 1, 1))
    assert new_year.planned_on == date(2026, 1, 4)  # the library knows 1–3 January as days off


def test_held_as_planned_is_one_tap_to_a_draft_and_the_second_tap_finds_it(sign_in, cast):
    row, client = planned(cast.lin_branch, cast, title="观看教育片"), sign_in(cast.lin)
    answer = client.post(reverse("members:planned-hold", args=[row.pk]))
    draft = Activity.objects.get()
    assert answer.url == reverse("members:activity-edit", args=[draft.pk])
    assert (draft.status, draft.title, draft.kind) == ("draft", "观看教育片", row.kind)
    again = client.post(reverse("members:planned-hold", args=[row.pk]))
    assert again.url == answer.url and Activity.objects.count() == 1
    (line,) = lines(cast.lin_branch)
    assert line.status == "draft"
    refused = post(client, "planned-drop", row.pk, reason="不办了")
    assert "已经按这一项开始记录" in refused.content.decode()


def test_what_was_held_as_planned_is_filled_in_as_last_time(sign_in, cast):
    last = make.activity(cast.lin_branch, host=cast.lin_member, place="二楼会议室")
    row, client = planned(cast.lin_branch, cast, kind=last.kind), sign_in(cast.lin)
    address = client.post(reverse("members:planned-hold", args=[row.pk])).url
    form = client.get(address).context["form"]
    assert (form["place"].value(), form["host"].value()) == ("二楼会议室", cast.lin_member.pk)
    assert list(form["attendance"].value()) == [cast.lin_member.pk]
    Activity.objects.filter(planned=row).update(place="礼堂")
    assert client.get(address).context["form"]["place"].value() == "礼堂"


def test_nothing_is_held_before_its_day(sign_in, cast):
    row = planned(cast.lin_branch, cast, planned_on=TODAY() + timedelta(days=1))
    answer = sign_in(cast.lin).post(reverse("members:planned-hold", args=[row.pk]), follow=True)
    assert "计划日期还没有到" in answer.content.decode()
    assert not Activity.objects.exists()


def test_a_record_of_the_kind_and_month_does_a_line_and_another_stands_besides(cast):
    starts_at = timezone.localtime() - timedelta(days=40)
    row = planned(cast.lin_branch, cast, planned_on=starts_at.date())
    host = cast.lin_member
    first = make.activity(cast.lin_branch, host=host, starts_at=starts_at, members=[host])
    second = make.activity(cast.lin_branch, host=host, starts_at=starts_at, members=[host])
    month = planning.months(cast.lin_branch, starts_at.year)[starts_at.month - 1]
    assert [(line.planned, line.record, line.status) for line in month.lines] == [
        (row, first, "done")
    ]
    assert month.besides == [second]
    verifying.withdraw(first, "记错了", by=cast.lin)
    month = planning.months(cast.lin_branch, starts_at.year)[starts_at.month - 1]
    assert month.lines[0].record == second and month.besides == []


def test_a_line_is_dropped_for_a_reason_and_comes_back(sign_in, cast):
    row, client = planned(cast.lin_branch, cast), sign_in(cast.lin)
    refused = post(client, "planned-drop", row.pk, reason=" ")
    assert "请写明为什么不开展" in refused.content.decode()
    post(client, "planned-drop", row.pk, reason="与上级合并开展")
    assert "与上级合并开展" in client.get(plan_page(cast.lin_branch)).content.decode()
    client.post(reverse("members:planned-restore", args=[row.pk]))
    (line,) = lines(cast.lin_branch)
    assert line.is_to_log


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("planned_on", "2026-02-30", "请填写真实存在的日期"),
        ("planned_on", "0001-01-01", "之间的日期"),
        ("planned_on", "9999-12-31", "之间的日期"),
        ("kind", "", "请选择活动类型"),
        ("title", "长" * 101, "100"),
        ("title", "\x00", "空字符"),
    ],
)
def test_bad_input_is_told_and_nothing_is_lost(sign_in, cast, field, value, words):
    facts = {
        "kind": make.activity_kind().pk,
        "planned_on": TODAY(),
        "title": "",
        "note": "带上党章",
    }
    answer = post(sign_in(cast.lin), "planned-create", cast.lin_branch.pk, **facts | {field: value})
    page = answer.content.decode()
    assert words in page and "带上党章" in page
    assert not PlannedActivity.objects.exists()


@pytest.mark.parametrize("day", ["0", "29", "", "1e9", "\x00", "-3"])
def test_an_impossible_day_of_the_month_makes_no_plan(sign_in, cast, day):
    answer = post(sign_in(cast.lin), "plan-propose", cast.lin_branch.pk, TODAY().year, day=day)
    assert answer.status_code == 200 and answer.context["form"].errors["day"]
    assert not PlannedActivity.objects.exists()


@pytest.mark.parametrize(
    "query", ["organization=999999999999999999999", "year=0", "year=99999", "x"]
)
def test_a_strange_address_shows_the_own_plan(sign_in, cast, query):
    page = sign_in(cast.lin).get(f"{reverse('members:plan-list')}?{query}")
    assert page.context["organization"] == cast.lin_branch


VERBS = ("planned-restore", "planned-hold")
FORMS = ("planned-edit", "planned-drop")


@pytest.mark.parametrize("name", [*VERBS, *FORMS])
def test_another_branch_finds_no_line_and_a_member_may_only_look(sign_in, cast, name):
    row = planned(cast.lin_branch, cast)
    address = reverse(f"members:{name}", args=[row.pk])
    assert sign_in(cast.wu).post(address, {"reason": "捣乱"}).status_code == 404
    member = make.member(cast.lin_branch, user=make.user())
    assert sign_in(member.user).post(address, {"reason": "捣乱"}).status_code == 403
    row.refresh_from_db()
    assert (row.dropped_because, row.activity) == ("", None)


def test_a_member_reads_the_plan_of_the_own_branch_only(sign_in, cast):
    planned(cast.lin_branch, cast, title="本支部的计划")
    member = make.member(cast.lin_branch, user=make.user())
    page = sign_in(member.user).get(plan_page(cast.lin_branch)).content.decode()
    assert "本支部的计划" in page and "按任务生成" not in page
    stranger = make.member(cast.wu_branch, user=make.user())
    assert (
        "本支部的计划"
        not in sign_in(stranger.user).get(plan_page(cast.lin_branch)).content.decode()
    )


def test_only_who_writes_it_hears_of_a_record_that_is_not_handed_in(sign_in, cast, sun):
    row = planned(cast.lin_branch, cast)
    plans.hold(row, by=cast.lin)
    member = make.member(cast.lin_branch, user=make.user())
    address = plan_page(cast.lin_branch)
    assert "草稿" in sign_in(cast.lin).get(address).content.decode()
    assert "草稿" in sign_in(sun).get(address).content.decode()
    text = sign_in(member.user).get(address).content.decode()
    assert "草稿" not in text and "就在今天" in text
    printed = planning.months(cast.lin_branch, TODAY().year)  # as in the handbook
    assert [line.words for month in printed for line in month.lines] == ["就在今天"]


def test_of_a_year_that_is_over_the_day_of_printing_does_not_count(cast):
    last_year = TODAY().year - 1
    planned(cast.lin_branch, cast, planned_on=date(last_year, 5, 10))
    assert [line.words for line in lines(cast.lin_branch, last_year)] == ["没有开展的记录"]


def test_the_page_asks_the_same_whatever_the_plan_holds(
    sign_in, cast, django_assert_max_num_queries
):
    plans.propose(cast.lin_branch, NEXT_YEAR, day=15, by=cast.lin)
    client = sign_in(cast.lin)
    address = plan_page(cast.lin_branch, NEXT_YEAR)
    assert "主题党日" in client.get(address).content.decode()
    with django_assert_max_num_queries(12):
        client.get(address)


def test_a_line_outside_the_life_of_the_organization_is_refused(cast):
    with pytest.raises(StepRefused):
        planned(cast.lin_branch, cast, planned_on=cast.lin_branch.starts_on - timedelta(days=1))


def test_in_the_middle_of_a_year_only_what_is_still_to_come_is_planned(cast):
    at = moment(2026, 8, 20)
    plans.propose(cast.lin_branch, 2026, day=15, by=cast.lin, at=at)
    rows = PlannedActivity.objects.filter(duty="theme_day").order_by("planned_on")
    assert [row.planned_on.month for row in rows] == [8, 9, 10, 11, 12]
    assert rows[0].planned_on == at.date()  # this month's usual day is over
    quarters = PlannedActivity.objects.filter(duty="general_meeting").order_by("planned_on")
    assert [row.planned_on for row in quarters] == [at.date(), date(2026, 11, 16)]


def test_an_exempted_duty_is_not_planned(cast):
    Exemption.objects.create(
        organization=cast.lin_branch,
        code="theme_day",
        reason="停产检修",
        starts_on=date(NEXT_YEAR, 1, 1),
        ends_on=date(NEXT_YEAR, 12, 31),
    )
    wanted = planning.wanted(cast.lin_branch, NEXT_YEAR)
    assert "theme_day" not in {want.duty for want in wanted}


def test_a_lecture_of_the_secretary_is_planned_once_with_the_lecture_of_its_month(cast):
    wanted = planning.wanted(cast.lin_branch, NEXT_YEAR)
    lectures = [want.month.month for want in wanted if want.kind == "party_lecture"]
    assert lectures == [2, 5, 8, 11]


def test_the_plan_tells_nobody_of_a_talk(sign_in, cast):
    """Neither as something done besides, nor as what did a line."""
    wang = make.member(cast.lin_branch, user=make.user())
    note = make_talk.talk(cast.lin_member, wang)
    record = make.activity(cast.lin_branch, host=cast.lin_member)
    planned(cast.lin_branch, cast, planned_on=TODAY())
    member = make.member(cast.lin_branch, user=make.user())
    for reader in (member.user, cast.lin):
        page = sign_in(reader).get(plan_page(cast.lin_branch, record.held_on.year))
        assert note.activity.get_absolute_url() not in page.content.decode()


@pytest.mark.parametrize("year", [0, 1900, 9999, 99999, 10**20])
def test_there_is_no_plan_of_a_year_that_nobody_looks_at(sign_in, cast, year):
    client, address = sign_in(cast.lin), ("plan-propose", cast.lin_branch.pk, year)
    assert client.get(reverse(f"members:{address[0]}", args=address[1:])).status_code == 404
    assert post(client, *address, day=15).status_code == 404


def test_a_talk_is_not_planned_and_never_begun_from_the_plan(sign_in, cast):
    talk = ActivityKind.objects.get(code="talk")
    facts = {"kind": talk.pk, "planned_on": TODAY()}
    answer = post(sign_in(cast.lin), "planned-create", cast.lin_branch.pk, **facts)
    assert "kind" in answer.context["form"].errors
    before = planned(cast.lin_branch, cast, kind=talk)  # of an earlier release
    answer = sign_in(cast.lin).post(reverse("members:planned-hold", args=[before.pk]), follow=True)
    assert "在“谈心谈话”里记录" in answer.content.decode()
    assert not Activity.objects.exists()

"""The office asks for something that was not asked for until now."""

import uuid
from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import duties
from members.models import DutyRule, Organization
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.members.test_checkup import record
from tests.members.test_checkup_pages import BOARD, last_month, text  # noqa: F401
from tests.races import at_once, refusals

URL = f"{BOARD}rules/create/"
KINDS = [Organization.Kind.BRANCH, Organization.Kind.JOINT_BRANCH]


def facts(**given):
    return {
        "name": "志愿服务月",
        "kinds": KINDS,
        "activities": ["volunteer"],
        "condition": "",
        "every": "month",
        "measure": "held",
        "times": 1,
        "lead_times": None,
        "title": "",
        "article": "",
        "note": "",
    } | given


def ask(client, **typed):
    sent = {name: value for name, value in facts().items() if value is not None}
    sent |= {"starts_on": timezone.localdate().replace(day=1), "once": uuid.uuid4()}
    return client.post(URL, sent | typed)


@pytest.mark.django_db
def test_a_new_duty_says_what_it_changes_before_it_is_kept(sign_in, sun, cast, last_month):  # noqa: F811
    """Asked for from last month on: Lin's branch served then, Zhao's did not."""
    record(cast.lin_branch, cast.lin_member, last_month, kind="volunteer")
    client, on = sign_in(sun), last_month.replace(day=1)
    before = DutyRule.objects.count()
    page = ask(client, starts_on=on)
    words = text(page)
    lin, zhao = (
        next(line for line in page.context["preview"] if line.startswith(f"{name}党支部："))
        for name in ("lin", "zhao")
    )
    assert "改为“已完成”" in lin
    assert "改为“未完成”" in zhao
    assert "确认新增" in words
    assert DutyRule.objects.count() == before
    assert ask(client, starts_on=on, confirm=page.context["seal"]).status_code == 302
    made = DutyRule.objects.get(name="志愿服务月")
    assert (made.starts_on, made.ends_on, made.citation) == (on, None, "园区设定")
    assert Event.objects.filter(name="dutyrule.added", by=sun).count() == 1
    for url in (BOARD, f"{BOARD}rules/", f"{BOARD}{cast.zhao_branch.pk}/"):
        assert "志愿服务月" in text(client.get(url))
    first = on.replace(day=1)
    cell = reverse(
        "members:checkup-cell", args=[cast.zhao_branch.pk, made.code, first.year, first.month]
    )
    assert "未完成" in text(client.get(cell))


@pytest.mark.django_db
def test_each_new_duty_has_a_code_of_its_own(sun):
    today = timezone.localdate()
    codes = {
        duties.begin(starts_on=today, by=sun, **facts(name=f"任务{number}")).code
        for number in range(3)
    }
    assert len(codes) == 3
    assert not codes & set(DutyRule.objects.exclude(name__startswith="任务").values_list("code"))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"name": "主题党日"}, "已有任务叫“主题党日”"),
        ({"times": 0}, "至少要求 1 次"),
        ({"starts_on": "2001-01-01"}, "更早的年度不再追溯"),
        ({"starts_on": "2206-01-01"}, "两年以内"),
        ({"starts_on": "x"}, "真实存在的日期"),
        ({"activities": []}, "至少一类活动"),
        ({"kinds": ["none"]}, "none"),
        ({"times": 99999999999999999999}, "999"),
        ({"condition": "rich"}, "rich"),
    ],
)
def test_a_duty_that_cannot_be_is_refused_in_words(sign_in, sun, cast, typed, said):
    before = DutyRule.objects.count()
    answer = ask(sign_in(sun), **typed)
    assert answer.status_code == 200
    assert said in text(answer)
    assert not answer.context.get("seal")
    assert DutyRule.objects.count() == before


@pytest.mark.django_db
def test_a_duty_that_is_over_leaves_its_name_free(sun):
    on = date(timezone.localdate().year, 1, 1)
    made = duties.begin(starts_on=on, by=sun, **facts())
    with pytest.raises(StepRefused):
        duties.begin(starts_on=on, by=sun, **facts())
    duties.revise(made, starts_on=timezone.localdate(), by=sun, **facts(times=0))
    assert duties.begin(starts_on=on, by=sun, **facts()).code != made.code


@pytest.mark.django_db
def test_a_duty_from_the_middle_of_its_period_says_when_it_begins(sign_in, sun, cast):
    on = timezone.localdate().replace(month=5, day=2)
    page = ask(sign_in(sun), starts_on=on, every="year")
    assert "从下一期起要求" in text(page)
    assert "没有党组织的体检结果会改变" in text(page)


@pytest.mark.django_db
def test_only_the_office_begins_duties(sign_in, cast):
    for user in (cast.lin, make.staff("leader"), make.staff("admin")):
        assert sign_in(user).get(URL).status_code == 403
        assert "新增任务" not in text(sign_in(user).get(f"{BOARD}rules/"))


@pytest.mark.django_db
def test_the_list_offers_to_end_a_duty(sign_in, sun, cast):
    client, rule = sign_in(sun), DutyRule.objects.get(code="theme_day")
    url = f"{reverse('members:dutyrule-revise', args=[rule.pk])}?end=1"
    assert url in text(client.get(f"{BOARD}rules/"))
    assert client.get(url).context["form"]["times"].value() == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_who_begin_the_same_duty_one_does(cast, sun):
    on = timezone.localdate()
    outcomes = at_once(*[lambda: duties.begin(starts_on=on, by=sun, **facts())] * 2)
    assert DutyRule.objects.filter(name="志愿服务月").count() == 1
    assert len(refusals(outcomes)) == 1

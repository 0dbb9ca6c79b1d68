"""Lin's branch appraises its members, step by step."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import appraisals, ballots
from members.models import Appraisal, Appraisee, Membership, PeerResult, Rule, Urn
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db
LIST = reverse("members:appraisal-list")
CREATE = reverse("members:appraisal-create")


def url(appraisal, act="detail"):
    return reverse(f"members:appraisal-{act}", args=[appraisal.pk])


def once(**typed):
    return {"once": uuid.uuid4()} | typed


def typed(cast, **changes):
    today = timezone.localdate()
    days = {name: f"{day:%Y-%m-%d}" for name, day in made.days().items()}
    facts = {"organization": cast.lin_branch.pk, "year": today.year, "as_of": f"{today:%Y-%m-%d}"}
    return once(way="portal", **facts, **days) | changes


@pytest.fixture
def branch(cast):
    """Lin, seven others and one on probation."""
    made.people(cast.lin_branch)
    make.member(cast.lin_branch, "probationary", name="预备甲", user=make.user())
    return cast.lin_branch


@pytest.fixture
def page(client):
    def read(user, appraisal, act="detail"):
        client.force_login(user)
        return client.get(url(appraisal, act))

    return read


def test_lin_opens_an_appraisal_with_the_members_of_a_day(sign_in, cast, branch):
    make.member(branch, "suspended", name="停止党籍甲")
    response = sign_in(cast.lin).post(CREATE, typed(cast))
    appraisal = Appraisal.objects.get()
    assert response.url == appraisal.get_absolute_url()
    assert appraisal.appraisees.count() == 9
    assert appraisal.appraisees.graded().count() == 8
    assert Event.objects.get(name="appraisal.opened").facts["people"] == 9


def test_a_party_group_belongs_to_its_branch(cast, branch):
    group = make.organization(branch, kind="party_group", name="第一党小组")
    person = make.member(group)
    appraisal = made.appraisal(branch)
    assert appraisal.appraisees.filter(member=person).exists()


def test_one_appraisal_a_year_and_a_cancelled_one_may_begin_anew(sign_in, cast, branch):
    first = made.appraisal(branch)
    response = sign_in(cast.lin).post(CREATE, typed(cast))
    assert "已有这一年度的民主评议" in response.content.decode()
    appraisals.cancel(first, reason="重来", by=cast.lin)
    assert sign_in(cast.lin).post(CREATE, typed(cast)).status_code == 302
    assert Appraisal.objects.standing().count() == 1


def test_who_is_appraised_elsewhere_this_year_is_not_listed_twice(cast, branch):
    made.appraisal(branch)
    person = branch.memberships.exclude(member__user=cast.lin).first()
    today = timezone.localdate()
    Membership.objects.filter(pk=person.pk).update(ends_on=today - timedelta(days=1))
    Membership.objects.create(
        member_id=person.member_id, organization=cast.wu_branch, standing="full", starts_on=today
    )
    second = made.appraisal(cast.wu_branch)
    assert not second.appraisees.filter(member=person.member_id).exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organization", ""),
        ("organization", "9" * 30),
        ("organization", "\x00"),
        ("year", "1900"),
        ("year", "9" * 30),
        ("year", "x"),
        ("as_of", "0001-01-01"),
        ("as_of", "9999-12-31"),
        ("as_of", "2026-02-30"),
        ("way", "wine"),
        ("self_until", "9999-12-31"),
        ("self_until", "0001-01-01"),
        ("self_until", "2025-12-01"),
        ("peers_until", "0001-01-01"),
        ("organization_until", ""),
    ],
)
def test_bad_input_is_told_and_nothing_is_made(sign_in, cast, branch, field, value):
    response = sign_in(cast.lin).post(CREATE, typed(cast, **{field: value}))
    assert response.status_code == 200
    assert response.context["form"].errors
    assert not Appraisal.objects.exists()


def test_nobody_opens_one_for_another_branch(sign_in, cast, branch):
    response = sign_in(cast.lin).post(CREATE, typed(cast, organization=cast.wu_branch.pk))
    assert "organization" in response.context["form"].errors
    person = make.member(branch, user=make.user())
    assert sign_in(person.user).post(CREATE, typed(cast)).status_code == 403


def test_a_member_hands_in_own_words_and_may_put_them_right(client, cast, branch):
    appraisal = made.appraisal(branch)
    row = appraisal.appraisees.graded().exclude(member__user=cast.lin).first()
    client.force_login(row.member.user)
    for text in ("第一稿", "第二稿"):
        answer = client.post(url(appraisal, "self"), once(text=text, grade="qualified"))
        assert answer.status_code == 302
    row.refresh_from_db()
    assert (row.own_text, row.own_grade) == ("第二稿", "qualified")
    assert row.handed_in_on == timezone.localdate()
    assert "第二稿" in client.get(url(appraisal)).content.decode()
    appraisals.begin_peers(appraisal, by=None)
    answer = client.post(url(appraisal, "self"), once(text="第三稿", grade="excellent"))
    assert "自评已经结束" in answer.content.decode() and "第三稿" in answer.content.decode()
    row.refresh_from_db()
    assert row.own_text == "第二稿"


def test_who_is_on_probation_writes_without_a_grade_and_does_not_vote(client, cast, branch):
    appraisal = made.appraisal(branch)
    row = appraisal.appraisees.get(standing="probationary")
    client.force_login(row.member.user)
    assert "自评等次" not in client.get(url(appraisal, "self")).content.decode()
    client.post(url(appraisal, "self"), once(text="我的自评", grade="excellent"))
    row.refresh_from_db()
    assert (row.own_text, row.own_grade) == ("我的自评", "")
    appraisals.begin_peers(appraisal, by=None)
    assert client.get(url(appraisal, "vote")).status_code == 403
    assert "不参加互评投票" in client.get(url(appraisal)).content.decode()
    with pytest.raises(StepRefused):
        made.vote(appraisal, row.member)


def test_the_database_gives_nobody_on_probation_a_grade(cast, branch):
    from django.db import IntegrityError

    appraisal = made.appraisal(branch)
    with pytest.raises(IntegrityError):
        appraisal.appraisees.filter(standing="probationary").update(grade="excellent")


def test_a_member_grades_everybody_else_on_one_screen(client, cast, branch):
    appraisal = made.appraisal(branch, "peers")
    own = appraisal.appraisees.get(member__user=cast.lin)
    client.force_login(cast.lin)
    form = client.get(url(appraisal, "vote")).context["form"]
    others = set(appraisal.appraisees.graded().exclude(pk=own.pk))
    assert {row for row, _fields in form.lines()} == others
    half = {f"grade_{row.pk}": "excellent" for row in list(others)[:3]}
    answer = client.post(url(appraisal, "vote"), half)
    assert answer.status_code == 200 and answer.content.decode().count("checked") == 3
    own.refresh_from_db()
    assert not own.has_voted
    ballot = {f"grade_{row.pk}": "excellent" for row in others}
    assert client.post(url(appraisal, "vote"), ballot).status_code == 302
    own.refresh_from_db()
    assert own.has_voted
    again = client.post(url(appraisal, "vote"), ballot)
    assert "您已经互评过了" in again.content.decode()
    assert client.get(url(appraisal, "vote")).status_code == 302


def test_counts_are_said_once_the_step_is_over_and_never_before(page, cast, branch):
    appraisal = made.appraisal(branch, "peers")
    target = appraisal.appraisees.get(member__user=cast.lin)
    for row in appraisal.appraisees.graded().exclude(pk=target.pk):
        made.vote(appraisal, row.member, "basic", lin="excellent")
    assert not PeerResult.objects.exists()
    assert "基本合格" not in page(cast.lin, appraisal).content.decode()
    appraisals.end_peers(appraisal, by=cast.lin)
    assert [number for _label, number in target.peers.counts] == [7, 0, 0, 0]
    assert not Urn.objects.exists()
    text = page(cast.lin, appraisal, "grades").content.decode()
    assert "优秀 7 · 合格 0" in " ".join(text.split())


@pytest.mark.parametrize(("voters", "said"), [(5, False), (6, True), (0, False)])
def test_less_than_five_ballots_about_anybody_say_nothing(cast, branch, voters, said):
    appraisal = made.appraisal(branch, "peers")
    for row in appraisal.appraisees.graded().in_order()[:voters]:
        made.vote(appraisal, row.member)
    appraisals.end_peers(appraisal, by=cast.lin)
    assert PeerResult.objects.exists() is said
    assert not Urn.objects.exists()
    assert Event.objects.get(name="appraisal.peers_ended").facts == {"counted": said}


def test_late_ballots_are_refused_in_words(cast, branch):
    appraisal = made.appraisal(branch, "peers")
    appraisals.end_peers(appraisal, by=cast.lin)
    with pytest.raises(StepRefused, match="已经结束"):
        made.vote(appraisal, cast.lin_member)


def test_a_ballot_names_exactly_the_others(cast, branch):
    appraisal = made.appraisal(branch, "peers")
    own = appraisal.appraisees.get(member=cast.lin_member)
    others = list(appraisal.appraisees.graded().exclude(pk=own.pk))
    full = {row.pk: "qualified" for row in others}
    for wrong in ({}, full | {own.pk: "excellent"}, dict(list(full.items())[1:]), full | {0: "x"}):
        with pytest.raises(StepRefused):
            ballots.cast(appraisal, voter=cast.lin_member, grades=wrong)
    own.refresh_from_db()
    assert not own.has_voted


def test_the_committee_enters_a_vote_on_paper(client, cast, branch):
    appraisal = made.appraisal(branch, "peers", way="paper")
    client.force_login(cast.lin)
    assert client.get(url(appraisal, "vote")).status_code == 403
    people = appraisal.appraisees.graded()
    names = ("excellent", "qualified", "basic", "unqualified")

    def counts(*numbers):
        return once(
            **{
                f"{name}_{row.pk}": number
                for row in people
                for name, number in zip(names, numbers, strict=True)
            }
        )

    few = client.post(url(appraisal, "counts"), counts(1, 3, 0, 0))
    assert "少于 5 票不能匿名" in few.content.decode()
    many = client.post(url(appraisal, "counts"), counts(5, 4, 0, 0))
    assert "超过了参加互评的 8 人" in many.content.decode()
    assert not PeerResult.objects.exists()
    for numbers in ((1, 5, 0, 0), (2, 4, 1, 0)):
        assert client.post(url(appraisal, "counts"), counts(*numbers)).status_code == 302
    appraisals.end_peers(appraisal, by=cast.lin)
    assert [number for _label, number in people.first().peers.counts] == [2, 4, 1, 0]
    assert "不能录入" in client.post(url(appraisal, "counts"), counts(1, 5, 0, 0)).content.decode()


def test_lin_grades_hands_up_and_each_member_reads_the_own_grade(client, sun, cast, branch):
    appraisal = made.appraisal(branch, "organization")
    rows = list(appraisal.appraisees.taking_part().in_order().select_related("member"))
    client.force_login(cast.lin)
    half = once(**{f"comment_{row.pk}": f"评语{row.pk}" for row in rows})
    half["seen"] = client.get(url(appraisal, "grades")).context["form"]["seen"].value()
    assert client.post(url(appraisal, "grades"), half).status_code == 302
    assert (
        "还有 8 名党员没有评定等次"
        in client.post(url(appraisal, "submit"), once()).content.decode()
    )
    full = {f"grade_{row.pk}": "qualified" for row in rows}
    full |= {f"comment_{row.pk}": f"评语{row.pk}" for row in rows}
    full["seen"] = client.get(url(appraisal, "grades")).context["form"]["seen"].value()
    client.post(url(appraisal, "grades"), once(**full))
    assert not appraisal.appraisees.get(standing="probationary").grade
    assert client.post(url(appraisal, "submit"), once()).status_code == 302
    client.force_login(sun)
    assert client.post(url(appraisal, "confirm")).status_code == 302
    client.force_login(cast.lin)
    client.post(url(appraisal, "release"))
    row = next(row for row in rows if row.is_graded and row.member.user != cast.lin)
    other = next(each for each in rows if each.pk != row.pk)
    client.force_login(row.member.user)
    text = client.get(url(appraisal)).content.decode()
    assert f"评语{row.pk}" in text and "合格" in text
    assert f"评语{other.pk}" not in text and other.member.name not in text


def test_more_excellent_than_a_third_needs_a_reason_that_the_superior_reads(
    client, sun, cast, branch
):
    appraisal = made.appraisal(branch, "organization")
    rows = list(appraisal.appraisees.graded())
    given = {
        row.pk: ("excellent" if place < 3 else "qualified", "") for place, row in enumerate(rows)
    }
    appraisals.grade(appraisal, grades=given, by=cast.lin)
    client.force_login(cast.lin)
    text = client.get(url(appraisal, "submit")).content.decode()
    assert "优秀 3 名，超过参评党员的 1/3（2 名，《民主评议党员》）" in text
    refused = client.post(url(appraisal, "submit"), once()).content.decode()
    assert "请写明优秀超过比例的理由" in refused
    answer = client.post(url(appraisal, "submit"), once(excess_reason="三人同获表彰"))
    assert answer.status_code == 302
    client.force_login(sun)
    assert "三人同获表彰" in client.get(url(appraisal)).content.decode()


def test_the_rule_of_the_day_of_the_list_counts(cast, branch):
    appraisal = made.appraisal(branch)
    assert appraisals.limit(appraisal)[1] == 8 // 3
    today = timezone.localdate()
    rule = Rule.objects.of("excellent_part", today)
    from members.actions import rules

    later = today + timedelta(days=1)
    rules.revise(rule, starts_on=later, by=None, value=2, title="", article="", note="")
    assert appraisals.limit(appraisal)[1] == 8 // 3
    Appraisal.objects.filter(pk=appraisal.pk).update(as_of=later)
    appraisal.refresh_from_db()
    assert appraisals.limit(appraisal)[1] == 8 // 2


def test_the_superior_sends_back_with_a_reason(client, sun, cast, branch):
    appraisal = made.appraisal(branch, "confirming")
    client.force_login(sun)
    assert "请写明原因" in client.post(url(appraisal, "return"), once(reason="")).content.decode()
    client.post(url(appraisal, "return"), once(reason="请再议一次"))
    appraisal.refresh_from_db()
    assert appraisal.status == "organization"
    client.force_login(cast.lin)
    assert "请再议一次" in client.get(url(appraisal)).content.decode()
    person = appraisal.appraisees.graded().exclude(member__user=cast.lin).first().member
    client.force_login(person.user)
    page = client.get(url(appraisal)).content.decode()
    assert "请再议一次" not in page and "message-warning" not in page


def test_who_left_since_takes_no_part_and_does_not_hold_it_up(cast, branch):
    appraisal = made.appraisal(branch)
    gone = appraisal.appraisees.graded().exclude(member__user=cast.lin).first()
    yesterday = timezone.localdate() - timedelta(days=1)
    gone.member.memberships.update(ends_on=yesterday)
    appraisals.begin_peers(appraisal, by=cast.lin)
    gone.refresh_from_db()
    assert gone.excused == "已不在本支部在册"
    made.take(appraisal, "organization", cast.lin)
    made.take(appraisal, "confirming", cast.lin)
    assert not Appraisee.objects.get(pk=gone.pk).grade
    assert PeerResult.objects.count() == 7


def test_lin_takes_somebody_off_the_list(client, cast, branch):
    appraisal = made.appraisal(branch)
    row = appraisal.appraisees.graded().exclude(member__user=cast.lin).first()
    client.force_login(cast.lin)
    assert (
        client.post(url(appraisal, "excuse"), once(people=[row.pk], reason="长期病假")).status_code
        == 302
    )
    assert appraisal.appraisees.taking_part().count() == 8
    client.force_login(row.member.user)
    assert "长期病假" in client.get(url(appraisal)).content.decode()
    assert client.get(url(appraisal, "self")).status_code == 403
    for wrong in ("x", "9" * 40, row.pk):
        client.force_login(cast.lin)
        answer = client.post(url(appraisal, "excuse"), once(people=[wrong], reason="再一次"))
        assert answer.status_code == 200


def test_the_schedule_changes_and_the_way_only_before_peers_begin(client, cast, branch):
    appraisal = made.appraisal(branch)
    days = {name: f"{day:%Y-%m-%d}" for name, day in made.days(5).items()}
    client.force_login(cast.lin)
    assert client.post(url(appraisal, "edit"), once(way="paper", **days)).status_code == 302
    appraisal.refresh_from_db()
    assert (appraisal.way, f"{appraisal.self_until:%Y-%m-%d}") == ("paper", days["self_until"])
    assert "way" in client.get(url(appraisal, "edit")).context["form"].fields
    appraisals.begin_peers(appraisal, by=cast.lin)
    page = client.get(url(appraisal, "edit"))
    assert "way" not in page.context["form"].fields
    assert "互评方式：纸质无记名投票" in page.content.decode()
    answer = client.post(url(appraisal, "edit"), once(way="portal", **days))
    assert "不能再更改互评方式" in answer.content.decode(), "from a page that was open before"
    later = {name: f"{day:%Y-%m-%d}" for name, day in made.days(6).items()}
    assert client.post(url(appraisal, "edit"), once(**later)).status_code == 302
    appraisal.refresh_from_db()
    assert appraisal.way == "paper"
    assert f"{appraisal.self_until:%Y-%m-%d}" == later["self_until"]
    swapped = days | {"self_until": days["organization_until"]}
    answer = client.post(url(appraisal, "edit"), once(way="paper", **swapped))
    assert "截止日期须依次为" in answer.content.decode()


def test_cancelling_destroys_the_ballots_unread(client, cast, branch):
    appraisal = made.appraisal(branch, "peers")
    made.vote(appraisal, cast.lin_member)
    client.force_login(cast.lin)
    assert client.post(url(appraisal, "cancel"), once(reason="组织调整")).status_code == 302
    assert not Urn.objects.exists() and not PeerResult.objects.exists()
    assert "组织调整" in client.get(url(appraisal)).content.decode()


def test_the_list_and_the_page_ask_a_constant_number_of_questions(
    client, cast, sun, branch, django_assert_max_num_queries
):
    appraisal = made.appraisal(branch, "released")
    client.force_login(sun)
    client.get(LIST)
    with django_assert_max_num_queries(14):
        client.get(LIST)
    with django_assert_max_num_queries(18):
        client.get(url(appraisal))
    made.people(cast.wu_branch, 30)
    made.appraisal(cast.wu_branch, "released")
    with django_assert_max_num_queries(14):
        client.get(LIST)


def test_neither_way_to_the_committee_is_taken_from_the_other_end(cast, branch):
    appraisal = made.appraisal(branch, "peers", way="paper")
    with pytest.raises(StepRefused, match="党员互评"):
        appraisals.send_back(appraisal, reason="退回", by=None)
    appraisals.end_peers(appraisal, by=cast.lin)
    made.take(appraisal, "confirming", cast.lin)
    with pytest.raises(StepRefused, match="待上级确认"):
        appraisals.end_peers(appraisal, by=cast.lin)


OWN_RED, STEP_RED = "btn btn-primary step-button", "btn-verb-primary"


def test_the_one_red_button_is_what_the_reader_owes_first(page, cast, branch):
    """Lin leads and takes part: the own words and the own vote come before the next step."""
    appraisal = made.appraisal(branch)
    for act in (
        lambda: appraisals.hand_in(of(appraisal, cast.lin_member), text="好", grade="qualified"),
        lambda: made.vote(appraisal, cast.lin_member),
    ):
        owed = page(cast.lin, appraisal).content.decode()
        assert (OWN_RED in owed, STEP_RED in owed) == (True, False)
        act()
        done = page(cast.lin, appraisal).content.decode()
        assert (OWN_RED in done, STEP_RED in done) == (False, True)
        if appraisal.status == "self":
            made.take(appraisal, "peers", cast.lin)


def of(appraisal, member) -> Appraisee:
    return appraisal.appraisees.get(member=member)


def test_who_ends_a_step_reads_how_many_are_ready(page, cast, branch):
    appraisal = made.appraisal(branch)
    appraisals.hand_in(of(appraisal, cast.lin_member), text="好", grade="qualified")
    assert "已自评 1 / 9 人" in page(cast.lin, appraisal).content.decode()
    made.take(appraisal, "peers", cast.lin)
    made.vote(appraisal, cast.lin_member)
    assert "已互评 1 / 8 人" in page(cast.lin, appraisal).content.decode()


def test_the_days_are_proposed_in_their_order(sign_in, cast, branch):
    form = sign_in(cast.lin).get(CREATE).context["form"]
    names = ("as_of", "self_until", "peers_until", "organization_until")
    days = [form[name].value() for name in names]
    assert days[0] == timezone.localdate()
    assert days == sorted(set(days))

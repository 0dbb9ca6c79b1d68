"""A person is entered, put right and taken through a membership on pages of the portal."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.models import Absence, Membership, PartyMember, Rule, Term, Transfer
from nanchuan.kernel.models import Event
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.roles import SECRETARY, forget, has_role
from tests import make

pytestmark = pytest.mark.django_db
CREATE = reverse("members:person-create")
ID_NUMBER, OTHER = "999901199001011234", "999901199001015678"
TODAY = timezone.localdate


def page(name, person):
    return reverse(f"members:person-{name}", args=[person.pk])


def fields(client, url):
    """What the form of a page would send back untouched."""
    form = client.get(url).context["form"]
    return {name: form[name].value() or "" for name in form.fields}


def send(client, url, **typed):
    return client.post(url, fields(client, url) | typed)


def said(answer):
    return answer.content.decode()


# ── Entering ────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def new(cast):
    return {
        "name": "张伟",
        "gender": "male",
        "id_number": ID_NUMBER,
        "phone": "13800001234",
        "joined_on": "2024-05-01",
        "organization": cast.lin_branch.pk,
        "standing": "full",
    }


def test_the_office_enters_a_person_once_however_often_it_clicks(sign_in, sun, cast, new):
    client = sign_in(sun)
    sent = fields(client, CREATE) | new
    first, second = client.post(CREATE, sent), client.post(CREATE, sent)
    person = PartyMember.objects.get(name="张伟")
    assert first.url == second.url == person.get_absolute_url()
    row = person.memberships.get()
    assert (row.organization, row.standing, str(row.starts_on)) == (
        cast.lin_branch,
        "full",
        "2024-05-01",
    )


@pytest.mark.parametrize(
    "wrong",
    [
        ("born_on", "9999-12-31", "不能晚于今天"),
        ("joined_on", "9999-12-31", "不能晚于今天"),
        ("born_on", "2024-06-01", "早于前一个日期"),
        ("starts_on", "0001-01-01", "组织关系不能更早"),
        ("starts_on", "9999-12-31", "不能晚于今天"),
        ("born_on", "31.2.1990", ""),
        ("id_number", "123", "18 位"),
        ("id_number", "999901199002301234", "真实存在"),
        ("name", "", ""),
        ("name", "张" * 51, ""),
        ("phone", "12a", "只能包含数字"),
        ("organization", "99999999999999999999", ""),
        ("note", "a\x00b", ""),
    ],
)
def test_what_cannot_be_is_told_at_its_field(sign_in, sun, new, wrong):
    field, value, words = wrong
    answer = send(sign_in(sun), CREATE, **new | {field: value})
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert words in said(answer)
    assert not PartyMember.objects.filter(name__startswith="张").exists()


def test_a_secretary_enters_nobody_and_edits_only_the_own(sign_in, cast):
    client = sign_in(cast.lin)
    assert client.get(CREATE).status_code == 403
    assert client.get(page("edit", cast.lin_member)).status_code == 200
    assert client.get(page("edit", cast.wu_member)).status_code == 404


# ── Putting right ───────────────────────────────────────────────────────────────────────────


def test_numbers_stay_masked_and_stay_as_they_are_unless_typed(sign_in, cast):
    person = make.member(cast.lin_branch, id_number=ID_NUMBER, phone="13800001234")
    client = sign_in(cast.lin)
    shown = said(client.get(page("edit", person)))
    assert ID_NUMBER not in shown and "13800001234" not in shown and "138****1234" in shown
    assert send(client, page("edit", person), job="质检员").status_code == 302
    person.refresh_from_db()
    assert (person.id_number, person.phone, person.job) == (ID_NUMBER, "13800001234", "质检员")
    event = Event.objects.get(name="member.changed")
    assert event.facts == {"fields": ["job"]}


def test_the_second_of_two_editors_sees_what_the_first_changed(sign_in, sun, cast, client):
    person = make.member(cast.lin_branch, job="焊工")
    client = sign_in(sun)
    opened = fields(client, page("edit", person))
    send(sign_in(cast.lin), page("edit", person), job="电工")
    answer = sign_in(sun).post(page("edit", person), opened | {"job": "钳工"})
    assert answer.status_code == 200
    assert "电工" in said(answer) and "钳工" in said(answer) and str(cast.lin) in said(answer)
    person.refresh_from_db()
    assert person.job == "电工"


# ── Numbers of others ───────────────────────────────────────────────────────────────────────


def test_a_number_in_the_own_scope_is_told_by_name(sign_in, cast):
    make.member(cast.lin_branch, name="原有者", id_number=ID_NUMBER)
    person = make.member(cast.lin_branch)
    answer = send(sign_in(cast.lin), page("edit", person), id_number=ID_NUMBER)
    assert "原有者" in said(answer)
    assert not Event.objects.filter(name="member.number_taken").exists()


def test_a_number_outside_the_scope_is_told_neutrally_logged_and_limited(sign_in, cast):
    theirs = make.member(cast.wu_branch, name="吴的人", id_number=ID_NUMBER)
    person = make.member(cast.lin_branch)
    client = sign_in(cast.lin)
    answer = send(client, page("edit", person), id_number=ID_NUMBER)
    assert "暂时不能录入" in said(answer)
    assert "吴的人" not in said(answer) and str(cast.wu_branch) not in said(answer)
    event = Event.objects.get(name="member.number_taken")
    assert event.by == cast.lin and event.facts == {} and event.subject == cast.lin
    for _time in range(4):
        send(client, page("edit", person), id_number=ID_NUMBER)
    free, taken = (
        said(send(client, page("edit", person), id_number=number)) for number in (OTHER, ID_NUMBER)
    )
    assert "一小时后" in free and "一小时后" in taken
    person.refresh_from_db()
    assert person.id_number == "" and theirs.pk


# ── The life of a membership ────────────────────────────────────────────────────────────────


@pytest.fixture
def probationer(cast):
    return make.member(
        cast.lin_branch, standing="probationary", starts_on=TODAY() - timedelta(days=100)
    )


def test_turning_full_early_cites_the_rule_and_leaves_it_to_people(sign_in, sun, probationer):
    client, url = sign_in(sun), page("full", probationer)
    answer = send(client, url, on=TODAY())
    rule = Rule.objects.of(Rule.Code.PROBATION_MONTHS)
    earliest = months_after(TODAY() - timedelta(days=100), rule.value)
    assert rule.citation in said(answer) and str(earliest) in said(answer)
    assert probationer.memberships.count() == 1
    typed = {name: answer.context["form"][name].value() or "" for name in ("once", "on", "note")}
    assert client.post(url, typed | {"confirmed": "on"}).status_code == 302
    old, now = probationer.memberships.order_by("starts_on")
    assert (old.ends_on, now.standing, now.starts_on) == (
        TODAY() - timedelta(days=1),
        "full",
        TODAY(),
    )
    probationer.refresh_from_db()
    assert probationer.full_member_on == TODAY()


def test_turning_full_after_a_year_needs_no_second_look(sign_in, sun, cast):
    person = make.member(cast.lin_branch, standing="probationary")
    assert send(sign_in(sun), page("full", person)).status_code == 302
    assert person.memberships.filter(standing="full").exists()


def test_suspending_cites_how_long_one_must_be_out_of_touch(sign_in, sun, cast):
    person = make.member(cast.lin_branch)
    client, url = sign_in(sun), page("suspend", person)
    assert "没有登记失去联系" in said(send(client, url, note="联系不上"))
    Absence.objects.create(member=person, kind="out_of_touch", starts_on=make.LONG_AGO)
    assert send(client, url).context["form"].errors.keys() == {"note"}
    assert send(client, url, note="联系不上").status_code == 302
    assert not PartyMember.objects.counted().filter(pk=person.pk).exists()
    send(client, page("resume", person), on=TODAY())
    assert person.memberships.filter(standing="suspended").exists(), "a day is not enough"


@pytest.mark.parametrize("name", ["leave", "decease"])
def test_posts_and_rights_end_with_the_membership_and_come_back_when_undone(
    sign_in, sun, cast, name
):
    yesterday = TODAY() - timedelta(days=1)
    Absence.objects.create(member=cast.lin_member, kind="mobile", starts_on=make.LONG_AGO)
    client = sign_in(sun)
    assert has_role(cast.lin, SECRETARY)
    send(client, page(name, cast.lin_member), on=yesterday, note="决定")
    forget(cast.lin)
    assert not has_role(cast.lin, SECRETARY)
    assert Term.objects.get(member=cast.lin_member).ends_on == yesterday
    assert cast.lin_member.absences.get().ends_on == yesterday
    row = cast.lin_member.memberships.get()
    assert (row.ends_on, row.end_note) == (yesterday, "决定")
    shown = said(client.get(cast.lin_member.get_absolute_url()))
    assert "撤销最近一次变更" in shown and "决定" in shown

    client.post(page("undo", cast.lin_member))
    forget(cast.lin)
    assert has_role(cast.lin, SECRETARY)
    assert cast.lin_member.memberships.get().ends_on is None
    assert cast.lin_member.absences.get().ends_on is None
    assert Event.objects.filter(name="member.undone").exists()


def test_what_was_taken_over_meanwhile_is_not_given_back(sign_in, sun, cast):
    client = sign_in(sun)
    send(client, page("leave", cast.lin_member), on=TODAY() - timedelta(days=2), note="决定")
    next_one = make.member(cast.lin_branch)
    Term.objects.create(
        organization=cast.lin_branch, post=make.post(), member=next_one, starts_on=TODAY()
    )
    answer = client.post(page("undo", cast.lin_member), follow=True)
    assert "重叠" in said(answer)
    assert cast.lin_member.memberships.get().ends_on


def test_a_waiting_transfer_comes_first(sign_in, sun, cast):
    person = make.member(cast.lin_branch)
    Transfer.objects.create(
        direction="inside",
        member=person,
        source=cast.lin_branch,
        target=cast.wu_branch,
        requested_by=sun,
    )
    assert "等待接收的转接" in said(send(sign_in(sun), page("leave", person), note="决定"))


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2023-12-31", "x", ""])
def test_impossible_days_are_told(sign_in, sun, cast, day):
    person = make.member(cast.lin_branch)
    answer = send(sign_in(sun), page("decease", person), on=day)
    assert answer.status_code == 200 and answer.context["form"].errors
    assert person.memberships.get().ends_on is None


def test_only_the_office_changes_a_standing_and_a_secretary_reports_a_death(sign_in, cast):
    person = make.member(cast.lin_branch)
    client = sign_in(cast.lin)
    for name in ("full", "suspend", "resume", "leave"):
        assert client.get(page(name, person)).status_code == 403
    assert client.post(page("undo", person)).status_code == 403
    assert client.get(page("decease", cast.wu_member)).status_code == 404
    assert send(client, page("decease", person)).status_code == 302
    assert person.memberships.get().end_reason == "deceased"


def test_a_wrong_step_by_address_is_told(sign_in, sun, cast):
    person = make.member(cast.lin_branch)
    answer = send(sign_in(sun), page("resume", person))
    assert "正式党员" in said(answer) and "不能这样办理" in said(answer)
    assert Membership.objects.filter(member=person).count() == 1


def test_an_undo_of_what_was_not_done_here_is_refused(sign_in, sun, cast):
    person = make.member(cast.lin_branch)
    client = sign_in(sun)
    assert "撤销最近一次变更" not in said(client.get(person.get_absolute_url()))
    assert "不能撤销" in said(client.post(page("undo", person), follow=True))


def test_the_page_tells_the_whole_history(sign_in, sun, cast, probationer):
    send(sign_in(sun), page("suspend", probationer), note="长期失联", confirmed="on")
    Absence.objects.create(
        member=probationer, kind="mobile", place="格尔木", starts_on=make.LONG_AGO
    )
    Transfer.objects.create(
        direction="inside",
        status="declined",
        member=probationer,
        source=cast.lin_branch,
        target=cast.wu_branch,
        requested_by=sun,
    )
    shown = said(sign_in(cast.lin).get(probationer.get_absolute_url()))
    for words in ("长期失联", "停止党籍", "格尔木", "wu党支部", "已退回"):
        assert words in shown


def test_somebody_without_a_membership_is_given_one(sign_in, sun, cast):
    person = make.member(cast.lin_branch)
    client, url = sign_in(sun), page("place", person)
    typed = {"organization": cast.wu_branch.pk, "standing": "full", "starts_on": TODAY()}
    assert "请办理转接" in said(send(client, url, **typed))
    send(client, page("leave", person), on=TODAY() - timedelta(days=1), note="决定")
    for day, words in (("9999-12-31", "不能晚于今天"), ("2024-02-01", "重叠"), ("", "")):
        assert words in said(send(client, url, **typed | {"starts_on": day}))
    assert "补录组织关系" in said(client.get(person.get_absolute_url()))
    assert send(client, url, **typed).status_code == 302
    assert person.current_membership().organization == cast.wu_branch
    send(client, page("decease", person))
    assert "已登记去世" in said(send(client, url, **typed))


def test_the_form_chooses_no_organization_by_itself(sign_in, sun, cast, new):
    answer = send(sign_in(sun), CREATE, **new | {"organization": ""})
    assert "organization" in answer.context["form"].errors
    assert "请选择" in str(sign_in(sun).get(CREATE).context["form"]["organization"])

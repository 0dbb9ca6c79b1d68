"""A post is handed over on a day, and its rights with it; what the rules forbid is said."""

from datetime import date, timedelta

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from members.actions import terms as actions
from members.models import Organization, Post, Rule, Term
from nanchuan.kernel import events, roles
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def secretary():
    return Post.objects.get(name="书记")


@pytest.fixture
def member_post():
    return Post.objects.get(name="委员")


@pytest.fixture
def heir(cast):
    """Somebody of Lin's branch with an account and no post."""
    return make.member(cast.lin_branch, name="张三", user=make.user(name="张三"))


def create_url(branch):
    return f"{reverse('members:term-create')}?organization={branch.pk}"


def send(client, branch, **facts):
    """As a browser would: the token of the page, and what the page asks to agree to."""
    page = client.get(create_url(branch))
    typed = {"once": page.context["form"]["once"].value(), **facts}
    return client.post(create_url(branch), typed)


def agree(client, answer, branch, **facts):
    form = answer.context["form"]
    typed = {"once": form["once"].value(), "agreed": form.data["agreed"], **facts}
    return client.post(create_url(branch), typed)


def hand_over(organization, member, on, by):
    post = Post.objects.get(name="书记")
    before = actions.predecessor(organization, post, on)
    return actions.appoint(organization, post, member, starts_on=on, succeeding=before, by=by)


def leads(user, branch, on=None):
    roles.forget(user)
    with time_machine.travel(f"{on or timezone.localdate()} 12:00 +0800", tick=False):
        return Organization.objects.editable_by(user).filter(pk=branch.pk).exists()


def test_staff_hand_a_post_over_and_are_told_whose_term_ends(sign_in, sun, cast, heir, secretary):
    client, today = sign_in(sun), timezone.localdate()
    facts = {"post": secretary.pk, "member": "张三", "starts_on": today.isoformat()}
    asked = send(client, cast.lin_branch, **facts)
    sentence = f"lin的书记任期将于 {today - DAY} 结束。"
    assert sentence in asked.content.decode()
    assert Term.objects.filter(member=heir).count() == 0
    answer = agree(client, asked, cast.lin_branch, **facts)
    assert answer.status_code == 302
    old, new = cast.lin_branch.terms.order_by("starts_on")
    assert (old.ends_on, old.end_reason) == (today - DAY, "succeeded")
    assert (new.member, new.starts_on, new.ends_on) == (heir, today, None)
    assert [event.name for event in events.history(old)] == ["term.ended"]
    assert [event.name for event in events.history(new)] == ["term.appointed"]


def test_a_double_click_makes_one_term(sign_in, sun, cast, heir, member_post):
    client = sign_in(sun)
    page = client.get(create_url(cast.lin_branch))
    facts = {
        "once": page.context["form"]["once"].value(),
        "post": member_post.pk,
        "member": "张三",
        "starts_on": timezone.localdate().isoformat(),
    }
    first = client.post(create_url(cast.lin_branch), facts)
    second = client.post(create_url(cast.lin_branch), facts)
    assert first.url == second.url
    assert heir.terms.count() == 1


def test_rights_change_hands_on_the_same_day(client, sun, cast, heir):
    today = timezone.localdate()
    hand_over(cast.lin_branch, heir, today, sun)
    url = f"{reverse('members:activity-create')}?organization={cast.lin_branch.pk}"
    client.force_login(heir.user)
    assert client.get(url).status_code == 200
    client.force_login(cast.lin)
    assert client.get(url).status_code in (403, 404)
    roles.forget(cast.lin)
    assert roles.SECRETARY not in roles.roles(cast.lin)


def test_a_term_of_the_future_gives_nothing_before_its_day(sun, cast, heir):
    begins = timezone.localdate() + timedelta(days=10)
    hand_over(cast.lin_branch, heir, begins, sun)
    assert not leads(heir.user, cast.lin_branch, begins - DAY)
    assert leads(cast.lin, cast.lin_branch, begins - DAY)
    assert leads(heir.user, cast.lin_branch, begins)
    assert not leads(cast.lin, cast.lin_branch, begins)


def test_who_is_on_probation_does_not_stand(sign_in, sun, cast, member_post):
    make.member(cast.lin_branch, standing="probationary", name="李四")
    facts = {
        "post": member_post.pk,
        "member": "李四",
        "starts_on": timezone.localdate().isoformat(),
    }
    answer = send(sign_in(sun), cast.lin_branch, **facts)
    text = answer.content.decode()
    assert "预备党员" in text and "《中国共产党基层组织选举工作条例》第五条" in text
    Rule.objects.filter(code="full_members_stand").update(value=0)
    assert send(sign_in(sun), cast.lin_branch, **facts).status_code == 302


def test_who_is_on_probation_may_lead_a_party_group(sun, cast):
    group = make.organization(cast.lin_branch, kind="party_group")
    person = make.member(cast.lin_branch, standing="probationary")
    post = Post.objects.get(name="党小组组长")
    today = timezone.localdate()
    assert actions.appoint(group, post, person, starts_on=today, by=sun).is_current()


def test_only_members_of_the_line_may_hold_a_post(sign_in, sun, cast, member_post):
    today = timezone.localdate()
    above = make.member(cast.root)
    assert actions.appoint(cast.lin_branch, member_post, above, starts_on=today, by=sun)
    below = make.member(cast.lin_branch)
    assert actions.appoint(cast.root, member_post, below, starts_on=today, by=sun)
    with pytest.raises(StepRefused, match="上下级"):
        actions.appoint(cast.lin_branch, member_post, cast.wu_member, starts_on=today, by=sun)
    facts = {"post": member_post.pk, "member": "wu", "starts_on": today.isoformat()}
    assert "没有找到" in send(sign_in(sun), cast.lin_branch, **facts).content.decode()


def test_only_posts_of_the_kind(sun, cast, heir):
    post, today = Post.objects.get(name="党小组组长"), timezone.localdate()
    with pytest.raises(StepRefused, match="党支部不设"):
        actions.appoint(cast.lin_branch, post, heir, starts_on=today, by=sun)


def test_two_of_one_name_are_told_apart(sign_in, sun, cast, member_post):
    make.member(cast.root, name="王五", born_on=date(1980, 5, 1))
    second = make.member(cast.root, name="王五", born_on=date(1990, 5, 1))
    client, today = sign_in(sun), timezone.localdate().isoformat()
    facts = {"post": member_post.pk, "starts_on": today}
    answer = send(client, cast.root, member="王五", **facts)
    assert "2 人同名" in answer.content.decode()
    page = client.get(create_url(cast.root)).content.decode()
    assert "王五（园区党委，1990 年生）" in page
    assert send(client, cast.root, member="王五(园区党委，1990 年生)", **facts).status_code == 302
    assert second.terms.count() == 1


def test_the_seen_predecessor_is_the_one_that_ends(sun, cast, heir, secretary):
    other = make.member(cast.lin_branch)
    today = timezone.localdate()
    seen = actions.predecessor(cast.lin_branch, secretary, today)
    hand_over(cast.lin_branch, other, today - 5 * DAY, sun)
    with pytest.raises(StepRefused, match="刚被别人更新"):
        actions.appoint(cast.lin_branch, secretary, heir, starts_on=today, succeeding=seen, by=sun)


def test_nobody_is_pushed_out_on_the_first_day(sun, cast, heir, secretary):
    other, today = make.member(cast.lin_branch), timezone.localdate()
    hand_over(cast.lin_branch, other, today, sun)
    with pytest.raises(StepRefused, match="新的任职须晚于这一天"):
        hand_over(cast.lin_branch, heir, today, sun)


def test_a_term_ends_with_a_reason_and_only_once(sign_in, sun, cast):
    term, client = cast.lin_member.terms.get(), sign_in(sun)
    url = reverse("members:term-end", args=[term.pk])
    page = client.get(url)
    facts = {"once": page.context["form"]["once"].value(), "reason": "moved"}
    answer = client.post(url, facts | {"on": "2023-12-31"})
    assert "不能更早" in answer.content.decode()
    assert client.post(url, facts | {"on": timezone.localdate().isoformat()}).status_code == 302
    term.refresh_from_db()
    assert (term.ends_on, term.end_reason) == (timezone.localdate(), "moved")
    with pytest.raises(StepRefused, match="已登记于"):
        actions.end(term, on=timezone.localdate(), reason="moved", by=sun)


def test_dates_are_corrected_with_their_history(sign_in, sun, cast):
    term, client = cast.lin_member.terms.get(), sign_in(sun)
    url = reverse("members:term-edit", args=[term.pk])
    form = client.get(url).context["form"]
    facts = {"once": form["once"].value(), "seen": form["seen"].value(), "end_reason": ""}
    answer = client.post(url, facts | {"starts_on": "2024-03-05", "ends_on": ""})
    assert answer.status_code == 302
    event = events.history(term).get()
    assert event.facts == {"starts_on": ["2024-01-01", "2024-03-05"]}


def test_the_second_of_two_editors_chooses(client, sun, cast):
    term = cast.lin_member.terms.get()
    url = reverse("members:term-edit", args=[term.pk])
    client.force_login(sun)
    form = client.get(url).context["form"]
    actions.correct(term, starts_on=date(2024, 2, 2), by=make.staff(name="别的同事"))
    typed = {"starts_on": "2024-03-03", "ends_on": "", "end_reason": ""}
    facts = {"once": form["once"].value(), "seen": form["seen"].value(), **typed}
    answer = client.post(url, facts)
    assert "别的同事刚改过" in answer.content.decode()


def test_a_correction_does_not_overlap_a_successor(sun, cast, heir):
    today = timezone.localdate()
    hand_over(cast.lin_branch, heir, today, sun)
    old = cast.lin_member.terms.get()
    with pytest.raises(StepRefused, match="重叠"):
        actions.correct(old, ends_on=today, by=sun)


def test_the_register_shows_a_day_and_exports_the_same(sign_in, sun, cast, heir):
    today = timezone.localdate()
    hand_over(cast.lin_branch, heir, today, sun)
    client, url = sign_in(sun), reverse("members:term-list")
    now = client.get(f"{url}?organization={cast.lin_branch.pk}")
    assert [term.member for term in now.context["object_list"]] == [heir]
    then = client.get(f"{url}?organization={cast.lin_branch.pk}&on={today - DAY}")
    assert [term.member for term in then.context["object_list"]] == [cast.lin_member]
    file = client.get(f"{url}?organization={cast.lin_branch.pk}&on={today - DAY}&export=xlsx")
    assert [row[2] for row in sheet(file)][1:] == ["lin"]


def sheet(answer):
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(b"".join(answer)))
    return [[cell.value for cell in row] for row in book.worksheets[0]]


def test_a_secretary_reads_and_does_not_write(client, cast):
    term = cast.lin_member.terms.get()
    client.force_login(cast.lin)
    assert client.get(reverse("members:term-list")).status_code == 200
    assert client.get(term.get_absolute_url()).status_code == 200
    assert client.get(create_url(cast.lin_branch)).status_code == 403
    assert client.get(reverse("members:term-end", args=[term.pk])).status_code == 403
    client.force_login(cast.zhao)
    assert client.get(term.get_absolute_url()).status_code == 404


@pytest.mark.parametrize(
    "facts",
    [
        {"starts_on": "9999-12-31"},
        {"starts_on": "0001-01-01"},
        {"starts_on": "2026-02-30"},
        {"starts_on": ""},
        {"member": "张" * 300},
        {"member": "\x00"},
        {"member": ""},
        {"post": "99999999999999999999"},
        {"post": "书记"},
    ],
)
def test_bad_input_is_a_sentence(sign_in, sun, cast, member_post, facts):
    make.member(cast.lin_branch, name="张三")
    good = {"post": member_post.pk, "member": "张三", "starts_on": "2026-01-01"}
    answer = send(sign_in(sun), cast.lin_branch, **good | facts)
    assert answer.status_code == 200 or facts == {"starts_on": "9999-12-31"}
    assert answer.status_code in (200, 302)


@pytest.mark.parametrize("asked", ["x", "0", "9" * 40, "-1"])
def test_an_organization_that_is_none_is_404(sign_in, sun, asked):
    url = f"{reverse('members:term-create')}?organization={asked}"
    assert sign_in(sun).get(url).status_code == 404


@pytest.mark.parametrize("query", ["on=0001-01-01", "on=9999-12-31", "on=x", "post=x", "q=%00"])
def test_the_register_survives_any_filter(sign_in, sun, cast, query):
    answer = sign_in(sun).get(f"{reverse('members:term-list')}?{query}")
    assert answer.status_code == 200

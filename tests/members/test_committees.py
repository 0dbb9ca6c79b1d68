"""Committees are elected, extended within the rule, and replaced by the next election."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members import radar
from members.actions import committees as actions
from members.models import CommitteeTerm, Organization, Post
from nanchuan.kernel import events
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def posts():
    return {post.name: post for post in Post.objects.all()}


@pytest.fixture
def heir(cast):
    return make.member(cast.lin_branch, name="张三", user=make.user(name="张三"))


def create_url(branch):
    return f"{reverse('members:committee-create')}?organization={branch.pk}"


def send(client, branch, **facts):
    """Fill in the form, look at what it says, agree."""
    page = client.get(create_url(branch))
    typed = {"once": page.context["form"]["once"].value(), "number": 1} | facts
    asked = client.post(create_url(branch), typed)
    if asked.status_code == 302 or not asked.context["form"].said:
        return asked, asked
    agreed = typed | {"agreed": asked.context["form"].data["agreed"]}
    return asked, client.post(create_url(branch), agreed)


def elect(branch, on, by, officers=(), **facts):
    last = branch.committee_terms.order_by("-number").first()
    defaults = {
        "elected_on": on,
        "starts_on": on,
        "number": last.number + 1 if last else 1,
        "due_on": radar.due_after(on, 3),
    }
    return actions.elect(branch, officers=list(officers), by=by, **defaults | facts)


def test_an_election_with_its_officers_is_one_act(sign_in, sun, cast, heir, posts):
    today = timezone.localdate()
    other = make.member(cast.lin_branch, name="李四")
    asked, answer = send(
        sign_in(sun),
        cast.lin_branch,
        elected_on=today.isoformat(),
        **{f"post_{posts['书记'].pk}": "张三", f"post_{posts['委员'].pk}": "李四、lin"},
    )
    text = asked.content.decode()
    assert f"lin的书记任期将于 {today - DAY} 结束。" in text
    assert f"第 1 届任期：{today} — {radar.due_after(today, 3)}。" in text
    assert answer.status_code == 302
    committee = cast.lin_branch.committee_terms.get()
    assert (committee.starts_on, committee.due_on) == (today, radar.due_after(today, 3))
    assert cast.lin_member.terms.get(post__name="书记").end_reason == "election"
    now = set(cast.lin_branch.terms.current().values_list("member", "post__name"))
    assert now == {(heir.pk, "书记"), (other.pk, "委员"), (cast.lin_member.pk, "委员")}


def test_a_party_committee_serves_five_years_and_a_branch_three(cast):
    on = date(2024, 3, 1)
    assert radar.years_of(cast.root, on).value == 5
    assert radar.years_of(cast.lin_branch, on).value == 3
    assert radar.due_after(on, 3) == date(2027, 2, 28)


def test_the_next_election_ends_the_committee_the_day_before(sun, cast, heir, posts):
    first = elect(cast.lin_branch, date(2024, 1, 1), sun)
    second = elect(cast.lin_branch, date(2026, 11, 1), sun, [(posts["书记"], heir)])
    first.refresh_from_db()
    assert first.ends_on == date(2026, 10, 31)
    assert second.number == 2
    assert cast.lin_member.terms.get().ends_on == date(2026, 10, 31)


def test_who_is_elected_again_has_a_new_term(sun, cast, posts):
    elect(cast.lin_branch, date(2026, 11, 1), sun, [(posts["书记"], cast.lin_member)])
    old, new = cast.lin_member.terms.order_by("starts_on")
    assert (old.ends_on, new.starts_on, new.ends_on) == (
        date(2026, 10, 31),
        date(2026, 11, 1),
        None,
    )


def test_officers_that_are_registered_already_stay(sun, cast):
    elect(cast.lin_branch, make.LONG_AGO, sun)
    assert cast.lin_member.terms.get().ends_on is None


def test_an_election_elects_somebody(sun, cast):
    with pytest.raises(StepRefused, match="至少填写一名"):
        elect(cast.lin_branch, date(2026, 11, 1), sun)
    assert cast.lin_member.terms.get().ends_on is None


def test_a_sole_post_is_given_to_one(sun, cast, heir, posts):
    both = [(posts["书记"], heir), (posts["书记"], cast.lin_member)]
    with pytest.raises(StepRefused, match="只能填一人"):
        elect(cast.lin_branch, date(2026, 11, 1), sun, both)


def test_nobody_on_probation_is_elected(sign_in, sun, cast, posts):
    make.member(cast.lin_branch, name="预备", standing="probationary")
    _asked, answer = send(
        sign_in(sun),
        cast.lin_branch,
        elected_on=timezone.localdate().isoformat(),
        **{f"post_{posts['委员'].pk}": "预备"},
    )
    assert "《中国共产党基层组织选举工作条例》第五条" in answer.content.decode()
    assert not CommitteeTerm.objects.exists()


@pytest.mark.parametrize(
    ("facts", "sentence"),
    [
        ({"elected_on": date(2099, 1, 1)}, "还没有到"),
        ({"starts_on": date(2026, 10, 1)}, "不能早于选举日期"),
        ({"elected_on": date(2020, 1, 1)}, "还没有成立"),
        ({"number": 1}, "届次须大于"),
        ({"due_on": date(2026, 10, 1)}, "届满日期不能早于"),
        ({"starts_on": date(2023, 12, 1), "elected_on": date(2023, 12, 1)}, "须晚于这一天"),
    ],
)
def test_an_election_that_does_not_fit_is_refused(sun, cast, posts, facts, sentence):
    heir = make.member(cast.lin_branch)
    Organization.objects.filter(pk=cast.lin_branch.pk).update(starts_on=date(2023, 1, 1))
    branch = Organization.objects.get(pk=cast.lin_branch.pk)
    make.committee(branch)
    with pytest.raises(StepRefused, match=sentence):
        elect(branch, date(2026, 11, 1), sun, [(posts["书记"], heir)], **facts)
    assert branch.committee_terms.get().ends_on is None


def test_a_party_group_has_no_committee(sun, cast):
    group = make.organization(cast.lin_branch, kind="party_group")
    with pytest.raises(StepRefused, match="党小组"):
        elect(group, date(2026, 11, 1), sun)


def test_an_early_election_is_warned_of_and_may_be(sign_in, sun, cast, posts):
    today = timezone.localdate()
    make.committee(cast.lin_branch, due_on=months_after(today, 5))
    facts = {"elected_on": today.isoformat(), f"post_{posts['书记'].pk}": "lin", "number": 2}
    asked, answer = send(sign_in(sun), cast.lin_branch, **facts)
    text = asked.content.decode()
    assert "这次提前了 5 个月" in text and "第二十一条" in text
    assert answer.status_code == 302


def test_more_than_a_year_early_is_said_to_be_beyond_the_rule(sun, cast):
    today = timezone.localdate()
    before = make.committee(cast.lin_branch, due_on=months_after(today, 20))
    new = CommitteeTerm(
        organization=cast.lin_branch,
        elected_on=today,
        starts_on=today,
        due_on=radar.due_after(today, 3),
    )
    assert "超过提前换届的一般限度 12 个月" in actions.doubts(new, before)[0]


def test_an_extension_is_recorded_once_and_shown(sign_in, sun, cast):
    committee = make.committee(cast.lin_branch, due_on=date(2026, 12, 31))
    client, url = sign_in(sun), reverse("members:committee-extend", args=[committee.pk])
    page = client.get(url)
    assert "2027-12-31" in page.content.decode() and "第二十一条" in page.content.decode()
    once = page.context["form"]["once"].value()
    facts = {"once": once, "to": "2027-06-30", "reason": "重组", "document": "党发〔2026〕9 号"}
    late = client.post(url, facts | {"to": "2028-01-01"})
    assert "延期一般不超过 12 个月" in late.content.decode()
    assert client.post(url, facts).status_code == 302
    page = client.get(committee.get_absolute_url()).content.decode()
    assert "2027-06-30" in page and "党发〔2026〕9 号" in page
    committee.refresh_from_db()
    with pytest.raises(StepRefused, match="只能延期一次"):
        actions.extend(committee, to=date(2027, 7, 1), reason="x", document="x", by=sun)


def test_of_two_extensions_the_second_is_told(sun, cast):
    committee = make.committee(cast.lin_branch, due_on=date(2026, 12, 31))
    stale = CommitteeTerm.objects.get(pk=committee.pk)
    facts = {"reason": "x", "document": "x", "by": sun}
    actions.extend(committee, to=date(2027, 3, 1), **facts)
    with pytest.raises(StepRefused, match="刚被别人"):
        actions.extend(stale, to=date(2027, 4, 1), **facts)


def test_a_corrected_start_moves_the_end_of_the_one_before(sun, cast, heir, posts):
    first = elect(cast.lin_branch, date(2024, 1, 1), sun)
    second = elect(cast.lin_branch, date(2026, 6, 1), sun, [(posts["书记"], heir)])
    for day in (date(2026, 5, 1), date(2026, 8, 1)):
        actions.correct(second, elected_on=min(day, date(2026, 6, 1)), starts_on=day, by=sun)
        first.refresh_from_db()
        assert first.ends_on == day - DAY
    assert events.history(second).first().facts["starts_on"] == ["2026-05-01", "2026-08-01"]


def test_the_page_corrects_a_committee(sign_in, sun, cast, heir, posts):
    elect(cast.lin_branch, date(2024, 1, 1), sun)
    second = elect(cast.lin_branch, date(2026, 6, 1), sun, [(posts["书记"], heir)])
    client, url = sign_in(sun), reverse("members:committee-edit", args=[second.pk])
    form = client.get(url).context["form"]
    names = ("once", "seen", "number")
    facts = {name: form[name].value() for name in names}
    facts |= {"elected_on": "2026-05-20", "starts_on": "2026-05-20", "due_on": "2029-05-19"}
    assert client.post(url, facts).status_code == 302
    second.refresh_from_db()
    assert second.starts_on == date(2026, 5, 20)
    bad = facts | {"starts_on": "2020-01-01", "elected_on": "2020-01-01", "once": once(client, url)}
    assert client.post(url, bad).status_code == 200


def once(client, url):
    return client.get(url).context["form"]["once"].value()


# ── Radar ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def spread(cast):
    """Lin's branch is overdue, Wu's is due in 20 days, Zhao's in 5 months, the root in years."""
    today = timezone.localdate()
    make.committee(cast.lin_branch, due_on=today - 12 * DAY)
    make.committee(cast.wu_branch, due_on=today + 20 * DAY)
    make.committee(cast.zhao_branch, due_on=months_after(today, 5))
    make.committee(cast.root, due_on=today + 900 * DAY)
    return make.organization(cast.root)


def listed(answer):
    return [row.pk for row in answer.context["object_list"]]


def test_the_radar_has_the_worst_first_in_words(sign_in, sun, cast, spread):
    answer = sign_in(sun).get(reverse("members:committee-list"))
    order = [cast.lin_branch, cast.wu_branch, cast.zhao_branch, cast.root, spread]
    assert listed(answer) == [row.pk for row in order]
    text = answer.content.decode()
    for words in ("逾期 12 天", "还有 20 天届满", "还有 5 个月届满", "任期内", "未登记"):
        assert words in text
    assert "《中国共产党支部工作条例（试行）》第二十一条" in text


def test_each_state_counts_and_opens_its_rows(sign_in, sun, cast, spread):
    client, url = sign_in(sun), reverse("members:committee-list")
    counts = {state: number for state, _words, number in client.get(url).context["counts"]}
    assert counts == {"overdue": 1, "1": 1, "3": 1, "6": 2, "later": 1, "unknown": 1}
    for state, number in counts.items():
        assert len(listed(client.get(f"{url}?state={state}"))) == number, state
    file = client.get(f"{url}?state=6&export=xlsx")
    names = [row[0] for row in sheet(file)][1:]
    assert names == [cast.wu_branch.name, cast.zhao_branch.name]


def sheet(answer):
    from io import BytesIO

    from openpyxl import load_workbook

    book = load_workbook(BytesIO(b"".join(answer)))
    return [[cell.value for cell in row] for row in book.worksheets[0]]


def test_a_secretary_sees_the_own_tree_only(sign_in, cast, spread):
    answer = sign_in(cast.wu).get(reverse("members:committee-list"))
    assert listed(answer) == [cast.wu_branch.pk]
    counts = {state: number for state, _words, number in answer.context["counts"]}
    assert sum(counts.values()) - counts["3"] - counts["6"] == 1
    picture = sign_in(cast.wu).get(reverse("members:committee-picture")).content.decode()
    assert "wu党支部" in picture and "lin党支部" not in picture


def test_another_month_in_the_rule_is_another_filter(sign_in, sun, cast, spread):
    from members.models import Rule

    Rule.objects.filter(code="election_second").update(value=4)
    states = [
        row[0] for row in sign_in(sun).get(reverse("members:committee-list")).context["counts"]
    ]
    assert states == ["overdue", "1", "4", "6", "later", "unknown"]


def test_an_extension_moves_the_radar(cast, spread):
    today = timezone.localdate()
    cast.lin_branch.committee_terms.update(extended_to=today + 10 * DAY)
    rows = radar.with_over(Organization.objects.filter(pk=cast.lin_branch.pk))
    assert not rows.filter(radar.state_filter("overdue", radar.notice_steps())).exists()
    assert rows.filter(radar.state_filter("1", radar.notice_steps())).exists()


@pytest.mark.parametrize(
    "query",
    ["state=x", "state=9999", "kind=x", "organization=99999999999999999999", "page=0", "q=%00"],
)
def test_any_filter_is_answered(sign_in, sun, cast, spread, query):
    for name in ("list", "picture"):
        url = reverse(f"members:committee-{name}")
        assert sign_in(sun).get(f"{url}?{query}").status_code == 200


def test_the_picture_draws_every_term(sign_in, sun, cast, spread):
    today = timezone.localdate()
    cast.wu_branch.committee_terms.update(due_on=today - 60 * DAY, extended_to=today + 60 * DAY)
    page = sign_in(sun).get(reverse("members:committee-picture")).content.decode()
    svg = page[page.index("<svg") :]
    assert svg.count("bar bar-extended") == svg.count("bar bar-overdue") == 2  # one is the legend
    assert "style=" not in svg
    assert cast.zhao_branch.get_absolute_url() in svg


def test_the_picture_of_an_empty_park(sign_in, sun):
    assert sign_in(sun).get(reverse("members:committee-picture")).status_code == 200


@pytest.mark.parametrize("day", [date(1, 1, 1), date(9999, 12, 31)])
def test_impossible_days_are_drawn_somewhere(sign_in, sun, cast, day):
    rows = make.committee(cast.lin_branch, elected_on=day, starts_on=day, due_on=date(9999, 12, 31))
    for url in (
        reverse("members:committee-list"),
        reverse("members:committee-picture"),
        rows.get_absolute_url(),
        reverse("members:committee-extend", args=[rows.pk]),
        reverse("members:committee-edit", args=[rows.pk]),
    ):
        assert sign_in(sun).get(url).status_code == 200


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-02-30", "", "x"])
def test_bad_days_are_a_sentence(sign_in, sun, cast, posts, day):
    for name in ("elected_on", "starts_on", "due_on"):
        facts = {"elected_on": "2026-11-01", f"post_{posts['书记'].pk}": "lin"} | {name: day}
        asked, answer = send(sign_in(sun), cast.lin_branch, **facts)
        assert asked.status_code == 200 and answer.status_code in (200, 302)
        CommitteeTerm.objects.all().delete()
        cast.lin_branch.terms.exclude(member=cast.lin_member).delete()


def fill(cast, number):
    for _number in range(number):
        branch = make.organization(cast.lin_branch)
        make.term(branch)
        make.committee(branch, due_on=timezone.localdate() + 30 * DAY)


def questions(client, url):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_pages_do_not_ask_more_for_more_rows(sign_in, sun, cast):
    committee = make.committee(cast.lin_branch)
    pages = [reverse(f"members:{name}") for name in ("committee-list", "committee-picture")]
    pages += [reverse("members:term-list"), committee.get_absolute_url()]
    pages += [create_url(cast.lin_branch), cast.lin_member.terms.get().get_absolute_url()]
    for user in (sun, cast.lin):
        client = sign_in(user)
        asked = pages if user == sun else [page for page in pages if "create" not in page]
        fill(cast, 3)
        few = [questions(client, page) for page in asked]
        fill(cast, 20)
        assert [questions(client, page) for page in asked] == few
        assert max(few) <= 12, dict(zip(asked, few, strict=True))

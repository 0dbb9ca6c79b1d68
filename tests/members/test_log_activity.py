"""Lin writes down what the branch did."""

import uuid
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import activities
from members.forms.attending import lines_of
from members.models import Activity, Post
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
CREATE = reverse("members:activity-create")
LIST = reverse("members:activity-list")


def typed(cast, members=None, **changes):
    """What the page sends: `members` came."""
    yesterday = timezone.localtime() - timedelta(days=1)
    return (
        {
            "once": uuid.uuid4(),
            "kind": make.activity_kind().pk,
            "title": "十一月主题党日",
            "starts_at": f"{yesterday:%Y-%m-%dT%H:%M}",
            "place": "会议室",
            "host": cast.lin_member.pk,
            "guests": "",
            "text": "学习讨论",
        }
        | came(members or [cast.lin_member.pk])
        | changes
    )


def came(members):
    return {f"presence-{number}": "present" for number in members}


def errors(response):
    assert response.status_code == 200
    return response.context["form"].errors


def test_lin_logs_an_activity_of_the_own_branch(sign_in, cast):
    other = make.member(cast.lin_branch)
    response = sign_in(cast.lin).post(CREATE, typed(cast, members=[other.pk]))
    activity = Activity.objects.get()
    assert response.url == activity.get_absolute_url()
    assert activity.organization == cast.lin_branch
    assert set(activity.members.all()) == {cast.lin_member, other}  # the host takes part too
    event = Event.objects.get(name="activity.logged")
    assert event.facts == {"kind": "theme_day", "members": 2, "photos": 0}
    assert event.by == cast.lin


def test_what_was_true_last_time_is_filled_in(sign_in, cast):
    stays, goes = make.member(cast.lin_branch), make.member(cast.lin_branch)
    make.activity(cast.lin_branch, host=cast.lin_member, members=[stays, goes], place="三号车间")
    page = sign_in(cast.lin).get(CREATE)
    form = page.context["form"]
    assert form["place"].value() == "三号车间"
    assert form["host"].value() == cast.lin_member.pk
    assert set(form["attendance"].value()) == {cast.lin_member.pk, stays.pk, goes.pk}
    assert timedelta(0) <= timezone.now() - form.initial["starts_at"] < timedelta(minutes=15)


def test_an_empty_title_becomes_month_and_kind(sign_in, cast):
    sign_in(cast.lin).post(CREATE, typed(cast, title=""))
    activity = Activity.objects.get()
    assert activity.title == f"{timezone.localtime(activity.starts_at).month}月主题党日"


def test_staff_choose_the_organization_first(sign_in, sun, cast):
    client = sign_in(sun)
    page = client.get(CREATE).content.decode()
    assert cast.wu_branch.name in page
    address = f"{CREATE}?organization={cast.wu_branch.pk}"
    assert cast.wu_member.name in client.get(address).content.decode()
    client.post(address, typed(cast, host=cast.wu_member.pk, members=[cast.wu_member.pk]))
    assert Activity.objects.get().organization == cast.wu_branch


def test_a_general_branch_logs_for_the_branches_below(sign_in, cast):
    chief = make.secretary(cast.root)
    client = sign_in(chief.user)
    assert client.get(CREATE).context["organization"] == cast.root
    address = f"{CREATE}?organization={cast.lin_branch.pk}"
    client.post(address, typed(cast))
    assert Activity.objects.get().organization == cast.lin_branch
    everybody = typed(cast, members=[cast.wu_member.pk, cast.zhao_member.pk])
    client.post(CREATE, everybody)
    assert Activity.objects.filter(organization=cast.root).exists()


def test_nobody_logs_for_another_branch(sign_in, cast):
    client = sign_in(cast.lin)
    theirs = f"{CREATE}?organization={cast.wu_branch.pk}"
    assert client.get(theirs).status_code == 404
    assert client.post(theirs, typed(cast)).status_code == 404
    for nonsense in ("abc", "999999", "9" * 40, "-1"):
        assert client.get(f"{CREATE}?organization={nonsense}").status_code == 404
    client.post(CREATE, typed(cast, organization=cast.wu_branch.pk, logged_by=cast.wu.pk))
    activity = Activity.objects.get()
    assert (activity.organization, activity.logged_by) == (cast.lin_branch, cast.lin)


def test_a_plain_member_may_not_log_for_the_own_branch(sign_in, cast):
    person = make.member(cast.lin_branch, user=make.user())
    assert sign_in(person.user).get(CREATE).status_code == 403
    assert sign_in(person.user).post(CREATE, typed(cast)).status_code == 403
    for role in ("leader", "auditor", "admin"):
        assert sign_in(make.staff(role)).post(CREATE, typed(cast)).status_code == 403
    assert not Activity.objects.exists()


@pytest.mark.parametrize("field", ["host", "attendance"])
def test_members_of_another_branch_cannot_be_named(sign_in, cast, field):
    number = cast.wu_member.pk
    changes = {"host": number} if field == "host" else came([number])
    response = sign_in(cast.lin).post(CREATE, typed(cast, **changes))
    assert field in errors(response)
    assert cast.wu_member.name not in str(errors(response))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ""),
        ("kind", "99999"),
        ("title", "长" * 101),
        ("starts_at", ""),
        ("starts_at", "2026-02-30T10:00"),
        ("starts_at", "明天"),
        ("place", ""),
        ("place", "长" * 101),
        ("host", ""),
        ("host", "x"),
        ("attendance", {"presence-x": "present"}),
        ("attendance", {f"presence-{'9' * 30}": "present"}),
        ("attendance", {"presence-0": "present"}),
        ("attendance", {"also": ["x", "99999999"]}),
        ("guests", "长" * 201),
        ("text", ""),
        ("text", "长" * 5001),
        ("text", "\x00"),
    ],
)
def test_bad_input_is_told_at_its_field_and_nothing_is_lost(sign_in, cast, field, value):
    changes = value if isinstance(value, dict) else {field: value}
    response = sign_in(cast.lin).post(CREATE, typed(cast, **{"guests": "王列席"} | changes))
    assert list(errors(response)) == [field]
    assert not Activity.objects.exists()
    if field != "guests":
        assert "王列席" in response.content.decode()


@pytest.mark.parametrize("moment", ["0001-01-01T00:00", "1900-01-01T08:00", "2023-12-31T23:59"])
def test_before_the_organization_was_founded_nothing_happened(sign_in, cast, moment):
    response = sign_in(cast.lin).post(CREATE, typed(cast, starts_at=moment))
    assert errors(response)
    assert not Activity.objects.exists()


@pytest.mark.parametrize("moment", ["9999-12-31T23:59", "2100-01-01T08:00"])
def test_the_future_is_refused_in_words(sign_in, cast, moment):
    response = sign_in(cast.lin).post(CREATE, typed(cast, starts_at=moment))
    assert "还没有到" in str(errors(response))


def test_only_who_belonged_to_the_branch_that_day_took_part(cast):
    late = make.member(cast.lin_branch, starts_on=timezone.localdate())
    with pytest.raises(StepRefused, match=late.name):
        make.activity(cast.lin_branch, host=cast.lin_member, members=[late])
    assert not Activity.objects.exists()


def test_a_dissolved_organization_does_nothing_more(cast):
    cast.lin_branch.ends_on = timezone.localdate() - timedelta(days=30)
    cast.lin_branch.save()
    with pytest.raises(StepRefused, match="撤销"):
        make.activity(cast.lin_branch, host=cast.lin_member)


def test_hostile_text_is_shown_as_text(sign_in, cast):
    text = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    client = sign_in(cast.lin)
    client.post(CREATE, typed(cast, title="<b>粗体</b>", text=text))
    for url in (LIST, Activity.objects.get().get_absolute_url()):
        page = client.get(url).content.decode()
        assert "<script>alert" not in page and "<b>粗体" not in page and "<img src=x" not in page


def test_a_double_click_makes_one_activity(sign_in, cast):
    client, facts = sign_in(cast.lin), typed(cast)
    first, second = client.post(CREATE, facts), client.post(CREATE, facts)
    assert first.url == second.url
    assert Activity.objects.count() == 1


def test_a_form_without_its_token_is_told_so(sign_in, cast):
    response = sign_in(cast.lin).post(CREATE, typed(cast, once=""))
    assert "过期" in response.content.decode()
    assert not Activity.objects.exists()


def test_members_of_the_branch_see_its_activities_without_phones(sign_in, cast):
    person = make.member(cast.lin_branch, user=make.user())
    host = make.member(cast.lin_branch, name="主持同志", phone="13812345678")
    activity = make.activity(cast.lin_branch, host=host)
    theirs = make.activity(cast.wu_branch, host=cast.wu_member)
    client = sign_in(person.user)
    page = client.get(activity.get_absolute_url()).content.decode()
    assert "主持同志" in page
    assert "5678" not in page
    assert activity.title in client.get(LIST).content.decode()
    assert theirs.title not in client.get(LIST).content.decode()
    assert client.get(theirs.get_absolute_url()).status_code == 404


def test_activities_are_filtered_by_kind_organization_and_month(sign_in, sun, cast):
    may = timezone.make_aware(timezone.datetime(2026, 5, 31, 23, 30))
    make.activity(cast.lin_branch, host=cast.lin_member, starts_at=may, title="五月的活动")
    june = may + timedelta(hours=1)
    make.activity(cast.wu_branch, host=cast.wu_member, starts_at=june, title="六月的活动")
    client = sign_in(sun)

    def titles(**query):
        page = client.get(LIST, query).content.decode()
        return {title for title in ("五月的活动", "六月的活动") if title in page}

    assert titles(month="2026-05") == {"五月的活动"}
    assert titles(month="2026-06") == {"六月的活动"}
    assert titles(organization=cast.wu_branch.pk) == {"六月的活动"}
    for far in ("1921-01", "9999-12"):
        assert titles(month=far) == set()
    for never in ("0001-01", "0000-00"):
        assert titles(month=never) == titles()
    assert titles(month="2026-13") == titles() == {"五月的活动", "六月的活动"}
    assert "2026-11" in client.get(LIST, {"month": "2026-13"}).content.decode()


def test_the_moment_of_the_demo_is_kept(cast):
    then = timezone.now() - timedelta(days=90)
    activity = make.activity(
        cast.lin_branch, host=cast.lin_member, starts_at=then - timedelta(hours=1), at=then
    )
    assert activity.logged_at == Event.objects.get(name="activity.logged").happened_at == then
    with pytest.raises(StepRefused):
        make.activity(
            cast.lin_branch, host=cast.lin_member, starts_at=then + timedelta(hours=1), at=then
        )


def test_who_corrects_second_is_told(sign_in, cast):
    activity = make.activity(cast.lin_branch, host=cast.lin_member)
    url = reverse("members:activity-edit", args=[activity.pk])
    client = sign_in(cast.lin)
    seen = activity.revision
    first = typed(cast, title="第一次更正", revision=seen)
    second = typed(cast, title="第二次更正", revision=seen)
    assert client.post(url, first).status_code == 302
    assert "刚被别人更正" in client.post(url, second).content.decode()
    activity.refresh_from_db()
    assert activity.title == "第一次更正"
    assert "title" in Event.objects.get(name="activity.changed").facts["fields"]


def test_a_correction_is_for_those_who_may_log(sign_in, cast, sun):
    activity = make.activity(cast.lin_branch, host=cast.lin_member)
    url = reverse("members:activity-edit", args=[activity.pk])
    person = make.member(cast.lin_branch, user=make.user())
    assert sign_in(cast.wu).get(url).status_code == 404
    assert sign_in(person.user).get(url).status_code == 403
    assert sign_in(sun).get(url).status_code == 200
    facts = typed(cast, members=[cast.wu_member.pk], revision=activity.revision)
    assert "attendance" in errors(sign_in(cast.lin).post(url, facts))


def test_change_sets_who_took_part_anew(cast):
    person = make.member(cast.lin_branch)
    activity = make.activity(cast.lin_branch, host=cast.lin_member, members=[person])
    activities.change(activity, by=cast.lin, members=[])
    assert list(activity.members.all()) == [cast.lin_member]


@pytest.mark.parametrize("hours", ["-5", "-0.1", "NaN", "Infinity", "1e400", "两"])
def test_nobody_loses_hours_of_study_by_coming(sign_in, cast, hours):
    answer = sign_in(cast.lin).post(CREATE, typed(cast, hours=hours))
    assert "hours" in errors(answer)
    assert not Activity.objects.filter(status="submitted").exists()


def test_an_endless_number_of_a_person_is_nobody(sign_in, cast):
    query = urlencode(typed(cast, **{f"presence-{'9' * 5000}": "present"}))
    kind = "application/x-www-form-urlencoded"
    answer = sign_in(cast.lin).post(CREATE, query, content_type=kind)
    assert "attendance" in errors(answer)


def test_an_old_record_does_not_become_a_later_activity_that_was_handed_in_in_time(cast):
    """What took place after the record was handed in is handed in when it is put into it."""
    then = timezone.now() - timedelta(days=90)
    early = {"host": cast.lin_member, "starts_at": then - timedelta(hours=1), "at": then}
    record, clock = make.activity(cast.lin_branch, **early), make.activity(cast.lin_branch, **early)
    activities.change(record, by=cast.lin, starts_at=then + timedelta(days=30))
    record.refresh_from_db()
    assert record.is_late and timezone.localdate(record.submitted_at) == timezone.localdate()
    soon = {"starts_at": then + timedelta(hours=1), "at": then + timedelta(hours=2)}
    activities.change(clock, by=cast.lin, **soon)
    clock.refresh_from_db()
    assert not clock.is_late and clock.submitted_at == soon["at"]


def test_of_two_posts_a_line_names_the_foremost(cast):
    member = make.post("委员", leads=False, sole=False, order=50)
    Post.objects.filter(name="书记").update(order=1)
    make.term(cast.lin_branch, cast.lin_member, member.name)
    lines = lines_of(cast.lin_branch, timezone.localdate())
    assert lines[cast.lin_member.pk].post == "书记"

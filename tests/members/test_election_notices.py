"""The secretary, the superior's secretary and the office hear of an election in time."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from members import radar
from members.actions import committees as actions
from members.models import Post, Rule
from nanchuan.kernel.periods import months_after
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import send_mail, tick
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def run():
    tick()
    send_mail()


def record(branch, due_on, by, **facts):
    """The term of the secretary of the cast is registered already."""
    defaults = {
        "elected_on": make.LONG_AGO,
        "starts_on": make.LONG_AGO,
        "number": 1,
        "officers": [],
    }
    return actions.elect(branch, due_on=due_on, by=by, **defaults | facts)


def planned(committee):
    rows = Reminder.objects.filter(
        rule="committee.due", subject_id=committee.pk, state="planned"
    ).order_by("due_at")
    return {row.moment.partition("@")[0]: timezone.localtime(row.due_at) for row in rows}


def morning(day):
    return timezone.make_aware(datetime.combine(day, time(9)))


def pass_to(name):
    rows = Reminder.objects.filter(rule="committee.due", moment__startswith=f"{name}@")
    return rows.update(due_at=timezone.now() - timedelta(seconds=1))


def told():
    return set(Notice.objects.values_list("recipient__name", flat=True))


@pytest.fixture
def far():
    return months_after(timezone.localdate(), 10)


def test_notices_are_planned_at_six_three_and_one_month(cast, sun, far):
    committee = record(cast.lin_branch, far, sun)
    run()
    assert planned(committee) == {
        "6": morning(months_after(far, -6)),
        "3": morning(months_after(far, -3)),
        "1": morning(months_after(far, -1)),
        "over": morning(far + DAY),
    }
    assert told() == set()


def test_the_rule_says_how_many_months(cast, sun, far):
    Rule.objects.filter(code="election_notice").update(value=8)
    committee = record(cast.lin_branch, far, sun)
    run()
    assert set(planned(committee)) == {"8", "3", "1", "over"}


def test_the_secretary_the_superior_and_the_office_hear_of_it(cast, sun, far):
    make.secretary(cast.root, name="上级书记")
    make.secretary(make.organization(cast.lin_branch), name="下级书记")
    record(cast.lin_branch, far, sun)
    run()
    pass_to("6")
    run()
    assert told() == {"lin", "上级书记", "sun"}


def test_it_says_how_long_and_by_which_article(client, cast, sun, far):
    record(cast.lin_branch, far, sun)
    run()
    pass_to("6")
    run()
    client.force_login(cast.lin)
    page = client.get("/inbox/").content.decode()
    assert "lin党支部还有" in page and "届满" in page
    assert "《中国共产党支部工作条例（试行）》第二十一条" in page


def test_what_is_past_is_said_once_the_next_morning(cast, sun):
    today = timezone.localdate()
    committee = record(cast.lin_branch, months_after(today, 4), sun)
    run()
    assert planned(committee)["now"] == morning(today + DAY)
    assert set(planned(committee)) == {"now", "3", "1", "over"}
    pass_to("now")
    run()
    run()
    assert Notice.objects.filter(recipient=cast.lin).count() == 1


def test_what_is_over_already_is_said_too(client, cast, sun):
    today = timezone.localdate()
    committee = record(cast.lin_branch, today - 3 * DAY, sun)
    run()
    assert set(planned(committee)) == {"now"}
    pass_to("now")
    run()
    client.force_login(cast.lin)
    assert "尚未换届" in client.get("/inbox/").content.decode()


def test_an_extension_plans_anew(cast, sun):
    today = timezone.localdate()
    due = months_after(today, 2)
    committee = record(cast.lin_branch, due, sun)
    run()
    actions.extend(committee, to=months_after(due, 12), reason="x", document="x", by=sun)
    run()
    assert set(planned(committee)) == {"6", "3", "1", "over"}
    assert planned(committee)["6"] == morning(months_after(months_after(due, 12), -6))


def test_the_old_day_is_silent_before_the_worker_heard_of_the_extension(cast, sun):
    committee = record(cast.lin_branch, months_after(timezone.localdate(), 2), sun)
    run()
    actions.extend(
        committee, to=months_after(committee.due_on, 6), reason="x", document="x", by=sun
    )
    pass_to("1")
    from nanchuan.notices.actions import reminders

    reminders.expand_due()
    assert told() == set()


def test_the_next_election_silences_the_old_committee(cast, sun):
    today = timezone.localdate()
    old = record(cast.lin_branch, months_after(today, 2), sun)
    run()
    secretary = Post.objects.get(name="书记")
    new = record(
        cast.lin_branch,
        radar.due_after(today, 3),
        sun,
        elected_on=today,
        starts_on=today,
        number=2,
        officers=[(secretary, cast.lin_member)],
    )
    pass_to("1")
    run()
    assert planned(old) == {} and told() == set()
    assert set(planned(new)) == {"6", "3", "1", "over"}


def test_a_corrected_day_moves_the_notices(cast, sun, far):
    committee = record(cast.lin_branch, far, sun)
    run()
    actions.correct(committee, due_on=months_after(far, 1), by=sun)
    run()
    assert planned(committee)["1"] == morning(far)


def test_a_dissolved_branch_is_left_in_peace(cast, sun, far):
    record(cast.lin_branch, far, sun)
    run()
    type(cast.lin_branch).objects.filter(pk=cast.lin_branch.pk).update(
        ends_on=timezone.localdate() - DAY
    )
    pass_to("6")
    run()
    assert told() == set()


def test_impossible_days_plan_nothing_impossible(cast, sun):
    committee = record(cast.lin_branch, date(9999, 12, 31), sun)
    run()
    assert "over" not in planned(committee)


def test_the_office_types_committees_in_bulk_and_is_reminded(client, cast, sun, far):
    client.force_login(sun)
    facts = {"organization": cast.lin_branch.pk, "number": 3, "due_on": far}
    facts |= {"elected_on": "2024-01-01", "starts_on": "2024-01-01"}
    answer = client.post("/admin/members/committeeterm/add/", facts)
    assert answer.status_code == 302, answer.context["errors"]
    run()
    committee = cast.lin_branch.committee_terms.get()
    assert set(planned(committee)) == {"6", "3", "1", "over"}
    assert cast.lin_member.terms.get().ends_on is None


def test_home_says_whose_election_is_near(client, cast, sun):
    today = timezone.localdate()
    record(cast.lin_branch, today + 20 * DAY, sun)
    for user in (cast.lin, sun):
        client.force_login(user)
        page = client.get("/").content.decode()
        assert "lin党支部" in page and "还有 20 天届满" in page
    client.force_login(cast.zhao)
    assert "天届满" not in client.get("/").content.decode()
    for branch in (cast.wu_branch, cast.zhao_branch):
        record(branch, today - 5 * DAY, sun)
    client.force_login(sun)
    page = client.get("/").content.decode()
    assert "逾期 2 个" in page and "/members/terms/" in page

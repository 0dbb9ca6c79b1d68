"""Lin's branch prepares its meeting of organizational life, holds it and puts things right."""

import uuid
from datetime import timedelta
from itertools import product

import pytest
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from members.actions import lifemeetings as actions
from members.actions import urns
from members.models import LifeMeeting, Rectification, SuggestionBox
from nanchuan.kernel.models import Event, FormToken
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.models import Reminder
from tests import make
from tests import make_appraisals as made

pytestmark = pytest.mark.django_db
LIST = reverse("members:lifemeeting-list")
CREATE = reverse("members:lifemeeting-create")
STATES = ("preparing", "ready", "held", "closed", "cancelled")


def url(row, act="detail", noun="lifemeeting"):
    return reverse(f"members:{noun}-{act}", args=[row.pk])


def once(**typed):
    return {"once": uuid.uuid4()} | typed


@pytest.fixture
def people(cast):
    return made.people(cast.lin_branch, 5)


@pytest.fixture
def meeting(cast, people):
    return made.life_meeting(cast.lin_branch, by=cast.lin)


def until_today(meeting):
    meeting.opinions_until = timezone.localdate()
    meeting.save(update_fields=["opinions_until"])


def typed(cast, **changes):
    today = timezone.localdate()
    return (
        once(
            organization=cast.lin_branch.pk,
            theme="年度组织生活会",
            planned_on=f"{today + timedelta(days=20):%Y-%m-%d}",
            opinions_until=f"{today + timedelta(days=10):%Y-%m-%d}",
        )
        | changes
    )


def test_lin_prepares_a_meeting_with_everybody(sign_in, cast, people):
    appraisal = made.appraisal(cast.lin_branch)
    response = sign_in(cast.lin).post(CREATE, typed(cast, appraisal=appraisal.pk))
    meeting = LifeMeeting.objects.get()
    assert response.url == meeting.get_absolute_url()
    assert (meeting.parts.count(), meeting.appraisal) == (6, appraisal)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("organization", "9" * 30),
        ("theme", ""),
        ("theme", "\x00"),
        ("theme", "长" * 101),
        ("planned_on", "0001-01-01"),
        ("opinions_until", "9999-12-31"),
        ("opinions_until", "0001-01-01"),
        ("opinions_until", "2025-12-01"),
        ("appraisal", "x"),
        ("appraisal", "9" * 30),
    ],
)
def test_bad_input_is_told_and_nothing_is_made(sign_in, cast, people, field, value):
    response = sign_in(cast.lin).post(CREATE, typed(cast, **{field: value}))
    assert response.status_code == 200 and response.context["form"].errors
    assert not LifeMeeting.objects.exists()


def test_an_appraisal_of_another_branch_does_not_fit(sun, sign_in, cast, people):
    made.people(cast.wu_branch, 1)
    other = made.appraisal(cast.wu_branch)
    response = sign_in(sun).post(CREATE, typed(cast, appraisal=other.pk))
    assert "只能结合本支部的民主评议" in response.content.decode()


def test_an_opinion_leaves_no_trace_of_who_and_when(client, cast, meeting, people):
    kept = [Event.objects.count(), FormToken.objects.count()]
    texts = ["乙意见", "甲意见", "丙意见", "甲意见"]
    for person, text in zip(people, texts, strict=False):
        client.force_login(person.user)
        assert client.post(url(meeting, "suggest"), {"text": text}).status_code == 302
    assert [Event.objects.count(), FormToken.objects.count()] == kept
    assert {field.name for field in SuggestionBox._meta.get_fields()} == {"meeting", "sealed"}
    assert urns.unseal(SuggestionBox.objects.get().sealed) == sorted(set(texts))
    for user in (cast.lin, people[0].user):
        client.force_login(user)
        assert "甲意见" not in client.get(url(meeting)).content.decode()
    client.force_login(cast.lin)
    until_today(meeting)
    client.post(url(meeting, "open"))
    assert "甲意见" in client.get(url(meeting)).content.decode()
    assert not SuggestionBox.objects.exists()
    client.force_login(people[0].user)
    assert "甲意见" not in client.get(url(meeting)).content.decode()
    late = client.post(url(meeting, "suggest"), {"text": "迟到的意见"})
    assert "已经打开" in late.content.decode() and "迟到的意见" in late.content.decode()


def test_the_box_stays_shut_until_its_last_day(client, cast, meeting, people):
    """Opened after the first opinion, it would tell by the hour who wrote it."""
    actions.suggest(meeting, text="第一条意见")
    client.force_login(cast.lin)
    page = client.post(url(meeting, "open"), follow=True).content.decode()
    assert "到那一天才能汇总" in page and "第一条意见" not in page
    meeting.refresh_from_db()
    assert meeting.status == LifeMeeting.Status.PREPARING and not meeting.opinions
    assert SuggestionBox.objects.filter(meeting=meeting).exists()
    until_today(meeting)
    assert "第一条意见" in client.post(url(meeting, "open"), follow=True).content.decode()


def days_from_today(**days):
    return {name: timezone.localdate() + timedelta(days=number) for name, number in days.items()}


@pytest.mark.parametrize("opinions", [(), ("第一条意见",)])
def test_the_last_day_of_the_box_moves_only_later(client, cast, meeting, opinions):
    """Also of an empty box: a refusal that began with the first opinion would tell of it."""
    for text in opinions:
        actions.suggest(meeting, text=text)
    client.force_login(cast.lin)
    before = meeting.opinions_until
    typed = {"theme": "年度组织生活会"} | days_from_today(planned_on=20, opinions_until=0)
    answer = client.post(url(meeting, "edit"), once(**typed))
    assert "只能延后，不能提前" in answer.content.decode()
    meeting.refresh_from_db()
    assert meeting.opinions_until == before
    later = typed | days_from_today(opinions_until=15)
    assert client.post(url(meeting, "edit"), once(**later)).status_code == 302
    meeting.refresh_from_db()
    assert meeting.opinions_until == later["opinions_until"]
    with pytest.raises(StepRefused, match="到那一天才能汇总"):
        actions.open_box(meeting, by=cast.lin)


def test_a_box_stands_for_a_night_and_without_one_any_day_will_do(cast, people):
    facts = {"theme": "组织生活会", "by": cast.lin} | days_from_today(planned_on=9)
    today = days_from_today(opinions_until=0)
    with pytest.raises(StepRefused, match="至少开到第二天"):
        actions.begin(cast.lin_branch, **facts, **today)
    few = actions.begin(cast.wu_branch, **facts, **days_from_today(opinions_until=5))
    actions.change(few, by=cast.wu, theme="组织生活会", planned_on=facts["planned_on"], **today)
    few.refresh_from_db()
    assert few.opinions_until == today["opinions_until"]


def test_too_few_to_stay_unknown_have_no_box(client, cast):
    meeting = made.life_meeting(cast.lin_branch)
    client.force_login(cast.lin)
    assert "不设匿名意见箱" in client.get(url(meeting)).content.decode()
    assert "没有设置" in client.post(url(meeting, "suggest"), {"text": "意见"}).content.decode()


def test_everybody_writes_for_the_own_person_and_the_secretary_reads(client, sun, cast, people):
    meeting = made.life_meeting(cast.lin_branch)
    client.force_login(people[0].user)
    text = {"check_list": "金丝雀检查", "criticism": "金丝雀批评"}
    assert client.post(url(meeting, "write"), once(**text)).status_code == 302
    for user in (people[0].user, people[1].user, cast.lin, sun):
        client.force_login(user)
        page = client.get(url(meeting)).content.decode()
        assert ("金丝雀" in page) == (user == cast.lin)
    client.force_login(people[0].user)
    assert "金丝雀检查" in client.get(url(meeting, "write")).content.decode()
    client.force_login(sun)  # takes no part
    assert client.get(url(meeting, "write")).status_code == 403


def test_after_the_meeting_only_notes_are_added(cast, people):
    meeting = made.life_meeting(cast.lin_branch, "held")
    part = meeting.parts.get(member=people[0])
    actions.write(part, criticism="会上的批评")
    with pytest.raises(StepRefused, match="对照检查不能再改"):
        actions.write(part, check_list="补写")


def test_talks_and_study_are_counted_from_records(client, cast, meeting, people):
    talk = make.activity_kind("talk", "谈心谈话")
    for _again in range(2):
        make.activity(cast.lin_branch, host=cast.lin_member, members=people[:2], kind=talk)
    long_ago = timezone.now() - timedelta(days=400)
    make.activity(
        cast.lin_branch, host=people[4], members=[], kind=talk, starts_at=long_ago, at=long_ago
    )
    study = make.activity_kind("study", "第一议题学习")
    make.activity(cast.lin_branch, host=cast.lin_member, kind=study, title="会前学习")
    client.force_login(cast.lin)
    page = client.get(url(meeting)).content.decode()
    assert "3 / 6 人近一年谈过" in page
    assert "会前学习" in page


def test_it_was_held_says_the_record_of_the_activity(client, cast, meeting):
    other = make.activity(cast.lin_branch, host=cast.lin_member)
    record = made.life_activity(cast.lin_branch)
    until_today(meeting)
    actions.open_box(meeting, by=cast.lin)
    client.force_login(cast.lin)
    for wrong in ("", "x", "9" * 30, other.pk):
        answer = client.post(url(meeting, "held"), once(activity=wrong))
        assert answer.status_code == 200
    assert client.post(url(meeting, "held"), once(activity=record.pk)).status_code == 302
    meeting.refresh_from_db()
    assert (meeting.status, meeting.activity) == ("held", record)
    second = made.life_meeting(cast.lin_branch, "ready")
    with pytest.raises(StepRefused):
        actions.hold(second, activity=record, by=cast.lin)


def test_items_are_put_right_by_whom_they_are_asked_of(client, cast, people):
    meeting = made.life_meeting(cast.lin_branch, "held")
    client.force_login(cast.lin)
    due = f"{timezone.localdate() + timedelta(days=30):%Y-%m-%d}"
    for wrong in ({"owner": cast.wu_member.pk}, {"due_on": "0000-00-00"}, {"text": ""}):
        facts = {"text": "改进学习", "owner": people[0].pk, "due_on": due} | wrong
        assert client.post(url(meeting, "item"), once(**facts)).status_code == 200
    facts = {"text": "改进学习", "owner": people[0].pk, "due_on": due}
    assert client.post(url(meeting, "item"), once(**facts)).status_code == 302
    item = Rectification.objects.get()
    assert "还有 1 项" in client.post(url(meeting, "close"), follow=True).content.decode()
    for user, status in ((people[1].user, 403), (cast.zhao, 404), (people[0].user, 302)):
        client.force_login(user)
        answer = client.post(url(item, "finish", "rectification"), once(outcome="已改进"))
        assert answer.status_code == status
    client.force_login(people[0].user)
    assert client.post(url(item, "drop", "rectification"), once(outcome="不做")).status_code == 403
    item.refresh_from_db()
    assert (item.status, item.done_on) == ("done", timezone.localdate())
    client.force_login(cast.lin)
    client.post(url(meeting, "close"))
    meeting.refresh_from_db()
    assert meeting.status == "closed"


VERBS = {
    "open": ({"secretary"}, {"preparing"}, "ready"),
    "close": ({"secretary", "chief", "staff"}, {"held"}, "closed"),
    "cancel": ({"secretary", "chief", "staff"}, {"preparing", "ready"}, "cancelled"),
}


@pytest.mark.parametrize("state", STATES)
def test_who_sees_and_does_what_at_which_step(cast, sun, people, state):
    meeting = made.life_meeting(cast.lin_branch, state)
    until_today(meeting)
    personas = {
        "secretary": cast.lin,
        "chief": make.secretary(cast.root).user,
        "staff": sun,
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "member": people[0].user,
        "outside": cast.zhao,
        "admin": make.staff("admin"),
    }
    wrong = []
    for name, user in personas.items():
        client = Client()
        client.force_login(user)
        expected = {"outside": 404, "admin": 403}.get(name, 200)
        if client.get(url(meeting)).status_code != expected:
            wrong.append((name, "page"))
        if (meeting.get_absolute_url() in client.get(LIST).content.decode()) != (expected == 200):
            wrong.append((name, "list"))
    for (verb, (who, states, then)), (name, user) in product(VERBS.items(), personas.items()):
        client = Client()
        client.force_login(user)
        with transaction.atomic():
            client.post(url(meeting, verb), once(reason="改期"))
            now = LifeMeeting.objects.values_list("status", flat=True).get()
            transaction.set_rollback(True)
        works = name in who and state in states
        if now != (then if works else state):
            wrong.append((verb, name, now))
    assert wrong == []


def heard(user):
    rows = Reminder.objects.filter(deliveries__recipient=user, deliveries__channel="inbox")
    return list(rows.order_by("pk").values_list("rule", flat=True))


def settle():
    events.handle_waiting()
    reminders.expand_due()


def test_who_has_not_written_hears_again_and_an_item_is_chased(cast, meeting, people):
    settle()
    actions.write(meeting.parts.get(member=people[0]), check_list="已写")
    late = Reminder.objects.filter(rule="lifemeeting.writing_due", state="planned")
    assert late.update(due_at=timezone.now() - timedelta(seconds=1)) == 1
    settle()
    assert heard(people[0].user) == ["lifemeeting.opened"]
    assert heard(people[1].user) == ["lifemeeting.opened", "lifemeeting.writing_due"]
    until_today(meeting)
    actions.open_box(meeting, by=cast.lin)
    actions.hold(meeting, activity=made.life_activity(cast.lin_branch), by=cast.lin)
    due_on = timezone.localdate() + timedelta(days=30)
    item = actions.add_item(meeting, text="改进", owner=people[0], due_on=due_on, by=cast.lin)
    settle()
    assert "rectification.added" in heard(people[0].user)
    waiting = Reminder.objects.about(item).filter(state="planned")
    assert set(waiting.values_list("rule", flat=True)) == {
        "rectification.due",
        "rectification.overdue",
    }
    actions.finish_item(item, outcome="好了", by=cast.lin)
    settle()
    assert not waiting.exists()


def test_the_pages_ask_a_constant_number_of_questions(
    client, cast, sun, meeting, django_assert_max_num_queries
):
    client.force_login(sun)
    client.get(LIST)
    with django_assert_max_num_queries(12):
        client.get(LIST)
    with django_assert_max_num_queries(20):
        client.get(url(meeting))


def test_without_a_record_the_way_to_log_one_is_offered(client, cast, people):
    """The kind is chosen already, and the day by which to write is no longer named."""
    meeting = made.life_meeting(cast.lin_branch, "ready")
    client.force_login(cast.lin)
    page = client.get(url(meeting, "held"))
    link = page.context["log_url"]
    assert link in page.content.decode().replace("&amp;", "&")
    form = client.get(link).context["form"]
    assert form.kinds[form["kind"].value()].code == "organizational_life"
    held = made.life_meeting(cast.wu_branch, "held")
    client.force_login(cast.wu)
    assert "以前写好对照检查" not in client.get(url(held)).content.decode()


def test_a_theme_is_proposed(client, cast):
    client.force_login(cast.lin)
    form = client.get(reverse("members:lifemeeting-create")).context["form"]
    assert form["theme"].value() == f"{timezone.localdate().year} 年度组织生活会"

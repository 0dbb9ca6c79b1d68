"""Topics: Lin convenes and asks for them, Wu proposes, others support, Lin answers; Zhao, of
another group, hears and sees nothing of it."""

import uuid
from datetime import datetime, timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from alliance import feeds
from alliance.actions import adopting, meetings
from alliance.actions import topics as actions
from alliance.models import AgendaItem, Duty, Meeting, MeetingKind, Topic
from nanchuan.kernel import calendar
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Notice, Reminder
from nanchuan.notices.tasks import tick
from tests import make

CANARY = "金丝雀议题文字"
AHEAD = timedelta(days=60)


@pytest.fixture
def draft(cast):
    """A draft of Lin's with time enough for everything."""
    starts_at = timezone.now() + AHEAD
    return Meeting.objects.create(
        group=cast.group,
        kind=MeetingKind.objects.first(),
        title="第三季度联席会议",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        convened_by=cast.lin_unit,
        turn=cast.turn,
        place="会议厅",
        status="draft",
    )


@pytest.fixture
def called(cast, draft):
    actions.call(draft, by=cast.lin)
    return draft


@pytest.fixture
def topic(cast, called):
    return propose(cast, called)


def propose(cast, meeting, **facts):
    facts = {"title": "用工互助", "text": CANARY, "minutes": 15, "presenter": "吴"} | facts
    facts.setdefault("unit", cast.wu_unit)
    return actions.propose(meeting, by=facts.pop("by", cast.wu), **facts)


def url(row, verb=""):
    noun = {"Meeting": "meetings", "Topic": "topics"}[type(row).__name__]
    return f"/alliance/{noun}/{row.pk}/" + (f"{verb}/" if verb else "")


def typed(**facts):
    return (
        {"title": "班车拼车", "text": "说明", "minutes": "10", "presenter": "吴"}
        | {"once": uuid.uuid4()}
        | facts
    )


def text(client, path):
    return client.get(path).content.decode()


def inbox(user):
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    return list(rows.values_list("reminder__rule", flat=True))


# ── The call ────────────────────────────────────────────────────────────────────────────────


def test_a_call_shows_the_draft_to_the_group_and_tells_it(sign_in, cast, draft):
    assert sign_in(cast.wu).get(url(draft)).status_code == 404
    answer = sign_in(cast.lin).post(url(draft, "call"), follow=True)
    assert "已向各成员单位征集议题" in answer.content.decode()
    page = text(sign_in(cast.wu), url(draft))
    assert "正在征集议题" in page
    assert url(draft, "topics/propose") in text(sign_in(cast.wu), url(draft, "topics"))
    assert draft.title in text(sign_in(cast.wu), "/alliance/meetings/")
    assert draft.title in text(sign_in(cast.wu), cast.group.get_absolute_url())
    tick()
    assert inbox(cast.wu) == ["topics.called"]
    assert inbox(cast.lin) == inbox(cast.zhao) == []
    assert sign_in(cast.zhao).get(url(draft)).status_code == 404


def test_units_are_asked_once(cast, called):
    with pytest.raises(StepRefused, match="已经征集过"):
        actions.call(called, by=cast.lin)
    assert Event.objects.filter(name="meeting.topics_called").count() == 1


def test_only_whoever_convenes_asks(sign_in, cast, sun, draft):
    meeting = make.meeting(cast.group, by=cast.lin)
    assert sign_in(cast.wu).post(url(meeting, "call")).status_code == 403
    assert sign_in(cast.zhao).post(url(meeting, "call")).status_code == 404
    assert sign_in(make.staff("leader")).post(url(meeting, "call")).status_code == 403
    assert sign_in(sun).post(url(meeting, "call")).status_code == 302
    meeting.refresh_from_db()
    assert meeting.topics_called_at


CALL = {"draft": True, "convened": True, "held": False, "cancelled": False}


@pytest.mark.parametrize("status", Meeting.Status.values)
def test_a_call_from_each_status(cast, draft, status):
    Meeting.objects.filter(pk=draft.pk).update(status=status)
    if CALL[status]:
        actions.call(draft, by=cast.lin)
        return
    with pytest.raises(StepRefused):
        actions.call(draft, by=cast.lin)


def test_a_draft_that_asks_for_topics_is_in_no_calendar(cast, called):
    feed, _token = make.feed(cast.wu, group=cast.group)
    assert called.title not in feeds.content(feed).decode()
    meetings.cancel(called, reason="改期另议", by=cast.lin)
    assert called.title not in feeds.content(feed).decode()
    held = make.meeting(cast.group, by=cast.lin, title="已通知的会议")  # the control
    assert held.title in feeds.content(feed).decode().replace("\r\n ", "")


def test_a_draft_called_off_says_so_to_those_who_were_asked(cast, called):
    tick()
    meetings.cancel(called, reason="条件不具备", by=cast.lin)
    tick()
    assert inbox(cast.wu) == ["topics.called", "topics.called_off"]
    assert inbox(cast.zhao) == []


def test_the_last_day_is_that_of_the_time_line(called):
    on = timezone.localdate(called.starts_at)
    assert actions.due_on(called) == calendar.working_days_before(on, 15)


def test_a_late_call_leaves_time_all_the_same(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    actions.call(meeting, by=cast.lin)
    today = timezone.localdate()
    assert today < actions.due_on(meeting) < timezone.localdate(meeting.starts_at)


def test_the_dates_of_the_page_say_until_when_a_late_call_collects(sign_in, cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    actions.call(meeting, by=cast.lin)
    page = sign_in(cast.lin).get(url(meeting))
    first = page.context["dates"][0]
    assert (first.label, first.day) == ("征集议题截止", actions.due_on(meeting))


def test_units_without_a_topic_are_reminded_once(cast, called):
    tick()
    propose(cast, called)
    rows = Reminder.objects.filter(rule="topics.reminder", subject_id=called.pk)
    due_at = rows.get().due_at
    last = actions.due_on(called)
    assert timezone.localdate(due_at) == calendar.working_days_before(last, 2)
    Meeting.objects.filter(pk=called.pk).update(starts_at=moment_with_last_day_soon())
    for _again in range(2):
        rows.update(due_at=timezone.now() - timedelta(seconds=1))
        tick()
    assert "topics.reminder" in inbox(cast.lin)
    assert inbox(cast.lin).count("topics.reminder") == 1
    assert "topics.reminder" not in inbox(cast.wu)
    assert rows.count() == 1


def moment_with_last_day_soon():
    """A start for which the next working day is the last one."""
    day = calendar.working_days_after(timezone.localdate(), 16)
    return timezone.make_aware(datetime(day.year, day.month, day.day, 15))  # noqa: DTZ001


# ── Units propose ───────────────────────────────────────────────────────────────────────────


def test_wu_proposes_on_a_phone_with_one_field(sign_in, cast, called):
    client = sign_in(cast.wu)
    assert 'type="hidden" name="unit"' in text(client, url(called, "topics/propose"))
    sent = typed(unit=cast.wu_unit.pk, text="", minutes="", presenter="")
    assert client.post(url(called, "topics/propose"), sent).status_code == 302
    client.post(url(called, "topics/propose"), sent)  # a second click
    topic = Topic.objects.get()
    assert (topic.unit, topic.proposed_by, topic.status) == (cast.wu_unit, cast.wu, "proposed")
    assert "班车拼车" in text(client, url(called, "topics"))


def test_an_empty_topic_is_explained_and_nothing_is_lost(sign_in, cast, called):
    sent = typed(unit=cast.wu_unit.pk, title="", text="这段不能丢")
    page = sign_in(cast.wu).post(url(called, "topics/propose"), sent)
    assert page.context["form"].errors["title"]
    assert "这段不能丢" in page.content.decode()


def test_nobody_proposes_for_another_unit(sign_in, cast, called, sun):
    sent = typed(unit=cast.lin_unit.pk)
    page = sign_in(cast.wu).post(url(called, "topics/propose"), sent)
    assert page.context["form"].errors["unit"]
    with pytest.raises(PermissionDenied):
        propose(cast, called, unit=cast.lin_unit)
    assert propose(cast, called, unit=cast.lin_unit, by=sun).unit == cast.lin_unit


@pytest.mark.parametrize(
    ("persona", "status"), [("lin", 200), ("wu", 200), ("sun", 200), ("zhao", 404), ("leader", 403)]
)
def test_who_reaches_the_page_to_propose(  # noqa: PLR0917
    sign_in, cast, called, sun, persona, status
):
    user = {"sun": sun, "leader": make.staff("leader")}.get(persona) or getattr(cast, persona)
    assert sign_in(user).get(url(called, "topics/propose")).status_code == status


def test_after_the_last_day_it_stands_there_as_late(sign_in, cast, topic):
    assert "逾期提出" not in text(sign_in(cast.lin), url(topic.meeting, "topics"))
    last = actions.due_on(topic.meeting)
    after = timezone.make_aware(datetime(last.year, last.month, last.day, 9)) + timedelta(days=1)  # noqa: DTZ001
    late = propose(cast, topic.meeting, title="晚提的", at=after)
    assert actions.is_late(late, actions.due_on(late.meeting))
    assert not actions.is_late(topic, actions.due_on(topic.meeting))
    assert "逾期提出" in text(sign_in(cast.lin), url(topic.meeting, "topics"))


def test_two_speakers_of_a_unit_edit_one_topic(sign_in, cast, topic):
    client = sign_in(cast.wu)
    seen = client.get(url(topic, "edit")).context["form"]["seen"].value()
    Topic.objects.filter(pk=topic.pk).update(title="同事改过")
    page = client.post(url(topic, "edit"), typed(title="我改的", seen=seen))
    assert "请逐项选择保留哪一个" in page.content.decode()
    assert "同事改过" in page.content.decode()
    assert "我改的" in page.content.decode()


def test_a_unit_supports_once_and_takes_it_back(sign_in, cast, topic):
    client = sign_in(cast.lin)
    client.post(url(topic, "support"))
    assert "已经附议过" in client.post(url(topic, "support"), follow=True).content.decode()
    assert [row.unit for row in topic.supports.all()] == [cast.lin_unit]
    assert "1 家附议：lin公司" in text(client, url(topic.meeting, "topics"))
    client.post(url(topic, "unsupport"))
    assert not topic.supports.exists()
    assert sign_in(cast.wu).post(url(topic, "support")).status_code == 403  # its own


# ── Every act from every status ─────────────────────────────────────────────────────────────

ACTS = {
    "edit": lambda row, by: actions.edit(row, title="新", by=by),
    "withdraw": lambda row, by: actions.withdraw(row, by=by),
    "support": lambda row, by: actions.support(row, by=by),
    "adopt": lambda row, by: adopting.adopt(row.meeting, [row], by=by),
    "defer": lambda row, by: actions.defer(row, reason="因", by=by),
    "decline": lambda row, by: actions.decline(row, reason="因", by=by),
    "return": lambda row, by: adopting.put_back(row, by=by),
}
# What each act makes of each status; what is missing is refused.
TABLE = {
    "edit": {"proposed": "proposed"},
    "withdraw": {"proposed": "withdrawn"},
    "support": {"proposed": "proposed"},
    "adopt": {"proposed": "adopted"},
    "defer": {"proposed": "deferred"},
    "decline": {"proposed": "declined"},
    "return": {"adopted": "proposed", "deferred": "proposed", "declined": "proposed"},
}
ACTOR = {"edit": "wu", "withdraw": "wu"}


@pytest.mark.parametrize("status", Topic.Status.values)
@pytest.mark.parametrize("verb", ACTS)
def test_each_act_from_each_status(cast, topic, verb, status):
    Topic.objects.filter(pk=topic.pk).update(status=status)
    topic.refresh_from_db()
    by, expected = getattr(cast, ACTOR.get(verb, "lin")), TABLE[verb].get(status)
    if expected is None:
        with pytest.raises(StepRefused):
            ACTS[verb](topic, by)
    else:
        ACTS[verb](topic, by)
    topic.refresh_from_db()
    assert topic.status == (expected or status)


MAY = {
    "edit": {"wu"},
    "withdraw": {"wu"},
    "support": {"lin"},
    "unsupport": {"lin"},
    "defer": {"lin", "sun"},
    "decline": {"lin", "sun"},
    "return": {"lin", "sun"},
}


@pytest.mark.parametrize("persona", ["lin", "wu", "sun", "zhao", "leader", "member"])
@pytest.mark.parametrize("verb", MAY)
def test_each_act_of_each_persona(  # noqa: PLR0917
    sign_in, cast, topic, sun, verb, persona
):
    """404 for whom the meeting does not exist, 403 for who may only look, else it is answered."""
    others = {"sun": sun, "leader": make.staff("leader"), "member": make.user(name="member")}
    user = others.get(persona) or getattr(cast, persona)
    answer = sign_in(user).post(url(topic, verb), typed(reason="因"))
    allowed = persona in MAY[verb]
    if allowed:
        assert answer.status_code in (200, 302)
    else:
        assert answer.status_code == (404 if persona == "zhao" else 403)
        topic.refresh_from_db()
        assert topic.status == "proposed"


STATES_OF_MEETING = {
    "edit": {"draft", "convened"},
    "withdraw": {"draft", "convened"},
    "support": {"draft", "convened"},
    "adopt": {"draft", "convened"},
    "defer": {"draft", "convened", "held"},
    "decline": {"draft", "convened", "held"},
}


@pytest.mark.parametrize("status", Meeting.Status.values)
@pytest.mark.parametrize("verb", STATES_OF_MEETING)
def test_each_act_while_the_meeting_is_in_each_status(cast, topic, verb, status):
    meeting = topic.meeting
    for unit in (cast.lin_unit, cast.wu_unit):
        meeting.invitations.create(seat=cast.group.seats.get(unit=unit), unit_name=unit.name)
    Meeting.objects.filter(pk=meeting.pk).update(status=status)
    by = getattr(cast, ACTOR.get(verb, "lin"))
    if status in STATES_OF_MEETING[verb]:
        ACTS[verb](topic, by)
        return
    with pytest.raises(StepRefused):
        ACTS[verb](topic, by)


def test_once_it_has_begun_nobody_proposes(cast, topic):
    at = topic.meeting.starts_at + timedelta(minutes=1)
    for act in (
        lambda: propose(cast, topic.meeting, at=at),
        lambda: actions.edit(topic, title="新", by=cast.wu, at=at),
        lambda: actions.support(topic, by=cast.lin, at=at),
    ):
        with pytest.raises(StepRefused):
            act()


# ── Answers ─────────────────────────────────────────────────────────────────────────────────


def test_a_topic_becomes_a_line_with_all_it_says(sign_in, cast, topic):
    client = sign_in(cast.lin)
    assert topic.title in text(client, url(topic.meeting, "agenda"))
    client.post(url(topic.meeting, "topics/adopt"), {"topics": topic.pk})
    item = AgendaItem.objects.get(kind="ordinary")
    assert (item.title, item.minutes, item.presenter) == ("用工互助", 15, "吴")
    assert (item.unit, item.text) == (cast.wu_unit, CANARY)
    topic.refresh_from_db()
    assert (topic.status, topic.item) == ("adopted", item)


def test_several_topics_become_one_line(sign_in, cast, topic):
    other = propose(cast, topic.meeting, title="错峰用工", unit=cast.lin_unit, by=cast.lin)
    sent = {"topics": [topic.pk, other.pk], "title": "用工余缺调剂"}
    sign_in(cast.lin).post(url(topic.meeting, "topics/adopt"), sent)
    item = AgendaItem.objects.get(kind="ordinary")
    assert (item.title, item.minutes, item.unit) == ("用工余缺调剂", 30, None)
    assert set(item.topics.all()) == {topic, other}


def test_a_topic_joins_a_line_that_stands_there(cast, topic):
    item = topic.meeting.items.create(title="用工", order=9)
    adopting.adopt(topic.meeting, [topic], item=item, by=cast.lin)
    assert list(item.topics.all()) == [topic]
    assert topic.meeting.items.filter(kind="ordinary").count() == 1


def test_nothing_ticked_is_explained(sign_in, cast, topic):
    answer = sign_in(cast.lin).post(url(topic.meeting, "topics/adopt"), {}, follow=True)
    assert "请先勾选" in answer.content.decode()
    for persona, status in (("wu", 403), ("zhao", 404)):
        client = sign_in(getattr(cast, persona))
        answer = client.post(url(topic.meeting, "topics/adopt"), {"topics": topic.pk})
        assert answer.status_code == status
    topic.refresh_from_db()
    assert topic.status == "proposed"


@pytest.mark.parametrize("verb", ["adopt", "defer", "decline"])
def test_who_proposed_hears_the_answer_once(cast, topic, verb):
    tick()
    ACTS[verb](topic, cast.lin)
    tick()
    tick()
    assert inbox(cast.wu) == ["topics.called", "topic.answered"]
    assert inbox(cast.lin) == inbox(cast.zhao) == []


def test_an_answer_that_was_taken_back_before_it_was_told_is_not_told(cast, topic):
    actions.decline(topic, reason="因", by=cast.lin)
    adopting.put_back(topic, by=cast.lin)
    tick()
    assert "topic.answered" not in inbox(cast.wu)


def test_an_answer_needs_a_reason(sign_in, cast, topic):
    page = sign_in(cast.lin).post(url(topic, "decline"), typed(reason=" "))
    assert "请写明原因" in page.content.decode()
    topic.refresh_from_db()
    assert topic.status == "proposed"


def test_put_back_takes_the_line_along_unless_something_hangs_on_it(cast, topic):
    item = adopting.adopt(topic.meeting, [topic], by=cast.lin)
    topic.refresh_from_db()
    make.resolution(topic.meeting, item=item)
    with pytest.raises(StepRefused, match="已有表决或议定事项"):
        adopting.put_back(topic, by=cast.lin)
    topic.refresh_from_db()
    assert topic.status == "adopted"
    item.resolutions.all().delete()
    adopting.put_back(topic, by=cast.lin)
    assert not AgendaItem.objects.filter(pk=item.pk).exists()


def test_a_deferred_topic_is_taken_over_by_the_next_meeting(sign_in, cast, topic):
    actions.support(topic, by=cast.lin)
    actions.defer(topic, reason="时间不够", by=cast.lin)
    later = make.meeting(cast.group, by=cast.lin)
    client = sign_in(cast.lin)
    assert topic.title in text(client, url(later, "agenda"))
    client.post(url(later, "topics/take"), {"topics": topic.pk})
    topic.refresh_from_db()
    assert (topic.meeting, topic.status, topic.reason) == (later, "proposed", "")
    assert topic.supports.count() == 1
    gone = client.post(url(later, "topics/take"), {"topics": topic.pk}, follow=True)
    assert "已由别的会议接过去" in gone.content.decode()


def test_topics_of_a_meeting_that_is_off_are_offered_too(cast, topic):
    meetings.cancel(topic.meeting, reason="冲突", by=cast.lin)
    later = make.meeting(cast.group, by=cast.lin)
    assert list(adopting.left_over(later)) == [topic]
    adopting.take_over(later, [topic], by=cast.lin)
    topic.refresh_from_db()
    assert topic.meeting == later


def test_what_one_group_left_over_no_other_group_is_offered(cast, topic):
    actions.defer(topic, reason="时间不够", by=cast.lin)
    make.turn(cast.other_group.seats.get())
    theirs = make.meeting(cast.other_group, by=cast.zhao)
    shared = make.meeting(cast.group, by=cast.lin, partners=[cast.other_group])
    own = make.meeting(cast.group, by=cast.lin)
    assert list(adopting.left_over(own)) == [topic]
    assert not adopting.left_over(theirs)
    assert not adopting.left_over(shared)


def test_with_its_topics_answered_the_duty_is_done(cast):
    make.begun(cast.turn)
    draft = Meeting.objects.get(status="draft")
    actions.call(draft, by=cast.lin)
    duty = Duty.objects.get(kind="topics")
    assert (duty.meeting, duty.status) == (draft, "open")
    topic = propose(cast, draft)
    Meeting.objects.filter(pk=draft.pk).update(place="会议厅")
    meetings.announce(draft, by=cast.lin)
    duty.refresh_from_db()
    assert duty.status == "open"  # a topic waits
    adopting.adopt(draft, [topic], by=cast.lin)
    duty.refresh_from_db()
    assert (duty.status, duty.done_by) == ("done", cast.lin)


# ── Visibility ──────────────────────────────────────────────────────────────────────────────


def test_zhao_never_reads_a_topic_of_another_group(sign_in, cast, topic, mailoutbox):
    adopting.adopt(topic.meeting, [topic], by=cast.lin)
    actions.decline(propose(cast, topic.meeting, title=CANARY), reason=CANARY, by=cast.lin)
    Meeting.objects.filter(pk=topic.meeting.pk).update(place="会议厅")
    meetings.announce(topic.meeting, by=cast.lin)
    tick()
    feed, _token = make.feed(cast.zhao, group=cast.other_group)
    pages = ["/", "/inbox/", "/alliance/meetings/", "/alliance/meetings/?export=xlsx"]
    pages += [url(topic.meeting, part) for part in ("", "topics", "agenda")]
    pages.append(url(topic, "edit"))
    client = sign_in(cast.zhao)
    for page in pages:
        answer = client.get(page)
        body = b"".join(answer) if answer.streaming else answer.content
        assert CANARY not in body.decode(errors="ignore"), page
    assert CANARY not in feeds.content(feed).decode()
    assert not [mail for mail in mailoutbox if cast.zhao.email in mail.to]
    assert CANARY in text(sign_in(cast.wu), url(topic.meeting, "topics"))  # the control

"""Minutes go from hand to hand: written, handed in, numbered, published, corrected."""

import uuid
from contextlib import contextmanager, nullcontext
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alliance import minuting
from alliance.actions import attendance, checkins, votes
from alliance.actions import minutes as actions
from alliance.actions.minutes_lock import check_unlocked
from alliance.models import CheckIn, Meeting, MeetingKind, Minutes
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.together import answered
from tests import make

DAY = timedelta(days=1)
PEOPLE = ["lin", "colleague", "wu", "zhao", "sun", "leader", "auditor", "admin", "nobody"]


@pytest.fixture
def meeting(cast):
    """Lin's unit convenes; Wu's is invited; it was held."""
    meeting = make.meeting(cast.group, by=cast.lin)
    make.hold(meeting, by=cast.lin)
    return meeting


@pytest.fixture
def minutes(meeting, cast):
    return make.minutes(meeting, by=cast.lin)


def send(client, minutes, verb, **values):
    return client.post(f"{minutes.get_absolute_url()}{verb}/", {"once": uuid.uuid4()} | values)


# ── State × act × person ────────────────────────────────────────────────────────────────────

TABLE = {
    "save": {"draft": "draft"},
    "submit": {"draft": "submitted"},
    "approve": {"submitted": "approved"},
    "return": {"submitted": "draft"},
    "recall": {"approved": "draft"},
    "publish": {"approved": "published"},
    "correct": {"published": "published"},
    "withdraw": {"submitted": "draft"},
    "discard": {},
}
# Lin's colleague speaks for the same unit; Lin handed them in, and began the correction.
WHO = {
    "save": {"lin", "colleague", "sun"},
    "submit": {"lin", "colleague", "sun"},
    "correct": {"lin", "colleague", "sun"},
    "withdraw": {"lin"},
    "discard": {"lin", "sun"},
    "approve": {"sun"},
    "return": {"sun"},
    "recall": {"sun"},
    "publish": {"sun"},
}
DONE_AS = {"return": "send_back"}
OF_ONES_OWN = ("withdraw", "discard")


def step(verb, minutes, by):
    if verb == "save":
        base = {"closing": minutes.head_id}
        actions.save(minutes, typed={"closing": "散会。"}, base=base, by=by)
    elif verb in ("return", "recall", "correct"):
        getattr(actions, DONE_AS.get(verb, verb))(minutes, reason="数目不对", by=by)
    else:
        getattr(actions, verb)(minutes, by=by)


def person_of(cast, sun, who):
    if who == "colleague":
        return make.liaison(cast.lin_unit, name="colleague")
    if who in ("leader", "auditor", "admin"):
        return make.staff(who)
    if who == "nobody":
        return make.user(name="nobody")
    return sun if who == "sun" else getattr(cast, who)


@pytest.fixture
def people(cast, sun):
    return {who: person_of(cast, sun, who) for who in PEOPLE}


@contextmanager
def undone():
    """What happens inside never happened."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def lins(meeting, status, *, by, is_correction):
    """What Lin hands in, or begins to correct, as far as a status; the office does its part."""
    minutes = make.minutes(meeting, "published" if is_correction else "draft", text="情况")
    if is_correction:
        minutes = actions.correct(minutes, reason="数目不对", by=by)
    steps = [actions.submit, actions.approve, actions.publish]
    for act in steps[: Minutes.Status.values.index(status)]:
        act(minutes, by=by if act is actions.submit else None)
    return minutes


@pytest.mark.parametrize("is_correction", [False, True])
@pytest.mark.parametrize("status", Minutes.Status.values)
@pytest.mark.parametrize("verb", TABLE)
def test_each_act_from_each_status_by_each_person(people, meeting, verb, status, is_correction):
    kept = lins(meeting, status, by=people["lin"], is_correction=is_correction)
    table = TABLE | ({"discard": {"draft": "gone"}} if is_correction else {})
    events, versions = Event.objects.count(), Minutes.objects.count()
    for who, person in people.items():
        minutes = Minutes.objects.get(pk=kept.pk)
        takes = table[verb].get(status)
        expected = takes if who in WHO[verb] else None
        own = {"lin", "colleague", "sun"}  # may write, and are told why not
        knows = who in WHO[verb] or (verb in OF_ONES_OWN and who in own and not takes)
        refusal = StepRefused if knows else PermissionDenied
        offered = verb.replace("save", "edit") in actions.verbs(person, minutes)
        assert offered == (expected is not None), who
        with undone(), nullcontext() if expected else pytest.raises(refusal):
            step(verb, minutes, person)
            minutes = Minutes.objects.filter(pk=kept.pk).first()
            assert (minutes.status if minutes else "gone") == expected
            assert Event.objects.count() == events + 1
        minutes = Minutes.objects.get(pk=kept.pk)
        minutes.refresh_from_db()
        assert minutes.status == status
        assert (Event.objects.count(), Minutes.objects.count()) == (events, versions)


@pytest.mark.parametrize("status", ["coming", "draft", "begun", "held", "cancelled"])
def test_who_begins_the_draft_and_when(cast, people, status):
    meeting = make.meeting(cast.group, by=cast.lin)
    at = meeting.starts_at if status in ("begun", "held") else timezone.now()
    if status == "held":
        make.hold(meeting)
    elif status in ("draft", "cancelled"):
        Meeting.objects.filter(pk=meeting.pk).update(status=status)
    for who, person in people.items():
        begins = status in ("begun", "held") and who in ("lin", "colleague", "sun")
        refusal = StepRefused if who in ("lin", "colleague", "sun") else PermissionDenied
        with undone(), nullcontext() if begins else pytest.raises(refusal):
            assert actions.start(meeting, by=person, at=at).status == "draft"
        assert not Minutes.objects.exists()


def test_what_has_begun_goes_on(cast, sun, meeting):
    first = actions.start(meeting, by=cast.lin)
    assert actions.start(meeting, by=sun) == first
    assert Event.objects.filter(name="minutes.begun").count() == 1


# ── What the acts ask for ───────────────────────────────────────────────────────────────────


def test_nothing_is_handed_in_before_the_meeting_is_registered_as_held(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    minutes = make.minutes(meeting, by=cast.lin, at=meeting.starts_at)
    assert actions.verbs(cast.lin, minutes) == ["edit"]
    with pytest.raises(StepRefused, match="请先登记到会情况"):
        actions.submit(minutes, by=cast.lin)


def test_a_draft_that_says_nothing_is_not_handed_in(cast, meeting):
    minutes = actions.start(meeting, by=cast.lin)
    with pytest.raises(StepRefused, match="还没有任何内容"):
        actions.submit(minutes, by=cast.lin)
    make.resolution(meeting)
    actions.submit(minutes, by=cast.lin)
    assert minutes.status == "submitted"


def test_of_a_cancelled_meeting_nothing_is_written(cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    minutes = make.minutes(meeting, by=cast.lin, at=meeting.starts_at)
    Meeting.objects.filter(pk=meeting.pk).update(status="cancelled")
    with pytest.raises(StepRefused, match="会议已取消"):
        make.write(minutes, {"opening": "再写"}, by=cast.lin)


def test_the_office_approves_what_it_has_read(cast, sun, minutes):
    seen = minutes.head_id
    make.write(minutes, {"opening": "另一段文字"}, by=cast.lin)
    actions.submit(minutes, by=cast.lin)
    with pytest.raises(StepRefused, match="刚有改动"):
        actions.approve(minutes, seen=seen, by=sun)
    actions.approve(minutes, seen=minutes.head_id, by=sun)
    assert minutes.number


# ── The number ──────────────────────────────────────────────────────────────────────────────


def test_the_number_is_of_the_kind_and_the_year(cast, sun, meeting):
    at = timezone.now().replace(year=2026)
    minutes = make.minutes(meeting, "approved", at=at)
    assert minutes.number == "联盟纪〔2026〕1号"
    second = make.held_meeting(cast.group)
    assert make.minutes(second, "approved", at=at).number == "联盟纪〔2026〕2号"
    kind = MeetingKind.objects.create(name="圆桌", minutes_prefix="圆桌纪")
    other = make.held_meeting(cast.group, kind=kind)
    assert make.minutes(other, "approved", at=at).number == "圆桌纪〔2026〕1号"
    assert make.minutes(make.held_meeting(cast.group), "approved").number.endswith("3号")


def test_a_draft_has_no_number_and_a_recalled_one_keeps_it(cast, sun, meeting):
    minutes = make.minutes(meeting, "submitted")
    assert minutes.number == ""
    actions.approve(minutes, by=sun)
    number = minutes.number
    actions.recall(minutes, reason="还要改", by=sun)
    assert (minutes.status, minutes.returned) == ("draft", "还要改")
    actions.submit(minutes, by=cast.lin)
    assert minutes.returned == ""
    actions.approve(minutes, by=sun)
    assert minutes.number == number
    assert make.minutes(make.held_meeting(cast.group), "approved").number.endswith("2号")


# ── Published and corrected ─────────────────────────────────────────────────────────────────


def test_published_is_kept_as_it_stood(cast, meeting):
    minutes = make.minutes(meeting, "published")
    assert minutes.content["opening"] == "会议听取了情况通报。"
    Meeting.objects.filter(pk=meeting.pk).update(title="改了名")
    minutes.refresh_from_db()
    assert minutes.content["title"] != "改了名"
    assert minutes.content["number"] == minutes.number


@pytest.mark.parametrize("status", ["submitted", "approved", "published"])
def test_minutes_lock_who_came(cast, meeting, status):
    make.minutes(meeting, status)
    came = attendance.attended_of(meeting)
    with pytest.raises(StepRefused, match="内容已经锁定"):
        attendance.correct(meeting, attended=list(came)[:1], seen=came, by=cast.lin)
    with pytest.raises(StepRefused, match="内容已经锁定"):
        checkins.check_open(meeting, CheckIn.Way.HAND, timezone.now())


def test_a_draft_locks_nothing(cast, meeting, minutes):
    came = attendance.attended_of(meeting)
    attendance.correct(meeting, attended=list(came)[:1], seen=came, by=cast.lin)
    assert len(attendance.attended_of(meeting)) == 1


def test_a_correction_begins_from_what_was_published(cast, sun, meeting):
    first = make.minutes(meeting, "published")
    later = actions.correct(first, reason="一处数目写错", by=cast.lin)
    assert (later.version, later.status, later.number) == (2, "draft", first.number)
    assert later.head.sections == first.head.sections
    assert list(Minutes.objects.standing()) == [first]
    make.write(later, {"opening": "会议听取了三项通报。"}, by=cast.lin)
    for act in (actions.submit, actions.approve, actions.publish):
        assert list(Minutes.objects.standing()) == [first]
        act(later, by=sun)
    assert list(Minutes.objects.standing()) == [later]
    assert later.number == first.number
    assert later.content["correction"] == "一处数目写错"
    first.refresh_from_db()
    assert (first.status, first.content["opening"]) == ("published", "会议听取了情况通报。")
    with pytest.raises(StepRefused, match="已有新的版本"):
        actions.correct(first, reason="又一处", by=cast.lin)
    assert actions.correct(later, reason="又一处", by=cast.lin).version == 3


def test_one_correction_at_a_time(cast, meeting):
    first = make.minutes(meeting, "published")
    actions.correct(first, reason="一处", by=cast.lin)
    with pytest.raises(StepRefused, match="已有新的版本"):
        actions.correct(first, reason="另一处", by=cast.lin)
    assert Minutes.objects.count() == 2


def test_a_correction_that_is_given_up_leaves_nothing_but_its_trail(cast, meeting):
    first = make.minutes(meeting, "published")
    later = actions.correct(first, reason="一处数目写错", by=cast.lin)
    make.write(later, {"opening": "会议听取了三项通报。"}, by=cast.lin)
    assert actions.discard(later, seen=later.head_id, by=cast.lin) == first
    assert list(Minutes.objects.all()) == list(Minutes.objects.standing()) == [first]
    assert minuting.texts(first)["opening"] == "会议听取了情况通报。"
    event = Event.objects.get(name="minutes.discarded")
    assert (event.subject, event.by, event.facts) == (first, cast.lin, {"version": 2})
    with pytest.raises(StepRefused, match="已经锁定"):
        check_unlocked(meeting)
    assert actions.correct(first, reason="又一处", by=cast.lin).version == 2


def test_what_was_written_meanwhile_is_read_before_it_is_given_up(cast, meeting):
    later = actions.correct(make.minutes(meeting, "published"), reason="一处", by=cast.lin)
    seen = later.head_id
    make.write(later, {"opening": "同事刚写的"}, by=make.liaison(cast.lin_unit))
    with pytest.raises(StepRefused, match="刚有改动"):
        actions.discard(later, seen=seen, by=cast.lin)


def came_less(meeting, cast, later):
    came = attendance.attended_of(meeting)
    attendance.correct(meeting, attended=list(came)[:1], seen=came, by=cast.lin)


def resolved_more(meeting, cast, later):
    make.resolution(meeting)


def voted_too(meeting, cast, later):
    item = meeting.items.first()
    counts = {"entitled": 2, "present": 2, "in_favour": 2}
    votes.enter(meeting, item=item, question="甲案", by=cast.lin, **counts)


@pytest.mark.parametrize("change", [came_less, resolved_more, voted_too])
def test_what_the_correction_changed_of_the_meeting_is_not_left_behind(cast, meeting, change):
    """Locked again, the rows would say otherwise than the minutes, for good."""
    later = actions.correct(make.minutes(meeting, "published"), reason="一处", by=cast.lin)
    with undone():
        actions.discard(later, by=cast.lin)
    change(meeting, cast, later)
    later.refresh_from_db()
    with pytest.raises(StepRefused, match="与已印发的纪要不一致"):
        actions.discard(later, by=cast.lin)


def test_what_was_given_up_is_written_by_nobody(cast, meeting):
    later = actions.correct(make.minutes(meeting, "published"), reason="一处", by=cast.lin)
    stale = Minutes.objects.get(pk=later.pk)
    actions.discard(later, by=cast.lin)
    for act in (actions.submit, actions.discard):
        with pytest.raises(StepRefused, match="已经放弃"):
            act(stale, by=cast.lin)


# ── Through the pages ───────────────────────────────────────────────────────────────────────


def test_from_the_first_word_to_the_last_hand(client, cast, sun, meeting):
    client.force_login(cast.lin)
    page = client.get(meeting.get_absolute_url()).content.decode()
    assert "起草纪要" in page
    answer = client.post(f"/alliance/meetings/{meeting.pk}/minutes/")
    minutes = Minutes.objects.get()
    assert answer.url == f"{minutes.get_absolute_url()}edit/"
    form = client.get(answer.url).context["form"]
    values = {"base": form["base"].value(), "opening": "会议通报了情况。"}
    client.post(answer.url, values)
    page = client.get(minutes.get_absolute_url()).content.decode()
    for words in ("会议通报了情况。", "送审", "达到法定人数", "lin公司"):
        assert words in page
    send(client, minutes, "submit")
    client.force_login(sun)
    page = client.get(minutes.get_absolute_url()).content.decode()
    assert "审定并编号" in page
    minutes.refresh_from_db()
    assert "请写明原因" in send(client, minutes, "return", reason=" ").content.decode()
    send(client, minutes, "approve", seen=minutes.head_id)
    send(client, minutes, "publish", seen=minutes.head_id)
    minutes.refresh_from_db()
    assert minutes.status == "published"
    client.force_login(cast.wu)
    page = client.get(meeting.get_absolute_url()).content.decode()
    assert minutes.number in page
    assert "已印发" in page
    page = client.get(minutes.get_absolute_url()).content.decode()
    assert "会议通报了情况。" in page
    assert "更正" not in page


def test_sent_back_with_a_reason(client, cast, sun, meeting):
    minutes = make.minutes(meeting, "submitted")
    client.force_login(sun)
    send(client, minutes, "return", reason="缺一项表决")
    client.force_login(cast.lin)
    assert "缺一项表决" in client.get(minutes.get_absolute_url()).content.decode()
    assert "缺一项表决" in client.get(f"{minutes.get_absolute_url()}edit/").content.decode()


def test_the_pages_say_which_version_stands(client, cast, sun, meeting):
    first = make.minutes(meeting, "published")
    client.force_login(cast.lin)
    answer = send(client, first, "correct", reason="数目写错")
    later = Minutes.objects.get(version=2)
    assert answer.url == f"{later.get_absolute_url()}edit/"
    assert "第 1 版</a>仍然有效" in client.get(later.get_absolute_url()).content.decode()
    for act in (actions.submit, actions.approve, actions.publish):
        act(later, by=sun)
    client.force_login(cast.wu)
    page = client.get(first.get_absolute_url()).content.decode()
    assert "这一版已被更正" in page
    page = client.get(later.get_absolute_url()).content.decode()
    assert "（更正，第 2 版）" in page
    assert "数目写错" in page


def test_taken_back_before_it_is_reviewed_and_given_up_by_a_button(client, cast, sun, meeting):
    first = make.minutes(meeting, "published")
    later = actions.correct(first, reason="数目写错", by=cast.lin)
    client.force_login(cast.lin)
    assert "撤回送审" not in client.get(later.get_absolute_url()).text
    send(client, later, "submit")
    page = client.get(later.get_absolute_url())
    assert "撤回送审" in page.text
    assert "放弃更正" not in page.text
    send(client, later, "withdraw")
    page = client.get(later.get_absolute_url())
    assert page.context["may_edit"]
    assert "放弃更正" in page.text
    answer = send(client, later, "discard", seen=later.head_id)
    assert answer.url == first.get_absolute_url()
    assert "已放弃更正" in client.get(answer.url).text
    assert client.get(later.get_absolute_url()).status_code == 404


def test_the_first_version_is_not_given_up(client, sun, minutes):
    client.force_login(sun)
    assert send(client, minutes, "discard").url == minutes.get_absolute_url()
    assert "没有更正可以放弃" in client.get(minutes.get_absolute_url()).text
    assert Minutes.objects.exists()


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("submit", "submitted"),
        ("approve", "draft"),
        ("publish", "published"),
        ("return", "approved"),
        ("recall", "submitted"),
    ],
)
def test_a_page_of_yesterday_is_told_so(client, sun, meeting, verb, status):
    minutes = make.minutes(meeting, status)
    client.force_login(sun)
    answer = send(client, minutes, verb, reason="原因")
    assert answer.url == minutes.get_absolute_url()
    minutes.refresh_from_db()
    assert minutes.status == status
    assert "目前是" in client.get(answer.url).content.decode()


# ── Who sees what ───────────────────────────────────────────────────────────────────────────

CANARY = "金丝雀一词"


@pytest.mark.parametrize("status", ["draft", "submitted", "approved"])
def test_nobody_else_reads_what_is_not_published(client, people, meeting, status):
    minutes = make.minutes(meeting, status, text=CANARY)
    own = minutes.get_absolute_url()
    for who, person in people.items():
        client.force_login(person)
        page = client.get(own)
        if who in ("lin", "colleague", "sun"):
            assert CANARY in page.content.decode()
            continue
        assert page.status_code in (403, 404)
        lists = ("/alliance/minutes/", "/alliance/minutes/?export=xlsx", "/", "/inbox/")
        for path in (*lists, meeting.get_absolute_url(), f"{own}edit/", f"{own}revisions/"):
            answer = client.get(path)
            body = b"".join(answer) if answer.streaming else answer.content
            assert CANARY.encode() not in body
            assert own.encode() not in body


@pytest.mark.parametrize(("who", "sees"), [("wu", 1), ("zhao", 0), ("leader", 1), ("auditor", 1)])
def test_what_is_published_is_read_by_whoever_sees_the_meeting(client, people, meeting, who, sees):
    minutes = make.minutes(meeting, "published", text=CANARY)
    client.force_login(people[who])
    answer = client.get(minutes.get_absolute_url())
    assert answer.status_code == (200 if sees else 404)
    assert (CANARY in answer.content.decode()) == bool(sees)
    assert client.get(f"{minutes.get_absolute_url()}edit/").status_code in (403, 404)
    page = client.get("/alliance/minutes/").content.decode()
    assert (minutes.number in page) == bool(sees)


def test_events_hold_no_words(meeting, sun, cast):
    minutes = make.minutes(meeting, "submitted", text=CANARY)
    actions.send_back(minutes, reason=CANARY, by=sun)
    for event in Event.objects.filter(name__startswith="minutes."):
        assert CANARY not in str(event.facts)


# ── The list ────────────────────────────────────────────────────────────────────────────────


def test_the_list_filters_by_group_year_and_state(client, cast, sun, meeting):
    minutes = make.minutes(meeting, "published")
    other = make.minutes(make.held_meeting(cast.other_group))
    client.force_login(sun)
    year = timezone.localtime(meeting.starts_at).year

    def listed(**query):
        return set(client.get("/alliance/minutes/", query).context["object_list"])

    assert listed() == {minutes, other}
    assert listed(group=cast.group.pk) == {minutes}
    assert listed(status="draft") == {other}
    assert minutes in listed(year=year)
    Meeting.objects.get(pk=other.meeting_id).partners.add(cast.group)
    assert listed(group=cast.group.pk) == {minutes, other}
    answer = client.get("/alliance/minutes/", {"export": "xlsx"})
    assert answer["Content-Type"].endswith("sheet")


def test_the_list_asks_as_often_for_many(client, cast, sun, django_assert_num_queries):
    make.minutes(make.held_meeting(cast.group), "published")
    client.force_login(sun)
    client.get("/alliance/minutes/")
    with CaptureQueriesContext(connection) as few:
        client.get("/alliance/minutes/")
    for _row in range(8):
        make.minutes(make.held_meeting(cast.group), "published")
    with django_assert_num_queries(len(few)):
        client.get("/alliance/minutes/")


# ── What waits on the desk ──────────────────────────────────────────────────────────────────


def test_the_desk_says_whose_hand_is_next(cast, sun, meeting):
    from nanchuan.portal.todo.alliance import minutes as waiting

    def verbs(user):
        (items,) = answered([waiting(user)])
        return [str(item.verb) for item in items]

    assert (verbs(cast.lin), verbs(sun), verbs(cast.wu)) == (["起草纪要"], [], [])
    minutes = make.minutes(meeting)
    assert (verbs(cast.lin), verbs(sun), verbs(cast.wu)) == (["起草纪要"], [], [])
    actions.submit(minutes, by=None)
    assert (verbs(cast.lin), verbs(sun)) == ([], ["审核纪要"])
    actions.send_back(minutes, reason="改", by=None)
    assert (verbs(cast.lin), verbs(sun)) == (["修改纪要"], [])
    actions.submit(minutes, by=None)
    actions.approve(minutes, by=None)
    assert (verbs(cast.lin), verbs(sun)) == ([], ["印发纪要"])
    actions.publish(minutes, by=None)
    assert verbs(cast.lin) == verbs(sun) == verbs(cast.wu) == []


@pytest.mark.parametrize("seen", ["9" * 5000, "²", "-1", "a\x00b"])
def test_a_revision_that_cannot_be_is_no_error(client, cast, sun, meeting, seen):
    minutes = make.minutes(meeting, "submitted")
    client.force_login(sun)
    assert send(client, minutes, "approve", seen=seen).status_code == 302

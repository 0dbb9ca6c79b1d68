"""Rules as data: from a day on a rule speaks as the office decided; without a row, as written."""

import re
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils import timezone

from alliance.actions import topics
from alliance.models import Meeting, MeetingKind
from nanchuan.kernel import events as kernel_events
from nanchuan.kernel.states import StepRefused
from nanchuan.notices import reach, routing, ruling
from nanchuan.notices.actions import events, reminders
from nanchuan.notices.actions import ruling as actions
from nanchuan.notices.models import (
    Choice,
    Delivery,
    Notice,
    Reminder,
    RuleSetting,
    StandIn,
)
from nanchuan.notices.rehearsals import compare
from nanchuan.notices.rules import NoticeRule, all_rules, rule_named
from nanchuan.notices.ruling import Offset, due_at_now
from services.actions import solving, work
from tests import make

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Asia/Shanghai")
DUE = "measure.due_soon"


def at(words):
    return datetime.fromisoformat(words).replace(tzinfo=HERE)


def decided(rule="drill.note", version=1, starts_on=None, **facts):
    return RuleSetting.objects.create(
        rule=rule,
        version=version,
        starts_on=starts_on or timezone.localdate(),
        note="演练",
        by=make.user(username=f"by{version}"),
        **facts,
    )


def decide(by, rule=DUE, version=1, **facts):
    facts = {"starts_on": timezone.localdate(), "is_on": True, "channels": None} | facts
    facts = {"offsets": None, "audiences": [], "note": "演练"} | facts
    return actions.decide(rule, version=version, by=by, **facts)


@pytest.fixture
def measure(cast, sun):
    made = make.measure(cast.lin_unit, office=sun)
    type(made).objects.filter(pk=made.pk).update(due_on=timezone.localdate() + timedelta(days=60))
    made.refresh_from_db()
    events.handle_waiting()
    Reminder.objects.filter(rule=DUE).delete()
    waiting(made)
    return made


def waiting(measure):
    """The reminder ahead, as its handler plans it."""
    from alliance.reminders.measures import _planned
    from nanchuan.kernel.models import Event

    event = Event.objects.filter(name="measure.created").latest("pk")
    for plan in _planned(measure):
        reminders.plan(plan, event=event)


def due_times(state="planned"):
    rows = Reminder.objects.filter(rule=DUE, state=state)
    return sorted(timezone.localtime(row.due_at).date() for row in rows)


# ── Offsets ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "anchor", "said"),
    [
        ("-1d", date(2028, 3, 1), "2028-02-29 09:00"),
        ("-1d", date(2027, 3, 1), "2027-02-28 09:00"),
        ("-3w", date(2026, 11, 26), "2026-11-23 09:00"),
        ("-2h", at("2028-02-29 01:00"), "2028-02-28 23:00"),
        ("-1d", at("2026-12-01 00:30"), "2026-11-30 09:00"),
        ("-0d", date(2026, 12, 1), "2026-12-01 09:00"),
        ("+2w", at("2026-11-26 16:40"), "2026-11-30 16:40"),
        ("+1w", date(2026, 12, 4), "2026-12-07 09:00"),
        ("+1d", at("2026-12-01 00:30"), "2026-12-02 00:30"),
        ("+30h", at("2026-12-01 00:30"), "2026-12-02 06:30"),
    ],
)
def test_an_offset_is_counted_back_from_a_day_or_a_moment(text, anchor, said):
    assert Offset.read(text).said_at(anchor) == at(said)
    assert str(Offset.read(text)) == text


@pytest.mark.parametrize(
    "text", ["3w", "-3", "-w", "+w", "±3w", "+-3w", "-3x", "-1234d", "--1d", "", "-３d"]
)
def test_nothing_else_is_an_offset(text):
    with pytest.raises(ValueError, match=re.escape(text) or None):
        Offset.read(text)


def test_every_rule_with_offsets_says_before_what():
    for rule in all_rules():
        for text in rule.offsets:
            assert str(Offset.read(text)) == text
            own = type(rule)
            assert (
                own.anchor is not NoticeRule.anchor or own.anchor_for is not NoticeRule.anchor_for
            )
        assert len({text[0] for text in rule.offsets}) <= 1, rule.name  # all before, or all after


# ── A decision and what waits ───────────────────────────────────────────────────────────────


def test_without_a_row_a_rule_speaks_as_it_was_written(measure):
    assert due_times() == [measure.due_on - timedelta(days=7)]


def test_what_waits_moves_in_one_act_that_says_how_much(measure, sun):
    _setting, moved = decide(sun, offsets=["-10d"])
    assert moved == 2  # one is gone, one is there
    assert due_times() == [measure.due_on - timedelta(days=10)]
    assert decide(sun, version=2, offsets=["-10d", "-1d"])[1] == 1
    assert len(due_times()) == 2
    decide(sun, version=3, offsets=None)
    assert due_times() == [measure.due_on - timedelta(days=7)]


def test_what_was_said_is_not_said_again(measure, sun):
    Reminder.objects.filter(rule=DUE).update(state="done")
    assert decide(sun, offsets=["-10d"])[1] == 0
    decide(sun, version=2, offsets=None)
    waiting(measure)
    assert due_times() == []
    assert len(due_times("done")) == 1


def test_times_that_are_past_already_take_nothing_away(measure, sun):
    assert decide(sun, offsets=["-300d"])[1] == 0
    assert due_times() == [measure.due_on - timedelta(days=7)]


def test_a_matter_follows_what_is_in_force_on_its_day(measure, sun):
    later = measure.due_on + timedelta(days=1)
    assert decide(sun, offsets=["-10d"], starts_on=later)[1] == 0
    assert decide(sun, version=2, offsets=["-9d"], starts_on=measure.due_on)[1] == 2


def test_of_two_who_decide_at_once_one_is_told(measure, sun):
    decide(sun)
    with pytest.raises(StepRefused, match="刚被别人修改"):
        decide(sun)
    assert RuleSetting.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_only_one_of_two_at_the_same_moment_decides(crossing, sun):
    from django.db import IntegrityError

    won = []

    def work(number):
        try:
            decide(sun, rule="dues.arrears")
            won.append(number)
        except (StepRefused, IntegrityError):
            pass

    crossing(work, times=3)
    assert len(won) == RuleSetting.objects.count() == 1


@pytest.fixture
def matters(cast, sun):
    """One of each kind of which a rule speaks that had its time in code; (rule, subject)."""
    starts_at = timezone.now() + timedelta(days=90)
    meeting = Meeting.objects.create(
        group=cast.group,
        kind=MeetingKind.objects.first(),
        title="联席会议",
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=2),
        convened_by=cast.lin_unit,
        turn=cast.turn,
        place="会议厅",
        status="draft",
    )
    topics.call(meeting, by=cast.lin)
    offered = make.need(cast.lin_unit, "offered", taken_by=cast.wu_unit, office=sun)
    long_term = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit, office=sun)
    work.make_long_term(long_term, reason="要建厂", by=sun)
    booking = make.booking(make.resource(cast.lin_unit), cast.wu_unit, "waiting")
    events.handle_waiting()
    return {
        "topics.reminder": (meeting, topics.due_on(meeting)),
        "need.silent_soon": (
            offered,
            solving.silent_until(offered, offered.solutions.get()),
        ),
        "need.statement_due": (long_term, None),
        "booking.waits": (booking, booking.made_at),
    }


MOVED = {
    "topics.reminder": ("-2w", "-5w"),
    "need.silent_soon": ("-1w", "-2w"),
    "need.statement_due": ("-3w", "-6d"),
    "booking.waits": ("+2w", "+3w"),
}


def planned_of(rule, subject):
    rows = Reminder.objects.about(subject).filter(rule=rule, state="planned").order_by("due_at")
    return list(rows.values_list("due_at", flat=True))


@pytest.mark.parametrize("rule", MOVED)
def test_what_had_its_time_in_code_moves_by_a_decision(matters, sun, rule):
    subject, anchor = matters[rule]
    own, other = MOVED[rule]
    before = planned_of(rule, subject)
    of_all = Reminder.objects.filter(rule=rule, state="planned").count()
    if anchor:
        assert before == [Offset.read(own).said_at(anchor)]
    _setting, moved = decide(sun, rule=rule, offsets=[other])
    after = planned_of(rule, subject)
    assert moved == 2 * of_all and len(after) == len(before)
    if anchor:
        assert after == [Offset.read(other).said_at(anchor)]
    else:
        assert all(one != two for one, two in zip(before, after, strict=True))
    decide(sun, rule=rule, version=2, offsets=None)
    assert planned_of(rule, subject) == before


@pytest.mark.parametrize("rule", MOVED)
def test_what_was_moved_holds_at_its_new_time_and_is_said_once(matters, sun, rule):
    subject, _anchor = matters[rule]
    _own, other = MOVED[rule]
    decide(sun, rule=rule, offsets=[other])
    row = Reminder.objects.about(subject).filter(rule=rule, state="planned").first()
    assert rule_named(rule).verdict(subject, row).word == (
        "later" if rule == "topics.reminder" else "send"  # by the clock, which is not moved here
    )
    assert due_at_now(row, subject) == row.due_at


@pytest.mark.parametrize("rule", MOVED)
def test_it_is_previewed_as_any_other(sign_in, matters, sun, rule):
    client, (subject, _anchor) = sign_in(sun), matters[rule]
    edit = reverse("notices:rule", args=[rule])
    form = client.get(edit).context["form"]
    found = {field.html_name: field.value() for field in form if field.value() is not None}
    words = {"-5w": "5 个工作日", "-2w": "2 个工作日", "-6d": "6 天", "+3w": "3 个工作日后"}
    change = {"offsets": words[MOVED[rule][1]], "note": "试", "look": "1", "about": str(subject.pk)}
    look = client.post(edit, found | {"is_on": "on"} | change).context["look"]
    assert [each.due_at for each in look["before"]] != [each.due_at for each in look["after"]]
    assert not RuleSetting.objects.exists()


def test_an_offer_that_was_refused_has_no_day_any_more(matters, sun, cast):
    need, _anchor = matters["need.silent_soon"]
    solving.refuse(need, reason="没有解决", by=cast.lin)
    assert decide(sun, rule="need.silent_soon", offsets=["-2w"])[1] == 0


def test_a_meeting_that_moves_takes_its_last_calls_along(matters, sun, cast):
    meeting, _anchor = matters["topics.reminder"]
    decide(sun, rule="topics.reminder", offsets=["-5w", "-1w"])
    before = planned_of("topics.reminder", meeting)
    rows = Meeting.objects.filter(pk=meeting.pk)
    later = timedelta(days=14)
    rows.update(starts_at=meeting.starts_at + later, ends_at=meeting.ends_at + later)
    kernel_events.record("meeting.redrafted", subject=meeting, by=cast.lin)
    events.handle_waiting()
    after = planned_of("topics.reminder", meeting)
    assert len(before) == len(after) == 2 and before[0] < after[0]


# ── Channels, silence, and who else is told ─────────────────────────────────────────────────


def test_channels_are_those_decided_on_from_that_day(plan, people, monkeypatch):
    decided(channels=["inbox"])
    decided(version=2, channels=["email"], starts_on=timezone.localdate() + timedelta(days=1))
    plan()
    reminders.expand_due()
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"inbox"}


def test_a_channel_on_wish_is_used_where_the_office_asks_for_it(plan, people, monkeypatch):
    monkeypatch.setitem(reach._reach, "sms", lambda users: users)
    decided(channels=["inbox", "sms"])
    plan()
    reminders.expand_due()
    assert set(Delivery.objects.values_list("channel", flat=True)) == {"inbox", "sms"}


def test_a_rule_that_is_off_says_nothing(plan, people):
    decided(is_on=False)
    plan()
    reminders.expand_due()
    assert Reminder.objects.get(rule="drill.note").state == "cancelled"
    assert not Notice.objects.exists()


def test_others_are_told_if_they_may_see_it(plan, people, sun):
    leader = make.staff("leader", username="leader")
    type(sun).objects.filter(pk=sun.pk).update(username="office")  # the drill tells no "user"
    decided(audiences=["office", "leader", "chair", "nonsense"])
    plan()
    reminders.expand_due()
    told = set(Notice.objects.values_list("recipient", flat=True))
    assert told == {*(person.pk for person in people), sun.pk, leader.pk}


def test_others_who_may_not_see_it_are_not_told(cast, monkeypatch):
    """Zhao, of another group, does not see the meeting, whoever an audience names."""
    meeting, everybody = make.meeting(cast.group, cast.lin), type(cast.lin).objects.all()
    monkeypatch.setitem(ruling._also, ("chair", type(meeting)), lambda subject: everybody)
    told = ruling.others(meeting, SimpleNamespace(audiences=["chair"]))
    assert {cast.lin.pk, cast.wu.pk} <= told
    assert cast.zhao.pk not in told


def test_what_each_audience_means_depends_on_the_subject():
    from alliance.models import Measure, Meeting
    from services.models import Need

    assert set(ruling.audiences_for(Meeting)) == {
        "chair",
        "invited",
        "secretary",
        "superior",
        "office",
        "leader",
    }
    assert "owner" in ruling.audiences_for(Measure)
    assert "owner" in ruling.audiences_for(Need)


# ── The pages ───────────────────────────────────────────────────────────────────────────────


LIST, EDIT = reverse("notices:rule-list"), reverse("notices:rule", args=[DUE])


def typed(client, **changes):
    form = client.get(EDIT).context["form"]
    found = {field.html_name: field.value() for field in form}
    found = {name: value for name, value in found.items() if value is not None}
    return found | {"note": "试一试", "is_on": "on"} | changes


def test_rules_are_the_business_of_the_office(sign_in, lin, sun):
    assert sign_in(lin).get(LIST).status_code == 404 or sign_in(lin).get(LIST).status_code == 403
    page = sign_in(sun).get(LIST).content.decode()
    assert "举措临近完成期限" in page and "会议通知" in page


def test_a_rule_is_changed_and_its_versions_stay_readable(sign_in, sun, measure):
    client = sign_in(sun)
    answer = client.post(EDIT, typed(client, offsets="10 个工作日、2天"), follow=True)
    page = answer.content.decode()
    assert "重新安排了" in page and "试一试" in page
    row = RuleSetting.objects.get()
    assert (row.offsets, row.channels, row.by) == (["-10w", "-2d"], None, sun)


@pytest.mark.parametrize(
    "change",
    [
        {"offsets": "soon"},
        {"channels": []},
        {"channels": ["pigeon"]},
        {"starts_on": "2020-01-01"},
        {"note": ""},
        {"version": "x"},
        {"audiences": ["nobody"]},
        {"starts_on": "9999-12-31"},
        {"offsets": "3 天后"},
        {"look": "1"},  # at nothing
    ],
)
def test_bad_input_is_answered_with_a_sentence(sign_in, sun, measure, change):
    client = sign_in(sun)
    answer = client.post(EDIT, typed(client, **change))
    assert answer.status_code == 200
    assert "还不能提交" in answer.content.decode()
    assert not RuleSetting.objects.exists()


def test_a_preview_shows_before_and_after_and_changes_nothing(sign_in, sun, cast, measure):
    client = sign_in(sun)
    change = {"offsets": "10 天", "audiences": ["office"], "look": "1", "about": str(measure.pk)}
    before = list(Reminder.objects.order_by("pk").values())
    answer = client.post(EDIT, typed(client, **change))
    look = answer.context["look"]
    assert [str(measure.due_on - timedelta(days=days)) for days in (7, 10)] == [
        str(timezone.localtime(each.due_at).date()) for each in (*look["before"], *look["after"])
    ]
    assert "sun" not in look["before"][0].names
    assert "sun" in look["after"][0].names
    assert list(Reminder.objects.order_by("pk").values()) == before
    assert not RuleSetting.objects.exists()


def test_a_preview_of_what_was_decided_anew_meanwhile_says_so(sign_in, sun, measure):
    client = sign_in(sun)
    change = typed(client, offsets="10 天", look="1", about=str(measure.pk))
    decide(sun)
    answer = client.post(EDIT, change)
    assert "刚被别人修改" in answer.content.decode()
    assert "look" not in answer.context


def test_of_two_who_decide_at_once_the_second_keeps_what_is_typed(sign_in, sun, measure):
    client = sign_in(sun)
    late = typed(client, offsets="10 天")
    decide(sun)
    form = client.post(EDIT, late).context["form"]
    assert "刚被别人修改" in str(form.errors) and form["offsets"].value() == "10 天"
    assert client.post(EDIT, late | {"version": form["version"].value()}).status_code == 302
    assert RuleSetting.objects.get(version=2).offsets == ["-10d"]


def test_a_preview_needs_no_reason(sign_in, sun, measure):
    client = sign_in(sun)
    sent = typed(client, look="1", about=str(measure.pk), note="")
    shown = client.post(EDIT, sent).context
    assert shown["look"] and shown["form"].fields["note"].required
    del sent["look"]
    assert "note" in client.post(EDIT, sent).context["form"].errors


def test_what_is_said_afterwards_cannot_be_said_before(sign_in, sun):
    edit = reverse("notices:rule", args=["booking.waits"])
    form = sign_in(sun).get(edit).context["form"]
    with pytest.raises(ValidationError):
        form.fields["offsets"].clean("提前 2 天")
    assert form.fields["offsets"].clean("2 天后") == ["+2d"]


def test_a_preview_names_who_will_be_told(rule, plan, people, monkeypatch):
    """The deputy of whoever is away, and nobody who chose to hear nothing."""
    monkeypatch.setattr(routing, "sees", lambda user, subject: True)
    deputy = make.user(username="deputy")
    StandIn.objects.create(user=people[0], deputy=deputy, starts_on=make.LONG_AGO)
    Choice.objects.create(user=people[2], kind="task", channel="inbox", is_on=False)
    row = plan()
    (told,), _after = compare(rule, row.subject, lambda: None)
    reminders.expand_due()
    heard = Delivery.objects.filter(channel="inbox", state="sent")
    assert set(told.names) == {str(row.recipient) for row in heard} == {str(people[1]), str(deputy)}
    assert dict(told.channels) == {"站内": 2, "邮件": 2}


def test_a_preview_names_both_of_what_is_obligatory(rule, plan, people, monkeypatch):
    monkeypatch.setattr(routing, "sees", lambda user, subject: True)
    monkeypatch.setattr(rule, "is_obligatory", True, raising=False)
    deputy = make.user(username="deputy")
    StandIn.objects.create(user=people[0], deputy=deputy, starts_on=make.LONG_AGO)
    row = plan()
    (told,), _after = compare(rule, row.subject, lambda: None)
    assert set(told.names) == {str(person) for person in (*people, deputy)}


def test_what_everybody_must_know_cannot_be_switched_off(sign_in, sun):
    client = sign_in(sun)
    edit = reverse("notices:rule", args=["meeting.notice"])
    form = client.get(edit).context["form"]
    sent = {"once": form["once"].value(), "version": 1, "note": "x", "channels": ["email"]}
    sent["starts_on"] = str(timezone.localdate())
    answer = client.post(edit, sent)
    assert "站内不能去掉" in answer.content.decode()
    client.post(edit, sent | {"channels": ["inbox"]})
    assert RuleSetting.objects.get().is_on


def test_a_rule_that_nobody_has_is_not_there(sign_in, sun):
    for name in ("no.such", "digest.mail"):
        assert sign_in(sun).get(reverse("notices:rule", args=[name])).status_code == 404


def test_a_preview_offers_only_what_the_reader_may_see(sign_in, sun, measure):
    """The administrator keeps the rules and sees no measure."""
    admin = make.staff("admin", username="root")
    for reader, number in ((sun, 1), (admin, 0)):
        form = sign_in(reader).get(EDIT).context["form"]
        assert len(form.subjects) == number
        assert "owner" in dict(form.fields["audiences"].choices)

"""What people choose is kept: by kind and channel, in quiet hours, away with a deputy."""

from datetime import date, datetime, time, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest

from nanchuan.notices import reach, routing
from nanchuan.notices.actions import deliveries, reminders
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Choice, Delivery, Habit, Notice, Relay, StandIn
from nanchuan.notices.rules import all_rules
from tests import make

pytestmark = pytest.mark.django_db
HERE = ZoneInfo("Asia/Shanghai")
NIGHT, DAY = "2026-11-26 23:15", "2026-11-26 15:00"


def at(words):
    return datetime.fromisoformat(words).replace(tzinfo=HERE)


def rows(person):
    found = Delivery.objects.filter(recipient=person)
    return dict(found.values_list("channel", "state"))


def choose(person, channel, is_on, kind=Kind.TASK):
    Choice.objects.create(user=person, kind=kind, channel=channel, is_on=is_on)


def away(person, deputy, **period):
    period = {"starts_on": make.LONG_AGO} | period
    return StandIn.objects.create(user=person, deputy=deputy, **period)


@pytest.fixture
def obliging(rule, monkeypatch):
    monkeypatch.setattr(rule, "is_obligatory", True, raising=False)


@pytest.fixture
def open_to_all(monkeypatch):
    """The subject of the drill may be seen by everybody but those in the set."""
    blind = set()
    monkeypatch.setattr(routing, "sees", lambda user, subject: user.pk not in blind)
    return blind


def test_every_rule_has_a_kind_that_people_can_choose_by():
    without = [rule.name for rule in all_rules() if rule.kind not in Kind.values]
    assert without == ["digest.mail"]


def test_every_rule_is_named_in_words():
    assert [rule.name for rule in all_rules() if not rule.label] == ["drill.note"]


# ── Kinds and channels ──────────────────────────────────────────────────────────────────────


def test_whoever_chose_nothing_hears_in_the_inbox_and_by_mail(plan, people):
    plan()
    reminders.expand_due()
    assert rows(people[0]) == {"inbox": "sent", "email": "pending"}


def test_a_channel_that_is_off_is_quiet_for_its_kind_alone(plan, people):
    choose(people[0], "email", False)
    choose(people[1], "email", False, kind=Kind.DUES)
    plan()
    reminders.expand_due()
    assert rows(people[0]) == {"inbox": "sent"}
    assert rows(people[1]) == {"inbox": "sent", "email": "pending"}


def test_whoever_switched_off_everything_is_asked_about_once(plan, people, monkeypatch):
    """A row says that they chose so: else they would stand in every piece, for ever."""
    monkeypatch.setattr(reminders, "CHUNK", 1)
    for channel in ("inbox", "email"):
        choose(people[0], channel, False)
    plan()
    assert reminders.expand_due() == (3, False)
    assert rows(people[0]) == {"inbox": "suppressed"}
    assert not Notice.objects.filter(recipient=people[0]).exists()


def test_what_is_obligatory_stays_in_the_inbox_and_in_one_channel_outside(plan, people, obliging):
    for person in people:
        for channel in ("inbox", "email"):
            choose(person, channel, False)
    plan()
    reminders.expand_due()
    assert rows(people[0]) == {"inbox": "sent", "email": "pending"}
    assert rows(people[2]) == {"inbox": "sent"}  # has no address


def test_another_channel_outside_will_do_for_what_is_obligatory(
    plan, people, obliging, monkeypatch
):
    monkeypatch.setitem(reach._reach, "wecom_app", lambda users: users.filter(pk=people[0].pk))
    choose(people[0], "email", False)
    plan()
    reminders.expand_due()
    assert rows(people[0]) == {"inbox": "sent", "wecom_app": "pending"}
    assert rows(people[1]) == {"inbox": "sent", "email": "pending"}


def test_a_channel_that_costs_money_is_for_those_who_ask_for_it(plan, people, monkeypatch):
    monkeypatch.setitem(reach._reach, "sms", lambda users: users)
    choose(people[0], "sms", True)
    plan()
    reminders.expand_due()
    assert rows(people[0]) == {"inbox": "sent", "email": "pending", "sms": "pending"}
    assert rows(people[1]) == {"inbox": "sent", "email": "pending"}


# ── Quiet hours ─────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("hours", "moment", "loud"),
    [
        (("21:30", "07:30"), "2026-11-26 21:29:59", "2026-11-26 21:29:59"),
        (("21:30", "07:30"), "2026-11-26 21:30", "2026-11-27 07:30"),
        (("21:30", "07:30"), "2026-11-27 00:00", "2026-11-27 07:30"),
        (("21:30", "07:30"), "2026-11-27 07:29:59", "2026-11-27 07:30"),
        (("21:30", "07:30"), "2026-11-27 07:30", "2026-11-27 07:30"),
        (("21:30", "07:30"), "2028-02-28 22:00", "2028-02-29 07:30"),
        (("21:30", "07:30"), "2028-02-29 22:00", "2028-03-01 07:30"),
        (("21:30", "07:30"), "2026-12-31 23:59", "2027-01-01 07:30"),
        (("12:00", "14:00"), "2026-11-26 13:00", "2026-11-26 14:00"),
        (("12:00", "14:00"), "2026-11-26 23:00", "2026-11-26 23:00"),
        (("08:00", "08:00"), "2026-11-26 08:00", "2026-11-26 08:00"),
    ],
)
def test_mails_wait_for_the_end_of_the_quiet_hours(hours, moment, loud):
    habit = Habit(quiet_from=_time(hours[0]), quiet_until=_time(hours[1]))
    assert habit.loud_from(at(moment)) == at(loud)


def _time(words):
    return time.fromisoformat(words)


def test_every_day_of_the_park_has_one_morning():
    """Its clocks never change; they did in 1991, and a rule may not stumble over that either."""
    habit = Habit(quiet_from=_time("21:30"), quiet_until=_time("07:30"))
    for number in range(366):
        moment = at("2028-01-01 23:00") + timedelta(days=number)
        assert habit.loud_from(moment) - moment == timedelta(hours=8.5)


def ways(rule, people, moment, expires=None):
    reminder = SimpleNamespace(due_at=at(moment), expires_at=expires and at(expires))
    found = routing.ways(rule, [person.pk for person in people], reminder, at(moment), None)
    return {(way.channel, way.due_at) for way in found}


@pytest.fixture
def quiet_at_night(settings):
    settings.QUIET_HOURS = "21:30-07:30"


def test_the_inbox_is_written_at_night_and_the_mail_in_the_morning(rule, people, quiet_at_night):
    assert ways(rule, people[:1], NIGHT) == {
        ("inbox", at(NIGHT)),
        ("email", at("2026-11-27 07:30")),
    }
    assert ways(rule, people[:1], DAY) == {("inbox", at(DAY)), ("email", at(DAY))}


def test_what_is_urgent_or_would_be_too_late_does_not_wait(
    rule, people, quiet_at_night, monkeypatch
):
    too_late = ways(rule, people[:1], NIGHT, expires="2026-11-27 07:00")
    assert ("email", at(NIGHT)) in too_late
    monkeypatch.setattr(rule, "is_urgent", True, raising=False)
    assert ("email", at(NIGHT)) in ways(rule, people[:1], NIGHT)


def test_a_person_s_own_hours_count(rule, people, quiet_at_night):
    Habit.objects.create(user=people[0], is_quiet=False)
    Habit.objects.create(user=people[1], quiet_from=_time("12:00"), quiet_until=_time("16:00"))
    assert ("email", at(NIGHT)) in ways(rule, people[:1], NIGHT)
    assert ("email", at("2026-11-26 16:00")) in ways(rule, people[1:2], DAY)


# ── Deputies ────────────────────────────────────────────────────────────────────────────────


def test_a_deputy_is_told_instead(plan, people, open_to_all):
    deputy = make.user(username="deputy")
    away(people[0], deputy)
    plan()
    reminders.expand_due()
    assert rows(people[0]) == {"inbox": "suppressed"}
    assert rows(deputy) == {"inbox": "sent", "email": "pending"}
    assert not Notice.objects.filter(recipient=people[0]).exists()
    assert Relay.objects.get().deputy == deputy


def test_the_mail_of_a_deputy_is_not_held_back(plan, people, open_to_all, monkeypatch):
    """Before it leaves the audience is asked again: a deputy belongs to it."""
    deputy = make.user(username="deputy")
    away(people[0], deputy)
    plan()
    reminders.expand_due()
    deliveries.send_batch()
    assert rows(deputy)["email"] == "sent"


def test_of_what_is_obligatory_both_hear(plan, people, obliging, open_to_all):
    deputy = make.user(username="deputy")
    away(people[0], deputy)
    plan()
    reminders.expand_due()
    assert rows(people[0]) == rows(deputy) == {"inbox": "sent", "email": "pending"}


def test_what_a_deputy_chose_leaves_nobody_without_a_line(plan, people, open_to_all):
    deputy = make.user(username="deputy")
    away(people[0], deputy)
    for channel in ("inbox", "email"):
        choose(deputy, channel, is_on=False)
        choose(people[1], channel, is_on=False)
    plan()
    reminders.expand_due()
    assert rows(deputy) == {"inbox": "sent"}
    assert rows(people[0]) == rows(people[1]) == {"inbox": "suppressed"}


def test_a_deputy_who_may_not_see_it_hears_nothing(plan, people, open_to_all):
    deputy = make.user(username="deputy")
    open_to_all.add(deputy.pk)
    away(people[0], deputy)
    plan()
    reminders.expand_due()
    assert rows(deputy) == {}
    assert rows(people[0]) == {"inbox": "sent", "email": "pending"}


def test_what_a_deputy_sees_is_asked_of_the_rows(cast, rule):
    """Wu sees a meeting of the group, Zhao of another one does not."""
    meeting = make.meeting(cast.group, cast.lin)
    away(cast.lin, cast.wu)
    now = at(DAY)
    assert routing.deputies([cast.lin.pk], rule, meeting, now) == {cast.lin.pk: cast.wu.pk}
    StandIn.objects.update(deputy=cast.zhao)
    assert routing.deputies([cast.lin.pk], rule, meeting, now) == {}


def test_a_deputy_who_hears_it_anyway_hears_it_once(plan, people, open_to_all, monkeypatch):
    monkeypatch.setattr(reminders, "CHUNK", 1)
    away(people[0], people[1])
    away(people[2], people[1])
    plan()
    reminders.expand_due()
    assert Notice.objects.filter(recipient=people[1]).count() == 1
    assert Notice.objects.count() == 1


def test_a_chain_of_deputies_ends_with_the_one_who_is_here(plan, people, open_to_all):
    last = make.user(username="last")
    away(people[0], people[1])
    away(people[1], last)
    plan()
    reminders.expand_due()
    told = set(Notice.objects.values_list("recipient", flat=True))
    assert told == {last.pk, people[2].pk}


def test_a_circle_of_deputies_leaves_everybody_told(plan, people, open_to_all):
    away(people[0], people[1])
    away(people[1], people[2])
    away(people[2], people[0])
    plan()
    reminders.expand_due()
    assert Notice.objects.count() == 3


def test_a_deputy_counts_from_the_first_day_to_the_last(rule, people, open_to_all):
    away(people[0], people[1], starts_on=date(2028, 2, 29), ends_on=date(2028, 3, 1))
    told = {
        moment: bool(routing.deputies([people[0].pk], rule, make.unit(), at(moment)))
        for moment in (
            "2028-02-28 23:59",
            "2028-02-29 00:00",
            "2028-03-01 23:59",
            "2028-03-02 00:00",
        )
    }
    assert list(told.values()) == [False, True, True, False]


def test_nobody_stands_in_for_what_a_person_has_to_do(plan, people, open_to_all, rule, monkeypatch):
    monkeypatch.setattr(rule, "is_personal", True, raising=False)
    away(people[0], people[1])
    plan()
    reminders.expand_due()
    assert Notice.objects.count() == 3


def test_a_deputy_who_cannot_sign_in_is_passed_over(plan, people, open_to_all):
    away(people[0], make.user(username="gone", is_active=False))
    plan()
    reminders.expand_due()
    assert Notice.objects.count() == 3


# ── Questions to the database ───────────────────────────────────────────────────────────────


def test_the_number_of_questions_does_not_grow_with_the_people(
    plan, people, open_to_all, django_assert_max_num_queries, rule
):
    for number in range(40):
        person = make.user()
        choose(person, "email", number % 2 == 0)
        Habit.objects.create(user=person, digest="daily" if number % 3 else "none")
    away(person, people[0])
    reminder = plan()
    with django_assert_max_num_queries(30):  # what each channel is set up for is asked too
        reminders.expand(reminder.pk)
    assert Notice.objects.count() == 42

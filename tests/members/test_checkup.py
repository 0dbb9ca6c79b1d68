"""What the check-up says of a branch: each state once, with a date that decides it."""

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from members.actions import participations
from members.checkup import words
from members.checkup.board import Board, cell_of
from members.checkup.judging import State, Why
from members.models import ActivityKind, Attendance, DutyRule, Organization, Participation
from tests import make

pytestmark = pytest.mark.django_db
YEAR, FIRST = 2025, date(2025, 1, 1)
TODAY = date(2025, 6, 16)


@pytest.fixture
def branch(db):
    return make.organization(starts_on=date(2024, 1, 1))


@pytest.fixture
def person(branch):
    return make.member(branch, starts_on=date(2024, 1, 1))


def record(of, host, on, kind="theme_day", *, present=(), hours=0, **kwargs):
    """A record as it stands in the tables, whatever the actions would say to it."""
    from members.models import Activity

    made = Activity.objects.create(
        organization=of,
        kind=ActivityKind.objects.get(code=kind),
        title="记录",
        starts_at=timezone.make_aware(datetime.combine(on, time(15))),
        host=host,
        hours=hours,
        logged_by=make.user(),
        submitted_at=timezone.now(),
        **{"status": "submitted"} | kwargs,
    )
    Attendance.objects.bulk_create(
        Attendance(activity=made, member=each, organization=of, hours=hours) for each in present
    )
    participations.follow(made)
    return made


def cell(organization, code, first, today=TODAY):
    board = Board([Organization.objects.get(pk=organization.pk)], first.year, today=today)
    return cell_of(board, board.organizations[0], code, first)


def state(*asked, **more):
    return cell(*asked, **more).state


def test_a_theme_day_is_met_by_one_record_in_its_month(branch, person):
    record(branch, person, date(2025, 3, 31))
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.MET
    assert state(branch, "theme_day", date(2025, 4, 1)) == State.MISSED
    assert state(branch, "theme_day", date(2025, 6, 1)) == State.DUE
    assert state(branch, "theme_day", date(2025, 7, 1)) == State.AHEAD


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("submitted", State.MET),
        ("verified", State.MET),
        ("returned", State.MISSED),
        ("withdrawn", State.MISSED),
        ("draft", State.MISSED),
    ],
)
def test_only_what_stands_counts(branch, person, status, found):
    record(branch, person, date(2025, 3, 10), status=status)
    assert state(branch, "theme_day", date(2025, 3, 1)) == found


def test_what_only_a_late_entry_meets_says_so(branch, person):
    record(branch, person, date(2025, 3, 10), is_late=True)
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.LATE
    record(branch, person, date(2025, 3, 12))
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.MET


def test_a_joint_record_counts_for_whoever_confirmed_it(branch, person):
    other = make.member(make.organization()).memberships.get().organization
    made = record(branch, person, date(2025, 3, 10))
    part = made.participations.create(organization=other, kind=made.kind, held_on=made.held_on)
    assert state(other, "theme_day", date(2025, 3, 1)) == State.MISSED
    Participation.objects.filter(pk=part.pk).update(answer="confirmed")
    participations.follow(made)
    assert state(other, "theme_day", date(2025, 3, 1)) == State.MET


def test_a_quarter_is_judged_as_one(branch, person):
    record(branch, person, date(2025, 2, 10), "general_meeting")
    assert state(branch, "general_meeting", date(2025, 1, 1)) == State.MET
    assert state(branch, "general_meeting", date(2025, 4, 1)) == State.DUE


def test_a_branch_founded_or_dissolved_within_a_period_is_not_asked(branch, person):
    young = make.organization(starts_on=date(2025, 3, 2))
    assert cell(young, "theme_day", date(2025, 3, 1)).why == Why.FOUNDED
    assert cell(young, "theme_day", date(2025, 2, 1)).why == Why.BEFORE
    Organization.objects.filter(pk=branch.pk).update(ends_on=date(2025, 4, 29))
    assert cell(branch, "theme_day", date(2025, 4, 1)).why == Why.DISSOLVED
    assert cell(branch, "theme_day", date(2025, 5, 1)).why == Why.AFTER
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.MISSED


def test_a_branch_without_members_or_committee_or_groups_is_not_asked(branch):
    assert cell(branch, "theme_day", date(2025, 3, 1)).why == Why.NO_MEMBERS
    make.member(branch)
    assert cell(branch, "committee_meeting", date(2025, 3, 1)).why == Why.NO_COMMITTEE
    assert cell(branch, "group_meeting", date(2025, 3, 1)).why == Why.NO_GROUPS


def test_a_committee_of_three_meets_each_month(branch, person):
    for name in ("书记", "副书记", "组织委员"):
        make.term(branch, make.member(branch), name, starts_on=date(2025, 2, 1))
    assert cell(branch, "committee_meeting", date(2025, 1, 1)).why == Why.NO_COMMITTEE
    assert state(branch, "committee_meeting", date(2025, 2, 1)) == State.MISSED


def test_each_group_meets_each_month(branch, person):
    groups = [make.organization(branch, kind="party_group") for _number in range(2)]
    record(groups[0], person, date(2025, 3, 10), "group_meeting")
    found = cell(branch, "group_meeting", date(2025, 3, 1))
    assert (found.state, found.done, found.asked) == (State.MISSED, 1, 2)
    record(groups[1], person, date(2025, 3, 11), "group_meeting")
    assert state(branch, "group_meeting", date(2025, 3, 1)) == State.MET


def test_a_lecture_by_the_secretary_is_one_by_who_led_that_day(branch, person):
    make.term(branch, person, ends_on=date(2025, 2, 28))
    record(branch, person, date(2025, 3, 1), "party_lecture")
    assert state(branch, "secretary_lecture", FIRST) == State.DUE
    record(branch, person, date(2025, 2, 28), "party_lecture")
    assert state(branch, "secretary_lecture", FIRST) == State.MET


def test_each_member_is_talked_with_wherever_the_person_was(branch, person):
    """Half a year elsewhere: the talk there counts for the person."""
    elsewhere = make.organization()
    newcomer = make.member(elsewhere)
    newcomer.memberships.update(ends_on=date(2025, 4, 30))
    newcomer.memberships.create(organization=branch, starts_on=date(2025, 5, 1), standing="full")
    host = make.member(elsewhere)
    record(elsewhere, host, date(2025, 2, 1), "talk", present=[newcomer])
    found = cell(branch, "talk", FIRST)
    assert (found.done, found.asked) == (1, 2)
    record(branch, person, date(2025, 5, 5), "talk", present=[person])
    assert state(branch, "talk", FIRST) == State.MET


def test_who_joined_within_the_year_is_not_counted_for_the_year(branch, person):
    make.member(branch, "probationary", starts_on=date(2025, 2, 1))
    assert cell(branch, "talk", FIRST).asked == 1


def test_probationary_members_are_counted_and_suspended_are_not(branch):
    make.member(branch, "probationary", starts_on=date(2024, 2, 1))
    make.member(branch, "suspended", starts_on=date(2024, 2, 1))
    assert cell(branch, "talk", FIRST).asked == 1


def test_a_secretary_owes_more_hours(branch, person):
    make.term(branch, person)
    other = make.member(branch)
    record(branch, person, date(2025, 2, 1), present=[person, other], hours=40)
    found = cell(branch, "study_hours", FIRST)
    assert (found.state, found.done, found.asked) == (State.DUE, 1, 2)
    record(branch, person, date(2025, 2, 2), present=[person], hours=16)
    assert state(branch, "study_hours", FIRST) == State.MET


def test_hours_that_only_late_entries_make_up_are_marked(branch, person):
    late = record(branch, person, date(2025, 2, 1), present=[person], hours=32, is_late=True)
    assert state(branch, "study_hours", FIRST) == State.LATE
    record(branch, person, date(2025, 2, 2), present=[person], hours=31)
    assert state(branch, "study_hours", FIRST) == State.LATE
    record(branch, person, date(2025, 2, 3), present=[person], hours=1)
    assert state(branch, "study_hours", FIRST) == State.MET
    assert late.is_late


def test_hours_of_a_lesson_held_above_are_credited(db):
    above = make.organization(kind="general_branch")
    below = make.organization(above)
    person = make.member(below)
    record(above, person, date(2025, 2, 1), "study", present=[person], hours=40)
    assert state(below, "study_hours", FIRST) == State.MET


def test_an_exemption_holds_for_periods_that_end_within_it(branch, person):
    branch.exemptions.create(
        code="theme_day", reason="停产", starts_on=date(2025, 3, 31), ends_on=date(2025, 4, 29)
    )
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.EXEMPT
    assert state(branch, "theme_day", date(2025, 4, 1)) == State.MISSED
    record(branch, person, date(2025, 3, 2))
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.MET  # done all the same


def test_a_period_is_judged_by_the_rule_of_its_first_day(branch, person):
    rule = DutyRule.objects.get(code="theme_day")
    DutyRule.objects.filter(pk=rule.pk).update(ends_on=date(2025, 3, 14))
    rule.pk, rule.starts_on, rule.times = None, date(2025, 3, 15), 2
    rule.save()
    for month in (3, 4):
        record(branch, person, date(2025, month, 20))
    assert state(branch, "theme_day", date(2025, 3, 1)) == State.MET
    found = cell(branch, "theme_day", date(2025, 4, 1))
    assert (found.state, found.done, found.asked) == (State.MISSED, 1, 2)


def test_a_longer_period_that_begins_within_itself_asks_from_the_next(branch, person):
    rule = DutyRule.objects.get(code="theme_day")
    DutyRule.objects.filter(pk=rule.pk).update(ends_on=date(2025, 1, 31))
    rule.pk, rule.starts_on, rule.every = None, date(2025, 2, 1), "quarter"
    rule.save()
    found = cell(branch, "theme_day", date(2025, 2, 1))
    assert (found.state, found.why) == (State.NOT_ASKED, Why.NEW_RULE)
    assert state(branch, "theme_day", date(2025, 4, 1)) == State.DUE


def test_a_duty_that_is_dropped_is_not_asked(branch, person):
    DutyRule.objects.filter(code="theme_day").update(times=0)
    assert cell(branch, "theme_day", date(2025, 3, 1)).why == Why.DROPPED


def test_the_sentence_says_what_is_missing_and_how_long_is_left(branch, person):
    found = cell(branch, "theme_day", date(2025, 6, 1))
    said = words.sentence(found, TODAY)
    assert said == "进行中：要求 1 次，记录 0 次，还有 10 个工作日"
    assert "今天到期" in words.sentence(found, date(2025, 6, 30))


@pytest.mark.parametrize("today", [date(2025, 6, 30), date(2025, 7, 1)])
def test_on_its_last_day_a_period_still_runs(branch, person, today):
    expected = State.DUE if today.month == 6 else State.MISSED
    assert state(branch, "theme_day", date(2025, 6, 1), today=today) == expected


def test_a_merged_branch_keeps_its_record_and_its_heir_has_the_people(branch, person):
    heir = make.organization()
    make.member(heir)
    record(branch, person, date(2025, 2, 3), "talk", present=[person])
    last = date(2025, 4, 30)
    Organization.objects.filter(pk=branch.pk).update(ends_on=last)
    person.memberships.update(ends_on=last)
    person.memberships.create(
        organization=heir, starts_on=last + timedelta(days=1), standing="full"
    )
    found = cell(heir, "talk", FIRST)
    assert (found.done, found.asked) == (1, 2)
    assert cell(branch, "talk", FIRST).why == Why.DISSOLVED


def test_a_correction_of_who_led_and_of_the_day_is_judged_anew(branch, person, cast):
    """What participations copy of a record follows it."""
    make.term(branch, person, starts_on=date(2024, 1, 1))
    other = make.member(branch, starts_on=date(2024, 1, 1))
    made = record(branch, other, date(2025, 3, 3), "party_lecture")
    assert state(branch, "secretary_lecture", FIRST) == State.DUE
    made.host, made.is_late = person, True
    made.save()
    participations.follow(made)
    assert state(branch, "secretary_lecture", FIRST) == State.LATE
    part = made.participations.get()
    assert (part.led_by, part.is_late, part.held_on) == (person.pk, True, date(2025, 3, 3))

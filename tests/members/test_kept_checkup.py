"""What is kept of the check-up is what a new reckoning says, whatever was written and however."""

import re
from contextlib import suppress
from datetime import date, timedelta
from random import Random

import pytest
from django.apps import apps
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import F
from django.urls import reverse
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from members import tasks
from members.actions import participations, verifying
from members.checkup import watch
from members.checkup.board import Board
from members.checkup.kept import KeptBoard
from members.models import (
    Activity,
    ActivityKind,
    Attendance,
    Change,
    DutyRule,
    Exemption,
    KeptYear,
    Membership,
    Organization,
    Participation,
    Placement,
    Post,
    Term,
)
from tests import make
from tests.members.duty_histories import YEAR, History
from tests.races import at_once

READ = re.compile(r'(?:FROM|JOIN) "?(\w+)"?')
# Read, and not watched: what a board is asked with is part of what is asked for.
BY_VALUE = {"members_dutyrule"}
OWN = {"members_keptyear", "members_change"}


def everywhere():
    return list(Organization.objects.exclude(kind="party_group").order_by("path"))


def cells(board):
    return {
        (organization.pk, code): board.cells(organization, code)
        for organization in board.organizations
        for code in board.layout
    }


def is_kept_as_reckoned(today, years=(YEAR,)):
    for year in years:
        asked = everywhere(), year
        assert cells(KeptBoard(*asked, today=today)) == cells(Board(*asked, today=today)), today


# Every table that is read is watched


def tables_read(question) -> set[str]:
    found = set()

    def note(execute, sql, *arguments):
        found.update(READ.findall(sql))
        return execute(sql, *arguments)

    with connection.execute_wrapper(note):
        question()
    return {name for name in found if name.startswith(("members_", "accounts_", "alliance_"))}


@pytest.fixture
def unprepared(settings):
    settings.PREPARE_STATEMENTS = False


def watched() -> set[str]:
    return {apps.get_model("members", name)._meta.db_table for name in watch.WATCHED}


def test_every_table_that_the_reckoning_reads_is_watched(db, unprepared):
    History(Random(3))
    KeptYear.objects.all().delete()
    read = tables_read(lambda: KeptBoard(everywhere(), YEAR).found)
    assert {"members_attendance", "members_membership", "members_participation"} <= read
    assert read - OWN - BY_VALUE == watched()


def triggers() -> set[str]:
    """As the database says."""
    names = {
        "postgresql": "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal",
        "sqlite": "SELECT name FROM sqlite_master WHERE type = 'trigger'",
    }
    with connection.cursor() as cursor:
        cursor.execute(names[connection.vendor])
        return {name for (name,) in cursor.fetchall() if "_watched_" in name}


def test_the_database_watches_each_of_them_in_every_way(db):
    writes = ["insert", "update", "delete"]
    writes += ["truncate"] if connection.vendor == "postgresql" else []
    assert triggers() == {f"{table}_watched_{write}" for table in watched() for write in writes}


def test_every_column_of_a_watched_row_is_looked_at(db):
    """A change that is read anywhere is one of the row, so no column may be left out."""
    part = make.activity(make.organization()).participations.get()
    for change in ({"counts": False}, {"led_by": None}, {"held_on": date(2020, 1, 1)}):
        before = Change.objects.count()
        Participation.objects.filter(pk=part.pk).update(**change)
        assert Change.objects.count() > before, change


# Whatever is written


class Writer:
    """Somebody who writes anything, in any way in which rows are written."""

    def __init__(self, history, random):
        self.history, self.random = history, random

    def write(self):
        """What a rule of the database refuses is not written."""
        verbs = [name for name in dir(self) if name.startswith("do_")]
        with suppress(IntegrityError), transaction.atomic():
            getattr(self, self.random.choice(verbs))()

    def some(self, model):
        rows = list(model.objects.order_by("pk"))
        return self.random.choice(rows) if rows else None

    def do_log(self):
        self.history.record()

    def do_return(self):
        if row := self.some(Activity):
            to = self.random.choice(Activity.Status.values[1:])
            Activity.objects.filter(pk=row.pk).update(status=to)
            participations.follow(Activity.objects.get(pk=row.pk))

    def do_correct(self):
        if row := self.some(Activity):
            row.starts_at += timedelta(days=self.random.randint(-60, 60))
            row.is_late = not row.is_late
            row.save()
            participations.follow(row)

    def do_discard(self):
        if row := self.some(Activity):
            row.delete()

    def do_absent(self):
        Attendance.objects.filter(member=self.random.choice(self.history.members)).update(
            presence=self.random.choice(Attendance.Presence.values), hours=F("hours") + 1
        )

    def do_bulk_attend(self):
        if row := self.some(Activity):
            known = set(row.attendances.values_list("member", flat=True))
            rows = [
                Attendance(activity=row, member=each, organization=row.organization, hours=3)
                for each in self.history.members
                if each.pk not in known
            ]
            for each in rows:
                each.counted_on, each.counted_kind = row.held_on, row.kind_id
            Attendance.objects.bulk_create(rows)

    def do_move_a_member(self):
        if row := self.some(Membership):
            Membership.objects.filter(pk=row.pk).update(
                organization=self.random.choice(self.history.branches)
            )

    def do_suspend(self):
        if row := self.some(Membership):
            row.standing = "suspended" if row.standing == "full" else "full"
            Membership.objects.bulk_update([row], ["standing"])

    def do_forget_a_member(self):
        if row := self.some(Membership):
            row.delete()

    def do_end_a_term(self):
        if row := self.some(Term):
            Term.objects.filter(pk=row.pk).update(ends_on=row.starts_on)

    def do_change_a_post(self):
        if row := self.some(Post):
            Post.objects.filter(pk=row.pk).update(leads=not row.leads, elected=not row.elected)

    def do_exempt(self):
        if self.random.random() < 0.5:
            Exemption.objects.all().delete()
        else:
            self.history.exempt()

    def do_found_a_group(self):
        branch = self.random.choice(self.history.branches)
        branch = Organization.objects.get(pk=branch.pk)
        group = make.organization(branch, kind="party_group", starts_on=date(YEAR - 1, 7, 1))
        self.history.groups.append(group)
        self.history.everywhere.append(group)

    def do_dissolve(self):
        if row := self.some(Organization):
            ends = self.random.choice([None, self.history.day(row.starts_on)])
            Organization.objects.filter(pk=row.pk).update(ends_on=ends)

    def do_place_a_group(self):
        groups = [each.pk for each in self.history.groups]
        to = self.random.choice(self.history.branches)
        Placement.objects.filter(organization__in=groups[:1]).update(parent=to)

    def do_swap_kinds(self):
        one, other = self.random.sample(list(ActivityKind.objects.all()), 2)
        ActivityKind.objects.filter(pk=one.pk).update(code="swapped")
        ActivityKind.objects.filter(pk=other.pk).update(code=one.code)
        ActivityKind.objects.filter(pk=one.pk).update(code=other.code)

    def do_ask_more(self):
        if row := self.some(DutyRule):
            DutyRule.objects.filter(pk=row.pk).update(times=F("times") + 1)

    def do_change_its_kind(self):
        branch = self.random.choice(self.history.branches)
        kind = self.random.choice(["branch", "joint_branch", "general_branch"])
        Organization.objects.filter(pk=branch.pk).update(kind=kind)

    def do_undo(self):
        with pytest.raises(Undone), transaction.atomic():
            self.history.record()
            cells(KeptBoard(everywhere(), YEAR, today=self.history.today))
            raise Undone

    def do_fold(self):
        Change.objects.fold()


class Undone(Exception):
    pass


def write_and_compare(seed, times):
    with pytest.raises(Undone), transaction.atomic():
        random = Random(seed)
        history = History(random)
        writer = Writer(history, random)
        is_kept_as_reckoned(history.today)
        for _number in range(times):
            writer.write()
            if random.random() < 0.5:  # others look at some of them in between
                some = random.sample(everywhere(), 2)
                cells(KeptBoard(some, YEAR, today=history.today))
            is_kept_as_reckoned(history.today)
        raise Undone


@settings(
    max_examples=20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32))
def test_whatever_is_written_is_seen_at_once(db, seed):
    write_and_compare(seed, 12)


def test_without_the_triggers_what_is_kept_would_be_stale(db):
    """The negative control of the above."""
    watch.take()
    try:
        with pytest.raises(AssertionError):
            for seed in range(20):
                write_and_compare(seed, 12)
    finally:
        watch.put()


# What is kept is used


def questions(branch, today=None):
    asked = tables_read(lambda: cells(KeptBoard([branch], timezone.localdate().year, today=today)))
    return asked - OWN - BY_VALUE


def test_a_second_look_reads_no_records(cast, unprepared):
    assert questions(cast.lin_branch)
    assert questions(cast.lin_branch) == set()


def test_what_one_branch_does_leaves_the_others_as_they_are(cast, unprepared):
    for branch in (cast.lin_branch, cast.wu_branch):
        questions(branch)
    make.activity(cast.lin_branch)
    assert questions(cast.lin_branch)
    assert questions(cast.wu_branch) == set()


def test_a_lesson_of_the_superior_is_seen_by_the_branch_of_who_came(cast, unprepared):
    for branch in (cast.lin_branch, cast.wu_branch):
        questions(branch)
    make.activity(cast.root, host=cast.lin_member, members=[cast.lin_member])
    assert questions(cast.lin_branch)
    assert questions(cast.wu_branch) == set()


def test_to_verify_a_record_changes_nothing_that_is_kept(cast, sun, unprepared):
    activity = make.activity(cast.lin_branch)
    questions(cast.lin_branch)
    verifying.verify(activity, by=sun)
    assert questions(cast.lin_branch) == set()


def test_another_day_is_reckoned_anew_and_a_year_that_is_over_is_not(cast, unprepared):
    today = timezone.localdate()
    questions(cast.lin_branch, today)
    assert questions(cast.lin_branch, today + timedelta(days=1))
    last = today.year - 1
    one = lambda day: tables_read(  # noqa: E731
        lambda: KeptBoard([cast.lin_branch], last, today=day).found
    )
    one(today)
    assert one(today + timedelta(days=1)) <= OWN | BY_VALUE


def test_the_page_shows_what_was_written_just_before(sign_in, sun, cast):
    url = reverse("members:checkup-list")
    before = sign_in(sun).get(url).content.decode()
    make.activity(cast.lin_branch)
    after = sign_in(sun).get(url).content.decode()
    assert after.count("heat-met") > before.count("heat-met")
    activity = Activity.objects.get()
    verifying.withdraw(activity, "没有开展", by=sun)
    assert sign_in(sun).get(url).content.decode().count("heat-met") == before.count("heat-met")


def test_at_night_the_new_day_is_reckoned(cast, unprepared):
    tasks.keep_checkup()
    for branch in (cast.lin_branch, cast.wu_branch):
        assert questions(branch) == set()
    assert KeptYear.objects.filter(year=timezone.localdate().year - 1).exists()


def test_folded_marks_never_come_back(cast):
    make.activity(cast.lin_branch)
    total = sum(Change.objects.values_list("mark", flat=True))
    Change.objects.fold()
    assert Change.objects.get().mark > total


def test_a_page_is_shown_though_nothing_can_be_kept(sign_in, sun, cast, monkeypatch, caplog):
    def refuse(*_arguments, **_options):
        raise OperationalError("read-only")

    monkeypatch.setattr(KeptYear.objects.__class__, "bulk_create", refuse)
    assert sign_in(sun).get(reverse("members:checkup-list")).status_code == 200
    assert "could not be kept" in caplog.text


# Two at once


def kind(code):
    return ActivityKind.objects.get(code=code)


def board_of(branch):
    return cells(KeptBoard([branch], timezone.localdate().year))


def fresh(branch):
    return cells(Board([branch], timezone.localdate().year))


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="one writer at a time on SQLite")
def test_who_began_earlier_and_ends_later_is_seen(cast):
    """Rows with lower keys appear after those with higher ones were seen."""
    with transaction.atomic():
        make.activity(cast.lin_branch)
        at_once(lambda: make.activity(cast.lin_branch, kind=kind("study")))
        at_once(lambda: board_of(cast.lin_branch))
    assert board_of(cast.lin_branch) == fresh(cast.lin_branch)


@pytest.mark.django_db(transaction=True)
def test_what_is_written_while_a_year_is_reckoned_is_seen_afterwards(cast, monkeypatch):
    """Between reading the marks and reading the rows, and after these: never kept."""
    reckon = KeptBoard._reckon
    for moment in ("before", "after"):

        def meanwhile(board, organizations, moment=moment):
            if moment == "before":
                at_once(lambda: make.activity(cast.lin_branch))
            found = reckon(board, organizations)
            if moment == "after":
                at_once(lambda: make.activity(cast.lin_branch, kind=kind("study")))
            return found

        with monkeypatch.context() as patch:
            patch.setattr(KeptBoard, "_reckon", meanwhile)
            board_of(cast.lin_branch)
        assert board_of(cast.lin_branch) == fresh(cast.lin_branch), moment
        make.activity(cast.lin_branch, kind=kind("party_lecture"))


@pytest.mark.django_db(transaction=True)
def test_two_who_look_at_the_same_time_keep_one_row(cast):
    seen = at_once(*[lambda: board_of(cast.lin_branch)] * 3)
    assert seen == [fresh(cast.lin_branch)] * 3
    assert KeptYear.objects.filter(organization=cast.lin_branch.pk).count() == 1

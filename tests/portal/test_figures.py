"""Each headline figure moves with its rows, as of any date, and never differs from its list."""

import json
from datetime import date, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from members.models import Membership
from nanchuan.portal.figures import count, questions
from tests import make

YESTERDAY = timezone.localdate() - timedelta(days=1)


def figure(key, on=None):
    value = count(on)[key]
    assert value == questions(on)[key].count()
    return value


def test_an_empty_park_is_all_zero(db):
    assert set(count().values()) == {0}


@pytest.mark.parametrize("on", [date.min, date.max, date.max - timedelta(days=1)])
def test_any_day_of_the_calendar_can_be_asked_for(db, on):
    assert set(count(on).values()) == {0}


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("committee", "committees"),
        ("general_branch", "general_branches"),
        ("branch", "branches"),
        ("joint_branch", "branches"),
    ],
)
def test_an_organization_counts_once_under_its_kind(db, kind, key):
    make.organization(kind=kind)
    assert figure("organizations") == figure(key) == 1


def test_a_party_group_is_part_of_its_branch(db):
    branch = make.organization()
    make.organization(branch, kind="party_group")
    assert figure("organizations") == 1


def test_a_dissolved_organization_counts_until_its_last_day(db):
    gone = make.organization()
    gone.ends_on = YESTERDAY
    gone.save()
    assert figure("organizations", YESTERDAY) == 1
    assert figure("organizations") == 0


@pytest.mark.parametrize(
    ("standing", "counts"), [("full", 1), ("probationary", 1), ("suspended", 0)]
)
def test_full_and_probationary_members_count(db, standing, counts):
    make.member(standing=standing)
    assert figure("members") == counts


def test_who_left_no_longer_counts(db):
    make.member()
    Membership.objects.update(ends_on=YESTERDAY, end_reason="left")
    assert figure("members") == 0
    assert figure("members", YESTERDAY) == 1


def test_an_enterprise_in_two_groups_is_one_enterprise(db):
    unit = make.unit()
    make.group(unit)
    make.group(unit, make.unit(kind="department"))
    assert figure("enterprises") == 1
    assert figure("groups") == 2


def test_a_seat_in_the_whole_alliance_is_not_in_a_chain_group(db):
    make.seat(make.unit())
    assert figure("enterprises") == 0


def test_the_command_prints_json_as_of_a_day(db):
    make.organization(starts_on=date(2026, 3, 1))
    for day, number in (("2026-02-28", 0), ("2026-03-01", 1)):
        out = StringIO()
        call_command("figures", as_of=day, stdout=out)
        assert json.loads(out.getvalue())["organizations"] == number


def test_an_impossible_date_is_explained(db):
    with pytest.raises(CommandError, match="2026-02-30"):
        call_command("figures", as_of="2026-02-30")


def test_the_figures_are_one_question_to_the_database(db, django_assert_num_queries):
    from django.contrib.contenttypes.models import ContentType

    ContentType.objects.first()
    with django_assert_num_queries(1):
        count()


@pytest.mark.parametrize("role", ["staff", "leader", "auditor"])
def test_the_home_page_stays_within_its_queries(client, cast, role, django_assert_max_num_queries):
    client.force_login(make.staff(role))
    client.get("/")  # a fresh process asks for content types once
    counts = []
    most = 13 + (connection.vendor == "sqlite")  # there a session and its account are two
    for _rows in range(2):
        with django_assert_max_num_queries(most) as captured:
            page = client.get("/")
        assert 'data-figure="members"' in page.content.decode()
        counts.append(len(captured))
        for _each in range(10):
            make.member(cast.lin_branch)
            make.meeting(cast.group, by=cast.lin)
    assert counts[0] == counts[1]


def test_secretaries_see_their_work_not_the_park(client, cast):
    client.force_login(cast.lin)
    page = client.get("/").content.decode()
    assert "data-figure" not in page
    assert "待办" in page

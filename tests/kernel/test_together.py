"""Several short lists in one question are what each of them is alone."""

from datetime import date
from decimal import Decimal

import pytest
from django.db.models import Count, Q

from alliance.models import Meeting, Swap
from members.models import Activity, Membership, Organization, PartyMember, PlannedActivity, Unit
from nanchuan.kernel.lines import Lines
from nanchuan.kernel.together import answered, together
from services.models import Need
from tests import make

pytestmark = pytest.mark.django_db


def facts(row) -> dict:
    """What a row knows, and what its related rows know that came with it."""
    known = {name: value for name, value in vars(row).items() if name != "_state"}
    came = {name: each and facts(each) for name, each in row._state.fields_cache.items()}
    return {name: value for name, value in known.items() if not name.startswith("_")} | came


@pytest.fixture
def questions(cast):
    """Lists of every sort: joined, counted, with prefetched rows, values, lines, nothing at all."""
    kind = make.activity_kind()
    record = make.activity(cast.lin_branch, kind=kind, title='双引号"、%s、\\反斜线\n换行')
    PlannedActivity.objects.create(
        organization=cast.lin_branch, kind=kind, planned_on=date(2026, 2, 28), added_by=cast.lin
    )
    make.meeting(cast.group, by=cast.lin)
    make.need(cast.lin_unit, "published")
    person = cast.lin_member
    person.phone, person.id_number = "13800001234", "99990119900101002X"
    person.save()
    held = Activity.objects.filter(pk=record.pk).select_related("organization", "kind", "host")
    lines = Lines(Membership.objects.order_by("pk"), on="starts_on")
    return lambda: [
        held.with_attendance(),
        PartyMember.objects.order_by("pk").defer("note")[:3],
        PlannedActivity.objects.select_related("activity"),
        Unit.objects.annotate(links=Count("organization_links")).order_by("name")[:2],
        Meeting.objects.select_related("group").order_by("-starts_at"),
        Need.objects.with_clocks().order_by("pk"),
        Activity.objects.values_list("hours", "starts_at", "is_late", "title"),
        Organization.objects.annotate(lines=lines).order_by("path")[:2],
        Organization.objects.filter(Q(pk__in=[])),
        Organization.objects.none(),
        Swap.objects.all(),
    ]


def test_what_is_asked_together_is_what_is_asked_alone(questions, django_assert_num_queries):
    alone = [list(rows) for rows in questions()]
    assert [bool(rows) for rows in alone] == [True] * 8 + [False] * 3
    with django_assert_num_queries(3):  # with the clocks and pauses of the needs
        found = together(questions())
    assert [type(each) for rows in found for each in rows] == [
        type(each) for rows in alone for each in rows
    ]
    for rows, others in zip(found, alone, strict=True):
        for row, other in zip(rows, others, strict=True):
            if isinstance(row, tuple):
                assert row == other
            else:
                assert facts(row) == facts(other)
                assert row.get_deferred_fields() == other.get_deferred_fields()
    hours = found[6][0][0]
    assert isinstance(hours, Decimal)


def test_nothing_to_ask_asks_nothing(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert together([]) == [] and together([Unit.objects.none()]) == [[]]
        assert answered([[1], []]) == [[1], []]


def test_who_asks_twice_waits_for_nobody_and_nobody_for_those(cast, django_assert_num_queries):
    def once():
        return [unit.name for unit in (yield Unit.objects.order_by("pk")[:1])]

    def twice():
        first = yield Unit.objects.order_by("pk")[:1]
        second = yield Unit.objects.exclude(pk=first[0].pk).order_by("pk")[:1]
        return [unit.name for unit in (*first, *second)]

    def never():
        if cast is None:
            yield Unit.objects.none()
        return ["none"]

    names = list(Unit.objects.order_by("pk").values_list("name", flat=True)[:2])
    with django_assert_num_queries(2):
        found = answered([once(), never(), ["there"], twice()])
    assert found == [names[:1], ["none"], ["there"], names]

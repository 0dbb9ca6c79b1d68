"""What is prepared for a reader answers what the scope of the model says, for this reader alone."""

from datetime import date

import pytest
from django.utils import timezone

from alliance.models import Invitation, Meeting
from members.models import Liaison, Unit
from nanchuan.kernel import roles
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.readers import finder, prepared_for_reader
from tests import make

pytestmark = pytest.mark.django_db
find = finder(Meeting.objects.select_related("group", "turn"))


def as_the_scope_says(user, pk):
    return Meeting.objects.visible_to(user).marked_for(user).filter(pk=pk).first()


@pytest.fixture
def meetings(cast):
    """Lin's and Zhao's, announced and drafted, and one to which only Zhao was asked."""
    make.turn(cast.other_group.seats.get())
    lin, zhao = make.meeting(cast.group, by=cast.lin), make.meeting(cast.other_group, by=cast.zhao)
    drafts = [make.meeting(cast.group, by=cast.lin), make.meeting(cast.other_group, by=cast.zhao)]
    Meeting.objects.filter(pk__in=[row.pk for row in drafts]).update(status="draft")
    asked = make.meeting(cast.group, by=cast.lin)
    asked.invitations.create(seat=cast.other_group.seats.get(), unit_name="zhao公司")
    shared = make.meeting(cast.group, by=cast.lin)
    shared.partners.add(cast.other_group)
    return [lin, zhao, *drafts, asked, shared]


def people(cast):
    wide = make.unit()
    make.seat(wide)
    twice = make.liaison(cast.wu_unit)
    Liaison.objects.create(unit=cast.zhao_unit, user=twice, starts_on=make.LONG_AGO)
    gone = make.liaison(cast.lin_unit)
    gone.is_active = False
    others = [make.liaison(wide), twice, gone, make.user(), make.staff(), make.staff("leader")]
    return [cast.lin, cast.wu, cast.zhao, *others]


def test_it_finds_what_the_scope_shows_and_nothing_else(cast, meetings):
    seen = 0
    for _again in range(2):  # built, then only asked
        for user in people(cast):
            for meeting in meetings:
                found, expected = find(user, meeting.pk), as_the_scope_says(user, meeting.pk)
                assert found == expected, (user, meeting)
                if expected is not None:
                    seen += 1
                    assert found.is_editable == expected.is_editable, (user, meeting)
                    assert found.group.name == expected.group.name
    assert 30 < seen < 2 * len(meetings) * 9


def test_two_who_hold_the_same_roles_do_not_see_the_same(cast, meetings):
    lin, zhao, *_others = meetings
    assert (find(cast.wu, lin.pk), find(cast.wu, zhao.pk)) == (lin, None)
    assert (find(cast.zhao, lin.pk), find(cast.zhao, zhao.pk)) == (None, zhao)


def test_who_loses_a_right_sees_nothing_more(cast, meetings):
    lin = meetings[0]
    assert find(cast.wu, lin.pk) == lin
    Invitation.objects.filter(seat__unit=cast.wu_unit).update(withdrawn_at=timezone.now())
    cast.group.seats.filter(unit=cast.wu_unit).update(ends_on=make.LONG_AGO)
    roles.forget(cast.wu)
    assert find(cast.wu, lin.pk) is None


def test_a_number_that_no_row_can_have_is_no_row(sun, meetings):
    assert find(sun, 10**6) is None
    assert find(sun, 10**30) is None


def test_a_question_that_asks_the_day_is_refused(sun):
    @prepared_for_reader(int)
    def of_today(reader, pk):
        return Meeting.objects.visible_to(reader).filter(pk=pk, minutes_due_on=date(2026, 5, 5))

    with pytest.raises(LookupError, match="cannot be prepared"):
        of_today(sun, 1)


def test_a_question_that_writes_a_place_into_a_text_is_refused(cast):
    @prepared_for_reader(int)
    def below(reader, pk):
        path = roles.places(reader, roles.SECRETARY)[0]
        return Unit.objects.filter(pk=pk, name__startswith=path)

    with pytest.raises(LookupError, match="cannot be prepared"):
        below(cast.lin, 1)


def test_keys_texts_and_days_reach_the_question(meetings):
    @prepared(list)
    def several(pks):
        return Meeting.objects.filter(pk__in=keys(pks)).order_by("pk")

    @prepared(str, date)
    def called(title, on):
        return Meeting.objects.filter(title=title, starts_at__date__gte=on)

    first, second, *_others = sorted(meetings, key=lambda row: row.pk)
    assert several([second.pk, first.pk]) == [first, second]
    assert several([]) == []
    assert called(first.title, timezone.localdate()) == [first]
    assert called(first.title, date(2999, 1, 1)) == []
    assert called("' OR 1=1 --", timezone.localdate()) == []

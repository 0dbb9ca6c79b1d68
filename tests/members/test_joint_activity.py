"""Lin's branch holds something together with Wu's: one record, and each answers for itself."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions import activities, participations, verifying
from members.models import Activity, Attendance, Participation
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db


@pytest.fixture
def joint(cast):
    return make.activity(
        cast.lin_branch,
        by=cast.lin,
        host=cast.lin_member,
        kind=make.activity_kind(),
        organizations=[cast.wu_branch, cast.lin_branch],
        hours=2,
    )


def part_of(activity, organization):
    return activity.participations.select_related("organization").get(organization=organization)


def counted():
    rows = Participation.objects.counted()
    return set(rows.values_list("organization__name", flat=True))


def names(activity):
    return set(activity.attendances.values_list("member__name", flat=True))


def test_who_is_asked_is_counted_only_when_it_has_confirmed(cast, joint):
    assert counted() == {cast.lin_branch.name}
    part = part_of(joint, cast.wu_branch)
    assert part.answer == "asked"
    ill = make.member(cast.wu_branch)
    people = {"members": [cast.wu_member], "leaves": {ill: "住院"}}
    participations.confirm(part, by=cast.wu, **people)
    assert counted() == {cast.lin_branch.name, cast.wu_branch.name}
    assert names(joint) == {cast.lin_member.name, cast.wu_member.name, ill.name}
    assert Attendance.objects.get(member=cast.wu_member).hours == 2
    event = Event.objects.get(name="activity.joined")
    assert event.facts == {"organization": cast.wu_branch.name, "members": 1}


def test_who_did_not_come_says_so_and_may_change_its_mind(cast, joint):
    part = part_of(joint, cast.wu_branch)
    participations.confirm(part, by=cast.wu, members=[cast.wu_member])
    participations.decline(part, by=cast.wu)
    assert counted() == {cast.lin_branch.name}
    assert names(joint) == {cast.lin_member.name}
    participations.confirm(part, by=cast.wu, members=[cast.wu_member])
    assert counted() == {cast.lin_branch.name, cast.wu_branch.name}


def test_nobody_is_no_part(cast, joint):
    part = part_of(joint, cast.wu_branch)
    with pytest.raises(StepRefused, match="至少一人"):
        participations.confirm(part, by=cast.wu, members=[])
    with pytest.raises(StepRefused, match=cast.zhao_member.name):
        participations.confirm(
            part_of(joint, cast.wu_branch), by=cast.wu, members=[cast.zhao_member]
        )
    assert counted() == {cast.lin_branch.name}


def test_the_second_answer_of_two_is_told(cast, joint):
    first, second = part_of(joint, cast.wu_branch), part_of(joint, cast.wu_branch)
    participations.confirm(first, by=cast.wu, members=[cast.wu_member])
    with pytest.raises(StepRefused, match="刚被别人答复"):
        participations.decline(second, by=cast.wu)


def test_what_is_withdrawn_or_returned_counts_for_nobody_and_comes_back(cast, sun, joint):
    participations.confirm(part_of(joint, cast.wu_branch), by=cast.wu, members=[cast.wu_member])
    joint = Activity.objects.get(pk=joint.pk)
    verifying.send_back(joint, "照片不清楚", by=sun)
    assert counted() == set()
    activities.submit(joint, by=cast.lin)
    assert counted() == {cast.lin_branch.name, cast.wu_branch.name}
    verifying.withdraw(joint, "重复记录", by=cast.lin)
    assert counted() == set()
    with pytest.raises(StepRefused, match="已经撤回"):
        participations.decline(part_of(joint, cast.wu_branch), by=cast.wu)


def test_a_correction_of_the_host_leaves_the_others_people_alone(cast, joint):
    participations.confirm(part_of(joint, cast.wu_branch), by=cast.wu, members=[cast.wu_member])
    joint = Activity.objects.select_related("organization", "kind").get(pk=joint.pk)
    earlier = joint.starts_at - timedelta(days=1)
    activities.change(joint, by=cast.lin, members=[], hours=3, starts_at=earlier)
    assert names(joint) == {cast.lin_member.name, cast.wu_member.name}
    assert set(Attendance.objects.values_list("hours", flat=True)) == {3}
    days = set(joint.participations.values_list("held_on", flat=True))
    assert days == {timezone.localdate(earlier)}


def test_who_is_no_longer_named_is_asked_no_more_but_an_answer_stays(cast, joint):
    participations.confirm(part_of(joint, cast.wu_branch), by=cast.wu, members=[cast.wu_member])
    joint = Activity.objects.get(pk=joint.pk)
    activities.change(joint, by=cast.lin, organizations=[cast.zhao_branch])
    joint = Activity.objects.get(pk=joint.pk)
    activities.change(joint, by=cast.lin, organizations=[])
    asked = set(joint.participations.values_list("organization__name", "answer"))
    assert asked == {(cast.lin_branch.name, "confirmed"), (cast.wu_branch.name, "confirmed")}


def test_an_organization_that_was_not_there_is_not_asked(cast):
    young = make.organization(starts_on=timezone.localdate())
    with pytest.raises(StepRefused, match=young.name):
        make.activity(cast.lin_branch, organizations=[young])


def test_a_superior_holds_it_with_the_branches_below_it(cast):
    """Its secretary belongs to one of them, which answers for its other members."""
    chief = cast.lin_member
    other = make.member(cast.lin_branch)
    whole = make.activity(
        cast.root, host=chief, members=[other, cast.zhao_member], organizations=[cast.lin_branch]
    )
    assert names(whole) == {chief.name, other.name, cast.zhao_member.name}
    participations.confirm(part_of(whole, cast.lin_branch), by=cast.lin, members=[chief, other])
    whole = Activity.objects.get(pk=whole.pk)
    activities.change(whole, by=whole.logged_by, members=[other, cast.wu_member])
    assert names(whole) == {chief.name, other.name, cast.wu_member.name}
    assert whole.attendances.count() == 3
    participations.decline(part_of(whole, cast.lin_branch), by=cast.lin)
    assert names(whole) == {chief.name, cast.wu_member.name}


def test_who_led_it_is_put_right_in_each_part(cast, joint):
    """The check-up reads it there, and nothing else may have changed."""
    other = make.member(cast.lin_branch)
    activities.change(Activity.objects.get(pk=joint.pk), by=cast.lin, host=other)
    assert set(joint.participations.values_list("led_by", flat=True)) == {other.pk}

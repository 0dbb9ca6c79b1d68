"""Fifteen hundred people come to one activity: nothing of the form is too much."""

import json
import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.forms.attending import MOST_LINES
from members.models import Activity, Attendance, Membership, PartyMember
from tests import make

pytestmark = pytest.mark.django_db
CREATE, MANY = reverse("members:activity-create"), 1500
MOST_FIELDS = 1000  # Django's, unless a portal says more


@pytest.fixture
def crowd(cast):
    """Lin's branch has fifteen hundred members more."""
    people = PartyMember.objects.bulk_create(
        PartyMember(name=f"群众{number}", gender="female", pinyin=f"q{number}")
        for number in range(MANY)
    )
    Membership.objects.bulk_create(
        Membership(
            member=one, organization=cast.lin_branch, standing="full", starts_on=make.LONG_AGO
        )
        for one in people
    )
    return people


def typed(cast, rows, **changes):
    yesterday = timezone.localtime() - timedelta(days=1)
    return {
        "once": uuid.uuid4(),
        "kind": make.activity_kind().pk,
        "title": "全体党员大会",
        "starts_at": f"{yesterday:%Y-%m-%dT%H:%M}",
        "place": "礼堂",
        "host": cast.lin_member.pk,
        "text": "学习讨论",
        "attendance": json.dumps(rows),
    } | changes


def test_all_of_them_come_and_one_is_on_leave(sign_in, cast, crowd):
    client, ill = sign_in(cast.lin), crowd[7]
    rows = [[one.pk, "present", ""] for one in crowd if one != ill]
    rows.append([ill.pk, "leave", "住院"])
    assert len(rows) > MOST_FIELDS
    answer = client.post(CREATE, typed(cast, rows))
    activity = Activity.objects.get()
    assert answer.url == activity.get_absolute_url()
    came = activity.attendances.filter(presence=Attendance.Presence.PRESENT)
    assert came.count() == MANY  # with the host
    assert activity.attendances.get(member=ill).reason == "住院"
    page = client.get(reverse("members:activity-edit", args=[activity.pk]))
    form = page.context["form"]
    assert [line.pk for line in form.people] == [ill.pk], "a line is for what needs a word"
    assert page.content.decode().count(" selected>") >= MANY
    assert client.get(activity.get_absolute_url()).status_code == 200


def test_what_was_said_of_everybody_is_still_there_when_something_is_missing(sign_in, cast, crowd):
    rows = [[one.pk, "present", ""] for one in crowd]
    page = sign_in(cast.lin).post(CREATE, typed(cast, rows, place=""))
    assert list(page.context["form"].errors) == ["place"]
    assert page.content.decode().count(" selected>") >= MANY


def typed_by_hand(cast, crowd, **changes):
    """As a browser without scripts sends it: a field for each person."""
    given = typed(cast, [], also=[one.pk for one in crowd], **changes)
    del given["attendance"]
    return given


def test_without_a_script_all_of_them_come_too(sign_in, cast, crowd):
    answer = sign_in(cast.lin).post(CREATE, typed_by_hand(cast, crowd))
    activity = Activity.objects.get()
    assert answer.url == activity.get_absolute_url()
    assert activity.attendances.count() == MANY + 1  # with the host


def test_without_a_script_nobody_is_lost_when_something_is_missing(sign_in, cast, crowd):
    given = typed_by_hand(cast, crowd, place="", title="", text="学习讨论了一个上午")
    page = sign_in(cast.lin).post(CREATE, given)
    assert list(page.context["form"].errors) == ["place"]
    text = page.content.decode()
    assert text.count(" selected>") >= MANY and "学习讨论了一个上午" in text
    kept = sign_in(cast.lin).post(CREATE, given | {"draft": "1"})
    assert kept.status_code == 302
    assert Activity.objects.get().attendances.count() == MANY + 1


def test_a_few_are_shown_one_by_one(sign_in, cast, crowd):
    rows = [[one.pk, "present", ""] for one in crowd[: MOST_LINES - 1]]
    client = sign_in(cast.lin)
    client.post(CREATE, typed(cast, rows))
    edit = reverse("members:activity-edit", args=[Activity.objects.get().pk])
    assert len(client.get(edit).context["form"].people) == MOST_LINES


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "{}",
        "7",
        "null",
        "[7]",
        "[[7]]",
        "[[1,2,3,4]]",
        '["abc"]',
        "[[null,null,null]]",
        '[[0,"present",""]]',
        '[["9999999999999999999999","present",""]]',
        "[" * 5000,
    ],
)
def test_nonsense_is_refused_in_words(sign_in, cast, text):
    answer = sign_in(cast.lin).post(CREATE, typed(cast, [], attendance=text))
    assert answer.status_code == 200
    assert "attendance" in answer.context["form"].errors
    assert not Activity.objects.exists()

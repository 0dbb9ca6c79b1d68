"""Lin begins a record on the phone, is interrupted, and hands it in later."""

from datetime import timedelta

import pytest
from django.utils import timezone

from members.actions import activities
from members.models import Activity, ActivityPhoto, Attendance, Participation
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db


def begun(cast, **facts):
    yesterday = timezone.now() - timedelta(days=1)
    facts = {"kind": make.activity_kind(), "starts_at": yesterday} | facts
    return activities.draft(cast.lin_branch, by=cast.lin, **facts)


def fresh(activity):
    return Activity.objects.get(pk=activity.pk)


def test_a_draft_may_lack_nearly_everything_and_tells_nobody(cast):
    draft = begun(cast)
    assert (draft.status, draft.host, draft.submitted_at) == ("draft", None, None)
    assert not Event.objects.exists()
    assert not Participation.objects.counted().exists()
    reader = make.member(cast.lin_branch, user=make.user()).user
    assert draft not in Activity.objects.visible_to(reader)
    assert draft not in Activity.objects.visible_to(cast.wu)
    assert draft in Activity.objects.visible_to(cast.lin)


def test_what_is_kept_adds_up_and_what_is_not_named_stays(cast):
    draft, sick = begun(cast, title="学习"), make.member(cast.lin_branch)
    activities.keep(draft, by=cast.lin, host=cast.lin_member, leaves={sick: ""})
    draft = activities.keep(fresh(draft), by=cast.lin, text="写了一半")
    assert (draft.title, draft.text, draft.host) == ("学习", "写了一半", cast.lin_member)
    assert presence(draft) == {cast.lin_member: "present", sick: "leave"}
    assert not Event.objects.exists()


def presence(activity):
    return {row.member: row.presence for row in activity.attendances.select_related("member")}


def test_the_second_of_two_phones_is_told(cast):
    draft = begun(cast)
    other = fresh(draft)
    activities.keep(draft, by=cast.lin, title="这一台")
    with pytest.raises(StepRefused, match="刚被别人更正"):
        activities.keep(other, by=cast.lin, title="那一台")
    assert fresh(draft).title == "这一台"


def test_a_wrong_day_costs_no_name_but_is_not_handed_in(cast):
    draft = begun(cast, host=cast.lin_member, place="会议室", text="学习")
    late = make.member(cast.lin_branch, starts_on=timezone.localdate())
    activities.keep(draft, by=cast.lin, members=[late])
    assert late in draft.members.all()
    with pytest.raises(StepRefused, match=late.name):
        activities.submit(fresh(draft), by=cast.lin)
    with pytest.raises(StepRefused, match=cast.wu_member.name):
        activities.keep(fresh(draft), by=cast.lin, members=[cast.wu_member])


def test_it_is_handed_in_with_the_usual_title_and_counts_from_then_on(cast):
    draft = begun(cast, host=cast.lin_member, place="会议室", text="学习")
    activities.submit(draft, by=cast.lin)
    found = fresh(draft)
    month = timezone.localtime(draft.starts_at).month
    assert (found.status, found.title) == ("submitted", f"{month}月主题党日")
    assert found.submitted_at and not found.is_late
    assert Participation.objects.counted().get().organization == cast.lin_branch
    assert Event.objects.get().name == "activity.logged"
    with pytest.raises(StepRefused):
        activities.submit(found, by=cast.lin)
    with pytest.raises(StepRefused, match="已经提交"):
        activities.keep(fresh(draft), by=cast.lin, title="再改")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({"host": None}, "主持人"),
        ({"place": ""}, "地点"),
        ({"text": ""}, "活动内容"),
        ({"starts_at": timezone.now() + timedelta(days=1)}, "还没有到"),
    ],
)
def test_what_is_missing_is_said(cast, facts, words):
    whole = {"host": cast.lin_member, "place": "会议室", "text": "学习"}
    draft = begun(cast, **whole | facts)
    with pytest.raises(StepRefused, match=words):
        activities.submit(draft, by=cast.lin)
    assert fresh(draft).status == "draft"


def test_a_leave_has_a_reason_when_it_is_handed_in(cast):
    sick, away = make.member(cast.lin_branch), make.member(cast.lin_branch)
    draft = begun(cast, host=cast.lin_member, place="会议室", text="学习", leaves={sick: ""})
    with pytest.raises(StepRefused, match=f"{sick.name}的请假事由"):
        activities.submit(draft, by=cast.lin)
    draft = fresh(draft)
    activities.keep(draft, by=cast.lin, leaves={sick: " 住院 "}, absent=[away], hours=2)
    activities.submit(fresh(draft), by=cast.lin)
    rows = Attendance.objects.order_by("hours", "presence").values_list(
        "member", "presence", "reason", "hours"
    )
    assert list(rows) == [
        (away.pk, "absent", "", 0),
        (sick.pk, "leave", "住院", 0),
        (cast.lin_member.pk, "present", "", 2),
    ]


def test_nobody_is_there_and_on_leave(cast):
    draft, person = begun(cast, host=cast.lin_member), make.member(cast.lin_branch)
    with pytest.raises(StepRefused, match="不能既到会又请假"):
        activities.keep(draft, by=cast.lin, members=[person], leaves={person: "病"})
    with pytest.raises(StepRefused, match="主持人"):
        activities.keep(fresh(draft), by=cast.lin, absent=[cast.lin_member])


def test_a_late_hand_in_is_stamped_once_and_for_all(cast):
    facts = {"host": cast.lin_member, "place": "会议室", "text": "学习"}
    late = begun(cast, starts_at=timezone.now() - timedelta(days=8), **facts)
    intime = begun(cast, starts_at=timezone.now() - timedelta(days=7), **facts)
    for draft in (late, intime):
        activities.submit(draft, by=cast.lin)
    assert fresh(late).is_late and not fresh(intime).is_late


def test_a_draft_is_discarded_with_its_photos_but_a_record_is_not(cast):
    from nanchuan.kernel import uploads

    draft = begun(cast, pictures=[uploads.read_photo(make.photo())])
    activities.discard(fresh(draft))
    assert not Activity.objects.exists() and not ActivityPhoto.objects.exists()
    record = make.activity(cast.lin_branch)
    with pytest.raises(StepRefused, match="只有草稿"):
        activities.discard(record)

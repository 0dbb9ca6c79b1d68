"""The page of a record: who sees which part of it, and what it offers whom."""

import pytest
from django.urls import reverse

from members.actions import activities, participations, verifying
from members.models import Activity, ActivityKind
from nanchuan.kernel import uploads
from tests import make

pytestmark = pytest.mark.django_db


def page(sign_in, user, activity):
    response = sign_in(user).get(activity.get_absolute_url())
    return response.content.decode() if response.status_code == 200 else response.status_code


@pytest.fixture
def people(cast):
    """A member of Lin's branch with an account, one on leave, one who did not come."""
    return {
        "reader": make.member(cast.lin_branch, user=make.user(name="读者")),
        "ill": make.member(cast.lin_branch, name="请假同志"),
        "gone": make.member(cast.lin_branch, name="缺席同志"),
    }


@pytest.fixture
def record(cast, people):
    return make.activity(
        cast.lin_branch,
        by=cast.lin,
        host=cast.lin_member,
        leaves={people["ill"]: "家中有病人"},
        absent=[people["gone"]],
    )


def test_reasons_of_leave_are_for_who_leads_and_for_the_park(sign_in, cast, sun, people, record):
    chief = make.secretary(cast.root).user
    for user in (cast.lin, chief, sun, make.staff("leader"), make.staff("auditor")):
        text = page(sign_in, user, record)
        assert "家中有病人" in text and "应到 3 人，到会 1 人，请假 1 人，缺席 1 人" in text
    text = page(sign_in, people["reader"].user, record)
    assert "请假同志" in text and "缺席同志" in text
    assert "家中有病人" not in text
    assert page(sign_in, cast.wu, record) == 404
    assert page(sign_in, make.staff("admin"), record) == 403


def test_the_host_reads_no_names_of_who_joined_nor_they_of_the_hosts(sign_in, cast, sun, people):
    joint = make.activity(
        cast.lin_branch,
        by=cast.lin,
        host=cast.lin_member,
        members=[people["gone"]],
        organizations=[cast.wu_branch],
    )
    part = joint.participations.get(organization=cast.wu_branch)
    assert "请确认是否参加" in page(sign_in, cast.wu, joint)
    guest = make.member(cast.wu_branch, name="吴支部来人", user=make.user(name="吴读者"))
    ill = make.member(cast.wu_branch, name="吴支部请假")
    participations.confirm(part, by=cast.wu, members=[guest], leaves={ill: "值夜班"})
    host = page(sign_in, cast.lin, joint)
    assert "吴支部来人" not in host and "缺席同志" in host and "值夜班" not in host
    assert "应到 2 人，到会 1 人，请假 1 人" in host
    theirs = page(sign_in, cast.wu, joint)
    assert "吴支部来人" in theirs and "缺席同志" not in theirs and "值夜班" in theirs
    plain = page(sign_in, guest.user, joint)
    assert "吴支部来人" in plain and "值夜班" not in plain and "缺席同志" not in plain
    office = page(sign_in, sun, joint)
    assert "吴支部来人" in office and "缺席同志" in office
    assert page(sign_in, cast.zhao, joint) == 404


def test_who_is_only_asked_sees_no_draft_and_nothing_withdrawn(sign_in, cast):
    facts = {"kind": make.activity_kind(), "organizations": [cast.wu_branch]}
    yesterday = make.activity(cast.lin_branch).starts_at
    draft = activities.draft(cast.lin_branch, by=cast.lin, starts_at=yesterday, **facts)
    assert page(sign_in, cast.wu, draft) == 404
    assert "草稿" in page(sign_in, cast.lin, draft)


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_a_draft_is_only_for_those_who_may_write_it(sign_in, cast, sun, role):
    """The whole park's readers see what was handed in, and a draft of what they lead themselves."""
    yesterday = make.activity(cast.lin_branch).starts_at
    facts = {"kind": make.activity_kind(), "starts_at": yesterday, "title": "隐语草稿"}
    draft = activities.draft(cast.lin_branch, by=cast.lin, **facts)
    photo = draft.photos.create(image="x", thumbnail="x")
    photo = reverse("members:activity-photo", args=[photo.pk])
    reader, everything = make.staff(role), reverse("members:activity-list")
    for address in (draft.get_absolute_url(), photo):
        assert sign_in(reader).get(address).status_code == 404
    listed = sign_in(reader).get(everything).context["object_list"]
    assert draft.pk not in {row.pk for row in listed}
    for keeper in (cast.lin, sun):
        assert "隐语草稿" in page(sign_in, keeper, draft)
    make.secretary(cast.root, user=reader)
    assert "隐语草稿" in page(sign_in, reader, draft)


@pytest.mark.parametrize("role", ["leader", "auditor"])
def test_what_was_withdrawn_stays_in_sight_of_the_park(sign_in, cast, role):
    record = make.activity(cast.lin_branch, host=cast.lin_member, by=cast.lin)
    verifying.withdraw(record, "没有开", by=cast.lin)
    assert "没有开" in page(sign_in, make.staff(role), record)


def test_decisions_say_whether_they_passed(sign_in, cast):
    kind = ActivityKind.objects.get(code="general_meeting")
    voted = {"text": "同意转正", "in_favour": 1, "against": 0, "abstained": 0}
    said = {"text": "下月学习安排"}
    record = make.activity(
        cast.lin_branch, host=cast.lin_member, kind=kind, decisions=[voted, said]
    )
    text = page(sign_in, cast.lin, record)
    assert "同意转正" in text and "赞成 1，反对 0，弃权 0" in text and "通过" in text
    assert text.index("同意转正") < text.index("下月学习安排")


def test_a_file_of_a_record_is_for_who_sees_the_record(sign_in, cast, record, people):
    from members.models import ActivityFile

    document = uploads.read_document(make.pdf("讲稿.pdf"))
    record = Activity.objects.get(pk=record.pk)
    activities.change(record, by=cast.lin, files=[document])
    file = ActivityFile.objects.get()
    url = reverse("members:activity-file", args=[file.pk])
    response = sign_in(people["reader"].user).get(url)
    assert response.status_code == 200 and "attachment" in response["Content-Disposition"]
    assert "讲稿.pdf" in page(sign_in, cast.lin, record)
    assert sign_in(cast.wu).get(url).status_code == 404
    assert sign_in(cast.lin).get(reverse("members:activity-file", args=[999])).status_code == 404
    activities.change(Activity.objects.get(pk=record.pk), by=cast.lin, removed_files=[file])
    assert not ActivityFile.objects.exists()

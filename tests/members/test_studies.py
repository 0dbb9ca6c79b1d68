"""What is to be studied, where it was studied, and who studied it."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from members.actions import participations, studies, verifying
from members.models import Activity, Attendance, SelfStudy, Study, StudyFile, StudyMaterial
from nanchuan.kernel.states import StepRefused
from tests import make, make_talk

pytestmark = pytest.mark.django_db
LIST, CREATE = reverse("members:study-list"), reverse("members:study-create")
RECORD = reverse("members:study-record")


def url(name, row):
    return reverse(f"members:study-{name}", args=[row.pk])


def typed(**changes):
    return {
        "once": uuid.uuid4(),
        "title": "在示例会议上的讲话",
        "kind": "speech",
        "source": "示例日报",
        "published_on": "2026-03-01",
        "organization": "",
        "text": "全文如下",
        "where": "",
    } | changes


@pytest.fixture
def material(cast):
    return make_talk.material(title="全园区材料")


@pytest.fixture
def session(cast):
    return make.activity(
        cast.lin_branch, kind=make.activity_kind("study", "第一议题学习"), host=cast.lin_member
    )


def test_the_office_adds_for_the_whole_park(sign_in, sun):
    answer = sign_in(sun).post(CREATE, typed())
    made = StudyMaterial.objects.get()
    assert answer.url == made.get_absolute_url()
    assert (made.organization, made.added_by) == (None, sun)


def test_a_secretary_adds_for_the_own_organization_only(sign_in, cast):
    client = sign_in(cast.lin)
    for foreign in ("", cast.wu_branch.pk, "9" * 30, "x"):
        answer = client.post(CREATE, typed(organization=foreign))
        assert "organization" in answer.context["form"].errors
    client.post(CREATE, typed(organization=cast.lin_branch.pk))
    assert StudyMaterial.objects.get().organization == cast.lin_branch


def test_a_material_has_a_text_a_file_or_a_place_where_it_is_found(sign_in, sun):
    client = sign_in(sun)
    answer = client.post(CREATE, typed(text=""))
    assert "text" in answer.context["form"].errors
    assert "在示例会议上的讲话" in answer.content.decode()  # nothing typed is lost
    client.post(CREATE, typed(text="", where="示例出版社，第 3 页"))
    client.post(CREATE, typed(text="", files=[make.pdf()]))
    assert StudyMaterial.objects.count() == 2
    assert StudyFile.objects.count() == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"title": ""},
        {"title": "长" * 300},
        {"published_on": "9999-12-31"},
        {"published_on": "0001-01-01"},
        {"published_on": "nonsense"},
        {"kind": "other-kind"},
        {"source": "坏\x00字"},
    ],
)
def test_bad_input_is_told(sign_in, sun, changes):
    answer = sign_in(sun).post(CREATE, typed(**changes))
    assert set(answer.context["form"].errors) == set(changes)
    assert not StudyMaterial.objects.exists()


def seen(user):
    return set(StudyMaterial.objects.visible_to(user).values_list("title", flat=True))


def test_who_sees_which_material(cast, sun):
    make_talk.material(title="园区")
    make_talk.material(cast.root, title="党委")
    make_talk.material(cast.lin_branch, title="林")
    make_talk.material(cast.wu_branch, title="吴")
    member = make.member(cast.lin_branch, user=make.user())
    chief = make.secretary(cast.root)
    every = {"园区", "党委", "林", "吴"}
    assert seen(member.user) == seen(cast.lin) == {"园区", "党委", "林"}
    assert seen(chief.user) == seen(sun) == seen(make.staff("leader")) == every
    assert seen(make.liaison(cast.wu_unit)) == {"园区"}


def test_who_may_change_which_material(sign_in, cast, sun):
    park, own = make_talk.material(), make_talk.material(cast.lin_branch)
    foreign = make_talk.material(cast.wu_branch)
    answers = {
        (name, row.pk): sign_in(user).get(url("edit", row)).status_code
        for name, user in (("lin", cast.lin), ("sun", sun))
        for row in (park, own, foreign)
    }
    assert answers == {
        ("lin", park.pk): 403,
        ("lin", own.pk): 200,
        ("lin", foreign.pk): 404,
        ("sun", park.pk): 200,
        ("sun", own.pk): 200,
        ("sun", foreign.pk): 200,
    }


def test_a_file_is_for_who_sees_its_material(sign_in, cast, sun):
    client = sign_in(cast.lin)
    client.post(CREATE, typed(organization=cast.lin_branch.pk, text="", files=[make.pdf()]))
    file = StudyFile.objects.get()
    take = reverse("members:studyfile-take", args=[file.pk])
    remove = reverse("members:studyfile-remove", args=[file.pk])
    assert client.get(take).status_code == 200
    assert sign_in(cast.wu).get(take).status_code == 404
    assert sign_in(cast.wu).post(remove).status_code == 404
    sign_in(cast.lin).post(remove)
    assert StudyFile.objects.exists()  # nothing else would be left to study
    StudyMaterial.objects.update(where="示例图书")
    client.post(remove)
    assert not StudyFile.objects.exists()


def test_a_retired_material_is_no_longer_offered_and_its_record_stays(
    sign_in, cast, sun, material, session
):
    studies.choose(session, [material], by=cast.lin)
    client = sign_in(sun)
    client.post(url("retire", material))
    assert list(client.get(LIST).context["object_list"]) == []
    assert list(client.get(f"{LIST}?state=retired").context["object_list"]) == [material]
    assert material.title in client.get(RECORD).content.decode()
    choose = reverse("members:activity-materials", args=[session.pk])
    client.post(choose, {"once": uuid.uuid4(), "materials": [material.pk]})  # it may keep it
    assert session.materials.get() == material
    client.post(url("offer", material))
    assert list(client.get(LIST).context["object_list"]) == [material]


def test_lin_chooses_what_was_studied(sign_in, cast, material, session):
    other = make_talk.material(cast.lin_branch, title="支部材料")
    hidden = make_talk.material(cast.wu_branch)
    client, page = sign_in(cast.lin), session.get_absolute_url()
    assert "第一议题还没有选定学习材料" in client.get(page).content.decode()
    choose = reverse("members:activity-materials", args=[session.pk])
    sent = {"materials": [other.pk, material.pk], "once": uuid.uuid4()}
    client.post(choose, sent)
    assert {row.material for row in Study.objects.all()} == {other, material}
    assert other.title in client.get(page).content.decode()
    for wrong in (hidden.pk, "9" * 30, "x"):
        answer = client.post(choose, {"materials": [wrong], "once": uuid.uuid4()})
        assert "materials" in answer.context["form"].errors
    client.post(choose, {"materials": [], "once": uuid.uuid4()})
    assert not Study.objects.exists()


def test_what_was_verified_waits_anew_once_other_materials_are_chosen(
    sign_in, cast, sun, material, session
):
    """Nobody verifies what he has not seen; what was withdrawn stays as it is."""
    seen = Activity.objects.get(pk=session.pk)
    choose = reverse("members:activity-materials", args=[session.pk])
    sign_in(cast.lin).post(choose, {"materials": [material.pk], "once": uuid.uuid4()})
    with pytest.raises(StepRefused):
        verifying.verify(seen, by=sun)
    session.refresh_from_db()
    verifying.verify(session, by=sun)
    sign_in(cast.lin).post(choose, {"materials": [], "once": uuid.uuid4()})
    session.refresh_from_db()
    assert (session.status, session.verified_by) == ("submitted", None)
    verifying.withdraw(session, "重复", by=cast.lin)
    sent = {"materials": [material.pk], "once": uuid.uuid4()}
    assert "已撤回的记录不能更正" in sign_in(cast.lin).post(choose, sent).content.decode()
    assert not Study.objects.exists()


def test_others_do_not_choose(sign_in, cast, session):
    choose = reverse("members:activity-materials", args=[session.pk])
    member = make.member(cast.lin_branch, user=make.user())
    statuses = {
        "wu": sign_in(cast.wu).get(choose).status_code,
        "member": sign_in(member.user).get(choose).status_code,
        "leader": sign_in(make.staff("leader")).get(choose).status_code,
    }
    assert statuses == {"wu": 404, "member": 403, "leader": 403}


def test_nobody_chooses_a_shelf_full(cast, session):
    many = [make_talk.material() for _number in range(studies.MOST_MATERIALS + 1)]
    with pytest.raises(StepRefused):
        studies.choose(session, many, by=cast.lin)


def test_a_member_notes_what_was_studied_alone(sign_in, cast, material):
    member = make.member(cast.lin_branch, user=make.user())
    client, today = sign_in(member.user), timezone.localdate()
    client.post(url("note", material), {"studied_on": today - timedelta(days=3)})
    client.post(url("note", material), {"studied_on": today - timedelta(days=2)})
    assert SelfStudy.objects.get().studied_on == today - timedelta(days=2)
    own = reverse("members:person-studies", args=[member.pk])
    assert material.title in client.get(own).content.decode()
    client.post(url("unnote", material))
    assert not SelfStudy.objects.exists()


@pytest.mark.parametrize("day", ["", "9999-12-31", "0001-01-01", "x", "2026-02-30"])
def test_a_day_that_cannot_be_is_not_noted(sign_in, cast, material, day):
    answer = sign_in(cast.lin).post(url("note", material), {"studied_on": day}, follow=True)
    assert answer.status_code == 200
    assert not SelfStudy.objects.exists()


def test_nobody_notes_for_what_they_do_not_see_or_without_being_a_member(sign_in, cast, sun):
    hidden = make_talk.material(cast.wu_branch)
    assert sign_in(cast.lin).post(url("note", hidden)).status_code == 404
    assert sign_in(sun).post(url("note", hidden)).status_code == 403


def test_who_studied_it_is_told_within_the_readers_scope(sign_in, cast, material, session):
    studies.choose(session, [material], by=cast.lin)
    alone = make.member(cast.wu_branch, name="自学人", user=make.user())
    studies.note(material, alone, studied_on=timezone.localdate(), by=alone.user)
    told = {
        name: sign_in(user).get(material.get_absolute_url()).context["people_count"]
        for name, user in (
            ("lin", cast.lin),
            ("wu", cast.wu),
            ("chief", make.secretary(cast.root).user),
            ("self", alone.user),
        )
    }
    assert told == {"lin": 1, "wu": 1, "chief": 2, "self": 1}
    person = reverse("members:person-studies", args=[cast.lin_member.pk])
    assert material.title in sign_in(cast.lin).get(person).content.decode()
    assert sign_in(cast.wu).get(person).status_code == 404


def test_who_moved_here_does_not_bring_along_what_the_former_branch_did(sign_in, cast, session):
    secret = make_talk.material(cast.lin_branch, title="原支部的内部材料")
    studies.choose(session, [secret], by=cast.lin)
    alone = make_talk.material(cast.lin_branch, title="原支部的自学材料")
    mover = make.member(cast.wu_branch, user=make.user())
    facts = {"organization": cast.lin_branch, "presence": "present", "hours": 2}
    Attendance.objects.create(activity=session, member=mover, **facts)
    studies.note(alone, mover, studied_on=timezone.localdate(), by=mover.user)
    page = reverse("members:person-studies", args=[mover.pk])
    here = sign_in(cast.wu).get(page).content.decode()
    assert not any(words in here for words in (secret.title, alone.title, session.title))
    own = sign_in(mover.user).get(page).content.decode()
    assert all(words in own for words in (secret.title, alone.title, session.title))


def test_a_partner_reads_no_material_that_the_host_keeps_to_itself(sign_in, cast):
    joint = make.activity(
        cast.lin_branch, host=cast.lin_member, organizations=[cast.wu_branch], title="联合学习"
    )
    part = joint.participations.get(is_host=False)
    participations.confirm(part, by=cast.wu, members=[cast.wu_member])
    hidden, open_to_all = make_talk.material(cast.lin_branch, title="内部"), make_talk.material()
    studies.choose(joint, [hidden, open_to_all], by=cast.lin)
    for user, number in ((cast.lin, 2), (cast.wu, 1)):
        rows = sign_in(user).get(RECORD).context["object_list"]
        assert len(rows) == number
        assert (hidden in [row.material for row in rows]) is (user == cast.lin)


def test_the_record_says_which_organization_studied_what(sign_in, cast, sun, material, session):
    studies.choose(session, [material], by=cast.lin)
    month = session.held_on.strftime("%Y-%m")
    for query in ("", f"?month={month}", f"?organization={cast.lin_branch.pk}", "?q=全园区"):
        assert len(sign_in(sun).get(RECORD + query).context["object_list"]) == 1
    for query in ("?month=2001-01", "?month=9999-12", f"?organization={cast.wu_branch.pk}"):
        assert len(sign_in(sun).get(RECORD + query).context["object_list"]) == 0
    assert len(sign_in(cast.wu).get(RECORD).context["object_list"]) == 0


@pytest.mark.parametrize("address", [LIST, RECORD])
def test_lists_ask_a_constant_number_of_questions(
    sign_in, cast, session, address, django_assert_max_num_queries
):
    studies.choose(session, [make_talk.material() for _number in range(12)], by=cast.lin)
    client = sign_in(cast.lin)
    client.get(address)
    with django_assert_max_num_queries(12):
        assert len(client.get(address).context["object_list"]) == 12

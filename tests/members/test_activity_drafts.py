"""The page keeps what Lin types as a draft, takes photos at once, and loses nothing."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from members.actions import activities
from members.models import Activity, ActivityPhoto
from nanchuan.kernel import uploads
from nanchuan.kernel.models import Event
from tests import make
from tests.members.test_log_activity import CREATE, LIST, typed
from tests.members.test_photos import stored

pytestmark = pytest.mark.django_db
MOST_SQL_KEPT, MOST_SQL_HANDED_IN = 21, 36  # the session and its account are two of them


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


def begin(client, of, **facts):
    facts = {"once": uuid.uuid4()} | facts
    return client.post(f"{reverse('members:activity-begin')}?organization={of.pk}", facts)


def begun(client, of, **facts) -> Activity:
    response = begin(client, of, **facts)
    assert response.status_code == 200, response.content.decode()
    return Activity.objects.get(pk=response.json()["edit"].split("/")[-3])


def url(name, draft):
    return reverse(f"members:activity-{name}", args=[draft.pk])


def test_the_first_letter_makes_a_draft_of_what_is_known(sign_in, cast):
    draft = begun(sign_in(cast.lin), cast.lin_branch, text="写")
    assert (draft.status, draft.text, draft.host) == ("draft", "写", None)
    assert (draft.organization, draft.logged_by) == (cast.lin_branch, cast.lin)
    assert draft.kind.code == "theme_day"
    assert not Event.objects.filter(name__startswith="activity.").exists()


def test_two_requests_of_one_page_make_one_draft(sign_in, cast):
    client, once = sign_in(cast.lin), uuid.uuid4()
    first = begun(client, cast.lin_branch, once=once, text="一")
    second = begun(client, cast.lin_branch, once=once, text="一二")
    assert first.pk == second.pk
    assert Activity.objects.get().text == "一二"


def test_what_comes_after_it_was_handed_in_begins_no_second_draft(sign_in, cast):
    client, facts = sign_in(cast.lin), typed(cast)
    assert client.post(CREATE, facts).status_code == 302
    late = begin(client, cast.lin_branch, once=facts["once"], text="来晚了")
    assert (late.status_code, late.json()["is_over"]) == (409, True)
    assert Activity.objects.get().text == "学习讨论"


def test_the_page_that_was_sent_before_its_draft_was_known_hands_that_in(sign_in, cast):
    client, facts = sign_in(cast.lin), typed(cast)
    draft = begun(client, cast.lin_branch, once=facts["once"], text="写")
    client.post(url("photo-add", draft), {"file": make.photo()})
    assert client.post(CREATE, facts).url == draft.get_absolute_url()
    draft.refresh_from_db()
    assert (draft.status, draft.text, draft.photos.count()) == ("submitted", "学习讨论", 1)


def test_whatever_may_stand_is_kept_beside_what_may_not(sign_in, cast):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    facts = typed(cast, revision=draft.revision, starts_at="明天", host=cast.wu_member.pk)
    assert client.post(url("keep", draft), facts | {"place": "长" * 101}).status_code == 200
    draft.refresh_from_db()
    assert (draft.title, draft.place, draft.host) == ("十一月主题党日", "", None)
    assert list(draft.members.all()) == [cast.lin_member]


def test_who_wrote_second_is_told_and_overwrites_nothing(sign_in, cast):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    facts = {"once": uuid.uuid4(), "revision": draft.revision, "text": "这一台"}
    assert client.post(url("keep", draft), facts).json()["revision"] == draft.revision + 1
    told = client.post(url("keep", draft), facts | {"text": "那一台"})
    assert told.status_code == 409
    assert "刚在别处改过" in told.json()["refusal"]
    assert told.json()["url"] == url("edit", draft)
    draft.refresh_from_db()
    assert draft.text == "这一台"


@pytest.mark.parametrize("revision", ["", "x", "-5", "9" * 30])
def test_a_draft_without_the_revision_that_was_seen_is_not_overwritten(sign_in, cast, revision):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    facts = {"once": uuid.uuid4(), "revision": revision, "text": "盖掉"}
    assert client.post(url("keep", draft), facts).status_code == 409
    draft.refresh_from_db()
    assert draft.text == "写"


NAMES = ("edit", "keep", "discard", "photo-add", "file-add")


@pytest.mark.parametrize("name", NAMES)
def test_a_draft_is_there_only_for_those_who_lead_its_branch(sign_in, cast, sun, name):
    draft = begun(sign_in(cast.lin), cast.lin_branch, text="写")
    member = make.member(cast.lin_branch, user=make.user()).user
    leader, admin = make.staff("leader"), make.staff("admin")
    for user, status in ((cast.wu, 404), (member, 403), (leader, 403), (admin, 403)):
        client = sign_in(user)
        answer = client.get if name == "edit" else client.post
        assert answer(url(name, draft)).status_code == status, user
    assert Activity.objects.filter(pk=draft.pk, text="写").exists()
    assert sign_in(sun).get(url("edit", draft)).status_code == 200
    for nonsense in (0, 999999, 10**30):
        assert sign_in(cast.lin).post(f"/members/activities/{nonsense}/keep/").status_code == 404


def test_nobody_begins_a_draft_of_another_branch(sign_in, cast):
    client, address = sign_in(cast.lin), reverse("members:activity-begin")
    assert begin(client, cast.wu_branch, text="写").status_code == 404
    for nonsense in ("", "x", "-1", "9" * 40):
        assert client.post(f"{address}?organization={nonsense}").status_code == 404
    for once in ("", "x", "\0"):
        assert begin(client, cast.lin_branch, once=once, text="写").status_code == 409
    member = make.member(cast.lin_branch, user=make.user()).user
    assert begin(sign_in(member), cast.lin_branch, text="写").status_code == 403
    assert not Activity.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"text": "\0"},
        {"title": "长" * 5000},
        {"hours": "9" * 400},
        {"hours": "NaN"},
        {"kind": "9" * 40},
        {"host": "\0"},
        {"starts_at": "0001-01-01T00:00"},
        {"starts_at": "9999-12-31T23:59"},
        {"also": ["x", "9" * 40]},
        {"partners": ["x"]},
        {"partners": ["9" * 40]},
        {"presence-x": "present"},
        {"presence-": "present"},
        {"decisions-TOTAL_FORMS": "99999999", "decisions-INITIAL_FORMS": "0"},
        {"decisions-TOTAL_FORMS": "x"},
        {
            "decisions-TOTAL_FORMS": "1",
            "decisions-INITIAL_FORMS": "0",
            "decisions-0-text": "\0",
            "decisions-0-in_favour": "9" * 50,
        },
        {"caption-x": "1", "order-x": "x", "removed": ["x", "1" * 50], "dropped": "x"},
    ],
)
def test_nonsense_breaks_neither_the_draft_nor_the_page(sign_in, cast, facts):
    client = sign_in(cast.lin)
    assert begin(client, cast.lin_branch, **facts).status_code in (200, 409)
    draft = begun(client, cast.lin_branch, text="写")
    kept = {"once": uuid.uuid4(), "revision": draft.revision} | facts
    assert client.post(url("keep", draft), kept).status_code in (200, 409)
    draft.refresh_from_db()
    sent = typed(cast, revision=draft.revision) | facts
    assert client.post(url("edit", draft), sent).status_code in (200, 302)
    assert client.post(CREATE, typed(cast) | facts).status_code in (200, 302)


def test_nobody_is_named_by_a_reason_or_a_state_that_is_none(sign_in, cast):
    client, sick = sign_in(cast.lin), make.member(cast.lin_branch)
    for said in ("leave", "gone", "present\0"):
        facts = typed(cast) | {f"presence-{sick.pk}": said}
        assert "attendance" in client.post(CREATE, facts).context["form"].errors
    for reason in ("长" * 101, "\0"):
        facts = typed(cast) | {f"presence-{sick.pk}": "leave", f"reason-{sick.pk}": reason}
        response = client.post(CREATE, facts)
        assert "attendance" in response.context["form"].errors
    said = {f"presence-{cast.lin_member.pk}": "absent", f"presence-{sick.pk}": "present"}
    facts = typed(cast) | said
    assert "host" in client.post(CREATE, facts).context["form"].errors
    assert not Activity.objects.exists()


def test_leave_absence_decisions_and_partners_are_written_down(sign_in, cast):
    client = sign_in(cast.lin)
    sick, away = make.member(cast.lin_branch), make.member(cast.lin_branch)
    meeting = make.activity_kind("general_meeting", "支部党员大会")
    facts = typed(cast, kind=meeting.pk, hours="1.5", partners=[cast.wu_branch.pk]) | {
        f"presence-{sick.pk}": "leave",
        f"reason-{sick.pk}": "住院",
        f"presence-{away.pk}": "absent",
        "decisions-TOTAL_FORMS": "3",
        "decisions-INITIAL_FORMS": "0",
        "decisions-0-text": "同意接收预备党员",
        "decisions-0-in_favour": "1",
        "decisions-1-text": "下月开展志愿服务",
    }
    response = client.post(CREATE, facts)
    assert response.status_code == 302, response.context["form"].errors
    activity = Activity.objects.get()
    rows = {row.member: (row.presence, row.reason) for row in activity.attendances.all()}
    assert rows == {
        cast.lin_member: ("present", ""),
        sick: ("leave", "住院"),
        away: ("absent", ""),
    }
    assert activity.hours == 1.5
    first, second = activity.decisions.all()
    assert (first.text, first.is_voted, first.in_favour) == ("同意接收预备党员", True, 1)
    assert (second.text, second.is_voted) == ("下月开展志愿服务", False)
    asked = activity.participations.get(is_host=False)
    assert (asked.organization, asked.answer) == (cast.wu_branch, "asked")
    page = client.get(url("edit", activity))
    assert "住院" in page.content.decode() and "同意接收预备党员" in page.content.decode()
    assert cast.wu_member.pk not in page.context["form"].lines


def test_photos_go_into_the_draft_one_by_one_up_to_nine(sign_in, cast, media):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    for number in range(uploads.MOST_PHOTOS):
        sent = client.post(url("photo-add", draft), {"file": make.photo(f"{number}.jpg")})
        assert f"/photos/{ActivityPhoto.objects.latest('pk').pk}/thumbnail/" in sent.json()["line"]
    told = client.post(url("photo-add", draft), {"file": make.photo()})
    assert (told.status_code, "最多 9 张" in told.json()["refusal"]) == (409, True)
    assert draft.photos.count() == 9 and len(stored(media)) == 18
    draft.refresh_from_db()
    assert client.post(url("keep", draft), {"once": uuid.uuid4(), "revision": 0}).status_code == 200


def test_what_is_sent_again_after_a_lost_answer_is_one(sign_in, cast):
    """The phone did not hear that a photo and a file had arrived, and sends them again."""
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    for where, rows, file in (
        ("photo-add", draft.photos, make.photo),
        ("file-add", draft.files, make.office_file),
    ):
        once = uuid.uuid4()
        first, second = (
            client.post(url(where, draft), {"file": file(), "once": once}).json()
            for _time in range(2)
        )
        assert first == second
        assert rows.count() == 1
        rows.all().delete()
        again = client.post(url(where, draft), {"file": file(), "once": once})
        assert again.json() == {"line": ""}  # taken away since
        assert rows.count() == 0
        client.post(url(where, draft), {"file": file(), "once": uuid.uuid4()})
        assert rows.count() == 1
        assert client.post(url(where, draft), {"file": file(), "once": "x"}).status_code == 409


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("图.svg", b"<svg/>"),
        ("图.jpg", b"\xff\xd8\xff" + b"0" * 99),
        ("图.jpg", b""),
        ("图.exe", b"MZ"),
    ],
)
def test_what_is_no_photo_is_told_at_once_and_kept_nowhere(sign_in, cast, media, name, data):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    for where in ("photo-add", "file-add"):
        told = client.post(url(where, draft), {"file": SimpleUploadedFile(name, data)})
        assert (told.status_code, told.json()["is_final"]) == (409, True)
    assert client.post(url("photo-add", draft)).status_code == 409
    assert not stored(media)


def test_a_bomb_of_pixels_is_told_at_once(sign_in, cast, media, monkeypatch):
    monkeypatch.setattr(uploads, "PIXEL_BUDGET", 120 * 80 - 1)
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    told = client.post(url("photo-add", draft), {"file": make.photo()})
    assert "像素太多" in told.json()["refusal"]
    assert not stored(media)


def test_a_record_that_stands_takes_no_photo_by_the_way(sign_in, cast, media):
    activity = make.activity(cast.lin_branch, host=cast.lin_member)
    client = sign_in(cast.lin)
    for where, file in (("photo-add", make.photo()), ("file-add", make.office_file())):
        assert client.post(url(where, activity), {"file": file}).status_code == 409
    facts = {"once": uuid.uuid4(), "revision": activity.revision, "text": "改掉"}
    assert client.post(url("keep", activity), facts).json()["is_over"]
    assert not stored(media)


def test_captions_and_order_are_kept_and_removed_photos_go(
    sign_in, cast, media, django_capture_on_commit_callbacks
):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    for number in range(3):
        client.post(url("photo-add", draft), {"file": make.photo(f"{number}.jpg")})
    client.post(url("file-add", draft), {"file": make.office_file()})
    one, two, three = draft.photos.all()
    facts = {"once": uuid.uuid4(), "revision": draft.revision, "removed": [three.pk]}
    facts |= {f"caption-{one.pk}": "一", f"order-{one.pk}": "2", "dropped": draft.files.get().pk}
    facts |= {f"caption-{two.pk}": "二", f"order-{two.pk}": "1"}
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url("keep", draft), facts).status_code == 200
    assert list(draft.photos.values_list("caption", flat=True)) == ["二", "一"]
    assert not draft.files.exists() and len(stored(media)) == 4


def test_a_draft_is_offered_to_its_writer_and_can_be_given_up(
    sign_in, cast, sun, media, django_capture_on_commit_callbacks
):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, title="写了一半的党课")
    client.post(url("photo-add", draft), {"file": make.photo()})
    for address in (LIST, CREATE):
        page = client.get(address).content.decode()
        assert "写了一半的党课" in page and url("edit", draft) in page
        others = sign_in(sun).get(address).content.decode()
        assert "份草稿没有提交" not in others
        client = sign_in(cast.lin)
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(url("discard", draft)).url == LIST
    assert not Activity.objects.exists() and not stored(media)
    assert client.post(url("discard", draft)).status_code == 404
    activity = make.activity(cast.lin_branch, host=cast.lin_member)
    client.post(url("discard", activity))
    assert Activity.objects.get() == activity


def test_without_a_script_a_button_keeps_the_draft(sign_in, cast):
    client = sign_in(cast.lin)
    facts = typed(cast, place="", text="写了一半") | {"draft": "1"}
    response = client.post(CREATE, facts)
    draft = Activity.objects.get()
    assert (response.url, draft.status, draft.text) == (url("edit", draft), "draft", "写了一半")
    again = typed(cast, revision=draft.revision, text="写完了", draft="1")
    assert client.post(url("edit", draft), again).status_code == 302
    draft.refresh_from_db()
    assert (draft.status, draft.text) == ("draft", "写完了")


def test_a_returned_record_is_put_right_and_handed_in_again(sign_in, cast, sun):
    from members.actions import verifying

    activity = make.activity(cast.lin_branch, host=cast.lin_member)
    verifying.send_back(activity, by=sun, reason="照片看不清")
    activity.refresh_from_db()
    client = sign_in(cast.lin)
    assert "照片看不清" in client.get(url("edit", activity)).content.decode()
    assert client.post(url("photo-add", activity), {"file": make.photo()}).status_code == 200
    facts = typed(cast, revision=activity.revision, text="换了照片")
    assert client.post(url("edit", activity), facts).status_code == 302
    activity.refresh_from_db()
    assert (activity.status, activity.text, activity.photos.count()) == ("submitted", "换了照片", 1)
    assert timezone.localdate() >= activity.held_on


def test_the_usual_kind_comes_first_with_what_it_brings_along(sign_in, cast):
    meeting = make.activity_kind("general_meeting", "支部党员大会")
    make.activity(cast.lin_branch, host=cast.lin_member, kind=meeting, place="大会议室")
    make.term(cast.lin_branch, cast.lin_member, "组织委员")
    other = make.member(cast.lin_branch)
    form = sign_in(cast.lin).get(CREATE).context["form"]
    chips = {chip["kind"].code: chip for chip in form.chips}
    assert form.chips[0]["kind"] == meeting and form.chips[0]["is_chosen"]
    assert form.chips[0]["last"].place == "大会议室"
    assert set(chips["general_meeting"]["people"]) == {cast.lin_member.pk, other.pk}
    assert chips["committee_meeting"]["people"] == [cast.lin_member.pk]
    assert chips["volunteer"]["people"] == []


def test_people_of_branches_below_are_chosen_and_not_expected(sign_in, cast):
    chief = make.secretary(cast.root)
    client = sign_in(chief.user)
    form = client.get(CREATE).context["form"]
    assert cast.wu_member.pk in {line.pk for line in form.others}
    assert {line.pk for line in form.people} >= {chief.pk}
    facts = typed(cast, members=[chief.pk], host=chief.pk, also=[cast.wu_member.pk])
    assert client.post(CREATE, facts).status_code == 302
    assert set(Activity.objects.get().members.all()) == {chief, cast.wu_member}


def test_a_kind_that_is_not_offered_any_more_stays_with_its_records(sign_in, cast):
    activity = make.activity(cast.lin_branch, host=cast.lin_member)
    activity.kind.is_offered = False
    activity.kind.save()
    client = sign_in(cast.lin)
    assert activity.kind not in client.get(CREATE).context["form"].kinds.values()
    assert activity.kind.pk in client.get(url("edit", activity)).context["form"].kinds
    assert "kind" in client.post(CREATE, typed(cast)).context["form"].errors


def test_changing_a_draft_is_nobodys_business_until_it_is_handed_in(sign_in, cast):
    client = sign_in(cast.lin)
    draft = begun(client, cast.lin_branch, text="写")
    activities.keep(draft, by=cast.lin, text="又写")
    assert not Event.objects.filter(subject_id=draft.pk, name__startswith="activity.").exists()
    reader = make.member(cast.lin_branch, user=make.user()).user
    assert sign_in(reader).get(draft.get_absolute_url()).status_code == 404


def test_keeping_and_handing_in_ask_no_more_for_more_members(
    sign_in, cast, django_assert_max_num_queries
):
    client, asked = sign_in(cast.lin), {"keep": [], "edit": []}
    members = [cast.lin_member]
    for more in (2, 3, 20):
        members += [make.member(cast.lin_branch) for _each in range(more)]
        draft = begun(client, cast.lin_branch, text="写")
        for name, numbers in asked.items():
            draft.refresh_from_db()
            came = [member.pk for member in members]
            facts = typed(cast, members=came, revision=draft.revision)
            with django_assert_max_num_queries(60) as captured:
                assert client.post(url(name, draft), facts).status_code in (200, 302)
            numbers.append(len(captured))
    assert asked["keep"][1] == asked["keep"][2], asked
    assert asked["edit"][1] == asked["edit"][2], asked


def test_autosave_and_handing_in_ask_little(sign_in, cast):
    client, facts = sign_in(cast.lin), typed(cast)
    draft = begun(client, cast.lin_branch, **facts)
    more = {"once": uuid.uuid4(), "revision": draft.revision, "text": "又写了一些"}
    with CaptureQueriesContext(connection) as asked:
        kept = client.post(url("keep", draft), facts | more)
    assert kept.status_code == 200
    assert len(asked) <= MOST_SQL_KEPT
    more |= {"revision": kept.json()["revision"], "text": "写完了"}
    with CaptureQueriesContext(connection) as asked:
        assert client.post(url("edit", draft), facts | more).status_code == 302
    assert len(asked) <= MOST_SQL_HANDED_IN
    draft.refresh_from_db()
    assert (draft.status, draft.text) == ("submitted", "写完了")

"""Lin talks with a member of the branch: that it took place is known, what was said is not."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from members.models import Activity, Participation, TalkNote
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make, make_talk

pytestmark = pytest.mark.django_db
LIST, CREATE = reverse("members:talk-list"), reverse("members:talk-create")
SECRET = "秘密内容只有两个人知道"


def url(name, note):
    return reverse(f"members:talk-{name}", args=[note.pk])


@pytest.fixture
def wang(cast):
    """A member of Lin's branch."""
    return make.member(cast.lin_branch, name="王谈话", user=make.user(name="王谈话"))


@pytest.fixture
def note(cast, wang):
    return make_talk.talk(cast.lin_member, wang, content=SECRET)


def typed(**changes):
    yesterday = timezone.localtime() - timedelta(days=1)
    return {
        "once": uuid.uuid4(),
        "starts_at": f"{yesterday:%Y-%m-%dT%H:%M}",
        "content": SECRET,
        "follow_up": "",
    } | changes


def test_a_plain_member_writes_down_an_own_talk(sign_in, cast, wang):
    answer = sign_in(wang.user).post(CREATE, typed(other=cast.lin_member.pk))
    talk = Activity.objects.get()
    assert answer.url == reverse("members:talk-detail", args=[talk.pk])
    assert (talk.organization, talk.host, talk.text) == (cast.lin_branch, wang, "")
    assert talk.title == "谈心谈话"
    assert set(talk.members.all()) == {wang, cast.lin_member}
    assert Participation.objects.counted().get().kind.code == "talk"
    assert TalkNote.objects.get().content == SECRET


def test_the_form_asks_for_two_things(sign_in, cast, wang):
    """Whom and what; the moment is filled in, and the writer is one of the two."""
    page = sign_in(wang.user).get(CREATE)
    fields = [field.name for field in page.context["form"].visible_fields()]
    assert fields == ["other", "starts_at", "content", "follow_up"]
    offered = [name for _pk, name in page.context["form"].fields["other"].choices]
    assert cast.lin_member.name in offered
    assert wang.name not in offered
    assert cast.wu_member.name not in offered


def test_the_words_are_sealed_in_the_database(note):
    with connection.cursor() as cursor:
        cursor.execute("SELECT content FROM members_talknote")
        assert SECRET not in cursor.fetchone()[0]


def may_read(user, note):
    return TalkNote.objects.visible_to(user).filter(pk=note.pk).exists()


def test_of_a_talk_with_the_secretary_the_level_above_reads(cast, wang, sun):
    chief = make.secretary(cast.root)
    note = make_talk.talk(cast.lin_member, wang)
    assert note.superior == cast.root
    readers = {"lin": cast.lin, "wang": wang.user, "chief": chief.user}
    leader, admin = make.staff("leader"), make.staff("admin")
    others = {"wu": cast.wu, "sun": sun, "leader": leader, "admin": admin}
    assert [name for name, user in readers.items() if not may_read(user, note)] == []
    assert [name for name, user in others.items() if may_read(user, note)] == []


def test_of_a_talk_between_members_their_secretary_reads_and_nobody_above(cast, wang, sun):
    chief = make.secretary(cast.root)
    note = make_talk.talk(wang, make.member(cast.lin_branch))
    assert note.superior == cast.lin_branch
    assert may_read(cast.lin, note)
    assert not may_read(chief.user, note)
    assert not may_read(sun, note)


def test_where_nobody_stands_above_the_park_office_reads(cast, sun):
    chief = make.secretary(cast.root)
    note = make_talk.talk(chief, cast.lin_member)
    assert note.superior is None
    assert note.activity.organization == cast.root
    assert may_read(sun, note)
    assert not may_read(make.staff("leader"), note)


def test_a_later_secretary_does_not_read_what_the_former_one_said(cast, wang):
    note = make_talk.talk(cast.lin_member, wang)
    yesterday = timezone.localdate() - timedelta(days=1)
    cast.lin_member.terms.update(ends_on=yesterday)
    successor = make.member(cast.lin_branch, user=make.user())
    make.term(cast.lin_branch, successor, starts_on=timezone.localdate())
    assert not may_read(successor.user, note)


def test_two_of_one_party_group_talk_within_their_branch(cast):
    group = make.organization(cast.lin_branch, kind="party_group")
    first = make.member(group, user=make.user())
    note = make_talk.talk(first, make.member(group))
    assert note.activity.organization == cast.lin_branch
    assert may_read(cast.lin, note)


WHO_SEES = {
    # persona: (that it took place, the names, the words)
    "lin": (True, True, True),
    "wang": (True, True, True),
    "chief": (True, True, True),
    "sun": (True, True, False),
    "leader": (True, True, False),
    "auditor": (True, True, False),
    "fellow": (False, False, False),
    "wu": (False, False, False),
}


@pytest.mark.parametrize("persona", WHO_SEES)
def test_who_sees_what_of_a_talk(sign_in, cast, wang, note, persona):
    people = {
        "lin": cast.lin,
        "wang": wang.user,
        "chief": make.secretary(cast.root).user,
        "sun": make.staff(),
        "leader": make.staff("leader"),
        "auditor": make.staff("auditor"),
        "fellow": make.member(cast.lin_branch, user=make.user()).user,
        "wu": cast.wu,
    }
    client = sign_in(people[persona])
    sees, names, reads = WHO_SEES[persona]
    page = client.get(url("detail", note))
    assert page.status_code == (200 if sees else 404)
    assert (wang.name in page.content.decode()) == names
    assert SECRET not in page.content.decode()
    answer = client.post(url("read", note))
    assert answer.status_code == (200 if reads else 403 if sees else 404)
    assert (SECRET in answer.content.decode()) == reads
    rows = client.get(LIST).content.decode()
    assert (url("detail", note) in rows) == sees


def test_reading_is_recorded_without_the_words(sign_in, wang, note):
    sign_in(wang.user).post(url("read", note))
    event = Event.objects.get(name="talk.read")
    assert (event.by, event.facts) == (wang.user, {})
    assert SECRET not in event.subject_label


def test_a_withdrawn_talk_counts_for_nobody(sign_in, cast, wang, note):
    assert sign_in(wang.user).post(url("withdraw", note)).status_code == 403
    sign_in(cast.lin).post(url("withdraw", note))
    note.activity.refresh_from_db()
    assert note.activity.status == "withdrawn"
    assert not Participation.objects.counted().exists()
    assert sign_in(wang.user).get(url("detail", note)).status_code == 404


def test_who_wrote_it_adds_to_it(sign_in, cast, wang, note):
    assert sign_in(wang.user).get(url("edit", note)).status_code == 403
    client = sign_in(cast.lin)
    assert SECRET in client.get(url("edit", note)).content.decode()
    client.post(url("edit", note), typed(content="改过", follow_up="下月再谈", revision=0))
    note.refresh_from_db()
    assert (note.content, note.follow_up) == ("改过", "下月再谈")
    late = client.post(url("edit", note), typed(content="另一页", revision=0))
    assert "刚被更改过" in late.content.decode()
    assert "另一页" in late.content.decode()  # what was typed is still there


def test_what_was_withdrawn_is_not_added_to(sign_in, cast, note):
    """From a page that was still open."""
    client = sign_in(cast.lin)
    client.post(url("withdraw", note))
    late = client.post(url("edit", note), typed(content="撤回以后", revision=0))
    assert "已经撤回" in late.content.decode() and "撤回以后" in late.content.decode()
    note.refresh_from_db()
    assert (note.content, note.revision) == (SECRET, 0)


def test_a_talk_is_not_written_or_changed_with_the_usual_form(sign_in, cast, sun, note):
    edit = reverse("members:activity-edit", args=[note.pk])
    for user in (cast.lin, sun):
        assert sign_in(user).get(edit).status_code == 403
    page = sign_in(cast.lin).get(reverse("members:activity-create"))
    offered = [str(name) for _pk, name in page.context["form"].fields["kind"].choices]
    assert "主题党日" in offered
    assert "谈心谈话" not in offered
    there = sign_in(sun).get(reverse("members:activity-detail", args=[note.pk]))
    assert there.url == url("detail", note)


def test_nobody_above_verifies_a_talk_or_sends_it_back(sign_in, cast, sun, note):
    """Who may not read what was said has nothing to look at; a talk sent back could not return."""
    above = make.secretary(cast.root).user
    for person in (sun, above):
        client = sign_in(person)
        talk, sent = note.activity, {"revision": 0, "reason": "不实", "once": uuid.uuid4()}
        for act in ("verify", "return"):
            answer = client.post(reverse(f"members:activity-{act}", args=[talk.pk]), sent)
            assert answer.status_code == 403, (person, act)
        assert not talk.may_be_verified_by(person)
    assert Participation.objects.counted().filter(activity=note.activity).exists()
    assert Activity.objects.get().status == Activity.Status.SUBMITTED


def test_nobody_writes_down_the_talk_of_others_but_their_secretary(cast, wang):
    fellow = make.member(cast.lin_branch, user=make.user())
    assert make_talk.talk(wang, fellow, by=cast.lin).activity.logged_by == cast.lin
    for somebody in (cast.wu, make.secretary(cast.root).user, make.staff(), make.user()):
        with pytest.raises(StepRefused):
            make_talk.talk(wang, fellow, by=somebody)


def test_a_secretary_writes_for_two_others(sign_in, cast, wang):
    fellow = make.member(cast.lin_branch)
    sign_in(cast.lin).post(CREATE, typed(lead=wang.pk, other=fellow.pk))
    assert set(Activity.objects.get().members.all()) == {wang, fellow}


@pytest.mark.parametrize(
    "changes",
    [
        {"other": ""},
        {"other": "9" * 40},
        {"other": "abc"},
        {"starts_at": "0001-01-01T00:00"},
        {"starts_at": "9999-12-31T23:59"},
        {"starts_at": "nonsense"},
        {"content": "长" * 6000},
        {"content": "坏\x00字"},
    ],
)
def test_bad_input_is_told_and_nothing_typed_is_lost(sign_in, cast, wang, changes):
    answer = sign_in(wang.user).post(CREATE, typed(other=cast.lin_member.pk) | changes)
    assert answer.status_code == 200
    assert answer.context["form"].errors
    assert changes.get("content", SECRET)[:3] in answer.content.decode()
    assert not Activity.objects.exists()


def test_nobody_talks_with_a_stranger_or_alone(sign_in, cast, wang):
    for other in (cast.wu_member, wang):
        answer = sign_in(wang.user).post(CREATE, typed(other=other.pk))
        assert answer.context["form"].errors
    with pytest.raises(StepRefused):
        make_talk.talk(wang, wang)
    assert not Activity.objects.exists()


def test_a_talk_with_somebody_who_was_no_member_that_day_is_refused(cast, wang):
    with pytest.raises(StepRefused):
        make_talk.talk(wang, cast.lin_member, starts_at=timezone.now() - timedelta(days=2000))


def test_one_click_too_many_makes_one_talk(sign_in, cast, wang):
    sent = typed(other=cast.lin_member.pk)
    client = sign_in(wang.user)
    assert client.post(CREATE, sent).url == client.post(CREATE, sent).url
    assert Activity.objects.count() == 1


def test_the_list_asks_a_constant_number_of_questions(
    sign_in, cast, wang, django_assert_max_num_queries
):
    for _number in range(12):
        make_talk.talk(cast.lin_member, wang)
    client = sign_in(cast.lin)
    client.get(LIST)
    with django_assert_max_num_queries(12):
        page = client.get(LIST)
    assert len(page.context["object_list"]) == 12


def test_an_export_says_that_talks_took_place(sign_in, cast, note, wang):
    from io import BytesIO

    from openpyxl import load_workbook

    answer = sign_in(cast.lin).get(f"{LIST}?export=xlsx")
    sheet = load_workbook(BytesIO(b"".join(answer.streaming_content))).worksheets[0]
    words = " ".join(str(cell.value) for row in sheet.rows for cell in row)
    assert wang.name in words
    assert SECRET not in words


COVERAGE = reverse("members:talk-coverage")


def test_lin_sees_who_is_still_to_be_talked_to(sign_in, cast, note):
    waiting = make.member(cast.lin_branch, name="等谈话")
    page = sign_in(cast.lin).get(COVERAGE)
    row = next(row for row in page.context["object_list"] if row == cast.lin_branch)
    assert (row.own_members, row.talked, row.open) == (3, 2, 1)
    assert [one["pk"] for one in row.waiting] == [waiting.pk]
    assert f"{CREATE}?other={waiting.pk}" in page.content.decode()


def test_the_office_sees_numbers_and_no_names(sign_in, cast, sun, note):
    make.member(cast.lin_branch, name="等谈话")
    for user in (sun, make.staff("leader")):
        page = sign_in(user).get(COVERAGE)
        row = next(row for row in page.context["object_list"] if row == cast.lin_branch)
        assert (row.talked, row.open, row.waiting) == (2, 1, ())
        assert "等谈话" not in page.content.decode()
        assert "名单只有书记可以看" in page.content.decode()
    assert "名单只有书记可以看" not in sign_in(cast.lin).get(COVERAGE).content.decode()


def test_a_talk_counts_in_the_year_in_which_it_took_place(sign_in, cast, wang, note):
    year = note.activity.held_on.year
    client = sign_in(cast.lin)
    for asked, talked in ((year, 2), (year - 1, 0)):
        page = client.get(f"{COVERAGE}?year={asked}&organization={cast.lin_branch.pk}")
        assert page.context["object_list"][0].talked == talked
    for nonsense in ("abc", "99999999999999999999", "1"):
        assert client.get(f"{COVERAGE}?year={nonsense}").status_code == 200


def test_a_talk_is_not_seen_through_a_part_in_it(cast, note):
    """Nobody can make such a part; if one is there all the same, it opens nothing."""
    own = note.activity.participations.get()
    facts = {"kind_id": own.kind_id, "held_on": own.held_on, "answer": "confirmed"}
    note.activity.participations.create(organization=cast.wu_branch, **facts)
    assert note.activity not in Activity.objects.visible_to(cast.wu)

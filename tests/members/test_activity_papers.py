"""The record of an activity, its sheet to sign in on, and the handbook of a year."""

import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from docx import Document

from members.actions import participations, studies, suggestions
from members.models import Activity, YearWords
from nanchuan.kernel.models import Event
from tests import make, make_talk

pytestmark = pytest.mark.django_db


def url(name, row):
    return reverse(f"members:{name}", args=[row.pk])


def words(answer) -> str:
    """All that stands in a Word file, cell by cell."""
    assert answer.status_code == 200
    paper = Document(BytesIO(b"".join(answer.streaming_content)))
    lines = [line.text for line in paper.paragraphs]
    lines += [cell.text for table in paper.tables for row in table.rows for cell in row.cells]
    return "\n".join(lines)


@pytest.fixture
def activity(cast):
    ill = make.member(cast.lin_branch, name="请假人")
    made = make.activity(
        cast.lin_branch,
        kind=make.activity_kind("general_meeting", "支部党员大会"),
        host=cast.lin_member,
        members=[ill],
        title="三季度党员大会",
        text="讨论了发展党员工作",
    )
    made.attendances.filter(member=ill).update(presence="leave", reason="住院")
    voted = {"is_voted": True, "entitled": 5, "in_favour": 3, "against": 1, "abstained": 0}
    made.decisions.create(text="同意接收预备党员", **voted)
    studies.choose(made, [make_talk.material(title="示例文件")], by=cast.lin)
    return made


def test_a_record_says_what_was_written_down(sign_in, cast, activity):
    told = words(sign_in(cast.lin).get(url("activity-record", activity)))
    for piece in (
        "三季度党员大会记录",
        "应到 2 人，实到 1 人。",
        "请假人（住院）",
        "《示例文件》（示例日报）",
        "讨论了发展党员工作",
        "同意接收预备党员",
        "应到会有表决权 5 人；赞成 3，反对 1，弃权 0。通过。",
    ):
        assert piece in told
    assert "补录" not in told
    event = Event.objects.get(name="paper.exported")
    assert event.facts == {"paper": "活动记录"}


def test_a_late_record_says_so(sign_in, cast):
    late = make.activity(cast.lin_branch, starts_at=timezone.now() - timedelta(days=40))
    assert "补录" in words(sign_in(cast.lin).get(url("activity-record", late)))


def test_what_nobody_wrote_down_stays_empty(sign_in, cast):
    bare = make.activity(cast.lin_branch, text="", place="")
    told = words(sign_in(cast.lin).get(url("activity-record", bare)))
    assert "四、议决事项" in told
    assert "表决：" not in told
    assert "None" not in told


def test_a_sheet_lists_those_who_are_expected_before_anybody_came(sign_in, cast):
    kind = make.activity_kind("general_meeting", "支部党员大会")
    other = make.member(cast.lin_branch, name="应到的人")
    draft = Activity.objects.create(
        organization=cast.lin_branch,
        kind=kind,
        status="draft",
        title="四季度党员大会",
        starts_at=timezone.now() + timedelta(days=3),
        logged_by=cast.lin,
    )
    told = words(sign_in(cast.lin).get(url("activity-sheet", draft)))
    for piece in (other.name, cast.lin_member.name, "书记", cast.lin_unit.name, "签名", "应到人数"):
        assert piece in told
    draft.kind = make.activity_kind("committee_meeting", "支部委员会会议")
    draft.save()
    told = words(sign_in(cast.lin).get(url("activity-sheet", draft)))
    assert cast.lin_member.name in told
    assert other.name not in told


@pytest.mark.parametrize("name", ["activity-record", "activity-sheet"])
def test_papers_are_for_who_keeps_the_record_and_for_the_park(sign_in, cast, activity, name):
    member = make.member(cast.lin_branch, user=make.user())
    people = {
        "lin": cast.lin,
        "leader": make.staff("leader"),
        "member": member.user,
        "wu": cast.wu,
        "admin": make.staff("admin"),
    }
    got = {who: sign_in(user).get(url(name, activity)).status_code for who, user in people.items()}
    assert got == {"lin": 200, "leader": 200, "member": 403, "wu": 404, "admin": 403}


def test_a_talk_has_no_paper(sign_in, cast):
    talk = make_talk.talk(cast.lin_member, make.member(cast.lin_branch))
    for name in ("activity-record", "activity-sheet"):
        assert sign_in(cast.lin).get(url(name, talk)).status_code == 404


@pytest.fixture
def year(activity):
    return activity.held_on.year


def test_the_handbook_has_everything_in_order(sign_in, cast, activity, year):
    partner = make.member(cast.lin_branch, name="谈话对方", phone="13800001234")
    make_talk.talk(cast.lin_member, partner, content="金丝雀")
    tea = make.activity(
        cast.lin_branch, kind=make.activity_kind("tea_talk", "交心茶座"), host=cast.lin_member
    )
    point = suggestions.add(tea, "加开班车", by=cast.lin)
    suggestions.answer(point, "下月加开", by=cast.lin)
    sign_in(cast.lin).post(
        f"{url('organization-words', cast.lin_branch)}?year={year}",
        {"text": "这一年我们做了三件事", "once": uuid.uuid4()},
    )
    answer = sign_in(cast.lin).get(f"{url('organization-handbook', cast.lin_branch)}?year={year}")
    told = words(answer)
    order = [
        "一、党组织概况",
        "二、党员名册",
        "三、年度计划",
        "四、组织生活记录",
        "五、学习情况",
        "六、谈心谈话",
        "七、年度总结",
        "这一年我们做了三件事",
    ]
    places = [told.index(piece) for piece in order]
    assert places == sorted(places)
    for piece in ("讨论了发展党员工作", "示例文件", "加开班车", "下月加开", "138****1234"):
        assert piece in told
    assert "金丝雀" not in told
    assert "13800001234" not in told


def test_a_handbook_of_another_year_holds_nothing_of_this_one(sign_in, cast, activity, year):
    address = url("organization-handbook", cast.lin_branch)
    told = words(sign_in(cast.lin).get(f"{address}?year={year - 1}"))
    assert "三季度党员大会" not in told
    for nonsense in ("x", "99999999999999999999", "1", "9999"):
        assert sign_in(cast.lin).get(f"{address}?year={nonsense}").status_code == 200


def test_figures_of_a_year_open_and_agree(sign_in, cast, activity, year):
    make_talk.talk(cast.lin_member, make.member(cast.lin_branch))
    page = sign_in(cast.lin).get(f"{url('organization-year', cast.lin_branch)}?year={year}")
    figures = page.context["figures"]
    assert dict(figures.kinds) == {"支部党员大会": 1, "谈心谈话": 1}
    assert (figures.activities, figures.members, figures.came, figures.expected) == (2, 3, 3, 4)
    assert figures.materials == 1


def test_only_the_secretary_writes_own_words(sign_in, cast, sun, year):
    address = url("organization-words", cast.lin_branch)
    member = make.member(cast.lin_branch, user=make.user())
    people = {"sun": sun, "member": member.user, "wu": cast.wu, "lin": cast.lin}
    got = {who: sign_in(user).get(address).status_code for who, user in people.items()}
    assert got == {"sun": 403, "member": 403, "wu": 404, "lin": 200}
    too_long = {"text": "长" * 10_001, "once": uuid.uuid4()}
    answer = sign_in(cast.lin).post(address, too_long)
    assert "text" in answer.context["form"].errors
    assert not YearWords.objects.exists()


@pytest.mark.parametrize("name", ["organization-year", "organization-handbook"])
def test_the_year_is_for_who_leads_and_for_the_park(sign_in, cast, activity, name):
    member = make.member(cast.lin_branch, user=make.user())
    people = {"lin": cast.lin, "leader": make.staff("leader"), "member": member.user}
    people["wu"] = cast.wu
    got = {
        who: sign_in(user).get(url(name, cast.lin_branch)).status_code
        for who, user in people.items()
    }
    assert got == {"lin": 200, "leader": 200, "member": 403, "wu": 404}


def test_a_handbook_of_many_activities_asks_few_questions(
    sign_in, cast, django_assert_max_num_queries
):
    for _number in range(15):
        make.activity(cast.lin_branch, host=cast.lin_member)
    client = sign_in(cast.lin)
    with django_assert_max_num_queries(80):  # one of each activity
        words(client.get(url("organization-handbook", cast.lin_branch)))


def test_a_joint_record_names_the_readers_own_people_only(sign_in, cast):
    guest = make.member(cast.wu_branch, name="吴的党员")
    joint = make.activity(
        cast.lin_branch, host=cast.lin_member, organizations=[cast.wu_branch], title="联合主题党日"
    )
    participations.confirm(
        joint.participations.get(organization=cast.wu_branch), members=[guest], by=cast.wu
    )
    own = words(sign_in(cast.lin).get(url("activity-record", joint)))
    assert cast.lin_member.name in own
    assert "wu党支部" in own
    assert guest.name not in own
    assert guest.name in words(sign_in(make.staff()).get(url("activity-record", joint)))

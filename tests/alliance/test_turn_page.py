"""One page says what a turn is about, how far it is and what comes next."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alliance.actions import duties as actions
from alliance.models import Assignment, Duty, Turn
from nanchuan.kernel.models import Event
from nanchuan.portal.todo import todo
from tests import make
from tests.alliance.test_handovers import measure

DAY = timedelta(days=1)
MOST = 24


@pytest.fixture
def turn(cast):
    return make.begun(cast.turn)


def test_who_when_how_far_and_what_is_late(client, cast, turn):
    seat = cast.group.seats.get(unit=cast.wu_unit)
    after = make.next_turn(turn, seat)
    Duty.objects.filter(turn=turn, kind="topics").update(due_on=timezone.localdate() - 2 * DAY)
    Duty.objects.filter(turn=turn, kind="bulletin").update(status="done")
    Duty.objects.filter(turn=turn, kind="theme_day").update(status="dropped", note="合并举办")
    client.force_login(cast.lin)
    page = client.get(turn.get_absolute_url()).content.decode()
    for words in (
        "当前轮值",
        "lin公司",
        after.get_absolute_url(),
        "4 项职责完成 1 项",
        "逾期 2 天",
        "合并举办",
        "填写完成情况",
        "完善并发出通知",
    ):
        assert words in page
    client.force_login(cast.wu)
    page = client.get(turn.get_absolute_url()).content.decode()
    assert "填写完成情况" not in page
    page = client.get(after.get_absolute_url()).content.decode()
    assert "未开始" in page
    assert "届时系统会按轮值制度列出职责" in page


def test_an_open_turn_says_so(client, cast):
    ahead = make.next_turn(cast.turn)
    client.force_login(cast.wu)
    page = client.get(ahead.get_absolute_url()).content.decode()
    assert "待定" in page


def test_changes_of_the_turn_are_listed(client, cast, turn, sun):
    Assignment.objects.create(turn=turn, seat=turn.seat, origin="override", reason="临时", by=sun)
    client.force_login(cast.wu)
    page = client.get(turn.get_absolute_url()).content.decode()
    assert "办公室指定" in page
    assert "临时" in page


def edit(client, turn, **values):
    path = f"{turn.get_absolute_url()}edit/"
    given = {"once": uuid.uuid4(), "theme": "", "chair_name": "", "note": ""}
    return client.post(path, given | values)


def seen(client, turn):
    page = client.get(f"{turn.get_absolute_url()}edit/")
    return page.context["form"]["seen"].value()


@pytest.mark.parametrize(("who", "status"), [("lin", 302), ("wu", 403), ("zhao", 404)])
def test_the_unit_on_turn_says_what_it_is_about(client, cast, turn, who, status):
    client.force_login(getattr(cast, who))
    memory = seen(client, turn) if status == 302 else ""
    answer = edit(client, turn, theme="人才共育季", chair_name="林书记", seen=memory)
    assert answer.status_code == status
    turn.refresh_from_db()
    assert (turn.theme == "人才共育季") == (status == 302)
    assert Event.objects.filter(name="turn.described").count() == (status == 302)


def test_the_office_too_and_a_calendar_will_notice(client, cast, turn, sun):
    client.force_login(sun)
    edit(client, turn, theme="人才共育季", seen=seen(client, turn))
    turn.refresh_from_db()
    assert turn.sequence == 1
    edit(client, turn, theme="人才共育季", seen=seen(client, turn))  # nothing changed
    turn.refresh_from_db()
    assert turn.sequence == 1
    event = Event.objects.get(name="turn.described")
    assert event.facts == {"changed": ["theme"]}


def test_two_who_edit_at_once_are_asked(client, cast, turn):
    client.force_login(cast.lin)
    memory = seen(client, turn)
    edit(client, turn, theme="甲", seen=memory)
    page = edit(client, turn, theme="乙", seen=memory)
    assert "请逐项选择保留哪一个" in page.content.decode()


# ── 待办 ────────────────────────────────────────────────────────────────────────────────────


def verbs(user):
    """Without the dues of the month, which a secretary keeps too."""
    user.__dict__.pop("_grants", None)
    found = [(str(item.verb), item.status) for item in todo(user)]
    return [each for each in found if each != ("核定", "waiting")]


def test_what_a_turn_asks_of_people_stands_in_their_list(cast, turn, sun):
    make.next_turn(turn, cast.group.seats.get(unit=cast.wu_unit))
    Duty.objects.filter(turn=turn, kind="topics").update(due_on=timezone.localdate() - DAY)
    waiting = [("填写完成情况", "overdue"), ("办理", "open"), ("发出通知", "draft")]
    assert verbs(cast.lin) == waiting
    assert verbs(cast.wu) == verbs(sun) == []
    make.handover(turn)
    assert verbs(cast.lin)[0] == ("签字交接", "soon")
    make.handover(turn, "submitted")
    assert ("签字交接", "soon") in verbs(cast.wu)
    make.handover(turn, "received")
    assert verbs(cast.wu) == []
    assert verbs(sun) == [("签字交接", "soon")]
    make.handover(turn, "done")
    assert verbs(sun) == []


def test_the_turn_in_hand_leads_to_its_next_duty(cast, turn, sun):
    item = next(item for item in todo(cast.lin) if item.verb == "办理")
    assert item.url == turn.get_absolute_url()
    nearest = turn.duties.filter(due_on__gte=timezone.localdate()).order_by("due_on").first()
    assert nearest.title in item.status_text
    turn.duties.update(status="done")
    assert "办理" not in [verb for verb, _status in verbs(cast.lin)]


def red_button(client, user, turn):
    client.force_login(user)
    return client.get(turn.get_absolute_url()).context["next_step"]


def test_the_red_button_of_a_turn_is_what_its_unit_does_next(client, cast, turn, sun):
    assert red_button(client, cast.wu, turn) is None
    assert red_button(client, sun, turn) is None
    assert "主题" in red_button(client, cast.lin, turn)["label"]
    Turn.objects.update(theme="人才共育", chair_name="林主席")
    assert red_button(client, cast.lin, turn)["url"] == turn.meetings.get().get_absolute_url()
    turn.meetings.update(status="held", place="会议室")
    assert "填写完成情况" in red_button(client, cast.lin, turn)["label"]
    turn.duties.update(status="done")
    assert red_button(client, cast.lin, turn) is None


def test_a_turn_says_why_its_unit_has_it(client, cast, turn):
    client.force_login(cast.wu)
    assert "按次序；此前没有轮值过" in client.get(turn.get_absolute_url()).content.decode()


# ── Questions to the database ───────────────────────────────────────────────────────────────


def questions(client, url):
    client.get(url)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill(cast, turn, number):
    for each in range(number):
        Duty.objects.create(
            turn=turn,
            kind="other",
            title=f"其他{each}",
            due_on=turn.ends_on,
            done_by=cast.lin,
            activity=make.activity(cast.lin_branch),
        )
        measure(cast, number=f"举-{Duty.objects.count()}")
        make.meeting(cast.group, by=cast.lin)
        make.need(cast.wu_unit, "published")
        Assignment.objects.create(turn=turn, seat=turn.seat, origin="order", by=cast.lin)


@pytest.mark.parametrize("to", ["open", "done"])
def test_pages_do_not_ask_more_for_more_rows(client, cast, sun, turn, to):
    make.next_turn(turn, cast.group.seats.get(unit=cast.wu_unit))
    fill(cast, turn, 2)
    handover = make.handover(turn, to)
    pages = (turn.get_absolute_url(), handover.get_absolute_url(), "/alliance/handovers/")
    for user in (cast.lin, sun):
        client.force_login(user)
        few = [questions(client, page) for page in pages]
        fill(cast, turn, 6)
        assert [questions(client, page) for page in pages] == few
        assert max(few) <= MOST, few


def test_the_list_of_handovers_does_not_ask_more_for_more_rows(client, cast, sun, turn):
    client.force_login(sun)
    make.handover(turn)
    few = questions(client, "/alliance/handovers/")
    for _each in range(5):
        other = make.group(make.unit())
        make.handover(make.begun(make.turn(other.seats.get())))
    assert questions(client, "/alliance/handovers/") == few
    assert actions.begin_due() == 0

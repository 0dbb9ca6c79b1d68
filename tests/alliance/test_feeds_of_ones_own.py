"""我的日程: meetings, turns and deadlines of the units that a person speaks for, of no others."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from alliance.actions import measures
from alliance.actions.rights import NotYours
from alliance.models import Feed, Measure, Meeting
from members.models import Liaison
from nanchuan.accounts.models import StaffPost
from tests import make
from tests.alliance.test_feeds import CREATE, LIST, LOSSES, path_of, read, subscribe, token_in

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def fresh_cache():
    cache.clear()


@pytest.fixture
def token(cast):
    return make.feed(cast.wu)[1]


def soon(days=5):
    return timezone.localdate() + days * DAY


def test_it_is_offered_first_and_made_with_a_click(sign_in, cast, client):
    page = sign_in(cast.wu).get(CREATE).text
    assert page.index("我的日程</option>") < page.index(str(cast.group))
    answer = subscribe(client, "mine")
    feed = Feed.objects.get()
    assert (feed.user, feed.group, feed.unit, feed.is_personal) == (cast.wu, None, None, True)
    assert "“我的日程”的日历地址" in answer.text
    assert read(client, token_in(answer)) == {}
    row = client.get(LIST).text
    assert "我的日程" in row and "个人" in row and "使用中" in row


def test_who_speaks_for_no_unit_has_none(sign_in, cast, sun):
    """The office subscribes to groups and units."""
    form = sign_in(sun).get(CREATE).context["form"]
    assert form.own == [] and form.has_choices
    assert subscribe(sign_in(sun), "mine").context["form"].errors["target"]
    with pytest.raises(NotYours):
        make.feed(sun)


def test_a_calendar_is_not_of_a_group_and_a_unit_at_once(cast):
    with pytest.raises(IntegrityError), transaction.atomic():
        Feed.objects.create(user=cast.wu, group=cast.group, unit=cast.wu_unit, token_hash="x")


@pytest.mark.parametrize("lost", [loss for loss in LOSSES if loss.__name__ != "without_a_seat"])
def test_it_ends_with_the_office(client, cast, lost):
    feed, token = make.feed(cast.wu)
    assert client.get(path_of(token)).status_code == 200
    lost(cast, feed)
    assert client.get(path_of(token)).content == client.get(path_of("x" * 43)).content


def test_a_lost_one_says_so_in_the_list(sign_in, cast, token):
    cast.wu_member.terms.update(ends_on=timezone.localdate() - DAY)
    StaffPost.objects.create(user=cast.wu, role="leader", starts_on=make.LONG_AGO)
    assert "日历不再更新" in sign_in(cast.wu).get(LIST).text


def test_it_has_the_meetings_and_turns_of_own_units(client, cast, token):
    seat = cast.group.seats.get(unit=cast.wu_unit)
    ahead = make.turn(seat, starts_on=soon(100), ends_on=soon(150))
    invited = make.meeting(cast.group, by=cast.lin)
    found = read(client, token)
    assert set(found) == {f"turn-{ahead.pk}-seat-{seat.pk}", f"meeting-{invited.pk}"}
    assert str(found[f"turn-{ahead.pk}-seat-{seat.pk}"]["summary"]) == f"wu公司轮值（{cast.group}）"


def test_a_turn_that_moved_away_is_called_off(client, cast, token):
    lin, wu = (cast.group.seats.get(unit=unit) for unit in (cast.lin_unit, cast.wu_unit))
    turn = make.turn(wu, starts_on=soon(100), ends_on=soon(150))
    make.assigned(turn, wu)
    make.assigned(turn, lin, "override")
    event = read(client, token)[f"turn-{turn.pk}-seat-{wu.pk}"]
    assert str(event["status"]) == "CANCELLED"
    assert str(event["summary"]) == f"已调整：wu公司轮值（{cast.group}）"


def test_both_units_of_one_person_are_in_it(client, cast, token):
    """Wu is liaison of a unit of another group too."""
    make.turn(cast.other_group.seats.get())
    second = make.meeting(cast.other_group, by=cast.zhao)
    assert read(client, token) == {}
    Liaison.objects.create(unit=cast.zhao_unit, user=cast.wu, starts_on=make.LONG_AGO)
    found = read(client, token)
    assert f"meeting-{second.pk}" in found and len(found) == 2


def test_what_is_owed_stands_on_its_day(client, cast, token, settings):
    own = make.measure(cast.wu_unit, group=cast.group, due_on=soon(), title="绒纺展销")
    milestone = own.milestones.create(title="定展位", due_on=soon(2))
    assisted = make.measure(cast.lin_unit, group=cast.group, due_on=soon(3))
    assisted.assisting.add(cast.wu_unit)
    make.measure(cast.lin_unit, group=cast.group, due_on=soon(3))
    item = make.action_item(cast.wu_unit)
    signed = make.regulation("rota").sign_offs.get(unit=cast.wu_unit)
    found = {key: event for key, event in read(client, token).items() if "meeting" not in key}
    assert set(found) == {
        f"item-{item.pk}",
        f"measure-{own.pk}",
        f"milestone-{milestone.pk}",
        f"measure-{assisted.pk}",
        f"signoff-{signed.regulation_id}-{signed.due_on:%Y%m%d}",
    }
    event = found[f"measure-{own.pk}"]
    assert str(event["summary"]) == "举措期限：绒纺展销"
    assert (event["dtstart"].dt, event["dtend"].dt) == (soon(), soon(6))
    assert str(event["url"]) == settings.SITE_URL + own.get_absolute_url()
    assert str(event["transp"]) == "TRANSPARENT"


def test_duties_and_handovers_of_own_turns_are_owed_too(client, cast):
    make.begun(cast.turn)
    token = make.feed(cast.lin)[1]
    duties = cast.turn.duties.order_by("order")
    kinds = {key.partition("-")[0] for key in read(client, token)}
    assert kinds == {"duty", "turn"}  # the draft of the meeting is nobody's yet
    make.handover(cast.turn)
    found = read(client, token)
    assert f"duty-{duties.last().pk}" not in found  # handing over has a sheet by now
    assert f"handover-{cast.turn.handover.pk}" in found


def test_a_need_is_the_responsible_units(client, cast, token):
    mine = make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)
    make.need(cast.wu_unit, "accepted")  # others owe it to Wu
    assert set(read(client, token)) == {f"need-{mine.pk}"}


def test_what_is_done_leaves_and_what_moves_grows(client, cast, token, sun):
    measure = make.measure(cast.wu_unit, group=cast.group, due_on=soon())
    key = f"measure-{measure.pk}"
    before = read(client, token)[key]
    later = timezone.now() + timedelta(minutes=5)
    measures.extend(measure, due_on=soon(9), reason="展会延期", by=sun, at=later)
    after = read(client, token)[key]
    assert after["dtstart"].dt == soon(9)
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt > before["last-modified"].dt
    Measure.objects.filter(pk=measure.pk).update(status="done")
    assert key not in read(client, token)


def test_canaries_of_others_are_not_in_it(client, cast, token):
    """Zhao's group, a draft of Lin's, a need for the office only."""
    make.begun(make.turn(cast.other_group.seats.get()))
    make.meeting(cast.other_group, by=cast.zhao, title="金丝雀甲")
    draft = make.meeting(cast.group, by=cast.lin, title="金丝雀乙")
    Meeting.objects.filter(pk=draft.pk).update(status="draft")
    make.measure(cast.zhao_unit, group=cast.other_group, title="金丝雀丙", due_on=soon())
    make.need(cast.zhao_unit, "accepted", title="金丝雀丁", audience="office")
    text = client.get(path_of(token)).text
    assert "金丝雀" not in text and "zhao公司" not in text
    assert "BEGIN:VEVENT" not in text


def test_reading_asks_as_many_questions_for_much_as_for_little(client, cast, token):
    seat = cast.group.seats.get(unit=cast.wu_unit)

    def fill(number, after):
        for each in range(number):
            first = soon(after + each * 10)
            turn = make.turn(seat, starts_on=first, ends_on=first + 9 * DAY)
            turn.duties.create(kind="other", title="职责", due_on=first)
            measure = make.measure(cast.wu_unit, group=cast.group, due_on=first)
            measure.milestones.create(title="节点", due_on=first)
            make.meeting(cast.group, by=cast.lin)
            make.need(cast.lin_unit, "accepted", taken_by=cast.wu_unit)

    def count():
        with CaptureQueriesContext(connection) as captured:
            read(client, token)
        return len(captured)

    fill(2, 100)
    count()
    few = count()
    fill(6, 200)
    assert count() == few <= 32


def test_a_draft_that_collects_topics_is_on_no_phone(client, cast, token):
    """Wu sees it in the portal, to propose a topic; its time is not fixed yet."""
    draft = make.meeting(cast.group, by=cast.lin)
    draft.invitations.all().delete()
    rows = Meeting.objects.filter(pk=draft.pk)
    tokens = [token, make.feed(cast.wu, group=cast.group)[1]]
    for status in ("draft", "cancelled"):
        rows.update(status=status, topics_called_at=timezone.now())
        assert Meeting.objects.visible_to(cast.wu).filter(pk=draft.pk).exists()
        for each in tokens:
            assert f"meeting-{draft.pk}" not in read(client, each)
        client.force_login(cast.wu)
        path = reverse("alliance:meeting-file", args=[draft.pk])
        assert client.get(path).status_code == 404


def test_groups_that_meet_together_both_have_the_meeting(client, cast):
    joint = make.meeting(cast.group, by=cast.lin)
    token = make.feed(cast.zhao, group=cast.other_group)[1]
    assert read(client, token) == {}
    joint.partners.add(cast.other_group)
    assert set(read(client, token)) == {f"meeting-{joint.pk}"}

"""A meeting is registered as held with who came, and that is put right for thirty days."""

import re
import uuid
from datetime import timedelta
from threading import Barrier

import pytest
from django.urls import reverse
from django.utils import timezone

from alliance.actions import attendance, notes
from alliance.actions import meetings as actions
from alliance.actions.rights import NotYours
from alliance.models import Meeting, Regulation
from alliance.quorum import Quorum
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import Stateful, StepRefused
from tests import make
from tests.races import at_once

pytestmark = pytest.mark.django_db
PERSONAS = ("lin", "wu", "zhao", "sun", "leader", "auditor", "admin", "plain", "nobody")
STATUSES = Meeting.Status.values
OVER = timedelta(hours=3)


def url(meeting, verb="hold"):
    return reverse(f"alliance:meeting-{verb}", args=[meeting.pk])


def pks(meeting, *names):
    rows = meeting.invitations.all()
    return [row.pk for row in rows if not names or row.unit_name in names]


def a_meeting(cast, status="convened", *, since=timedelta(days=1)):
    """Convened ten days before it began, which was `since` ago."""
    began = timezone.now() - since
    meeting = make.meeting(
        cast.group,
        by=cast.lin,
        at=began - timedelta(days=10),
        starts_at=began,
        ends_at=began + timedelta(hours=2),
    )
    if status == "held":
        actions.hold(meeting, attended=pks(meeting), by=cast.lin, at=began + OVER)
    else:
        Meeting.objects.filter(pk=meeting.pk).update(status=status)
        meeting.refresh_from_db()
    return meeting


@pytest.fixture
def cast(cast):
    """Lin's turn lasts long enough for meetings of two months ago."""
    cast.turn.starts_on -= timedelta(days=300)
    cast.turn.save()
    for number in range(3):
        make.seat(make.unit(name=f"机关{number}", kind="department"))
    return cast


@pytest.fixture
def people(cast, sun):
    plain = make.member(cast.wu_branch, user=make.user(name="plain")).user
    posts = {role: make.staff(role) for role in ("leader", "auditor", "admin")}
    nobody = make.user(name="nobody")
    own = {"lin": cast.lin, "wu": cast.wu, "zhao": cast.zhao}
    return own | posts | {"sun": sun, "plain": plain, "nobody": nobody}


def said(response):
    return [str(message) for message in response.context["messages"]]


# ── Who may, and when ───────────────────────────────────────────────────────────────────────


def expected(persona, status):
    """404 for what one does not see, 403 for what is another's: of Lin's meeting."""
    if persona in {"leader", "auditor", "admin", "plain", "nobody"}:
        return 403  # the policy of the page admits no such role
    if persona == "zhao" or (persona == "wu" and status == "draft"):
        return 404
    return 403 if persona == "wu" else 302


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", ["hold", "attendance"])
def test_the_whole_table(sign_in, cast, people, persona, status, verb):  # noqa: PLR0917
    meeting, works_from = a_meeting(cast, status), {"hold": "convened", "attendance": "held"}[verb]
    came = pks(meeting, "lin公司")
    before = attendance.attended_of(meeting)
    seen = ",".join(str(key) for key in before)
    client = sign_in(people[persona])
    events = Event.objects.count()
    page = client.get(url(meeting, verb))
    answer = client.post(
        url(meeting, verb), {"attended": came, "seen": seen, "once": uuid.uuid4()}, follow=False
    )
    wanted = expected(persona, status)
    meeting.refresh_from_db()
    after = attendance.attended_of(meeting)
    if wanted == 302 and status == works_from:
        assert (page.status_code, answer.status_code) == (200, 302)
        assert meeting.status == "held"
        assert after == set(came)
        name = {"hold": "meeting.held", "attendance": "meeting.attendance_corrected"}[verb]
        assert Event.objects.latest("pk").name == name
        return
    # Too early or too late is said: on a page that goes back, and on the form that was sent.
    assert page.status_code == wanted
    assert answer.status_code == (200 if wanted == 302 else wanted)
    assert (meeting.status, after) == (status, before)
    assert Event.objects.count() == events


@pytest.mark.parametrize("who", ["wu", "zhao", "leader", "plain"])
def test_the_actions_themselves_ask_who_it_is(cast, people, who):
    meeting, held = a_meeting(cast), a_meeting(cast, "held")
    with pytest.raises(NotYours):
        actions.hold(meeting, attended=pks(meeting), by=people[who])
    with pytest.raises(NotYours):
        attendance.correct(held, attended=pks(held)[:1], seen=pks(held), by=people[who])


# ── The page ────────────────────────────────────────────────────────────────────────────────


def test_nobody_is_ticked_until_somebody_ticks(sign_in, cast):
    meeting = a_meeting(cast)
    page = sign_in(cast.lin).get(url(meeting))
    assert page.text.count('type="checkbox"') == 5
    assert "checked" not in re.sub(r"<script.*?</script>", "", page.text, flags=re.DOTALL)
    assert "应到 5，到会须超过 50%，即至少 3 个席位" in page.text


def test_one_button_ticks_all_and_saves_nothing_yet(sign_in, cast):
    meeting = a_meeting(cast)
    page = sign_in(cast.lin).post(url(meeting), {"everyone": "1", "once": uuid.uuid4()})
    assert page.status_code == 200
    assert page.text.count("checked") == 5
    meeting.refresh_from_db()
    assert meeting.status == "convened"
    assert not meeting.checkins.exists()


def test_registered_with_who_came(sign_in, cast):
    meeting = a_meeting(cast)
    came, client = pks(meeting, "lin公司", "wu公司", "机关0"), sign_in(cast.lin)
    page = client.post(url(meeting), {"attended": came, "once": uuid.uuid4()}, follow=True)
    assert "到会 3 / 应到 5，达到法定人数" in page.text
    assert "未达法定人数" not in page.text
    event = Event.objects.get(name="meeting.held")
    assert event.facts == {"attended": 3, "invited": 5}
    absent = client.get(meeting.part_url("invited") + "?show=absent").context["invitations"]
    assert len(absent) == 2


def test_below_the_quorum_it_was_held_all_the_same_and_is_marked(sign_in, cast):
    meeting = a_meeting(cast)
    client = sign_in(cast.lin)
    page = client.post(
        url(meeting), {"attended": pks(meeting)[:2], "once": uuid.uuid4()}, follow=True
    )
    assert any("未达到法定人数" in words for words in said(page))
    assert "到会 2 / 应到 5，未达到法定人数" in page.text
    assert "未达法定人数" in client.get(reverse("alliance:meeting-list")).text


@pytest.mark.parametrize("attended", [[], ["999999"], ["x"]])
def test_bad_ticks_are_explained_at_the_field(sign_in, cast, attended):
    meeting = a_meeting(cast)
    page = sign_in(cast.lin).post(url(meeting), {"attended": attended, "once": uuid.uuid4()})
    assert page.status_code == 200
    assert page.context["form"].errors["attended"]
    meeting.refresh_from_db()
    assert meeting.status == "convened"


def test_a_seat_of_another_meeting_is_refused_and_nothing_is_moved(cast):
    meeting, other = a_meeting(cast), a_meeting(cast)
    with pytest.raises(StepRefused, match="未受邀"):
        actions.hold(meeting, attended=[*pks(meeting), *pks(other)], by=cast.lin)
    with pytest.raises(StepRefused, match="至少一个"):
        actions.hold(Meeting.objects.get(pk=meeting.pk), attended=[], by=cast.lin)
    assert Meeting.objects.get(pk=meeting.pk).status == "convened"


def test_a_double_click_registers_once(sign_in, cast):
    meeting, client = a_meeting(cast), sign_in(cast.lin)
    values = {"attended": pks(meeting), "once": uuid.uuid4()}
    assert client.post(url(meeting), values).url == client.post(url(meeting), values).url
    assert Event.objects.filter(name="meeting.held").count() == 1


def test_before_it_began_the_page_leads_back(sign_in, cast):
    meeting = make.meeting(cast.group, by=cast.lin)
    page = sign_in(cast.lin).get(url(meeting), follow=True)
    assert page.redirect_chain == [(meeting.get_absolute_url(), 302)]
    assert said(page) == ["会议尚未开始，开始后才能登记为已召开。"]


# ── Put right afterwards ────────────────────────────────────────────────────────────────────


def test_put_right_by_the_convener_with_an_event(sign_in, cast):
    meeting, client = a_meeting(cast, "held"), sign_in(cast.lin)
    page = client.get(meeting.part_url("invited"))
    assert url(meeting, "attendance") in page.text
    form = client.get(url(meeting, "attendance")).context["form"]
    assert set(form.initial["attended"]) == set(pks(meeting))
    values = {"attended": pks(meeting)[1:], "seen": form.initial["seen"], "once": uuid.uuid4()}
    client.post(url(meeting, "attendance"), values)
    event = Event.objects.get(name="meeting.attendance_corrected")
    assert event.facts == {"attended": 4, "invited": 5, "attended_from": 5}
    assert attendance.attended_of(meeting) == set(pks(meeting)[1:])


def test_the_thirty_first_day_is_too_late(sign_in, cast, time_machine):
    meeting = a_meeting(cast, "held")
    held_at = Event.objects.get(name="meeting.held").happened_at
    seen = pks(meeting)
    attendance.correct(
        meeting, attended=seen[1:], seen=seen, by=cast.lin, at=held_at + timedelta(days=30)
    )
    with pytest.raises(StepRefused, match="30 天"):
        attendance.correct(
            meeting,
            attended=seen,
            seen=seen[1:],
            by=cast.lin,
            at=held_at + timedelta(days=30, seconds=1),
        )
    time_machine.move_to(held_at + timedelta(days=31))
    client = sign_in(cast.lin)
    assert url(meeting, "attendance") not in client.get(meeting.part_url("invited")).text
    assert client.get(url(meeting, "attendance")).status_code == 302


def test_the_second_of_two_editors_is_told(cast, sun):
    meeting = a_meeting(cast, "held")
    seen = pks(meeting)
    attendance.correct(meeting, attended=seen[1:], seen=seen, by=cast.lin)
    with pytest.raises(StepRefused, match="刚被别人更正"):
        attendance.correct(meeting, attended=seen[:2], seen=seen, by=sun)


def test_nothing_changed_is_no_event(cast):
    meeting = a_meeting(cast, "held")
    attendance.correct(meeting, attended=pks(meeting), seen=pks(meeting), by=cast.lin)
    assert not Event.objects.filter(name="meeting.attendance_corrected").exists()


# ── Quorum ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("percent", [0, 33, 50, 66, 99])
@pytest.mark.parametrize("invited", range(1, 40))
def test_the_least_number_exceeds_the_share_and_one_less_does_not(invited, percent):
    needed = Quorum(invited, percent).needed
    assert needed * 100 > percent * invited >= (needed - 1) * 100
    assert 1 <= needed <= invited
    assert Quorum(invited, percent, needed).is_reached
    assert Quorum(invited, percent, needed - 1).is_missed
    assert not Quorum(invited, percent).is_missed


def test_a_meeting_keeps_the_quorum_it_began_under(sign_in, cast):
    today = timezone.localdate()

    def adopt(number, percent, starts_on, ends_on=None):
        return Regulation.objects.create(
            text="meetings",
            number=number,
            title="联席会议制度",
            status="adopted",
            adopted_at=timezone.now(),
            starts_on=starts_on,
            ends_on=ends_on,
            settings={"quorum_percent": percent},
        )

    day = timedelta(days=1)
    old = adopt(1, 66, today - 90 * day, today - 6 * day)
    adopt(2, 20, today - 5 * day)
    before, after = a_meeting(cast), make.meeting(cast.group, by=cast.lin)
    assert before.regulation == old  # convened eleven days ago
    client = sign_in(cast.lin)
    assert "须超过 66%，即至少 4 个席位" in client.get(before.get_absolute_url()).text
    assert "须超过 20%，即至少 2 个席位" in client.get(after.get_absolute_url()).text


# ── Two at once ─────────────────────────────────────────────────────────────────────────────

ROUNDS = 12


def both_hold(meeting):
    """Two people register the same meeting, each with another half of the seats."""
    both_read, halves = Barrier(2), (pks(meeting)[:2], pks(meeting)[2:])

    def hold(came):
        mine = Meeting.objects.get(pk=meeting.pk)
        both_read.wait(timeout=20)
        actions.hold(mine, attended=came, by=None)
        return came

    return at_once(*(lambda came=came: hold(came) for came in halves))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_register_at_once_one_wins_and_its_ticks_stand(cast):
    for _round in range(ROUNDS):
        meeting = a_meeting(cast)
        results = both_hold(meeting)
        (winner,) = [result for result in results if not isinstance(result, StepRefused)]
        assert attendance.attended_of(meeting) == set(winner)
        assert Event.objects.filter(name="meeting.held", subject_id=meeting.pk).count() == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_and_compare_and_set_both_would_register(cast, monkeypatch):
    """The negative control of the race above."""

    def look_then_write(self, status, **facts):
        self.status = status
        self.save()

    monkeypatch.setattr(Stateful, "step_to", look_then_write)
    monkeypatch.setattr(notes, "hold", lambda meeting: None)
    doubles = 0
    for _round in range(ROUNDS):
        results = both_hold(a_meeting(cast))
        doubles += not any(isinstance(result, StepRefused) for result in results)
    assert doubles > 0


def both_correct(meeting):
    seen = pks(meeting)
    choices = (seen[:1], seen[1:])

    def correct(came):
        mine = Meeting.objects.get(pk=meeting.pk)
        attendance.correct(mine, attended=came, seen=seen, by=None)
        return came

    return at_once(*(lambda came=came: correct(came) for came in choices))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_put_it_right_at_once_one_is_told(cast):
    for _round in range(ROUNDS):
        meeting = a_meeting(cast, "held")
        results = both_correct(meeting)
        (winner,) = [result for result in results if not isinstance(result, StepRefused)]
        assert attendance.attended_of(meeting) == set(winner)


@pytest.mark.django_db(transaction=True)
def test_without_the_look_under_the_lock_both_would_put_it_right(cast, monkeypatch):
    """The negative control: nobody compares with what the editor saw."""
    monkeypatch.setattr(attendance, "attended_of", lambda meeting: set(pks(meeting)))
    wins = 0
    for _round in range(ROUNDS):
        results = both_correct(a_meeting(cast, "held"))
        wins += sum(not isinstance(result, StepRefused) for result in results)
    assert wins > ROUNDS

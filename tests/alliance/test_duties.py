"""What a unit on turn owes: done with a word, a file or an activity, or by doing it elsewhere."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from alliance.actions import duty_steps as actions
from alliance.models import Duty, Meeting
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

STATUSES = Duty.Status.values
# verb → status → status afterwards, for a duty that is done by hand.
TABLE = {
    "complete": {"open": "done"},
    "reopen": {"done": "open", "dropped": "open"},
    "drop": {"open": "dropped"},
}
STEPS = {
    "complete": lambda duty, by: actions.complete(duty, by=by, note="已办"),
    "reopen": lambda duty, by: actions.reopen(duty, by=by),
    "drop": lambda duty, by: actions.drop(duty, reason="不需要", by=by),
}


@pytest.fixture
def turn(cast):
    return make.begun(cast.turn)


@pytest.fixture
def duty(turn):
    return turn.duties.get(kind="topics")


def pdf(name="简报.pdf"):
    body = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n"
    tail = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<<>>\nstartxref\n%d\n%%%%EOF" % len(body)
    return SimpleUploadedFile(name, body + tail)


def may(verb, status, who):
    if who == "sun":
        return True
    return who == "lin" and verb != "drop" and not (verb == "reopen" and status == "dropped")


@pytest.mark.parametrize("who", ["lin", "wu", "zhao", "sun", "leader"])
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", STEPS)
def test_each_step_from_each_status_by_each_person(  # noqa: PLR0917
    cast, sun, duty, verb, status, who
):
    person = {"sun": sun, "leader": None}.get(who) or getattr(cast, who, None)
    person = person or make.staff("leader")
    Duty.objects.filter(pk=duty.pk).update(status=status)
    duty.refresh_from_db()
    expected = TABLE[verb].get(status)
    offered = verb in actions.verbs(person, duty)
    if not may(verb, status, who):
        with pytest.raises(PermissionDenied):
            STEPS[verb](duty, person)
        expected = None
    elif expected is None:
        with pytest.raises(StepRefused):
            STEPS[verb](duty, person)
    else:
        STEPS[verb](duty, person)
    duty.refresh_from_db()
    assert duty.status == (expected or status)
    assert offered == bool(expected)  # the page offers exactly what works
    names = {"complete": "duty.done", "reopen": "duty.reopened", "drop": "duty.dropped"}
    assert Event.objects.filter(name=names[verb]).exists() == bool(expected)


@pytest.mark.parametrize("kind", ["meeting", "handover"])
def test_what_is_done_by_doing_it_is_not_ticked_off(cast, sun, turn, kind):
    duty = turn.duties.get(kind=kind)
    for person in (cast.lin, sun):
        with pytest.raises(StepRefused, match="自动完成"):
            actions.complete(duty, by=person, note="办了")
    Duty.objects.filter(pk=duty.pk).update(status="done")
    duty.refresh_from_db()
    with pytest.raises(StepRefused, match="手工"):
        actions.reopen(duty, by=sun)
    assert actions.verbs(sun, duty) == []


def url(duty, verb):
    return f"/alliance/duties/{duty.pk}/{verb}/"


def send(client, duty, verb="complete", **values):
    return client.post(url(duty, verb), {"once": uuid.uuid4()} | values)


def test_a_word_and_a_file_show_what_was_done(client, cast, duty):
    client.force_login(cast.lin)
    page = send(client, duty, note="")
    assert page.context["form"].errors["note"]
    response = send(client, duty, note="收到 6 条议题", files=[pdf()])
    assert response.url == cast.turn.get_absolute_url()
    duty.refresh_from_db()
    assert (duty.status, duty.note, duty.done_by) == ("done", "收到 6 条议题", cast.lin)
    page = client.get(response.url).content.decode()
    assert "收到 6 条议题" in page
    assert "简报.pdf" in page
    file = duty.files.get()
    for user, status in ((cast.wu, 200), (cast.zhao, 404), (cast.lin, 200)):
        client.force_login(user)
        assert client.get(f"/alliance/duties/files/{file.pk}/").status_code == status


def test_a_file_alone_will_do_and_goes_again(client, cast, duty):
    client.force_login(cast.lin)
    send(client, duty, files=[pdf()])
    duty.refresh_from_db()
    assert duty.status == "done"
    actions.reopen(duty, by=cast.lin)
    page = send(client, duty, removed=[duty.files.get().pk])
    assert page.context["form"].errors["note"]
    send(client, duty, removed=[duty.files.get().pk], note="改为口头通报")
    assert not duty.files.exists()


def test_a_bad_file_is_explained(client, cast, duty):
    client.force_login(cast.lin)
    page = send(client, duty, note="有话", files=[SimpleUploadedFile("a.exe", b"MZ")])
    assert page.context["form"].errors["files"]
    assert "有话" in page.content.decode()
    assert not duty.files.exists()


def test_the_theme_day_is_an_activity_that_was_logged(client, cast, turn):
    duty = turn.duties.get(kind="theme_day")
    mine = make.activity(cast.lin_branch, title="参观廉政基地")
    others = make.activity(cast.wu_branch)
    before = make.activity(cast.lin_branch, starts_at=timezone.now() - timedelta(days=200))
    client.force_login(cast.lin)
    offered = client.get(url(duty, "complete")).context["form"].fields["activity"].queryset
    assert list(offered) == [mine]
    for wrong in (others, before):
        assert send(client, duty, activity=wrong.pk).context["form"].errors["activity"]
    assert send(client, duty, activity=mine.pk).status_code == 302
    duty.refresh_from_db()
    assert (duty.status, duty.activity) == ("done", mine)
    client.force_login(cast.wu)
    page = client.get(turn.get_absolute_url()).content.decode()
    assert "参观廉政基地" in page
    assert mine.get_absolute_url() not in page  # Wu does not see Lin's branch
    assert mine.text not in page


def test_other_duties_ask_for_no_activity(client, cast, duty):
    client.force_login(cast.lin)
    assert "activity" not in client.get(url(duty, "complete")).context["form"].fields


def test_the_duty_to_meet_is_done_when_the_meeting_was_held(cast, turn):
    duty = turn.duties.get(kind="meeting")
    other = make.meeting(cast.group, by=cast.lin, kind=make_kind())
    make.hold(other, by=cast.lin, at=other.starts_at)
    duty.refresh_from_db()
    assert duty.status == "open"  # a round table is no joint meeting
    meeting = make.meeting(cast.group, by=cast.lin)
    make.hold(meeting, by=cast.lin, at=meeting.starts_at)
    duty.refresh_from_db()
    assert (duty.status, duty.meeting, duty.done_at) == ("done", meeting, meeting.starts_at)


def make_kind():
    from alliance.models import MeetingKind

    return MeetingKind.objects.create(name="座谈", order=900)


def test_two_meetings_are_owed_where_the_system_says_so(cast):
    from tests.alliance.test_turn_begins import meetings_system

    meetings_system(meetings_per_turn=2)
    turn = make.begun(cast.turn)
    duty = turn.duties.get(kind="meeting")
    for number, meeting in enumerate(Meeting.objects.order_by("starts_at"), 1):
        Meeting.objects.filter(pk=meeting.pk).update(place="会议厅", status="convened")
        meeting.refresh_from_db()
        make.hold(meeting, by=cast.lin, at=meeting.starts_at)
        duty.refresh_from_db()
        assert duty.status == ("open", "done")[number - 1]


def test_the_office_drops_a_duty_with_a_reason(client, cast, sun, duty):
    client.force_login(cast.lin)
    assert send(client, duty, "drop", reason="太忙").status_code == 403
    client.force_login(sun)
    assert client.get(url(duty, "drop")).status_code == 200
    assert send(client, duty, "drop", reason="").context["form"].errors["reason"]
    send(client, duty, "drop", reason="本季度合并征集")
    assert "本季度合并征集" in client.get(cast.turn.get_absolute_url()).content.decode()
    client.post(url(duty, "reopen"))
    duty.refresh_from_db()
    assert (duty.status, duty.note) == ("open", "")


def test_seen_but_not_yours_is_403_and_unseen_is_404(client, cast, duty):
    for user, status in ((cast.wu, 403), (cast.zhao, 404)):
        client.force_login(user)
        assert client.get(url(duty, "complete")).status_code == status
        assert client.post(url(duty, "complete"), {"note": "x"}).status_code == status
        assert client.post(url(duty, "reopen")).status_code == status
    duty.refresh_from_db()
    assert duty.status == "open"


def test_too_late_is_said_on_the_page_of_the_turn(client, cast, turn):
    client.force_login(cast.lin)
    duty = turn.duties.get(kind="meeting")
    page = client.get(url(duty, "complete"), follow=True)
    assert "会议登记为已召开后" in page.content.decode()

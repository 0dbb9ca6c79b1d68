"""The agenda: Lin and Sun write it together, everybody invited reads it with its material."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alliance import clock
from alliance.actions import adopting, meetings, topics
from alliance.actions import agenda as actions
from alliance.actions import invitations as inviting
from alliance.models import AgendaFile, Meeting, MeetingKind
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from nanchuan.notices.models import Notice
from nanchuan.notices.tasks import tick
from tests import make


@pytest.fixture
def meeting(cast):
    return make.meeting(cast.group, by=cast.lin, agenda="甲\n乙\n丙")


def url(meeting, verb=""):
    return f"/alliance/meetings/{meeting.pk}/" + (f"{verb}/" if verb else "")


def lines(meeting):
    return [row.title for row in actions.ordinary(meeting)]


def keys(meeting):
    return [row.pk for row in actions.ordinary(meeting)]


def typed(meeting, rows=None, **more):
    """What a browser sends: the lines as they stand, or `rows` (dicts) in their order."""
    if rows is None:
        rows = [{"pk": row.pk, "title": row.title} for row in actions.ordinary(meeting)]
    sent = {"seen": actions.fingerprint(meeting), "once": uuid.uuid4()}
    sent |= {"line-TOTAL_FORMS": len(rows) + 1, "line-INITIAL_FORMS": len(rows)}
    for index, row in enumerate(rows):
        sent |= {f"line-{index}-{name}": value for name, value in row.items()}
    return sent | more


def inbox(user):
    rows = Notice.objects.filter(recipient=user).order_by("pk")
    return list(rows.values_list("reminder__rule", flat=True))


# ── Written ─────────────────────────────────────────────────────────────────────────────────


def test_lines_are_written_in_their_order_with_all_they_say(sign_in, cast, meeting):
    one, two, three = keys(meeting)
    rows = [
        {"pk": three, "title": "丙", "minutes": 20, "presenter": "吴", "unit": cast.wu_unit.pk},
        {"pk": one, "title": "甲改", "text": "说明"},
        {"pk": two, "title": "乙"},
        {"title": "丁"},
    ]
    page = sign_in(cast.lin).post(url(meeting, "agenda"), typed(meeting, rows), follow=True)
    assert "议程已保存" in page.content.decode()
    assert lines(meeting) == ["丙", "甲改", "乙", "丁"]
    first = actions.ordinary(meeting).first()
    assert (first.pk, first.minutes, first.presenter, first.unit) == (three, 20, "吴", cast.wu_unit)
    page = sign_in(cast.wu).get(url(meeting, "topics")).content.decode()
    assert page.index("丙") < page.index("甲改") < page.index("丁")
    assert Event.objects.filter(name="meeting.agenda_changed").count() == 1


def test_saved_as_it_was_nothing_happened(cast, meeting):
    rows = [actions.Line(row.title, pk=row.pk) for row in actions.ordinary(meeting)]
    actions.write(meeting, rows, seen=actions.fingerprint(meeting), by=cast.lin)
    assert not Event.objects.filter(name="meeting.agenda_changed").exists()


def test_without_scripts_a_button_moves_a_line_and_keeps_what_was_typed(sign_in, cast, meeting):
    rows = [{"pk": pk, "title": title} for pk, title in zip(keys(meeting), "甲乙丙", strict=True)]
    rows[2]["title"] = "丙改了还没保存"
    client = sign_in(cast.lin)
    page = client.post(url(meeting, "agenda"), typed(meeting, rows, up="2"))
    initial = page.context["form"].lines.initial
    assert [row["title"] for row in initial] == ["甲", "丙改了还没保存", "乙"]
    assert lines(meeting) == ["甲", "乙", "丙"]
    for value in ("0", "99", "x", "-1"):
        page = client.post(url(meeting, "agenda"), typed(meeting, rows, up=value))
        assert page.status_code == 200
    page = client.post(url(meeting, "agenda"), typed(meeting, rows, add="1"))
    assert len(page.context["form"].lines.forms) == len(rows) + 1


def test_a_line_is_taken_out(sign_in, cast, meeting):
    rows = [{"pk": pk, "title": title} for pk, title in zip(keys(meeting), "甲乙丙", strict=True)]
    rows[1]["DELETE"] = "on"
    sign_in(cast.lin).post(url(meeting, "agenda"), typed(meeting, rows))
    assert lines(meeting) == ["甲", "丙"]


def test_bad_input_is_explained_and_kept(sign_in, cast, meeting):
    rows = [{"pk": keys(meeting)[0], "title": "", "text": "这段不能丢", "minutes": "一刻钟"}]
    page = sign_in(cast.lin).post(url(meeting, "agenda"), typed(meeting, rows))
    body = page.content.decode()
    assert "请填写议题" in body
    assert "这段不能丢" in body
    assert lines(meeting) == ["甲", "乙", "丙"]


def test_whoever_saves_second_is_told_and_loses_nothing(sign_in, cast, meeting, sun):
    before = keys(meeting)
    mine = typed(meeting, [{"pk": pk, "title": f"林{pk}"} for pk in before])
    theirs = typed(
        meeting, [{"pk": keys(meeting)[0], "title": "孙改的", "DELETE": "on"}, {"title": "孙加的"}]
    )
    sign_in(sun).post(url(meeting, "agenda"), theirs)
    client = sign_in(cast.lin)
    page = client.post(url(meeting, "agenda"), mine)
    body = page.content.decode()
    assert "刚被别人更改" in body
    assert "孙加的" in body
    assert all(f"林{pk}" in body for pk in before)
    assert "孙加的" in lines(meeting)
    again = mine | {
        name: page.context["form"].data[name] for name in ("seen", "line-0-pk", "line-1-pk")
    }
    client.post(url(meeting, "agenda"), again | {"once": uuid.uuid4()})
    assert "孙加的" in lines(meeting)  # not among mine: it stays
    assert len(lines(meeting)) == 4
    assert lines(meeting)[0].startswith("林")


def test_a_line_with_votes_or_resolutions_or_files_stays(cast, meeting):
    one, two, three = actions.ordinary(meeting)
    make.resolution(meeting, item=one)
    AgendaFile.objects.create(item=two, file="x", name="材料.pdf", size=1, kind="pdf")
    for row, word in ((one, "已有表决或议定事项"), (two, "有会议材料")):
        with pytest.raises(StepRefused, match=word):
            actions.write(
                meeting, [], removed=[row.pk], seen=actions.fingerprint(meeting), by=cast.lin
            )
    actions.write(meeting, [], removed=[three.pk], seen=actions.fingerprint(meeting), by=cast.lin)
    assert lines(meeting) == ["甲", "乙"]


def test_the_topics_of_a_line_that_goes_wait_again(cast, meeting):
    topic = topics.propose(meeting, unit=cast.wu_unit, title="用工", by=cast.wu)
    item = adopting.adopt(meeting, [topic], by=cast.lin)
    actions.write(meeting, [], removed=[item.pk], seen=actions.fingerprint(meeting), by=cast.lin)
    topic.refresh_from_db()
    assert (topic.status, topic.item) == ("proposed", None)


def test_what_the_portal_writes_stands_first_and_cannot_be_changed(sign_in, cast):
    kind = MeetingKind.objects.create(name="有办理情况", follows_up=True)
    meeting = make.meeting(cast.group, by=cast.lin, kind=kind, agenda="甲")
    first = meeting.items.get(kind="follow_up")
    client = sign_in(cast.lin)
    page = client.get(url(meeting, "agenda")).content.decode()
    assert "固定为首项" in page
    rows = [{"pk": keys(meeting)[0], "title": "甲"}, {"pk": first.pk, "title": "改成别的"}]
    client.post(url(meeting, "agenda"), typed(meeting, rows, first_minutes="25"))
    first.refresh_from_db()
    assert (first.title, first.order, first.minutes) == ("上次议定事项办理情况", 1, 25)
    assert meeting.items.first() == first


STATES = {"draft": True, "convened": True, "held": True, "cancelled": False}


@pytest.mark.parametrize("status", Meeting.Status.values)
def test_the_agenda_in_each_status(sign_in, cast, meeting, status):
    Meeting.objects.filter(pk=meeting.pk).update(status=status)
    answer = sign_in(cast.lin).get(url(meeting, "agenda"))
    assert answer.status_code == (200 if STATES[status] else 302)
    rows = [actions.Line("新")]
    meeting.refresh_from_db()
    if STATES[status]:
        actions.write(meeting, rows, seen=actions.fingerprint(meeting), by=cast.lin)
        assert "新" in lines(meeting)
        return
    with pytest.raises(StepRefused):
        actions.write(meeting, rows, seen=actions.fingerprint(meeting), by=cast.lin)


@pytest.mark.parametrize("status", ["submitted", "approved", "published"])
def test_minutes_that_were_handed_in_lock_it(sign_in, cast, meeting, status):
    Meeting.objects.filter(pk=meeting.pk).update(status="held")
    minutes = meeting.minutes.create(status="draft")
    client = sign_in(cast.lin)
    assert client.get(url(meeting, "agenda")).status_code == 200  # the control
    type(minutes).objects.filter(pk=minutes.pk).update(status=status)
    assert client.get(url(meeting, "agenda")).status_code == 302
    page = client.post(url(meeting, "agenda"), typed(meeting, []), follow=True)
    assert "纪要已送审" in page.content.decode()


@pytest.mark.parametrize("verb", ["agenda", "agenda/tell", "invite", "guests"])
@pytest.mark.parametrize(
    ("persona", "refused"),
    [("lin", None), ("sun", None), ("wu", 403), ("zhao", 404), ("leader", 403)],
)
def test_who_writes_it(sign_in, cast, sun, meeting, verb, persona, refused):  # noqa: PLR0917
    others = {"sun": sun, "leader": make.staff("leader")}
    client = sign_in(others.get(persona) or getattr(cast, persona))
    status = client.post(url(meeting, verb), {}).status_code
    assert status == refused if refused else status in (200, 302)


# ── Read ────────────────────────────────────────────────────────────────────────────────────


def test_each_line_shows_when_it_comes_on(sign_in, cast, meeting):
    starts_at = timezone.localtime(meeting.starts_at).replace(hour=14, minute=0)
    Meeting.objects.filter(pk=meeting.pk).update(
        starts_at=starts_at, ends_at=starts_at + timedelta(minutes=40)
    )
    meeting.items.filter(kind="follow_up").delete()
    actions.ordinary(meeting).filter(title__in="甲乙").update(minutes=10)
    page = sign_in(cast.wu).get(url(meeting, "topics")).content.decode()
    assert "14:00–14:10" in page
    assert "14:10–14:20" in page
    assert "议程共 20 分钟，会议 40 分钟，还有 1 项没有时长" in page
    actions.ordinary(meeting).update(minutes=20)
    page = sign_in(cast.wu).get(url(meeting, "topics")).content.decode()
    assert "超出 20 分钟" in page


def test_after_a_line_without_minutes_no_time_is_made_up(meeting):
    rows = list(actions.ordinary(meeting))
    rows[0].minutes, rows[2].minutes = 10, 10
    clock.timed(meeting, rows)
    assert [row.is_exact for row in rows] == [True, True, False]


def test_many_lines_ask_as_many_questions_as_few(sign_in, cast, meeting):
    counts = []
    for more in (1, 20):
        for number in range(more):
            item = meeting.items.create(title=f"项{number}", order=number + 10)
            AgendaFile.objects.create(item=item, file="x", name="材.pdf", size=1, kind="pdf")
        for _number in range(2 if more == 1 else 9):
            topic = topics.propose(meeting, unit=cast.wu_unit, title="题", by=cast.wu)
            topics.support(topic, by=cast.lin)
        client = sign_in(cast.lin)
        for page in (url(meeting, "topics"), url(meeting, "agenda")):
            client.get(page)
            with CaptureQueriesContext(connection) as queries:
                client.get(page)
            counts.append(len(queries))
    assert counts[:2] == counts[2:]


# ── Told ────────────────────────────────────────────────────────────────────────────────────


def test_a_change_is_told_once_and_only_if_asked(sign_in, cast, meeting):
    tick()
    client = sign_in(cast.lin)
    assert "通知各单位议程有变" not in client.get(url(meeting, "agenda")).content.decode()
    refused = client.post(url(meeting, "agenda/tell"), follow=True)
    assert "不用再通知" in refused.content.decode()
    actions.write(meeting, [actions.Line("新")], seen=actions.fingerprint(meeting), by=cast.lin)
    tick()
    assert inbox(cast.wu) == ["meeting.notice"]
    assert "通知各单位议程有变" in client.get(url(meeting, "agenda")).content.decode()
    client.post(url(meeting, "agenda/tell"))
    client.post(url(meeting, "agenda/tell"))
    tick()
    assert inbox(cast.wu) == ["meeting.notice", "meeting.agenda"]
    assert inbox(cast.zhao) == []


def test_of_a_draft_no_change_is_told(cast, meeting):
    Meeting.objects.filter(pk=meeting.pk).update(status="draft")
    meeting.refresh_from_db()
    actions.write(meeting, [actions.Line("新")], seen=actions.fingerprint(meeting), by=cast.lin)
    with pytest.raises(StepRefused):
        actions.tell(meeting, by=cast.lin)


# ── Material ────────────────────────────────────────────────────────────────────────────────


def attach(client, item, file=None):
    sent = {"files": file or make.pdf("方案.pdf"), "once": uuid.uuid4()}
    return client.post(f"/alliance/agenda/{item.pk}/files/", sent, follow=True)


def test_material_is_for_those_who_are_invited(sign_in, cast, sun, meeting):
    item = actions.ordinary(meeting).first()
    assert "已添加会议材料" in attach(sign_in(cast.lin), item).content.decode()
    file = AgendaFile.objects.get()
    path = f"/alliance/agenda/files/{file.pk}/"
    auditor = make.staff("auditor")
    for user, status in (
        (cast.lin, 200),
        (cast.wu, 200),
        (sun, 200),
        (auditor, 200),
        (cast.zhao, 404),
    ):
        answer = sign_in(user).get(path)
        assert answer.status_code == status
        if answer.streaming:
            b"".join(answer)
    assert "方案.pdf" in sign_in(cast.wu).get(url(meeting, "topics")).content.decode()
    invitation = meeting.invitations.get(seat__unit=cast.wu_unit)
    inviting.withdraw(invitation, reason="不涉及", by=cast.lin)
    assert sign_in(cast.wu).get(path).status_code == 404
    assert "方案.pdf" not in sign_in(cast.wu).get(url(meeting, "topics")).content.decode()


def test_who_adds_material_and_takes_it_away(sign_in, cast, meeting):
    item = actions.ordinary(meeting).first()
    for persona, status in (("wu", 403), ("zhao", 404)):
        assert attach(sign_in(getattr(cast, persona)), item).status_code == status
    attach(sign_in(cast.lin), item)
    file = AgendaFile.objects.get()
    remove = f"/alliance/agenda/files/{file.pk}/remove/"
    for persona, status in (("wu", 403), ("zhao", 404), ("lin", 302)):
        assert sign_in(getattr(cast, persona)).post(remove).status_code == status
    assert not AgendaFile.objects.exists()


def test_a_file_that_will_not_do_is_explained(sign_in, cast, meeting):
    item = actions.ordinary(meeting).first()
    answer = attach(sign_in(cast.lin), item, make.pdf("方案.docx"))
    assert "扩展名不符" in answer.content.decode()
    assert not AgendaFile.objects.exists()


def test_what_an_announced_meeting_is_about_no_outsider_reads(sign_in, cast, meeting):
    meetings.change(meeting, by=cast.lin, seen=meeting.sequence, title="另名")
    assert sign_in(cast.zhao).get(url(meeting, "agenda")).status_code == 404

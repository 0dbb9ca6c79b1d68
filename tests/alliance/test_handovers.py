"""The sheet of a turn fills itself, three sign it in their order, then it is locked."""

import copy
import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from alliance.actions import duties, duty_steps
from alliance.actions import handovers as actions
from alliance.models import Handover, Measure, Meeting, Turn
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make
from tests.alliance.test_duties import pdf

DAY = timedelta(days=1)
STATUSES = Handover.Status.values


@pytest.fixture
def following(cast):
    """Lin's turn has begun, Wu's unit follows."""
    make.begun(cast.turn)
    return make.next_turn(cast.turn, cast.group.seats.get(unit=cast.wu_unit))


@pytest.fixture
def handover(cast, following):
    return make.handover(cast.turn)


def page_of(handover):
    return handover.get_absolute_url()


def send(client, handover, verb, **values):
    return client.post(f"{page_of(handover)}{verb}/", {"once": uuid.uuid4()} | values)


# ── When it opens ───────────────────────────────────────────────────────────────────────────


def test_it_opens_so_many_days_before_the_end(cast, following):
    first = actions.opens_on(cast.turn)
    assert first == cast.turn.ends_on - 14 * DAY
    eve = timezone.now() + (first - timezone.localdate() - DAY)
    assert actions.open_due(at=eve) == 0
    assert actions.open_due(at=eve + DAY) == 1
    assert actions.open_due(at=eve + DAY) == 0
    handover = Handover.objects.get()
    assert (handover.turn, handover.arriving, handover.status) == (cast.turn, following, "open")
    assert Event.objects.filter(name="handover.opened").count() == 1


def test_a_turn_that_never_began_hands_over_nothing(cast):
    assert actions.open_due(at=timezone.now() + 40 * DAY) == 0


def test_the_same_unit_goes_on_without_a_handover(cast):
    make.begun(cast.turn)
    make.next_turn(cast.turn, cast.turn.seat)
    handover = make.handover(cast.turn)
    assert handover.status == "dropped"
    assert actions.waiting_words(handover) == "同一单位连任，无需交接。"
    assert cast.turn.duties.get(kind="handover").status == "dropped"


def test_another_unit_after_all_opens_it_again(cast):
    make.begun(cast.turn)
    after = make.next_turn(cast.turn, cast.turn.seat)
    handover = make.handover(cast.turn)
    Turn.objects.filter(pk=after.pk).update(seat=cast.group.seats.get(unit=cast.wu_unit))
    duties.reassigned(after)
    handover.refresh_from_db()
    assert (handover.status, handover.arriving) == ("open", after)
    assert cast.turn.duties.get(kind="handover").status == "open"


def test_nobody_follows_yet_and_the_sheet_waits_with_its_first_signature(cast):
    make.begun(cast.turn)
    after = make.next_turn(cast.turn)
    handover = make.handover(cast.turn)
    assert handover.arriving is None
    assert "还没有确定" in actions.waiting_words(handover)
    with pytest.raises(StepRefused, match="还没有确定"):
        actions.sign(handover, party="leaving", name="林", by=cast.lin)
    Turn.objects.filter(pk=after.pk).update(seat=cast.group.seats.get(unit=cast.wu_unit))
    actions.sign(handover, party="leaving", name="林", by=cast.lin)
    assert (handover.status, handover.arriving) == ("submitted", after)


@pytest.mark.parametrize("status", ["submitted", "received"])
def test_if_another_unit_arrives_the_signatures_are_void(cast, following, status):
    handover = make.handover(cast.turn, status)
    third = make.seat(make.unit(), cast.group, order=3)
    Turn.objects.filter(pk=following.pk).update(seat=third)
    duties.reassigned(following)
    handover.refresh_from_db()
    assert (handover.status, handover.sheet) == ("open", None)
    assert not handover.signatures.filter(voided_at=None).exists()
    assert Event.objects.filter(name="handover.reopened").count() == 1


def test_what_is_done_stays_done_whoever_comes(cast, following):
    handover = make.handover(cast.turn, "done")
    Turn.objects.filter(pk=following.pk).update(seat=make.seat(make.unit(), cast.group, order=3))
    duties.reassigned(following)
    actions.open_due()
    handover.refresh_from_db()
    assert handover.status == "done"


# ── State × action × person ─────────────────────────────────────────────────────────────────

TABLE = {
    "describe": {"open": "open"},
    "sign_leaving": {"open": "submitted"},
    "sign_arriving": {"submitted": "received"},
    "sign_office": {"received": "done"},
    "refuse": {"submitted": "open", "received": "open"},
    "drop": {"open": "dropped", "submitted": "dropped", "received": "dropped"},
}
WHO = {
    "describe": {"lin"},
    "sign_leaving": {"lin"},
    "sign_arriving": {"wu"},
    "sign_office": {"sun"},
    "refuse": {"wu", "sun"},
    "drop": {"sun"},
}


def step(verb, handover, by):
    if verb == "describe":
        actions.describe(handover, by=by, materials="会议记录本 1 册")
    elif verb.startswith("sign"):
        actions.sign(handover, party=verb.removeprefix("sign_"), name="签字人", by=by)
    else:
        getattr(actions, verb)(handover, reason="数目不对", by=by)


@pytest.mark.parametrize("who", ["lin", "wu", "zhao", "sun", "leader"])
@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("verb", TABLE)
def test_each_step_from_each_status_by_each_person(  # noqa: PLR0917
    cast, sun, following, verb, status, who
):
    person = {"sun": sun}.get(who) or getattr(cast, who, None) or make.staff("leader")
    handover = make.handover(cast.turn, "open" if status == "dropped" else status)
    if status == "dropped":
        actions.drop(handover, reason="无需", by=None)
    before = Handover.objects.get(pk=handover.pk)
    events = Event.objects.count()
    expected = TABLE[verb].get(status)
    name = verb.split("_")[0].replace("describe", "edit")
    offered = name in actions.verbs(person, handover)
    if who not in WHO[verb]:
        with pytest.raises(PermissionDenied):
            step(verb, handover, person)
        expected = None
    elif expected is None or (verb, status, who) == ("refuse", "received", "wu"):
        with pytest.raises(StepRefused):
            step(verb, handover, person)
        expected = None
    else:
        step(verb, handover, person)
    handover.refresh_from_db()
    assert handover.status == (expected or status)
    if expected is None:
        assert (handover.sheet, handover.materials) == (before.sheet, before.materials)
        assert Event.objects.count() == events
    else:
        assert offered


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("who", ["lin", "wu", "zhao", "sun"])
def test_the_page_offers_what_the_table_allows(cast, sun, following, status, who):
    person = {"sun": sun}.get(who) or getattr(cast, who)
    handover = make.handover(cast.turn, "open" if status == "dropped" else status)
    if status == "dropped":
        actions.drop(handover, reason="无需", by=None)
    allowed = set()
    for verb, moves in TABLE.items():
        late = (verb, status, who) == ("refuse", "received", "wu")
        if status in moves and who in WHO[verb] and not late:
            allowed.add(verb.split("_")[0].replace("describe", "edit"))
    assert set(actions.verbs(person, handover)) == allowed


# ── Through the pages ───────────────────────────────────────────────────────────────────────


def test_from_the_first_word_to_the_last_signature(client, cast, sun, handover):
    client.force_login(cast.lin)
    page = client.get(page_of(handover)).content.decode()
    assert "等待lin公司核对内容、补充材料后签字" in page
    assert "签字并移交" in page
    edit = client.get(f"{page_of(handover)}edit/")
    seen = edit.context["form"]["seen"].value()
    facts = {"materials": "会议记录本 1 册\n公章 1 枚", "remarks": "经费另行结算"}
    response = send(client, handover, "edit", seen=seen, files=[pdf("账目.pdf")], **facts)
    assert response.url == page_of(handover)
    assert send(client, handover, "sign", party="leaving", name=" ").status_code == 200
    send(client, handover, "sign", party="leaving", name="林书记")
    client.force_login(cast.wu)
    page = client.get(page_of(handover)).content.decode()
    for words in ("等待wu公司核对后签收", "公章 1 枚", "经费另行结算", "账目.pdf", "林书记"):
        assert words in page
    send(client, handover, "sign", party="arriving", name="吴书记")
    client.force_login(sun)
    assert "确认签字，完成交接" in client.get(page_of(handover)).content.decode()
    send(client, handover, "sign", party="office", name="孙主任")
    handover.refresh_from_db()
    assert handover.status == "done"
    assert handover.done_at
    duty = cast.turn.duties.get(kind="handover")
    assert (duty.status, duty.done_by) == ("done", sun)
    signed = handover.signatures.values_list("party", "name", "unit_name")
    assert list(signed) == [
        ("leaving", "林书记", "lin公司"),
        ("arriving", "吴书记", "wu公司"),
        ("office", "孙主任", "党务办公室"),
    ]


def test_a_double_click_signs_once_even_for_who_speaks_for_both(client, cast, handover):
    both = make.liaison(cast.lin_unit)
    from members.models import Liaison

    Liaison.objects.create(unit=cast.wu_unit, user=both, starts_on=make.LONG_AGO)
    client.force_login(both)
    values = {"once": uuid.uuid4(), "party": "leaving", "name": "同一人"}
    for _click in range(2):
        client.post(f"{page_of(handover)}sign/", values)
    client.post(f"{page_of(handover)}sign/", values | {"once": uuid.uuid4()})
    handover.refresh_from_db()
    assert handover.status == "submitted"
    assert handover.signatures.count() == 1


def test_nobody_signs_for_another(client, cast, sun, handover):
    for user in (cast.wu, sun):
        client.force_login(user)
        answer = send(client, handover, "sign", party="leaving", name="代签")
        assert answer.status_code == 403
    handover.refresh_from_db()
    assert handover.status == "open"


def test_sent_back_with_a_reason_and_signed_anew(client, cast, handover):
    make.handover(cast.turn, "submitted")
    client.force_login(cast.wu)
    page = send(client, handover, "refuse", reason="")
    assert "请写明原因" in page.content.decode()
    send(client, handover, "refuse", reason="少一枚公章")
    handover.refresh_from_db()
    assert (handover.status, handover.sheet) == ("open", None)
    client.force_login(cast.lin)
    page = client.get(page_of(handover)).content.decode()
    assert "少一枚公章" in page
    assert "签字已作废" in page
    send(client, handover, "sign", party="leaving", name="林书记")
    handover.refresh_from_db()
    assert handover.status == "submitted"
    assert handover.signatures.filter(voided_at=None, refusal="").count() == 1


def test_two_who_edit_at_once_are_asked(client, cast, handover):
    client.force_login(cast.lin)
    seen = client.get(f"{page_of(handover)}edit/").context["form"]["seen"].value()
    send(client, handover, "edit", seen=seen, materials="甲", remarks="")
    page = send(client, handover, "edit", seen=seen, materials="乙", remarks="")
    assert "请逐项选择保留哪一个" in page.content.decode()
    handover.refresh_from_db()
    assert handover.materials == "甲"


def test_after_the_signature_nothing_is_written(client, cast, handover):
    client.force_login(cast.lin)
    seen = client.get(f"{page_of(handover)}edit/").context["form"]["seen"].value()
    make.handover(cast.turn, "submitted")
    page = send(client, handover, "edit", seen=seen, materials="后来的", files=[pdf()])
    assert "不能再改" in page.content.decode()
    handover.refresh_from_db()
    assert handover.materials == ""
    assert not handover.files.exists()
    assert client.get(f"{page_of(handover)}edit/").status_code == 302


def test_who_sees_the_sheet(client, cast, sun, following):
    third = make.unit()
    make.seat(third, cast.group, order=3)
    member = make.liaison(third)
    handover = make.handover(cast.turn)
    for user, status in ((cast.lin, 200), (cast.wu, 200), (sun, 200), (member, 404)):
        client.force_login(user)
        assert client.get(page_of(handover)).status_code == status
        assert client.get(f"{page_of(handover)}word/").status_code == status
    make.handover(cast.turn, "done")
    client.force_login(member)
    assert client.get(page_of(handover)).status_code == 200
    client.force_login(cast.zhao)
    assert client.get(page_of(handover)).status_code == 404


def test_files_follow_the_sheet(client, cast, handover):
    actions.describe(handover, by=None, files=[document()])
    path = f"/alliance/handovers/files/{handover.files.get().pk}/"
    for user, status in ((cast.lin, 200), (cast.wu, 200), (cast.zhao, 404)):
        client.force_login(user)
        assert client.get(path).status_code == status


def document():
    from nanchuan.kernel.uploads import read_document

    return read_document(pdf("移交清单.pdf"))


# ── What stands on it ───────────────────────────────────────────────────────────────────────


def measure(cast, **facts):
    today = timezone.localdate()
    return Measure.objects.create(
        **{
            "number": "举-1",
            "group": cast.group,
            "title": "共建实训基地",
            "content": "内容",
            "source": "resolution",
            "resolution": make.resolution(Meeting.objects.first()),
            "unit": cast.lin_unit,
            "starts_on": today,
            "due_on": today + 30 * DAY,
        }
        | facts
    )


def lines(sheet, key):
    return next(each["lines"] for each in sheet["sections"] if each["key"] == key)


def texts(handover, key):
    return [line["text"] for line in lines(actions.live_sheet(handover, None), key)]


def test_the_sheet_fills_itself(cast, handover):
    measure(cast)
    measure(cast, number="举-2", unit=cast.wu_unit)
    measure(cast, number="举-3", status="done")
    meeting = make.meeting(cast.group, by=cast.lin)
    duty_steps.complete(cast.turn.duties.get(kind="topics"), note="已办", by=None)
    assert texts(handover, "duties") == ["召开联席会议", "联合主题党日", "编发简报"]
    assert texts(handover, "measures") == ["举-1 共建实训基地"]
    assert texts(handover, "meetings") == [meeting.title]  # the draft is nobody else's business


OTHERS = "只列出本组都可以查看的点单，其余由园区党务办公室掌握。"


def test_without_an_order_the_sheet_says_the_same(cast, handover):
    assert texts(handover, "needs") == [OTHERS]


def test_orders_show_only_what_all_readers_may_read(cast, handover):
    """Of one with a narrower audience neither a number nor that there is one."""
    giver = make.unit()
    make.seat(giver)
    make.need(cast.wu_unit, "published", title="招工")  # of the group, but the sheet would say so
    in_the_group = make.need(cast.wu_unit, "published", audience="group", public_title="招人")
    taken = make.need(cast.zhao_unit, "accepted", title="融资", taken_by=cast.lin_unit)
    make.need(
        cast.zhao_unit, "accepted", title="机密融资", audience="office", taken_by=cast.lin_unit
    )
    make.need(cast.wu_unit, "submitted", title="未审的事")
    make.need(cast.wu_unit, "published", title="只给办公室", audience="office")
    make.need(cast.wu_unit, "closed", title="已办的事", taken_by=cast.lin_unit)
    make.need(cast.zhao_unit, "published", title="别组的事")
    assert texts(handover, "needs") == [
        f"{taken.number} 技术需求",
        f"{in_the_group.number} 招人",
        OTHERS,
    ]


def test_a_unit_that_has_left_reads_no_more_what_the_group_asks_for(cast, handover):
    make.need(cast.wu_unit, "published", audience="group", public_title="招工")
    assert "招工" in texts(handover, "needs")[0]
    cast.turn.seat.ends_on = timezone.localdate() - DAY
    cast.turn.seat.save()
    assert texts(handover, "needs") == [OTHERS]


@pytest.mark.parametrize("status", ["submitted", "received", "done"])
def test_a_signed_sheet_never_changes(client, cast, handover, status):
    actions.describe(handover, by=None, materials="公章 1 枚", remarks="无")
    row = measure(cast)
    make.handover(cast.turn, status)
    handover.refresh_from_db()
    kept = copy.deepcopy(handover.sheet)
    client.force_login(cast.wu)
    before = client.get(page_of(handover)).context["sheet"]
    Measure.objects.filter(pk=row.pk).update(title="改过的", status="done")
    type(cast.lin_unit).objects.filter(pk=cast.lin_unit.pk).update(name="改名公司")
    type(cast.group).objects.filter(pk=cast.group.pk).update(name="改名小组")
    Handover.objects.filter(pk=handover.pk).update(materials="改过的", remarks="改过的")
    duty_steps.complete(cast.turn.duties.get(kind="topics"), note="已办", by=None)
    handover.refresh_from_db()
    page = client.get(page_of(handover))
    assert handover.sheet == kept == before == page.context["sheet"]
    assert "改过的" not in page.content.decode()
    assert "共建实训基地" in page.content.decode()


def paper_text(response):
    from io import BytesIO

    from docx import Document

    file = Document(BytesIO(b"".join(response.streaming_content)))
    cells = [cell.text for table in file.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(line.text for line in file.paragraphs), *cells])


def test_the_paper_says_that_it_is_not_signed_until_it_is(client, cast, handover):
    actions.describe(handover, by=None, materials="公章 1 枚")
    make.handover(cast.turn, "received")
    client.force_login(cast.lin)
    text = paper_text(client.get(f"{page_of(handover)}word/"))
    for words in ("未完成签字", "公章 1 枚", "召开联席会议", "____年____月____日", "wu公司"):
        assert words in text
    signers = [row.name for row in handover.signatures.all()]
    assert not any(name in text for name in signers)
    handover.refresh_from_db()
    by = make.staff(name="孙主任")
    actions.sign(handover, party="office", name="孙主任", by=by)
    text = paper_text(client.get(f"{page_of(handover)}word/"))
    assert "未完成签字" not in text
    for name in (*signers, "孙主任"):
        assert name in text


# ── The list ────────────────────────────────────────────────────────────────────────────────


def test_overdue_ones_first_and_filtered(client, cast, sun, handover):
    late = make.turn(cast.other_group.seats.get())
    make.begun(late)
    Turn.objects.filter(pk=late.pk).update(ends_on=timezone.localdate() - 2 * DAY)
    late.refresh_from_db()
    overdue = make.handover(late)
    client.force_login(sun)
    page = client.get("/alliance/handovers/")
    assert [row.pk for row in page.context["object_list"]] == [overdue.pk, handover.pk]
    assert "逾期 2 天" in page.content.decode()
    for query, found in (
        ("state=overdue", [overdue.pk]),
        ("state=open", [overdue.pk, handover.pk]),
        ("state=done", []),
        (f"group={cast.group.pk}", [handover.pk]),
    ):
        page = client.get(f"/alliance/handovers/?{query}")
        assert [row.pk for row in page.context["object_list"]] == found
    assert client.get("/alliance/handovers/?export=xlsx").status_code == 200
    text = paper_text(client.get("/alliance/handovers/?export=docx&state=overdue"))
    assert "zhao公司" in text
    assert "lin公司" not in text
    client.force_login(cast.zhao)
    page = client.get("/alliance/handovers/")
    assert [row.pk for row in page.context["object_list"]] == [overdue.pk]

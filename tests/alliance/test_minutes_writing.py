"""Two people write one draft: what one wrote never takes the place of the other's unasked."""

import json
import uuid
from itertools import product

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from alliance import minuting
from alliance.actions import minutes as actions
from alliance.merging import BOTH, MINE, THEIRS, chosen, merge
from alliance.models import MinutesRevision
from tests import make


@pytest.fixture
def meeting(cast):
    meeting = make.meeting(cast.group, by=cast.lin, agenda="通报情况\n讨论用工互助")
    make.hold(meeting, by=cast.lin)
    return meeting


@pytest.fixture
def minutes(cast, meeting):
    return make.minutes(meeting, by=cast.lin, text="开场")


@pytest.fixture
def other(cast):
    """A colleague of Lin's."""
    return make.liaison(cast.lin_unit)


def page_of(minutes, verb="edit"):
    return f"{minutes.get_absolute_url()}{verb}/"


def opened(client, minutes):
    """The form as a browser holds it."""
    context = client.get(page_of(minutes)).context
    form = context["form"]
    values = {section.key: form[section.key].value() or "" for section in form.sections}
    return values | {"base": form["base"].value(), "page": str(context["page"])}


def remembered(answer):
    return answer.context["memory"]


def now(minutes):
    minutes.refresh_from_db()
    return minuting.texts(minutes)


# ── The rule ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("base", "mine", "theirs"), list(product(["a", "b", "c", ""], repeat=3)))
def test_no_text_is_lost_without_a_question(base, mine, theirs):
    found = merge({"s": base}, {"s": mine}, {"s": theirs})
    stands = found.texts.get("s", "")
    if found.asked:
        assert stands == theirs
        assert mine not in (base, theirs)
        assert base != theirs
    elif mine != base:
        assert stands == mine
        assert theirs in (base, mine)
    else:
        assert stands == theirs


def test_an_unknown_past_is_always_asked_about():
    assert merge({"s": None}, {"s": "a"}, {"s": "b"}).asked == ["s"]
    assert merge({}, {"s": "a"}, {"s": "b"}).asked == ["s"]
    assert merge({}, {"s": "a"}, {"s": "a"}).asked == []


def test_what_a_choice_means():
    assert chosen(MINE, "我", "他") == "我"
    assert chosen(THEIRS, "我", "他") == "他"
    assert chosen(BOTH, "我", "他") == "他\n我"
    assert chosen(BOTH, "", "他") == "他"


# ── By hand, without scripts ────────────────────────────────────────────────────────────────


def test_sections_that_one_side_changed_merge_by_themselves(client, cast, other, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes)
    make.write(minutes, {"closing": "同事的结尾"}, by=other)
    answer = client.post(page_of(minutes), values | {"opening": "我的开场"}, follow=True)
    assert now(minutes) == {"opening": "我的开场", "closing": "同事的结尾"} | blank(minutes)
    assert "已自动合并" in answer.content.decode()


def blank(minutes):
    found = {section.key: "" for section in minuting.sections(minutes)}
    return {key: "" for key in found if key.startswith("item-") and key in now(minutes)}


def test_a_section_that_both_changed_is_asked_about(client, cast, other, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "我的开场", "closing": "我的结尾"}
    make.write(minutes, {"opening": "同事的开场"}, by=other)
    answer = client.post(page_of(minutes), values)
    page = answer.content.decode()
    assert "也改过“会议概况”" in page
    assert other.get_full_name() in page
    pieces = [row["pieces"] for row in answer.context["rows"] if "pieces" in row]
    sides = [(piece.side, piece.text) for piece in pieces[0]]
    assert sides == [("old", "同事"), ("new", "我"), ("same", "的开场")]
    assert answer.context["form"]["opening"].value() == "我的开场"
    # Everything else is saved, the other's text still stands.
    assert now(minutes)["opening"] == "同事的开场"
    assert now(minutes)["closing"] == "我的结尾"


@pytest.mark.parametrize(
    ("choice", "stands"),
    [
        (MINE, "改过的开场"),
        (THEIRS, "同事的开场"),
        (BOTH, "同事的开场\n改过的开场"),
    ],
)
def test_the_second_writer_chooses(client, cast, other, minutes, choice, stands):  # noqa: PLR0917
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "我的开场"}
    make.write(minutes, {"opening": "同事的开场"}, by=other)
    form = client.post(page_of(minutes), values).context["form"]
    values |= {"base": form["base"].value(), "opening": "改过的开场"}
    again = client.post(page_of(minutes), values)  # without a choice it is asked again
    assert "还没有保存" in again.content.decode()
    assert now(minutes)["opening"] == "同事的开场"
    answer = client.post(page_of(minutes), values | {"keep-opening": choice})
    assert answer.status_code == 302
    assert now(minutes)["opening"] == stands


def test_while_one_chooses_a_third_text_is_asked_about_anew(client, cast, other, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "我的开场"}
    make.write(minutes, {"opening": "同事的开场"}, by=other)
    form = client.post(page_of(minutes), values).context["form"]
    make.write(minutes, {"opening": "同事又改的开场"}, by=other)
    values |= {"base": form["base"].value(), "keep-opening": MINE}
    assert "还没有保存" in client.post(page_of(minutes), values).content.decode()
    assert now(minutes)["opening"] == "同事又改的开场"


@pytest.mark.parametrize("base", ["", "x", "[]", '{"read": 1}', '{"read": {"opening": 987654}}'])
def test_a_form_without_a_memory_overwrites_nothing(client, cast, minutes, base):
    client.force_login(cast.lin)
    answer = client.post(page_of(minutes), {"opening": "乱写", "base": base})
    assert answer.status_code == 200
    assert now(minutes)["opening"] == "开场"
    assert "乱写" in answer.content.decode()


def test_a_revision_of_other_minutes_is_no_past(client, cast, minutes):
    foreign = make.minutes(make.held_meeting(cast.other_group), text="乱写")
    client.force_login(cast.lin)
    base = json.dumps({"read": {"opening": foreign.head_id}, "asked": []})
    client.post(page_of(minutes), {"opening": "别的", "base": base})
    assert now(minutes)["opening"] == "开场"


def test_saved_twice_is_saved_once(client, cast, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "我的开场"}
    for _click in range(2):
        assert client.post(page_of(minutes), values).status_code == 302
    assert minutes.revisions.count() == 2


def test_the_endings_of_lines_are_no_change(client, cast, minutes):
    make.write(minutes, {"opening": "一\n二"}, by=cast.lin)
    client.force_login(cast.lin)
    before = minutes.revisions.count()
    client.post(page_of(minutes), opened(client, minutes) | {"opening": "一\r\n二\r\n"})
    assert minutes.revisions.count() == before


def test_too_long_a_text_comes_back(client, cast, minutes):
    client.force_login(cast.lin)
    answer = client.post(page_of(minutes), opened(client, minutes) | {"opening": "长" * 20_001})
    assert "还不能提交" in answer.content.decode()
    assert answer.context["form"]["opening"].value() == "长" * 20_001


def test_handed_in_meanwhile_nothing_typed_is_lost(client, cast, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "来不及保存的一段"}
    actions.submit(minutes, by=cast.lin)
    page = client.post(page_of(minutes), values).content.decode()
    assert "来不及保存的一段" in page
    assert "不能再改" in page
    assert now(minutes)["opening"] == "开场"


def test_an_item_that_leaves_the_agenda_while_one_types(client, cast, meeting, minutes):
    client.force_login(cast.lin)
    item = meeting.items.last()
    values = opened(client, minutes) | {minuting.key_of(item): "写到一半"}
    item.delete()
    client.post(page_of(minutes), values)
    assert "写到一半" in now(minutes).values()


# ── By itself ───────────────────────────────────────────────────────────────────────────────


def test_it_saves_by_itself_and_remembers(client, cast, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes)
    answer = client.post(page_of(minutes, "autosave"), values | {"opening": "打字中"})
    assert "已自动保存" in answer.content.decode()
    assert now(minutes)["opening"] == "打字中"
    values["base"] = remembered(answer)
    answer = client.post(page_of(minutes, "autosave"), values | {"opening": "打字中，继续"})
    assert now(minutes)["opening"] == "打字中，继续"
    assert client.post(page_of(minutes), values | {"opening": "打完了"}).status_code == 302
    assert now(minutes)["opening"] == "打完了"


def test_a_lost_answer_makes_nobody_his_own_rival(client, cast, minutes):
    """The answer to an autosave never came back: the form still names the old revision."""
    client.force_login(cast.lin)
    values = opened(client, minutes)
    client.post(page_of(minutes, "autosave"), values | {"opening": "打字中"})
    assert client.post(page_of(minutes), values | {"opening": "打完了"}).status_code == 302
    assert now(minutes)["opening"] == "打完了"


def test_on_blank_minutes_too(client, cast, meeting):
    minutes = actions.start(meeting, by=cast.lin)
    client.force_login(cast.lin)
    values = opened(client, minutes)
    client.post(page_of(minutes, "autosave"), values | {"opening": "打字中"})
    client.post(page_of(minutes, "autosave"), values | {"opening": "打字中，继续"})
    assert now(minutes)["opening"] == "打字中，继续"


def test_two_windows_of_one_person_are_two_writers(client, cast, minutes):
    client.force_login(cast.lin)
    first, second = opened(client, minutes), opened(client, minutes)
    client.post(page_of(minutes, "autosave"), first | {"opening": "第一个窗口"})
    answer = client.post(page_of(minutes, "autosave"), second | {"opening": "第二个窗口"})
    assert "还没有保存" in answer.content.decode()
    assert now(minutes)["opening"] == "第一个窗口"


def test_it_never_overwrites_by_itself(client, cast, other, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "我的开场", "closing": "我的结尾"}
    make.write(minutes, {"opening": "同事的开场"}, by=other)
    answer = client.post(page_of(minutes, "autosave"), values)
    words = answer.content.decode()
    assert f"{other.get_full_name()}也改过“会议概况”" in words
    assert "data-saved" not in words
    assert now(minutes)["opening"] == "同事的开场"
    assert now(minutes)["closing"] == "我的结尾"
    values["base"] = remembered(answer)
    assert "请选择保留哪一个" in client.post(page_of(minutes), values).content.decode()


def test_a_choice_waits_for_the_button(client, cast, other, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "我的开场"}
    make.write(minutes, {"opening": "同事的开场"}, by=other)
    form = client.post(page_of(minutes), values).context["form"]
    values |= {"base": form["base"].value(), "keep-opening": BOTH}
    answer = client.post(page_of(minutes, "autosave"), values)
    assert now(minutes)["opening"] == "同事的开场"
    values["base"] = remembered(answer)
    client.post(page_of(minutes), values)
    assert now(minutes)["opening"] == "同事的开场\n我的开场"


def test_what_others_wrote_elsewhere_is_said_and_kept(client, cast, other, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes)
    make.write(minutes, {"closing": "同事的结尾"}, by=other)
    answer = client.post(page_of(minutes, "autosave"), values | {"opening": "我的开场"})
    assert "保存后会并入" in answer.content.decode()
    values |= {"base": remembered(answer), "opening": "我的开场，改过"}
    client.post(page_of(minutes, "autosave"), values)
    client.post(page_of(minutes), values)
    assert now(minutes)["closing"] == "同事的结尾"
    assert now(minutes)["opening"] == "我的开场，改过"


def test_an_autosave_that_comes_too_late_says_so(client, cast, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "迟到"}
    actions.submit(minutes, by=cast.lin)
    words = client.post(page_of(minutes, "autosave"), values).content.decode()
    assert "不能再改" in words
    assert now(minutes)["opening"] == "开场"


def test_nothing_typed_is_no_revision(client, cast, minutes):
    client.force_login(cast.lin)
    client.post(page_of(minutes, "autosave"), opened(client, minutes))
    assert minutes.revisions.count() == 1


# ── The revisions ───────────────────────────────────────────────────────────────────────────


def test_any_two_side_by_side(client, cast, other, minutes):
    first = minutes.head
    make.write(minutes, {"opening": "开场白"}, by=other)
    make.write(minutes, {"closing": "散会"}, by=cast.lin)
    client.force_login(cast.lin)
    page = client.get(page_of(minutes, "revisions"))
    assert [change["title"] for change in page.context["changes"]] == ["会议小结"]
    page = client.get(page_of(minutes, "revisions"), {"old": first.pk})
    assert [change["title"] for change in page.context["changes"]] == ["会议概况", "会议小结"]
    assert other.get_full_name() in page.content.decode()
    for asked in ("0", "x", "99999999999999999999999", str(first.pk + 1000)):
        assert client.get(page_of(minutes, "revisions"), {"old": asked}).status_code == 404


def test_autosaves_in_a_row_are_one_line(client, cast, other, minutes):
    for text in ("一", "一二", "一二三"):
        make.write(minutes, {"closing": text}, by=cast.lin, autosave=True)
    make.write(minutes, {"opening": "同事"}, by=other)
    client.force_login(cast.lin)
    rows = client.get(page_of(minutes, "revisions")).context["revisions"]
    assert [row.by for row in rows] == [other, cast.lin, cast.lin]
    assert MinutesRevision.objects.count() == 5


def test_the_form_asks_as_often_for_many_items(
    client, cast, meeting, minutes, django_assert_num_queries
):
    client.force_login(cast.lin)
    make.action_item(cast.wu_unit, meeting)
    client.get(page_of(minutes))
    with CaptureQueriesContext(connection) as few:
        client.get(page_of(minutes))
    for number in range(8):
        item = meeting.items.create(title=f"议题{number}")
        make.action_item(cast.wu_unit, resolution=make.resolution(meeting, item=item))
    with django_assert_num_queries(len(few)):
        client.get(page_of(minutes))


def test_a_page_number_that_is_none_is_no_page(client, cast, minutes):
    client.force_login(cast.lin)
    values = opened(client, minutes) | {"opening": "好", "page": "x"}
    assert client.post(page_of(minutes), values).status_code == 302
    assert minutes.revisions.first().page is None
    assert uuid.UUID(opened(client, minutes)["page"])


@pytest.mark.parametrize(
    "base",
    ['{"read": {"opening": 1e999}, "asked": []}', "[" * 100_000, '{"read": 1, "asked": 2}', "x"],
)
def test_a_memory_that_was_tampered_with_loses_nothing(sign_in, cast, minutes, base):
    client = sign_in(cast.lin)
    sent = opened(client, minutes) | {"opening": "另一段", "base": base, "once": uuid.uuid4()}
    for verb in ("autosave", "edit"):
        assert client.post(page_of(minutes, verb), sent).status_code == 200
    assert now(minutes)["opening"] == "开场"  # asked about, not overwritten

"""The pages of action items: the list and its export, the board, what a unit has to do, the page
of one with its files; nobody from another group meets it anywhere."""

import re
import uuid
from datetime import timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from alliance.actions import conversions
from alliance.actions import items as actions
from alliance.actions.rights import NotYours
from alliance.models import ActionItem, ItemFile
from nanchuan.kernel.models import Event
from nanchuan.kernel.states import StepRefused
from tests import make

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LIST, BOARD, MINE = (
    reverse(f"alliance:{name}") for name in ("item-list", "item-board", "items-mine")
)
CANARY = "只有本小组知道的事项"


def TODAY():
    return timezone.localdate()


def texts(client, **query):
    return [row.text for row in client.get(LIST, query).context["object_list"]]


def exported(client, **query):
    answer = client.get(LIST, query | {"export": "xlsx"})
    sheet = load_workbook(BytesIO(b"".join(answer))).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    head = next(number for number, row in enumerate(rows) if "办理内容" in row)
    column = rows[head].index("办理内容")
    return [row[column] for row in rows[head + 1 :] if row[0] and row[column]]


@pytest.fixture
def each(cast):
    """One in every state, and one that nobody is bound by."""
    unit, today = cast.lin_unit, TODAY()
    made = {
        "late": make.item(unit, text="late", due_on=today - 3 * DAY),
        "long_late": make.item(unit, text="long_late", due_on=today - 20 * DAY),
        "soon": make.item(unit, text="soon", due_on=today + 2 * DAY),
        "later": make.item(cast.wu_unit, text="later", due_on=today + 40 * DAY, assisting=[unit]),
        "reported": make.item(unit, "reported", text="reported"),
        "done": make.item(unit, "done", text="done"),
        "done_late": make.item(unit, "done", text="done_late", due_on=today - 2 * DAY),
        "dropped": make.item(unit, "dropped", text="dropped"),
    }
    struck = make.item(unit, text="struck")
    struck.resolution.struck_at = timezone.now()
    struck.resolution.save()
    return made


# ── The list ────────────────────────────────────────────────────────────────────────────────


def test_what_is_late_stands_first_and_what_binds_nobody_nowhere(sign_in, sun, each):
    found = texts(sign_in(sun))
    assert found[:2] == ["long_late", "late"]
    assert sorted(found) == sorted(each)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ({"state": "open"}, {"late", "long_late", "soon", "later", "reported"}),
        ({"state": "late"}, {"late", "long_late"}),
        ({"state": "in_progress"}, {"soon", "later"}),
        ({"state": "done"}, {"done", "done_late"}),
        ({"age": "long_late"}, {"long_late"}),
        ({"age": "late"}, {"late"}),
        ({"age": "soon"}, {"soon"}),
        ({"age": "later"}, {"later"}),
        ({"age": "reported"}, {"reported"}),
        ({"figure": "done_in_time"}, {"done"}),
        ({"figure": "done_late"}, {"done_late"}),
        ({"q": "soo"}, {"soon"}),
    ],
)
def test_filters_and_the_export_says_the_same(sign_in, sun, each, query, wanted):
    client = sign_in(sun)
    assert set(texts(client, **query)) == wanted
    assert set(exported(client, **query)) == wanted


def test_filters_by_unit_group_meeting_and_part(sign_in, sun, cast, each):
    client = sign_in(sun)
    assert texts(client, unit=cast.wu_unit.pk) == ["later"]
    assert len(texts(client, group=cast.group.pk)) == len(each)
    assert texts(client, group=cast.other_group.pk) == []
    assert texts(client, meeting=each["soon"].resolution.meeting_id) == ["soon"]
    assert texts(sign_in(cast.lin), mine="assisted") == ["later"]
    assert set(texts(sign_in(cast.wu), mine="owed")) == {"later"}
    assert set(texts(sign_in(cast.lin), mine="todo")) == {"late", "long_late", "soon"}
    assert set(texts(sign_in(sun), mine="todo")) == {"reported"}


def test_what_several_groups_resolved_belongs_to_each(sign_in, sun, cast):
    meeting = make.held_meeting(cast.group)
    meeting.partners.add(cast.other_group)
    make.item(cast.lin_unit, meeting=meeting, text="共同")
    client = sign_in(sun)
    assert texts(client, group=cast.other_group.pk) == ["共同"]
    assert [line["name"] for line in client.get(BOARD).context["lines"]] == [
        str(cast.group),
        str(cast.other_group),
    ]
    assert texts(sign_in(cast.zhao)) == ["共同"]


# ── The board ───────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("by", ["group", "unit"])
def test_each_count_of_the_board_opens_its_rows(sign_in, sun, each, by):
    client = sign_in(sun)
    page = client.get(BOARD, {"by": by})
    cells = [cell for line in page.context["lines"] for cell in line["cells"]]
    assert sum(cell["number"] for cell in cells) == 5
    for cell in [*cells, *page.context["columns"]]:
        assert client.get(cell["url"]).context["row_count"] == cell["number"]


def test_a_card_names_every_group_of_a_joint_meeting(sign_in, cast, sun):
    joint = make.held_meeting(cast.group)
    joint.partners.add(cast.other_group)
    make.item(cast.wu_unit, meeting=joint)
    page = sign_in(sun).get(BOARD, {"by": "unit"}).content.decode()
    assert f"{cast.group}、{cast.other_group}</span>" in page


def test_what_an_item_becomes_stands_on_buttons_of_one_size(sign_in, cast, sun):
    item = make.item(cast.wu_unit, meeting=make.held_meeting(cast.group))
    page = sign_in(sun).get(item.get_absolute_url()).content.decode()
    found = re.findall(r'<(?:a|button)[^>]*class="([^"]*)"[^>]*>\s*(转为..)\s*<', page)
    assert sorted(words for _css, words in found) == ["转为举措", "转为需求", "转为项目"]
    assert {css.replace(" btn-verb-secondary", "") for css, _words in found} == {"btn"}


def test_the_board_costs_the_same_however_many_there_are(
    sign_in, sun, cast, each, django_assert_max_num_queries
):
    client = sign_in(sun)
    client.get(BOARD)
    with django_assert_max_num_queries(30) as few:
        client.get(BOARD)
    for _number in range(6):
        make.item(make.unit(), meeting=make.held_meeting(cast.group))
    with django_assert_max_num_queries(len(few)):
        client.get(BOARD)


# ── What a unit has to do ───────────────────────────────────────────────────────────────────


def tasks(page):
    return [task.text for section in page.context["sections"] for task in section["tasks"]]


def test_one_list_of_items_measures_and_duties(sign_in, cast, each):
    duty = make.begun(cast.turn).duties.open().first()
    measure = make.measure(cast.lin_unit, group=cast.group)
    page = sign_in(cast.lin).get(MINE)
    found = tasks(page)
    for name in ("late", "long_late", "soon", "later", "reported"):
        assert str(each[name]) in found
    assert str(each["done"]) not in found
    assert str(measure) in found and str(duty) in found
    assert found[0] == str(each["long_late"])
    body = page.content.decode()
    assert reverse("alliance:item-report", args=[each["late"].pk]) in body
    assert reverse("alliance:item-report", args=[each["later"].pk]) not in body  # it assists
    assert reverse("alliance:item-note", args=[each["later"].pk]) in body


def test_the_park_looks_at_any_unit_but_a_unit_at_its_own(sign_in, cast, sun, each):
    leader = make.staff("leader")
    page = sign_in(leader).get(MINE, {"unit": cast.lin_unit.pk})
    assert str(each["late"]) in tasks(page)
    assert "填写进展" not in page.content.decode()
    assert "填写进展" in sign_in(sun).get(MINE, {"unit": cast.lin_unit.pk}).content.decode()
    assert tasks(sign_in(sun).get(MINE)) == []
    assert str(each["late"]) not in tasks(sign_in(cast.zhao).get(MINE, {"unit": cast.lin_unit.pk}))
    assert sign_in(sun).get(MINE, {"unit": "9" * 30}).status_code == 200


def test_my_page_costs_the_same_however_much_there_is(sign_in, cast, django_assert_max_num_queries):
    make.item(cast.lin_unit)
    client = sign_in(cast.lin)
    client.get(MINE)
    with django_assert_max_num_queries(30) as few:
        client.get(MINE)
    for _number in range(5):
        make.item(cast.lin_unit, assisting=[cast.wu_unit])
    with django_assert_max_num_queries(len(few)):
        client.get(MINE)


# ── One item ────────────────────────────────────────────────────────────────────────────────


def typed(**facts):
    return {"once": str(uuid.uuid4())} | facts


def test_progress_with_evidence_from_a_phone(sign_in, cast):
    item = make.item(cast.lin_unit, assisting=[cast.wu_unit])
    url = reverse("alliance:item-note", args=[item.pk])
    facts = typed(text="设备已订购", files=[make.pdf("订单.pdf")])
    assert sign_in(cast.wu).post(url, facts).url == item.get_absolute_url()
    file = ItemFile.objects.get()
    assert (file.note.item, file.added_by) == (item, cast.wu)
    page = sign_in(cast.lin).get(item.get_absolute_url()).content.decode()
    assert "设备已订购" in page and "订单.pdf" in page
    download = reverse("alliance:itemfile-download", args=[file.pk])
    assert sign_in(cast.lin).get(download).status_code == 200
    assert sign_in(cast.zhao).get(download).status_code == 404
    remove = reverse("alliance:itemfile-remove", args=[file.pk])
    assert sign_in(cast.lin).post(remove).status_code == 403
    assert sign_in(cast.wu).post(remove).status_code == 302
    assert not ItemFile.objects.exists()


def test_the_way_of_an_item_stands_on_its_page(sign_in, cast, sun):
    item = make.item(cast.lin_unit, due_on=TODAY() + 20 * DAY)
    actions.extend(item, due_on=TODAY() + 40 * DAY, reason="设备未到", by=cast.lin)
    actions.grant(item, answer="抓紧办理", by=sun)
    actions.report(item, effect="已经装好", by=cast.lin)
    actions.send_back(item, reason="请补照片", by=sun)
    actions.report(item, effect="照片已补", by=cast.lin)
    actions.confirm(item, by=sun)
    page = sign_in(cast.wu).get(item.get_absolute_url()).content.decode()
    for words in ("设备未到", "抓紧办理", "已经装好", "请补照片", "照片已补", "已办结"):
        assert words in page
    steps = [step.what for step in item.steps.all()]
    assert steps == ["extended", "reported", "returned", "reported", "confirmed"]
    names = set(Event.objects.filter(subject_id=item.pk).values_list("name", flat=True))
    assert {"item.extension_asked", "item.extension_granted", "item.confirmed"} <= names


BAD_DAYS = [
    (lambda item: "", "请填写希望延期到哪一天。"),
    (lambda item: "2026-02-30", "请填写真实存在的日期，例如 2026-06-30。"),
    (lambda item: item.due_on, "新的期限应晚于原定期限"),
    (lambda item: item.due_on + 400 * DAY, "一次延期不能超过一年，请检查年份。"),
]


@pytest.mark.parametrize(("day", "sentence"), BAD_DAYS)
def test_a_bad_day_is_explained_and_nothing_typed_is_lost(sign_in, cast, day, sentence):
    item = make.item(cast.lin_unit)
    url = reverse("alliance:item-extend", args=[item.pk])
    page = sign_in(cast.lin).post(url, typed(due_on=str(day(item)), reason="设备未到"))
    assert page.status_code == 200
    assert sentence in page.content.decode() and "设备未到" in page.content.decode()
    assert not item.extensions.exists()


def test_a_unit_asks_a_working_day_before_the_office_later_too(cast, sun):
    item = make.item(cast.lin_unit, due_on=TODAY())
    later = TODAY() + 10 * DAY
    with pytest.raises(StepRefused, match="至少 1 个工作日"):
        actions.extend(item, due_on=later, reason="等", by=cast.lin)
    actions.extend(item, due_on=later, reason="等", by=sun)
    actions.grant(item, by=sun)
    item.refresh_from_db()
    assert item.due_on == later


def test_a_report_or_a_drop_ends_the_question(cast, sun):
    for end in (
        lambda item: actions.report(item, effect="好", by=cast.lin),
        lambda item: actions.drop(item, reason="不办", by=sun),
        lambda item: actions.reassign(item, unit=cast.wu_unit, reason="调整", by=sun),
    ):
        item = make.item(cast.lin_unit, "asked")
        end(item)
        assert item.extensions.get().status == "withdrawn"


def test_only_units_of_the_alliance_are_given_it(cast, sun):
    item, stranger = make.item(cast.lin_unit), make.unit(name="外人")
    with pytest.raises(StepRefused, match="外人"):
        actions.reassign(item, unit=stranger, reason="调整", by=sun)
    with pytest.raises(StepRefused, match="没有变化"):
        actions.reassign(item, unit=cast.lin_unit, reason="调整", by=sun)
    with pytest.raises(StepRefused, match="不必再列为协办单位"):
        actions.reassign(item, unit=cast.wu_unit, assisting=[cast.wu_unit], reason="x", by=sun)


def test_a_day_of_completion_lies_between_the_meeting_and_today(cast, sun):
    item = make.item(cast.lin_unit, "reported")
    with pytest.raises(StepRefused, match="还没有到"):
        actions.confirm(item, done_on=TODAY() + DAY, by=sun)
    with pytest.raises(StepRefused, match="不能早于议定"):
        actions.confirm(item, done_on=TODAY() - 30 * DAY, by=sun)


# ── What it becomes ─────────────────────────────────────────────────────────────────────────


def test_one_click_makes_a_measure_and_two_no_more(sign_in, cast, sun):
    item = make.item(cast.lin_unit, assisting=[cast.wu_unit])
    client, url = sign_in(sun), reverse("alliance:item-measure", args=[item.pk])
    first = client.post(url).url
    assert client.post(url).url == first
    measure = item.measures.get()
    assert first == measure.get_absolute_url()
    known = (measure.unit, measure.due_on, measure.group, measure.resolution, measure.content)
    assert known == (cast.lin_unit, item.due_on, cast.group, item.resolution, item.text)
    assert list(measure.assisting.all()) == [cast.wu_unit]
    assert item.number in client.get(first).content.decode()
    page = sign_in(cast.wu).get(item.get_absolute_url()).content.decode()
    assert first in page and url not in page


def test_what_is_late_becomes_a_measure_that_is_late(cast, sun):
    item = make.item(cast.lin_unit, due_on=TODAY() - 3 * DAY)
    assert conversions.to_measure(item, by=sun).is_late
    with pytest.raises(NotYours):
        conversions.to_measure(item, by=cast.lin)


def test_what_is_settled_becomes_nothing(cast, sun):
    for to in ("done", "dropped"):
        with pytest.raises(StepRefused):
            conversions.to_measure(make.item(cast.lin_unit, to), by=sun)


# ── Nobody else meets it ────────────────────────────────────────────────────────────────────


def test_another_group_meets_it_nowhere(sign_in, cast, each):
    item = make.item(cast.lin_unit, text=CANARY, due_on=TODAY() - DAY)
    own = sign_in(cast.lin)
    for url in (LIST, BOARD, MINE, "/"):  # the control
        assert CANARY in own.get(url).content.decode(), url
    other = sign_in(cast.zhao)
    for url in (LIST, BOARD, MINE, "/", cast.other_group.get_absolute_url()):
        body = other.get(url).content.decode()
        assert CANARY not in body and item.number not in body, url
    assert exported(other) == texts(other, q=CANARY) == texts(other, age="late") == []
    assert other.get(item.get_absolute_url()).status_code == 404


def test_before_the_meeting_was_held_only_the_convener_and_the_park_see_it(sign_in, cast, sun):
    meeting = make.meeting(cast.group, by=cast.lin)
    item = make.item(cast.wu_unit, meeting=meeting, text=CANARY)
    assert CANARY not in sign_in(sun).get(LIST).content.decode()
    assert sign_in(cast.wu).get(item.get_absolute_url()).status_code == 404
    page = sign_in(cast.lin).get(item.get_absolute_url())
    assert page.status_code == 200 and "会议登记召开以后开始办理" in page.content.decode()


def test_the_office_sees_on_its_desk_what_waits_for_it(sign_in, cast, sun):
    asked = make.item(cast.lin_unit, "asked", due_on=TODAY() + 30 * DAY)
    reported = make.item(cast.lin_unit, "reported")
    page = sign_in(sun).get("/").content.decode()
    assert "答复延期" in page and asked.number in page
    assert "确认办结" in page and reported.number in page
    assert ActionItem.objects.awaiting(cast.lin).count() == 0

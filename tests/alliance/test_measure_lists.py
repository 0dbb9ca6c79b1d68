"""The list and the board of measures: who sees which row, what a filter leaves, what is exported,
how often the database is asked."""

from datetime import timedelta
from io import BytesIO

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from docx import Document
from openpyxl import load_workbook

from alliance.models import Measure
from nanchuan.portal.todo import todo
from tests import make

pytestmark = pytest.mark.django_db
LIST, BOARD = "/alliance/measures/", "/alliance/measures/board/"
STATEMENT = "/alliance/measures/statement/"
CANARY = "金丝雀举措"
MOST = 20
STATES = ("in_progress", "late", "reported", "done", "dropped")


def made(cast, state, unit=None, **kwargs):
    late = state == "late"
    return make.measure(
        unit or cast.lin_unit, "in_progress" if late else state, late=late, **kwargs
    )


@pytest.fixture
def each(cast):
    """A measure in each state for the group, and one for the whole alliance."""
    rows = {state: made(cast, state, group=cast.group, title=state) for state in STATES}
    rows["wide"] = make.measure(cast.wu_unit, title="wide")
    return rows


def titles(client, url=LIST, **query):
    page = client.get(url, query)
    return [row.title for row in page.context["object_list"]]


def exported(client, form, **query):
    answer = client.get(LIST, query | {"export": form})
    body = BytesIO(b"".join(answer.streaming_content))
    if form == "xlsx":
        sheet = load_workbook(body).worksheets[0]
        return [row[1].value for row in sheet.iter_rows(min_row=2)]
    (table,) = Document(body).tables
    return [row.cells[2].text for row in table.rows[1:]]


# ── The list ────────────────────────────────────────────────────────────────────────────────


def test_what_is_late_stands_first_then_what_is_due_then_the_settled(sign_in, sun, each):
    shown = titles(sign_in(sun))
    assert shown[0] == "late"
    assert set(shown[-2:]) == {"done", "dropped"}
    assert set(shown) == {*STATES, "wide"}


QUERIES = [
    {},
    *({"state": state} for state in STATES),
    {"q": "late"},
    {"q": "用工互助"},
    {"q": "没有这样的"},
    {"group": "alliance"},
    {"source": "clause"},
    {"source": "resolution"},
    {"state": "late", "group": "alliance"},
    {"year": "bad"},
    {"state": "bad"},
    {"group": "bad"},
    {"unit": "99999"},
    {"quarter": "9"},
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_an_export_holds_exactly_the_rows_of_the_filter(sign_in, sun, each, query):
    client = sign_in(sun)
    shown = titles(client, **query)
    assert exported(client, "xlsx", **query) == shown
    if shown:
        assert exported(client, "docx", **query) == shown


@pytest.mark.parametrize("state", STATES)
def test_each_state_is_a_filter(sign_in, sun, each, state):
    wide = ["wide"] if state == "in_progress" else []
    assert titles(sign_in(sun), state=state) == [state, *wide]


def test_filters_by_unit_group_source_year_and_quarter(sign_in, sun, cast, each):
    client = sign_in(sun)
    resolution = make.resolution(make.held_meeting(cast.group), text="同意")
    far = timezone.localdate().replace(year=timezone.localdate().year + 3, month=5, day=1)
    make.measure(cast.zhao_unit, title="远", resolution=resolution, due_on=far, group=cast.group)
    assert titles(client, unit=cast.zhao_unit.pk) == ["远"]
    assert titles(client, source="resolution") == ["远"]
    assert titles(client, year=far.year) == ["远"]
    assert titles(client, year=far.year, quarter=2) == ["远"]
    assert titles(client, year=far.year, quarter=1) == []
    assert titles(client, group="alliance") == ["wide"]
    assert set(titles(client, group=cast.group.pk)) == {*STATES, "远"}


def test_what_concerns_a_unit(sign_in, cast, each):
    client = sign_in(cast.wu)
    make.measure(cast.lin_unit, group=cast.group, assisting=[cast.wu_unit], title="协办的")
    assert titles(client, mine="owed") == ["wide"]
    assert titles(client, mine="assisted") == ["协办的"]
    assert titles(client, mine="todo") == []
    assert titles(sign_in(cast.lin), mine="todo") == ["late"]


def test_a_filter_can_be_kept(sign_in, sun, each):
    page = sign_in(sun).get(LIST, {"state": "late"})
    assert page.context["saving"]


def test_an_empty_list_offers_the_first_step_to_the_office_only(sign_in, sun, cast):
    assert "新增第一项举措" in sign_in(sun).get(LIST).content.decode()
    assert "新增第一项举措" not in sign_in(cast.lin).get(LIST).content.decode()
    assert "新增第一项举措" not in sign_in(cast.lin).get(BOARD).content.decode()


# ── Who sees what ───────────────────────────────────────────────────────────────────────────


def pages_of(client):
    """Every page and file on which a measure may show, as text."""
    urls = [f"{LIST}?q={CANARY}&more=1", LIST, f"{LIST}?more=1", BOARD, f"{BOARD}?by=unit&more=1"]
    for url in [*urls, STATEMENT]:
        yield url, client.get(url).content.decode()
    for url in (LIST, STATEMENT):
        for form in ("xlsx", "docx"):
            body = BytesIO(b"".join(client.get(f"{url}?export={form}").streaming_content))
            if form == "xlsx":
                rows = load_workbook(body).worksheets[0].iter_rows(values_only=True)
                yield f"{url} {form}", "\n".join(str(row) for row in rows)
            else:
                yield f"{url} {form}", words_of(Document(body))


def words_of(paper):
    lines = [line.text for line in paper.paragraphs]
    return "\n".join(lines + [cell.text for table in paper.tables for cell in table._cells])


@pytest.fixture
def canary(cast):
    """Of Lin's group; Wu sits in it, Zhao does not."""
    name = "金丝雀企业"
    unit = make.unit(name=name)
    make.seat(unit, cast.group)
    return make.measure(unit, group=cast.group, title=CANARY, content=CANARY)


def without_what_was_typed(words):
    """The search for it stands in its own box and on its own chip."""
    for place in (f'value="{CANARY}"', f"：{CANARY}", f"q={CANARY}"):
        words = words.replace(place, "")
    return words


def test_a_unit_of_another_group_meets_it_nowhere(sign_in, cast, canary):
    make.measure(cast.zhao_unit, group=cast.other_group, title="赵的举措")
    for url, words in pages_of(sign_in(cast.zhao)):
        assert CANARY not in without_what_was_typed(words), url
        assert canary.number not in words, url
        assert cast.group.name not in words, url
        assert canary.unit.name not in words, url


def test_the_control_whoever_sits_in_the_group_meets_it_everywhere(sign_in, cast, canary):
    for url, words in pages_of(sign_in(cast.wu)):
        assert CANARY in words, url
    assert canary.get_absolute_url() in sign_in(cast.wu).get(LIST).content.decode()


def test_an_assisting_unit_of_another_group_sees_it(sign_in, cast, canary):
    canary.assisting.add(cast.zhao_unit)
    assert titles(sign_in(cast.zhao)) == [CANARY]
    assert sign_in(cast.zhao).get(canary.get_absolute_url()).status_code == 200


def test_a_measure_of_the_whole_alliance_is_for_its_units_only(sign_in, cast):
    wide = make.measure(cast.lin_unit)
    stranger = make.liaison(make.unit())
    assert titles(sign_in(cast.zhao)) == [wide.title]
    assert titles(sign_in(stranger)) == []
    assert sign_in(stranger).get(wide.get_absolute_url()).status_code == 404


def test_a_row_is_listed_once_however_many_ways_lead_to_it(sign_in, cast):
    own = make.unit(cast.wu_branch)
    make.seat(own, cast.group)
    make.measure(cast.wu_unit, group=cast.group, assisting=[own, cast.lin_unit], title="一次")
    assert titles(sign_in(cast.wu)) == ["一次"]


# ── The board ───────────────────────────────────────────────────────────────────────────────


def numbers(page):
    return {
        (line["name"], cell["words"]): cell["number"]
        for line in page.context["lines"]
        for cell in line["cells"]
    }


@pytest.mark.parametrize("by", ["group", "unit"])
def test_every_count_of_the_board_opens_its_rows(sign_in, sun, cast, each, by):
    client = sign_in(sun)
    page = client.get(BOARD, {"by": by, "q": "r"})
    cells = [cell for line in page.context["lines"] for cell in line["cells"]]
    assert len(cells) == len(STATES)
    for cell in [*cells, *page.context["columns"]]:
        opened = client.get(cell["url"])
        assert opened.context["row_count"] == cell["number"], cell["url"]
        if cards := cell.get("cards"):
            assert {row.pk for row in cards} <= {row.pk for row in opened.context["object_list"]}
    assert sum(cell["number"] for cell in cells) == 3  # in_progress, reported, dropped


def test_a_full_cell_shows_a_few_and_says_how_many_more(sign_in, sun, cast):
    for _number in range(7):
        make.measure(cast.lin_unit, group=cast.group)
    page = sign_in(sun).get(BOARD)
    (cell,) = [cell for cell in page.context["lines"][0]["cells"] if cell["number"]]
    assert (len(cell["cards"]), cell["more"]) == (4, 3)
    assert "还有 3 项" in page.content.decode()


def test_a_column_for_each_state(sign_in, sun, each):
    page = sign_in(sun).get(BOARD)
    words = [column["words"] for column in page.context["columns"]]
    assert words == ["推进中", "已逾期", "待确认", "已完成", "不再推进"]
    assert [column["number"] for column in page.context["columns"]] == [2, 1, 1, 1, 1]


def test_rows_are_groups_or_responsible_units(sign_in, sun, cast, each):
    client = sign_in(sun)
    by_group = client.get(BOARD)
    assert [line["name"] for line in by_group.context["lines"]] == [str(cast.group), "整个联盟"]
    by_unit = client.get(BOARD, {"by": "unit"})
    assert {line["name"] for line in by_unit.context["lines"]} == {"lin公司", "wu公司"}
    assert 'name="by" value="unit"' in by_unit.content.decode()  # filtering keeps the rows
    assert client.get(BOARD, {"by": "bad"}).status_code == 200


def test_many_units_stand_on_several_pages(sign_in, sun, cast):
    for _number in range(21):
        unit = make.unit()
        make.seat(unit, cast.group)
        make.measure(unit, group=cast.group)
    client = sign_in(sun)
    first, last = (client.get(BOARD, {"by": "unit", "page": page}) for page in (1, 2))
    assert len(first.context["lines"]) == 20 and len(last.context["lines"]) == 1
    assert sum(numbers(first).values()) + sum(numbers(last).values()) == 21


# ── How often the database is asked ─────────────────────────────────────────────────────────


def questions(client, url):
    client.get(url)  # content types and the like are asked once per process
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def fill(cast, number):
    for _number in range(number):
        unit = make.unit()
        make.seat(unit, cast.group)
        for state in STATES:
            row = made(cast, state, unit=unit, group=cast.group, assisting=[cast.wu_unit])
            row.notes.create(text="进展", percent=5)


@pytest.mark.parametrize("url", [LIST, BOARD, f"{BOARD}?by=unit", STATEMENT])
def test_pages_do_not_ask_more_for_more_rows(sign_in, sun, cast, url):
    for user in (sun, cast.wu):
        client = sign_in(user)
        fill(cast, 1)
        few = questions(client, url)
        fill(cast, 4)
        assert questions(client, url) == few <= MOST


def test_files_do_not_ask_more_for_more_rows(sign_in, sun, cast):
    client = sign_in(sun)

    def asked():
        with CaptureQueriesContext(connection) as captured:
            b"".join(client.get(f"{LIST}?export=xlsx").streaming_content)
        return len(captured)

    fill(cast, 1)
    asked()
    few = asked()
    fill(cast, 4)
    assert asked() == few


def test_a_page_does_not_ask_more_for_a_longer_story(sign_in, sun, cast):
    measure = make.measure(cast.lin_unit, group=cast.group, assisting=[cast.wu_unit])
    for user in (sun, cast.lin, cast.wu):
        client = sign_in(user)
        lengthen(cast, measure)
        few = questions(client, measure.get_absolute_url())
        lengthen(cast, measure)
        assert questions(client, measure.get_absolute_url()) == few <= MOST


def lengthen(cast, measure):
    from alliance.actions import measures as actions

    for number in range(3):
        unit = make.unit()
        measure.assisting.add(unit)
        measure.milestones.create(title="节点", due_on=measure.due_on)
        note = actions.note(measure, text="进展", percent=number, by=cast.lin)
        note.files.create(file="x", name="a.pdf", size=1, kind="pdf", added_by=cast.wu)
        day = measure.due_on + timedelta(days=number + 1)
        actions.extend(measure, due_on=day, reason="推迟", by=None)


# ── At home ─────────────────────────────────────────────────────────────────────────────────


def lines(user):
    """Without the dues of the month, which a secretary keeps too."""
    return [
        (str(item.verb), item.text.split()[-1], item.status, item.status_text)
        for item in todo(user)
        if item.verb != "核定"
    ]


def test_whom_it_waits_for_finds_it_among_what_is_to_do(cast, sun, each):
    soon = timezone.localdate() + timedelta(days=7)
    make.measure(cast.lin_unit, title="soon", due_on=soon, assisting=[cast.wu_unit])
    assert lines(sun) == [("确认", "reported", "waiting", "待确认")]
    assert lines(cast.lin) == [
        ("填写进展", "late", "overdue", "逾期 5 天"),
        ("填写进展", "soon", "soon", f"{soon} 到期"),
    ]
    assert lines(cast.wu) == lines(cast.zhao) == []


def test_the_navigation_leads_to_it(sign_in, cast, sun):
    for user in (sun, cast.lin, make.staff("leader")):
        assert f'href="{LIST}"' in sign_in(user).get("/").content.decode()
    assert reverse("alliance:measure-list") == LIST
    assert Measure.objects.count() == 0

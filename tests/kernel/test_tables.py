"""The table is found in a sheet: below titles, under two lines of headers, above the sums."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from members.importing.columns import COLUMNS
from nanchuan.kernel.importing import reading, tables
from nanchuan.kernel.importing.reading import ImportRefused, Sheet
from nanchuan.kernel.importing.tables import find_table, label_of

HEAD = ["序号", "姓名", "身份证号", "所在支部"]


def found(*rows, merged=(), name="名册"):
    return find_table([Sheet(name, [list(row) for row in rows], list(merged))], COLUMNS.recognise)


def test_titles_above_the_head_are_a_title():
    table = found(["某某党支部党员名册"], ["填报日期：2026年1月"], HEAD, [1, "张伟", "1", "甲"])
    assert table.headers == HEAD
    assert table.rows == [(4, [1, "张伟", "1", "甲"])]
    assert "某某党支部党员名册" in table.title


def test_a_head_of_two_lines_is_read_together():
    table = found(
        ["姓名", "入党", "", "组织", ""],
        ["", "时间", "介绍人", "所在支部", "备注"],
        ["张伟", "1998.7", "某", "甲", ""],
        merged=[((0, 0), (1, 0)), ((0, 1), (0, 2)), ((0, 3), (0, 4))],
    )
    assert table.headers == ["姓名", "入党时间", "介绍人", "所在支部", "备注"]
    assert [number for number, _cells in table.rows] == [3]


def test_what_is_merged_over_rows_stands_in_each():
    table = found(
        ["所在支部", "姓名"],
        ["甲支部", "张伟"],
        ["", "李娜"],
        ["", "王芳"],
        merged=[((1, 0), (3, 0))],
    )
    assert [cells[0] for _number, cells in table.rows] == ["甲支部"] * 3


@pytest.mark.parametrize(
    "last",
    [
        ["合计", "", "", ""],
        ["合计", "36人", "", ""],
        ["", "共 36 人", "", ""],
        ["总计：36", "", "", ""],
        ["备注：以上人员均为正式党员", "", "", ""],
        ["填表人：某某", "", "审核人：某某", ""],
        ["小计", 36, "", ""],
        ["说明", "", "", ""],
    ],
)
def test_sums_and_notes_below_are_left_out_and_said(last):
    table = found(HEAD, [1, "张伟", "1", "甲"], last)
    assert len(table.rows) == 1
    assert [number for number, _reason in table.skipped] == [3]


def test_a_head_that_is_repeated_on_each_page_is_left_out():
    table = found(HEAD, [1, "张伟", "1", "甲"], HEAD, [2, "李娜", "2", "乙"])
    assert [cells[1] for _number, cells in table.rows] == ["张伟", "李娜"]


def test_empty_lines_do_not_move_the_numbers():
    table = found(
        HEAD, ["", "", "", ""], [1, "张伟", "1", "甲"], ["", " ", "", ""], [2, "李", "2", ""]
    )
    assert [number for number, _cells in table.rows] == [3, 5]


def test_of_several_sheets_the_roster_is_chosen_and_the_others_are_named():
    sheets = [
        Sheet("说明", [["填写说明"], ["姓名", "必填"]]),
        Sheet("党员", [HEAD, [1, "张伟", "1", "甲"]]),
        Sheet("统计", [["支部", "人数"], ["甲", 3]]),
    ]
    table = find_table(sheets, COLUMNS.recognise)
    assert (table.sheet, table.sheets) == ("党员", ["说明", "党员", "统计"])


def test_without_a_head_the_sentence_says_what_is_missing():
    for rows in ([], [["甲", "乙"], ["1", "2"]], [[], []]):
        with pytest.raises(ImportRefused, match="没有找到列名"):
            found(*rows)


def test_more_rows_than_allowed_are_refused(monkeypatch):
    monkeypatch.setattr(tables, "MOST_ROWS", 2)
    with pytest.raises(ImportRefused, match="最多导入 2 行"):
        found(HEAD, *[[n, "张伟", "1", "甲"] for n in range(3)])
    sheet = Sheet("名册", [HEAD, [1, "张伟", "1", "甲"]], cut=True)
    with pytest.raises(ImportRefused, match="超过"):
        find_table([sheet], COLUMNS.recognise)


CELLS = st.one_of(
    st.text(max_size=8),
    st.sampled_from(["姓名", "性 别", "身份证号码*", "合计", "入党\n时间", "所在支部", ""]),
    st.floats(allow_nan=False),
    st.booleans(),
    st.just(["2026-01-01"]),
)
RANGE = st.tuples(
    st.tuples(st.integers(0, 9), st.integers(0, 9)), st.tuples(st.integers(0, 9), st.integers(0, 9))
)


@given(st.lists(st.lists(CELLS, max_size=6), max_size=8), st.lists(RANGE, max_size=3))
def test_any_sheet_gives_a_table_or_a_sentence(rows, merged):
    try:
        table = found(*rows, merged=merged)
    except ImportRefused as refusal:
        assert str(refusal)
        return
    assert all(len(cells) == len(table.headers) for _number, cells in table.rows)
    numbers = [number for number, _rest in (*table.rows, *table.skipped)]
    assert len(set(numbers)) == len(numbers)
    assert all(1 <= number <= len(rows) for number in numbers)


@given(st.text(max_size=30))
def test_the_name_of_a_column_is_short_and_without_spaces(text):
    label = label_of(text)
    assert len(label) <= tables.MOST_LABEL
    assert not any(letter.isspace() for letter in label)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("姓 名", "name"),
        ("名字", "name"),
        ("身份证号码（18位）", "id_number"),
        ("公民身份号码*", "id_number"),
        ("入党\n时间", "joined_on"),
        ("所在党支部（必填）", "organization"),
        ("手机号：", "phone"),
        ("人员类别", "standing"),
        ("党员性别", "gender"),
        ("党内职务", ""),
        ("入党介绍人", ""),
        ("联系人姓名", None),
        ("配偶姓名", None),
    ],
)
def test_headers_are_known_by_many_names(header, name):
    assert COLUMNS.recognise(header) == name


def test_of_two_columns_that_mean_the_same_the_first_counts():
    assert COLUMNS.propose(["姓名", "手机", "电话"]) == {0: "name", 1: "phone"}


def test_limits_are_those_of_the_issue():
    assert reading.MOST_ROWS == 5000

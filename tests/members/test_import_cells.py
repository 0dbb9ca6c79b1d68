"""Cells as people type them: days, numbers of people, names, words."""

import contextlib
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from members.importing.lines import parse
from members.importing.texts import check_digit, parse_id_number, parse_name, parse_phone
from members.importing.words import parse_education, parse_ethnicity, parse_gender, parse_standing
from nanchuan.kernel.importing.cells import CellError, Warned, parse_text
from nanchuan.kernel.importing.days import SERIAL_ZERO, parse_day
from tests import rosters

TODAY = date(2026, 6, 1)
DAYS = st.dates(date(1930, 1, 1), TODAY)
ANYTHING = st.one_of(
    st.text(max_size=40),
    st.text("0123456789.年月日/-一二三十〇 ", max_size=14),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.lists(st.text(max_size=12), min_size=1, max_size=1),
)


def value(found):
    return found.value if isinstance(found, Warned) else found


def chinese(number):
    digits = "〇一二三四五六七八九"
    if number >= 100:
        return "".join(digits[int(digit)] for digit in str(number))
    tens, ones = divmod(number, 10)
    ten = ("" if tens == 1 else digits[tens]) + "十" if tens else ""
    return ten + (digits[ones] if ones or not tens else "")


WAYS = [
    lambda day: [day.isoformat()],
    lambda day: [f"{day.isoformat()}T00:00:00"],
    lambda day: day.isoformat(),
    lambda day: f"{day.isoformat()} 00:00:00",
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year} . {day.month:02d} . {day.day:02d}",
    lambda day: f"{day.year}。{day.month}。{day.day}",
    lambda day: f"{day:%Y%m%d}",
    lambda day: int(f"{day:%Y%m%d}"),
    lambda day: float(f"{day:%Y%m%d}"),
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day.year}年{day.month}月{day.day}号",
    lambda day: f"{chinese(day.year)}年{chinese(day.month)}月{chinese(day.day)}日",
    lambda day: "".join(chr(ord(each) + 0xFEE0) for each in f"{day.year}/{day.month}/{day.day}"),
    lambda day: (day - SERIAL_ZERO).days,
    lambda day: float((day - SERIAL_ZERO).days) + 0.5,
    lambda day: str((day - SERIAL_ZERO).days) and f" {day.isoformat()} ",
]


@pytest.mark.parametrize("way", WAYS, ids=range(len(WAYS)))
@given(day=DAYS)
@example(day=date(2000, 2, 29))
@example(day=date(1999, 12, 31))
def test_a_day_is_the_same_however_it_is_written(way, day):
    assert parse_day(way(day), TODAY) == day


MONTHS = [
    lambda day: f"{day.year}年{day.month}月",
    lambda day: f"{day.year}年{day.month}月份",
    lambda day: f"{day.year}.{day.month}",
    lambda day: f"{day.year}.{day.month:02d}",
    lambda day: f"{day.year}/{day.month}",
    lambda day: f"{day.year}-{day.month:02d}",
    lambda day: f"{day:%Y%m}",
    lambda day: int(f"{day:%Y%m}"),
    lambda day: f"{chinese(day.year)}年{chinese(day.month)}月",
]


@pytest.mark.parametrize("way", MONTHS, ids=range(len(MONTHS)))
@given(day=DAYS)
def test_a_month_is_its_first_day_and_says_so(way, day):
    found = parse_day(way(day), TODAY)
    assert isinstance(found, Warned)
    assert found.value == day.replace(day=1)
    assert "1 日" in found.sentence


@given(day=DAYS)
def test_a_short_year_is_the_last_one_that_has_been(day):
    if day > date(1999, 1, 1) and day.year % 100 > TODAY.year % 100:
        return
    found = parse_day(f"{day.year % 100:02d}年{day.month}月{day.day}日", TODAY)
    assert found.year % 100 == day.year % 100 and found <= TODAY
    assert (found.month, found.day) == (day.month, day.day)


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("98年7月1日", date(1998, 7, 1)),
        ("98.7", date(1998, 7, 1)),
        ("05年1月2日", date(2005, 1, 2)),
        ("一九九八年七月", date(1998, 7, 1)),
        ("二〇〇一年十月二十一日", date(2001, 10, 21)),
        ("二零一零年十二月三十一日", date(2010, 12, 31)),
        (1998.7, date(1998, 7, 1)),
        (1998.12, date(1998, 12, 1)),
        (36000, date(1998, 7, 24)),
        ("36000", date(1998, 7, 24)),
        ("36000.0", date(1998, 7, 24)),
    ],
)
def test_days_of_real_rosters(cell, day):
    assert value(parse_day(cell, TODAY)) == day


def test_a_number_that_lost_its_nought_says_that_it_may_be_october():
    found = parse_day(1998.1, TODAY)
    assert found.value == date(1998, 1, 1)
    assert "10 月" in found.sentence


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ("1998", "只有年份"),
        (1998, "只有年份"),
        ("1998-02-30", "没有"),
        ("1998.13", "没有"),
        ("7/1/98/3", "不是日期"),
        ("昨天", "不是日期"),
        ("9999-12-31", "晚于今天"),
        ("0001-01-01", "1900"),
        (["9999-12-31"], "晚于今天"),
        ("2026-06-02", "晚于今天"),
        (True, "不是日期"),
        ("１" * 400, "不是日期"),
        (1e300, "不是日期"),
    ],
)
def test_what_is_no_day_says_why(cell, sentence):
    with pytest.raises(CellError, match=sentence):
        parse_day(cell, TODAY)


@pytest.mark.parametrize("cell", ["", " ", "-", "无", "——", "/", "　", "N/A"])
def test_nothing_is_nothing(cell):
    assert parse_day(cell, TODAY) is None
    assert parse_text(cell) == "" and parse_phone(cell) == "" and parse_id_number(cell) == ""


@given(ANYTHING)
@example("一二十十年十月")
@example("0年0月0日")
@example("十" * 30)
def test_any_cell_is_a_day_or_a_sentence(cell):
    try:
        found = value(parse_day(cell, TODAY))
    except CellError as error:
        assert str(error)
        return
    assert found is None or date(1900, 1, 1) <= found <= TODAY


NUMBERS = st.builds(
    rosters.id_number,
    DAYS,
    st.integers(0, 499),
    st.sampled_from("男女"),
)


@given(NUMBERS, st.data())
def test_an_id_number_is_the_same_however_it_is_typed(number, data):
    typed = data.draw(
        st.sampled_from(
            [
                number,
                number.lower(),
                f" {number[:6]} {number[6:14]}\t{number[14:]} ",
                f"{number[:6]}-{number[6:]}",
                "".join(chr(ord(each) + 0xFEE0) for each in number),
                f"'{number}",
                f"\ufeff{number}",
            ]
        )
    )
    assert parse_id_number(typed) == number


@given(NUMBERS, st.integers(0, 17), st.integers(1, 9))
def test_one_wrong_digit_never_passes_unnoticed(number, place, step):
    if place == 17:
        wrong = "10X98765432"[("10X98765432".index(number[17]) + step) % 11]
    else:
        wrong = str((int(number[place]) + step) % 10)
    typed = number[:place] + wrong + number[place + 1 :]
    with contextlib.suppress(CellError):
        assert isinstance(parse_id_number(typed), Warned)


def test_the_check_digit_is_that_of_the_standard():
    assert check_digit("11010519491231002") == "X"  # the example of GB 11643


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        (1.1e17, "Excel"),
        (110101199003076636.0, "Excel"),
        (110101199003076636, "Excel"),
        ("1.10101E+17", "Excel"),
        ("1.1E17", "Excel"),
        ("12345", "18 位"),
        ("999901199002301234", "真实存在"),
        ("abc", "18 位"),
        ("١" * 18, "18 位"),
    ],
)
def test_an_id_number_that_is_none_says_what_to_do(cell, sentence):
    with pytest.raises(CellError, match=sentence):
        parse_id_number(cell)


def test_an_old_number_is_taken_and_said():
    assert parse_id_number("110101900307663").value == "110101900307663"
    assert parse_id_number(110101900307663.0).value == "110101900307663"


@pytest.mark.parametrize("cell", ["9****************4", "＊＊＊", "110101********1234"])
def test_a_masked_number_says_nothing(cell):
    assert parse_id_number(cell) == ""
    assert parse_phone(cell) == ""


@pytest.mark.parametrize(
    ("cell", "phone"),
    [
        (13800001234.0, "13800001234"),
        (13800001234, "13800001234"),
        ("138 0000 1234", "13800001234"),
        ("138-0000-1234", "13800001234"),
        ("１３８００００１２３４", "13800001234"),
        ("0971-1234567", "09711234567"),
        ("(0971)1234567", "09711234567"),
        ("13800001234/13900001234", "13800001234"),
        ("13800001234、0971-1234567", "13800001234"),
    ],
)
def test_phones_of_real_rosters(cell, phone):
    assert value(parse_phone(cell)) == phone


@pytest.mark.parametrize(
    ("cell", "name"),
    [
        ("张 伟", "张伟"),
        ("张　伟", "张伟"),
        (" 张\n伟 ", "张伟"),
        ("张\u200b伟", "张伟"),
        ("阿不都•热合曼", "阿不都·热合曼"),
        ("阿不都．热合曼", "阿不都·热合曼"),
        ("John  Smith", "John Smith"),
        ("'=危险", "=危险"),
        ("𠮷田", "𠮷田"),
    ],
)
def test_names_of_real_rosters(cell, name):
    assert parse_name(cell) == name


@given(ANYTHING)
@example("a" * 3000)
@example("\0")
@example("A\u00b4\U00020000")
def test_any_cell_is_a_text_or_a_sentence(cell):
    for reader in (parse_name, parse_text, parse_phone, parse_id_number):
        try:
            text = value(reader(cell))
        except CellError as error:
            assert str(error)
            continue
        assert isinstance(text, str) and "\0" not in text and "\n" not in text
        assert value(reader(text)) == text or reader is parse_phone


@given(st.text("张伟李娜王芳", min_size=2, max_size=6), st.data())
def test_spaces_never_make_another_name(name, data):
    spaces = data.draw(
        st.lists(
            st.sampled_from(["", " ", "　", "\t", "\u00a0"]), min_size=len(name), max_size=len(name)
        )
    )
    assert parse_name("".join(a + b for a, b in zip(name, spaces, strict=True))) == name


@pytest.mark.parametrize(
    ("reader", "cell", "found"),
    [
        (parse_gender, "女性", "female"),
        (parse_gender, 1.0, "male"),
        (parse_education, "本科", "bachelor"),
        (parse_education, "大专（在职）", "college"),
        (parse_education, "研究生", "master"),
        (parse_education, "中 专", "vocational"),
        (parse_standing, "中共预备党员", "probationary"),
        (parse_standing, "正式", "full"),
        (parse_ethnicity, "汉", "汉族"),
        (parse_ethnicity, "维吾尔族", "维吾尔族"),
        (parse_ethnicity, "", ""),
    ],
)
def test_words_of_real_rosters(reader, cell, found):
    assert reader(cell) == found


def test_words_that_say_little_are_taken_with_a_warning():
    assert parse_standing("中共党员").value == "full"
    assert parse_ethnicity("火星族").value == "火星族"


@pytest.mark.parametrize("reader", [parse_gender, parse_education, parse_standing])
def test_another_word_hears_which_are_allowed(reader):
    with pytest.raises(CellError, match=r"应为：.+、"):
        reader("不对")


def levels(**cells):
    line = parse(2, {"name": "张伟"} | cells)
    return {(note.field, note.level) for note in line.notes}


def test_the_id_number_is_compared_with_the_other_cells():
    number = rosters.id_number(date(1990, 1, 15), gender="女")
    assert levels(id_number=number, born_on="1990-01-15", gender="女") == set()
    assert levels(id_number=number, born_on="1990-01-16") == {("born_on", "warning")}
    assert levels(id_number=number, gender="男") == {("gender", "warning")}


def test_the_id_number_knows_the_day_of_a_month():
    line = parse(
        2, {"name": "张伟", "id_number": rosters.id_number(date(1990, 1, 15)), "born_on": "1990.1"}
    )
    assert line.facts["born_on"] == date(1990, 1, 15)
    assert line.notes == []


def test_nobody_joins_before_being_born():
    assert ("joined_on", "error") in levels(born_on="1990-01-01", joined_on="1989-01-01")
    assert ("full_member_on", "warning") in levels(
        joined_on="1998-07-01", full_member_on="1998-06-01"
    )


def test_a_line_without_a_name_says_so_at_the_cell():
    assert ("name", "error") in {(note.field, note.level) for note in parse(2, {"name": ""}).notes}


@given(
    st.dictionaries(
        st.sampled_from(
            [
                "name",
                "id_number",
                "born_on",
                "joined_on",
                "phone",
                "organization",
                "note",
                "gender",
                "since",
            ]
        ),
        ANYTHING,
    )
)
def test_any_line_is_read(cells):
    line = parse(2, cells)
    assert all(note.text for note in line.notes)


def test_serials_begin_where_excel_begins():
    assert parse_day(36526, TODAY) == date(2000, 1, 1)
    assert date(1899, 12, 30) + timedelta(days=36526) == date(2000, 1, 1)

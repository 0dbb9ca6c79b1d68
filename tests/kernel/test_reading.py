"""Files come in by their content, and whatever is wrong with one is a sentence."""

import zipfile
from io import BytesIO

import pytest
from openpyxl import Workbook

from nanchuan.kernel.importing import reading
from nanchuan.kernel.importing.reading import ImportRefused, read
from tests import rosters

ROWS = [["姓名", "所在党组织"], ["张伟", "甲支部"], ["李娜", "乙支部"]]


@pytest.mark.parametrize(
    "data",
    [
        rosters.xlsx(ROWS),
        rosters.xls(ROWS),
        rosters.csv_file(ROWS),
        rosters.csv_file(ROWS, "utf-8"),
        rosters.csv_file(ROWS, "gb18030"),
        rosters.csv_file(ROWS, "utf-16"),
        rosters.csv_file(ROWS, "gbk", "\t"),
        rosters.csv_file(ROWS, "utf-8", ";"),
    ],
    ids=["xlsx", "xls", "bom", "utf-8", "gb18030", "utf-16", "tabs", "semicolons"],
)
def test_a_table_is_read_whatever_it_was_saved_as(data):
    (sheet,) = read(data)
    assert sheet.rows == ROWS


def package(**files):
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in files.items():
            made.writestr(name, content)
    return file.getvalue()


def far_away():
    """A few hundred bytes that ask for seventeen thousand million cells."""
    book = Workbook()
    book.active["A1"], book.active["XFD1048576"] = "姓名", "远"
    return rosters.saved(book)


def with_entities():
    """A real workbook whose strings are a hundred million times as long as they look."""
    levels = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 9))
    head = f'<?xml version="1.0"?><!DOCTYPE sst [<!ENTITY e0 "ha">{levels}]>'
    bomb = f"{head}<sst><si><t>&e8;</t></si></sst>"
    made = BytesIO(rosters.xlsx(ROWS))
    out = BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(out, "w") as new:
        for item in old.infolist():
            content = bomb if item.filename.endswith("sharedStrings.xml") else old.read(item)
            new.writestr(item.filename, content)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "空"),
        (b"  \n", "空"),
        (b"PK\x03\x04 broken", "打不开"),
        (package(**{"[Content_Types].xml": "<Types/>"}), "打不开"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"0" * 600, "打不开"),
        (b"<html><table><tr><td>1</td></tr></table></html>", "网页"),
        (b"a\0b,c\n", "不是表格文件"),
        (b'"' + b"x" * 1_000_000, "太长"),
        (b"\xff\x81\xff\xff", "编码"),
        (far_away(), "太大"),
        (package(a=b"0" * (reading.MOST_UNPACKED + 1)), "太大"),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_refused_in_words(data, sentence):
    with pytest.raises(ImportRefused, match=sentence):
        read(data)


def test_entities_are_not_unfolded():
    try:
        (sheet,) = read(with_entities())
    except ImportRefused:
        return
    assert max(len(str(cell)) for row in sheet.rows for cell in row) <= reading.MOST_LETTERS + 1


def test_an_endless_cell_is_cut():
    (sheet,) = read(rosters.xlsx([["姓名"], ["长" * 30_000]]))
    assert len(sheet.rows[1][0]) == reading.MOST_LETTERS + 1


def test_a_sheet_is_read_so_far_and_says_that_there_is_more(monkeypatch):
    monkeypatch.setattr(reading, "MOST_LINES", 2)
    for data in (rosters.xlsx(ROWS), rosters.csv_file(ROWS)):
        (sheet,) = read(data)
        assert (len(sheet.rows), sheet.cut) == (2, True)


def test_a_reader_that_hangs_is_stopped(monkeypatch, tmp_path):
    sleeper = tmp_path / "sleep.py"
    sleeper.write_text("import time; time.sleep(60)")
    monkeypatch.setattr(reading, "CHILD", sleeper)
    monkeypatch.setattr(reading, "PATIENCE", 0.3)
    with pytest.raises(ImportRefused, match="太大"):
        read(rosters.xlsx(ROWS))

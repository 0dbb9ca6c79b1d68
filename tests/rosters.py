"""Rosters as files, and people who do not exist."""

import csv
from datetime import date
from io import BytesIO, StringIO

import xlwt
from django.core.files.uploadedfile import SimpleUploadedFile
from openpyxl import Workbook

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
HEADERS = ["姓名", "性别", "民族", "出生日期", "公民身份号码", "学历", "入党日期", "党员类别"]
HEADERS += ["所在党组织", "联系电话"]


def id_number(born_on=date(1990, 1, 1), number=2, gender="女", region="999901"):
    """A number with a right last character, of a region that no place has."""
    order = number * 2 + (gender == "男")
    stem = f"{region}{born_on:%Y%m%d}{order:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]


ID_NUMBER = id_number()


def line(**changes):
    """Zhang Xiaohui, who belongs to Lin's branch."""
    return {
        "姓名": "张晓慧",
        "性别": "女",
        "民族": "汉族",
        "出生日期": "1990-01-01",
        "公民身份号码": ID_NUMBER,
        "学历": "大学本科",
        "入党日期": "2024年7月1日",
        "党员类别": "正式党员",
        "所在党组织": "lin党支部",
        "联系电话": "13800001234",
    } | changes


def another(number, **changes):
    """Somebody else each time."""
    name = f"李{'甲乙丙丁戊己庚辛壬癸'[number % 10]}{'子丑寅卯辰巳午未申酉'[number // 10 % 10]}"
    own = {"姓名": name, "公民身份号码": id_number(number=number + 10)}
    return line(**own | {"联系电话": f"139{number:08d}"} | changes)


def table(*lines, headers=None):
    headers = headers or list(lines[0])
    return [headers, *[[each.get(header) for header in headers] for each in lines]]


def xlsx(*sheets, merged=(), names=("名册", "表二", "表三")):
    """A workbook of sheets, each a list of rows; `merged` are ranges of the first one."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in zip(names, sheets, strict=False):
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    for cells in merged:
        book.worksheets[0].merge_cells(cells)
    return saved(book)


def xls(rows, merged=()):
    """The format before 2007, also of WPS; `merged` are (top, bottom, left, right)."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("名册")
    days = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    starts = {(top, left) for top, _bottom, left, _right in merged}
    for top, bottom, left, right in merged:
        sheet.write_merge(top, bottom, left, right, rows[top][left])
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            if value in (None, "") or (number, column) in starts:
                continue
            if isinstance(value, date):
                sheet.write(number, column, value, days)
            else:
                sheet.write(number, column, value)
    return saved(book)


def csv_file(rows, encoding="utf-8-sig", delimiter=","):
    text = StringIO()
    csv.writer(text, delimiter=delimiter).writerows(rows)
    return text.getvalue().encode(encoding)


def saved(book):
    file = BytesIO()
    book.save(file)
    return file.getvalue()


def upload_of(data, name="名册.xlsx"):
    return SimpleUploadedFile(name, data)

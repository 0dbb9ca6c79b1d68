"""How long a messy roster of five thousand takes: until its preview stands, until it is applied."""

import time
from datetime import date, timedelta
from io import BytesIO
from random import Random

from xlsxwriter import Workbook

import park
from members.models import Organization
from nanchuan.accounts.models import User
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.importing.models import ImportBatch
from nanchuan.portal.demo import park as words
from nanchuan.portal.demo.people import WEIGHTS

ROWS = 5000
PREVIEW_LIMIT, APPLY_LIMIT = 10, 20  # seconds
HEAD = [
    "序号",
    "姓  名",
    "性别",
    "民族",
    "身份证号码",
    "文化程度",
    "入党时间",
    "人员类别",
    "所在党支部",
    "手机号",
]


def measure() -> list[dict]:
    by = User.objects.get(pk=park.STAFF)
    data = messy_roster(list(Organization.objects.branches().values_list("name", flat=True)[:40]))
    started = time.perf_counter()
    batch = staging.upload(data, "名册.xlsx", kind="roster", by=by)
    working.work(batch)
    preview = time.perf_counter() - started
    batch.refresh_from_db()
    staging.confirm(batch, by=by, skip_errors=True)
    started = time.perf_counter()
    working.work(batch)
    applied = time.perf_counter() - started
    batch.refresh_from_db()
    if batch.status != ImportBatch.Status.APPLIED:
        raise RuntimeError(batch.notice)
    return [
        figure(f"import preview {ROWS:,}", preview, PREVIEW_LIMIT),
        figure(f"import apply {ROWS:,}", applied, APPLY_LIMIT),
    ]


def figure(page, seconds, limit):
    return {
        "page": page,
        "kind": "other",
        "ratio": None,
        "sql": None,
        "rows": ROWS,
        "limit": limit,
        "value": round(seconds, 3),
    }


def messy_roster(branches) -> bytes:
    """Titles, merged branches, six ways to write a day, spaces in names, a sum at the end."""
    random, file = Random(ROWS), BytesIO()
    with Workbook(file) as book:
        sheet = book.add_worksheet("名册")
        days = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.merge_range(0, 0, 0, len(HEAD) - 1, "党员花名册")
        sheet.write(1, 0, "填报日期：2026年1月")
        sheet.write_row(2, 0, HEAD)
        for number in range(ROWS):
            for column, value in enumerate(line(number, branches, random)):
                write = sheet.write_datetime if isinstance(value, date) else sheet.write
                write(number + 3, column, value, *([days] if isinstance(value, date) else []))
        sheet.write_row(ROWS + 3, 0, ["合计", f"共 {ROWS} 人"])
    return file.getvalue()


def line(number, branches, random):
    given = "".join(random.choices(words.GIVEN, k=2))
    born_on = date(1960, 1, 1) + timedelta(days=random.randrange(14_000))
    joined_on = born_on + timedelta(days=8000)
    ways = [
        joined_on,
        joined_on.isoformat(),
        f"{joined_on.year}.{joined_on.month}",
        f"{joined_on.year}年{joined_on.month}月{joined_on.day}日",
        f"{joined_on:%Y/%m/%d}",
        (joined_on - date(1899, 12, 30)).days,
    ]
    number_of = id_number(born_on, number)
    return [
        number + 1,
        random.choice(words.SURNAMES) + ("　" if number % 7 == 0 else "") + given,
        "男" if int(number_of[16]) % 2 else "女",
        random.choice(["汉", "汉族", "藏族", "回"]),
        f"{number_of[:6]} {number_of[6:].lower()}" if number % 9 == 0 else number_of,
        random.choice(["本科", "大学", "大专", "高中"]),
        ways[number % len(ways)],
        random.choice(["正式", "正式党员", "预备"]),
        branches[number % len(branches)],
        13_800_000_000 + number if number % 2 else f"138-{number:08d}",
    ]


def id_number(born_on, number):
    stem = f"{990_000 + number // 500:06d}{born_on:%Y%m%d}{number % 1000:03d}"
    total = sum(int(digit) * weight for digit, weight in zip(stem, WEIGHTS, strict=True))
    return stem + "10X98765432"[total % 11]

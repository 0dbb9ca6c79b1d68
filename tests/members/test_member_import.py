"""The roster comes in from Excel: looked at first, all lines or none, twice changes nothing."""

import stat
import zipfile
from datetime import date, timedelta
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook, load_workbook

from members.models import Membership, PartyMember
from nanchuan.kernel import importing
from nanchuan.kernel.models import Event
from tests import make

pytestmark = pytest.mark.django_db
IMPORT = reverse("admin:members_partymember_import")
CONFIRM = reverse("admin:members_partymember_process_import")
EXPORT = reverse("admin:members_partymember_export")
LIST = reverse("admin:members_partymember_changelist")
ID_NUMBER = "999901199001011234"


@pytest.fixture(autouse=True)
def waiting(settings, tmp_path):
    settings.VAR_DIR = tmp_path
    return tmp_path / "imports"


def line(**changes):
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


def sheet(*lines, headers=None):
    book = Workbook()
    headers = headers or list(lines[0])
    book.active.append(headers)
    for each in lines:
        book.active.append([each.get(header) for header in headers])
    file = BytesIO()
    book.save(file)
    return SimpleUploadedFile("名册.xlsx", file.getvalue())


def preview(client, file):
    return client.post(IMPORT, {"format": "0", "resource": "0", "import_file": file})


def confirm(client, page):
    form = page.context["confirm_form"]
    return client.post(CONFIRM, {name: form.initial[name] for name in form.initial}, follow=True)


def take_in(client, *lines):
    return confirm(client, preview(client, sheet(*lines)))


def test_a_preview_saves_nothing_and_shows_no_number(sign_in, sun, cast):
    page = preview(sign_in(sun), sheet(line()))
    text = page.content.decode()
    assert "新增 1 人" in text and "张晓慧" in text
    assert ID_NUMBER not in text and "13800001234" not in text
    assert not PartyMember.objects.filter(name="张晓慧").exists()


def test_a_confirmed_line_enrols_the_person(sign_in, sun, cast):
    take_in(sign_in(sun), line())
    person = PartyMember.objects.of_id_number(ID_NUMBER).get()
    assert (person.gender, person.education, person.phone) == ("female", "bachelor", "13800001234")
    membership = person.memberships.get()
    assert membership.organization == cast.lin_branch
    assert str(membership.starts_on) == "2024-07-01"
    assert Event.objects.get(name="members.imported").facts == {"new": 1, "changed": 0}


def test_the_same_file_twice_changes_nothing(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    events = Event.objects.filter(name__startswith="member.").count()
    page = take_in(client, line())
    assert "新增 0 人，更正 0 人，1 行没有变化" in page.content.decode()
    assert PartyMember.objects.filter(name="张晓慧").count() == 1
    assert Event.objects.filter(name__startswith="member.").count() == events


def test_empty_and_masked_cells_leave_what_is_known(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    again = line(公民身份号码="9****************4", 联系电话="138****1234", 学历=None, 民族="藏族")
    page = take_in(client, again)
    assert "更正 1 人" in page.content.decode()
    person = PartyMember.objects.get(name="张晓慧")
    assert (person.ethnicity, person.education) == ("藏族", "bachelor")
    assert (person.id_number, person.phone) == (ID_NUMBER, "13800001234")


def test_an_exported_file_comes_in_again_without_a_change(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    make.member(cast.lin_branch, name="=危险", born_on=date(1980, 1, 1))
    exported = SimpleUploadedFile("名册.xlsx", client.get(EXPORT, {"q": "张"}).getvalue())
    page = confirm(client, preview(client, exported))
    assert "新增 0 人，更正 0 人，1 行没有变化" in page.content.decode()
    exported = SimpleUploadedFile("名册.xlsx", client.get(EXPORT, {"q": "危险"}).getvalue())
    page = confirm(client, preview(client, exported))
    assert "新增 0 人，更正 0 人，1 行没有变化" in page.content.decode()


@pytest.mark.parametrize(
    ("cell", "sentence"),
    [
        ({"姓名": ""}, "姓名"),
        ({"性别": "不详"}, "应为：男、女"),
        ({"性别": ""}, "请填写性别"),
        ({"出生日期": "1990-02-30"}, "出生日期"),
        ({"公民身份号码": "12345"}, "公民身份号码应为 18 位"),
        ({"公民身份号码": "999901199002301234"}, "出生日期须真实存在"),
        ({"公民身份号码": 999901199001011234}, "文本格式"),
        ({"学历": "博学"}, "学历：应为"),
        ({"所在党组织": "没有的支部"}, "没有名称为"),
        ({"所在党组织": ""}, "请填写所在党组织"),
        ({"联系电话": "abc"}, "联系电话只能包含数字"),
        ({"备注": "长" * 201}, "备注"),
    ],
)
def test_a_bad_line_says_why_and_stops_the_whole_file(sign_in, sun, cast, cell, sentence):
    good = line(姓名="好人", 公民身份号码="999901198001011235")
    page = preview(sign_in(sun), sheet(good, line(**cell), headers=[*line(), "备注"]))
    text = page.content.decode()
    assert sentence in text
    assert "<td>3</td>" in text
    assert "确认导入" not in text
    assert not PartyMember.objects.filter(name="好人").exists()


def test_what_became_wrong_after_the_preview_saves_nothing(sign_in, sun, cast):
    client = sign_in(sun)
    page = preview(client, sheet(line(), line(姓名="乙", 公民身份号码="999901198001011235")))
    cast.lin_branch.name = "改名党支部"
    cast.lin_branch.save()
    answer = confirm(client, page)
    assert "没有导入" in answer.content.decode()
    assert not PartyMember.objects.filter(name__in=["张晓慧", "乙"]).exists()


def test_one_person_in_two_lines_is_told(sign_in, sun, cast):
    page = preview(sign_in(sun), sheet(line(), line(民族="藏族")))
    assert "与第 2 行是同一个人" in page.content.decode()


def test_a_change_of_branch_needs_its_day(sign_in, sun, cast):
    client = sign_in(sun)
    take_in(client, line())
    moved = line(所在党组织="wu党支部")
    assert "组织关系自何日起" in preview(client, sheet(moved)).content.decode()
    take_in(client, moved | {"组织关系自何日起": "2026-01-01"})
    rows = Membership.objects.filter(member__name="张晓慧").order_by("starts_on")
    assert [(row.organization, str(row.ends_on)) for row in rows] == [
        (cast.lin_branch, "2025-12-31"),
        (cast.wu_branch, "None"),
    ]


def test_the_upload_waits_encrypted_and_goes_after_use(sign_in, sun, cast, waiting):
    client = sign_in(sun)
    page = preview(client, sheet(line()))
    (file,) = waiting.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert not zipfile.is_zipfile(file)
    assert ID_NUMBER.encode() not in file.read_bytes()
    confirm(client, page)
    assert not list(waiting.iterdir())
    assert "已过期" in confirm(client, page).content.decode()


def test_an_upload_expires_after_an_hour(sign_in, sun, cast, time_machine, waiting):
    client = sign_in(sun)
    page = preview(client, sheet(line()))
    time_machine.move_to(timezone.now() + timedelta(seconds=importing.WAITING_SECONDS + 5))
    assert "已过期" in confirm(sign_in(sun), page).content.decode()
    assert not PartyMember.objects.filter(name="张晓慧").exists()


@pytest.mark.parametrize("name", ["../keys.env", "/etc/passwd", "", "0" * 32])
def test_a_foreign_file_cannot_be_named(sign_in, sun, cast, name, waiting):
    waiting.mkdir()
    Path(waiting.parent, "keys.env").write_text("secret")
    facts = {"import_file_name": name, "original_file_name": "x", "format": "0", "resource": "0"}
    page = sign_in(sun).post(CONFIRM, facts, follow=True)
    assert page.status_code == 200
    assert Path(waiting.parent, "keys.env").exists()


def bomb():
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", "<Types/>")
        package.writestr("xl/worksheets/sheet1.xml", b"0" * (importing.MOST_UNPACKED + 1))
    return file.getvalue()


ENTITIES = b'<!DOCTYPE a [<!ENTITY b "b"><!ENTITY c "&b;&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize(
    ("data", "sentence"),
    [(b"", "空"), (b"PK\x03\x04 broken", "不是 .xlsx"), (ENTITIES, "不是 .xlsx"), (bomb(), "太大")],
)
def test_what_is_no_workbook_is_refused_in_words(sign_in, sun, cast, data, sentence):
    page = preview(sign_in(sun), SimpleUploadedFile("a.xlsx", data))
    assert page.status_code == 200
    assert sentence in page.content.decode()


def test_more_lines_than_allowed_are_refused(sign_in, sun, cast, monkeypatch):
    monkeypatch.setattr(importing, "MOST_ROWS", 2)
    page = preview(sign_in(sun), sheet(line(), line(), line()))
    assert "最多导入 2 行" in page.content.decode()


def test_missing_columns_are_named(sign_in, sun, cast):
    page = preview(sign_in(sun), sheet({"姓名": "某"}))
    assert "第一行缺少这些列：所在党组织" in page.content.decode()


def test_the_export_is_what_the_filter_leaves_masked_and_harmless(sign_in, sun, cast):
    client = sign_in(sun)
    make.member(cast.lin_branch, name="=危险(1)", phone="13800001234", id_number=ID_NUMBER)
    make.member(cast.wu_branch, name="别人", note="+1")
    response = client.get(EXPORT, {"q": "=危险"})
    book = load_workbook(BytesIO(response.getvalue()))
    headers, *rows = book.worksheets[0].iter_rows(values_only=True)
    assert headers[0] == "姓名"
    assert [row[0] for row in rows] == ["'=危险(1)"]
    cells = " ".join(str(cell) for row in rows for cell in row)
    assert "138****1234" in cells and "13800001234" not in cells and ID_NUMBER not in cells
    assert sun.name in str(book.worksheets[1]["A1"].value)
    event = Event.objects.get(name="list.exported")
    assert event.by == sun
    assert event.facts == {"list": "党员名册", "rows": 1, "filters": ["q"]}


def test_only_staff_import_and_export(sign_in, cast):
    for user in (cast.lin, make.staff("leader"), make.staff("auditor"), make.staff("admin")):
        client = sign_in(user)
        for url in (IMPORT, EXPORT, LIST):
            assert client.get(url).status_code in (302, 403), (user, url)
        assert preview(client, sheet(line())).status_code in (302, 403)
    assert not PartyMember.objects.filter(name="张晓慧").exists()

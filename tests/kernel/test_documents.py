"""A document is taken if its name, its first bytes and its structure agree, and without macros."""

from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from docx import Document as WordFile
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from xlsxwriter import Workbook

from nanchuan.kernel import documents, uploads
from tests import make


def clean(*files, **options):
    return uploads.documents_field(**options).clean(list(files))


def refusal(*files, **options) -> str:
    with pytest.raises(ValidationError) as caught:
        clean(*files, **options)
    return "".join(caught.value.messages)


def named(name, data):
    return SimpleUploadedFile(name, data)


@pytest.mark.parametrize("kind", ["docx", "xlsx", "pptx"])
def test_office_files_are_taken_with_their_name_size_and_kind(kind):
    file = make.office_file(f"年度 计划.{kind}")
    (found,) = clean(file)
    assert (found.name, found.kind, found.size) == (f"年度-计划.{kind}", kind, file.size)


def test_what_word_and_excel_write_themselves_is_taken():
    word, sheet = BytesIO(), BytesIO()
    WordFile().save(word)
    Workbook(sheet).close()
    names = [named("章程.docx", word.getvalue()), named("名单.XLSX", sheet.getvalue())]
    assert [found.kind for found in clean(*names)] == ["docx", "xlsx"]


def test_a_pdf_is_taken_and_kept_byte_for_byte():
    file = make.pdf()
    (found,) = clean(file)
    found.file.seek(0)
    assert found.kind == "pdf" and found.file.read() == make.pdf().read()


def test_a_photo_among_them_is_written_anew_as_jpeg():
    exif = Image.Exif()
    exif[0x010F] = "PhoneMaker"
    (found,) = clean(make.photo("合影.PNG", form="PNG", exif=exif))
    found.file.seek(0)
    data = found.file.read()
    assert (found.name, found.kind, found.size) == ("合影.jpg", "jpg", len(data))
    assert data.startswith(b"\xff\xd8\xff") and b"PhoneMaker" not in data


MACROS = {
    "word/vbaProject.bin": "x",
    "xl/macrosheets/sheet1.xml": "x",
    "word/activeX/activeX1.xml": "x",
}
HTML = b"<!doctype html><script>alert(1)</script>"


@pytest.mark.parametrize("member", MACROS)
def test_a_file_with_macros_is_refused_whatever_its_name(member):
    assert "带有宏" in refusal(make.office_file(members={member: "x"}))


def test_a_macro_type_in_the_list_of_parts_is_refused_too():
    types = (
        '<Types><Override PartName="/word/document.xml"'
        ' ContentType="application/vnd.ms-word.document.macroEnabled.main+xml"/></Types>'
    )
    assert "带有宏" in refusal(make.office_file(types=types))


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.pdf", HTML),
        ("a.docx", HTML),
        ("a.docx", b"\xd0\xcf\x11\xe0 with a password"),
        ("a.pdf", b"MZ\x90\x00"),
    ],
)
def test_another_content_than_the_name_says_is_refused(name, data):
    assert "内容和扩展名不符" in refusal(named(name, data))


@pytest.mark.parametrize(
    "name",
    [
        "a.svg",
        "a.html",
        "a.docm",
        "a.xlsm",
        "a.pptm",
        "a.dotm",
        "a.exe",
        "a.pdf.html",
        "a",
        "a.zip",
    ],
)
def test_other_formats_are_refused_with_those_that_will_do(name):
    assert "可以上传 PDF、docx、xlsx、pptx 文件和照片" in refusal(named(name, b"PK\x03\x04"))


def test_an_old_format_is_asked_for_anew():
    assert "请先另存为 docx 格式" in refusal(named("旧文件.doc", b"\xd0\xcf\x11\xe0"))


def test_a_sheet_that_calls_itself_a_paper_is_refused():
    data = make.office_file("a.xlsx").read()
    assert "内容和扩展名不符" in refusal(named("a.docx", data))


def test_a_bomb_is_refused_by_what_its_directory_says_without_unpacking(monkeypatch):
    monkeypatch.setattr(documents, "UNPACKED_BUDGET", 10 * 2**20)
    file = make.office_file(members={"word/media/a.bin": bytes(10 * 2**20)})
    assert file.size < 50_000
    assert "解开后太大" in refusal(file)


def test_too_many_parts_are_refused():
    members = {f"word/{number}.xml": "" for number in range(documents.MOST_MEMBERS)}
    assert "解开后太大" in refusal(make.office_file(members=members))


def test_a_bomb_in_the_list_of_parts_is_read_only_as_far_as_allowed():
    types = "<Types>" + " " * (documents.LARGEST_TYPES_PART + 1) + "</Types>"
    assert "可能已损坏" in refusal(make.office_file(types=types))


def test_entities_in_the_list_of_parts_are_refused():
    types = '<!DOCTYPE x [<!ENTITY a "aaaa">]><Types>&a;</Types>'
    assert "可能已损坏" in refusal(make.office_file(types=types))


def test_two_parts_of_one_name_are_refused():
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        archive.writestr("a", "1")
        with pytest.warns(UserWarning):
            archive.writestr("a", "2")
    assert "可能已损坏" in refusal(named("a.docx", file.getvalue()))


@pytest.mark.parametrize("cut", [20, 80, -30])
def test_a_file_cut_off_is_refused(cut):
    for file in (make.office_file(), make.pdf(body=b"x" * 100)):
        assert "可能已损坏" in refusal(named(file.name, file.read()[:cut]))


def test_a_pdf_whose_trailer_leads_nowhere_is_refused():
    assert "可能已损坏" in refusal(named("a.pdf", b"%PDF-1.4\nx\nstartxref\n999\n%%EOF"))
    assert "可能已损坏" in refusal(named("a.pdf", b"%PDF-1.4\nxxxxxx\nstartxref\n9\n%%EOF"))


def test_size_and_number_are_limited(settings):
    assert "一次最多上传 2 个文件，您选了 3 个" in refusal(*[make.pdf()] * 3, most=2)
    settings.UPLOAD_MAX_BYTES = 50
    assert "超过" in refusal(make.pdf())


def test_every_bad_file_is_named_at_once():
    words = refusal(named("一.svg", b"x"), make.pdf(), named("二.exe", b"x"))
    assert "一.svg" in words and "二.exe" in words


def test_without_a_file_the_answer_is_an_empty_list_unless_one_is_required():
    assert clean() == []
    with pytest.raises(ValidationError):
        clean(required=True)


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("../../etc/passwd.pdf", "passwd.pdf"),
        ("C:\\机密\\名单.pdf", "名单.pdf"),
        ("a\u202efdp.exe.pdf", "afdp.exe.pdf"),
        ('a"b<c>\n.pdf', "a-b-c.pdf"),
        (".pdf", "pdf.pdf"),
        ("长" * 300 + ".pdf", "长" * 116 + ".pdf"),
    ],
)
def test_the_name_is_what_people_gave_without_what_a_name_cannot_hold(typed, kept):
    assert documents.cleaned_name(typed, "pdf") == kept


@given(st.text(max_size=200))
def test_any_name_becomes_one_that_fits(name):
    kept = documents.cleaned_name(name, "docx")
    assert 5 < len(kept) <= documents.LONGEST_NAME and kept.endswith(".docx")
    assert not set(kept) & set('/\\:*?"<>|\n\r\0')


@given(st.binary(max_size=400), st.sampled_from(["pdf", "docx", "xlsx"]))
def test_no_content_whatever_breaks_the_check(data, kind):
    for start in (b"", b"PK\x03\x04", b"%PDF-"):
        with pytest.raises(documents.Unfit):
            documents.check(BytesIO(start + data), kind)

"""What may pass for a document: its name, its first bytes and its inner structure agree.

Nothing is unpacked: budgets are read from the directory of the container. What macros could
come with is refused, old formats as well, because they do not show whether they carry any.
"""

import re
import zipfile
from pathlib import PurePath
from xml.etree import ElementTree

from nanchuan.kernel.exporting import UNWRITABLE
from nanchuan.kernel.papers import NOT_IN_NAMES, TURNING

# The main part of each kind of Office file, and what the container says of it.
MAIN_PARTS = {
    "docx": ("word/document.xml", "wordprocessingml.document.main+xml"),
    "xlsx": ("xl/workbook.xml", "spreadsheetml.sheet.main+xml"),
    "pptx": ("ppt/presentation.xml", "presentationml.presentation.main+xml"),
}
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    "jpg": "image/jpeg",
}
OLD_KINDS = {"doc": "docx", "wps": "docx", "xls": "xlsx", "et": "xlsx", "ppt": "pptx"}
TYPES_PART = "[Content_Types].xml"
LARGEST_TYPES_PART = 512 * 1024
MOST_MEMBERS = 3000
UNPACKED_BUDGET = 300 * 1024 * 1024
ACTIVE = re.compile(r"vbaProject|vbaData|macrosheets/|macroEnabled|activeX/", re.IGNORECASE)
ENCRYPTED = 0x1
LONGEST_NAME = 120
TAIL = 2048  # in which the trailer of a PDF stands
STARTXREF = re.compile(rb"startxref\s+(\d{1,12})\s+%%EOF")
XREF = re.compile(rb"\s*(xref\b|\d+\s+\d+\s+obj\b)")


class Unfit(Exception):
    """The file is not what its name says. Its word, a key of the sentences in `uploads`."""

    def __init__(self, word: str):
        super().__init__(word)
        self.word = word


def kind_of(name: str) -> str:
    """The extension, without its dot."""
    return PurePath(name).suffix.lower().lstrip(".")


def cleaned_name(name: str, kind: str) -> str:
    """The name that people gave, without a path and without what a file name cannot hold."""
    name = re.split(r"[\\/]", name)[-1]
    stem = name.rpartition(".")[0] if "." in name else name
    stem = NOT_IN_NAMES.sub("-", TURNING.sub("", UNWRITABLE.sub("", stem))).strip("-. ")
    return f"{stem[: LONGEST_NAME - len(kind) - 1] or kind}.{kind}"


def check(file, kind: str) -> None:
    """Raises Unfit unless the content is of the kind. The file is left at its beginning."""
    try:
        check_pdf(file) if kind == "pdf" else check_office(file, kind)
    finally:
        file.seek(0)


def check_pdf(file) -> None:
    """A header, and a trailer that leads to a table of references."""
    file.seek(0)
    if not file.read(5) == b"%PDF-":
        raise Unfit("content")
    size = file.seek(0, 2)
    file.seek(max(size - TAIL, 0))
    trailers = STARTXREF.findall(file.read(TAIL))
    if not trailers or int(trailers[-1]) >= size:
        raise Unfit("broken")
    file.seek(int(trailers[-1]))
    if not XREF.match(file.read(40)):
        raise Unfit("broken")


def check_office(file, kind: str) -> None:
    file.seek(0)
    if file.read(4) != b"PK\x03\x04":
        raise Unfit("content")
    try:
        with zipfile.ZipFile(file) as archive:
            _check_members(archive.infolist())
            _check_parts(archive, *MAIN_PARTS[kind])
    except Unfit:
        raise
    except Exception:  # parsers fail in many ways on files made to break them
        raise Unfit("broken") from None


def _check_members(members) -> None:
    names = [member.filename for member in members]
    if len(members) > MOST_MEMBERS or sum(each.file_size for each in members) > UNPACKED_BUDGET:
        raise Unfit("budget")
    if any(ACTIVE.search(name) for name in names):
        raise Unfit("macro")
    if len(set(names)) < len(names) or any(each.flag_bits & ENCRYPTED for each in members):
        raise Unfit("broken")


def _check_parts(archive, main, content_type) -> None:
    if not {TYPES_PART, main} <= set(archive.namelist()):
        raise Unfit("content")
    with archive.open(TYPES_PART) as part:
        data = part.read(LARGEST_TYPES_PART + 1)
    if len(data) > LARGEST_TYPES_PART or b"\0" in data or b"<!DOCTYPE" in data:
        raise Unfit("broken")
    types = [each.get("ContentType", "") for each in ElementTree.fromstring(data)]
    if any(ACTIVE.search(each) for each in types):
        raise Unfit("macro")
    if not any(each.endswith(content_type) for each in types):
        raise Unfit("content")

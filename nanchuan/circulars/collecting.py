"""What came back, as one table and as one archive of files."""

import zipfile
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from tempfile import TemporaryFile

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from nanchuan.circulars.models import Addressee, Circular, Question, Submission, SubmissionFile
from nanchuan.kernel.exporting import UNWRITABLE, Column
from nanchuan.kernel.papers import NOT_IN_NAMES, TURNING
from nanchuan.kernel.states import StepRefused

MOST_FILES = 3000
MOST_BYTES = 1024 * 1024 * 1024
LONGEST = 60  # of a folder's name
CHUNK = 1024 * 1024


def with_answers(rows):
    """Addressees with the versions that they handed in, and their files: two more questions."""
    files = Prefetch("files", SubmissionFile.objects.order_by("pk"))
    handed_in = Submission.objects.handed_in().order_by("-version").prefetch_related(files)
    return rows.select_related("circular").prefetch_related(
        Prefetch("submissions", handed_in, to_attr="handed_in")
    )


def latest(addressee: Addressee) -> Submission | None:
    return addressee.handed_in[0] if addressee.handed_in else None


def answer_of(submission: Submission | None, question: Question):
    """What was answered: a number as a number, files by their names."""
    if submission is None:
        return ""
    if question.kind == Question.Kind.FILE:
        names = (file.name for file in submission.files.all() if file.question_id == question.pk)
        return _("、").join(names)
    value = submission.answers.get(str(question.pk), "")
    return _as_number(value) if question.kind == Question.Kind.NUMBER else value


def _as_number(value):
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    return int(number) if number == number.to_integral_value() else float(number)


def columns(circular: Circular) -> list[Column]:
    """How each stands, and one column for each question."""
    found = [
        Column(_("名称"), lambda row: row.name, 30),
        Column(_("办理情况"), lambda row: row.state[1], 18),
        Column(_("阅读人"), lambda row: row.read_name),
        Column(_("阅读时间"), lambda row: row.read_at, 18),
    ]
    if circular.needs_receipt:
        found += [
            Column(_("确认人"), lambda row: row.confirmed_name),
            Column(_("确认时间"), lambda row: row.confirmed_at, 18),
        ]
    if circular.due_at:
        found.append(Column(_("截止时间"), lambda row: row.due_at, 18))
    if circular.needs_submission:
        found += [
            Column(_("报送时间"), lambda row: row.submitted_at, 18),
            Column(_("是否逾期报送"), lambda row: _("是") if row.was_late else "", 14),
            *(_column(question) for question in circular.questions.all()),
            Column(_("其他文件"), _other_files, 30),
        ]
    return found


def _column(question):
    return Column(question.text, lambda row: answer_of(latest(row), question), 20)


def _other_files(row):
    submission = latest(row)
    files = submission.files.all() if submission else ()
    return _("、").join(file.name for file in files if file.question_id is None)


# ── The archive ─────────────────────────────────────────────────────────────────────────────


def archive(rows: Iterable[Addressee]) -> tuple:
    """The files of the latest versions: (a temporary zip file, how many). A folder for each
    addressee; names that would be the same are told apart.

    Raises StepRefused if there is nothing, or more than fits in one archive.
    """
    rows = [row for row in rows if latest(row) and latest(row).files.all()]
    _check_size([file for row in rows for file in latest(row).files.all()])
    target = TemporaryFile()  # noqa: SIM115 - closed by the response
    number, folders = 0, set()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True) as book:
        for row in rows:
            folder, names = unlike(safe(row.name), folders), set()
            for file in latest(row).files.all():
                number += _put(book, f"{folder}/{unlike(file.name, names)}", file)
    return target, number


def _check_size(files):
    if not files:
        raise StepRefused(_("还没有报送的文件，报送后可以在这里一次下载。"))
    if len(files) > MOST_FILES or sum(file.size for file in files) > MOST_BYTES:
        raise StepRefused(
            _("文件超过 %(files)d 个或 %(size)d MB，一个压缩包放不下。请先用筛选缩小范围。")
            % {"files": MOST_FILES, "size": MOST_BYTES // 2**20}
        )


def _put(book, name, file) -> bool:
    """False if what was stored is gone."""
    try:
        source = file.file.open("rb")
    except FileNotFoundError:
        return False
    with source, book.open(name, "w", force_zip64=True) as place:
        for chunk in source.chunks(CHUNK):
            place.write(chunk)
    return True


def safe(name: str) -> str:
    """A folder's name: no path, nothing that turns or hides."""
    name = NOT_IN_NAMES.sub("-", TURNING.sub("", UNWRITABLE.sub("", name))).strip("-. ")
    return name[:LONGEST].rstrip("-. ") or _("未命名")


def unlike(name: str, taken: set[str]) -> str:
    """The name itself, or with a number if it is taken; big and small letters are the same on
    some machines."""
    stem, dot, kind = name.rpartition(".")
    stem, ending = (stem, dot + kind) if stem else (name, "")
    found, number = name, 1
    while found.lower() in taken:
        number += 1
        found = f"{stem}({number}){ending}"
    taken.add(found.lower())
    return found

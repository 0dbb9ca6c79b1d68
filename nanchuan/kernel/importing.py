"""Excel in: what is uploaded waits encrypted between preview and confirmation, and not for long.

A workbook is a zip of XML: its unpacked size, its rows and its columns are bounded while reading.
"""

import os
import re
import time
import uuid
import zipfile
from io import BytesIO
from pathlib import Path

import tablib
from cryptography.fernet import InvalidToken
from django.conf import settings
from django.utils.translation import gettext as _
from import_export.formats.base_formats import XLSX
from import_export.tmp_storages import BaseStorage
from openpyxl import load_workbook

from nanchuan.kernel.fields import box

MOST_ROWS = 5000
MOST_COLUMNS = 60
MOST_UNPACKED = 60 * 2**20
WAITING_SECONDS = 3600
NAME = re.compile(r"[0-9a-f]{32}")


class ImportRefused(Exception):
    """A file that is not read. The message is written for the person who chose it."""


class SealedStorage(BaseStorage):
    """An upload between preview and confirmation: encrypted, mode 600, for an hour at most."""

    def save(self, data: bytes) -> None:
        folder = self._folder()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._sweep(folder)
        self.name = uuid.uuid4().hex
        descriptor = os.open(folder / self.name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(box().encrypt(data))

    def read(self) -> bytes:
        try:
            sealed = self._path().read_bytes()
            return box().decrypt(sealed, ttl=WAITING_SECONDS)
        except (OSError, InvalidToken):
            raise ImportRefused(_("这份文件已过期或已导入。请重新选择文件。")) from None

    def remove(self) -> None:
        self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        if not NAME.fullmatch(self.name or ""):
            raise ImportRefused(_("这份文件已过期或已导入。请重新选择文件。"))
        return self._folder() / self.name

    @staticmethod
    def _folder() -> Path:
        return Path(settings.VAR_DIR) / "imports"

    @staticmethod
    def _sweep(folder: Path) -> None:
        for waiting in folder.iterdir():
            if waiting.stat().st_mtime < time.time() - WAITING_SECONDS:
                waiting.unlink(missing_ok=True)


class BoundedXLSX(XLSX):
    """The first sheet of a workbook: a line of headers and at most MOST_ROWS rows."""

    def get_title(self):
        return "xlsx"

    def create_dataset(self, in_stream: bytes) -> tablib.Dataset:
        _check_package(in_stream)
        try:
            book = load_workbook(BytesIO(in_stream), read_only=True, data_only=True)
        except Exception:  # the parser fails in many ways on broken files
            raise ImportRefused(_("这份文件打不开。请用 Excel 另存为 .xlsx 后再试。")) from None
        sheet = book.worksheets[0] if book.worksheets else None
        if sheet is None:
            raise ImportRefused(_("文件中没有工作表。"))
        sheet.reset_dimensions()  # the file's own word on its size counts for nothing
        rows = sheet.iter_rows(max_col=MOST_COLUMNS, values_only=True)
        headers = [str(value or "").strip() for value in next(rows, ())]
        while headers and not headers[-1]:
            headers.pop()
        if not headers:
            raise ImportRefused(_("第一行应为列名，例如“姓名”。"))
        dataset = tablib.Dataset(headers=headers)
        for values in rows:  # empty lines stay, so that rows keep the numbers of the sheet
            if len(dataset) >= MOST_ROWS:
                raise ImportRefused(
                    _("一次最多导入 %(most)d 行。请分成几份文件。") % {"most": MOST_ROWS}
                )
            dataset.append([*values, *[None] * len(headers)][: len(headers)])
        while len(dataset) and not any(dataset[-1]):
            del dataset[-1]
        return dataset


def _check_package(data: bytes) -> None:
    try:
        with zipfile.ZipFile(BytesIO(data)) as package:
            unpacked = sum(item.file_size for item in package.infolist())
            names = set(package.namelist())
    except (zipfile.BadZipFile, ValueError, OSError, RuntimeError):
        raise ImportRefused(_("这不是 .xlsx 文件。请用 Excel 另存为 .xlsx 后再试。")) from None
    if "[Content_Types].xml" not in names:
        raise ImportRefused(_("这不是 .xlsx 文件。请用 Excel 另存为 .xlsx 后再试。"))
    if unpacked > MOST_UNPACKED:
        raise ImportRefused(_("这份文件展开后太大。请删去图片和多余的工作表后再试。"))

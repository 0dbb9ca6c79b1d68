"""Photos and documents that come in: looked at from three sides, and only then kept.

A file counts as a photo if its name, its first bytes and the parser agree. What is stored is a
JPEG made from the pixels alone, so that no place, no camera and no script comes with it.
Documents are kept as they are, after `kernel.documents` looked at them; photos among them are
written anew.
"""

import weakref
from collections.abc import Iterable
from pathlib import PurePath
from tempfile import TemporaryFile

import pillow_heif
from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files import File
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from PIL import Image, ImageOps

from nanchuan.kernel import documents

pillow_heif.register_heif_opener()

MOST_PHOTOS = 9
PIXEL_BUDGET = 64_000_000  # what the largest photo of a common phone has; a bomb has more
Image.MAX_IMAGE_PIXELS = PIXEL_BUDGET
LONG_SIDE, THUMBNAIL_SIDE = 2000, 400

PARSERS = {
    ".jpg": "JPEG",
    ".jpeg": "JPEG",
    ".png": "PNG",
    ".webp": "WEBP",
    ".heic": "HEIF",
    ".heif": "HEIF",
}
HEIF_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1"}


class QuotaHandler(FileUploadHandler):
    """Drop a file while it arrives as soon as it is larger than allowed, and remember its name.

    Stands before the handlers that keep files, so that nothing larger reaches memory or disk.
    """

    def new_file(self, *args, **kwargs):
        super().new_file(*args, **kwargs)
        self.arrived = 0

    def receive_data_chunk(self, raw_data, start):
        self.arrived += len(raw_data)
        if self.arrived > settings.UPLOAD_MAX_BYTES:
            names = self.request.__dict__.setdefault("oversized_files", [])
            names.append(self.file_name)
            raise SkipFile
        return raw_data

    def file_complete(self, file_size):
        return None


class Picture:
    """A photo written anew, waiting in two temporary files for its row."""

    def __init__(self, image, thumbnail):
        self.image, self.thumbnail = image, thumbnail
        self.stored = []

    def store(self, image_field, thumbnail_field) -> None:
        for source, field in ((self.image, image_field), (self.thumbnail, thumbnail_field)):
            source.seek(0)
            field.save("photo.jpg", File(source), save=False)
            self.stored.append((field.storage, field.name))

    def discard(self) -> None:
        for storage, name in self.stored:
            storage.delete(name)
        self.stored.clear()


def discard(pictures: Iterable[Picture]) -> None:
    """Take away what was stored for rows that never came to be."""
    for picture in pictures:
        picture.discard()


def too_large(name: str) -> str:
    return _("“%(name)s”超过 %(size)d MB。请选择小一些的文件。") % {
        "name": name,
        "size": settings.UPLOAD_MAX_BYTES // 2**20,
    }


def read_photos(files: list, *, most: int = MOST_PHOTOS) -> list[Picture]:
    """Uploaded files as pictures. Raises ValidationError with a sentence for each bad file."""
    if len(files) > most:
        raise ValidationError(
            _("一次活动最多 %(most)d 张照片，您选了 %(number)d 张。")
            % {"most": MOST_PHOTOS, "number": MOST_PHOTOS - most + len(files)}
        )
    pictures, refusals = [], []
    for file in files:
        try:
            pictures.append(read_photo(file))
        except ValidationError as refusal:
            refusals.append(refusal)
    if refusals:
        raise ValidationError(refusals)
    return pictures


def read_photo(file) -> Picture:
    name = PurePath(file.name).name
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(too_large(name))
    parser = PARSERS.get(PurePath(name).suffix.lower())
    if parser is None or parser != _parser_of(file):
        raise ValidationError(
            _("“%(name)s”不是可以使用的照片。请选择 JPG、PNG、WEBP 或 HEIC 格式的照片。")
            % {"name": name}
        )
    try:
        return _written_anew(file, parser, name)
    except ValidationError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(_too_many_pixels(name)) from None
    except Exception:  # parsers fail in many ways on files made to break them
        raise ValidationError(
            _("“%(name)s”打不开，可能已损坏。请换一张照片。") % {"name": name}
        ) from None


def _parser_of(file) -> str | None:
    """Which parser the first bytes ask for."""
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WEBP"
    if head[4:8] == b"ftyp" and head[8:12] in HEIF_BRANDS:
        return "HEIF"
    return None


def _too_many_pixels(name):
    return _("“%(name)s”的像素太多。请在手机上缩小后再上传。") % {"name": name}


def _written_anew(file, parser, name) -> Picture:
    with Image.open(file, formats=[parser]) as source:
        if source.width * source.height > PIXEL_BUDGET:
            raise ValidationError(_too_many_pixels(name))
        source.draft("RGB", (LONG_SIDE, LONG_SIDE))  # a JPEG is decoded at a smaller scale
        upright = ImageOps.exif_transpose(source)
        upright.thumbnail((LONG_SIDE, LONG_SIDE))
        # A fresh canvas: nothing but pixels comes along. White under what is transparent.
        clean = Image.new("RGB", upright.size, "white")
        seen = upright.convert("RGBA")
        clean.paste(seen, mask=seen.getchannel("A"))
    small = clean.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return Picture(_as_jpeg(clean), _as_jpeg(small))


def _as_jpeg(image):
    file = TemporaryFile()  # noqa: SIM115 - closed with its picture
    image.save(file, "JPEG", quality=85, optimize=True)
    return file


# ── Documents ───────────────────────────────────────────────────────────────────────────────

MOST_DOCUMENTS = 10
UNFIT = {
    "content": gettext_lazy("“%(name)s”的内容和扩展名不符，或者设有密码。请换一个文件。"),
    "broken": gettext_lazy("“%(name)s”打不开，可能已损坏。请重新保存后再上传。"),
    "macro": gettext_lazy("“%(name)s”带有宏。请另存为不带宏的文件后再上传。"),
    "budget": gettext_lazy("“%(name)s”解开后太大。请精简内容后再上传。"),
}


class Document:
    """A file that was looked at, waiting for its row: what people called it, bytes, extension."""

    def __init__(self, file, name: str, kind: str):
        self.file, self.name, self.kind = file, documents.cleaned_name(name, kind), kind
        self.size = file.seek(0, 2)

    def store(self, field) -> None:
        """Into a file field of an unsaved row, to stay if the transaction does."""
        self.file.seek(0)
        field.save(self.name, File(self.file), save=False)
        stay_if_committed(field)


def stay_if_committed(field) -> None:
    """A stored file stays only if the transaction that stored it commits.

    Django drops the hooks of a transaction (or of a part of it) that is rolled back: the last
    reference to the keeper goes with its hook, and the file with the keeper.
    """
    keeper = _Keeper()
    gone = weakref.finalize(keeper, field.storage.delete, field.name)
    keeper.stays = gone.detach
    transaction.on_commit(keeper.keep)


class _Keeper:
    def keep(self):
        self.stays()


def read_document(file) -> Document:
    """An uploaded file as a document. Raises ValidationError with a sentence."""
    name = PurePath(file.name).name
    kind = documents.kind_of(name)
    if file.size > settings.UPLOAD_MAX_BYTES:
        raise ValidationError(too_large(name))
    if f".{kind}" in PARSERS:
        return Document(read_photo(file).image, name, "jpg")
    if kind in documents.OLD_KINDS:
        raise ValidationError(
            _("“%(name)s”是旧格式。请先另存为 %(kind)s 格式再上传。")
            % {"name": name, "kind": documents.OLD_KINDS[kind]}
        )
    if kind not in documents.CONTENT_TYPES:
        raise ValidationError(
            _("“%(name)s”的格式不能上传。可以上传 PDF、docx、xlsx、pptx 文件和照片。")
            % {"name": name}
        )
    try:
        documents.check(file, kind)
    except documents.Unfit as unfit:
        raise ValidationError(UNFIT[unfit.word] % {"name": name}) from None
    return Document(file, name, kind)


class DocumentsInput(forms.FileInput):
    allow_multiple_selected = True

    def __init__(self):
        accept = ",".join([".pdf", *(f".{kind}" for kind in documents.MAIN_PARTS), "image/*"])
        super().__init__({"accept": accept, "multiple": True})


class DocumentsField(forms.FileField):
    """Uploaded files as a list of Document; sentences for all that will not do, at the field."""

    widget = DocumentsInput

    def __init__(self, *, most=MOST_DOCUMENTS, **kwargs):
        self.most = most
        super().__init__(**kwargs)

    def clean(self, data, initial=None):
        files = [super(DocumentsField, self).clean(file) for file in data or ()]
        if self.required and not files:
            raise ValidationError(self.error_messages["required"], code="required")
        if len(files) > self.most:
            raise ValidationError(
                _("一次最多上传 %(most)d 个文件，您选了 %(number)d 个。")
                % {"most": self.most, "number": len(files)}
            )
        found, refusals = [], []
        for file in files:
            try:
                found.append(read_document(file))
            except ValidationError as refusal:
                refusals.append(refusal)
        if refusals:
            raise ValidationError(refusals)
        return found


def documents_field(required=False, **kwargs) -> DocumentsField:
    """The field for files beside something, with the words that most forms use."""
    words = {
        "label": gettext_lazy("附件"),
        "help_text": gettext_lazy("PDF、docx、xlsx、pptx 文件和照片，可以一次选几个。"),
    }
    return DocumentsField(required=required, **words | kwargs)


class DocumentsFormMixin:
    """A form with a field `files`: what was dropped while it arrived is said at the field.

    Its view hands over `oversized` (`kernel.views.UploadMixin`).
    """

    def __init__(self, *args, oversized=(), **kwargs):
        self.oversized = oversized
        super().__init__(*args, **kwargs)

    def clean(self):
        given = super().clean()
        if self.oversized:
            self.errors.pop("files", None)  # a file was chosen, so none is missing
        for name in self.oversized:
            self.add_error("files", too_large(name))
        return given

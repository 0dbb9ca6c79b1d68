"""Files beside something: stored with its row, answered after its page's check."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.kernel.attached import Attached
from nanchuan.kernel.documents import CONTENT_TYPES
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import Document
from nanchuan.kernel.views import stored_response

MOST_FILES = 30  # beside one thing


@transaction.atomic
def attach(
    model: type[Attached],
    files: list[Document],
    *,
    by=None,
    at: datetime | None = None,
    **owner,
) -> list[Attached]:
    """Store what a `documents_field` cleaned as rows of `owner`, e.g. `regulation=draft`.

    If the transaction fails, the files are gone too. Raises StepRefused beyond MOST_FILES.
    """
    if files and model.objects.filter(**owner).count() + len(files) > MOST_FILES:
        raise StepRefused(_("附件最多 %(most)d 个。请先删去不用的。") % {"most": MOST_FILES})
    rows = []
    for document in files:
        row = model(
            name=document.name,
            size=document.size,
            kind=document.kind,
            added_by=by,
            added_at=at or timezone.now(),
            **owner,
        )
        document.store(row.file)
        row.save()
        rows.append(row)
    return rows


def take_out(row: Attached) -> None:
    """Delete a row, and its file once that is certain."""
    row.delete()
    transaction.on_commit(lambda: row.file.storage.delete(row.file.name))


def answer(row: Attached):
    """The file as a download. Ask only for rows that the reader may see."""
    return stored_response(row.file, row.name, CONTENT_TYPES[row.kind])

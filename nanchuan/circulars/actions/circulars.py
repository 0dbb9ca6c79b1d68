"""What the office writes (起草): a circular, its files and the form that is to come back."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.circulars.models import Circular, CircularFile, Numbering, Question
from nanchuan.kernel import attaching, events
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import Document

Status = Circular.Status
MOST_QUESTIONS = 40
OUT_ALREADY = gettext_lazy("已经发布的通知不能再修改。需要更正请用“替代”，会保留原来的版本。")
CHANGEABLE = ("kind", "title", "text", "needs_receipt", "needs_submission", "due_at")


def check_draft(circular: Circular) -> None:
    """Holds the row, so that nothing of it changes while it is published."""
    rows = Circular.objects.select_for_update(no_key=True).filter(pk=circular.pk)
    if rows.values_list("status", flat=True).first() != Status.DRAFT:
        raise StepRefused(str(OUT_ALREADY))


def check_running(circular: Circular) -> None:
    """Holds the row: nothing is confirmed or handed in after it was closed or recalled."""
    rows = Circular.objects.select_for_update(no_key=True).filter(pk=circular.pk)
    status = rows.values_list("status", flat=True).first()
    if status != Status.PUBLISHED:
        word = Status(status).label if status else ""
        raise StepRefused(_("这份通知目前是“%(status)s”，不能再办理。") % {"status": word})


# ── Writing ─────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def draft(
    *,
    by,
    files: Iterable[Document] = (),
    templates: Iterable[Document] = (),
    at: datetime | None = None,
    **facts,
) -> Circular:
    """A new circular is begun (起草)."""
    made = Circular.objects.create(by=by, added_at=at or timezone.now(), **facts)
    _attach(made, files, templates, by, at)
    events.record("circular.drafted", subject=made, by=by, at=at)
    return made


@transaction.atomic
def change(
    circular: Circular,
    *,
    by,
    files: Iterable[Document] = (),
    templates: Iterable[Document] = (),
    at: datetime | None = None,
    **facts,
) -> Circular:
    """What a draft says is put right; `facts` are fields of the circular."""
    check_draft(circular)
    changed = sorted(name for name, value in facts.items() if getattr(circular, name) != value)
    for name in changed:
        setattr(circular, name, facts[name])
    circular.save(update_fields=changed)
    _attach(circular, files, templates, by, at)
    events.record("circular.changed", subject=circular, by=by, at=at, fields=changed)
    return circular


def _attach(circular, files, templates, by, at):
    for documents, is_template in ((files, False), (templates, True)):
        owner = {"circular": circular, "is_template": is_template}
        attaching.attach(CircularFile, list(documents), by=by, at=at, **owner)


@transaction.atomic
def take_file(file: CircularFile, *, by) -> None:
    """A file of a draft is taken out; the version before may share it."""
    check_draft(file.circular)
    forget_file(file)
    events.record("circular.changed", subject=file.circular, by=by, fields=["files"])


def forget_file(row) -> None:
    """Delete a row, and what is stored once no other row shares it."""
    model, stored = type(row), row.file
    row.delete()

    def drop():
        if not model.objects.filter(file=stored.name).exists():
            stored.storage.delete(stored.name)

    transaction.on_commit(drop)


@transaction.atomic
def drop(circular: Circular, *, by) -> None:
    """A draft is thrown away (删除草稿): it had no number, so none is missing."""
    check_draft(circular)
    events.record("circular.dropped", subject=circular, by=by)
    for file in circular.files.all():
        forget_file(file)
    circular.delete()


@transaction.atomic
def ask(circular: Circular, *, by, at: datetime | None = None, **facts) -> Question:
    """One more line of the form (添加填报项)."""
    check_draft(circular)
    number = circular.questions.count()
    if number >= MOST_QUESTIONS:
        raise StepRefused(_("一份通知最多 %(most)d 个填报项。") % {"most": MOST_QUESTIONS})
    last = circular.questions.order_by("-order").values_list("order", flat=True).first() or 0
    made = Question.objects.create(circular=circular, order=last + 1, **facts)
    events.record("circular.changed", subject=circular, by=by, at=at, fields=["questions"])
    return made


@transaction.atomic
def change_question(question: Question, *, by, **facts) -> Question:
    check_draft(question.circular)
    Question.objects.filter(pk=question.pk).update(**facts)
    events.record("circular.changed", subject=question.circular, by=by, fields=["questions"])
    return question


@transaction.atomic
def drop_question(question: Question, *, by) -> None:
    check_draft(question.circular)
    question.delete()
    events.record("circular.changed", subject=question.circular, by=by, fields=["questions"])


@transaction.atomic
def set_pattern(pattern: str, *, by) -> Numbering:
    """From now on numbers are written so (设定发文字号)."""
    made = Numbering.objects.create(pattern=pattern, by=by)
    events.record("circular.numbering_set", subject=made, by=by, pattern=pattern)
    return made

"""What those do to whom a circular went: read, confirm, hand in; and what the office says to it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.circulars.actions.circulars import check_running, forget_file
from nanchuan.circulars.models import (
    Addressee,
    Circular,
    Extension,
    Question,
    Submission,
    SubmissionFile,
)
from nanchuan.kernel import attaching, events
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import Document

Status = Addressee.Status
Files = Iterable[tuple[Question | None, Document]]


@transaction.atomic
def read(rows: Iterable[Addressee], *, by, at: datetime | None = None) -> None:
    """Somebody who answers for them opened the circular (阅读): the first one is kept."""
    moment = at or timezone.now()
    for row in rows:
        facts = {"read_at": moment, "read_by": by, "read_name": by.get_full_name()}
        if Addressee.objects.filter(pk=row.pk, read_at=None).update(**facts):
            for name, value in facts.items():
                setattr(row, name, value)
            events.record("addressee.read", subject=row, by=by, at=at)


@transaction.atomic
def confirm(addressee: Addressee, *, by, at: datetime | None = None) -> None:
    """Received, by name (确认收到)."""
    check_running(addressee.circular)
    read([addressee], by=by, at=at)
    unconfirmed = Addressee.objects.filter(pk=addressee.pk, confirmed_at=None)
    moment = at or timezone.now()
    facts = {"confirmed_at": moment, "confirmed_by": by, "confirmed_name": by.get_full_name()}
    if not unconfirmed.update(**facts):
        addressee.refresh_from_db(fields=["confirmed_name"])
        raise StepRefused(
            _("“%(name)s”已由%(who)s确认收到。")
            % {"name": addressee.name, "who": addressee.confirmed_name}
        )
    events.record("addressee.confirmed", subject=addressee, by=by, at=at)


# ── Handing in ──────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def keep_draft(
    addressee: Addressee,
    *,
    answers: dict,
    files: Files = (),
    by,
    at: datetime | None = None,
) -> Submission:
    """What was filled in so far is kept (存草稿), for whoever answers for the addressee."""
    check_running(addressee.circular)
    _check_open(addressee)
    return _write(addressee, answers, files, by, at)


@transaction.atomic
def submit(
    addressee: Addressee,
    *,
    answers: dict,
    files: Files = (),
    by,
    at: datetime | None = None,
) -> Submission:
    """It is handed in (报送). Raises StepRefused if something required is missing, or if somebody
    else was first."""
    check_running(addressee.circular)
    read([addressee], by=by, at=at)
    moment = at or timezone.now()
    addressee.step_to(Status.SUBMITTED, submitted_at=moment, reason="")
    made = _write(addressee, answers, files, by, at)
    _check_complete(addressee.circular, made)
    made.status, made.sent_at = Submission.Status.SUBMITTED, moment
    made.by, made.by_name = by, by.get_full_name()
    made.save(update_fields=["status", "sent_at", "by", "by_name"])
    events.record("addressee.submitted", subject=addressee, by=by, at=at, version=made.version)
    return made


def _check_open(addressee):
    addressee.refresh_from_db(fields=["status"])
    if addressee.sent:
        raise StepRefused(_("“%(name)s”已经报送，不能再改。") % {"name": addressee.name})


def _write(addressee, answers, files, by, at):
    made = draft_of(addressee) or _begin(addressee, by, at)
    made.answers, made.changed_at, made.by = answers, at or timezone.now(), by
    made.save(update_fields=["answers", "changed_at", "by"])
    for question, document in files:
        if question is not None:  # one file answers it: the new one
            for old in made.files.filter(question=question):
                forget_file(old)
        owner = {"submission": made, "question": question}
        attaching.attach(SubmissionFile, [document], by=by, at=at, **owner)
    return made


def draft_of(addressee: Addressee) -> Submission | None:
    return addressee.submissions.filter(status=Submission.Status.DRAFT).first()


def _begin(addressee, by, at):
    """The next version, with the files of the one before."""
    last = addressee.submissions.aggregate(last=Max("version"))["last"] or 0
    facts = {"version": last + 1, "by": by, "changed_at": at or timezone.now()}
    try:
        with transaction.atomic():
            made = Submission.objects.create(addressee=addressee, **facts)
    except IntegrityError:
        raise StepRefused(_("刚有别人在填写，请刷新后再试。")) from None
    before = {"submission__addressee": addressee, "submission__version": last}
    rows = list(SubmissionFile.objects.filter(**before))
    for row in rows:
        row.pk, row.submission, row._state.adding = None, made, True
    SubmissionFile.objects.bulk_create(rows)
    return made


def _check_complete(circular, made):
    questions = list(circular.questions.all())
    filed = set(made.files.values_list("question", flat=True))
    lacking = [
        each.text
        for each in questions
        if each.is_required
        and not (each.pk in filed or made.answers.get(str(each.pk)) not in (None, ""))
    ]
    if lacking:
        raise StepRefused(_("还没有填写：%(names)s。") % {"names": _("、").join(lacking)})
    if not questions and not filed:
        raise StepRefused(_("请上传要报送的文件。"))


@transaction.atomic
def take_file(file: SubmissionFile, *, by) -> None:
    """A file of a draft is taken out."""
    rows = Submission.objects.select_for_update(no_key=True).filter(pk=file.submission_id)
    if rows.values_list("status", flat=True).first() != Submission.Status.DRAFT:
        raise StepRefused(_("已经报送的文件不能删去。"))
    forget_file(file)


# ── What the office says ────────────────────────────────────────────────────────────────────


@transaction.atomic
def accept(addressee: Addressee, *, by, at: datetime | None = None) -> None:
    """It will do (审核通过)."""
    _check_out(addressee.circular)
    addressee.step_to(Status.ACCEPTED)
    _decide(addressee, Submission.Status.ACCEPTED, "", at)
    events.record("addressee.accepted", subject=addressee, by=by, at=at)


@transaction.atomic
def send_back(addressee: Addressee, *, reason: str, by, at: datetime | None = None) -> None:
    """It has to be put right (退回); the version stays."""
    check_running(addressee.circular)
    addressee.step_to(Status.RETURNED, reason=reason)
    _decide(addressee, Submission.Status.RETURNED, reason, at)
    facts = {"version": addressee.submissions.count()}
    events.record("addressee.returned", subject=addressee, by=by, at=at, **facts)


def _check_out(circular):
    rows = Circular.objects.select_for_update(no_key=True).filter(pk=circular.pk)
    if not rows.filter(status__in=Circular.OUT).exists():
        raise StepRefused(_("这份通知已经撤回、被替代或归档，不再审核。"))


def _decide(addressee, status, reason, at):
    rows = addressee.submissions.filter(status=Submission.Status.SUBMITTED)
    rows.update(status=status, reason=reason, decided_at=at or timezone.now())


# ── More time ───────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def ask_for_time(
    addressee: Addressee, *, until: datetime, reason: str, by, at: datetime | None = None
) -> Extension:
    """May it come later (申请延期)?"""
    check_running(addressee.circular)
    if addressee.due_at is None:
        raise StepRefused(_("这份通知没有截止时间，不需要延期。"))
    if not Addressee.objects.filter(pk=addressee.pk).owing().exists():
        raise StepRefused(_("已经办完，不需要延期。"))
    if until <= max(addressee.due_at, at or timezone.now()):
        raise StepRefused(_("延期后的时间要晚于原来的截止时间，也要在现在以后。"))
    try:
        with transaction.atomic():
            made = Extension.objects.create(
                addressee=addressee,
                until=until,
                reason=reason,
                by=by,
                asked_at=at or timezone.now(),
            )
    except IntegrityError:
        raise StepRefused(_("已经申请过延期，请等待园区党务办公室答复。")) from None
    events.record("addressee.extension_asked", subject=addressee, by=by, at=at, until=until)
    return made


@transaction.atomic
def grant(extension: Extension, *, by, at: datetime | None = None) -> None:
    """Yes (同意延期)."""
    check_running(extension.addressee.circular)
    _answer(extension, Extension.Status.GRANTED, "", at)
    _extend(extension.addressee, extension.until)
    events.record(
        "addressee.extension_granted",
        subject=extension.addressee,
        by=by,
        at=at,
        until=extension.until,
    )


@transaction.atomic
def refuse(extension: Extension, *, answer: str, by, at: datetime | None = None) -> None:
    """No, with a reason (不同意延期)."""
    check_running(extension.addressee.circular)
    _answer(extension, Extension.Status.REFUSED, answer, at)
    events.record("addressee.extension_refused", subject=extension.addressee, by=by, at=at)


@transaction.atomic
def extend(addressee: Addressee, *, until: datetime, by, at: datetime | None = None) -> None:
    """One has more time, asked or not (单独延期)."""
    check_running(addressee.circular)
    moment = at or timezone.now()
    if addressee.due_at is None or until <= max(addressee.due_at, moment):
        raise StepRefused(_("延期后的时间要晚于原来的截止时间，也要在现在以后。"))
    _extend(addressee, until)
    addressee.extensions.filter(status=Extension.Status.ASKED).update(
        status=Extension.Status.GRANTED, answered_at=moment, until=until
    )
    events.record("addressee.extension_granted", subject=addressee, by=by, at=at, until=until)


def _answer(extension, status, answer, at):
    asked = Extension.objects.filter(pk=extension.pk, status=Extension.Status.ASKED)
    facts = {"status": status, "answer": answer, "answered_at": at or timezone.now()}
    if not asked.update(**facts):
        raise StepRefused(_("这份延期申请已经答复过。"))


def _extend(addressee, until):
    """Never earlier than it was."""
    rows = Addressee.objects.filter(pk=addressee.pk)
    rows.exclude(due_at__gte=until).update(due_at=until)

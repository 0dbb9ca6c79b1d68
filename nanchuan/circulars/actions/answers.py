"""What those do to whom a circular went: read, confirm, hand in; and what the office says to it."""

from collections.abc import Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
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
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.kernel.uploads import Document

Status = Addressee.Status
Files = Iterable[tuple[Question | None, Document]]


class ChangedMeanwhile(StepRefused):
    """Somebody saved after the form was opened."""


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
    if not addressee.circular.needs_receipt:
        raise StepRefused(_("这份通知不需要回执。"))
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
def keep_draft(addressee: Addressee, *, by, at: datetime | None = None, **given) -> Submission:
    """What was filled in so far is kept (存草稿), for whoever answers for the addressee; `given` as
    in `_write`."""
    check_running(addressee.circular)
    _check_open(addressee)
    return _write(addressee, by, at or timezone.now(), **given)


@transaction.atomic
def submit(addressee: Addressee, *, by, at: datetime | None = None, **given) -> Submission:
    """It is handed in (报送); `given` as in `_write`. Raises StepRefused if something required is
    missing, or if somebody else was first."""
    check_running(addressee.circular)
    _check_open(addressee)
    at = at or timezone.now()
    read([addressee], by=by, at=at)
    addressee.step_to(Status.SUBMITTED, submitted_at=at, reason="")
    made = _write(addressee, by, at, **given)
    _check_complete(addressee.circular, made)
    made.status, made.sent_at, made.by_name = Submission.Status.SUBMITTED, at, by.get_full_name()
    made.save(update_fields=["status", "sent_at", "by_name"])
    events.record("addressee.submitted", subject=addressee, by=by, at=at, version=made.version)
    return made


def _check_open(addressee):
    if not addressee.circular.needs_submission:
        raise StepRefused(_("这份通知不需要报送。"))
    addressee.refresh_from_db(fields=["status"])
    if addressee.sent:
        last = addressee.submissions.last()
        raise StepRefused(
            _("“%(name)s”已由%(who)s于%(moment)s报送，不能再改。")
            % {"name": addressee.name, "who": last.by_name, "moment": moment(last.sent_at)}
        )


def _write(  # noqa: PLR0913
    addressee: Addressee,
    by,
    at: datetime,
    *,
    answers: dict,
    files: Files = (),
    removed: Iterable[SubmissionFile] = (),
    seen: datetime | None = None,
) -> Submission:
    """`removed` of the files that were there before; `seen` is when the latest version was saved
    that the writer saw. Raises ChangedMeanwhile if another one was."""
    last = addressee.submissions.last()
    if last and last.changed_at != seen:
        raise _changed_meanwhile(addressee)
    is_draft = last and last.status == Submission.Status.DRAFT
    made = last if is_draft else _begin(addressee, last, by, at)
    unchanged = Submission.objects.filter(pk=made.pk, changed_at=made.changed_at)
    if not unchanged.update(answers=answers, changed_at=at, by=by):
        raise _changed_meanwhile(addressee)
    made.answers, made.changed_at, made.by = answers, at, by
    for old in made.files.filter(file__in=[file.file.name for file in removed]):
        forget_file(old)
    for question, document in files:
        if question is not None:  # one file answers it: the new one
            for old in made.files.filter(question=question):
                forget_file(old)
        owner = {"submission": made, "question": question}
        attaching.attach(SubmissionFile, [document], by=by, at=at, **owner)
    return made


def _changed_meanwhile(addressee):
    last = addressee.submissions.select_related("by").last()
    return ChangedMeanwhile(
        _(
            "“%(name)s”已由%(who)s于%(moment)s保存过，您填写的没有保存。"
            "请对照已保存的内容；要以您填写的为准，请再提交一次。"
        )
        % {
            "name": addressee.name,
            "who": last.by.get_full_name() if last.by else _("别人"),
            "moment": moment(last.changed_at),
        }
    )


def _begin(addressee, last, by, at):
    """The next version, with the files of the last one."""
    facts = {"version": last.version + 1 if last else 1, "by": by, "changed_at": at}
    try:
        with transaction.atomic():
            made = Submission.objects.create(addressee=addressee, **facts)
    except IntegrityError:
        raise _changed_meanwhile(addressee) from None
    rows = list(last.files.all()) if last else []
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

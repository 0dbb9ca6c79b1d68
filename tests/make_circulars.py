"""Circulars, taken through the real steps."""

from datetime import timedelta
from itertools import count

from django.utils import timezone

from nanchuan.circulars.actions import answers, circulars, publishing, receivers
from nanchuan.circulars.models import Target
from tests import make

_number = count(1)


def draft(*to, by=None, questions=(), **kwargs):
    """A draft to organizations and units; with `questions` (text, kind) it asks for a form."""
    by = by or make.staff()
    facts = {"kind": "notice", "title": f"第{next(_number)}份通知", "text": "请各支部做好准备。"}
    if questions:
        facts |= {"kind": "collection", "needs_submission": True, "due_at": days(5)}
    made = circulars.draft(by=by, **facts | kwargs)
    receivers.choose(made, [target(each) for each in to], by=by)
    for question in questions:
        facts = {"text": question} if isinstance(question, str) else question
        circulars.ask(made, by=by, **facts)
    return made


def target(row):
    if isinstance(row, Target):
        return row
    kind = row._meta.model_name
    return Target(kind=kind, **{kind: row})


def days(number):
    return timezone.now() + timedelta(days=number)


def circular(*to, state="published", by=None, **kwargs):
    """A circular in one of its states."""
    by = by or make.staff()
    made = draft(*to, by=by, **kwargs)
    if state == "draft":
        return made
    publishing.publish(made, by=by)
    steps = {
        "closed": [lambda: publishing.close(made, by=by)],
        "archived": [
            lambda: publishing.close(made, by=by),
            lambda: publishing.archive(made, by=by),
        ],
        "recalled": [lambda: publishing.recall(made, reason="写错了", by=by)],
        "replaced": [
            lambda: publishing.publish(publishing.replace(made, by=by), by=by),
            made.refresh_from_db,
        ],
    }
    for step in steps.get(state, ()):
        step()
    return made


def submitted(addressee, by, *, answers_given=None, files=(), **kwargs):
    """What an addressee hands in: the same answer to every question unless told."""
    questions = addressee.circular.questions.all()
    given = answers_given or {str(each.pk): "三项" for each in questions}
    last = addressee.submissions.last()
    facts = {"seen": last and last.changed_at} | kwargs
    return answers.submit(addressee, answers=given, files=files, by=by, **facts)


def late(circular):
    """Its time is over."""
    over = timezone.now() - timedelta(hours=1)
    circular.addressees.update(due_at=over)
    type(circular).objects.filter(pk=circular.pk).update(due_at=over)
    circular.refresh_from_db()


def rows(branch, by):
    """One row of each kind that has a page, of a branch alone (for the matrix)."""
    questions = [{"text": "总结", "kind": "file", "is_required": False}]
    made = circular(branch, questions=questions, title="赵的通知")
    addressee = made.addressees.get()
    asked = answers.ask_for_time(addressee, until=days(9), reason="忙", by=by)
    sent = submitted(addressee, by, answers_given={})
    facts = {"file": "x", "size": 1, "kind": "pdf"}
    return {
        "circular": made,
        "addressee": addressee,
        "extension": asked,
        "question": made.questions.get(),
        "circularfile": made.files.create(name="附件.pdf", **facts),
        "submissionfile": sent.files.create(name="总结.pdf", **facts),
    }

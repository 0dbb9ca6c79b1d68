"""Answers to what is asked again and again (现成答复)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from nanchuan.accounts.models import User
from nanchuan.kernel import events
from services.actions.rights import office, require
from services.models import ReadyAnswer


@transaction.atomic
def add(*, by: User | None, at: datetime | None = None, **facts) -> ReadyAnswer:
    """The office writes one down. `facts`: category, question, answer, source, valid_until."""
    require(by is None or office(by))
    answer = ReadyAnswer(**facts)
    _save(answer, by, at)
    events.record("answer.added", subject=answer, by=by, at=at)
    return answer


@transaction.atomic
def change(row: ReadyAnswer, *, by: User | None, at: datetime | None = None, **facts) -> None:
    require(by is None or office(by))
    changed = [name for name, value in facts.items() if getattr(row, name) != value]
    if not changed:
        return
    for name in changed:
        setattr(row, name, facts[name])
    _save(row, by, at)
    events.record("answer.changed", subject=row, by=by, at=at, changed=changed)


@transaction.atomic
def helped(answer: ReadyAnswer, *, by: User, at: datetime | None = None) -> None:
    """Somebody found it and did not need to file."""
    events.record("answer.helped", subject=answer, by=by, at=at)


def _save(answer, by, at):
    answer.changed_by, answer.changed_at = by, at or timezone.now()
    answer.refresh_words()
    answer.save()

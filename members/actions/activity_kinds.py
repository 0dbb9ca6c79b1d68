"""Kinds of activity are added, changed and retired by the park office."""

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from members.models import ActivityKind
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

FIELDS = ("name", "code", "expected", "agenda", "hours", "takes_votes", "order")


@transaction.atomic
def add(*, by, at: datetime | None = None, **facts) -> ActivityKind:
    """A kind of activity that this park has besides the usual ones (增加活动类型)."""
    kind = ActivityKind.objects.create(**facts)
    events.record("activitykind.added", subject=kind, by=by, at=at, code=kind.code)
    return kind


@transaction.atomic
def change(kind: ActivityKind, *, by, at: datetime | None = None, **facts) -> ActivityKind:
    """What is usual for a kind is changed (更改活动类型); records keep what they say.

    Raises StepRefused for another code of a kind that records or duties know by its code.
    """
    kind = ActivityKind.objects.select_for_update().get(pk=kind.pk)
    changed = sorted(name for name, value in facts.items() if getattr(kind, name) != value)
    if "code" in changed and kind.is_used:
        raise StepRefused(_("“%(kind)s”已有记录或者任务按它计算，代码不能再改。") % {"kind": kind})
    for name in changed:
        setattr(kind, name, facts[name])
    kind.save(update_fields=changed)
    if changed:
        events.record("activitykind.changed", subject=kind, by=by, at=at, fields=changed)
    return kind


def retire(kind: ActivityKind, *, by, at: datetime | None = None) -> None:
    """It is no longer offered (停用); its records stay."""
    change(kind, by=by, at=at, is_offered=False)


def restore(kind: ActivityKind, *, by, at: datetime | None = None) -> None:
    """It is offered again (恢复选用)."""
    change(kind, by=by, at=at, is_offered=True)

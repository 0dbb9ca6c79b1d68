"""Needs that are still being typed (草稿): kept for their writer alone, until filed or given up.

A draft is known by the token of its form, so that two requests at once keep one draft, and what
arrives after the need was filed keeps none.
"""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.prepared import prepared
from nanchuan.kernel.states import StepRefused
from services.models import NeedDraft

MOST = 5  # of each writer
HIDDEN = ("contact_phone",)  # not shown again, so not typed again either


@transaction.atomic
def keep(typed: dict, *, once: str, by: User) -> NeedDraft | None:
    """What was typed so far, in place of what this form kept before; None if it was sent.

    Raises StepRefused beyond MOST: nothing that somebody typed is thrown away for it.
    """
    _line_up(by)
    if FormToken.objects.filter(token=once).exists():
        return None
    found = of(once, by)
    if found is None:
        if NeedDraft.objects.filter(by=by).count() >= MOST:
            raise StepRefused(
                _("草稿已有 %(most)d 份，这份没有另存。请先提交或删除一份。") % {"most": MOST}
            )
        found = NeedDraft(by=by)
    phone = {name: found.typed[name] for name in HIDDEN if name in found.typed}
    found.typed = phone | typed | {"once": once}
    found.saved_at = timezone.now()
    found.save()
    return found


def discard(*, once: str, by: User) -> None:
    """It was filed, or is not wanted any more. Whoever filed in this transaction is named by rows
    of it, whose foreign keys let nobody stand in line until it is over: no draft comes late."""
    if found := of(once, by):
        found.delete()


def of(once: str, by: User) -> NeedDraft | None:
    """What stands in a draft is sealed, so its token is looked for among the few there are."""
    return next((row for row in _drafts(by.pk) if row.typed.get("once") == once), None)


@prepared(int)
def _drafts(by):
    return NeedDraft.objects.filter(by=by)


def _line_up(by):
    """One request of a writer after the other."""
    User.objects.select_for_update().only("pk").get(pk=by.pk)

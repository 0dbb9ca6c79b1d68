from datetime import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from nanchuan.accounts.models import SavedView
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def save(user, *, page: str, query: str, name: str, at: datetime | None = None) -> SavedView:
    """A person keeps a filter of a list under a name (保存常用筛选); twice the same is once.

    Raises StepRefused for a name that cannot be, and for one too many.
    """
    own = SavedView.objects.filter(user=user, page=page)
    name = _tidy(name)
    if same := own.filter(name=name, query=query).first():
        return same
    if own.count() >= SavedView.MOST:
        raise StepRefused(
            _("每个列表最多保存 %(most)d 个常用筛选。请先删除不用的。") % {"most": SavedView.MOST}
        )
    view = SavedView(user=user, page=page, query=query, name=name)
    _write(view)
    events.record("view.saved", subject=user, by=user, at=at, page=page)
    return view


@transaction.atomic
def rename(view: SavedView, *, name: str, by, at: datetime | None = None) -> None:
    """A saved filter gets another name. Raises StepRefused for one that cannot be."""
    view.name = _tidy(name)
    _write(view)
    events.record("view.renamed", subject=by, by=by, at=at, page=view.page)


@transaction.atomic
def delete(view: SavedView, *, by, at: datetime | None = None) -> None:
    view.delete()
    events.record("view.deleted", subject=by, by=by, at=at, page=view.page)


def _tidy(name) -> str:
    return " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())


def _write(view):
    try:
        view.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    view.save()

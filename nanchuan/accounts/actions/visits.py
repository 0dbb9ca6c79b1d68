"""The access log (登录记录): who came in or tried to, from where, never what was typed."""

from django.db import transaction
from django.utils.translation import gettext as _

from nanchuan.accounts.models import User
from nanchuan.kernel import events


@transaction.atomic
def note(what: str, user: User | None, *, address: str, by: User | None = None, **facts) -> None:
    """Record "account.signed_in" and the like; an unknown account has the number 0."""
    subject = user or User(pk=0, name=_("未知账号"))
    events.record(what, subject=subject, by=by, address=address, **facts)

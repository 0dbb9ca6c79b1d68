"""One-time slips of paper (登录凭条): how a person without e-mail comes to a password."""

import secrets
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from nanchuan.accounts.models import Slip, User
from nanchuan.kernel import events
from nanchuan.kernel.fields import blind_index
from nanchuan.kernel.states import StepRefused

ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # no letter that looks like a digit or another one
LENGTH, GROUP = 12, 4  # 32 letters are 5 bits each: 60 bits
REPRINT = timedelta(hours=1)


@transaction.atomic
def issue(user: User, *, by: User | None, code: str = "", at=None) -> str:
    """Sign a slip and return its code, which is stored nowhere. Withdraws the open one.

    Until the person has set an own password, signing in leads to nothing else.
    Raises StepRefused if the account is disabled.
    """
    at, code = at or timezone.now(), code or new_code()
    user = User.objects.select_for_update().get(pk=user.pk)  # one open slip, of two who issue
    if not user.is_active:
        raise StepRefused(_("“%(user)s”的账号已停用，请先恢复。") % {"user": user})
    user.slips.open().update(withdrawn_at=at)
    until = at + timedelta(hours=settings.SLIP_HOURS)
    Slip.objects.create(
        user=user, code_hash=hash_of(code), issued_by=by, issued_at=at, expires_at=until
    )
    User.objects.filter(pk=user.pk).update(new_password_required=True)
    events.record("slip.issued", subject=user, by=by, at=at, until=until)
    return code


def redeem(code: str, password: str, *, at=None) -> User:
    """Set the password of whoever holds the slip (使用凭条). Of two at once, one succeeds.

    A changed password ends all other sessions of the account. Raises StepRefused, with the same
    sentence whatever is wrong with the code, and ValidationError for a weak password, which
    leaves the slip as it was.
    """
    slip = Slip.objects.valid().select_related("user").filter(code_hash=hash_of(code)).first()
    if slip is None:
        raise _invalid()
    validate_password(password, slip.user)
    return _spend(slip, make_password(password), at=at or timezone.now())


@transaction.atomic
def _spend(slip: Slip, hashed: str, *, at) -> User:
    # Compare and swap on the row's own columns: a subquery would be judged by the old snapshot.
    if not _still_open(slip).filter(expires_at__gt=at).update(used_at=at):
        raise _invalid()
    active = User.objects.filter(pk=slip.user_id, is_active=True)
    if not active.update(password=hashed, new_password_required=False):
        raise _invalid()
    user = active.get()
    events.record("slip.redeemed", subject=user, by=user, at=at)
    return user


def _still_open(slip: Slip):
    return Slip.objects.open().filter(pk=slip.pk)


def _invalid():
    return StepRefused(_("凭条无效或已过期，请向园区党务办公室重新领取。"))


def hash_of(code: str) -> str:
    """A keyed hash; spaces, hyphens, width and case make no difference to the person typing."""
    return blind_index(f"slip:{code}")


def new_code() -> str:
    return _written(secrets.token_bytes(LENGTH))


def code_for(token: UUID, *, by: User, user: User) -> str:
    """The code that a form sent by somebody makes for an account.

    The same form gives the same code, so that a second click, or reloading the sheet, shows
    again what is valid instead of making the paper in the printer worthless.
    """
    drawn = salted_hmac("nanchuan.slip", f"{token}:{by.pk}:{user.pk}", algorithm="sha256")
    return _written(drawn.digest())


def _written(drawn: bytes) -> str:
    letters = "".join(ALPHABET[byte % len(ALPHABET)] for byte in drawn[:LENGTH])
    return "-".join(letters[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def sheet(token: UUID, *, by: User) -> list[tuple[Slip, str]]:
    """The slips that a form has made, with their codes, while they are open and just issued."""
    rows = Slip.objects.valid().filter(issued_by=by, issued_at__gte=timezone.now() - REPRINT)
    pairs = [
        (slip, code_for(token, by=by, user=slip.user))
        for slip in rows.select_related("user").order_by("user__username")
    ]
    return [(slip, code) for slip, code in pairs if slip.code_hash == hash_of(code)]

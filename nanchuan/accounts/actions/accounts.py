"""Opening, closing and reopening accounts (账号)."""

from itertools import chain, count

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.accounts.models import StaffPost, User
from nanchuan.kernel import events
from nanchuan.kernel.candidates import Candidate
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def create(user: User, *, by: User | None, role: str = "", at=None) -> User:
    """Open an account (username, name and perhaps e-mail of `user`) without a password.

    A slip or an e-mail leads to one. `role` gives a post of the park office from today;
    callers check who may give one.
    """
    user.new_password_required = True
    user.set_unusable_password()
    user.save()
    if role:
        StaffPost.objects.create(user=user, role=role, starts_on=timezone.localdate(at))
    events.record("account.created", subject=user, by=by, at=at, role=role)
    return user


@transaction.atomic
def open_for(candidate: Candidate, *, by: User | None, at=None) -> User:
    """Open an account for a person who is due one, and tie it to the person."""
    user = User(username=free_username(candidate.username), name=candidate.name)
    create(user, by=by, at=at)
    candidate.link(user)
    return user


def free_username(wish: str) -> str:
    """The name itself, or with the first number that makes it unique: zhangwei, zhangwei2."""
    wish = User.normalize_username(wish).lower()[:140] or "user"
    taken = set(User.objects.filter(username__startswith=wish).values_list("username", flat=True))
    names = chain([wish], (f"{wish}{number}" for number in count(2)))
    return next(name for name in names if name not in taken)


@transaction.atomic
def disable(user: User, *, by: User | None, at=None) -> None:
    """Close an account (停用): its sessions end at their next request, its slip is void."""
    if by is not None and user.pk == by.pk:
        raise StepRefused(_("不能停用自己的账号，请由其他管理员办理。"))
    if not User.objects.filter(pk=user.pk, is_active=True).update(is_active=False):
        raise StepRefused(_("“%(user)s”的账号已经停用。") % {"user": user})
    user.is_active = False
    user.slips.open().update(withdrawn_at=at or timezone.now())
    events.record("account.disabled", subject=user, by=by, at=at)


@transaction.atomic
def enable(user: User, *, by: User | None, at=None) -> None:
    """Open a closed account again (恢复), with the password it had."""
    if not User.objects.filter(pk=user.pk, is_active=False).update(is_active=True):
        raise StepRefused(_("“%(user)s”的账号没有停用。") % {"user": user})
    user.is_active = True
    events.record("account.enabled", subject=user, by=by, at=at)


@transaction.atomic
def note_own_password(user: User, *, at=None) -> None:
    """Somebody has set an own password: nothing is forced any longer, and no slip is open."""
    User.objects.filter(pk=user.pk).update(new_password_required=False)
    user.new_password_required = False
    user.slips.open().update(withdrawn_at=at or timezone.now())
    events.record("account.password_changed", subject=user, by=user, at=at)


@transaction.atomic
def drop_factor(user: User, *, by: User | None, at=None) -> None:
    """Take the second factor away (解除两步验证) from somebody who has lost it."""
    if not Authenticator.objects.filter(user=user).delete()[0]:
        raise StepRefused(_("“%(user)s”没有启用两步验证。") % {"user": user})
    events.record("account.factor_removed", subject=user, by=by, at=at)

"""What allauth and Django tell us about sign-ins and passwords."""

from time import time

from allauth.account import signals as account
from allauth.account.adapter import get_adapter
from allauth.mfa import signals as mfa
from django.contrib.auth.signals import user_logged_in
from django.dispatch import receiver

from nanchuan.accounts.actions import accounts, visits
from nanchuan.kernel import events


@receiver(user_logged_in)
def start_the_clock(request, **kwargs):
    request.session["began_at"] = request.session["seen_at"] = int(time())


@receiver(account.user_logged_in)
def note_sign_in(request, user, **kwargs):
    address = get_adapter(request).get_client_ip(request)
    visits.note("account.signed_in", user, address=address, by=user)


@receiver([account.password_changed, account.password_set, account.password_reset])
def note_own_password(request, user, **kwargs):
    accounts.note_own_password(user)
    get_adapter(request).forgive(request, user)


@receiver(mfa.authenticator_added)
def note_factor(user, authenticator, **kwargs):
    if authenticator.type == authenticator.Type.TOTP:
        events.record("account.factor_added", subject=user, by=user)


@receiver(mfa.authenticator_removed)
def note_lost_factor(user, authenticator, **kwargs):
    if authenticator.type == authenticator.Type.TOTP:
        events.record("account.factor_removed", subject=user, by=user)

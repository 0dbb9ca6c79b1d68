"""What stands between signing in and the pages: the clock, an own password, a second factor."""

from time import time

from allauth.mfa.models import Authenticator
from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from nanchuan.kernel import roles

HEALTH = {"healthz", "readyz", "metrics"}


class SessionLimitMiddleware:
    """Idle for too long, or signed in for too long: sign in again.

    Only those without a wide view may ask a phone to keep them signed in (REMEMBER_DAYS).
    """

    STEP = 60  # seconds; the session is written at most once in a step

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.user.is_authenticated:
            now, session = int(time()), request.session
            began, seen = session.setdefault("began_at", now), session.setdefault("seen_at", now)
            if self.is_over(request, now - began, now - seen):
                logout(request)
                messages.info(request, _("您已有一段时间没有操作，为保护账号，请重新登录。"))
            elif now - seen >= self.STEP:
                session["seen_at"] = now
        return self.get_response(request)

    def is_over(self, request, age, idle):
        if age < settings.SESSION_COOKIE_AGE and idle < settings.SESSION_IDLE_MINUTES * 60:
            return False
        kept = settings.REMEMBER_DAYS and not request.session.get_expire_at_browser_close()
        wide = roles.has_role(request.user, roles.ADMIN, *roles.WHOLE_PARK)
        return wide or not kept or age >= settings.REMEMBER_DAYS * 24 * 3600


class NewPasswordMiddleware:
    """Whoever was given a password sets an own one before anything else."""

    ALLOWED = HEALTH | {
        "account_change_password",
        "account_set_password",
        "account_logout",
        "account_inactive",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
        "accounts:slip",
        "set_language",
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if not (request.user.is_authenticated and request.user.new_password_required):
            return None
        if request.resolver_match.view_name in self.ALLOWED:
            return None
        return redirect("account_change_password")


class SecondFactorMiddleware:
    """Where a second factor is required (MFA_REQUIRED_ROLES), it is set up before anything else."""

    ALLOWED = NewPasswordMiddleware.ALLOWED | {
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_activate_totp",
    }

    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        if request.resolver_match.view_name in self.ALLOWED or not self.is_missing(request):
            return None
        messages.warning(request, _("您的岗位要求两步验证，请先启用。"))
        return redirect("mfa_activate_totp")

    def is_missing(self, request):
        if not settings.MFA_REQUIRED_ROLES or not request.user.is_authenticated:
            return False
        if not roles.has_role(request.user, *settings.MFA_REQUIRED_ROLES):
            return False
        if "has_factor" not in request.session:  # asked once a session
            if not is_mfa_enabled(request.user, [Authenticator.Type.TOTP]):
                return True
            request.session["has_factor"] = True
        return False

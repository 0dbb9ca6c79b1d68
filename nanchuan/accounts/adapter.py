"""allauth in the park's way: closed, counted, and with the park's own words."""

import logging
from threading import Thread

from allauth.account.adapter import DefaultAccountAdapter
from allauth.core.internal import ratelimit
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from nanchuan.accounts import lockout
from nanchuan.accounts.actions import visits
from nanchuan.accounts.models import User
from nanchuan.kernel import roles
from nanchuan.kernel.fields import EncryptedTextField

log = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("用户名或密码不正确。"),
        "too_many_login_attempts": _(
            "连续出错次数过多，请 15 分钟后再试，或向园区党务办公室领取登录凭条。"
        ),
    }
    QUIET = {"account/messages/logged_in.txt"}  # the home page says it well enough

    def is_open_for_signup(self, request):
        """Accounts are issued by staff."""
        return False

    def get_password_change_redirect_url(self, request):
        return reverse("accounts:profile")

    def add_message(self, request, level, message_template=None, *args, **kwargs):
        if message_template not in self.QUIET:
            super().add_message(request, level, message_template, *args, **kwargs)

    def get_reset_password_from_key_url(self, key):
        """By the portal's own address: what a visitor sends as Host must not end up in a mail."""
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": "UID", "key": "KEY"})
        return settings.SITE_URL + path.replace("UID-KEY", key)

    def send_mail(self, template_prefix, email, context):
        """Beside the request: neither its duration nor a mail server that is down tells whether
        an address is known."""
        message = self.render_mail(template_prefix, email, {"email": email} | context)
        Thread(target=deliver, args=[message]).start()

    def pre_authenticate(self, request, **credentials):
        super().pre_authenticate(request, **credentials)
        username = typed(credentials)
        if lockout.known_by(request, username):
            return
        wide = ratelimit.consume(
            request, app="allauth.account", action="login_unknown_browser", key=username
        )
        if not wide:
            raise self.validation_error("too_many_login_attempts")
        self._login_failed_rl_usage.usage += wide.usage  # given back when the password is right

    def _get_login_attempts_cache_key(self, request, **credentials):
        username = typed(credentials)
        place = lockout.known_by(request, username) or self.get_client_ip(request)
        return f"{username}:{place}"

    def authentication_failed(self, request, **credentials):
        user = User.objects.filter(username=typed(credentials)).first()
        address = self.get_client_ip(request)
        visits.note("account.sign_in_failed", user, address=address)

    def post_login(self, request, user, **kwargs):
        response = super().post_login(request, user, **kwargs)
        lockout.remember_browser(request, response, user)
        return response

    def forgive(self, request, user):
        """A new password ends the wait that the forgotten one has brought."""
        self._delete_login_attempts_cached_email(request, username=user.username)


def typed(credentials) -> str:
    return credentials.get("username", "").strip().lower()


def deliver(message):
    try:
        message.send()
    except OSError:
        log.exception("A mail about an account was not sent")


class FactorAdapter(DefaultMFAAdapter):
    """Second factors (两步验证): secrets encrypted at rest, required where a role demands it."""

    def get_totp_label(self, user):
        return user.username

    def encrypt(self, text):
        return EncryptedTextField().get_prep_value(text)

    def decrypt(self, encrypted_text):
        return EncryptedTextField().from_db_value(encrypted_text, None, None)

    def can_delete_authenticator(self, authenticator):
        return not roles.has_role(authenticator.user, *settings.MFA_REQUIRED_ROLES)

"""Wrong passwords are counted where they come from, so that strangers lock out only strangers.

A browser that has signed in carries a signed cookie (OWASP "device cookies") and has a count
of its own; all others share one per account and address, and a wider one per account, which
stops guessing from many addresses at once. Settings: ACCOUNT_RATE_LIMITS.
"""

import secrets

from django.conf import settings
from django.core import signing

COOKIE = "known"
SALT = "nanchuan.accounts.known"
AGE = 400 * 24 * 3600  # browsers keep no cookie longer


def remember_browser(request, response, user) -> None:
    """Mark the browser as one that this account has come in with."""
    if known_by(request, user.username):
        return
    value = signing.dumps([user.username, secrets.token_urlsafe(16)], salt=SALT)
    response.set_cookie(
        COOKIE,
        value,
        max_age=AGE,
        path="/account/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def known_by(request, username: str) -> str:
    """The mark that this browser got when the account signed in with it, or nothing."""
    try:
        owner, mark = signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=AGE)
    except (signing.BadSignature, ValueError, TypeError):
        return ""
    return mark if owner == username else ""

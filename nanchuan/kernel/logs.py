"""What never stands in a log, whoever writes the line, and how a denial stands there."""

import logging
import re

from django.core.exceptions import PermissionDenied

from nanchuan.kernel.policies import policy_of

# The address of a calendar is its key: whoever reads it in a log could read the calendar.
SECRET_ADDRESS = re.compile(r"(/feeds/)[^/\s?\"']+?(\.ics)")


class WithoutSecrets(logging.Filter):
    """Takes the token of a calendar out of the addresses in a line."""

    def filter(self, record):
        said = record.getMessage()
        kept = SECRET_ADDRESS.sub(r"\1***\2", said)
        if kept != said:
            record.msg, record.args = kept, ()
        return True


class DenialInOneLine(logging.Filter):
    """A denied request is no error of ours: one line says who asked for what and which policy
    stood in the way, instead of a traceback."""

    def filter(self, record):
        request, error = getattr(record, "request", None), record.exc_info and record.exc_info[1]
        if request is not None and isinstance(error, PermissionDenied):
            record.msg, record.args = _denial(request), ()
            record.exc_info = record.exc_text = None
        return True


def _denial(request) -> str:
    """Nothing that was sent but the path, and of that no line break."""
    path = request.path.encode("unicode_escape").decode()
    match, user = request.resolver_match, getattr(request, "user", None)
    name = match.view_name if match else "-"
    policy = policy_of(name)
    rule = f"{','.join(sorted(policy.roles))}/{policy.scope}" if policy else "none"
    who = user.pk if user and user.pk else "-"
    return f"Denied: {request.method} {path} user={who} policy={name} ({rule})"

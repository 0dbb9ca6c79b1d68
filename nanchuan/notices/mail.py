"""A notice as a mail: text and HTML, in the reader's language, handed to the mail server."""

import smtplib
from email.encoders import encode_base64
from email.mime.base import MIMEBase
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

PERMANENT = 500  # answers of a mail server from here on are final


class Refused(Exception):
    """The mail will never be taken; says why."""


class Unreachable(Exception):
    """The server cannot be reached, or asks to come again later."""


def write(delivery, rule, subject) -> EmailMultiAlternatives:
    """The mail of a delivery. Raises Refused if the address cannot be one."""
    person = delivery.recipient
    try:
        validate_email(person.email)
    except ValidationError:
        raise Refused(_("邮箱地址格式不正确。")) from None
    with translation.override(language_of(person)):
        title = " ".join(str(rule.title_for(subject, delivery.reminder, person)).split())
        words = {
            "title": title,
            "body": str(rule.body_for(subject, delivery.reminder, person)),
            "url": f"{settings.SITE_URL}{rule.url(subject, delivery.reminder)}",
            "now": timezone.now(),
            "park_name": settings.PARK_NAME,
            "language": translation.get_language(),
        }
        text = render_to_string("notices/mail.txt", words)
        html = render_to_string("notices/mail.html", words)
        files = list(rule.attachments(subject, delivery.reminder))
    headers = _headers(delivery, rule.thread(subject))
    message = EmailMultiAlternatives(title, text, to=[person.email], headers=headers)
    message.attach_alternative(html, "text/html")
    for file in files:
        message.attach(_part(file))
    return message


def language_of(user) -> str:
    """Accounts have no language of their own yet; the portal's is everybody's."""
    return settings.LANGUAGE_CODE


def _headers(delivery, thread):
    """Mails of a thread answer one that was never sent: a reader's program puts them together."""
    host = urlsplit(settings.SITE_URL).hostname
    first = {name: f"<{thread}@{host}>" for name in ("In-Reply-To", "References") if thread}
    return first | {
        "Message-ID": f"<{delivery.uid}@{host}>",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "All",
    }


def _part(file):
    """Encoded as bytes: a text part would be given other line ends on its way."""
    part = MIMEBase(*file.content_type.split("/", 1))
    part.set_payload(file.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", file.name))
    return part


class Postman:
    """One connection to the mail server, opened when needed, for the mails of a batch."""

    def __init__(self):
        self._connection = get_connection()

    def connect(self) -> None:
        """Raises Unreachable. Mails are not claimed for longer than one of them takes."""
        try:
            self._connection.open()
        except (OSError, smtplib.SMTPException) as trouble:
            self.close()
            raise Unreachable(_cause(trouble)) from trouble

    def send(self, message) -> None:
        """Raises Refused or Unreachable."""
        try:
            self._connection.send_messages([message])
        except (OSError, smtplib.SMTPException) as trouble:
            self.close()
            if _is_final(trouble):
                raise Refused(_without_address(_cause(trouble), message)) from trouble
            raise Unreachable(_without_address(_cause(trouble), message)) from trouble

    def close(self) -> None:
        try:
            self._connection.close()
        except (OSError, smtplib.SMTPException):
            self._connection.connection = None


def _is_final(trouble) -> bool:
    """Whether the fault lies with this mail for good, not with the server or our settings."""
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        return all(code >= PERMANENT for code, _words in trouble.recipients.values())
    if isinstance(trouble, smtplib.SMTPDataError):
        return trouble.smtp_code >= PERMANENT
    return isinstance(trouble, smtplib.SMTPNotSupportedError)


def _cause(trouble) -> str:
    if isinstance(trouble, smtplib.SMTPRecipientsRefused):
        code, words = next(iter(trouble.recipients.values()))
    elif isinstance(trouble, smtplib.SMTPResponseException):
        code, words = trouble.smtp_code, trouble.smtp_error
    else:
        return f"{type(trouble).__name__}: {trouble}"
    return f"{code} {words.decode('utf-8', 'replace') if isinstance(words, bytes) else words}"


def _without_address(words, message):
    return words.replace(message.to[0], "…")

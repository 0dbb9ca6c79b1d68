"""A notice as a mail: text and HTML, in the reader's language."""

from email.encoders import encode_base64
from email.mime.base import MIMEBase
from urllib.parse import urlsplit
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMultiAlternatives
from django.core.validators import validate_email
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from nanchuan.notices import reasons
from nanchuan.notices.senders.answers import Refused


class Letter(EmailMultiAlternatives):
    """A mail that can be put into bytes before it is its turn to be sent."""

    _whole = None

    def write_out(self) -> None:
        whole = self.message()
        for part in whole.walk():
            if part.is_multipart():  # else the text would be searched for one that is not in it
                part.set_boundary(f"=_{uuid4().hex}")
        text = whole.as_bytes(linesep="\r\n")  # as it goes over the line
        whole.as_bytes = lambda **_how: text
        self._whole = whole

    def message(self):
        return self._whole or super().message()


def write(delivery, rule, subject) -> Letter:
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
            "why": reasons.in_a_sentence(rule, subject, delivery.reminder, person),
            "now": timezone.now(),
            "park_name": settings.PARK_NAME,
            "language": translation.get_language(),
        }
        text = render_to_string("notices/mail.txt", words)
        html = render_to_string("notices/mail.html", words)
        files = _files(rule, subject, delivery.reminder)
    headers = _headers(delivery, rule.thread(subject))
    message = Letter(title, text, to=[person.email], headers=headers)
    message.attach_alternative(html, "text/html")
    for file in files:
        message.attach(file)
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


def _files(rule, subject, reminder):
    """The same for every reader: made once for a reminder that is held for many."""
    if not hasattr(reminder, "files"):
        reminder.files = [_part(file) for file in rule.attachments(subject, reminder)]
    return reminder.files


def _part(file):
    """Encoded as bytes: a text part would be given other line ends on its way."""
    part = MIMEBase(*file.content_type.split("/", 1))
    part.set_payload(file.content)
    encode_base64(part)
    part.add_header("Content-Disposition", "attachment", filename=("utf-8", "", file.name))
    return part

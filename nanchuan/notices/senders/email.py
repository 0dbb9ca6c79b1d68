"""Mail: handed over one connection, opened when needed, for the mails of a batch."""

import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.smtp import EmailBackend
from django.utils.functional import cached_property
from django.utils.module_loading import import_string

from nanchuan.notices import mail
from nanchuan.notices.models import Channel
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import Refused, Rejected, Unreachable

END = b"\r\n.\r\n"  # of a text
PERMANENT = 500  # answers of a mail server from here on are final


def backend(**options):
    """The way of every mail of the portal (EMAIL_BACKEND): the server that an administrator
    named, or that of the deployment."""
    channel = Channel.objects.working().filter(kind=Channel.Kind.EMAIL).first()
    if channel is not None and channel.settings.get("host"):
        return NamedServer(channel)
    deployed = import_string(settings.EMAIL_DEPLOYED_BACKEND)
    return (Server if deployed is EmailBackend else deployed)(**options)


class _Attentive:
    """A line that has something done once a text is out, while its answer is on the way."""

    meanwhile = None

    def send(self, s):
        super().send(s)
        if self.meanwhile and isinstance(s, bytes) and s.endswith(END):
            self.meanwhile()


class _Line(_Attentive, smtplib.SMTP):
    pass


class _LineWithTLS(_Attentive, smtplib.SMTP_SSL):
    pass


class _CheckedLine(_Line):
    def _get_socket(self, host, port, timeout):
        line = outbound.connect(host, port, timeout)
        line.settimeout(timeout)
        return line


class _CheckedLineWithTLS(_LineWithTLS):
    def _get_socket(self, host, port, timeout):
        line = outbound.connect(host, port, timeout)
        line.settimeout(timeout)
        return self.context.wrap_socket(line, server_hostname=host)


class Server(EmailBackend):
    """The mail server of the deployment."""

    line, line_with_tls = _Line, _LineWithTLS

    @property
    def connection_class(self):
        return self.line_with_tls if self.use_ssl else self.line


class NamedServer(Server):
    """A mail server that was typed into the portal: reached by the rules of all that goes out."""

    line, line_with_tls = _CheckedLine, _CheckedLineWithTLS

    def __init__(self, channel: Channel):
        facts = channel.settings
        self.sender = facts.get("sender", "")
        super().__init__(
            host=facts["host"],
            port=facts["port"],
            username=facts.get("user", ""),
            password=facts.get("password", ""),
            use_tls=facts["security"] == "starttls",
            use_ssl=facts["security"] == "ssl",
            timeout=outbound.READ,
        )

    @cached_property
    def ssl_context(self):
        return outbound.trusted()

    def send_messages(self, messages):
        for message in messages:
            if self.sender and message.from_email == settings.DEFAULT_FROM_EMAIL:
                message.from_email = self.sender
        return super().send_messages(messages)


class Postman:
    """The mails of a batch."""

    def __init__(self, channel: Channel | None = None):
        named = channel is not None and channel.settings.get("host")
        self._connection = NamedServer(channel) if named else get_connection()

    def address_of(self, person) -> str:
        return person.email

    def write(self, delivery, rule, subject) -> EmailMessage:
        message = mail.write(delivery, rule, subject)
        message.from_email = getattr(self._connection, "sender", "") or message.from_email
        message.write_out()
        return message

    def trial(self, address: str, title: str, url: str) -> EmailMessage:
        return EmailMessage(title, f"{title}\n\n{url}\n", to=[address])

    def connect(self) -> None:
        """Raises Unreachable. Mails are not claimed for longer than one of them takes."""
        try:
            self._connection.open()
        except (OSError, smtplib.SMTPException) as trouble:
            self.close()
            raise Unreachable(_cause(trouble)) from trouble
        except Rejected as fault:
            self.close()
            raise Unreachable(str(fault)) from None

    def send(self, message, meanwhile=None) -> None:
        """Raises Refused or Unreachable."""
        line = getattr(self._connection, "connection", None)
        if isinstance(line, _Attentive):
            line.meanwhile = meanwhile
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

"""The one way out to other servers: which hosts, which addresses, how long and how much.

Only https (a setting allows http to private addresses), only hosts that are named, no redirects,
no proxies of the environment, nothing said but what the caller hands over. A host is looked up
once, each address is judged, and the connection goes to exactly that address, so that a name
which changes its mind between two look-ups (DNS rebinding) leads nowhere.
"""

import contextlib
import http.client
import json
import re
import socket
import ssl
import threading
from dataclasses import dataclass
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from ipaddress import ip_address, ip_network
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.notices.senders.answers import Rejected, Unreachable

WELL_KNOWN = frozenset({"qyapi.weixin.qq.com", "oapi.dingtalk.com", "open.feishu.cn"})
CONNECT, READ = 5, 10  # seconds
MOST = 64 * 1024  # bytes of an answer
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=1), timedelta(hours=1)
HTTPS_PORT, HTTP_PORT = 443, 80


@dataclass(frozen=True)
class Answer:
    """The other side's HTTP status, what it said if that was JSON, and for how long it asks to be
    left alone."""

    status: int
    data: object = None
    wait: timedelta | None = None


def check(url: str) -> str:
    """The host of an address that may be called. Raises Rejected with a sentence otherwise."""
    try:
        parts = urlsplit(url)
        host, _port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise Rejected(_("地址写法不正确。")) from None
    if parts.scheme not in ("https", "http") or not host or not url.isprintable() or " " in url:
        raise Rejected(_("地址应以 https:// 开头。"))
    if parts.fragment or not url.isascii():  # would be cut off, or cannot be sent
        raise Rejected(_("地址里不能有汉字等字符，也不能有“#”，请整条重新复制。"))
    if parts.scheme == "http" and not settings.OUTBOUND_PLAIN_HTTP:
        raise Rejected(_("地址应以 https:// 开头，不加密的地址不能使用。"))
    if parts.username is not None or parts.password is not None:
        raise Rejected(_("地址里不能带用户名和密码。"))
    if host not in WELL_KNOWN and host not in settings.OUTBOUND_HOSTS:
        raise Rejected(
            _("主机“%(host)s”不在允许外连的名单中，请由运维人员加入 OUTBOUND_HOSTS。")
            % {"host": host[:100]}
        )
    return host


def connect(host: str, port: int, timeout: float = CONNECT, *, plain: bool = False):
    """A socket to an address of the host that may be called. `plain`: only to a private one."""
    trouble = None
    for family, kind, protocol, _name, place in _addresses(host, port):
        _judge(place[0], plain)
        line = socket.socket(family, kind, protocol)
        line.settimeout(timeout)
        try:
            line.connect(place)
        except OSError as error:
            line.close()
            trouble = error
        else:
            return line
    raise Unreachable(_("连接不上对方（%(why)s）。") % {"why": type(trouble).__name__}) from trouble


def _addresses(host, port):
    try:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise Unreachable(_("找不到主机“%(host)s”。") % {"host": host}) from error


def _judge(text, plain):
    """Raises Rejected for an address inside our own network that nobody has opened."""
    address = ip_address(text.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    opened = any(address in ip_network(each) for each in settings.OUTBOUND_NETWORKS)
    if not opened and (not address.is_global or address.is_multicast):
        raise Rejected(_("对方的地址在内部网络中，不允许连接（见 OUTBOUND_NETWORKS）。"))
    if plain and address.is_global:
        raise Rejected(_("不加密的地址只能用于内部网络。"))


def trusted() -> ssl.SSLContext:
    """Certificates are always checked; an intranet may have an authority of its own."""
    return ssl.create_default_context(cafile=settings.OUTBOUND_CA_FILE or None)


def post(url: str, data: dict, headers: dict | None = None) -> Answer:
    """Send JSON. Raises Rejected if the address may not be called, Unreachable for the rest."""
    return send(url, json.dumps(data, ensure_ascii=False).encode(), headers)


def send(url: str, body: bytes | None, headers: dict | None = None) -> Answer:
    """One request, as it is: POST, or GET without a body."""
    host, parts = check(url), urlsplit(url)
    plain = parts.scheme == "http"
    port = parts.port or (HTTP_PORT if plain else HTTPS_PORT)
    line = connect(host, port, plain=plain)
    try:
        line.settimeout(READ)
        # The time-out counts anew for each piece, so a clock of our own ends it altogether.
        with _Deadline(line.fileno()):
            if not plain:
                line = trusted().wrap_socket(line, server_hostname=host)
            return _ask(line, parts, body, headers or {})
    except ssl.SSLCertVerificationError as error:
        words = _("对方的证书不可信（%(why)s）。") % {"why": error.verify_message}
        raise Unreachable(words) from None
    except (OSError, http.client.HTTPException) as error:
        words = _("对方没有在规定时间内完整回答（%(why)s）。") % {"why": type(error).__name__}
        raise Unreachable(words) from None  # its words may hold the address, which is a secret
    finally:
        line.close()


def _ask(line, parts, body, headers) -> Answer:
    connection = http.client.HTTPConnection(parts.hostname, parts.port)
    connection.sock = line
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    kinds = {"Accept": "application/json", "User-Agent": "nanchuan", "Connection": "close"}
    if body is not None:
        kinds["Content-Type"] = "application/json; charset=utf-8"
    connection.request("GET" if body is None else "POST", path, body, kinds | headers)
    answer = connection.getresponse()
    if answer.status // 100 == 3:  # noqa: PLR2004
        raise Unreachable(_("对方要求转到其他地址，不予跟随。"))
    said = answer.read(MOST + 1)
    if len(said) > MOST:
        raise Unreachable(_("对方的回答过长。"))
    wait = wait_of(answer.getheader("Retry-After"))
    try:
        return Answer(answer.status, json.loads(said), wait)
    except ValueError:
        return Answer(answer.status, wait=wait)


def wait_of(header: str | None) -> timedelta | None:
    """What Retry-After says (RFC 9110, 10.2.3), in seconds or as a date: an hour at most."""
    header = (header or "").strip()
    if re.fullmatch("[0-9]+", header):
        seconds = int(header[:10])
    else:
        try:
            moment = parsedate_to_datetime(header)
        except (ValueError, OverflowError):
            return None
        seconds = (moment.replace(tzinfo=moment.tzinfo or UTC) - timezone.now()).total_seconds()
    return min(max(timedelta(seconds=seconds), SHORTEST_WAIT), LONGEST_WAIT)


class _Deadline:
    """Shuts a line when its time is over, whatever still trickles in."""

    def __init__(self, number):
        self._line = socket.socket(fileno=socket.dup(number))
        self._timer = threading.Timer(READ, self._shut)
        self._timer.daemon, self._is_over = True, False

    def _shut(self):
        self._is_over = True
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_RDWR)

    def __enter__(self):
        self._timer.start()

    def __exit__(self, *error):
        self._timer.cancel()
        self._line.close()
        if self._is_over:  # what came so far may look like a whole answer
            raise TimeoutError

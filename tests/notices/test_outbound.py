"""The one way out: which hosts, which addresses, how long and how much."""

import socket
import time

import pytest

from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import Rejected, Unreachable
from tests.notices.webhooks import Server, certificate


def test_what_is_sent_arrives_and_is_answered(there):
    answer = outbound.post(f"{there.url}/hook?key=k", {"text": "你好"}, {"X-Own": "1"})
    assert (answer.status, answer.data["errcode"]) == (200, 0)
    (asked,) = there.asked
    assert (asked.path, asked.query, asked.data) == ("/hook", {"key": "k"}, {"text": "你好"})
    assert asked.headers["X-Own"] == "1"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example.com/cgi-bin/webhook/send?key=k",
        "https://qyapi.weixin.qq.com.evil.example.com/",
        "https://user:word@qyapi.weixin.qq.com/",
        "https://qyapi.weixin.qq.com@evil.example.com/",
        "http://qyapi.weixin.qq.com/",
        "ftp://qyapi.weixin.qq.com/",
        "https://[::1",
        "https://qyapi.weixin.qq.com:port/",
        "https://qyapi.weixin.qq.com/\r\nHost: x",
        "https://qyapi.weixin.qq.com/send?key=k。",
        "https://qyapi.weixin.qq.com/send?key=k#top",  # what we add would come after it
        "",
    ],
)
def test_only_named_hosts_over_https_are_called(url):
    with pytest.raises(Rejected):
        outbound.check(url)


@pytest.mark.parametrize("host", sorted(outbound.WELL_KNOWN))
def test_the_three_platforms_need_no_setting(host):
    assert outbound.check(f"https://{host}/x") == host


def test_unencrypted_only_where_the_settings_say_so(there, settings):
    settings.OUTBOUND_PLAIN_HTTP = False
    with pytest.raises(Rejected):
        outbound.post(there.url, {})
    assert there.asked == []


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.0.0.8", "192.168.1.1", "169.254.169.254", "::1", "fe80::1", "fd00::1",
     "::ffff:10.0.0.8", "0.0.0.0", "224.0.0.1", "100.64.0.1"],
)  # fmt: skip
def test_an_address_inside_our_network_is_refused_whatever_its_name(monkeypatch, settings, address):
    """A name that points inwards (DNS rebinding): nothing is connected."""
    settings.OUTBOUND_HOSTS = ["sms.example.com"]
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    found = [(family, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **k: found)
    monkeypatch.setattr(socket.socket, "connect", lambda *a: pytest.fail("it was connected"))
    with pytest.raises(Rejected):
        outbound.post("https://sms.example.com/", {})


def test_a_name_is_looked_up_once_and_exactly_that_address_is_called(there, monkeypatch, settings):
    settings.OUTBOUND_HOSTS = ["sms.example.com"]
    looked_up = []

    def once(host, port, **options):
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", once)
    outbound.post(f"http://sms.example.com:{there.port}/", {})
    assert looked_up == ["sms.example.com"]
    assert there.asked[0].headers["Host"] == f"sms.example.com:{there.port}"


def test_no_proxy_of_the_environment_is_asked(there, monkeypatch):
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert outbound.post(there.url, {}).status == 200


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_not_followed(there, status):
    there.answers = [(status, {})]
    with pytest.raises(Unreachable):
        outbound.post(there.url, {})
    assert len(there.asked) == 1


@pytest.mark.parametrize("way", ["hang", "trickle"])
def test_a_server_that_hangs_or_trickles_is_left_in_time(there, monkeypatch, way):
    monkeypatch.setattr(outbound, "READ", 0.6)
    there.answers = [getattr(there, way)]
    started = time.monotonic()
    with pytest.raises(Unreachable):
        outbound.post(there.url, {})
    assert time.monotonic() - started < 3


def test_an_endless_answer_is_not_read(there):
    there.answers = [(200, b"x" * (outbound.MOST + 1))]
    with pytest.raises(Unreachable):
        outbound.post(there.url, {})


def test_nobody_at_home_is_said_without_the_address(there):
    there.server.server_close()
    with pytest.raises(Unreachable) as trouble:
        outbound.post(f"{there.url}/hook?key=SECRET-KEY", {})
    assert "SECRET-KEY" not in str(trouble.value)


@pytest.fixture
def sealed(there, tmp_path):
    with Server(certificate=certificate(tmp_path)) as server:
        yield server


def test_a_certificate_that_nobody_vouches_for_is_not_trusted(sealed):
    with pytest.raises(Unreachable) as trouble:
        outbound.post(sealed.url, {})
    assert "证书" in str(trouble.value)
    assert sealed.asked == []


def test_an_authority_of_the_intranet_is_trusted_if_the_settings_name_it(sealed, settings):
    settings.OUTBOUND_CA_FILE = sealed.certificate
    assert outbound.post(sealed.url, {}).status == 200


def test_a_certificate_for_somebody_else_is_not_trusted(there, settings, tmp_path):
    settings.OUTBOUND_CA_FILE = certificate(tmp_path, "10.0.0.8")
    with Server(certificate=settings.OUTBOUND_CA_FILE) as server:
        with pytest.raises(Unreachable):
            outbound.post(server.url, {})
        assert server.asked == []

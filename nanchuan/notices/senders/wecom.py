"""WeCom (企业微信): the robot of a group, and messages of an application to a person."""

from datetime import timedelta
from urllib.parse import urlencode

from django.db.models.functions import Now
from django.utils import timezone
from django.utils.translation import gettext as _

from nanchuan.notices import addresses
from nanchuan.notices.models import Channel, Delivery
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import Refused, Rejected, settle, without
from nanchuan.notices.senders.wording import clipped, title_of, url_of

THROTTLED = {45009, 45033}
LATER = {-1, 6000}
FAULT = {40001, 40013, 40056, 40091, 48002, 60011, 60020, 93000, 93004, 93008, 301002}
STALE = {40014, 42001}  # the token
HOME = "https://qyapi.weixin.qq.com"
EARLY = 300  # seconds before the token expires


def post(channel: Channel, digest) -> None:
    """A digest in a group, as Markdown of at most 4,096 bytes."""
    data = {"msgtype": "markdown", "markdown": {"content": clipped(digest.markdown(), 4096)}}
    answer = outbound.post(channel.settings["webhook"], data)
    settle(answer, throttled=THROTTLED, later=LATER, fault=FAULT)


class Application:
    """Messages of one application to persons."""

    def __init__(self, channel: Channel):
        self.channel = channel

    def address_of(self, person) -> str:
        return addresses.address_of(Delivery.Channel.WECOM_APP, person)

    def write(self, delivery, rule, subject) -> dict:
        """No more than the title leaves the portal: the rest is read after signing in."""
        title = title_of(delivery, rule, subject)
        url = url_of(delivery, rule, subject)
        return self._card(self.address_of(delivery.recipient), title, url)

    def trial(self, address: str, title: str, url: str) -> dict:
        return self._card(address, title, url)

    def _card(self, to, title, url):
        card = {
            "title": clipped(title, 128),
            "description": _("请登录平台查看。"),
            "url": url,
            "btntxt": _("查看"),
        }
        # The same card within half an hour is shown once: a worker that was killed repeats it.
        once = {"enable_duplicate_check": 1, "duplicate_check_interval": 1800}
        agent = int(self.channel.settings["agent_id"])
        return {"touser": to, "agentid": agent, "msgtype": "textcard", "textcard": card} | once

    def connect(self) -> None:
        until = self.channel.token_until
        if not self.channel.token or until is None or until <= timezone.now():
            self._fetch_token()

    def send(self, message: dict, meanwhile=None) -> None:
        answer = self._post(message)
        if isinstance(answer.data, dict) and answer.data.get("errcode") in STALE:
            self._fetch_token()
            answer = self._post(message)
        try:
            told = settle(answer, throttled=THROTTLED, later=LATER | STALE, fault=FAULT)
        except Refused as refusal:
            raise Refused(without(str(refusal), message["touser"])) from None
        if told.get("invaliduser") or told.get("unlicenseduser"):
            raise Refused(_("企业微信中没有这个成员，或该成员不在应用的可见范围内。"))

    def _post(self, message):
        query = urlencode({"access_token": self.channel.token})
        return outbound.post(f"{self._home}/cgi-bin/message/send?{query}", message)

    def _fetch_token(self):
        """A new one, kept sealed for all workers until shortly before it expires."""
        asked = {name: self.channel.settings[name] for name in ("corp_id", "secret")}
        query = urlencode({"corpid": asked["corp_id"], "corpsecret": asked["secret"]})
        answer = outbound.send(f"{self._home}/cgi-bin/gettoken?{query}", None)
        try:
            told = settle(answer, throttled=THROTTLED, later=LATER, fault=FAULT)
        except Refused as refusal:  # whatever it is, no message is to blame
            raise Rejected(str(refusal)) from None
        token, seconds = told.get("access_token"), told.get("expires_in", 7200)
        if not isinstance(token, str) or not isinstance(seconds, int):
            raise Rejected(_("对方没有给出访问凭证。"))
        lasts = timedelta(seconds=max(seconds - EARLY, 0))
        self.channel.token, self.channel.token_until = token, timezone.now() + lasts
        Channel.objects.filter(pk=self.channel.pk).update(token=token, token_until=Now() + lasts)

    @property
    def _home(self):
        return self.channel.settings.get("server") or HOME

    def close(self) -> None:
        pass

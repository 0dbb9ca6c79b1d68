"""Short messages (短信): one signed JSON webhook to a gateway, see docs/channels.md."""

import hashlib
import hmac
import json
import time

from django.utils.translation import gettext as _

from nanchuan.notices import addresses
from nanchuan.notices.models import Channel, Delivery
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import Refused, Rejected, settle, without
from nanchuan.notices.senders.wording import title_of, url_of

DENIED = (401, 403, 404)  # of HTTP: a wrong key, a wrong address
THROTTLED, LATER, FAULT = {429}, {503}, {401, 403}


class Gateway:
    def __init__(self, channel: Channel):
        self.channel = channel

    def address_of(self, person) -> str:
        return addresses.address_of(Delivery.Channel.SMS, person)

    def write(self, delivery, rule, subject) -> dict:
        """No more than the title leaves the portal, and where to read the rest."""
        title, url = title_of(delivery, rule, subject), url_of(delivery, rule, subject)
        return self._message(delivery.uid, self.address_of(delivery.recipient), title, url)

    def trial(self, address: str, title: str, url: str, uid) -> dict:
        return self._message(uid, address, title, url)

    def _message(self, uid, phone, title, url):
        text = _("【%(sign)s】%(title)s %(url)s") % {
            "sign": self.channel.settings["signature"],
            "title": title,
            "url": url,
        }
        return {"id": str(uid), "phone": phone, "text": text}

    def connect(self) -> None:
        pass

    def send(self, message: dict, meanwhile=None) -> None:
        body = json.dumps(message, ensure_ascii=False).encode()
        moment = str(int(time.time()))
        headers = {
            "X-Timestamp": moment,
            "X-Signature": sign(self.channel.settings["secret"], moment, body),
            "Idempotency-Key": message["id"],
        }
        answer = outbound.send(self.channel.settings["url"], body, headers)
        if answer.status in DENIED:
            raise Rejected(_("短信网关拒绝了请求（HTTP %(status)d）。") % {"status": answer.status})
        try:
            settle(
                answer,
                code="code",
                words="message",
                throttled=THROTTLED,
                later=LATER,
                fault=FAULT,
            )
        except Refused as refusal:
            raise Refused(without(str(refusal), message["phone"])) from None

    def close(self) -> None:
        pass


def sign(secret: str, moment: str, body: bytes) -> str:
    """HMAC-SHA256 in hexadecimal of the moment in seconds, a full stop and the body."""
    return hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()

"""The robot of a DingTalk group (钉钉群机器人), signed (加签)."""

import base64
import hashlib
import hmac
import time
from datetime import timedelta
from urllib.parse import urlencode

from nanchuan.notices.models import Channel
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import settle
from nanchuan.notices.senders.wording import clipped

THROTTLED = {130101, 130102, 302033, 410100}
REST = timedelta(minutes=10)  # so long it shuts out a robot that said more than 20 in a minute
FAULT = {300001, 310000, 400013, 400101, 400102, 400106, 40035, 43008}


def post(channel: Channel, digest) -> None:
    """A digest in a group, as Markdown of at most 20,000 bytes."""
    text = clipped(digest.markdown(), 20_000)
    data = {"msgtype": "markdown", "markdown": {"title": digest.head, "text": text}}
    moment = str(round(time.time() * 1000))
    query = urlencode({"timestamp": moment, "sign": sign(channel.settings["secret"], moment)})
    answer = outbound.post(f"{channel.settings['webhook']}&{query}", data)
    settle(answer, throttled=THROTTLED, fault=FAULT, rest=REST)


def sign(secret: str, moment: str) -> str:
    """HMAC-SHA256 of the moment in milliseconds and the secret, keyed with the secret."""
    said = f"{moment}\n{secret}".encode()
    return base64.b64encode(hmac.new(secret.encode(), said, hashlib.sha256).digest()).decode()

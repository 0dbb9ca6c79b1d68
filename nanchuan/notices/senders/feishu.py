"""The robot of a Feishu group (飞书群机器人), with its signature (签名校验)."""

import base64
import hashlib
import hmac
import time

from nanchuan.notices.models import Channel
from nanchuan.notices.senders import outbound
from nanchuan.notices.senders.answers import settle
from nanchuan.notices.senders.wording import clipped

THROTTLED = {11232, 11233, 99991400}
FAULT = {19001, 19021, 19022, 19024}


def post(channel: Channel, digest) -> None:
    """A digest in a group, as plain text of at most 20,000 bytes."""
    moment = str(int(time.time()))
    data = {
        "timestamp": moment,
        "sign": sign(channel.settings["secret"], moment),
        "msg_type": "text",
        "content": {"text": clipped(digest.plain(), 20_000)},
    }
    answer = outbound.post(channel.settings["webhook"], data)
    settle(answer, code="code", words="msg", throttled=THROTTLED, fault=FAULT)


def sign(secret: str, moment: str) -> str:
    """HMAC-SHA256 of nothing, keyed with the moment in seconds and the secret."""
    key = f"{moment}\n{secret}".encode()
    return base64.b64encode(hmac.new(key, b"", hashlib.sha256).digest()).decode()

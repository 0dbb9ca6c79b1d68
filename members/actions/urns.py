"""Sums and texts that nobody reads before their time, sealed without a moment (票箱、意见箱)."""

import json

from nanchuan.kernel.fields import box

NO_MOMENT = 0  # a seal usually says when it was made


def seal(content) -> str:
    return box().encrypt_at_time(json.dumps(content).encode(), NO_MOMENT).decode()


def unseal(sealed: str):
    return json.loads(box().decrypt(sealed.encode()))

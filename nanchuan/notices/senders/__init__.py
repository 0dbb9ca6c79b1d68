"""The ways out of the portal, one file for each kind of channel.

To persons: `address_of`, `write`, `connect`, `send`, `close`, and `trial` for the test button.
A sender that waits for an answer may call `meanwhile()` until it is there.
To groups: `post(channel, digest)`. What goes wrong they say as in `answers`.
"""

from nanchuan.notices.models import Channel
from nanchuan.notices.senders import dingtalk, email, feishu, sms, wecom

Kind = Channel.Kind
TO_PERSONS = {
    Kind.EMAIL: email.Postman,
    Kind.WECOM_APP: wecom.Application,
    Kind.SMS: sms.Gateway,
}
TO_GROUPS = {
    Kind.WECOM_ROBOT: wecom.post,
    Kind.DINGTALK_ROBOT: dingtalk.post,
    Kind.FEISHU_ROBOT: feishu.post,
}

from nanchuan.notices.models.channels import Address, Channel, RobotLine, RobotPost
from nanchuan.notices.models.choices import (
    Choice,
    Digest,
    DigestLine,
    Habit,
    Relay,
    StandIn,
)
from nanchuan.notices.models.deliveries import Delivery, Notice, Reminder, Setback, Tick
from nanchuan.notices.models.outages import Outage
from nanchuan.notices.models.ruling import RuleSetting

__all__ = [
    "Address",
    "Channel",
    "Choice",
    "Delivery",
    "Digest",
    "DigestLine",
    "Habit",
    "Notice",
    "Outage",
    "Relay",
    "Reminder",
    "RobotLine",
    "RobotPost",
    "RuleSetting",
    "Setback",
    "StandIn",
    "Tick",
]

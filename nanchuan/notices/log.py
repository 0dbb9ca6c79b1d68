"""What was said to whom, for the staff and for each person (通知记录)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from nanchuan.kernel import roles
from nanchuan.notices.inbox import lines
from nanchuan.notices.models import Delivery
from nanchuan.notices.rules import all_rules, rule_named


@dataclass(frozen=True)
class Told:
    """A delivery in words. The title is empty where the reader may not see what it is about."""

    row: Delivery
    rule: str
    title: str
    url: str


def sees_all(user) -> bool:
    return roles.has_role(user, roles.STAFF, roles.ADMIN, roles.AUDITOR)


def visible_to(user) -> QuerySet:
    """To each what was said to them; to those who look after it everything but the personal: that
    somebody is reminded of dues is told to nobody else."""
    rows = Delivery.objects.select_related("recipient", "reminder")
    if not sees_all(user):
        return rows.filter(recipient=user.pk)
    personal = [rule.name for rule in all_rules() if rule.is_personal]
    return rows.filter(Q(recipient=user.pk) | ~Q(reminder__rule__in=personal))


def about(rows: QuerySet, key: str) -> QuerySet:
    """Of one subject, written "type-number"."""
    kind, _dash, number = key.partition("-")
    if not (kind.isdecimal() and number.isdecimal() and len(key) <= 20):  # noqa: PLR2004
        return rows.none()
    return rows.filter(reminder__subject_type=kind, reminder__subject_id=number)


def told(rows: Iterable[Delivery], user) -> list[Told]:
    rows = list(rows)
    said = lines(rows, user)
    return [
        Told(row, _rule(row), line.title, line.url) for row, line in zip(rows, said, strict=True)
    ]


def _rule(row) -> str:
    try:
        return str(rule_named(row.reminder.rule).label or row.reminder.rule)
    except LookupError:
        return row.reminder.rule

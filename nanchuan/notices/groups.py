"""What a robot may say in its group, and which groups there are: apps register both.

A rule is fit for a group if its title holds no personal data:

@fit_for_groups("meeting.notice")
def whom_meetings_concern(meeting, reminder):
    return [meeting.group]  # nothing: the whole park

@group_audience(_("联盟小组"))
def groups():
    return Group.objects.current()
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db import models

from nanchuan.notices.actions.reminders import subject_of
from nanchuan.notices.models import Channel, Reminder
from nanchuan.notices.rules import SEND, rule_named

Concerned = Callable[[models.Model, Reminder], Iterable[models.Model]]
_fit: dict[str, Concerned] = {}
_audiences: list["Audience"] = []


@dataclass(frozen=True)
class Audience:
    """A kind of group that a robot can serve; which of them stand to choose from."""

    label: str
    rows: Callable[[], models.QuerySet]


def fit_for_groups(*rules: str) -> Callable[[Concerned], Concerned]:
    """Register whom the subjects of some rules concern: audiences, none for the whole park."""

    def register(concerned: Concerned) -> Concerned:
        _fit.update(dict.fromkeys(rules, concerned))
        return concerned

    return register


def group_audience(label) -> Callable:
    def register(rows):
        _audiences.append(Audience(label, rows))
        return rows

    return register


def fit_rules() -> tuple[str, ...]:
    return tuple(_fit)


def choices() -> list[tuple[str, list[tuple[str, str]]]]:
    """Audiences by kind, as (key, name): to choose from in a form."""
    return [(each.label, [(key_of(row), str(row)) for row in each.rows()]) for each in _audiences]


def key_of(row: models.Model) -> str:
    return f"{ContentType.objects.get_for_model(row).pk}-{row.pk}"


def title_for_group(reminder: Reminder, channel: Channel) -> str:
    """What a robot says of a reminder in its group; nothing if it is not for that group, was
    called off since, or came too late."""
    concerned = _fit.get(reminder.rule)
    if concerned is None:
        return ""
    rule = rule_named(reminder.rule)
    subject = subject_of(reminder, rule)
    if subject is None or rule.verdict(subject, reminder) != SEND:
        return ""
    keys = {key_of(row) for row in concerned(subject, reminder)}
    own = f"{channel.audience_type_id}-{channel.audience_id}"
    if keys and own not in keys:
        return ""
    return str(rule.title(subject, reminder))

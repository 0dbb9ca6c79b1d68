"""Why a notice came: the rule in words, what happened when and by whom, and who the reader is."""

import logging
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from nanchuan.kernel import roles
from nanchuan.notices.kinds import Kind
from nanchuan.notices.models import Reminder
from nanchuan.notices.rules import NoticeRule

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Reason:
    """`by` is told to who reads the whole park, and of what one did oneself; `instead_of` names
    the person who is away; `standing` is who the reader is here, in words."""

    kind: str
    rule: str
    occasion: str
    audience: str
    happened_at: datetime | None
    by: str
    instead_of: str
    standing: tuple[str, ...]
    is_obligatory: bool


def reason_of(rule: NoticeRule, subject, reminder: Reminder, reader) -> Reason:
    """For a reader who may see the subject."""
    event = reminder.event
    return Reason(
        kind=str(Kind(rule.kind).label) if rule.kind else "",
        rule=str(rule.label or rule.title(subject, reminder)),
        occasion=_said(rule.why, subject, reminder),
        audience=_said(rule.who, subject, reminder),
        happened_at=event.happened_at if event else None,
        by=event.by_label if event and _may_know(reader, event) else "",
        instead_of=_instead_of(reminder, reader),
        standing=tuple(held.words for held in roles.holdings([reader.pk])),
        is_obligatory=rule.is_obligatory,
    )


def in_a_sentence(rule: NoticeRule, subject, reminder: Reminder, reader) -> str:
    """The same for the foot of a mail, in the language of the moment."""
    told = _("您收到它，是因为：%(why)s（%(rule)s）。") % {
        "why": _said(rule.why, subject, reminder),
        "rule": rule.label or rule.title_for(subject, reminder, reader),
    }
    if person := _instead_of(reminder, reader):
        told += _("您代%(person)s接收。") % {"person": person}
    url = f"{settings.SITE_URL}{reverse('notices:settings')}"
    return told + _("改变接收方式：%(url)s") % {"url": url}


def _may_know(reader, event) -> bool:
    return event.by_id == reader.pk or not roles.WHOLE_PARK.isdisjoint(roles.roles(reader))


def _instead_of(reminder, reader) -> str:
    """Asks nothing of a reminder whose relays were fetched for many readers."""
    if "relays" in getattr(reminder, "_prefetched_objects_cache", ()):
        rows = [row for row in reminder.relays.all() if row.deputy_id == reader.pk]
    else:
        rows = reminder.relays.filter(deputy=reader).select_related("person")
    return _("、").join(str(row.person) for row in rows)


def _said(tell, subject, reminder) -> str:
    """A rule that stumbles over an old event still lets the notice be read."""
    try:
        return tell(subject, reminder)
    except Exception:
        logger.exception("Reminder %s cannot say why", reminder.pk)
        return ""

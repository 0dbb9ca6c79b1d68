"""A person's inbox (消息): how many lines are unread, and what each of them says today."""

import logging
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.contenttypes.models import ContentType
from django.db.models import Count, QuerySet

from nanchuan.kernel.querysets import ScopedQuerySet
from nanchuan.notices.models import Notice
from nanchuan.notices.reasons import Reason, reason_of
from nanchuan.notices.rules import NoticeRule, all_rules, rule_named

logger = logging.getLogger(__name__)


def of_kind(rows: QuerySet, kind: str) -> QuerySet:
    """Those of a kind; the kind of a rule is no column, for it may be another one tomorrow."""
    names = [rule.name for rule in all_rules() if rule.kind == kind]
    return rows.filter(reminder__rule__in=names)


def unread(user) -> QuerySet:
    """One row with how many lines of a person are unread, none if all are read."""
    rows = Notice.objects.filter(recipient=user).unread().order_by().values("recipient")
    return rows.annotate(number=Count("pk")).values_list("number")


@dataclass(frozen=True)
class Line:
    """A notice in words. Without a title its subject is not, or no longer, the reader's to see."""

    notice: Notice
    title: str = ""
    body: str = ""
    url: str = ""
    act: tuple[str, str] | None = None  # the verb, and where it is done


def lines(notices: Iterable[Notice], user, *, verbs: bool = False) -> list[Line]:
    """What notices say to a user: one query for each kind of subject, however many rows. With the
    verbs that the user still has to follow, some more for each rule."""
    notices = list(notices)
    subjects = _subjects_of(notices, user)
    subjects |= _left_behind(notices, subjects)
    asked = _still_asked(notices, subjects, user) if verbs else ()
    return [
        _line(notice, subjects.get(_key(notice)), user, notice.reminder_id in asked)
        for notice in notices
    ]


def _still_asked(notices, subjects, user) -> set[int]:
    """The reminders whose matter is not settled for the user."""
    told = defaultdict(list)
    for notice in notices:
        rule, subject = _rule_of(notice), subjects.get(_key(notice))
        if rule is not None and rule.verb and subject is not None:
            told[rule].append((subject, notice.reminder))
    found = set()
    for rule, rows in told.items():
        try:
            asks = rule.still_asks(rows, user)
        except Exception:  # one rule's mistake must not close the whole inbox
            logger.exception("Whether %s still asks for something is unknown", rule.name)
            continue
        found |= {row.pk for (_subject, row), still in zip(rows, asks, strict=True) if still}
    return found


def _line(notice, subject, user, is_asked) -> Line:
    rule = _rule_of(notice)
    if subject is None or rule is None:
        return Line(notice)
    try:
        return Line(
            notice,
            title=str(rule.title_for(subject, notice.reminder, user)),
            body=str(rule.body_for(subject, notice.reminder, user)),
            url=rule.url(subject, notice.reminder),
            act=rule.act(subject, notice.reminder) if is_asked else None,
        )
    except Exception:  # one rule's mistake must not close the whole inbox
        logger.exception("Notice %s cannot be put into words", notice.pk)
        return Line(notice)


def reason(notice, user) -> Reason | None:
    """Why a notice came, for a reader who still may see its subject."""
    rule = _rule_of(notice)
    subject = _subjects_of([notice], user).get(_key(notice))
    return reason_of(rule, subject, notice.reminder, user) if rule and subject else None


def _subjects_of(notices, user) -> dict:
    wanted, related = defaultdict(set), defaultdict(set)
    for notice in notices:
        reminder = notice.reminder
        wanted[reminder.subject_type_id].add(reminder.subject_id)
        if rule := _rule_of(notice):
            related[reminder.subject_type_id].update(rule.related())
    found = {}
    for type_id, pks in wanted.items():
        for subject in _visible(type_id, pks, user).select_related(*sorted(related[type_id])):
            found[type_id, subject.pk] = subject
    return found


def _left_behind(notices, found) -> dict:
    """What is out of sight since, where the notice says just that."""
    wanted = defaultdict(set)
    for notice in notices:
        rule = _rule_of(notice)
        if rule is not None and rule.is_farewell and _key(notice) not in found:
            wanted[notice.reminder.subject_type_id, rule.related()].add(notice.reminder.subject_id)
    return {
        (type_id, subject.pk): subject
        for (type_id, related), pks in wanted.items()
        for subject in _model(type_id)._base_manager.filter(pk__in=pks).select_related(*related)
    }


def _visible(type_id, pks, user):
    """Deny by default: a model that cannot say who sees its rows shows none."""
    rows = _model(type_id)._default_manager.filter(pk__in=pks)
    return (
        rows.visible_to(user).for_reader(user) if isinstance(rows, ScopedQuerySet) else rows.none()
    )


def _model(type_id):
    return ContentType.objects.get_for_id(type_id).model_class()


def _rule_of(notice) -> NoticeRule | None:
    try:
        return rule_named(notice.reminder.rule)
    except LookupError:
        return None


def _key(notice):
    return notice.reminder.subject_type_id, notice.reminder.subject_id

"""Numbers that the portal judges by get new versions; what belongs to a kind is changed."""

from datetime import date, datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from members.actions import ledger, versions
from members.models import KindRule, Rule
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused


@transaction.atomic
def revise(rule: Rule, *, starts_on: date, by, at: datetime | None = None, **facts) -> Rule:
    """A rule gets a new version from a day on (修订规则); the older ones stay as they are.

    `facts` are its value and source. Raises StepRefused for a day on which a version that is
    as new or newer holds, and for a version that changes nothing.
    """
    rows = Rule.objects.filter(code=rule.code).select_for_update().order_by("starts_on")
    last = list(rows)[-1]
    check_revision(last, starts_on=starts_on, **facts)
    if last.ends_on is None:
        ledger.close(last, starts_on)
    made = Rule(code=rule.code, starts_on=starts_on, **facts)
    try:
        made.full_clean()
    except ValidationError as error:
        raise StepRefused(" ".join(error.messages)) from None
    made.save()
    events.record(
        "rule.revised",
        subject=made,
        by=by,
        at=at,
        code=made.code,
        value=[last.value, made.value],
        starts_on=starts_on,
    )
    return made


def latest(rule: Rule) -> Rule:
    return Rule.objects.filter(code=rule.code).order_by("starts_on").last()


def check_revision(last: Rule, *, starts_on: date, **facts) -> None:
    """Raises StepRefused for what `revise` would refuse."""
    versions.check_ahead(starts_on)
    if starts_on <= last.starts_on:
        raise StepRefused(
            _("最近的一版从 %(day)s 开始，新的一版须在其后。") % {"day": last.starts_on}
        )
    if last.ends_on and starts_on <= last.ends_on:
        raise StepRefused(
            _("最近的一版到 %(day)s 为止，新的一版须在其后。") % {"day": last.ends_on}
        )
    if all(getattr(last, name) == value for name, value in facts.items()):
        raise StepRefused(_("和现在的一版没有不同。请修改数值或依据。"))


@transaction.atomic
def change_kind(
    kind: KindRule, *, children: list[str], posts, by, at: datetime | None = None
) -> KindRule:
    """What may stand below a kind and its posts are changed (更改类别设定)."""
    kind = KindRule.objects.select_for_update().get(pk=kind.pk)
    kind.children = children
    kind.save(update_fields=["children"])
    kind.posts.set(posts)
    names = [post.name for post in posts]
    events.record(
        "kind.changed",
        subject=kind,
        by=by,
        at=at,
        kind=kind.kind,
        children=children,
        posts=names,
    )
    return kind

"""What an act would change in the rota of a group, without doing it."""

from collections.abc import Callable

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.models import Group, Turn


def rehearse(group: Group, act: Callable[[], object]) -> list[str]:
    """Do it, look, and undo it: a sentence for each turn that would change hands.

    Raises what the act raises.
    """
    with transaction.atomic():
        before = _holders(group)
        act()
        after = _holders(group)
        transaction.set_rollback(True)
    return [
        _changed(turn, before.get(pk))
        for pk, turn in after.items()
        if _differs(turn, before.get(pk))
    ]


def _holders(group) -> dict[int, Turn]:
    rows = Turn.objects.filter(group=group).select_related("seat__unit").order_by("starts_on")
    return {turn.pk: turn for turn in rows}


def _differs(turn, before) -> bool:
    facts = ("seat_id", "starts_on", "ends_on")
    return before is None or any(getattr(turn, name) != getattr(before, name) for name in facts)


def _changed(turn, before) -> str:
    words = {"period": turn.period_words, "now": turn.holder}
    if before is None:
        return _("%(period)s：由“%(now)s”轮值。") % words
    if before.seat_id == turn.seat_id:
        return _("“%(now)s”的轮值改为 %(period)s。") % words
    words["before"] = before.holder
    return _("%(period)s：由“%(before)s”改为“%(now)s”。") % words

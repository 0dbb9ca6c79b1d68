"""What an act would change in the rota of a group, or of all, and what it would say, without
doing it."""

from collections.abc import Callable
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from alliance.models import Group, Turn
from nanchuan.notices.rehearsals import rehearse as rehearse_reminders

__all__ = ["rehearse", "rehearse_plans", "rehearse_reminders"]


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


def rehearse_plans(act: Callable[[], object], since: date) -> list[str]:
    """Do it, look, and undo it: what becomes of the turns of all groups since a day, in numbers."""
    with transaction.atomic():
        before = _planned()
        act()
        after = _planned()
        transaction.set_rollback(True)
    gone, made = before.keys() - after.keys(), after.keys() - before.keys()
    kept = [turn for turn in before.keys() & after.keys() if turn[1] >= since]
    moved = sum(before[turn] != after[turn] for turn in kept)
    told = []
    if gone or made:
        words = {"gone": len(gone), "made": len(made)}
        told.append(_("已排定的轮值中，%(gone)d 次重新划分为 %(made)d 次。") % words)
    if told and kept:
        told.append(
            _("%(number)d 次轮值的日期不变：已经婉拒、对调、指定的，和排在它们前面的。")
            % {"number": len(kept)}
        )
    if moved:
        told.append(_("%(number)d 次轮值日期不变，改由其他单位轮值。") % {"number": moved})
    if before and not told:
        told.append(_("已排定的轮值不变。"))
    return told


def _planned() -> dict[tuple, int | None]:
    """The stretches of each group that lie ahead or have begun, and who has them."""
    rows = Turn.objects.coming().order_by()
    rows = rows.values_list("group", "starts_on", "ends_on", "seat")
    return {(group, first, last): seat for group, first, last, seat in rows}


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

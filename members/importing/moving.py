"""What a line says about where the person belongs: never a silent transfer."""

from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _

from members.importing.lines import Line
from members.models import Membership
from nanchuan.kernel.importing.lines import ERROR, Change
from nanchuan.kernel.states import StepRefused

FULL, PROBATIONARY = Membership.Standing.FULL, Membership.Standing.PROBATIONARY


def judge_move(line: Line, now: Membership | None) -> None:
    """Set the line's `move` if it changes organization or standing, with the day it gives.

    Of a new person the move is the first membership.
    """
    place = line.organization or (now and now.organization)
    standing = line.facts.get("standing") or (now and now.standing) or FULL
    if place is None or (now and (now.organization_id, now.standing) == (place.pk, standing)):
        return
    day = _day(line, now, place, standing)
    if day is None:
        _ask_for_day(line, now, standing)
        return
    _check(line, now, place, day)
    line.move = (place, standing, day)
    if line.person:
        _add_changes(line, now, place, standing)


def _day(line, now, place, standing) -> date | None:
    """The day that is written; else the one that follows from joining, or from full membership."""
    if since := line.facts.get("since"):
        return since
    if line.person is None:
        return place.first_day_of(line.facts.get("joined_on"))
    becomes_full = now and (now.standing, standing) == (PROBATIONARY, FULL)
    return line.facts.get("full_member_on") if becomes_full and place == now.organization else None


def _ask_for_day(line, now, standing):
    if now and line.organization and now.organization_id != line.organization.pk:
        text = _(
            "现登记在“%(place)s”，导入不会替您调动。请办理组织关系转接，或者填写“组织关系自何日起”。"
        )
        line.finds(ERROR, text % {"place": now.organization.name}, "organization")
        return
    words = {
        "now": now.get_standing_display() if now else _("没有组织关系"),
        "then": Membership.Standing(standing).label,
    }
    text = _("现为“%(now)s”，名册写“%(then)s”。请填写“组织关系自何日起”。")
    line.finds(ERROR, text % words, "standing" if now else "organization")


def _check(line, now, place, day):
    try:
        if now:
            now.check_succession(day)
        place.check_in_being(day)
    except StepRefused as refusal:
        line.finds(ERROR, str(refusal), "since")
    if day > timezone.localdate():
        line.finds(ERROR, _("日期晚于今天。请核对。"), "since")


def _add_changes(line, now, place, standing):
    if now is None or now.organization_id != place.pk:
        line.changes.append(
            Change("organization", str(now.organization) if now else "", str(place))
        )
    if now is None or now.standing != standing:
        old = now.get_standing_display() if now else ""
        line.changes.append(Change("standing", old, str(Membership.Standing(standing).label)))

"""What else than its status stands in the way of a step of a need, in a sentence; nothing: it
may be taken. Asked of rows that belong to it, which a page loads beforehand."""

from collections.abc import Iterable
from datetime import date, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.models import Regulation
from nanchuan.kernel import calendar
from nanchuan.kernel.templatetags.ui import day
from services.models import Assistance, Clock, Dispatch, Extension, Need, Pause


def parts(need: Need, name: str) -> Iterable:
    """Rows of a relation; not asked for where the need knows that it has none (`has_pauses`)."""
    return getattr(need, name).all() if getattr(need, f"has_{name}", True) else ()


def limit(need: Need, code: str) -> int:
    """A number of the charter that the need began under."""
    return (need.charter or Regulation()).value(code)


# ── What stands ─────────────────────────────────────────────────────────────────────────────


def standing(need: Need) -> Dispatch | None:
    return next((row for row in parts(need, "dispatches") if row.ended_at is None), None)


def helping(need: Need) -> list[Assistance]:
    return [row for row in parts(need, "assistances") if row.ended_at is None]


def paused(need: Need, why: str) -> Pause | None:
    rows = parts(need, "pauses")
    return next((row for row in rows if row.why == why and row.ended_at is None), None)


def running(need: Need, kind: str) -> Clock | None:
    return next((row for row in parts(need, "clocks") if row.kind == kind and row.is_running), None)


def asked(need: Need) -> Extension | None:
    return next((row for row in parts(need, "extensions") if row.decided_at is None), None)


def object_until(dispatch: Dispatch) -> date:
    """The last day on which the unit may object."""
    days = limit(dispatch.need, "objection_days")
    return calendar.working_days_after(timezone.localdate(dispatch.at), days)


def extend_until(clock: Clock) -> date:
    """The last day on which more time may be asked for."""
    days = limit(clock.need, "extend_ask_days")
    return calendar.working_days_before(timezone.localdate(clock.due_at), days)


def extra_days(need: Need, clock: Clock) -> int:
    """How many working days more may be granted."""
    return max(limit(need, "longest_days") - clock.days - clock.extra_days, 0)


# ── What stands in the way ──────────────────────────────────────────────────────────────────


def nothing(need, at: datetime) -> str:
    return ""


def appealed(need, at) -> str:
    return _("这条需求已经申诉过一次，答复是最终的。") if hasattr(need, "appeal") else ""


def no_objection(need, at) -> str:
    dispatch = standing(need)
    if dispatch is None or hasattr(dispatch, "objection"):
        return _("对这次派单已经提出过异议，裁定是最终的。")
    until = object_until(dispatch)
    if timezone.localdate(at) > until:
        return _("提出异议的期限（%(day)s）已过。") % {"day": day(until)}
    return ""


def joined(need, at) -> str:
    links = parts(need, "project_links")
    return _("已经对接项目。") if any(link.left_at is None for link in links) else ""


def no_extension(need, at) -> str:
    clock = running(need, Clock.Kind.SOLVE)
    if clock is None or paused(need, Pause.Why.HOLD) or need.long_term_since:
        return _("目前不计时，不用申请延期。")
    if asked(need):
        return _("已有一份延期申请在等党务办公室答复。")
    if not extra_days(need, clock):
        return _("已到最长办理期限，不能再延期。请与党务办公室商量转为长期办理。")
    until = extend_until(clock)
    if timezone.localdate(at) > until:
        return _("延期最晚应在 %(day)s 申请。") % {"day": day(until)}
    return ""


def not_asked(need, at) -> str:
    return "" if asked(need) else _("没有待答复的延期申请。")


def helped(need, at) -> str:
    if any(row.done_at is None for row in helping(need)):
        return ""
    return _("协办任务已经完成。")


def no_help(need, at) -> str:
    return "" if helping(need) else _("目前没有协办单位。")


def on_hold(need, at) -> str:
    if need.long_term_since:
        return _("长期办理的需求不计时，不用再暂停。")
    return _("已经暂停计时。") if paused(need, Pause.Why.HOLD) else ""


def not_on_hold(need, at) -> str:
    return "" if paused(need, Pause.Why.HOLD) else _("目前没有暂停计时。")


def long_term(need, at) -> str:
    return _("已经转为长期办理。") if need.long_term_since else ""


def not_long_term(need, at) -> str:
    return "" if need.long_term_since else _("不是长期办理的需求。")

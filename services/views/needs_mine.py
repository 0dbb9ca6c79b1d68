"""What a unit has to do with needs: its own orders, those it may take, those it owes."""

from datetime import UTC, date, datetime
from functools import lru_cache

from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.lines import Counted, Lines
from nanchuan.kernel.readers import prepared_for_reader
from nanchuan.kernel.templatetags.ui import state
from services.due import HELP, due_line, risky_until
from services.models import Assistance, Need, NeedDraft
from services.models.listed import NEWEST_OF_FEW
from services.views.need_lists import MARK, cells, lines

Status = Need.Status
LONGEST = 30  # of a part; the list has them all
FEW = 10
SHORT = 90  # letters of what may be taken
ACT = '<span class="order-next">{}<i class="bi bi-chevron-right" aria-hidden="true"></i></span>'
FAR = datetime.max.replace(tzinfo=UTC)
NEXT = {  # what the filing unit has to do
    Status.OFFERED: _("请确认并评价"),
    Status.RETURNED: _("请补充材料"),
}
OWED = {  # what the responsible unit has to do
    Status.DISPATCHED: _("请接单"),
    Status.ACCEPTED: _("请联系企业"),
    Status.IN_PROGRESS: _("请办理"),
}
WAITING = {  # on whom the filing unit waits
    Status.SUBMITTED: _("等党务办公室审核"),
    Status.APPEALED: _("等党务办公室复核"),
    Status.PUBLISHED: _("等成员单位接单"),
    Status.DISPATCHED: _("已派单，等该单位接单"),
    Status.DISPUTED: _("等党务办公室裁定由谁办理"),
    Status.ACCEPTED: _("已有单位接单，等它联系"),
    Status.IN_PROGRESS: _("正在办理"),
    Status.OFFERED: _("等提出单位确认"),
    Status.RETURNED: _("等提出单位补充材料"),
}
PARTS = {
    "filed": _("我的点单"),
    "owed": _("我单位要办的单"),
    "take": _("可接的单"),
}


class NeedsMine(TemplateView):
    """Three parts, each with its number; without a part asked for, the first with something."""

    template_name = "services/needs_mine.html"

    def get_context_data(self, **kwargs):
        user = self.request.user
        self.own, self.today = roles.places(user, roles.UNIT), timezone.localdate()
        [numbers] = _counted(user, self.today)
        counts = dict(zip(PARTS, numbers, strict=True))
        asked = self.request.GET.get("part")
        part = asked if asked in PARTS else next((key for key in PARTS if counts[key]), "filed")
        parts = [(key, words, counts[key], key == part) for key, words in PARTS.items()]
        shown = getattr(self, f"_{part}")()
        suited = Unit.objects.filter(pk__in=self.own).order_by("name") if part == "take" else ()
        return super().get_context_data(parts=parts, part=part, suited=suited, **shown, **kwargs)

    def _filed(self) -> dict:
        user = self.request.user
        [(running, filed, joined)] = _asked(user)
        found = lines([*running, *filed, *joined], user)
        mine = [need for need in found if need.is_open]
        done = [need for need in found if not need.is_open]
        done = sorted(done, key=lambda need: (need.filed_at, need.pk), reverse=True)[:FEW]
        for need in mine:
            need.is_own = need.unit_id in self.own
            need.waits = WAITING[need.status]
            need.next = NEXT.get(need.status) if need.is_own else None
        running = [need for need in mine[:LONGEST] if not need.next]
        return {
            "next": [need for need in mine if need.next],
            "open": running,
            "open_cells": [_open_cells(need) for need in running],
            "more": len(mine) > LONGEST,
            "drafts": NeedDraft.objects.visible_to(user).newest()[:FEW],
            "done": done,
            "done_cells": [_order(need, need.accepted_by) for need in done],
        }

    def _take(self) -> dict:
        keys = [pk for (pk,) in _takeable(self.request.user, self.today)]
        return _listed(lines(keys, self.request.user), _take_cells)

    def _owed(self) -> dict:
        needs = lines([pk for (pk,) in _owed(self.request.user)], self.request.user)
        self._mark_assisted(needs)
        needs.sort(key=lambda need: (not need.next, need.due.due_at if need.due else FAR))
        return _listed(needs, _owed_cells)

    def _mark_assisted(self, needs):
        """Those that others are responsible for have a time of their own to help within."""
        for need in needs:
            need.assists = {need.accepted_by_id, need.dispatched_to_id}.isdisjoint(self.own)
            need.next = _("请协助办理") if need.assists else OWED.get(need.status)
        assisted = [need.pk for need in needs if need.assists]
        helping = Assistance.objects.filter(
            need__in=assisted, unit__in=self.own, ended_at=None, done_at=None
        )
        helps, now = {row.need_id: row for row in helping}, timezone.now()
        soon = risky_until(now) if helps else now
        for need in needs:
            if need.assists and need.pk in helps:
                need.due = due_line(HELP, helps[need.pk].due_at, soon, now)
                need.line["due"] = vars(need.due)


# ── An order as a row for `slots.filled` ────────────────────────────────────────────────────


def _listed(needs, cells_of) -> dict:
    shown = needs[:LONGEST]
    cells = [cells_of(need) for need in shown]
    return {"needs": shown, "cells": cells, "more": len(needs) > LONGEST}


def _order(need, *facts, badge="", act="") -> dict:
    return cells(need.line) | {
        "colour": " is-next" if act else "",
        "act": _put(ACT, str(act)) if act else "",
        "badge": _put(MARK, str(badge)) if badge else "",
        "facts": " · ".join(str(fact) for fact in (need.number, *facts) if fact),
    }


@lru_cache(maxsize=200)
def _put(html, words) -> str:
    return format_html(html, words)


def _open_cells(need) -> dict:
    badge = "" if need.is_own else _("共同提出")
    return _order(need, need.waits, need.accepted_by, badge=badge)


def _owed_cells(need) -> dict:
    line, facts = need.line, []
    if need.assists and need.accepted_by:
        facts = [gettext("%(unit)s负责") % {"unit": need.accepted_by}]
    badge = _("协办") if need.assists else ""
    return _order(need, line["unit"], line["category"], *facts, badge=badge, act=need.next)


def _take_cells(need) -> dict:
    line = need.line
    filed = gettext("%(moment)s 提出") % {"moment": line["filed"]}
    return _order(need, line["category"], filed) | {
        "text": Truncator(need.face.text).chars(SHORT),
        "signs": state(line["urgency"], line["urgency_word"]) if line["urgency"] else "",
    }


# ── Found by statements that are built once; what hangs on no row hangs on any ──────────────


@prepared_for_reader(date)
def _counted(reader, today) -> QuerySet:
    """Open orders of one's own, those owed, those that may be taken."""
    own, rows = roles.places(reader, roles.UNIT), Need.objects.order_by()
    parts = (rows.still_asked_by(own), rows.worked_on_by(own), rows.takeable_by(reader, today))
    return _columns(Counted(found.values("pk")) for found in parts)


@prepared_for_reader()
def _asked(reader) -> QuerySet:
    """Keys of the newest orders: the open ones, the finished, and the finished of others that one
    asked together with. Each part from its index, however many there are."""
    own = roles.places(reader, roles.UNIT)
    done = Need.objects.exclude(status__in=Need.OPEN).sorted_by("new")
    parts = (
        Need.objects.still_asked_by(own).order_by(*NEWEST_OF_FEW)[: LONGEST + 1],
        done.filter(unit__in=own)[:FEW],
        done.joined_by(own)[:FEW],
    )
    return _columns(Lines(found, "pk") for found in parts)


@prepared_for_reader(date)
def _takeable(reader, today) -> QuerySet:
    """What is addressed to a unit and published, its people see: no scope is asked besides."""
    return Need.objects.takeable_by(reader, today).sorted_by("new").values_list("pk")[: LONGEST + 1]


@prepared_for_reader()
def _owed(reader) -> QuerySet:
    rows = Need.objects.worked_on_by(roles.places(reader, roles.UNIT)).sorted_by("due")
    return rows.values_list("pk")[: LONGEST + 1]


def _columns(columns) -> QuerySet:
    return ContentType.objects.order_by("pk").values_list(*columns)[:1]

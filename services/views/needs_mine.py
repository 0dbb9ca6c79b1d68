"""What a unit has to do with needs: its own orders, those it may take, those it owes."""

from datetime import UTC, datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import TemplateView

from nanchuan.accounts.models import User
from nanchuan.kernel import roles
from nanchuan.kernel.lines import Counted
from services.due import HELP, due_line, risky_until
from services.models import Assistance, Need, NeedDraft
from services.views.need_lists import lines

Status = Need.Status
LONGEST = 30  # of a part; the list has them all
FEW = 10
RUNNING = Q(status__in=Need.OPEN)
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
        self.own = roles.places(user, roles.UNIT)
        counts = self._counts()
        asked = self.request.GET.get("part")
        part = asked if asked in PARTS else next((key for key in PARTS if counts[key]), "filed")
        parts = [(key, words, counts[key], key == part) for key, words in PARTS.items()]
        shown = getattr(self, f"_{part}")()
        return super().get_context_data(parts=parts, part=part, **shown, **kwargs)

    def _counts(self) -> dict[str, int]:
        """One question: open orders of one's own, those owed, those that may be taken."""
        rows = Need.objects.order_by()
        questions = {
            "filed": rows.asked_by(self.own, RUNNING),
            "owed": rows.worked_on_by(self.own),
            "take": self._takeable(),
        }
        columns = {key: Counted(found.values("pk")) for key, found in questions.items()}
        return User.objects.filter(pk=self.request.user.pk).values(**columns).get()

    def _takeable(self):
        return Need.objects.visible_to(self.request.user).takeable_by(self.request.user).order_by()

    def _filed(self) -> dict:
        user = self.request.user
        running = Need.objects.asked_by(self.own, RUNNING).sorted_by("new")
        mine = lines(running[: LONGEST + 1], user)
        more = len(mine) > LONGEST
        for need in mine:
            need.is_own = need.unit_id in self.own
            need.waits = WAITING[need.status]
            need.next = NEXT.get(need.status) if need.is_own else None
        done = Need.objects.asked_by(self.own, ~RUNNING).sorted_by("new")
        return {
            "next": [need for need in mine if need.next],
            "open": [need for need in mine[:LONGEST] if not need.next],
            "more": more,
            "drafts": NeedDraft.objects.visible_to(user).newest()[:FEW],
            "done": lines(done[:FEW], user),
        }

    def _take(self) -> dict:
        found = self._takeable().sorted_by("new")[: LONGEST + 1]
        needs = lines(found, self.request.user)
        return {"needs": needs[:LONGEST], "more": len(needs) > LONGEST}

    def _owed(self) -> dict:
        rows = Need.objects.worked_on_by(self.own).sorted_by("due")
        needs = lines(rows[: LONGEST + 1], self.request.user)
        self._mark_assisted(needs)
        needs.sort(key=lambda need: (not need.next, need.due.due_at if need.due else FAR))
        return {"needs": needs[:LONGEST], "more": len(needs) > LONGEST}

    def _mark_assisted(self, needs):
        """Those that others are responsible for have a time of their own to help within."""
        helping = Assistance.objects.filter(
            need__in=[need.pk for need in needs], unit__in=self.own, ended_at=None, done_at=None
        )
        helps, now = {row.need_id: row for row in helping}, timezone.now()
        soon = risky_until(now) if helps else now
        for need in needs:
            need.assists = {need.accepted_by_id, need.dispatched_to_id}.isdisjoint(self.own)
            need.next = _("请协助办理") if need.assists else OWED.get(need.status)
            if need.assists and need.pk in helps:
                need.due = due_line(HELP, helps[need.pk].due_at, soon, now)
                need.line["due"] = vars(need.due)

"""How long each step of a need may take (办理期限): pure, in working days of the park.

The numbers are those of the charter that was in force when the need was filed. Rows come from
`Need.objects.with_clock()`, which knows when the steps began and ended.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Regulation
from alliance.timeline import working_days
from nanchuan.kernel import calendar
from services.models import Need

Status = Need.Status
REVIEW, ACCEPT, CONTACT, SOLVE = "review", "accept", "contact", "solve"
LABELS = {
    REVIEW: gettext_lazy("审核"),
    ACCEPT: gettext_lazy("接单"),
    CONTACT: gettext_lazy("首次联系企业"),
    SOLVE: gettext_lazy("办结"),
}
BEGINS = {  # in words, while the clock of a step has not begun
    REVIEW: gettext_lazy("提交后"),
    ACCEPT: gettext_lazy("发布后"),
    CONTACT: gettext_lazy("接单后"),
    SOLVE: gettext_lazy("接单后"),
}
STEPS = {  # whose clocks run, by status
    Status.SUBMITTED: (REVIEW,),
    Status.PUBLISHED: (ACCEPT,),
    Status.ACCEPTED: (CONTACT, SOLVE),
    Status.IN_PROGRESS: (SOLVE,),
}


@dataclass(frozen=True)
class Limit:
    """A step with its due day, and how it stands in a colour and in words.

    `due_on` is None while the clock has not begun, `done_on` while the step is not done.
    """

    step: str
    due_on: date | None
    done_on: date | None
    status: str
    words: str

    @property
    def label(self) -> str:
        return str(LABELS[self.step])

    @property
    def is_overdue(self) -> bool:
        return self.status == "overdue"


def limits(need: Need, today: date | None = None) -> list[Limit]:
    """All steps of a need, in order; what no longer runs and was never done is left out."""
    today = today or timezone.localdate()
    found = [_limit(need, step, today) for step in LABELS]
    if need.status in (Status.DECLINED, Status.WITHDRAWN):
        return [limit for limit in found if limit.done_on]
    return found


def current(need: Need, today: date | None = None) -> Limit | None:
    """The clock that runs now, the earliest if there are two."""
    today = today or timezone.localdate()
    running = [_limit(need, step, today) for step in STEPS.get(need.status, ())]
    return min(running, key=lambda limit: limit.due_on, default=None)


def estimate_note(found: Iterable[Limit | None]) -> str:
    """What a page says if one of the days rests on a year whose make-up days are not known."""
    return calendar.estimate_note(limit.due_on for limit in found if limit and limit.due_on)


def allowed(need: Need, step: str) -> int:
    """Working days for a step, by the charter of the need."""
    charter = need.charter or Regulation()
    days = charter.value(f"{step}_days")
    return min(days, charter.value("longest_days")) if step == SOLVE else days


def _limit(need, step, today) -> Limit:
    began, done_on = _began(need, step), _done(need, step)
    days = allowed(need, step)
    if began is None:
        words = _("%(begins)s %(days)d 个工作日内") % {"begins": BEGINS[step], "days": days}
        return Limit(step, None, None, "draft", words)
    due_on = calendar.working_days_after(began, days)
    return Limit(step, due_on, done_on, *_stands(need, step, due_on, done_on, today))


def _began(need, step):
    moment = {
        REVIEW: need.submitted_at,
        ACCEPT: need.reviewed_at,
        CONTACT: need.accepted_at,
        SOLVE: need.reopened_at or need.accepted_at,
    }[step]
    return moment and timezone.localdate(moment)


def _done(need, step):
    moment = {
        REVIEW: need.reviewed_at,
        ACCEPT: need.accepted_at,
        CONTACT: need.joined_at,
        SOLVE: need.offered_at,
    }[step]
    return moment and timezone.localdate(moment)


def _stands(need, step, due_on, done_on, today):
    if done_on:
        return _done_words(due_on, done_on)
    if step not in STEPS.get(need.status, ()):
        return "draft", _("目前不计时")
    if today > due_on:
        return "overdue", _("逾期%(days)s") % {"days": working_days(due_on, today)}
    if today == due_on:
        return "soon", _("今天到期")
    return "waiting", _("还剩%(days)s") % {"days": working_days(today, due_on)}


def _done_words(due_on, done_on):
    if done_on <= due_on:
        return "done", _("%(day)s 完成") % {"day": done_on}
    return "done", _("%(day)s 完成，晚了%(days)s") % {
        "day": done_on,
        "days": working_days(due_on, done_on),
    }

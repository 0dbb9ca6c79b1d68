"""Who waits for whom, until when, in words for one reader."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel.templatetags.ui import day, moment
from services import conditions
from services.actions.rights import (
    dispatched,
    filer,
    office,
    reads_inside,
    responsible,
)
from services.actions.solving import silent_until
from services.models import Need, Pause

Status = Need.Status


@dataclass(frozen=True)
class Waiting:
    """`until`: a moment or a day; None where nothing is due."""

    words: str
    until: datetime | date | None = None
    is_mine: bool = False

    @property
    def until_words(self) -> str:
        return moment(self.until) if isinstance(self.until, datetime) else day(self.until)


FOR_THE_OFFICE = {
    Status.SUBMITTED: gettext_lazy("请审核：发布、派单、退回补充，或者不予受理。"),
    Status.APPEALED: gettext_lazy("提出单位申诉，请复核。答复是最终的。"),
    Status.DISPUTED: gettext_lazy("%(dispatched)s提出异议，请裁定。裁定是最终的。"),
    Status.SOLVED: gettext_lazy("已经解决，请销号。"),
}
FOR_THE_FILER = {
    Status.RETURNED: gettext_lazy("请补充后重新提交，原因见下方。"),
    Status.DECLINED: gettext_lazy("园区党务办公室未受理，原因见下方。如有不同意见，可以申诉一次。"),
    Status.OFFERED: gettext_lazy("请确认是否已经解决，并评价。到期不答复的，视为确认。"),
}
FOR_THE_UNIT = {
    Status.DISPATCHED: gettext_lazy("园区派单给贵单位，请接单。"),
    Status.ACCEPTED: gettext_lazy("请联系企业，对接资源。"),
    Status.IN_PROGRESS: gettext_lazy("请办理，办好后提交解决方案。"),
}
FOR_OTHERS = {
    Status.SUBMITTED: gettext_lazy("等待园区党务办公室审核。"),
    Status.RETURNED: gettext_lazy("等待%(unit)s补充后重新提交。"),
    Status.DECLINED: gettext_lazy("园区党务办公室未受理。"),
    Status.APPEALED: gettext_lazy("等待园区党务办公室答复申诉。"),
    Status.PUBLISHED: gettext_lazy("等待成员单位接单。"),
    Status.DISPATCHED: gettext_lazy("等待%(dispatched)s接单。"),
    Status.DISPUTED: gettext_lazy("园区党务办公室正在确定责任单位。"),
    Status.ACCEPTED: gettext_lazy("等待%(responsible)s联系企业、对接资源。"),
    Status.IN_PROGRESS: gettext_lazy("%(responsible)s正在办理。"),
    Status.OFFERED: gettext_lazy("等待%(unit)s确认并评价。"),
    Status.SOLVED: gettext_lazy("已经解决，等待园区党务办公室销号。"),
    Status.CLOSED: gettext_lazy("已办结。"),
    Status.WITHDRAWN: gettext_lazy("提出单位已撤回。"),
}


def waiting(need: Need, user, *, is_party: bool) -> Waiting:
    if not is_party:
        return _public(need)
    if found := _mine(need, user):
        return found
    if need.status == Status.MERGED:
        lead = need.merged_into
        words = _("已并入 %(number)s 一并办理，那一条目前“%(status)s”。")
        return Waiting(words % {"number": lead.number, "status": lead.get_status_display()})
    return _standing_still(need) or Waiting(_words(FOR_OTHERS, need), _until(need, user))


def _public(need) -> Waiting:
    if need.status == Status.PUBLISHED:
        return Waiting(_words(FOR_OTHERS, need))
    return Waiting(need.get_status_display())


def _mine(need, user) -> Waiting | None:
    """What this reader is asked to do."""
    if office(user) and (asked := conditions.asked(need)):
        words = _("责任单位申请延期 %(days)d 个工作日，请答复。") % {"days": asked.days}
        return Waiting(words, is_mine=True)
    parts = ((office, FOR_THE_OFFICE), (filer, FOR_THE_FILER))
    for who, words in parts:
        if need.status in words and who(user, need):
            return _asked(words, need, user)
    if need.status in FOR_THE_UNIT and (responsible(user, need) or dispatched(user, need)):
        return _standing_still(need) or _asked(FOR_THE_UNIT, need, user)
    return None


def _asked(words, need, user) -> Waiting:
    text = _words(words, need)
    if need.status == Status.DISPATCHED and (row := conditions.standing(need)):
        until = day(conditions.object_until(row))
        text += _("如不属于贵单位职责，最晚可在 %(day)s 提出异议。") % {"day": until}
    is_mine = need.status != Status.DECLINED or not hasattr(need, "appeal")
    if not is_mine:
        text = _("园区党务办公室复核后维持不予受理，这是最终答复。")
    return Waiting(text, _until(need, user), is_mine=is_mine)


def _standing_still(need) -> Waiting | None:
    """Why no clock runs while a unit works on it."""
    if need.status not in (Status.ACCEPTED, Status.IN_PROGRESS):
        return None
    if pause := conditions.paused(need, Pause.Why.HOLD):
        words = _("暂停计时，预计 %(day)s 恢复。原因：%(why)s")
        return Waiting(words % {"day": day(pause.expected_on), "why": pause.reason})
    if need.long_term_since:
        unit = need.accepted_by
        return Waiting(_("长期办理：%(unit)s每月报告一次进展。") % {"unit": unit})
    return None


def _until(need, user):
    if need.status == Status.OFFERED:
        rows = conditions.parts(need, "solutions")
        offers = (row for row in rows if not (row.refused_at or row.reopened_at))
        offer = next(offers, None)
        return offer and silent_until(need, offer)
    if need.status == Status.DISPUTED:
        row = conditions.standing(need) if reads_inside(user, need) else None
        return row and row.objection.due_at
    return need.due_at


def _words(words, need) -> str:
    return str(words[need.status]) % {
        "unit": need.unit,
        "responsible": need.accepted_by,
        "dispatched": need.dispatched_to,
    }

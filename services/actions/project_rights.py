"""Who may take which step of a project and of what belongs to it, and while it is where: the
tables beside `rights.STEPS`.

The lead and the office act; units that assist write what they did and settle what is theirs; who
gives takes back what it gave; the enterprise says what it brought. Once archived it is read.
"""

from datetime import date, datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.words import name_for_all
from services.actions.resource_rights import Step, _step
from services.actions.rights import office, require, speaks_for
from services.models import (
    Commitment,
    Milestone,
    Money,
    Need,
    Project,
    ProjectNeed,
    ProjectUnit,
    Risk,
)

FARTHEST = timedelta(days=3653)

# ── Who ─────────────────────────────────────────────────────────────────────────────────────


def leads(user, project) -> bool:
    return speaks_for(user, project.lead_id)


def lead_or_office(user, project) -> bool:
    return office(user) or leads(user, project)


def assisting(project) -> list[ProjectUnit]:
    return [row for row in project.unit_links.all() if row.left_at is None]


def assists(user, project) -> bool:
    return any(speaks_for(user, row.unit_id) for row in assisting(project))


def carries(user, project) -> bool:
    return lead_or_office(user, project) or assists(user, project)


def gives(user, project) -> bool:
    """Who gives to it, or gave when it ended."""
    rows = project.commitments.all()
    return any(
        speaks_for(user, row.unit_id) for row in rows if _until_its_end(row.withdrawn_at, project)
    )


def carries_or_gives(user, project) -> bool:
    return carries(user, project) or gives(user, project)


def served(project) -> list[ProjectNeed]:
    """The needs that it serves, or served when it ended."""
    return [row for row in project.need_links.all() if _until_its_end(row.left_at, project)]


def _until_its_end(moment: datetime | None, project) -> bool:
    """Whether what ended at a moment stands still, or stood when the project ended."""
    return moment is None or (project.ended_at is not None and moment >= project.ended_at)


def askers(need: Need) -> list:
    """The enterprises that may say what it brought: who filed it and who asks along with it."""
    return [need.unit, *(row.unit for row in need.cofilers.all() if row.admitted_at)]


def _asking(need) -> list[int]:
    return [need.unit_id, *(row.unit_id for row in need.cofilers.all() if row.admitted_at)]


def asks(user, project) -> bool:
    """Enterprises whose needs it serves, and the office for them."""
    return any(
        office(user) or speaks_for(user, unit)
        for link in served(project)
        for unit in _asking(link.need)
    )


def _leads_its(user, row) -> bool:
    return lead_or_office(user, row.project)


def _answers_for(user, row) -> bool:
    """The lead, and the unit that was named for it."""
    return _leads_its(user, row) or speaks_for(user, row.unit_id)


def _minds(user, risk) -> bool:
    return _leads_its(user, risk) or speaks_for(user, risk.owner_id)


def _answers_for_need(user, link) -> bool:
    return _leads_its(user, link) or speaks_for(user, link.need.accepted_by_id)


# ── What else stands in the way ─────────────────────────────────────────────────────────────


def _settled(milestone, at) -> str:
    return "" if milestone.is_open else _("这个节点已经完成或取消。")


def _gone(row, at) -> str:
    return "" if row.left_at is None else _("已经退出。")


def _settled_need(link, at) -> str:
    if link.left_at is not None:
        return _("已经退出。")
    return "" if link.need.is_open else _("这条需求已经办结，不能再退出项目。")


def _withdrawn(commitment, at) -> str:
    if commitment.withdrawn_at is not None:
        return _("已经退出。")
    booking = commitment.booking
    if booking is None:
        return ""
    has_begun = booking.starts_at is not None and booking.starts_at <= at
    if booking.is_open and not has_begun:
        return ""
    return _("约定的资源已经使用或开始使用，不能再退出。")


def _cancelled(line, at) -> str:
    return "" if line.cancelled_at is None else _("已经作废。")


def _closed(risk, at) -> str:
    return "" if risk.status == Risk.Status.OPEN else _("风险已经解除。")


# ── The tables ──────────────────────────────────────────────────────────────────────────────

Status = Project.Status
LIVE = (Status.PLANNED, Status.ACTIVE)

PROJECT_STEPS = {
    "launch": _step(gettext_lazy("启动实施"), lead_or_office, Status.PLANNED),
    "note": _step(gettext_lazy("填写进展"), carries, *LIVE),
    "effect": _step(gettext_lazy("填写成效"), asks, Status.ACTIVE, Status.DONE),
    "plan": _step(gettext_lazy("安排节点"), lead_or_office, *LIVE),
    "commit": _step(gettext_lazy("投入资源"), carries_or_gives, *LIVE),
    "join": _step(gettext_lazy("加入需求"), carries, *LIVE),
    "assist": _step(gettext_lazy("加入协作单位"), lead_or_office, *LIVE),
    "money": _step(gettext_lazy("登记资金"), carries, *LIVE, Status.DONE),
    "risk": _step(gettext_lazy("提出风险"), carries, *LIVE),
    "change": _step(gettext_lazy("修改项目"), lead_or_office, *LIVE),
    "close": _step(gettext_lazy("完成项目"), lead_or_office, Status.ACTIVE),
    "stop": _step(gettext_lazy("中止项目"), lead_or_office, *LIVE),
    "archive": _step(gettext_lazy("归档"), office, Status.DONE, Status.STOPPED),
    "reopen": _step(gettext_lazy("重新启动"), office, Status.DONE, Status.STOPPED, Status.ARCHIVED),
}

# Of what belongs to a project: the statuses are those of the project.
PART_STEPS: dict[type, dict[str, Step]] = {
    Milestone: {
        "done": _step(gettext_lazy("完成节点"), _answers_for, *LIVE, unless=_settled),
        "change": _step(gettext_lazy("修改节点"), _leads_its, *LIVE, unless=_settled),
        "drop": _step(gettext_lazy("取消节点"), _leads_its, *LIVE, unless=_settled),
    },
    ProjectNeed: {
        "leave": _step(gettext_lazy("退出项目"), _answers_for_need, *LIVE, unless=_settled_need),
    },
    ProjectUnit: {
        "end": _step(gettext_lazy("退出协作"), _answers_for, *LIVE, unless=_gone),
    },
    Commitment: {
        "withdraw": _step(gettext_lazy("撤回投入"), _answers_for, *LIVE, unless=_withdrawn),
    },
    Money: {
        "cancel": _step(
            gettext_lazy("作废这笔资金"), _leads_its, *LIVE, Status.DONE, unless=_cancelled
        ),
    },
    Risk: {
        "handle": _step(gettext_lazy("登记采取的措施"), _minds, *LIVE, unless=_closed),
        "close": _step(gettext_lazy("解除风险"), _minds, *LIVE, unless=_closed),
    },
}


def table_of(row) -> dict[str, Step]:
    return PROJECT_STEPS if isinstance(row, Project) else PART_STEPS[type(row)]


def project_of(row) -> Project:
    return row if isinstance(row, Project) else row.project


def check(row, verb: str, by=None, at: datetime | None = None) -> None:
    """Of a project or a part of it: raises NotYours for the wrong person (not asked of the
    system, `by=None`), then StepRefused for the wrong status of the project, or for what else
    stands in the way at that moment."""
    step, project = table_of(row)[verb], project_of(row)
    require(by is None or step.who(by, row))
    if project.status not in step.sources:
        raise StepRefused(
            _("“%(name)s”目前是“%(now)s”，不能%(word)s。")
            % {
                "name": name_for_all(project),
                "now": project.get_status_display(),
                "word": step.word,
            }
        )
    if why := step.unless(row, at or timezone.now()):
        raise StepRefused(why)


def check_reach(due_on: date | None, at: datetime) -> None:
    """A plan reaches so far; what is typed beyond is a slip, and no picture could show it."""
    if due_on and due_on > timezone.localdate(at) + FARTHEST:
        raise StepRefused(_("期限最远到十年以后，请检查年份。"))


def verbs(user, row, at: datetime | None = None) -> list[str]:
    """The steps that this person may take now, of a project or of a part of it, in the order of
    the table."""
    at, project = at or timezone.now(), project_of(row)
    return [
        verb
        for verb, step in table_of(row).items()
        if project.status in step.sources and step.who(user, row) and not step.unless(row, at)
    ]


# ── What is not for everybody in its history ────────────────────────────────────────────────

OF_AN_ENTERPRISE = ("project.effect_stated",)  # who wrote it says whose need it was


def unread_events(user) -> tuple[str, ...]:
    """Names of events in its history that somebody who reads all of it does not read."""
    return () if roles.has_role(user, *roles.WHOLE_PARK) else OF_AN_ENTERPRISE

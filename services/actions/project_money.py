"""What a project costs and brings (资金), and what may stop it (风险)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import Unit
from nanchuan.accounts.models import User
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused
from services.actions.holding import hold_project
from services.actions.project_rights import assisting, check
from services.models import Money, Project, Risk


@transaction.atomic
def write(  # noqa: PLR0913
    project: Project,
    *,
    kind: str,
    amount: Decimal,
    on: date,
    text: str,
    unit: Unit | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Money:
    """A sum, of which kind, when and what for; of no unit, or of one."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "money", by, at)
    if amount <= 0:
        raise StepRefused(_("金额应大于 0。"))
    if kind != Money.Kind.PLANNED and on > timezone.localdate(at):
        raise StepRefused(_("日期不能晚于今天。"))
    facts = {"kind": kind, "amount": amount, "on": on, "text": text, "unit": unit}
    made = Money.objects.create(project=project, written_by=by, written_at=at, **facts)
    events.record("project.money_written", subject=project, by=by, at=at, money=made.pk)
    return made


@transaction.atomic
def cancel(line: Money, *, reason: str, by: User | None, at: datetime | None = None) -> None:
    """It was written by mistake (作废): it stands, struck out, and is counted no more."""
    hold_project(line.project)
    line.refresh_from_db(fields=["cancelled_at"])
    at = at or timezone.now()
    check(line, "cancel", by, at)
    line.cancelled_at, line.cancelled_by, line.why = at, by, reason
    line.save(update_fields=["cancelled_at", "cancelled_by", "why"])
    events.record("project.money_cancelled", subject=line.project, by=by, at=at, money=line.pk)


# ── Risks ───────────────────────────────────────────────────────────────────────────────────


@transaction.atomic
def raise_risk(  # noqa: PLR0913
    project: Project,
    *,
    text: str,
    level: str,
    owner: Unit | None = None,
    by: User | None,
    at: datetime | None = None,
) -> Risk:
    """What may stop it, and which unit that carries it minds it; the lead, unless told."""
    hold_project(project)
    at = at or timezone.now()
    check(project, "risk", by, at)
    facts = {"text": text, "level": level, "owner": _checked(project, owner)}
    made = Risk.objects.create(project=project, raised_by=by, raised_at=at, **facts)
    events.record("project.risk_raised", subject=project, by=by, at=at, risk=made.pk)
    return made


@transaction.atomic
def handle_risk(
    risk: Risk, *, done: str, level: str, by: User | None, at: datetime | None = None
) -> None:
    """What was done about it so far, and how grave it is now."""
    _hold(risk)
    at = at or timezone.now()
    check(risk, "handle", by, at)
    risk.done, risk.level = done, level
    risk.save(update_fields=["done", "level"])
    events.record("project.risk_handled", subject=risk.project, by=by, at=at, risk=risk.pk)


@transaction.atomic
def close_risk(risk: Risk, *, done: str, by: User | None, at: datetime | None = None) -> None:
    """It stops the project no more, and why."""
    _hold(risk)
    at = at or timezone.now()
    check(risk, "close", by, at)
    risk.step_to(Risk.Status.CLOSED, done=done, closed_at=at, closed_by=by)
    events.record("project.risk_closed", subject=risk.project, by=by, at=at, risk=risk.pk)


def _hold(risk) -> None:
    hold_project(risk.project)
    risk.refresh_from_db(fields=["status", "done", "level", "owner"])


def _checked(project, unit) -> Unit | None:
    if unit is None or unit.pk == project.lead_id:
        return None
    if all(row.unit_id != unit.pk for row in assisting(project)):
        raise StepRefused(_("“%(unit)s”不是项目的牵头或协作单位。") % {"unit": unit})
    return unit

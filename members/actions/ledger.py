"""What every change of an organization shares: its lock, its day, its line in the ledger (沿革)."""

from datetime import date, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from members.models import KindRule, Organization, OrganizationChange
from nanchuan.kernel.states import StepRefused


def locked(organization: Organization) -> Organization:
    """The row as it stands now; whoever changes the tree waits for each other.

    The tree keeps paths and numbers of children in several rows, so one lock serves them all.
    """
    lock_tree()
    return Organization.objects.get(pk=organization.pk)


def lock_tree() -> None:
    rows = Organization._base_manager.select_for_update(no_key=True).order_by("path")
    list(rows.values_list("pk", flat=True)[:1])


def enter(organization: Organization, act: OrganizationChange.Act, on: date, **facts) -> None:
    OrganizationChange.objects.create(organization=organization, act=act, on=on, **facts)


def check_day(organization: Organization, on: date) -> None:
    """Raises StepRefused unless the organization may change on that day."""
    if organization.ends_on is not None:
        raise StepRefused(_("“%(name)s”已经撤销，不能再办理变更。") % {"name": organization.name})
    if on > timezone.localdate():
        raise StepRefused(_("日期不能晚于今天。请在生效的当天办理。"))
    if on < organization.starts_on:
        raise StepRefused(
            _("“%(name)s”成立于 %(day)s，变更日期不能更早。")
            % {"name": organization.name, "day": organization.starts_on}
        )
    last = organization.changes.last()
    if last and on < last.on:
        raise StepRefused(
            _("“%(name)s”上一次变更是 %(day)s 的“%(act)s”，新的日期不能更早。")
            % {"name": organization.name, "day": last.on, "act": last.get_act_display()}
        )


def check_superior(parent: Organization | None, on: date) -> None:
    """Raises StepRefused unless the superior exists from that day to this one."""
    if parent and not (parent.is_current(on) and parent.ends_on is None):
        raise StepRefused(
            _("“%(name)s”在 %(day)s 还没有成立或已经撤销，不能作为上级党组织。")
            % {"name": parent.name, "day": on}
        )


def check_kind(kind: str, parent: Organization | None) -> None:
    """Raises StepRefused for a kind that does not belong below another (KindRule.children)."""
    rule = KindRule.objects.filter(kind=parent.kind).first() if parent else None
    if rule is None or kind in rule.children:
        return
    kinds = Organization.Kind
    allowed = _("、").join(str(kinds(each).label) for each in rule.children)
    raise StepRefused(
        _("%(parent)s之下不能设%(kind)s。可设的下级：%(allowed)s（见“类别设定”）。")
        % {
            "parent": kinds(parent.kind).label,
            "kind": kinds(kind).label,
            "allowed": allowed or _("无"),
        }
    )


def check_name(name: str, organization: Organization | None = None) -> None:
    """Raises StepRefused for a name that another organization has or had last."""
    others = Organization.objects.filter(name=name)
    if others.exclude(pk=organization.pk if organization else None).exists():
        raise StepRefused(_("已有党组织叫“%(name)s”。请核对名称。") % {"name": name})


def succeed(rows, on: date, **facts):
    """The open row of some dated rows ends, and the next begins on a day.

    One that began that very day is put right instead. Returns the row in force from then on.
    """
    now = rows.filter(ends_on=None).first()
    if now and now.starts_on == on:
        for name, value in facts.items():
            setattr(now, name, value)
        now.save()
        return now
    if now:
        close(now, on)
    return rows.create(starts_on=on, **facts)


def close(row, on: date) -> None:
    """A dated row ends the day before."""
    row.ends_on = on - timedelta(days=1)
    row.save()

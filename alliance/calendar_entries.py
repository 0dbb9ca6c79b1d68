"""What the alliance puts on the calendar: meetings, turns, and what falls due on a day."""

from collections import defaultdict

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.feeds import meetings_of_units
from alliance.models import (
    ActionItem,
    Duty,
    DutyKind,
    Handover,
    Measure,
    Meeting,
    Milestone,
    Regulation,
    Seat,
    SignOff,
    Turn,
)
from nanchuan.kernel.calendars import Asked, Entry, entries

DONE, LATE, OPEN = "done", "overdue", "open"


@entries("meeting", gettext_lazy("会议"), "chat-square-text", order=10)
def meetings(asked):
    """A draft for those who see it; called off before it was announced, it is nobody's."""
    since, until = asked.moments
    rows = Meeting.objects.visible_to(asked.user).filter(starts_at__lt=until, ends_at__gt=since)
    rows = rows.filter(Q(status=Meeting.Status.DRAFT) | Meeting.announced())
    if asked.group is not None:
        rows = rows.of_group(asked.group)
    if asked.units is not None:
        rows = rows.filter(meetings_of_units(asked.units))
    for row in rows.select_related("group", "convened_by").prefetch_related("partners"):
        yield Entry(
            f"meeting-{row.pk}",
            str(row),
            row.starts_at,
            row.ends_at,
            row.get_absolute_url(),
            row,
            row.status,
            row.get_status_display(),
            row.status in (Meeting.Status.HELD, Meeting.Status.CANCELLED),
            row.groups_words,
            str(row.convened_by),
            row.place,
        )


@entries("turn", gettext_lazy("轮值"), "arrow-repeat", order=20)
def turns(asked):
    rows = Turn.objects.visible_to(asked.user).overlapping(asked.first, asked.last)
    rows = _narrowed(rows, asked, "group", Q(seat__unit__in=asked.units or ()))
    today = timezone.localdate()
    for row in rows.select_related("group", "seat__unit"):
        words = {"group": row.group, "unit": row.holder}
        yield Entry(
            f"turn-{row.pk}",
            _("%(group)s轮值：%(unit)s") % words,
            row.starts_on,
            row.ends_on,
            row.get_absolute_url(),
            row,
            *_stage(row, today),
            group=str(row.group),
            unit=row.holder,
        )


def _stage(turn, today):
    if turn.ends_on < today:
        return "ended", _("已结束"), True
    if turn.is_open:
        return "soon", _("待定"), False
    if turn.starts_on <= today:
        return OPEN, _("当前轮值"), False
    return "planned", _("将要轮值"), False


@entries("measure", gettext_lazy("举措期限"), "list-check", order=30, is_due=True)
def measures(asked):
    rows = Measure.objects.visible_to(asked.user).exclude(status=Measure.Status.DROPPED)
    rows = rows.filter(due_on__range=(asked.first, asked.last))
    if asked.units is not None:
        rows = rows.of_units(asked.units)
    if asked.group is not None:
        rows = rows.filter(group=asked.group)
    for row in rows.select_related("group", "unit"):
        yield _due(
            f"measure-{row.pk}",
            row.title,
            row,
            status=row.state_style,
            state=row.state_words,
            is_settled=not row.is_open,
            group=str(row.group or _("整个联盟")),
            unit=str(row.unit),
        )


@entries("milestone", gettext_lazy("节点期限"), "flag", order=40, is_due=True)
def milestones(asked):
    rows = Milestone.objects.visible_to(asked.user)
    rows = rows.exclude(measure__status=Measure.Status.DROPPED)
    rows = rows.filter(due_on__range=(asked.first, asked.last))
    if asked.units is not None:
        rows = rows.filter(measure__in=Measure.objects.of_units(asked.units))
    if asked.group is not None:
        rows = rows.filter(measure__group=asked.group)
    for row in rows.select_related("measure__group", "measure__unit"):
        measure = row.measure
        yield _due(
            f"milestone-{row.pk}",
            _("%(milestone)s（%(measure)s）") % {"milestone": row, "measure": measure.title},
            row,
            about=measure,
            **_stands(row.done_on is not None or not measure.is_open, row.due_on),
            group=str(measure.group or _("整个联盟")),
            unit=str(measure.unit),
        )


@entries("item", gettext_lazy("督办期限"), "check2-square", order=45, is_due=True)
def action_items(asked):
    rows = ActionItem.objects.visible_to(asked.user).live()
    rows = rows.exclude(status=ActionItem.Status.DROPPED)
    rows = rows.filter(due_on__range=(asked.first, asked.last))
    if asked.units is not None:
        rows = rows.of_units(asked.units)
    if asked.group is not None:
        rows = rows.filter(resolution__meeting__in=Meeting.objects.of_group(asked.group))
    rows = rows.select_related("resolution__meeting__group", "unit")
    for row in rows.prefetch_related("resolution__meeting__partners"):
        yield _due(
            f"item-{row.pk}",
            str(row),
            row,
            status=row.state_style,
            state=row.state_words,
            is_settled=not row.is_open,
            group=row.resolution.meeting.groups_words,
            unit=str(row.unit),
        )


@entries("duty", gettext_lazy("轮值职责"), "clipboard-check", order=50, is_due=True)
def duties(asked):
    """Handing over has an entry of its own once there is a sheet for it."""
    rows = Duty.objects.visible_to(asked.user).exclude(status=Duty.Status.DROPPED)
    rows = rows.filter(due_on__range=(asked.first, asked.last))
    rows = rows.exclude(kind=DutyKind.HANDOVER, turn__handover__isnull=False)
    rows = _narrowed(rows, asked, "turn__group", Q(turn__seat__unit__in=asked.units or ()))
    for row in rows.select_related("turn__group", "turn__seat__unit"):
        yield _due(
            f"duty-{row.pk}",
            _("%(duty)s（%(group)s）") % {"duty": row, "group": row.turn.group},
            row,
            about=row.turn,
            **_stands(row.status == Duty.Status.DONE, row.due_on),
            group=str(row.turn.group),
            unit=row.turn.holder,
        )


@entries("handover", gettext_lazy("轮值交接"), "box-arrow-in-right", order=60, is_due=True)
def handovers(asked):
    rows = Handover.objects.visible_to(asked.user).exclude(status=Handover.Status.DROPPED)
    rows = rows.filter(turn__ends_on__range=(asked.first, asked.last))
    own = asked.units or ()
    signs = Q(turn__seat__unit__in=own) | Q(arriving__seat__unit__in=own)
    rows = _narrowed(rows, asked, "turn__group", signs)
    for row in rows.select_related("turn__group", "turn__seat__unit"):
        yield _due(
            f"handover-{row.pk}",
            str(row),
            row,
            row.turn.ends_on,
            status=LATE if row.is_overdue else row.status,
            state=row.get_status_display(),
            is_settled=row.is_locked,
            group=str(row.turn.group),
            unit=row.turn.holder,
        )


@entries("signoff", gettext_lazy("签字背书"), "pen", order=70, is_due=True)
def signatures(asked):
    """A version with how many still have to sign it: one entry, however many units there are."""
    rows = SignOff.objects.visible_to(asked.user).with_seat()
    rows = rows.filter(regulation__status=Regulation.Status.ADOPTED)
    rows = rows.filter(due_on__range=(asked.first, asked.last))
    if asked.units is not None:
        rows = rows.filter(unit__in=asked.units)
    if asked.group is not None:
        seats = Seat.objects.current().filter(group=asked.group).order_by()
        rows = rows.filter(unit__in=seats.values("unit"))
    together = defaultdict(list)
    for row in rows.select_related("regulation").order_by("regulation", "pk"):
        if row.signed_at or row.is_seated:
            together[row.regulation_id, row.due_on].append(row)
    return [_signatures(rows, due_on) for (_version, due_on), rows in together.items()]


def _signatures(rows, due_on) -> Entry:
    first, missing = rows[0], sum(row.signed_at is None for row in rows)
    stands = _stands(not missing, due_on)
    if missing and len(rows) > 1:
        stands["state"] = _("还有 %(number)d 家未签字") % {"number": missing}
    elif not missing:
        stands["state"] = _("已签字")
    version, unit = first.regulation, first.unit_name if len(rows) == 1 else ""
    key = f"signoff-{version.pk}-{due_on:%Y%m%d}"
    return _due(key, str(version), first, due_on, about=version, **stands, unit=unit)


def _narrowed(rows, asked: Asked, group: str, concerns: Q):
    """Of the group and the units that are asked for."""
    if asked.group is not None:
        rows = rows.filter(**{group: asked.group})
    return rows if asked.units is None else rows.filter(concerns)


def _due(key, title, row, due_on=None, *, about=None, **facts) -> Entry:
    """An entry on the day on which a row is due; its history may be that of another one."""
    due_on = due_on or row.due_on
    return Entry(key, title, due_on, due_on, row.get_absolute_url(), about or row, **facts)


def _stands(is_settled, due_on) -> dict:
    """How something that is done or not stands today."""
    if is_settled:
        return {"status": DONE, "state": _("已完成"), "is_settled": True}
    late = (timezone.localdate() - due_on).days
    if late > 0:
        return {"status": LATE, "state": _("逾期 %(days)d 天") % {"days": late}}
    return {"status": OPEN, "state": _("待办")}

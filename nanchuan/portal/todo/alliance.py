"""Of the alliance: signatures, rota, turns, measures, items, minutes, invitations."""

from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models import (
    ActionItem,
    Duty,
    DutyKind,
    Handover,
    Invitation,
    Measure,
    Meeting,
    Minutes,
    SignOff,
    Swap,
    Turn,
)
from nanchuan.kernel import roles
from nanchuan.kernel.together import Asker
from nanchuan.portal.todo.items import LONGEST_LIST, SOON, Item, until

SERIES_AHEAD = timedelta(days=30)  # drafts of a series that lie farther ahead can wait
MINUTES_VERBS = {
    Minutes.Status.DRAFT: _("起草纪要"),
    Minutes.Status.SUBMITTED: _("审核纪要"),
    Minutes.Status.APPROVED: _("印发纪要"),
}


def signatures(user) -> Asker:
    """Versions of the charter and the systems that this person's units have to sign."""
    if not roles.has_role(user, roles.UNIT):
        return []
    rows = SignOff.objects.wanted().editable_by(user).select_related("regulation")
    rows = yield rows.order_by("due_on", "pk")[:LONGEST_LIST]
    return [_signature(row) for row in rows]


def _signature(row):
    late, left = row.days_late, (row.due_on - timezone.localdate()).days
    if late:
        words = gettext("逾期 %(days)d 天") % {"days": late}
    else:
        words = gettext("还有 %(days)d 天") % {"days": left} if left else gettext("今天到期")
    text = gettext("%(regulation)s（%(unit)s）") % {
        "regulation": row.regulation,
        "unit": row.unit_name,
    }
    status = "overdue" if late else "soon"
    return Item(_("签字"), text, row.get_absolute_url(), status, words)


def rota(user, coming: list[Turn] | None = None) -> Asker:
    """Turns that nobody has taken, and swaps that wait for this person's word."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    open_turns = []
    if roles.has_role(user, roles.STAFF):
        if coming is None:
            turns = Turn.objects.visible_to(user).open().select_related("group")
            coming = yield turns[:LONGEST_LIST]
        open_turns = [turn for turn in coming if turn.seat_id is None]
    swaps = Swap.objects.visible_to(user).awaiting(user)
    swaps = swaps.select_related("group", "first", "first_seat__unit", "second_seat__unit")
    swaps = yield swaps.order_by("first__starts_on", "pk")[:LONGEST_LIST]
    return [
        *(_open_turn(turn) for turn in open_turns[:LONGEST_LIST]),
        *map(_swap, swaps),
    ]


def _open_turn(turn):
    url = reverse("alliance:turn-assign", args=[turn.pk])
    if turn.has_begun:
        return Item(_("确定轮值单位"), str(turn), url, "overdue", gettext("今天没有单位轮值"))
    words = gettext("%(day)s 开始，尚无单位轮值") % {"day": turn.starts_on}
    return Item(_("确定轮值单位"), str(turn), url, "soon", words)


def _swap(swap):
    agreed = swap.status == Swap.Status.AGREED
    verb = _("确认对调") if agreed else _("答复对调")
    text = gettext("%(group)s：%(swap)s") % {"group": swap.group, "swap": swap}
    words = gettext("%(day)s 前办结") % {"day": swap.first.starts_on}
    return Item(verb, text, swap.get_absolute_url(), "soon", words)


def handovers(user) -> Asker:
    """Handovers whose next signature is this person's."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    today = timezone.localdate()
    sheets = Handover.objects.visible_to(user).awaiting(user)
    sheets = sheets.select_related("turn__group").order_by("turn__ends_on", "pk")
    return [_sheet(row, today) for row in (yield sheets[:LONGEST_LIST])]


def late_duties(user) -> Asker:
    """Of own units: what a turn asked for and is late."""
    own, today = roles.places(user, roles.UNIT), timezone.localdate()
    if not own:
        return []
    late = Duty.objects.late(today).filter(turn__seat__unit__in=own)
    late = late.exclude(kind=DutyKind.HANDOVER).select_related("turn__group")
    late = yield late.order_by("due_on", "pk")[:LONGEST_LIST]
    return [_late(row, today) for row in late]


def turns(user) -> Asker:
    """Of own units: the turn in hand with what comes next."""
    own, today = roles.places(user, roles.UNIT), timezone.localdate()
    if not own:
        return []
    ahead = Duty.objects.open().filter(
        turn__seat__unit__in=own,
        turn__starts_on__lte=today,
        turn__ends_on__gte=today,
        due_on__gte=today,
    )
    ahead = ahead.select_related("turn__group").order_by("-due_on", "-pk")
    first = {row.turn_id: row for row in (yield ahead)}  # the nearest of each turn comes last
    return [_on_turn(row, today) for row in first.values()]


def meetings(user) -> Asker:
    """Of own units: meetings to announce or to register."""
    own, today = roles.places(user, roles.UNIT), timezone.localdate()
    if not own:
        return []
    soon = Q(series=None) | Q(starts_at__lt=timezone.now() + SERIES_AHEAD)
    drafts = Q(soon, status=Meeting.Status.DRAFT, turn__ends_on__gte=today)
    past = Q(status=Meeting.Status.CONVENED, starts_at__lt=timezone.now())
    rows = Meeting.objects.filter(drafts | past, convened_by__in=own)
    return [_meeting(row) for row in (yield rows.order_by("starts_at")[:LONGEST_LIST])]


def _sheet(row, today):
    words = row.get_status_display()
    if row.is_overdue:
        days = (today - row.turn.ends_on).days
        words = gettext("逾期 %(days)d 天") % {"days": days}
    status = "overdue" if row.is_overdue else "soon"
    return Item(_("签字交接"), str(row), row.get_absolute_url(), status, words)


def _late(row, today):
    words = gettext("逾期 %(days)d 天") % {"days": (today - row.due_on).days}
    text = f"{row.turn} {row.title}"
    verb = _("查看") if row.kind == DutyKind.MEETING else _("填写完成情况")
    return Item(verb, text, row.get_absolute_url(), "overdue", words)


def _on_turn(row, today):
    left = (row.due_on - today).days
    words = gettext("还有 %(days)d 天") % {"days": left} if left else gettext("今天到期")
    words = gettext("下一项：%(duty)s，%(words)s") % {"duty": row.title, "words": words}
    status = "soon" if left <= SOON else "open"
    return Item(_("办理"), str(row.turn), row.turn.get_absolute_url(), status, words)


def _meeting(row):
    status, words = row.status, row.get_status_display()
    if row.status == Meeting.Status.DRAFT:
        return Item(_("发出通知"), str(row), row.get_absolute_url(), status, words)
    words = gettext("会议时间已过，请登记到会情况")
    return Item(_("登记已召开"), str(row), row.get_absolute_url(), "soon", words)


def measures(user) -> Asker:
    """Measures to confirm, and those of an own unit that are late or due soon."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Measure.objects.visible_to(user).awaiting(user).order_by("due_on", "pk")
    return [_measure(row) for row in (yield rows[:LONGEST_LIST])]


def _measure(row):
    url = row.get_absolute_url()
    if row.status == Measure.Status.REPORTED:
        return Item(_("确认"), str(row), url, row.state_style, row.state_words)
    if row.is_late:
        return Item(_("填写进展"), str(row), url, "overdue", row.state_words)
    words = gettext("%(day)s 到期") % {"day": row.due_on}
    return Item(_("填写进展"), str(row), url, "soon", words)


def action_items(user) -> Asker:
    """What meetings resolved: to confirm or to answer for the office, to do for own units."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = ActionItem.objects.visible_to(user).awaiting(user).with_asking()
    rows = rows.order_by("due_on", "pk")
    return [_action_item(row, user) for row in (yield rows[:LONGEST_LIST])]


def _action_item(row, user):
    url, text = row.get_absolute_url(), str(row)
    if row.status == ActionItem.Status.REPORTED:
        return Item(_("确认办结"), text, url, row.state_style, row.state_words)
    if row.is_asking and roles.has_role(user, roles.STAFF):
        return Item(_("答复延期"), text, url, "waiting", gettext("申请延期，待答复"))
    words = gettext("%(day)s 到期") % {"day": row.due_on}
    if row.is_late:
        return Item(_("填写进展"), text, url, "overdue", row.state_words)
    return Item(_("填写进展"), text, url, "soon", words)


def minutes(user) -> Asker:
    """Minutes to write, to review or to publish; meetings that have none yet."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Minutes.objects.awaiting(user).defer("content").select_related("meeting")
    rows = yield rows.order_by("meeting__minutes_due_on", "pk")[:LONGEST_LIST]
    items = [_minutes(row) for row in rows]
    own = roles.places(user, roles.UNIT)
    if not own:
        return items
    none_yet = Meeting.objects.filter(
        status=Meeting.Status.HELD,
        minutes_due_on__isnull=False,  # held before the portal kept minutes: nothing is owed
        convened_by__in=own,
        minutes=None,
    )
    late_first = yield none_yet.order_by("minutes_due_on", "pk")[:LONGEST_LIST]
    return items + [_no_minutes(row) for row in late_first]


def _minutes(row):
    verb, words, status = MINUTES_VERBS[row.status], row.get_status_display(), row.state_style
    due_on = row.meeting.minutes_due_on
    if row.status == Minutes.Status.DRAFT and row.returned:
        verb, words = _("修改纪要"), gettext("已退回")
    if row.version == 1 and due_on:
        status, words = until(due_on, status, words)
    return Item(verb, str(row), row.get_absolute_url(), status, words)


def _no_minutes(meeting):
    status, words = until(meeting.minutes_due_on, "soon", "")
    url = f"{meeting.get_absolute_url()}#minutes"
    return Item(MINUTES_VERBS[Minutes.Status.DRAFT], str(meeting), url, status, words)


def invitations(user) -> Asker:
    """Meetings to which an own unit has not said yet whether it comes."""
    own = roles.places(user, roles.UNIT)
    if not own:
        return []
    rows = Invitation.objects.standing().filter(
        reply="",
        seat__unit__in=own,
        meeting__status=Meeting.Status.CONVENED,
        meeting__starts_at__gt=timezone.now(),
    )
    rows = rows.select_related("meeting").order_by("meeting__starts_at", "pk")
    return [_invitation(row) for row in (yield rows[:LONGEST_LIST])]


def _invitation(row):
    url = reverse("alliance:invitation-reply", args=[row.pk])
    words = gettext("%(day)s 开会") % {"day": timezone.localdate(row.meeting.starts_at)}
    return Item(_("回复会议邀请"), str(row.meeting), url, "soon", words)

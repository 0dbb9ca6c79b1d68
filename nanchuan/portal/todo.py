"""待办: what waits for this person, each line with its verb, the oldest first."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
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
from members import radar
from members.models import Organization, Transfer
from nanchuan.kernel import roles
from services.clock import clock_of
from services.models import Booking, Need, Resource

LONGEST_LIST = 8
ELECTIONS_APART = 2  # more of them share a line
SOON = 7  # days
SERIES_AHEAD = timedelta(days=30)  # drafts of a series that lie farther ahead can wait

VERBS = {
    Need.Status.SUBMITTED: _("审核"),
    Need.Status.APPEALED: _("复核"),
    Need.Status.PUBLISHED: _("派单"),
    Need.Status.DISPATCHED: _("接单"),
    Need.Status.DISPUTED: _("裁定"),
    Need.Status.RETURNED: _("补充"),
    Need.Status.ACCEPTED: _("对接资源"),
    Need.Status.IN_PROGRESS: _("填写进展"),
    Need.Status.OFFERED: _("确认"),
    Need.Status.SOLVED: _("销号"),
}


@dataclass(frozen=True)
class Item:
    verb: Promise
    text: str
    url: str
    status: str
    status_text: str


def todo(user) -> list[Item]:
    return [
        *elections(user),
        *transfers(user),
        *signatures(user),
        *rota(user),
        *turns(user),
        *needs(user),
        *resources(user),
        *bookings(user),
        *measures(user),
        *action_items(user),
        *minutes(user),
        *invitations(user),
    ]


def elections(user) -> list[Item]:
    """Committees that are over, or will be soon, of the organizations that a person looks after."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    organizations = Organization.objects.counted().editable_by(user)
    rows = list(radar.due_soon(radar.with_over(organizations)))
    if len(rows) > ELECTIONS_APART:
        return [_many_elections(rows)]
    steps = radar.notice_steps() if rows else []
    return [_election(row, radar.signal(row.committee_over, steps)) for row in rows]


def _election(organization, signal):
    text = gettext("%(organization)s换届") % {"organization": organization}
    url = organization.get_absolute_url()
    return Item(_("准备换届"), text, url, signal.status, signal.words)


def _many_elections(rows):
    over = sum(row.committee_over < timezone.localdate() for row in rows)
    near = gettext("%(number)d 个即将届满") % {"number": len(rows) - over}
    words = gettext("逾期 %(number)d 个") % {"number": over} if over else near
    text = gettext("换届：%(words)s") % {"words": near} if over else gettext("换届")
    status = "overdue" if over else "soon"
    return Item(_("查看"), text, reverse("members:committee-list"), status, words)


def transfers(user) -> list[Item]:
    """Members on their way whose reception is this person's to record."""
    if not roles.has_role(user, roles.STAFF, roles.SECRETARY):
        return []
    rows = Transfer.objects.visible_to(user).awaiting(user).named()
    return [
        Item(
            verb=_("登记回执") if row.direction == Transfer.Direction.OUTGOING else _("接收"),
            text=str(row),
            url=row.get_absolute_url(),
            status=row.state_style,
            status_text=row.get_status_display(),
        )
        for row in rows.order_by("requested_at", "pk")[:LONGEST_LIST]
    ]


def resources(user) -> list[Item]:
    """What units offer and the office has not reviewed, and what it sent back to this person's."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    status = Resource.Status
    mine = Q(status=status.RETURNED, unit__in=roles.places(user, roles.UNIT))
    if roles.has_role(user, roles.STAFF):
        mine |= Q(status=status.SUBMITTED)
    rows = Resource.objects.filter(mine).order_by("added_at", "pk")[:LONGEST_LIST]
    return [_resource(row) for row in rows]


def _resource(row):
    verb = _("审核") if row.status == Resource.Status.SUBMITTED else _("补充")
    return Item(verb, str(row), row.get_absolute_url(), row.status, row.get_status_display())


def bookings(user) -> list[Item]:
    """What was asked of this person's units or offered to them."""
    own = roles.places(user, roles.UNIT)
    if not own:
        return []
    rows = Booking.objects.to_answer(own).select_related("resource").order_by("made_at", "pk")
    return [
        Item(_("答复"), str(row), row.get_absolute_url(), row.status, row.get_status_display())
        for row in rows[:LONGEST_LIST]
    ]


def signatures(user) -> list[Item]:
    """One query: versions of the charter and the systems that this person's units have to sign."""
    if not roles.has_role(user, roles.UNIT):
        return []
    rows = SignOff.objects.wanted().editable_by(user).select_related("regulation")
    return [_signature(row) for row in rows.order_by("due_on", "pk")[:LONGEST_LIST]]


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


def rota(user) -> list[Item]:
    """Two queries: turns that nobody has taken, and swaps that wait for this person's word."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    open_turns = Turn.objects.none()
    if roles.has_role(user, roles.STAFF):
        open_turns = Turn.objects.visible_to(user).open().select_related("group")
    swaps = Swap.objects.visible_to(user).awaiting(user)
    swaps = swaps.select_related("group", "first", "first_seat__unit", "second_seat__unit")
    return [
        *(_open_turn(turn) for turn in open_turns[:LONGEST_LIST]),
        *(_swap(swap) for swap in swaps.order_by("first__starts_on", "pk")[:LONGEST_LIST]),
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


def turns(user) -> list[Item]:
    """What a turn asks of this person: a signature, late duties, a meeting to announce."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    today = timezone.localdate()
    sheets = Handover.objects.visible_to(user).awaiting(user)
    sheets = sheets.select_related("turn__group").order_by("turn__ends_on", "pk")
    items = [_sheet(row, today) for row in sheets[:LONGEST_LIST]]
    if own := roles.places(user, roles.UNIT):
        items += _of_units(own, today)
    return items


def _of_units(own, today) -> list[Item]:
    """Of own units: late duties, the turn in hand with what comes next, meetings to announce or
    to register."""
    late = Duty.objects.late(today).filter(turn__seat__unit__in=own)
    late = late.exclude(kind=DutyKind.HANDOVER).select_related("turn__group")
    soon = Q(series=None) | Q(starts_at__lt=timezone.now() + SERIES_AHEAD)
    drafts = Q(soon, status=Meeting.Status.DRAFT, turn__ends_on__gte=today)
    past = Q(status=Meeting.Status.CONVENED, starts_at__lt=timezone.now())
    meetings = Meeting.objects.filter(drafts | past, convened_by__in=own)
    ahead = Duty.objects.open().filter(
        turn__seat__unit__in=own,
        turn__starts_on__lte=today,
        turn__ends_on__gte=today,
        due_on__gte=today,
    )
    ahead = ahead.select_related("turn__group").order_by("-due_on", "-pk")
    first = {row.turn_id: row for row in ahead}  # the nearest of each turn comes last
    return [
        *(_late(row, today) for row in late.order_by("due_on", "pk")[:LONGEST_LIST]),
        *(_on_turn(row, today) for row in first.values()),
        *(_meeting(row) for row in meetings.order_by("starts_at")[:LONGEST_LIST]),
    ]


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


def needs(user) -> list[Item]:
    """The needs whose next step is this person's, the first due first; the page of all of them
    if there are more."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Need.objects.visible_to(user).awaiting(user).sorted_by("due").with_clocks()
    found = list(rows[: LONGEST_LIST + 1])
    lines = [_need(need) for need in found[:LONGEST_LIST]]
    return [*lines, _more_needs(user)] if len(found) > LONGEST_LIST else lines


def _more_needs(user):
    page = "needs-desk" if roles.has_role(user, roles.STAFF) else "needs-mine"
    url = reverse(f"services:{page}")
    return Item(_("查看"), gettext("还有更多需求等您办理"), url, "waiting", gettext("待办"))


def _need(need):
    due, words = clock_of(need), need.get_status_display()
    late = due is not None and due.is_overdue
    return Item(
        verb=VERBS[need.status],
        text=str(need),
        url=need.get_absolute_url(),
        status=due.status if late else need.status,
        status_text=_("%(status)s，%(limit)s") % {"status": words, "limit": due.words}
        if late
        else words,
    )


def measures(user) -> list[Item]:
    """Measures to confirm, and those of an own unit that are late or due soon."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Measure.objects.visible_to(user).awaiting(user).order_by("due_on", "pk")
    return [_measure(row) for row in rows[:LONGEST_LIST]]


def _measure(row):
    url = row.get_absolute_url()
    if row.status == Measure.Status.REPORTED:
        return Item(_("确认"), str(row), url, row.state_style, row.state_words)
    if row.is_late:
        return Item(_("填写进展"), str(row), url, "overdue", row.state_words)
    words = gettext("%(day)s 到期") % {"day": row.due_on}
    return Item(_("填写进展"), str(row), url, "soon", words)


def action_items(user) -> list[Item]:
    """What meetings resolved: to confirm or to answer for the office, to do for own units."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = ActionItem.objects.visible_to(user).awaiting(user).with_asking()
    rows = rows.order_by("due_on", "pk")
    return [_action_item(row, user) for row in rows[:LONGEST_LIST]]


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


MINUTES_VERBS = {
    Minutes.Status.DRAFT: _("起草纪要"),
    Minutes.Status.SUBMITTED: _("审核纪要"),
    Minutes.Status.APPROVED: _("印发纪要"),
}


def minutes(user) -> list[Item]:
    """Two queries: minutes to write, to review or to publish; meetings that have none yet."""
    if not roles.has_role(user, roles.STAFF, roles.UNIT):
        return []
    rows = Minutes.objects.awaiting(user).defer("content").select_related("meeting")
    items = [_minutes(row) for row in rows.order_by("meeting__minutes_due_on", "pk")[:LONGEST_LIST]]
    own = roles.places(user, roles.UNIT)
    if not own:
        return items
    none_yet = Meeting.objects.filter(
        status=Meeting.Status.HELD,
        minutes_due_on__isnull=False,  # held before the portal kept minutes: nothing is owed
        convened_by__in=own,
        minutes=None,
    )
    late_first = none_yet.order_by("minutes_due_on", "pk")[:LONGEST_LIST]
    return items + [_no_minutes(row) for row in late_first]


def _minutes(row):
    verb, words, status = MINUTES_VERBS[row.status], row.get_status_display(), row.state_style
    due_on = row.meeting.minutes_due_on
    if row.status == Minutes.Status.DRAFT and row.returned:
        verb, words = _("修改纪要"), gettext("已退回")
    if row.version == 1 and due_on:
        status, words = _until(due_on, status, words)
    return Item(verb, str(row), row.get_absolute_url(), status, words)


def _no_minutes(meeting):
    status, words = _until(meeting.minutes_due_on, "soon", "")
    url = f"{meeting.get_absolute_url()}#minutes"
    return Item(MINUTES_VERBS[Minutes.Status.DRAFT], str(meeting), url, status, words)


def _until(due_on, status, words):
    """Late or how long it still has, behind what is known of it."""
    days = (due_on - timezone.localdate()).days
    if days < 0:
        status, left = "overdue", gettext("逾期 %(days)d 天") % {"days": -days}
    else:
        left = gettext("还有 %(days)d 天") % {"days": days} if days else gettext("今天到期")
    both = gettext("%(words)s，%(left)s") % {"words": words, "left": left}
    return status, both if words else left


def invitations(user) -> list[Item]:
    """One query: meetings to which an own unit has not said yet whether it comes."""
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
    return [_invitation(row) for row in rows[:LONGEST_LIST]]


def _invitation(row):
    url = reverse("alliance:invitation-reply", args=[row.pk])
    words = gettext("%(day)s 开会") % {"day": timezone.localdate(row.meeting.starts_at)}
    return Item(_("回复会议邀请"), str(row.meeting), url, "soon", words)

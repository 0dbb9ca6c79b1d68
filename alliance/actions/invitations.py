"""Who is invited to a meeting, and what the units answer (回复): attend, leave, substitute."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from alliance.actions.attendance import require_convener
from alliance.actions.holding import hold_meeting
from alliance.actions.inviting import ANEW, take_back
from alliance.actions.rights import office, require, speaks_for
from alliance.models import Invitation, Meeting, Seat
from nanchuan.kernel import events
from nanchuan.kernel.states import StepRefused

Reply = Invitation.Reply
MANDATE = Invitation.Mandate


@dataclass(frozen=True)
class Answer:
    """What a unit answers: who comes with which mandate, or why nobody does."""

    reply: str
    attendee: str = ""
    job: str = ""
    mandate: str = ""
    reason: str = ""

    def facts(self) -> dict:
        """Only what belongs to the reply: of a leave no attendee is left over."""
        names = {
            Reply.ATTEND: ("attendee", "job"),
            Reply.LEAVE: ("reason",),
            Reply.SUBSTITUTE: ("attendee", "job", "mandate", "reason"),
        }[self.reply]
        every = ("attendee", "job", "mandate", "reason")
        kept = {name: getattr(self, name).strip() if name in names else "" for name in every}
        return kept | {"reply": self.reply}


def may_answer(user, invitation: Invitation) -> bool:
    """Its unit; whoever convenes, for what is told by telephone."""
    meeting = invitation.meeting
    return (
        office(user)
        or speaks_for(user, invitation.seat.unit_id)
        or speaks_for(user, meeting.convened_by_id)
    )


def takes_replies(meeting: Meeting, at: datetime | None = None) -> bool:
    return meeting.status == Meeting.Status.CONVENED and (at or timezone.now()) < meeting.starts_at


def check_answerable(invitation: Invitation, at: datetime | None = None) -> None:
    if invitation.withdrawn_at is not None:
        raise StepRefused(_("这份邀请已撤回，不用再回复。"))
    if not takes_replies(invitation.meeting, at):
        raise StepRefused(_("会议已开始或已取消，不能再更改回复。如有变化请直接联系召集单位。"))


@transaction.atomic
def reply(
    invitation: Invitation,
    answer: Answer,
    *,
    seen: datetime | None,
    by,
    at: datetime | None = None,
) -> None:
    """A unit answers, or answers anew until the meeting begins. `seen` is when the answer was
    given that its speaker saw.

    Raises StepRefused when it is too late, without what belongs to the reply, and if another
    speaker of the unit answered meanwhile.
    """
    at = at or timezone.now()
    hold_meeting(invitation.meeting)
    invitation.refresh_from_db(fields=["withdrawn_at", "reply", "replied_at", "replied_by"])
    require(by is None or may_answer(by, invitation))
    check_answerable(invitation, at)
    facts = answer.facts()
    _check_complete(facts)
    before = invitation.reply
    rows = Invitation.objects.filter(pk=invitation.pk, replied_at=seen)
    if not rows.update(replied_at=at, replied_by=by, **facts):
        raise StepRefused(
            _("“%(unit)s”刚由%(who)s回复为“%(reply)s”。要改为您填写的，请再提交一次。")
            % {
                "unit": invitation,
                "who": invitation.replied_by or _("别人"),
                "reply": invitation.get_reply_display(),
            }
        )
    invitation.refresh_from_db()
    events.record(
        "invitation.replied", subject=invitation, by=by, at=at, reply=answer.reply, before=before
    )


def _check_complete(facts):
    if facts["reply"] == Reply.LEAVE:
        if not facts["reason"]:
            raise StepRefused(_("请写明请假原因。"))
        return
    if not facts["attendee"]:
        raise StepRefused(_("请填写参会人的姓名。"))
    if facts["reply"] == Reply.SUBSTITUTE:
        if not facts["job"]:
            raise StepRefused(_("请填写代会人的职务。"))
        if facts["mandate"] not in MANDATE.values:
            raise StepRefused(_("请选择代会人的权限。"))


# ── More seats, and fewer ───────────────────────────────────────────────────────────────────


def invitable(meeting: Meeting, on: date | None = None):
    """Seats of the alliance on the meeting's day whose unit is not invited."""
    invited = meeting.invitations.standing().values("seat__unit")
    seats = Seat.objects.current(on or timezone.localdate(meeting.starts_at))
    rows = seats.exclude(unit__in=invited).select_related("unit", "group")
    return rows.order_by("group__order", "order", "pk")


@transaction.atomic
def invite(meeting: Meeting, seats, *, by, at: datetime | None = None) -> list[Invitation]:
    """Invite more seats (增加邀请) to a meeting that is announced; each hears of it at once.

    Raises StepRefused once it has begun, for seats that are not current, or invited already.
    """
    hold_meeting(meeting)
    at = at or timezone.now()
    require_convener(meeting, by)
    if not takes_replies(meeting, at):
        raise StepRefused(_("只有已发出通知、尚未开始的会议可以增加邀请。"))
    wanted = {seat.pk for seat in seats}
    found = {}
    for seat in invitable(meeting).filter(pk__in=wanted):
        found.setdefault(seat.unit_id, seat)
    if not found:
        raise StepRefused(_("所选席位已受邀，或者当天已不在联盟，请刷新后重新选择。"))
    return [_invited(meeting, seat, by, at) for seat in found.values()]


def _invited(meeting, seat, by, at) -> Invitation:
    """One that was withdrawn stands again, without its old answer."""
    facts = ANEW | {"unit_name": seat.unit.name}
    row, _made = Invitation.objects.update_or_create(meeting=meeting, seat=seat, defaults=facts)
    events.record("invitation.added", subject=row, by=by, at=at)
    return row


@transaction.atomic
def withdraw(invitation: Invitation, *, reason: str, by, at: datetime | None = None) -> None:
    """Take an invitation back (撤回邀请): its unit hears so once, and nothing after it.

    Raises StepRefused if somebody came for it, or the meeting was registered as held.
    """
    meeting = invitation.meeting
    hold_meeting(meeting)
    require_convener(meeting, by)
    invitation.refresh_from_db(fields=["withdrawn_at"])
    if invitation.withdrawn_at is not None:
        raise StepRefused(_("这份邀请已撤回。"))
    if meeting.status != Meeting.Status.CONVENED:
        raise StepRefused(_("只有已发出通知、尚未登记召开的会议可以撤回邀请。"))
    if not reason.strip():
        raise StepRefused(_("请写明撤回邀请的原因，该单位会看到。"))
    facts = {"by": by, "at": at or timezone.now(), "reason": reason.strip()}
    if not take_back(meeting, meeting.invitations.filter(pk=invitation.pk), **facts):
        raise StepRefused(_("“%(unit)s”已经签到，不能撤回邀请。") % {"unit": invitation})
    invitation.refresh_from_db(fields=["withdrawn_at"])

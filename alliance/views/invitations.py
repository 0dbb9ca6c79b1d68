"""Who is invited and what they answered: on the meeting's page, and a page to reply on."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from alliance import quorum
from alliance.actions import invitations as actions
from alliance.actions.rights import speaks_for
from alliance.forms.handovers import ReasonForm
from alliance.forms.invitations import InviteForm, ReplyForm, seen_of
from alliance.models import Invitation, Meeting
from nanchuan.kernel import events, roles
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny

ROWS = Invitation.objects.select_related(
    "meeting__group", "meeting__kind", "meeting__convened_by", "seat__unit", "replied_by"
)
MEETINGS = Meeting.objects.select_related("group", "kind", "convened_by", "regulation")
Reply = Invitation.Reply
LOOKS = {Reply.ATTEND: "done", Reply.SUBSTITUTE: "soon", Reply.LEAVE: "ended", "": "waiting"}
ORDER = [Reply.ATTEND, Reply.SUBSTITUTE, Reply.LEAVE, ""]


def replies_context(meeting: Meeting, user, invitations: list[Invitation]) -> dict:
    """What the meeting's page shows of replies and guests. Why somebody is on leave, and who
    answered, is for the unit itself and for whoever convenes."""
    own = set(roles.places(user, roles.UNIT))
    takes = actions.takes_replies(meeting)
    day = timezone.localdate(meeting.starts_at)
    moved_at = _moved_at(meeting) if any(row.reply for row in invitations) else None
    for row in invitations:
        mine = row.seat.unit_id in own
        row.look = LOOKS[row.reply]
        row.words = row.get_reply_display() or _("未回复")
        row.shows_more = mine or meeting.is_editable
        row.may_reply = takes and row.shows_more
        row.is_stale = bool(moved_at and row.replied_at and row.replied_at < moved_at)
        row.has_left = row.seat.ends_on is not None and row.seat.ends_on < day
    guests = list(meeting.guests.filter(withdrawn_at=None))
    withdrawn = []
    if meeting.is_editable:
        withdrawn = list(meeting.invitations.exclude(withdrawn_at=None))
    return {
        "mine": [row for row in invitations if row.may_reply and row.seat.unit_id in own],
        "by_reply": sorted(invitations, key=lambda row: (ORDER.index(row.reply), row.pk)),
        "reply_counts": counts(invitations),
        "forecast": forecast(meeting, invitations),
        "may_invite": meeting.is_editable and takes,
        "may_withdraw": meeting.is_editable and meeting.status == Meeting.Status.CONVENED,
        "withdrawn_invitations": withdrawn,
        "guests": guests,
    }


def _moved_at(meeting):
    moved = events.history(meeting).filter(name="meeting.moved")
    return moved.values_list("happened_at", flat=True).first()


def counts(invitations) -> list[dict]:
    """How many seats gave which answer."""
    labels = dict(Reply.choices) | {"": _("未回复")}
    given = [row.reply for row in invitations]
    return [
        {"look": LOOKS[reply], "label": labels[reply], "number": given.count(reply)}
        for reply in ORDER
    ]


def forecast(meeting: Meeting, invitations) -> dict | None:
    """What the replies promise of the quorum; nothing before the notice went out."""
    if meeting.status != Meeting.Status.CONVENED or not invitations:
        return None
    coming = [row.pk for row in invitations if row.reply in (Reply.ATTEND, Reply.SUBSTITUTE)]
    found = quorum.of(meeting, len(invitations), coming)
    if len(coming) >= found.needed:
        words = _("已回复到会 %(coming)d 个席位，够法定人数")
        return {"look": "done", "words": words % {"coming": len(coming)}}
    words = _("已回复到会 %(coming)d 个席位，还差 %(missing)d 个到法定人数")
    facts = {"coming": len(coming), "missing": found.needed - len(coming)}
    return {"look": "soon", "words": words % facts}


def meeting_reply(request, pk):
    """Where notices lead: to the reply of the reader's own unit, if there is one to give."""
    meeting = get_object_or_404(MEETINGS.visible_to(request.user), pk=pk)
    rows = meeting.invitations.standing().filter(
        seat__unit__in=roles.places(request.user, roles.UNIT)
    )
    mine = rows.order_by("reply", "pk").first()  # what waits for an answer comes first
    if mine is None or not actions.takes_replies(meeting):
        return redirect(meeting)
    return redirect("alliance:invitation-reply", mine.pk)


class InvitationReply(FormActionMixin, FormView):
    form_class = ReplyForm
    template_name = "alliance/invitation_reply.html"
    success_message = gettext_lazy("已回复，会议开始前可以更改。")
    object = None

    def dispatch(self, request, *args, **kwargs):
        self.invitation = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        try:
            actions.check_answerable(self.invitation)
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.invitation)
        return super().get(request, *args, **kwargs)

    def get_initial(self):
        row = self.invitation
        initial = {"seen": seen_of(row), "reply": row.reply, "reason": row.reason}
        if row.reply == Reply.SUBSTITUTE:
            initial |= {"substitute": row.attendee, "job": row.job, "mandate": row.mandate}
        elif row.reply == Reply.ATTEND:
            initial["attendee"] = row.attendee
        if self.is_own:
            initial.setdefault("attendee", self.request.user.get_full_name())
        return initial

    @property
    def is_own(self) -> bool:
        return speaks_for(self.request.user, self.invitation.seat.unit_id)

    def act(self, form):
        actions.reply(
            self.invitation,
            form.answer(),
            seen=form.cleaned_data["seen"],
            by=self.request.user,
        )
        return self.invitation

    def form_invalid(self, form):
        """Whoever answered second is told; sent again, the answer stands."""
        now = ROWS.get(pk=self.invitation.pk)
        if form.cleaned_data.get("seen") != now.replied_at:
            form.follow(now)
        self.invitation = now
        return super().form_invalid(form)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            invitation=self.invitation,
            meeting=self.invitation.meeting,
            is_own=self.is_own,
            cancel_url=self.invitation.get_absolute_url(),
            **kwargs,
        )


class MeetingInvite(FormActionMixin, FormView):
    form_class = InviteForm
    template_name = "alliance/meeting_invite.html"
    success_message = gettext_lazy("已增加邀请，所选单位会收到会议通知。")
    object = None

    def dispatch(self, request, *args, **kwargs):
        self.meeting = get_editable_or_deny(MEETINGS, request.user, pk=kwargs["pk"])
        if request.method == "GET" and not actions.takes_replies(self.meeting):
            messages.error(request, _("只有已发出通知、尚未开始的会议可以增加邀请。"))
            return redirect(self.meeting)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting, cancel_url=self.meeting.get_absolute_url(), **kwargs
        )

    def act(self, form):
        actions.invite(self.meeting, list(form.cleaned_data["seats"]), by=self.request.user)
        return self.meeting


class InvitationWithdraw(FormActionMixin, FormView):
    form_class = ReasonForm
    template_name = "alliance/invitation_withdraw.html"
    success_message = gettext_lazy("已撤回对“%(object)s”的邀请，该单位会收到一次通知。")
    object = None

    def dispatch(self, request, *args, **kwargs):
        self.invitation = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        get_editable_or_deny(MEETINGS, request.user, pk=self.invitation.meeting_id)
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            invitation=self.invitation,
            meeting=self.invitation.meeting,
            cancel_url=self.invitation.get_absolute_url(),
            **kwargs,
        )

    def act(self, form):
        actions.withdraw(self.invitation, by=self.request.user, **form.facts())
        return self.invitation

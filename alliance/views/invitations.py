"""Who is invited and what they answered: on the meeting's page, and a page to reply on."""

from django.contrib import messages
from django.db.models import Case, Count, Exists, OuterRef, Value, When
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from alliance import quorum
from alliance.actions import checkins
from alliance.actions import invitations as actions
from alliance.actions.rights import speaks_for
from alliance.forms.handovers import ReasonForm
from alliance.forms.invitations import InviteForm, ReplyForm, seen_of
from alliance.models import CheckIn, Invitation, Meeting
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny

ROWS = Invitation.objects.select_related(
    "meeting__group", "meeting__kind", "meeting__convened_by", "seat__unit", "replied_by"
)
MEETINGS = Meeting.objects.select_related("group", "kind", "convened_by", "regulation")
Reply = Invitation.Reply
LOOKS = {Reply.ATTEND: "done", Reply.SUBSTITUTE: "soon", Reply.LEAVE: "ended", "": "waiting"}
ORDER = [Reply.ATTEND, Reply.SUBSTITUTE, Reply.LEAVE, ""]
LISTED = 30  # seats
DOT = " · "
SHOWN = (
    *("unit_name", "reply", "attendee", "job", "mandate", "reason", "replied_at", "meeting"),
    *("seat__unit__kind", "seat__ends_on", "replied_by__name"),
)


def replies_context(meeting: Meeting, user, *, moved_at, came: int, everything: bool) -> dict:
    """What the meeting's page shows of seats, replies and guests. The seats are counted, and only
    those are read that are shown: of many the first until it is asked for `everything`. `came`:
    how many did."""
    given = meeting.invitations.standing().order_by().values_list("reply").annotate(Count("pk"))
    given = dict(given)
    number = sum(given.values())
    takes, own = actions.takes_replies(meeting), roles.places(user, roles.UNIT)
    is_convened = meeting.status == Meeting.Status.CONVENED
    rows = _seats(meeting, by_reply=is_convened)
    shown = list(rows if everything else rows[:LISTED]) if number else []
    mine = list(rows.filter(seat__unit__in=own).order_by("pk")) if takes and own else []
    absent = False if meeting.status == Meeting.Status.HELD and came else None
    dress([*shown, *mine], meeting, own, moved_at=moved_at, takes=takes, absent=absent)
    withdrawn = meeting.invitations.exclude(withdrawn_at=None)
    return {
        "invited": number,
        "invitations": shown,
        "invitations_at": reverse("alliance:invitation-reply", args=[0]).removesuffix("0/reply/"),
        "all_seats": number if number > len(shown) else None,
        "mine": mine,
        "awaits_me": bool(own) and _awaits(meeting, own),
        "reply_counts": counts(given),
        "forecast": forecast(meeting, given),
        "may_invite": meeting.is_editable and takes,
        "may_withdraw": meeting.is_editable and is_convened,
        "withdrawn_invitations": withdrawn if meeting.is_editable and is_convened else (),
        "guests": list(meeting.guests.filter(withdrawn_at=None)),
    }


def _awaits(meeting, own) -> bool:
    """Codes are shown in the room, and nobody scanned one yet for a seat of these units."""
    if meeting.status != Meeting.Status.CONVENED:
        return False
    if not checkins.is_open(meeting, CheckIn.Way.CODE):
        return False
    return _seats(meeting, by_reply=False).filter(seat__unit__in=own, has_come=False).exists()


def _seats(meeting, *, by_reply):
    """Each knows `has_come`; while answers are awaited they stand in the order of those."""
    here = CheckIn.objects.standing().filter(invitation=OuterRef("pk"))
    rows = meeting.invitations.standing().annotate(has_come=Exists(here))
    rows = rows.select_related("seat__unit", "replied_by").only(*SHOWN)
    if not by_reply:
        return rows
    places = [When(reply=reply, then=Value(place)) for place, reply in enumerate(ORDER)]
    return rows.order_by(Case(*places, default=Value(len(ORDER))), "pk")


def dress(rows, meeting, own, *, moved_at, takes, absent) -> None:  # noqa: PLR0913
    """How each seat looks. Why somebody is on leave, and who answered, is for the unit itself and
    for whoever convenes. Who is not here yet, may still come."""
    day, labels = timezone.localdate(meeting.starts_at), _labels()
    for row in rows:
        row.attended = row.has_come or absent
        row.look, row.words = LOOKS[row.reply], labels[row.reply]
        shows_more = meeting.is_editable or row.seat.unit_id in own
        row.may_reply = takes and shows_more
        mandate = row.get_mandate_display() if row.mandate else ""
        row.who = DOT.join(filter(None, (row.attendee, row.attendee and row.job, mandate)))
        row.told = _told(row) if shows_more and row.reply else ""
        row.is_stale = bool(moved_at and row.replied_at and row.replied_at < moved_at)
        row.has_left = row.seat.ends_on is not None and row.seat.ends_on < day


def _told(row) -> str:
    """Why, when and by whom it was answered."""
    why = _("原因：%(reason)s") % {"reason": row.reason} if row.reason else ""
    by = _("%(who)s登记") % {"who": row.replied_by.name} if row.replied_by else ""
    return DOT.join(filter(None, (why, f"{moment(row.replied_at)} {by}".strip())))


def _labels() -> dict[str, str]:
    return {reply: str(label) for reply, label in Reply.choices} | {"": _("未回复")}


def counts(given: dict[str, int]) -> list[dict]:
    """How many seats gave which answer."""
    labels = _labels()
    return [
        {"look": LOOKS[reply], "label": labels[reply], "number": given.get(reply, 0)}
        for reply in ORDER
    ]


def forecast(meeting: Meeting, given: dict[str, int]) -> dict | None:
    """What the replies promise of the quorum; nothing before the notice went out."""
    if meeting.status != Meeting.Status.CONVENED or not given:
        return None
    coming = given.get(Reply.ATTEND, 0) + given.get(Reply.SUBSTITUTE, 0)
    found = quorum.counted(meeting, sum(given.values()), coming)
    if coming >= found.needed:
        words = _("已回复到会 %(coming)d 个席位，够法定人数")
        return {"look": "done", "words": words % {"coming": coming}}
    words = _("已回复到会 %(coming)d 个席位，还差 %(missing)d 个到法定人数")
    return {"look": "soon", "words": words % {"coming": coming, "missing": found.needed - coming}}


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

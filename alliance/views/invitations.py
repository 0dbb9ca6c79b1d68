"""Who is invited and what they answered: on the meeting's page, and a page to reply on."""

from dataclasses import dataclass
from datetime import date, datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView

from alliance import quorum
from alliance.actions import attendance, checkins
from alliance.actions import invitations as actions
from alliance.actions.agenda import is_open
from alliance.actions.rights import speaks_for
from alliance.forms.handovers import ReasonForm
from alliance.forms.invitations import InviteForm, ReplyForm, seen_of
from alliance.models import CheckIn, Guest, Invitation, Meeting
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.prepared import keys, prepared
from nanchuan.kernel.readers import prepared_for_reader
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.templatetags.ui import moment, states
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny

ROWS = Invitation.objects.select_related(
    "meeting__group", "meeting__kind", "meeting__convened_by", "seat__unit", "replied_by"
)
MEETINGS = Meeting.objects.select_related("group", "kind", "convened_by", "regulation")
Reply = Invitation.Reply
LOOKS = {Reply.ATTEND: "done", Reply.SUBSTITUTE: "soon", Reply.LEAVE: "ended", "": "waiting"}
ORDER = [Reply.ATTEND, Reply.SUBSTITUTE, Reply.LEAVE, ""]
KEYS = {reply or "none": reply for reply in ORDER}  # in addresses
LISTED, LONGEST = 25, 50  # seats on a page, letters of a word
DOT = " · "
FACTS = (
    *("pk", "unit_name", "reply", "attendee", "job", "mandate", "reason", "replied_at"),
    *("has_come", "seat__unit", "seat__unit__kind", "seat__ends_on", "replied_by__name"),
)


def seats_context(meeting: Meeting, user, query, tally) -> dict:
    """A page of the seats, those that the reader asked for (`query`)."""
    asked = Asked.of(meeting, query, tally)
    is_convened = meeting.status == Meeting.Status.CONVENED
    paginator = Paginator(_places(meeting, asked), LISTED)
    page = paginator.get_page(query.get("page"))
    moved_at = attendance.moments(meeting).get("meeting.moved") if is_convened else None
    look = Look(meeting, set(roles.places(user, roles.UNIT)), moved_at, has_come=bool(tally.seats))
    page.object_list = look.dressed(page.object_list)
    return {
        "asked": asked,
        "invitations": page.object_list,
        "page_obj": page,
        "paginator": paginator,
        "is_paginated": paginator.num_pages > 1,
        "row_count": paginator.count,
        "forecast": forecast(meeting, tally.replies),
    }


def guests_context(meeting: Meeting, user, tally) -> dict:
    """What stands around the seats."""
    takes = actions.takes_replies(meeting)
    is_convened = meeting.status == Meeting.Status.CONVENED
    return {
        "may_invite": meeting.is_editable and takes,
        "withdrawn": _withdrawn(meeting.pk) if meeting.is_editable and is_convened else (),
        "guests": _guests(meeting.pk),
        "may_write_agenda": meeting.is_editable and is_open(meeting, tally.minutes),
        "may_correct": meeting.is_editable
        and meeting.status == Meeting.Status.HELD
        and attendance.is_correctable(meeting.held_at),
    }


@prepared(int)
def _withdrawn(meeting):
    rows = Invitation.objects.filter(meeting=meeting, withdrawn_at__isnull=False)
    return rows.values_list("unit_name")


@prepared(int)
def _guests(meeting):
    return Guest.objects.filter(meeting=meeting, withdrawn_at=None)


def own_context(meeting: Meeting, user) -> dict:
    """The invitations of the reader's own units: what they may still answer (`mine`), and
    whether codes are shown in the room that nobody has scanned for one yet."""
    is_convened = meeting.status == Meeting.Status.CONVENED
    rows = _own(user, meeting.pk) if is_convened and roles.places(user, roles.UNIT) else []
    labels = _labels()
    for row in rows:
        row.look, row.words = LOOKS[row.reply], labels[row.reply]
    awaits = checkins.is_open(meeting, CheckIn.Way.CODE)
    return {
        "mine": rows if actions.takes_replies(meeting) else [],
        "awaits_me": awaits and not all(row.has_come for row in rows),
    }


@prepared_for_reader(int)
def _own(reader, meeting):
    own = roles.places(reader, roles.UNIT)
    return _with_arrival(Invitation.objects.standing().filter(meeting=meeting, seat__unit__in=own))


@dataclass(frozen=True)
class Asked:
    """Which seats a reader wants to see: those with an answer, those that came, a word."""

    ways: list[dict]  # what can be asked for, each with its number
    key: str = ""
    word: str = ""

    @classmethod
    def of(cls, meeting, query, tally) -> "Asked":
        ways = [{"key": "", "label": _("全部"), "number": tally.invited, "look": ""}]
        if meeting.status == Meeting.Status.HELD and tally.seats:
            came = min(tally.seats, tally.invited)
            ways += [
                {"key": "came", "label": _("到会"), "number": came, "look": "done"},
                {
                    "key": "absent",
                    "label": _("未到会"),
                    "number": tally.invited - came,
                    "look": "ended",
                },
            ]
        elif meeting.status == Meeting.Status.CONVENED:
            ways += counts(tally.replies)
        known = {way["key"] for way in ways}
        key = query.get("show", "")
        return cls(ways, key if key in known else "", query.get("q", "").strip()[:LONGEST])

    def wants(self, reply: str, has_come: bool) -> bool:
        if self.key in ("came", "absent"):
            return has_come == (self.key == "came")
        return not self.key or reply == KEYS[self.key]


def _places(meeting, asked) -> list[int]:
    """The keys of the seats that were asked for; while answers are awaited in the order of
    these."""
    rows = [
        (pk, reply) for pk, reply, has_come in _order(meeting.pk) if asked.wants(reply, has_come)
    ]
    if meeting.status == Meeting.Status.CONVENED:
        rows.sort(key=lambda row: ORDER.index(row[1]))
    found = [pk for pk, _reply in rows]
    if not asked.word:
        return found
    word = Q(unit_name__icontains=asked.word) | Q(attendee__icontains=asked.word)
    named = set(meeting.invitations.filter(word).order_by().values_list("pk", flat=True))
    return [pk for pk in found if pk in named]


@prepared(int)
def _order(meeting):
    rows = _with_arrival(Invitation.objects.standing().filter(meeting=meeting))
    return rows.values_list("pk", "reply", "has_come")


@prepared(list)
def _lines(pks):
    return _with_arrival(Invitation.objects.filter(pk__in=keys(pks))).values_list(*FACTS)


def _with_arrival(rows):
    here = CheckIn.objects.standing().filter(invitation=OuterRef("pk"))
    return rows.annotate(has_come=Exists(here)).order_by("pk")


@dataclass(frozen=True)
class Look:
    """How the seats of a meeting look to a reader. Why somebody is on leave, and who answered, is
    for the unit itself and for whoever convenes. Who is not here yet, may still come."""

    meeting: Meeting
    own: set[int]
    moved_at: datetime | None
    has_come: bool  # anybody

    @cached_property
    def is_convened(self) -> bool:
        return self.meeting.status == Meeting.Status.CONVENED

    @cached_property
    def words(self) -> dict[str, str]:
        told = {"came": _("到会"), "absent": _("未到会"), "stale": _("改期前的回复")}
        told |= {"reason": _("原因：%(reason)s"), "by": _("%(who)s登记")}
        verbs = {"answer": _("登记回复"), "change": _("更改回复")}
        kinds = {key: str(label) for key, label in Unit.Kind.choices}
        mandates = {key: str(label) for key, label in Invitation.Mandate.choices}
        return told | verbs | kinds | mandates | _labels()

    def dressed(self, pks: list[int]) -> list[dict]:
        rows = {row[0]: dict(zip(FACTS, row, strict=True)) for row in _lines(pks)}
        found = [rows[pk] for pk in pks]
        for row in found:
            (self._answered if self.is_convened else self._settled)(row)
        return found

    def _settled(self, row):
        row["kind"] = self.words[row["seat__unit__kind"]]
        row["states"] = states(self._arrival(row))

    def _arrival(self, row):
        if row["has_come"]:
            return [("done", self.words["came"])]
        is_absent = self.has_come and self.meeting.status == Meeting.Status.HELD
        return [("draft", self.words["absent"])] if is_absent else []

    def _answered(self, row):
        words, reply, at = self.words, row["reply"], row["replied_at"]
        row["pk"] = place = str(row["pk"])
        told = [(LOOKS[reply], words[reply]), *self._arrival(row)]
        if self.moved_at and at and at < self.moved_at:
            told.append(("overdue", words["stale"]))
        row["states"] = states(told)
        if row["attendee"]:
            who = (row["attendee"], row["job"], words[row["mandate"]] if row["mandate"] else "")
            row["who"] = DOT.join(filter(None, who))
        if self.meeting.is_editable or row["seat__unit"] in self.own:
            row["told"] = self._told(row) if reply else ""
            if self.takes:
                row["reply_at"] = f"{self.at}{place}/reply/"
                row["reply_verb"] = words["change" if reply else "answer"]
        if self.meeting.is_editable:
            row["withdraw_at"] = "" if row["has_come"] else f"{self.at}{place}/withdraw/"
            ends_on = row["seat__ends_on"]
            row["left_on"] = ends_on if ends_on and ends_on < self.day else None

    def _told(self, row):
        """Why, when and by whom it was answered."""
        reason, by, words = row["reason"], row["replied_by__name"], self.words
        why = words["reason"] % {"reason": reason} if reason else ""
        when = moment(row["replied_at"])
        if by:
            when = f"{when} {words['by'] % {'who': by}}"
        return f"{why}{DOT}{when}" if why else when

    @cached_property
    def at(self) -> str:
        return reverse("alliance:invitation-reply", args=[0]).removesuffix("0/reply/")

    @cached_property
    def takes(self) -> bool:
        return actions.takes_replies(self.meeting)

    @cached_property
    def day(self) -> date:
        return timezone.localdate(self.meeting.starts_at)


def _labels() -> dict[str, str]:
    return {"": _("未回复")} | {reply: str(label) for reply, label in Reply.choices}


def counts(given: dict[str, int]) -> list[dict]:
    """How many seats gave which answer."""
    labels = _labels()
    return [
        {"key": key, "look": LOOKS[reply], "label": labels[reply], "number": given.get(reply, 0)}
        for key, reply in KEYS.items()
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
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def get_success_url(self):
        """Whoever answers for others goes on with the list."""
        of = self.invitation.meeting if self.is_own else self.invitation
        return of.get_absolute_url()


class MeetingInvite(FormActionMixin, FormView):
    form_class = InviteForm
    template_name = "alliance/meeting_invite.html"
    success_message = gettext_lazy("已增加邀请，所选单位会收到会议通知。")
    object = None

    def dispatch(self, request, *args, **kwargs):
        self.meeting = get_editable_or_deny(MEETINGS, request.user, pk=kwargs["pk"])
        if request.method == "GET" and not actions.takes_replies(self.meeting):
            messages.error(request, _("只有已发出通知、尚未开始的会议可以增加邀请。"))
            return redirect(self.get_success_url())
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting, cancel_url=self.get_success_url(), **kwargs
        )

    def get_success_url(self):
        return self.meeting.part_url("invited")

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

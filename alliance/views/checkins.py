"""Who came: by the code in one's own browser, by hand, and from a sheet."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from django.views.generic import DetailView, FormView

from alliance import attendees, codes
from alliance.actions import checkins as actions
from alliance.forms.checkins import HandForm, ScanForm, SheetForm, TimesForm, WithdrawForm
from alliance.models import CheckIn, CheckInFile, Meeting
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    FormActionMixin,
    ScopedMixin,
    UploadMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = CheckIn.objects.select_related("meeting", "invitation__seat__unit", "guest")
EXPIRED = gettext_lazy("二维码已过期，请重新扫主持屏。")


# ── With the code ───────────────────────────────────────────────────────────────────────────


@require_safe
def scan(request, token):
    """A code was scanned: keep a place for this browser, then let the person confirm."""
    pk = codes.meeting_of(token)
    meeting = pk and Meeting.objects.filter(pk=pk).first()
    if not meeting:
        return _no_place(request, EXPIRED, 410)
    try:
        actions.check_open(meeting, CheckIn.Way.CODE, timezone.now())
    except StepRefused as refusal:
        return _no_place(request, str(refusal), 410)
    codes.reserve(request.session, meeting.pk)
    return redirect("alliance:check-in")


def _no_place(request, words, status=200):
    return render(request, "alliance/check_in_none.html", {"words": words}, status=status)


class CheckInConfirm(FormActionMixin, FormView):
    """The person signs in if need be, sees for what, and confirms; opening it does nothing."""

    form_class = ScanForm
    template_name = "alliance/check_in.html"

    def dispatch(self, request, *args, **kwargs):
        self.reserved = codes.reservation(request.session)
        if self.reserved is None:
            return self._without(request)
        self.meeting = get_object_or_404(Meeting, pk=self.reserved.meeting)
        self.seats = actions.seats_for(self.meeting, request.user)
        self.guest = actions.guest_for(self.meeting, request.user)
        return super().dispatch(request, *args, **kwargs)

    def _without(self, request):
        """The place was used up, or its five minutes are over."""
        done = codes.last_one(request.session)
        row = done and CheckIn.objects.standing().filter(pk=done, user=request.user).first()
        if row:
            seen = Meeting.objects.visible_to(request.user).filter(pk=row.meeting_id).exists()
            return render(request, "alliance/check_in_done.html", {"row": row, "is_seen": seen})
        return _no_place(request, EXPIRED)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"places": self.places()}

    def places(self):
        taken = {row.invitation_id: row for row in self.holders()}
        found = []
        for seat in self.seats:
            if seat.pk not in taken:
                label = _("代表“%(unit)s”的席位") % {"unit": seat.unit_name}
                found.append((str(seat.pk), label))
        if self.guest:
            found.append(("guest", _("受邀列席人员")))
        return [*found, (ScanForm.BESIDE, _("列席"))]

    def holders(self):
        """Who else is there for the person's seats."""
        rows = CheckIn.objects.standing().filter(invitation__in=self.seats)
        return [row for row in rows if not self._is_own(row)]

    def _is_own(self, row):
        user = self.request.user
        return row.user_id == user.pk or (
            row.user_id is None and row.name in ("", user.get_full_name())
        )

    def get_initial(self):
        return {"unit_name": self._unit_name()}

    def _unit_name(self):
        if self.seats:
            return self.seats[0].unit_name
        own = Unit.objects.filter(pk__in=roles.places(self.request.user, roles.UNIT)).first()
        return own.name if own else ""

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting,
            taken=[actions.taken_words(row) for row in self.holders()],
            substituted={str(seat.pk): seat for seat in self.seats if seat.reply == "substitute"},
            **kwargs,
        )

    def act(self, form):
        place, user = form.cleaned_data["place"], self.request.user
        who = {"user": user}
        if place == "guest":
            who["guest"] = self.guest
        elif place == ScanForm.BESIDE:
            who["unit_name"] = form.cleaned_data["unit_name"]
        else:
            who["invitation"] = next(seat for seat in self.seats if str(seat.pk) == place)
        arrival = actions.check_in(
            self.meeting, way=CheckIn.Way.CODE, ticket=self.reserved.ticket, by=user, **who
        )
        codes.release(self.request.session, arrival.row.pk)
        messages.success(self.request, arrival.words)
        return self.meeting

    def get_success_url(self):
        return reverse("alliance:check-in")


# ── By the convener ─────────────────────────────────────────────────────────────────────────


class ConvenedMixin:
    """A page of whoever convenes the meeting."""

    def dispatch(self, request, *args, **kwargs):
        rows = Meeting.objects.select_related("group", "kind", "regulation")
        self.meeting = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        kwargs.setdefault(
            "cancel_url", reverse("alliance:meeting-arrivals", args=[self.meeting.pk])
        )
        return super().get_context_data(meeting=self.meeting, **kwargs)

    def get_success_url(self):
        return reverse("alliance:meeting-arrivals", args=[self.meeting.pk])


class MeetingArrivals(ScopedMixin, DetailView):
    """Everybody who came, with how and when; whoever convenes puts it right."""

    queryset = Meeting.objects.select_related("group", "kind", "regulation", "convened_by")
    template_name = "alliance/meeting_arrivals.html"

    def get_context_data(self, **kwargs):
        meeting = self.object
        editable = meeting.is_editable
        gone = meeting.checkins.exclude(withdrawn_at=None) if editable else ()
        return super().get_context_data(
            room=attendees.room(meeting),
            gone=gone,
            may_correct=editable and actions.is_open(meeting, CheckIn.Way.HAND),
            sheets=meeting.sheets.all() if editable else (),
            at=reverse("alliance:checkin-edit", args=[0]).removesuffix("0/edit/"),
            **kwargs,
        )


class OpenMixin(ConvenedMixin):
    """A form that is shown only while somebody can be entered."""

    way = CheckIn.Way.HAND
    template_name = "alliance/checkin_form.html"

    def get(self, request, *args, **kwargs):
        try:
            actions.check_open(self.meeting, self.way, timezone.now())
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect("alliance:meeting-arrivals", self.meeting.pk)
        return super().get(request, *args, **kwargs)


class MeetingArrive(OpenMixin, FormActionMixin, FormView):
    """Somebody is entered by hand."""

    form_class = HandForm
    extra_context = {"title": gettext_lazy("手工登记到会"), "submit": gettext_lazy("登记到会")}

    def get_initial(self):
        held = self.meeting.status == Meeting.Status.HELD
        return {
            "seat": self.request.GET.get("seat"),
            "guest": self.request.GET.get("guest"),
            "came_at": None if held else timezone.now().replace(second=0, microsecond=0),
        }

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"meeting": self.meeting}

    def act(self, form):
        who, by = form.who(), self.request.user
        arrival = actions.check_in(self.meeting, way=CheckIn.Way.HAND, by=by, **who)
        self.success_message = (
            _("已登记“%(object)s”到会。") if arrival.is_new else _("“%(object)s”此前已经签到。")
        )
        return arrival.row


class MeetingSheet(OpenMixin, UploadMixin, FormView):
    """A sheet that was signed by hand: its photos, and who stands on it."""

    way = CheckIn.Way.SHEET
    form_class = SheetForm
    extra_context = {
        "title": gettext_lazy("据签到表补录"),
        "submit": gettext_lazy("保存并补录"),
        "note": gettext_lazy("上传签到表照片，勾选上面签了字的人。登记后标明“补录”。"),
    }

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"room": attendees.room(self.meeting)}

    def act(self, form):
        given = form.cleaned_data
        new = actions.from_sheet(
            self.meeting,
            seats=given.get("seats") or (),
            guests=given.get("guests") or (),
            files=given["files"],
            by=self.request.user,
        )
        self.success_message = _("已据签到表补录 %(number)d 人。") % {"number": new}
        return self.meeting


class RowMixin(ConvenedMixin):
    """A form about one check-in."""

    template_name = "alliance/checkin_form.html"

    def dispatch(self, request, *args, **kwargs):
        self.row = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        return super().dispatch(request, pk=self.row.meeting_id)

    def get_context_data(self, **kwargs):
        return super().get_context_data(row=self.row, **kwargs)


class CheckInEdit(RowMixin, FormActionMixin, FormView):
    form_class = TimesForm
    success_message = gettext_lazy("已更正“%(object)s”的时间。")
    extra_context = {"title": gettext_lazy("更正到会时间"), "submit": gettext_lazy("保存")}

    def get_initial(self):
        return {"came_at": self.row.at, "left_at": self.row.left_at}

    def act(self, form):
        given = form.cleaned_data
        times = {name: given[name] for name in ("came_at", "left_at")}
        actions.set_times(self.row, by=self.request.user, **times)
        return self.row


class CheckInWithdraw(RowMixin, FormActionMixin, FormView):
    form_class = WithdrawForm
    success_message = gettext_lazy("已撤销“%(object)s”的签到。")
    extra_context = {
        "title": gettext_lazy("撤销签到"),
        "submit": gettext_lazy("撤销签到"),
        "note": gettext_lazy("撤销后席位空出来，可以重新签到。记录和原因会保留。"),
    }

    def act(self, form):
        actions.withdraw(self.row, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.row


@require_POST
def checkin_leave(request, pk):
    row = get_editable_or_deny(ROWS, request.user, pk=pk)
    done = _("已登记“%(name)s”离会。") % {"name": row}
    return take_step(request, actions.leave, row, done=done, to=_arrivals(row))


@require_POST
def checkin_return(request, pk):
    row = get_editable_or_deny(ROWS, request.user, pk=pk)
    done = _("已登记“%(name)s”返回会场。") % {"name": row}
    return take_step(request, actions.come_back, row, done=done, to=_arrivals(row))


def _arrivals(row):
    return reverse("alliance:meeting-arrivals", args=[row.meeting_id])


def sheet_file(request, pk):
    """A photo of a sheet, with signatures: for whoever convenes the meeting."""
    mine = Meeting.objects.editable_by(request.user)
    return answer(get_object_or_404(CheckInFile, pk=pk, meeting__in=mine))

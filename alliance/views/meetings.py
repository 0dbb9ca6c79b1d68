from django.core.exceptions import ValidationError
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from alliance import quorum, timeline
from alliance.actions import attendance
from alliance.actions import meetings as actions
from alliance.forms.meetings import CancelForm, MeetingChangeForm, MeetingFilter, MeetingForm
from alliance.models import Meeting, Regulation
from alliance.models.settings import Text
from alliance.views.agenda import agenda_context
from alliance.views.invitations import replies_context
from alliance.views.meeting_items import items_context
from alliance.views.meeting_papers import papers_context
from alliance.views.minutes import minutes_of
from nanchuan.kernel import calendar
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.previews import DoubtsMixin
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    HistoryMixin,
    PartialMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)
from nanchuan.notices.plans import plan_of

SAVED = gettext_lazy("已保存“%(object)s”的草稿。各单位还没有收到通知。")
ANNOUNCED = gettext_lazy("已发出“%(object)s”的通知，各成员单位会收到通知和会前提醒。")


class MeetingList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = Meeting.objects.order_by("-starts_at", "-pk")
    filterset_class = MeetingFilter
    template_name = "alliance/meeting_list.html"
    partial_template_name = "alliance/_meeting_table.html"
    export_name = _("会议台账")
    on_paper = True

    def dress(self, rows):
        rows = rows.select_related("group", "kind", "convened_by", "regulation")
        return rows.with_attendance()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for meeting in context["object_list"]:
            meeting.quorum = quorum.of_row(meeting)
        return context

    def export_columns(self):
        return [
            Column(_("名称"), lambda row: row.title, 40),
            Column(_("会议类型"), lambda row: row.kind),
            Column(_("联盟小组"), lambda row: row.group),
            Column(_("开始时间"), lambda row: row.starts_at),
            Column(_("地点"), lambda row: row.place, 24),
            Column(_("召集单位"), lambda row: row.convened_by, 30),
            Column(_("状态"), lambda row: row.get_status_display(), 8),
            Column(_("应到席位"), lambda row: row.seats_invited, 8),
            Column(_("到会席位"), lambda row: quorum.of_row(row).attended, 8),
            Column(_("法定人数"), lambda row: quorum.of_row(row).verdict),
        ]


class MeetingDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Meeting.objects.select_related(
        "group", "kind", "convened_by", "turn__group", "regulation"
    )

    def get_context_data(self, **kwargs):
        meeting = self.object
        invitations = list(
            meeting.invitations.standing().select_related("seat__unit", "replied_by")
        )
        attended = attendance.attended_of(meeting)
        for invitation in invitations:
            invitation.attended = invitation.pk in attended if attended else None
        context = {
            "invitations": invitations,
            "quorum": quorum.of(meeting, len(invitations), attended),
        }
        context |= items_context(meeting, self.request.user)
        context |= minutes_of(meeting, self.request.user)
        context |= self._dates(attendance.moments(meeting), context["minutes_published_on"])
        context |= papers_context(meeting, self.request.user)
        context |= agenda_context(meeting, self.request.user)
        context |= replies_context(meeting, self.request.user, invitations)
        if meeting.is_editable:
            if meeting.status == Meeting.Status.DRAFT and meeting.place:
                context["may_announce"] = meeting.starts_at > timezone.now()
            context |= {
                "plan": plan_of(meeting),
                "cancel_form": CancelForm(user=self.request.user),
            }
        return super().get_context_data(**context | kwargs)

    def _dates(self, moments, published_on):
        meeting, held_at = self.object, self.object.held_at
        context = {
            "may_correct": meeting.is_editable
            and meeting.status == Meeting.Status.HELD
            and attendance.is_correctable(held_at)
        }
        if meeting.status == Meeting.Status.CANCELLED:
            return context
        convened_at = moments.get("meeting.convened")
        dates = timeline.timeline(
            meeting,
            convened_on=convened_at and timezone.localdate(convened_at),
            published_on=published_on,
        )
        note = calendar.estimate_note(due.day for due in dates)
        return context | {"dates": dates, "estimate_note": note}


class DatesMixin(PartialMixin, DoubtsMixin):
    """A form with the dates that follow from the start that is typed in; they follow a change.

    What is unusual about the start is said, and has to be confirmed.
    """

    template_name = "alliance/meeting_form.html"
    partial_template_name = "alliance/_meeting_form_dates.html"

    @cached_property
    def rules(self):
        """What decides for this meeting: the kind that is chosen, the system in force."""
        if self.object:
            return timeline.rules(self.object)
        return timeline.Rules(None, Regulation.objects.of(Text.MEETINGS) or Regulation())

    def preview(self, form):
        if form.is_draft and not form.announces:
            return []  # nobody hears of it yet
        if "starts_at" not in form.changed_data and not form.announces:
            return []
        return timeline.doubts(self.rules, form.cleaned_data["starts_at"])

    def get_context_data(self, **kwargs):
        context = super().get_context_data(cancel_url=self.cancel_url, **kwargs)
        starts_at = self._start(context["form"])
        if starts_at is None:
            return context
        dates = timeline.planned(self.rules, starts_at)
        return context | {
            "starts_at": starts_at,
            "dates": dates,
            "doubts": [] if context.get("preview") else timeline.doubts(self.rules, starts_at),
            "estimate_note": calendar.estimate_note(due.day for due in dates),
        }

    @property
    def cancel_url(self):
        """Back to the meeting, or to all of them."""
        return self.object.get_absolute_url() if self.object else reverse("alliance:meeting-list")

    def _start(self, form):
        """What is typed in, if it can be the start of a meeting."""
        typed = self.request.GET.get("starts_at") if self.request.htmx else None
        field, now = form.fields["starts_at"], timezone.now()
        try:
            starts_at = field.clean(form["starts_at"].value() if typed is None else typed)
        except ValidationError:
            return None
        return starts_at if now < starts_at <= now + actions.FARTHEST else None


class MeetingCreate(DatesMixin, CreateView):
    model = Meeting
    form_class = MeetingForm
    success_message = _("已召集“%(object)s”，各成员单位会收到通知和会前提醒。")

    def get_initial(self):
        """The first working day for which the notice is in time, at the usual hour."""
        starts_at, ends_at = timeline.proposed(self.rules)
        group = self.request.GET.get("group")
        return {"group": group, "starts_at": starts_at, "ends_at": ends_at}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"may_convene": bool(context["form"].groups)}

    def act(self, form):
        names = ("group", "agenda", *actions.CHANGEABLE)
        wanted = {name: form.cleaned_data[name] for name in names}
        return actions.convene(by=self.request.user, **wanted)


class MeetingEdit(DatesMixin, UpdateView):
    model = Meeting
    form_class = MeetingChangeForm
    success_message = _("已更改“%(object)s”。时间有变的，各成员单位会收到新的时间。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(Meeting.objects, self.request.user, pk=self.kwargs["pk"])

    def act(self, form):
        meeting = Meeting.objects.get(pk=self.object.pk)  # the form has written on its own
        wanted = {name: form.cleaned_data[name] for name in actions.CHANGEABLE}
        actions.change(meeting, by=self.request.user, seen=form.cleaned_data["seen"], **wanted)
        if form.is_draft:
            self.success_message = SAVED
        if form.announces:
            actions.announce(meeting, by=self.request.user)
            self.success_message = ANNOUNCED
        return meeting


@require_POST
def meeting_announce(request, pk):
    meeting = get_editable_or_deny(Meeting.objects, request.user, pk=pk)
    return take_step(request, actions.announce, meeting, done=ANNOUNCED % {"object": meeting})


@require_POST
def meeting_cancel(request, pk):
    meeting = get_editable_or_deny(Meeting.objects, request.user, pk=pk)
    form = CancelForm(request.POST, user=request.user)
    if not form.is_valid():
        view = MeetingDetail()
        view.setup(request, pk=pk)
        view.object = view.get_object()
        return render(
            request,
            "alliance/meeting_detail.html",
            view.get_context_data() | {"cancel_form": form},
        )
    done = _("会议已取消，各成员单位会收到一次取消通知，不再提醒。")
    if meeting.status == Meeting.Status.DRAFT:
        done = _("会议草稿已取消。此前没有发过通知，所以也不另行通知。")
    return take_step(
        request, actions.cancel, meeting, reason=form.cleaned_data["reason"], done=done
    )

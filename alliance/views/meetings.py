from django.http import Http404
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from alliance import attendees, quorum, timeline
from alliance.actions import attendance
from alliance.actions import meetings as actions
from alliance.forms.meetings import CancelForm, MeetingChangeForm, MeetingFilter, MeetingForm
from alliance.models import Group, Meeting, MeetingKind, Regulation
from alliance.models.settings import Text
from alliance.views import meeting_typing as typing
from alliance.views.agenda import agenda_context
from alliance.views.invitations import replies_context
from alliance.views.meeting_items import items_context
from alliance.views.meeting_papers import papers_context
from alliance.views.meeting_steps import next_step
from alliance.views.minutes import minutes_of
from alliance.views.series import of_meeting
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
        return rows.prefetch_related("partners").with_attendance()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        for meeting in context["object_list"]:
            meeting.quorum = quorum.of_row(meeting)
        return context

    def export_columns(self):
        return [
            Column(_("名称"), lambda row: row.title, 40),
            Column(_("会议类型"), lambda row: row.kind),
            Column(_("联盟小组"), lambda row: row.groups_words),
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
        meeting, user = self.object, self.request.user
        context = {
            "groups": self._groups(),
            "series_of": of_meeting(meeting, user),
            "present": attendees.told(meeting),
        }
        context |= agenda_context(meeting, user)
        context |= items_context(meeting, user, context["items"])
        context |= minutes_of(meeting)
        context |= papers_context(meeting, user, context["minutes_versions"])
        moments = attendance.moments(meeting)
        published_on, topics_due_on = context["minutes_published_on"], context["topics_due_on"]
        context |= self._dates(moments, published_on, topics_due_on)
        context |= self._seats(moments, context["present"].get("seats", 0))
        context["step"] = next_step(meeting, user, context)
        if meeting.is_editable:
            if meeting.status == Meeting.Status.DRAFT and meeting.place:
                context["may_announce"] = meeting.starts_at > timezone.now()
            context |= {
                "plan": plan_of(meeting),
                "cancel_form": CancelForm(user=user),
            }
        return super().get_context_data(**context | kwargs)

    def _groups(self):
        """Whose meeting it is; each knows whether its page opens for the reader: `is_seen`."""
        meeting, partners = self.object, list(self.object.partners.order_by("order", "pk"))
        meeting.group.is_seen = True
        if partners:
            groups = [meeting.group, *partners]
            keys = [group.pk for group in groups]
            seen = Group.objects.visible_to(self.request.user).filter(pk__in=keys)
            seen = set(seen.values_list("pk", flat=True))
            for group in groups:
                group.is_seen = group.pk in seen
        return [meeting.group, *partners]

    def _seats(self, moments, came):
        meeting, everything = self.object, self.request.GET.get("seats") == "all"
        seen = {"moved_at": moments.get("meeting.moved"), "came": came, "everything": everything}
        context = replies_context(meeting, self.request.user, **seen)
        attended = came if meeting.status == Meeting.Status.HELD else 0
        return context | {"quorum": quorum.counted(meeting, context["invited"], attended)}

    def _dates(self, moments, published_on, topics_due_on):
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
            topics_due_on=topics_due_on,
        )
        note = calendar.estimate_note(due.day for due in dates)
        return context | {"dates": dates, "estimate_note": note}


class PlannedMixin(PartialMixin, DoubtsMixin):
    """A form with what follows from the time, the place and the groups that are typed in: dates,
    clashes, reminders. It is sent to be looked at (`look`) as it changes, or by a button.

    What is unusual is said, and has to be confirmed.
    """

    template_name = "alliance/meeting_form.html"
    partial_template_name = "alliance/_meeting_form_dates.html"

    def post(self, request, *args, **kwargs):
        if "look" not in request.POST and "take" not in request.POST:
            return super().post(request, *args, **kwargs)
        self.object = self.get_object() if kwargs else None
        form = self.get_form()
        form.is_valid()
        filled = typing.filled(form, request)
        if filled:
            form = self.get_form_class()(**self.get_form_kwargs() | {"data": filled.data})
            form.is_valid()
        context = self.get_context_data(form=form)
        if request.htmx:
            context["filled"] = filled and filled.fields(form)
        return self.render_to_response(context)

    def preview(self, form):
        if form.is_draft and not form.announces:
            return []  # nobody hears of it yet
        if not form.announces and not {*form.changed_data} & typing.WEIGHTY:
            return []
        return typing.doubts(form, self.request.user)

    def get_context_data(self, **kwargs):
        context = super().get_context_data(cancel_url=self.cancel_url, **kwargs)
        told = typing.told(context["form"], self.request.user)
        if context.get("preview"):
            told["doubts"] = []  # said above the form
        return context | told

    @property
    def cancel_url(self):
        """Back to the meeting, or to all of them."""
        return self.object.get_absolute_url() if self.object else reverse("alliance:meeting-list")


class MeetingCreate(PlannedMixin, CreateView):
    model = Meeting
    form_class = MeetingForm
    success_message = _("已召集“%(object)s”，各成员单位会收到通知和会前提醒。")

    def get_initial(self):
        """The first working day for which the notice is in time, at the usual hour."""
        kind = MeetingKind.objects.in_use().first()
        rules = timeline.Rules(kind, Regulation.objects.of(Text.MEETINGS) or Regulation())
        starts_at, ends_at = timeline.proposed(rules)
        group = self.request.GET.get("group")
        return {"group": group, "starts_at": starts_at, "ends_at": ends_at}

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"may_convene": bool(context["form"].groups)}

    def act(self, form):
        given = form.cleaned_data
        facts = form.facts() | {"group": given["group"], "agenda": given["agenda"] or None}
        return actions.convene(by=self.request.user, **facts)


class MeetingEdit(PlannedMixin, UpdateView):
    model = Meeting
    form_class = MeetingChangeForm
    success_message = _("已更改“%(object)s”。时间有变的，各成员单位会收到新的时间。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(Meeting.objects, self.request.user, pk=self.kwargs["pk"])

    def act(self, form):
        meeting = Meeting.objects.get(pk=self.object.pk)  # the form has written on its own
        seen = form.cleaned_data["seen"]
        actions.change(meeting, by=self.request.user, seen=seen, **form.facts())
        if form.is_draft:
            self.success_message = SAVED
        if form.announces:
            actions.announce(meeting, by=self.request.user)
            self.success_message = ANNOUNCED
        return meeting


class MeetingPlan(DetailView):
    """What announcing a draft, or calling a meeting off, would say to whom; nothing is done."""

    template_name = "alliance/meeting_plan.html"

    def get_object(self, queryset=None):
        meeting = get_editable_or_deny(Meeting.objects, self.request.user, pk=self.kwargs["pk"])
        if meeting.status not in actions.CHANGEABLE_WHILE:
            raise Http404
        return meeting

    def get_context_data(self, **kwargs):
        plan = typing.plan_of_step(self.object, self.request.user)
        return super().get_context_data(**plan | kwargs)


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

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from alliance import quorum, timeline
from alliance.actions import meetings as actions
from alliance.forms.meetings import CancelForm, MeetingChangeForm, MeetingFilter, MeetingForm
from alliance.models import Meeting, MeetingKind, Regulation
from alliance.models.settings import Text
from alliance.views import meeting_typing as typing
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.previews import DoubtsMixin
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    PartialMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)

SAVED = gettext_lazy("已保存“%(object)s”的草稿。各单位还没有收到通知。")
ANNOUNCED = gettext_lazy("已发出“%(object)s”的通知，各成员单位会收到通知和会前提醒。")
CANCELLED = gettext_lazy("会议已取消，各成员单位会收到一次取消通知，不再提醒。")
DISCARDED = gettext_lazy("会议草稿已取消。此前没有发过通知，所以也不另行通知。")


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


class MeetingCancel(FormActionMixin, FormView):
    form_class = CancelForm
    template_name = "alliance/meeting_cancel.html"
    object = None

    def dispatch(self, request, *args, **kwargs):
        self.meeting = get_editable_or_deny(Meeting.objects, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        if self.meeting.status not in actions.CHANGEABLE_WHILE:
            messages.error(request, _("会议已召开或已取消，不能再取消。"))
            return redirect(self.meeting)
        return super().get(request, *args, **kwargs)

    def act(self, form):
        self.success_message = CANCELLED
        if self.meeting.status == Meeting.Status.DRAFT:
            self.success_message = DISCARDED
        actions.cancel(self.meeting, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.meeting

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting, cancel_url=self.meeting.get_absolute_url(), **kwargs
        )

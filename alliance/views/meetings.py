from datetime import timedelta

from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from alliance.actions import meetings as actions
from alliance.forms.meetings import CancelForm, MeetingChangeForm, MeetingFilter, MeetingForm
from alliance.models import Meeting
from nanchuan.kernel.views import (
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)
from nanchuan.notices.plans import plan_of

SAVED = gettext_lazy("已保存“%(object)s”的草稿。各单位还没有收到通知。")
ANNOUNCED = gettext_lazy("已发出“%(object)s”的通知，各成员单位会收到通知和会前提醒。")


class MeetingList(FilteredMixin, ScopedMixin, ListView):
    queryset = Meeting.objects.select_related("group", "kind", "convened_by").order_by(
        "-starts_at", "-pk"
    )
    filterset_class = MeetingFilter
    partial_template_name = "alliance/_meeting_table.html"


class MeetingDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Meeting.objects.select_related("group", "kind", "convened_by", "turn__group")

    def get_context_data(self, **kwargs):
        meeting = self.object
        context = {"invitations": meeting.invitations.select_related("seat__unit")}
        if meeting.is_editable:
            if meeting.status == Meeting.Status.DRAFT and meeting.place:
                context["may_announce"] = meeting.starts_at > timezone.now()
            context |= {
                "plan": plan_of(meeting),
                "cancel_form": CancelForm(user=self.request.user),
            }
        return super().get_context_data(**context | kwargs)


class MeetingCreate(FormActionMixin, CreateView):
    model = Meeting
    form_class = MeetingForm
    success_message = _("已召集“%(object)s”，各成员单位会收到通知和会前提醒。")

    def get_initial(self):
        """A week from today at three o'clock, for two hours."""
        starts_at = timezone.localtime().replace(hour=15, minute=0, second=0, microsecond=0)
        starts_at += timedelta(days=7)
        return {
            "group": self.request.GET.get("group"),
            "starts_at": starts_at,
            "ends_at": starts_at + timedelta(hours=2),
        }

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"may_convene": bool(context["form"].groups)}

    def act(self, form):
        wanted = {name: form.cleaned_data[name] for name in ("group", *actions.CHANGEABLE)}
        return actions.convene(by=self.request.user, **wanted)


class MeetingEdit(FormActionMixin, UpdateView):
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


@require_POST
def meeting_hold(request, pk):
    meeting = get_editable_or_deny(Meeting.objects, request.user, pk=pk)
    return take_step(request, actions.hold, meeting, done=_("已登记会议召开。"))

"""Guests of a meeting, written down by whoever convenes."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, UpdateView

from alliance.actions import guests as actions
from alliance.actions.agenda import is_open
from alliance.forms.invitations import GuestForm
from alliance.models import Guest, Meeting
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny, take_step


class GuestPage(FormActionMixin):
    model = Guest
    form_class = GuestForm
    template_name = "alliance/guest_form.html"
    meeting: Meeting

    def dispatch(self, request, *args, **kwargs):
        self.meeting = self.find_meeting()
        if request.method == "GET" and not is_open(self.meeting):
            messages.error(request, _("会议已取消，或者纪要已送审、已印发，列席人员不能再更改。"))
            return redirect(self.meeting.part_url("invited"))
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting, cancel_url=self.get_success_url(), **kwargs
        )

    def get_success_url(self):
        return f"{self.meeting.part_url('invited')}#guests"


class GuestCreate(GuestPage, CreateView):
    success_message = gettext_lazy("已登记列席人员。")

    def find_meeting(self):
        return get_editable_or_deny(Meeting.objects, self.request.user, pk=self.kwargs["pk"])

    def act(self, form):
        return actions.add(self.meeting, by=self.request.user, **form.facts())


class GuestEdit(GuestPage, UpdateView):
    success_message = gettext_lazy("已保存列席人员。")

    def find_meeting(self):
        return _guest(self.request.user, self.kwargs["pk"]).meeting

    def get_object(self, queryset=None):
        return _guest(self.request.user, self.kwargs["pk"])

    def act(self, form):
        guest = _guest(self.request.user, self.kwargs["pk"])  # the form has written on its own
        actions.change(guest, by=self.request.user, **form.facts())
        return guest


@require_POST
def guest_remove(request, pk):
    guest = _guest(request.user, pk)
    done, to = _("已移出列席名单。"), guest.meeting.part_url("invited")
    return take_step(request, actions.remove, guest, done=done, to=to)


def _guest(user, pk) -> Guest:
    seen = Meeting.objects.visible_to(user)
    rows = Guest.objects.filter(meeting__in=seen, withdrawn_at=None)
    guest = get_object_or_404(rows, pk=pk)
    guest.meeting = get_editable_or_deny(Meeting.objects, user, pk=guest.meeting_id)
    return guest

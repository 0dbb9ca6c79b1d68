"""Who came: checked in, or ticked when a meeting is registered as held; put right afterwards."""

from django.contrib import messages
from django.shortcuts import redirect
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView

from alliance import attendees, quorum
from alliance.actions import attendance, meetings, resolutions
from alliance.forms.attendance import AttendanceForm, CorrectionForm
from alliance.models import Meeting
from nanchuan.kernel.previews import DoubtsMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, get_editable_or_deny


class AttendanceMixin(FormActionMixin):
    """A box for each invited seat. Subclasses say when the page is of use (`check`)."""

    template_name = "alliance/meeting_attendance.html"

    def dispatch(self, request, *args, **kwargs):
        rows = Meeting.objects.select_related("regulation")
        self.meeting = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, *args, **kwargs):
        try:
            self.check()
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            return redirect(self.get_success_url())
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        """“全选” ticks every box and saves nothing yet."""
        if "everyone" in request.POST:
            return super().get(request, *args, **kwargs)
        return super().post(request, *args, **kwargs)

    def check(self):
        raise NotImplementedError

    def ticked(self):
        return attendance.attended_of(self.meeting)

    def get_initial(self):
        everyone = "everyone" in self.request.POST
        invited = self.meeting.invitations.standing().values_list("pk", flat=True)
        return {"attended": list(invited if everyone else self.ticked())}

    def quorum(self):
        invited = self.meeting.invitations.standing().count()
        return quorum.of(self.meeting, invited, attendance.attended_of(self.meeting))

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs() | {"meeting": self.meeting}
        if "everyone" in self.request.POST:
            kwargs.pop("data"), kwargs.pop("files")
        return kwargs

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            meeting=self.meeting,
            quorum=self.quorum(),
            cancel_url=self.get_success_url(),
            **kwargs,
        )

    def get_success_url(self):
        return self.meeting.get_absolute_url()

    def form_valid(self, form):
        answer = super().form_valid(form)
        found = self.quorum()
        if found.is_missed and self.object:
            words = {"result": found.result, "rule": found.rule}
            messages.warning(self.request, _("%(result)s。%(rule)s。") % words)
        return answer


class MeetingHold(DoubtsMixin, AttendanceMixin, FormView):
    """The meeting is over: who came beside those that checked in, and what binds from now on."""

    form_class = AttendanceForm
    success_message = _("已登记“%(object)s”召开。")
    object = None

    def check(self):
        meetings.check_holdable(self.meeting)

    def ticked(self):
        return ()

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            room=attendees.room(self.meeting),
            binding=resolutions.binding(self.meeting),
            **kwargs,
        )

    def preview(self, form):
        return resolutions.doubts(self.meeting)

    def act(self, form):
        meetings.hold(self.meeting, attended=form.came(), by=self.request.user)
        return self.meeting


class MeetingAttendance(AttendanceMixin, FormView):
    form_class = CorrectionForm
    success_message = _("已更正“%(object)s”的到会情况。")
    object = None

    def check(self):
        attendance.check_correctable(self.meeting)

    def get_success_url(self):
        return self.meeting.part_url("invited")

    def get_initial(self):
        seen = ",".join(str(key) for key in sorted(attendance.attended_of(self.meeting)))
        return super().get_initial() | {"seen": seen}

    def act(self, form):
        attendance.correct(
            self.meeting,
            attended=form.came(),
            seen=form.cleaned_data["seen"],
            by=self.request.user,
        )
        return self.meeting

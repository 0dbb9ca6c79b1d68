"""What is open while a meeting goes on: the chair's screen, and the recorder's desk."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views import View

from alliance import attendees, codes
from alliance.actions import checkins, notes, votes
from alliance.forms.checkins import NameForm
from alliance.models import CheckIn, Meeting, Minutes
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import get_editable_or_deny

UNCHANGED = 204  # htmx leaves the page as it is
MEETINGS = Meeting.objects.select_related("group", "kind", "regulation", "convened_by")


class LiveView(View):
    """A page with a part that is asked for every few seconds, and answered only if it changed."""

    template_name: str
    live_template_name: str

    def dispatch(self, request, *args, **kwargs):
        self.meeting = get_editable_or_deny(MEETINGS, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get(self, request, pk):
        if not request.htmx:
            return self.page()
        if request.GET.get("seen") == attendees.mark(self.meeting):
            return HttpResponse(status=UNCHANGED)
        return render(request, self.live_template_name, self.live())

    def page(self, **more):
        context = self.live() | self.around()
        return render(self.request, self.template_name, context | more)

    def live(self) -> dict:
        mark = attendees.mark(self.meeting)  # before the rows: what comes meanwhile is asked again
        return {"meeting": self.meeting, "mark": mark, "room": attendees.room(self.meeting)}

    def around(self) -> dict:
        return {}


class MeetingScreen(LiveView):
    """The code, who is here, who is missing; one tap checks in whoever has no account."""

    template_name = "alliance/meeting_screen.html"
    live_template_name = "alliance/_meeting_screen_live.html"

    def live(self):
        context = super().live() | {"now": timezone.now()}
        try:
            checkins.check_open(self.meeting, CheckIn.Way.CODE, context["now"])
        except StepRefused as refusal:
            return context | {"closed": str(refusal)}
        return context | {"code": codes.picture(self.meeting)}

    def post(self, request, pk):
        """One tap on a name, or a name that was typed."""
        form = NameForm(request.POST, meeting=self.meeting)
        said = self._check_in(form)
        if request.htmx:
            return render(request, self.live_template_name, self.live() | {"said": said})
        if not said["done"]:
            return self.page(said=said, typed=request.POST)
        messages.success(request, said["words"])
        return redirect("alliance:meeting-screen", pk)

    def _check_in(self, form) -> dict:
        if not form.is_valid():
            words = _("这个席位不在邀请名单里，请刷新后再点。")
            return {"done": False, "words": words}
        try:
            arrival = checkins.check_in(
                self.meeting, way=CheckIn.Way.CHAIR, by=self.request.user, **form.who()
            )
        except StepRefused as refusal:
            return {"done": False, "words": str(refusal)}
        return {"done": True, "words": f"{arrival.row.name or arrival.row} {arrival.words}"}


class MeetingRoom(LiveView):
    """The recorder's desk: the count, and each item with its votes and resolutions."""

    template_name = "alliance/meeting_room.html"
    live_template_name = "alliance/_meeting_room_live.html"

    def around(self):
        draft = self.meeting.minutes.filter(status=Minutes.Status.DRAFT).first()
        return {
            "sections": sections(self.meeting),
            "draft": draft,
            "may_write": notes.is_open(self.meeting, timezone.now()),
            "may_hold": self.meeting.status == Meeting.Status.CONVENED and self.meeting.has_begun,
        }


def sections(meeting: Meeting, only: int | None = None) -> list[dict]:
    """Each item of the agenda with what was voted and resolved on it; at the end what belongs to
    none, as item 0. The same few questions for any number of them."""
    items = {item.pk: item for item in meeting.items.all()}
    found = {
        pk: {"item": item, "key": pk, "votes": [], "resolutions": []} for pk, item in items.items()
    }
    found[0] = {"item": None, "key": 0, "votes": [], "resolutions": []}
    for vote in meeting.votes.all():
        vote.meeting = meeting
        vote.verdict = votes.verdict(vote)
        found[vote.item_id]["votes"].append(vote)
    rows = meeting.resolutions.select_related("vote").prefetch_related(
        "action_items__unit", "action_items__assisting"
    )
    for resolution in rows:
        if resolution.vote:
            resolution.vote.meeting = meeting
        found[resolution.item_id or 0]["resolutions"].append(resolution)
    return list(found.values()) if only is None else [found[only]]

"""The page of a meeting, in parts at addresses of their own; each asks only for what it shows."""

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView

from alliance import attendees, quorum, tallies, timeline
from alliance.actions import attendance, topics
from alliance.actions import meetings as actions
from alliance.models import Group, Meeting
from alliance.views import invitations
from alliance.views.agenda import agenda_context, titles
from alliance.views.meeting_items import items_context
from alliance.views.meeting_papers import papers_context
from alliance.views.meeting_steps import next_step
from alliance.views.minutes import minutes_of
from alliance.views.series import of_meeting
from nanchuan.kernel import calendar
from nanchuan.kernel.readers import finder
from nanchuan.kernel.views import FoundMixin, HistoryMixin, PartialMixin
from nanchuan.notices.plans import plan_of

Status = Meeting.Status
PARTS = {
    "detail": _("概况"),
    "topics": _("议程和议题"),
    "invited": _("受邀单位"),
    "outcome": _("议定事项"),
    "records": _("文书和记录"),
}


def parts_of(meeting: Meeting) -> set[str]:
    """Before the notice went out nobody is invited; before it began nothing was resolved. The
    meeting knows `is_editable`."""
    found = {"detail", "topics", "records"}
    if meeting.status != Status.DRAFT:
        found.add("invited")
    if meeting.status == Status.HELD or (meeting.is_editable and meeting.takes_notes):
        found.add("outcome")
    return found


class MeetingPart(FoundMixin, DetailView):
    """What all parts have in common: the heading, the status, the line of parts."""

    find = staticmethod(
        finder(Meeting.objects.select_related("group", "kind", "convened_by", "regulation", "turn"))
    )
    part = ""

    def get_template_names(self):
        return [f"alliance/meeting_{self.part}.html"]

    def get_context_data(self, **kwargs):
        meeting, tally = self.object, self.tally
        attended = tally.seats if meeting.status == Status.HELD else 0
        return super().get_context_data(
            tally=tally,
            part=self.part,
            part_words=PARTS[self.part],
            parts=self._parts(),
            quorum=quorum.counted(meeting, tally.invited, attended),
            **kwargs,
        )

    @property
    def tally(self) -> tallies.Tally:
        if "_tally" not in self.__dict__:
            self._tally = tallies.of(self.object)
        return self._tally

    def _parts(self):
        shown = parts_of(self.object) | {self.part}
        return [
            (words, self.object.part_url(part), part == self.part)
            for part, words in PARTS.items()
            if part in shown
        ]


class MeetingDetail(MeetingPart):
    """The one next step, and what there is to know at a glance."""

    part = "detail"

    def get_context_data(self, **kwargs):
        meeting, user, tally = self.object, self.request.user, self.tally
        context = {
            "groups": self._groups(),
            "series_of": of_meeting(meeting, user),
            "present": attendees.told(meeting, tally),
            "titles": titles(meeting),
            "reply_counts": invitations.counts(tally.replies),
            "forecast": invitations.forecast(meeting, tally.replies),
            "waiting_topics": tally.topics.get("proposed", 0),
            "may_cancel": meeting.is_editable and meeting.status in actions.CHANGEABLE_WHILE,
        }
        context |= invitations.own_context(meeting, user)
        context |= minutes_of(meeting, tally)
        context |= self._dates(context["minutes_published_on"])
        context["step"] = next_step(meeting, user, context)
        if meeting.is_editable and meeting.status == Status.DRAFT and meeting.place:
            context["may_announce"] = meeting.starts_at > timezone.now()
        return super().get_context_data(**context | kwargs)

    def _groups(self):
        """Whose meeting it is; each knows whether its page opens for the reader: `is_seen`."""
        meeting = self.object
        meeting.group.is_seen = True
        if not self.tally.partners:
            return [meeting.group]
        groups = [meeting.group, *meeting.partners.order_by("order", "pk")]
        keys = [group.pk for group in groups]
        seen = Group.objects.visible_to(self.request.user).filter(pk__in=keys)
        seen = set(seen.values_list("pk", flat=True))
        for group in groups:
            group.is_seen = group.pk in seen
        return groups

    def _dates(self, published_on):
        meeting = self.object
        if meeting.status == Status.CANCELLED:
            return {}
        convened_at = attendance.moments(meeting).get("meeting.convened")
        dates = timeline.timeline(
            meeting,
            convened_on=convened_at and timezone.localdate(convened_at),
            published_on=published_on,
            topics_due_on=topics.due_on(meeting),
        )
        note = calendar.estimate_note(due.day for due in dates)
        return {"dates": dates, "estimate_note": note}


class MeetingTopics(MeetingPart):
    """The agenda with its material, and the topics from which it is made."""

    part = "topics"

    def get_context_data(self, **kwargs):
        meeting, user = self.object, self.request.user
        return super().get_context_data(
            **agenda_context(meeting, user, self.tally.minutes), **kwargs
        )


class MeetingInvited(PartialMixin, MeetingPart):
    """Who is invited, a page at a time: with what each answered, once it was held with who
    came; then the guests."""

    part = "invited"
    partial_template_name = "alliance/_meeting_invited.html"

    def get_context_data(self, **kwargs):
        meeting, user, tally = self.object, self.request.user, self.tally
        context = invitations.seats_context(meeting, user, self.request.GET, tally)
        if not self.request.htmx:
            context |= invitations.guests_context(meeting, user, tally)
        return super().get_context_data(**context | kwargs)


class MeetingOutcome(MeetingPart):
    """What it resolved, and how far that is."""

    part = "outcome"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**items_context(self.object, self.request.user), **kwargs)


class MeetingRecords(HistoryMixin, MeetingPart):
    """Its papers, what was and will be said about it, and who did what."""

    part = "records"

    def get_context_data(self, **kwargs):
        meeting, user = self.object, self.request.user
        versions = minutes_of(meeting, self.tally)["minutes_versions"]
        context = papers_context(meeting, user, versions)
        if meeting.is_editable and meeting.status != Status.DRAFT:
            context["shows_plan"] = True
            context["plan"] = plan_of(meeting)
        return super().get_context_data(**context | kwargs)


OTHERS = (MeetingTopics, MeetingInvited, MeetingOutcome, MeetingRecords)

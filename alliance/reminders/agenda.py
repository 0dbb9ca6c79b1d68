"""Who hears that an agenda is another one: those invited, when whoever convenes says so."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.reminders.meetings import MeetingRule
from nanchuan.kernel.events import on
from nanchuan.notices.rules import Plan, Silence, notice_rule


@notice_rule
class AgendaChanged(MeetingRule):
    name = "meeting.agenda"
    label = gettext_lazy("议程变更通知")

    def title(self, meeting, reminder):
        return _("会议议程有变：%(meeting)s") % {"meeting": meeting}

    def url(self, meeting, reminder):
        return meeting.part_url("topics")


@on("meeting.agenda_told")
def tell_the_new_agenda(event):
    yield Silence("meeting.agenda", event.subject)
    yield Plan(
        "meeting.agenda",
        event.subject,
        moment=f"event-{event.pk}",
        due_at=event.happened_at,
        expires_at=event.subject.starts_at,
    )


@on("meeting.cancelled")
def say_no_more_of_it(event):
    yield Silence("meeting.agenda", event.subject)

"""The needs behind each topic, on the pages of a meeting."""

from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.panels import Panel, panel
from services import tabled


@panel("topics")
def needs_of_topics(meeting, user, on):
    found = tabled.of_meeting(meeting, user)
    rows = [need for needs in found.values() for need in needs]
    facts = {"by_topic": found}
    return Panel(_("所列需求"), "services/_topic_needs.html", rows, facts) if rows else None

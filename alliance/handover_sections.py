"""What the alliance itself puts on a handover sheet: what is not finished, and what is to come."""

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import ActionItem, DutyKind, Measure, Meeting
from nanchuan.kernel.handovers import Line, handover_section
from nanchuan.kernel.templatetags.ui import day, moment


@handover_section("duties", gettext_lazy("未完成的轮值职责"), order=10)
def open_duties(turn):
    for duty in turn.duties.open().exclude(kind=DutyKind.HANDOVER):
        late = duty.due_on < timezone.localdate()
        state = _("期限 %(day)s，已逾期") if late else _("期限 %(day)s")
        status = "overdue" if late else "open"
        yield Line(duty.title, state % {"day": day(duty.due_on)}, status)


@handover_section("items", gettext_lazy("未完成的议定事项"), order=15)
def open_items(turn):
    """Of all units, from the meetings that this group held alone or with others: whoever follows
    drives them on, and everybody in the group may see them."""
    rows = ActionItem.objects.open().filter(
        resolution__meeting__in=Meeting.objects.of_group(turn.group).values("pk")
    )
    for item in rows.select_related("unit").order_by("due_on", "pk"):
        words = {"unit": item.unit, "state": item.state_words, "day": day(item.due_on)}
        state = _("%(unit)s，%(state)s，期限 %(day)s") % words
        text = f"{item.number} {item.text}"
        yield Line(text, state, item.state_style, "alliance:item-detail", item.pk)


@handover_section("measures", gettext_lazy("未完成的举措"), order=20)
def open_measures(turn):
    """Of the leaving unit in this group; everybody in the group may see them."""
    rows = Measure.objects.open().filter(group=turn.group, unit=turn.seat.unit)
    for measure in rows.order_by("due_on", "pk"):
        late = measure.due_on < timezone.localdate()
        words = {"state": measure.get_status_display(), "day": day(measure.due_on)}
        text = f"{measure.number} {measure.title}"
        state = _("%(state)s，期限 %(day)s") % words
        status = "overdue" if late else measure.status
        yield Line(text, state, status, "alliance:measure-detail", measure.pk)


@handover_section("meetings", gettext_lazy("将要召开的会议"), order=40)
def coming_meetings(turn):
    for meeting in Meeting.objects.coming().of_group(turn.group):
        state = _("%(moment)s，%(place)s") % {
            "moment": moment(meeting.starts_at),
            "place": meeting.place,
        }
        yield Line(meeting.title, state, meeting.status, "alliance:meeting-detail", meeting.pk)

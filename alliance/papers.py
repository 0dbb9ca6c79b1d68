"""Words of the alliance's papers; the page shows the same ones."""

from collections.abc import Iterable, Iterator
from datetime import date

from django.conf import settings
from django.db.models import Prefetch
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Handover, Meeting, MeetingKind, Origin, Turn
from alliance.models.turns import TurnQuerySet
from members.models import UnitContact
from nanchuan.kernel import roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.papers import Paper


class Line:
    """A turn as the rota table (轮值表) shows it, from a row of `with_all_of_a_line()`."""

    def __init__(self, turn: Turn, number: int, *, point: str = "-"):
        self.turn, self.number, self._point = turn, number, point

    @property
    def period(self) -> str:
        return self.turn.period_words.replace("-", self._point)

    @property
    def unit(self) -> str:
        return self.turn.seat.unit.name if self.turn.seat_id else _("待定")

    @property
    def contact(self) -> str:
        contact = self._contact()
        return contact.name if contact else ""

    @property
    def phone(self) -> str:
        contact = self._contact()
        return mask_phone(contact.phone or "") if contact else ""

    @property
    def contact_words(self) -> str:
        return f"{self.contact} {self.phone}".strip()

    @property
    def meeting_days(self) -> list[str]:
        """When the joint meetings are or were that were announced; else those only planned."""
        meetings = self.turn.shown_meetings
        drafts = [each for each in meetings if each.status == Meeting.Status.DRAFT]
        announced = [self._day_of(each) for each in meetings if each not in drafts]
        planned = [_("%(day)s（拟定）") % {"day": self._day_of(each)} for each in drafts]
        return announced or planned

    @property
    def meeting_words(self) -> str:
        return _("、").join(self.meeting_days)

    @property
    def handover_words(self) -> str:
        """The day it was handed over, or else is to be: the last day of the turn."""
        handover = getattr(self.turn, "handover", None)
        last = self._written(self.turn.ends_on)
        if handover is None:
            return last
        if handover.status == Handover.Status.DROPPED:
            return handover.get_status_display()
        if handover.done_at:
            return self._written(timezone.localdate(handover.done_at))
        return _("%(day)s（尚未交接）") % {"day": last} if handover.is_overdue else last

    @property
    def note(self) -> str:
        origin = self.turn.get_origin_display() if self.turn.origin != Origin.ORDER else ""
        return _("；").join(words for words in (origin, self.turn.note) if words)

    def _contact(self):
        contacts = self.turn.seat.unit.shown_contacts if self.turn.seat_id else []
        return contacts[0] if contacts else None

    def _day_of(self, meeting) -> str:
        return self._written(timezone.localdate(meeting.starts_at))

    def _written(self, day: date) -> str:
        return day.strftime(f"%Y{self._point}%m{self._point}%d")


def with_all_of_a_line(rows: TurnQuerySet, user) -> TurnQuerySet:
    """Turns with all that a line shows this reader.

    Whom to call is for the park and for the unit itself, as on the page of the unit; drafts of
    meetings are for those who may see them.
    """
    contacts = UnitContact.objects.order_by("order", "pk")
    if not roles.has_role(user, *roles.WHOLE_PARK):
        contacts = contacts.filter(unit__in=roles.places(user, roles.UNIT))
    joint = MeetingKind.objects.values("pk")[:1]  # the first of the kinds is 联席会议
    meetings = Meeting.objects.visible_to(user).filter(kind__in=joint)
    meetings = meetings.exclude(status=Meeting.Status.CANCELLED)
    return rows.select_related("group", "seat__unit", "handover").prefetch_related(
        Prefetch("seat__unit__contacts", contacts, to_attr="shown_contacts"),
        Prefetch("meetings", meetings.order_by("starts_at", "pk"), to_attr="shown_meetings"),
    )


def lines(rows: Iterable[Turn], *, first: int = 1, point: str = "-") -> Iterator[Line]:
    for number, turn in enumerate(rows, first):
        yield Line(turn, number, point=point)


# The columns of the rota table; its number stands before them.
ROTA_COLUMNS = [
    Column(gettext_lazy("时段"), lambda line: line.period, 18),
    Column(gettext_lazy("联盟小组"), lambda line: line.turn.group.name, 16),
    Column(gettext_lazy("轮值单位"), lambda line: line.unit, 20),
    Column(gettext_lazy("轮值主席"), lambda line: line.turn.chair_name, 9),
    Column(gettext_lazy("联络人及电话"), lambda line: line.contact_words, 12),
    Column(gettext_lazy("主题"), lambda line: line.turn.theme, 12),
    Column(gettext_lazy("联席会议日期"), lambda line: line.meeting_words, 20),
    Column(gettext_lazy("交接日期"), lambda line: line.handover_words, 20),
    Column(gettext_lazy("备注"), lambda line: line.note, 10),
]


def rota_title(year: int, group=None) -> str:
    """What the table of a year is called, e.g. 2026 年轮值表."""
    if group:
        return _("%(group)s %(year)d 年轮值表") % {"group": group, "year": year}
    return _("%(year)d 年轮值表") % {"year": year}


def rota_paper(rows: Iterable[Turn], *, year: int, group=None, by) -> tuple[Paper, int]:
    """The rota of a year on A4 sheets, and how many turns stand in it."""
    park = _("%(park)s党建联盟") % {"park": settings.PARK_NAME}
    sheet = Paper(f"{park}{rota_title(year, group)}", landscape=True, by=by)
    return sheet, sheet.rows(ROTA_COLUMNS, lines(rows, point="."))

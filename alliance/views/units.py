"""Units as the alliance sees them: seats, turns, attendance, what they owe and offer."""

from django.db.models import Case, F, OuterRef, Prefetch, Q, Subquery, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import DetailView, ListView

from alliance.forms.seats import AllianceUnitFilter
from alliance.models import (
    ActionItem,
    Assignment,
    CheckIn,
    Decline,
    Duty,
    Invitation,
    Lead,
    Measure,
    Meeting,
    Origin,
    Seat,
    Swap,
    Turn,
)
from alliance.trail import trail
from members.forms.days import day_of
from members.models import Unit
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.lines import Counted, Lines
from nanchuan.kernel.panels import panels
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import DressedMixin, ExportedMixin, FilteredMixin, ScopedMixin

MOST_MEASURES = 8
# Enterprises first, as the kinds are named.
KINDS = Case(
    *(When(kind=kind, then=Value(place)) for place, kind in enumerate(Unit.Kind)),
    default=Value(len(Unit.Kind)),
)


@register(
    "alliance:unit-list",
    order=35,
    holds=gettext_lazy("联盟的每个成员单位一行：类别、席位、轮值次数、最近一次轮值。"),
)
class UnitList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Units with a seat on a day that the reader may see, each once."""

    filterset_class = AllianceUnitFilter
    template_name = "alliance/unit_list.html"
    partial_template_name = "alliance/_unit_table.html"
    paginate_by = 50
    export_name = gettext_lazy("联盟成员单位")
    on_paper = True

    def seats(self):
        return Seat.objects.visible_to(self.request.user).current(self.on)

    def get_queryset(self):
        self.on = day_of(self.request.GET)
        self.queryset = Unit.objects.filter(pk__in=self.seats().values("unit"))
        self.queryset = self.queryset.order_by(KINDS, "name", "pk")
        return super().get_queryset()

    def dress(self, rows):
        here = {"unit": OuterRef("pk")}
        seats = (
            self.seats()
            .filter(**here)
            .with_lead(self.on)
            .order_by(F("group__order").asc(nulls_last=True), "group", "order")
        )
        turns = Turn.objects.visible_to(self.request.user).served(self.on)
        turns = turns.filter(seat__unit=OuterRef("pk")).order_by("-starts_on")
        return rows.annotate(
            seat_lines=Lines(seats, group="group__name", pk="group", leads="leads"),
            served=Counted(turns.order_by().values("pk")),
            last_from=Subquery(turns.values("starts_on")[:1]),
            last_until=Subquery(turns.values("ends_on")[:1]),
        )

    def get_context_data(self, **kwargs):
        then = None if self.on == timezone.localdate() else self.on
        return super().get_context_data(then=then, **kwargs)

    def export_columns(self):
        return [
            Column(_("单位"), lambda row: row.name, 40),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("席位"), lambda row: _("、").join(map(seat_words, row.seat_lines)), 40),
            Column(_("已轮值次数"), lambda row: row.served, 12),
            Column(_("最近一次轮值自"), lambda row: row.last_from),
            Column(_("至"), lambda row: row.last_until),
        ]


def seat_words(line) -> str:
    place = line["group"] or _("整个联盟")
    return _("%(place)s（头雁）") % {"place": place} if line["leads"] else place


class UnitDetail(ScopedMixin, DetailView):
    """A unit with a seat, now or before, that the reader may see."""

    template_name = "alliance/unit_detail.html"
    context_object_name = "unit"

    def get_queryset(self):
        user, pk = self.request.user, self.kwargs["pk"]
        self.seats = Seat.objects.visible_to(user).filter(unit=pk)
        swaps = Swap.objects.visible_to(user).filter(status=Swap.Status.CONFIRMED)
        swaps = swaps.filter(Q(first_seat__unit=pk) | Q(second_seat__unit=pk))
        turns = Turn.objects.visible_to(user)
        declines = Decline.objects.filter(seat__unit=pk, turn__in=turns)
        held = Meeting.objects.visible_to(user).filter(status=Meeting.Status.HELD)
        invited = Invitation.objects.standing().filter(seat__unit=pk, meeting__in=held)
        recorded = CheckIn.objects.standing().values("meeting")
        rows = {
            "swaps": swaps,
            "declines": declines,
            "served": turns.served().filter(seat__unit=pk),
            "invited": invited,
            "recorded": invited.filter(meeting__in=recorded),
            "attended": invited.came(),
        }
        columns = {name: Counted(each.order_by().values("pk")) for name, each in rows.items()}
        self.queryset = Unit.objects.filter(pk__in=self.seats.values("unit")).annotate(**columns)
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        unit, user, today = self.object, self.request.user, timezone.localdate()
        turns = self._turns()
        context = {
            "seats": self._seats(),
            "coming": [turn for turn in turns if turn.ends_on >= today],
            "past": [turn for turn in reversed(turns) if turn.ends_on < today],
            "attendance": self._attendance(),
            "duties": self._duties(),
            "measures": self._measures(),
            "items": self._items(),
            "panels": panels("alliance_unit", unit, user, today),
            "history": trail(self.seats, Lead.objects.filter(seat__in=self.seats)),
        }
        return super().get_context_data(**context | kwargs)

    def _seats(self):
        seats = self.seats.with_lead().with_turns().select_related("group", "unit")
        return seats.order_by(F("ends_on").desc(nulls_first=True), "group__order", "pk")

    def _turns(self):
        given = Prefetch("assignments", Assignment.objects.order_by("pk"))
        rows = Turn.objects.visible_to(self.request.user).filter(seat__unit=self.object)
        rows = rows.select_related("group", "seat", "due_seat__unit").prefetch_related(given)
        before, today = {}, timezone.localdate()
        turns = list(rows.order_by("starts_on"))
        for turn in turns:
            turn.is_now = turn.is_current(today)
            turn.told = told(turn, before.get(turn.seat_id))
            before[turn.seat_id] = turn
        return turns

    def _attendance(self) -> dict:
        """Of the meetings held: how often it came, among those where that was recorded."""
        unit = self.object
        share = round(100 * unit.attended / unit.recorded) if unit.recorded else None
        return {"share": share, "unrecorded": unit.invited - unit.recorded}

    def _duties(self):
        today = timezone.localdate()
        rows = Duty.objects.visible_to(self.request.user).open()
        rows = rows.filter(turn__seat__unit=self.object)
        rows = rows.filter(turn__starts_on__lte=today, turn__ends_on__gte=today)
        return rows.select_related("turn__group").order_by("due_on", "pk")

    def _measures(self):
        rows = Measure.objects.visible_to(self.request.user).open().filter(unit=self.object)
        return rows.order_by("due_on", "pk")[:MOST_MEASURES]

    def _items(self):
        rows = ActionItem.objects.visible_to(self.request.user).open().filter(unit=self.object)
        rows = rows.select_related("unit").order_by("due_on", "pk")
        return rows[:MOST_MEASURES]


def told(turn, before) -> str:
    """Why a unit has a turn, in words; `before` is its turn before that one."""
    given = list(turn.assignments.all())
    words = []
    if turn.origin != Origin.ORDER:
        words.append(turn.get_origin_display())
        if turn.due_seat and turn.due_seat_id != turn.seat_id:
            words.append(_("原应由%(unit)s轮值") % {"unit": turn.due_seat})
    if given and given[-1].reason:
        words.append(given[-1].reason)
    if before:
        words.append(_("上次轮值：%(period)s") % {"period": before.period_words})
    else:
        words.append(_("此前没有轮值过，章程次序第 %(order)d 位") % {"order": turn.seat.order})
    return _("；").join(words)

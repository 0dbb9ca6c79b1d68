from dataclasses import dataclass
from datetime import date
from itertools import chain, groupby, repeat

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView

from alliance.models import ActionItem, Group, Lead, Measure, Meeting, Seat, Turn
from alliance.trail import trail
from members.forms.days import DayForm
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.lines import Counted
from nanchuan.kernel.panels import panels
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.views import ScopedMixin

MOST_MEETINGS = 8
MOST_MEASURES = 5
MOST_TURNS = 4


@dataclass(frozen=True)
class Figure:
    """A number, and the page that opens exactly its rows."""

    label: str | Promise
    value: int
    page: str
    query: str


class AsOfMixin:
    """A page as of a day, today unless asked: `on`, and `then` if that is another day."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.day_form = DayForm(request.GET)
        self.on = self.day_form.day
        self.then = None if self.on == timezone.localdate() else self.on

    def get_context_data(self, **kwargs):
        days = {"on": self.on, "then": self.then, "day_form": self.day_form}
        return super().get_context_data(**days | kwargs)


class GroupList(AsOfMixin, ScopedMixin, ListView):
    """The groups in being on a day; the alliance-wide seats stand beneath them."""

    queryset = Group.objects.all().order_by("order", "pk")

    def get_queryset(self):
        groups = super().get_queryset().current(self.on)
        return groups.annotate(
            enterprises=Count(
                "seats",
                filter=in_force(self.on, "seats__") & Q(seats__unit__kind=Unit.Kind.ENTERPRISE),
            )
        )

    def get_context_data(self, **kwargs):
        user = self.request.user
        seats = Seat.objects.visible_to(user).current(self.on).with_lead(self.on)
        seats = seats.select_related("unit").order_by("order", "pk")
        turns = Turn.objects.visible_to(user).coming(self.on).select_related("seat__unit")
        return super().get_context_data(
            cards=cards(self.object_list, seats, turns, self.on),
            wide=by_kind(seat for seat in seats if seat.group_id is None),
            **kwargs,
        )


def cards(groups, seats, turns, on: date | None = None) -> list[dict]:
    """Each group with its seats and its turns: now, next, after next."""
    groups, seats, turns = list(groups), list(seats), list(turns)
    return [
        {
            "group": group,
            "seats": [seat for seat in seats if seat.group_id == group.pk],
            "turns": marked([turn for turn in turns if turn.group_id == group.pk][:3], on),
        }
        for group in groups
    ]


def marked(turns, on: date | None = None) -> list[Turn]:
    """A group's turns in order; each knows whether it `is_now`, on a day, and says it: `when`."""
    found, on = list(turns), on or timezone.localdate()
    ahead = chain((_("下一轮值"), _("再下一轮值")), repeat(_("以后")))
    for turn in found:
        turn.is_now = turn.is_current(on)
        turn.when = _("当前轮值") if turn.is_now else next(ahead)
    return found


def by_kind(seats) -> list[tuple[str, list[Seat]]]:
    """Seats under the kind of their unit in words, in the order of the kinds."""
    order = list(Unit.Kind)
    found = sorted(seats, key=lambda seat: (order.index(seat.unit.kind), seat.order, seat.pk))
    kinds = groupby(found, key=lambda seat: seat.unit.kind)
    return [(Unit.Kind(kind).label, list(rows)) for kind, rows in kinds]


def items_of(group: int):
    """What the meetings of a group resolved, of those held together with others too."""
    meetings = Meeting.objects.of_group(group)
    return ActionItem.objects.filter(resolution__meeting__in=meetings.values("pk"))


class GroupDetail(AsOfMixin, ScopedMixin, DetailView):
    """A group: who is on turn, who sits in it, what it is about; on another day, who was."""

    def get_queryset(self):
        """The figures that the alliance itself knows come with the group, in one question.

        Whoever sees a group sees its turns, its measures and the meetings that it held.
        """
        here = {"group": self.kwargs["pk"]}
        measures = Measure.objects.filter(**here)
        items = items_of(self.kwargs["pk"])
        rows = {
            "served": Turn.objects.served().filter(**here),
            "held": Meeting.objects.held_within_a_year().of_group(self.kwargs["pk"]),
            "in_time": measures.done_in_time(),
            "open_measures": measures.open(),
            "open_items": items.open(),
            "late_items": items.late(),
            "items_in_time": items.figure("done_in_time"),
            "late_measures": measures.late(),
        }
        columns = {name: Counted(each.order_by().values("pk")) for name, each in rows.items()}
        self.queryset = Group.objects.annotate(**columns)
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        seats = list(
            Seat.objects.of_group(self.object, self.on).with_lead(self.on).with_turns(self.on)
        )
        own = [seat for seat in seats if seat.group_id]
        context = {
            "seats": own,
            "wide": by_kind(seat for seat in seats if not seat.group_id),
            "leads": Lead.objects.filter(group=self.object).select_related("seat__unit"),
            "turns": self._turns(),
            "contacts": self.object.contacts.all() if self._sees_contacts() else [],
            "sees_contacts": self._sees_contacts(),
            "may_act": self.object.is_editable and not self.then and not self.object.ends_on,
        }
        if self.then is None:
            context |= self._today(own)
        return super().get_context_data(**context | kwargs)

    def _turns(self):
        turns = Turn.objects.visible_to(self.request.user).filter(group=self.object)
        coming = turns.coming(self.on).select_related("seat__unit")[:MOST_TURNS]
        return marked(coming, self.on)

    def _sees_contacts(self):
        return roles.has_role(self.request.user, *roles.WHOLE_PARK, roles.UNIT)

    def _today(self, own):
        """What is under way; another day shows only who sat and served."""
        user, group = self.request.user, self.object
        meetings = Meeting.objects.visible_to(user).of_group(group)
        measures = Measure.objects.visible_to(user).open().filter(group=group)
        items = items_of(group.pk).visible_to(user)
        boxes = panels("group", group, user, self.on)
        return {
            "panels": [box for box in boxes if box.template],
            "figures": [*self._figures(own), *(each for box in boxes for each in _told(box))],
            "meetings": meetings.order_by("-starts_at")[:MOST_MEETINGS],
            "measures": measures.select_related("unit").order_by("due_on", "pk")[:MOST_MEASURES],
            "items": items.open().select_related("unit").order_by("due_on", "pk")[:MOST_MEASURES],
            "history": trail(
                Group.objects.filter(pk=group.pk),
                Seat.objects.filter(group=group),
                Lead.objects.filter(group=group),
            ),
        }

    def _figures(self, own) -> list[Figure]:
        group, asked = self.object, f"group={self.object.pk}"
        enterprises = sum(seat.unit.kind == Unit.Kind.ENTERPRISE for seat in own)
        units, rota, meetings = "alliance:unit-list", "alliance:rota", "alliance:meeting-list"
        in_time = f"{asked}&figure=done_in_time"
        return [
            Figure(_("成员席位"), len(own), units, asked),
            Figure(_("其中企业"), enterprises, units, f"{asked}&kind=enterprise"),
            Figure(_("已轮值"), group.served, rota, f"{asked}&served=1"),
            Figure(_("近一年召开会议"), group.held, meetings, f"{asked}&figure=held_year"),
            Figure(_("举措按期完成"), group.in_time, "alliance:measure-list", in_time),
            Figure(_("督办按期办结"), group.items_in_time, "alliance:item-list", in_time),
        ]


def _told(box) -> list[Figure]:
    return [Figure(*each) for each in box.facts.get("figures", ())]


class EnterpriseList(ScopedMixin, ListView):
    """The enterprises of the chain groups, each once, however many seats it holds."""

    template_name = "alliance/enterprise_list.html"
    paginate_by = 50

    def get_queryset(self):
        seated = Seat.objects.enterprises().values("unit")
        return Unit.objects.visible_to(self.request.user).filter(pk__in=seated).order_by("name")

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        seats = Seat.objects.current().with_lead().filter(unit__in=context["object_list"])
        groups = {}
        for seat in seats.exclude(group=None).select_related("group"):
            groups.setdefault(seat.unit_id, []).append(seat)
        for unit in context["object_list"]:
            unit.chain_seats = groups.get(unit.pk, [])
        return context | {"row_count": context["paginator"].count}

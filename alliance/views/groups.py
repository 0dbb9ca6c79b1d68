from django.db.models import Count, Q
from django.views.generic import DetailView, ListView

from alliance.models import Group, Meeting, Seat, Turn
from members.models import Unit
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.views import HistoryMixin, ScopedMixin


class GroupList(ScopedMixin, ListView):
    """The groups in being; the alliance-wide seats stand beneath them."""

    queryset = Group.objects.all().order_by("order", "pk")

    def get_queryset(self):
        self.turns = Turn.objects.visible_to(self.request.user).coming()
        groups = super().get_queryset().current()
        return groups.annotate(
            enterprises=Count(
                "seats",
                filter=in_force(prefix="seats__") & Q(seats__unit__kind=Unit.Kind.ENTERPRISE),
            )
        )

    def get_context_data(self, **kwargs):
        user = self.request.user
        seats = Seat.objects.visible_to(user).current().with_lead().select_related("unit")
        return super().get_context_data(
            cards=cards(self.object_list, seats, self.turns.select_related("seat__unit")),
            wide_seats=[seat for seat in seats if seat.group_id is None],
            **kwargs,
        )


def cards(groups, seats, turns) -> list[dict]:
    """Each group with its seats and its turns: now, next, after next."""
    groups, seats, turns = list(groups), list(seats), list(turns)
    return [
        {
            "group": group,
            "seats": [seat for seat in seats if seat.group_id == group.pk],
            "turns": [turn for turn in turns if turn.group_id == group.pk][:3],
        }
        for group in groups
    ]


class GroupDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Group.objects.all()

    def get_context_data(self, **kwargs):
        group, user = self.object, self.request.user
        meetings = Meeting.objects.visible_to(user).filter(group=group).select_related("kind")
        return super().get_context_data(
            seats=Seat.objects.of_group(group).with_lead(),
            turns=group.turns.coming().select_related("seat__unit"),
            meetings=meetings.order_by("-starts_at")[:5],
            **kwargs,
        )


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

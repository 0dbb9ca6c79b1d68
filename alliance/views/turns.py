"""The rota: who is on turn, how a year is planned, and what can happen to one turn."""

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, ListView, TemplateView

from alliance.actions import planning, rights
from alliance.actions import swaps as swap_actions
from alliance.actions import turns as actions
from alliance.boards import Board
from alliance.forms.turns import AssignForm, DeclineForm, PlanForm, SwapForm
from alliance.models import Group, Swap, Turn
from alliance.rehearsal import rehearse
from alliance.views.groups import cards
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, ScopedMixin, get_editable_or_deny

ROWS = Turn.objects.select_related("group", "seat__unit", "due_seat__unit")
MOST_DIGITS = 18  # of a number that every database can hold


def asked_number(request, name):
    """The number that an address asks for, or nothing for one that cannot be."""
    number = request.GET.get(name, "")
    return number if number.isdecimal() and len(number) <= MOST_DIGITS else ""


class Rota(ScopedMixin, ListView):
    """All groups with who is on turn now, next and after next, then every turn in order."""

    queryset = ROWS.order_by("group__order", "-starts_on")
    template_name = "alliance/rota.html"
    paginate_by = 50

    def get_queryset(self):
        rows = super().get_queryset()
        if self.request.GET.get("served"):
            rows = rows.served()
        if unit := asked_number(self.request, "unit"):
            rows = rows.filter(seat__unit__pk=unit)
        group = asked_number(self.request, "group")
        return rows.filter(group__pk=group) if group else rows

    def get_context_data(self, **kwargs):
        user = self.request.user
        groups = Group.objects.visible_to(user).current().order_by("order", "pk")
        if group := asked_number(self.request, "group"):
            groups = groups.filter(pk=group)
        coming = list(Turn.objects.visible_to(user).coming().select_related("seat__unit"))
        convenable = set(Group.objects.convenable_by(user).values_list("pk", flat=True))
        swaps = (
            Swap.objects.visible_to(user)
            .open()
            .select_related("group", "first_seat__unit", "second_seat__unit")
        )
        context = super().get_context_data(
            cards=cards(groups, [], coming), convenable=convenable, swaps=swaps, **kwargs
        )
        names = {group.pk: group for group in groups}
        open_turns = [turn for turn in coming if turn.is_open and turn.group_id in names]
        for turn in open_turns:
            turn.group = names[turn.group_id]
        return context | {"row_count": context["paginator"].count, "open_turns": open_turns}


class RotaPlan(FormActionMixin, FormView):
    """Staff look at the proposal for a year, then save it as they saw it."""

    form_class = PlanForm
    template_name = "alliance/rota_plan.html"
    success_message = gettext_lazy("轮值已排定，各单位会收到通知。")

    def get_initial(self):
        groups = Group.objects.visible_to(self.request.user).current()
        if group := asked_number(self.request, "group"):
            groups = groups.filter(pk=group)
        return {"groups": list(groups), "year": unplanned_year(groups)}

    def get_context_data(self, **kwargs):
        sent = kwargs.get("form")
        data = self.request.POST if sent is not None and sent.is_bound else self.request.GET
        is_asked = "year" in data
        asked = PlanForm(
            data if is_asked else None, user=self.request.user, initial=self.get_initial()
        )
        asked.fields.pop("once")
        if is_asked and asked.is_valid():
            kwargs |= self._previewed(asked.cleaned_data)
        return super().get_context_data(asked=asked, **kwargs)

    def _previewed(self, wanted):
        proposals = planning.propose(wanted["groups"], year=wanted["year"])
        return {
            "year": wanted["year"],
            "wanted": wanted["groups"],
            "proposals": [(group, rows) for group, rows in proposals.items() if rows],
            "complete": [group for group, rows in proposals.items() if not rows],
            "seal": sealed(proposals),
        }

    def act(self, form):
        wanted = form.cleaned_data
        actions.hold(wanted["groups"])
        proposals = planning.propose(wanted["groups"], year=wanted["year"])
        if self.request.POST.get("seal") != sealed(proposals):
            raise StepRefused(_("预览之后轮值情况有了变化，请核对下面新的安排后再保存。"))
        return planning.generate(wanted["groups"], year=wanted["year"], by=self.request.user)

    def get_success_url(self):
        return reverse("alliance:rota")


def unplanned_year(groups) -> int:
    """The first year of which something is still to be planned, if it may be planned yet."""
    today = timezone.localdate()
    last = groups.annotate(last=Max("turns__ends_on")).values_list("last", flat=True)
    planned = min((ends_on or today for ends_on in last), default=today)
    return min(max(today, planned + actions.DAY).year, today.year + planning.FARTHEST_YEAR)


def sealed(proposals) -> str:
    """A signature under what the preview shows."""
    shown = [
        [group.pk, row.starts_on.isoformat(), row.ends_on.isoformat(), row.seat and row.seat.pk]
        for group, rows in proposals.items()
        for row in rows
    ]
    return signing.Signer(salt="alliance.rota").sign_object(sorted(shown, key=str), compress=True)


class RotaFairness(TemplateView):
    """The order of each group with its reasons, and who has served how often (公平情况)."""

    template_name = "alliance/rota_fairness.html"

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        groups = Group.objects.visible_to(self.request.user).current().order_by("order", "pk")
        if group := asked_number(self.request, "group"):
            groups = groups.filter(pk=group)
        boards = [(board.group, board.standing(today)) for board in Board.of(groups)]
        for _group, rows in boards:
            most = max((row.history.served for row in rows), default=0) or 1
            for row in rows:
                row.board.group.most_served = most
        return super().get_context_data(boards=boards, today=today, **kwargs)


class TurnForm(FormView):
    """A form page about one turn; nobody else's, and back to the turn when it is too late."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.turn = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        if not self.may():
            raise PermissionDenied

    def may(self) -> bool:
        raise NotImplementedError

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            turn=self.turn, cancel_url=self.turn.get_absolute_url(), **kwargs
        )

    def get_success_url(self):
        return self.turn.get_absolute_url()


class TurnDecline(PreviewMixin, TurnForm):
    form_class = DeclineForm
    template_name = "alliance/turn_decline.html"
    success_message = gettext_lazy("已登记。轮值已按次序顺延，有关单位会收到通知。")

    def may(self):
        user, seat = self.request.user, self.turn.seat
        return rights.office(user) or (seat is not None and actions.speaks(user, seat))

    def preview(self, form):
        changes = rehearse(self.turn.group, lambda: self._decline(form))
        return [
            *changes,
            _("“%(unit)s”的位次保留，下一次轮值优先安排。") % {"unit": self.turn.holder},
        ]

    def act(self, form):
        self._decline(form)
        return self.turn

    def _decline(self, form):
        actions.decline(self.turn, reason=form.cleaned_data["reason"], by=self.request.user)


class TurnAssign(PreviewMixin, TurnForm):
    form_class = AssignForm
    template_name = "alliance/turn_assign.html"
    success_message = gettext_lazy("已调整轮值单位，有关单位会收到通知。")

    def may(self):
        return rights.office(self.request.user)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"turn": self.turn}

    def preview(self, form):
        changes = rehearse(self.turn.group, lambda: self._assign(form))
        if self.turn.is_open:
            return changes
        return [*changes, _("没有轮值的单位不计为已轮值，位次保留。")]

    def act(self, form):
        self.turn = self._assign(form)
        return self.turn

    def _assign(self, form):
        return actions.assign(self.turn, by=self.request.user, **form.facts())


class TurnSwap(FormActionMixin, TurnForm):
    form_class = SwapForm
    template_name = "alliance/turn_swap.html"
    success_message = gettext_lazy("已提出对调，对方单位会收到通知；双方同意后由党务办公室确认。")

    def may(self):
        seat = self.turn.seat
        return seat is not None and swap_actions.may_propose(self.request.user, seat)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"turn": self.turn}

    def act(self, form):
        given, user = form.cleaned_data, self.request.user
        self.swap = swap_actions.propose(self.turn, given["other"], reason=given["reason"], by=user)
        return self.swap

    def get_success_url(self):
        return self.swap.get_absolute_url()


def acts_on(user, turn: Turn) -> list[dict]:
    """What a person may do with a turn besides its duties: address and words of each act."""
    office = rights.office(user)
    offered = {}
    if office and not turn.is_over:
        word = _("确定轮值单位") if turn.is_open else _("调整轮值单位")
        offered["alliance:turn-assign"] = word
    ahead = not actions.has_begun(turn, timezone.localdate())
    if ahead and turn.seat_id is not None and turn.seat_id == turn.due_seat_id:
        if swap_actions.may_propose(user, turn.seat):
            offered["alliance:turn-swap"] = _("提出对调")
        if office or actions.speaks(user, turn.seat):
            offered["alliance:turn-decline"] = _("婉拒这次轮值")
    return [
        {"url": reverse(name, args=[turn.pk]), "label": label} for name, label in offered.items()
    ]

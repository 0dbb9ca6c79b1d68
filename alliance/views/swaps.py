"""Swaps of turns: who asked, who has agreed, what the office says."""

from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import DetailView, FormView, ListView

from alliance.actions import rights, turns
from alliance.actions import swaps as actions
from alliance.forms.turns import RefuseForm
from alliance.models import Swap
from nanchuan.kernel.views import (
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)

ROWS = Swap.objects.select_related(
    "group", "first", "second", "first_seat__unit", "second_seat__unit"
)


class SwapList(ScopedMixin, ListView):
    """All swaps of the groups that the reader sees, open ones first."""

    queryset = ROWS.order_by("settled_at", "-pk")
    template_name = "alliance/swap_list.html"
    paginate_by = 50
    marked = False

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        return context | {"row_count": context["paginator"].count}


class SwapDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = ROWS

    def get_context_data(self, **kwargs):
        swap, user = self.object, self.request.user
        sides = [
            {"turn": swap.first, "gives": swap.first_seat, "takes": swap.second_seat}
            | {"agreed_at": swap.first_agreed_at},
            {"turn": swap.second, "gives": swap.second_seat, "takes": swap.first_seat}
            | {"agreed_at": swap.second_agreed_at},
        ]
        fits = swap.is_open and turns.fits(swap, timezone.localdate())
        return super().get_context_data(
            sides=sides,
            fits=fits,
            now=now_words(swap, sides),
            may=actions.steps_open_to(user, swap) if swap.is_open else set(),
            is_office=rights.office(user),
            **kwargs,
        )


def now_words(swap, sides) -> str:
    """Whose word an open swap waits for, and what follows."""
    if swap.status == Swap.Status.AGREED:
        return _("双方单位都已同意，等党务办公室确认后生效；确认前轮值仍按原安排。")
    units = _("、").join(str(side["gives"]) for side in sides if not side["agreed_at"])
    return _("等待%(units)s答复；同意以后，由党务办公室确认。") % {"units": units}


@require_POST
def swap_agree(request, pk):
    swap = get_editable_or_deny(ROWS, request.user, pk=pk)
    return take_step(
        request, actions.agree, swap, done=_("已同意对调。双方都同意的，由党务办公室确认后生效。")
    )


@require_POST
def swap_confirm(request, pk):
    swap = get_editable_or_deny(ROWS, request.user, pk=pk)
    return take_step(request, actions.confirm, swap, done=_("已确认对调，双方单位会收到通知。"))


@require_POST
def swap_withdraw(request, pk):
    swap = get_editable_or_deny(ROWS, request.user, pk=pk)
    return take_step(request, actions.withdraw, swap, done=_("已撤回对调，轮值仍按原来的安排。"))


class SwapRefuse(FormActionMixin, FormView):
    form_class = RefuseForm
    template_name = "alliance/swap_refuse.html"
    success_message = gettext_lazy("已答复不同意对调，对方会收到通知，轮值仍按原来的安排。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        self.swap = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])

    def get(self, request, *args, **kwargs):
        if "refuse" not in actions.steps_open_to(request.user, self.swap):
            return redirect(self.swap)
        return super().get(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            swap=self.swap, cancel_url=self.swap.get_absolute_url(), **kwargs
        )

    def act(self, form):
        actions.refuse(self.swap, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.swap

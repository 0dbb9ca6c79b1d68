from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic import FormView, ListView

from alliance.actions import turns as actions
from alliance.forms.turns import PlanForm
from alliance.models import Group, Turn
from alliance.views.groups import cards
from nanchuan.kernel.views import FormActionMixin, ScopedMixin


class Rota(ScopedMixin, ListView):
    """All groups with who is on turn now, next and after next, then every turn in order."""

    queryset = Turn.objects.select_related("group", "seat__unit").order_by(
        "group__order", "-starts_on"
    )
    template_name = "alliance/rota.html"
    paginate_by = 50

    def get_queryset(self):
        rows, asked = super().get_queryset(), self.request.GET
        if asked.get("served"):
            rows = rows.served()
        if asked.get("unit", "").isdecimal():
            rows = rows.filter(seat__unit__pk=asked["unit"])
        group = asked.get("group", "")
        return rows.filter(group__pk=group) if group.isdecimal() else rows

    def get_context_data(self, **kwargs):
        user = self.request.user
        groups = Group.objects.visible_to(user).current().order_by("order", "pk")
        coming = Turn.objects.visible_to(user).coming().select_related("seat__unit")
        convenable = set(Group.objects.convenable_by(user).values_list("pk", flat=True))
        context = super().get_context_data(
            cards=cards(groups, [], coming), convenable=convenable, **kwargs
        )
        return context | {"row_count": context["paginator"].count}


class RotaPlan(FormActionMixin, FormView):
    """Staff look at the proposal, then save it."""

    form_class = PlanForm
    template_name = "alliance/rota_plan.html"
    success_message = _("轮值已排定。")

    def get_initial(self):
        return {"group": self.request.GET.get("group"), "turns": self.request.GET.get("turns", 4)}

    def get_context_data(self, **kwargs):
        asked = PlanForm(self.request.GET or None, user=self.request.user)
        asked.fields.pop("once")
        if asked.is_bound and asked.is_valid():
            group = asked.cleaned_data["group"]
            kwargs |= {
                "group": group,
                "proposals": actions.propose(group, turns=asked.cleaned_data["turns"]),
            }
        return super().get_context_data(asked=asked, **kwargs)

    def act(self, form):
        group = form.cleaned_data["group"]
        actions.plan(group, turns=form.cleaned_data["turns"], by=self.request.user)
        return group

    def get_success_url(self):
        return f"{reverse('alliance:rota')}?group={self.object.pk}"

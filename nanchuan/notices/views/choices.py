from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView

from nanchuan.kernel.views import FormActionMixin
from nanchuan.notices.actions import choices as actions
from nanchuan.notices.forms.choices import AwayForm, ChoicesForm
from nanchuan.notices.models import StandIn


class NoticeSettings(FormActionMixin, FormView):
    """How a person is told (接收设置): kinds by channels, hours, digest, who stands in."""

    form_class = ChoicesForm
    template_name = "notices/settings.html"
    success_url = reverse_lazy("notices:settings")
    success_message = gettext_lazy("接收设置已保存。")

    def act(self, form):
        return actions.choose(form.wanted(), form.habit(), by=self.request.user)

    def get_success_url(self):
        return str(self.success_url)

    def get_context_data(self, **kwargs):
        user = self.request.user
        away = StandIn.objects.visible_to(user).unended().select_related("deputy")
        kwargs.setdefault("away_form", AwayForm(user=user, prefix="away"))
        return super().get_context_data(away=away, **kwargs)


class NoticeAway(FormActionMixin, FormView):
    """Away from a day to a day, and who is told (外出代收)."""

    form_class = AwayForm
    prefix = "away"
    template_name = "notices/away_form.html"
    success_message = gettext_lazy("已安排代收。")

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"prefix": "away"}

    def act(self, form):
        facts = {name: form.cleaned_data[name] for name in ("deputy", "starts_on", "ends_on")}
        return actions.go_away(**facts, by=self.request.user)

    def get_success_url(self):
        return reverse("notices:settings")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.get_success_url(), **kwargs)


@require_POST
def notice_back(request, pk):
    """Told oneself again, from today on."""
    row = get_object_or_404(StandIn.objects.editable_by(request.user), pk=pk)
    actions.come_back(row)
    messages.success(request, _("已取消代收，今后的消息发给您本人。"))
    return redirect("notices:settings")

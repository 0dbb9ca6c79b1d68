from copy import copy

from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView, UpdateView

from alliance.models import ActionItem
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.views import (
    FormActionMixin,
)
from services.actions import (
    filing,
)
from services.forms.needs import NeedForm
from services.models import Need
from services.views.need_steps import StepPage

LONGEST_TITLE = Need._meta.get_field("title").max_length


class NeedCreate(FormActionMixin, CreateView):
    model = Need
    form_class = NeedForm
    success_message = _("已提交“%(object)s”，园区党务办公室会尽快审核，结果会通知您。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:need-list"), **kwargs)

    def get_initial(self):
        """`?item=7`: what a meeting resolved, in the words of it and the name of its unit."""
        asked = self.request.GET.get("item", "")
        if not is_number(asked):
            return super().get_initial()
        rows = ActionItem.objects.visible_to(self.request.user).live()
        item = get_object_or_404(rows, pk=asked)
        words = {"title": item.text[:LONGEST_TITLE], "content": item.text}
        return {"item": item.pk, "unit": item.unit_id} | words

    def act(self, form):
        typed = form.cleaned_data
        by = self.request.user
        return filing.file(unit=typed["unit"], item=typed["item"], by=by, **form.facts())


class NeedEdit(StepPage, FormActionMixin, UpdateView):
    """Corrected before review; after it was returned, thereby submitted again."""

    verb = "change"
    form_class = NeedForm
    template_name = "services/need_form.html"
    success_message = _("已更新“%(object)s”，等待审核。")

    def get_object(self, queryset=None):
        return copy(self.need)  # the form writes on its own

    def get_context_data(self, **kwargs):
        reason = self.need.remarks.filter(step=self.need.status).first()
        return super().get_context_data(reason=reason, **kwargs)

    def act(self, form):
        filing.change(self.need, by=self.request.user, **form.facts())
        return self.need

"""Common problems: what several enterprises of a chain ask, put before their joint meeting."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django.views.generic import FormView, TemplateView

from alliance.models import Group, Regulation
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin
from services import common
from services.actions import cases
from services.forms.common import CommonForm, JoinForm
from services.models import Need

MOST = 100


class CommonNeeds(TemplateView):
    template_name = "services/common.html"

    def get_context_data(self, **kwargs):
        rules = Regulation.objects.settings()
        waiting = cases.waiting().select_related("unit")
        return super().get_context_data(
            problems=common.problems(),
            number=rules["common_needs"],
            days=rules["common_days"],
            waiting=list(waiting[:MOST]),
            **kwargs,
        )


class CommonPropose(FormActionMixin, FormView):
    """The words are proposed here and written by the office."""

    form_class = CommonForm
    template_name = "services/common_propose.html"

    def dispatch(self, request, *args, **kwargs):
        asked = (request.POST if request.method == "POST" else request.GET).getlist("needs")
        keys = [int(key) for key in asked[:MOST] if is_number(key)]
        rows = Need.objects.visible_to(request.user).filter(pk__in=keys)
        self.needs = list(rows.select_related("unit").order_by("pk"))
        if request.method == "GET" and not self.needs:
            messages.error(request, _("请先从列表中选择一项共性问题。"))
            return redirect("services:common-needs")
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"needs": [need.pk for need in self.needs]}

    def get_initial(self):
        group = self._group()
        words = cases.common_words(self.needs)
        chosen = [need.pk for need in self.needs]
        return {"group": group and group.pk, "needs": chosen} | words

    def get_context_data(self, **kwargs):
        group = self._group()
        return super().get_context_data(
            group=group,
            meeting=group and cases.next_meeting([group]),
            cancel_url=reverse("services:common-needs"),
            **kwargs,
        )

    def _group(self):
        asked = self.request.POST.get("group") or self.request.GET.get("group", "")
        return Group.objects.current().filter(pk=asked).first() if is_number(asked) else None

    def act(self, form):
        facts = form.facts()
        topic = cases.propose(
            list(facts.pop("needs")), facts.pop("group"), by=self.request.user, **facts
        )
        if topic is None:
            words = _("目前没有会议征集议题。已记下，该小组下一次联席会议征集议题时自动提出。")
        else:
            words = _("已提请列入“%(meeting)s”。") % {"meeting": topic.meeting}
        messages.success(self.request, words)
        return topic

    def get_success_url(self):
        return self.object.get_absolute_url() if self.object else reverse("services:common-needs")


@require_POST
def common_join(request):
    """Needs that came later, under the topic that stands."""
    form = JoinForm(request.POST, user=request.user)
    del form.fields["once"]  # done twice, nothing happens the second time
    if not form.is_valid():
        messages.error(request, _("议题或需求已有变化，请刷新后再试。"))
        return redirect("services:common-needs")
    topic = form.cleaned_data["topic"]
    try:
        cases.join(topic, list(form.cleaned_data["needs"]), by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("已列入“%(topic)s”。") % {"topic": topic})
    return redirect("services:common-needs")

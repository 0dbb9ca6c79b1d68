"""The kinds of activity of this park, for its office."""

from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, ListView, UpdateView

from members.actions import activity_kinds as actions
from members.forms.activity_steps import ActivityKindForm
from members.models import Activity, ActivityKind
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.views import FormActionMixin, take_step


class ActivityKindList(ListView):
    queryset = ActivityKind.objects.annotate(
        has_records=Exists(Activity.objects.filter(kind=OuterRef("pk")))
    )
    template_name = "members/activitykind_list.html"


class KindFormMixin(FormActionMixin):
    model = ActivityKind
    form_class = ActivityKindForm
    template_name = "members/activitykind_form.html"

    def get_success_url(self):
        return reverse("members:activitykind-list")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.get_success_url(), **kwargs)

    def facts(self, form):
        return {name: form.cleaned_data[name] for name in actions.FIELDS}


class ActivityKindCreate(KindFormMixin, CreateView):
    success_message = gettext_lazy("已增加活动类型“%(object)s”，记活动时可以选用。")

    def act(self, form):
        return actions.add(by=self.request.user, **self.facts(form))


class ActivityKindEdit(EditActionMixin, KindFormMixin, UpdateView):
    success_message = gettext_lazy("已更改活动类型“%(object)s”，已有的记录不变。")

    def act(self, form):
        return actions.change(self.object, by=self.request.user, **self.facts(form))


@require_POST
def activitykind_retire(request, pk):
    kind = get_object_or_404(ActivityKind, pk=pk)
    done = _("“%(kind)s”不再出现在记活动的选项里，已有的记录不变。") % {"kind": kind}
    return take_step(request, actions.retire, kind, done=done, to="members:activitykind-list")


@require_POST
def activitykind_restore(request, pk):
    kind = get_object_or_404(ActivityKind, pk=pk)
    done = _("“%(kind)s”可以选用了。") % {"kind": kind}
    return take_step(request, actions.restore, kind, done=done, to="members:activitykind-list")

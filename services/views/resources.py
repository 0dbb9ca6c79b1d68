from copy import copy

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.views import (
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
)
from services.actions import resources as actions
from services.forms.resources import ResourceFilter, ResourceForm
from services.models import Project, Resource


class ResourceList(SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = Resource.objects.select_related("unit").newest()
    filterset_class = ResourceFilter
    partial_template_name = "services/_resource_table.html"


class ResourceDetail(HistoryMixin, ScopedMixin, DetailView):
    queryset = Resource.objects.select_related("unit")

    def get_context_data(self, **kwargs):
        projects = Project.objects.visible_to(self.request.user).filter(
            commitments__resource=self.object
        )
        return super().get_context_data(projects=projects.select_related("lead"), **kwargs)


class ResourceCreate(FormActionMixin, CreateView):
    model = Resource
    form_class = ResourceForm
    success_message = _("已登记“%(object)s”。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:resource-list"), **kwargs)

    def act(self, form):
        return actions.add(unit=form.unit, by=self.request.user, **form.facts())


class ResourceEdit(FormActionMixin, UpdateView):
    form_class = ResourceForm
    template_name = "services/resource_form.html"
    success_message = _("已更新“%(object)s”。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = Resource.objects.select_related("unit")
        self.resource = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])

    def get_object(self, queryset=None):
        return copy(self.resource)  # the form writes on its own

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.resource.get_absolute_url(), **kwargs)

    def act(self, form):
        actions.change(self.resource, by=self.request.user, **form.facts())
        return self.resource

from django.contrib import messages
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView, DetailView, FormView, ListView, UpdateView

from members import limits
from members.actions import links
from members.actions import units as actions
from members.forms.days import day_of
from members.forms.units import UnitFilterSet, UnitForm, UnitLinkForm
from members.models import Organization, Unit
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.panels import panels
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
)


@register(
    "members:unit-list",
    order=30,
    holds=_("每个单位一行：类别、产业链、规模、党组织与党建指导员、组织覆盖情况。"),
)
class UnitList(ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    """Enterprises, departments, own companies and stationed agencies, as covered on a day."""

    queryset = Unit.objects.all()
    filterset_class = UnitFilterSet
    template_name = "members/unit_list.html"
    partial_template_name = "members/_unit_table.html"
    export_name = _("单位名单")
    on_paper = True

    def dress(self, rows):
        on = day_of(self.request.GET)
        return rows.select_related("chain").with_organizations(on).with_coverage(on)

    def dress_export(self, rows):
        rows = self.dress(rows)
        return rows.with_instructor(day_of(self.request.GET)) if self._sees_people() else rows

    def _sees_people(self):
        return roles.has_role(self.request.user, *roles.WHOLE_PARK)

    def export_columns(self):
        columns = [
            Column(_("名称"), lambda row: row.name, 40),
            Column(_("简称"), lambda row: row.short_name),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("统一社会信用代码"), lambda row: row.credit_code, 22),
            Column(_("产业链"), lambda row: row.chain),
            Column(_("规模"), lambda row: row.get_size_display(), 8),
            Column(_("职工人数"), lambda row: row.employees, 10),
            Column(_("所属行业"), lambda row: row.industry),
            Column(_("地址"), lambda row: row.address, 40),
            Column(_("党组织数"), lambda row: row.own_organizations, 10),
            Column(_("党建覆盖"), lambda row: row.reached_by.label),
        ]
        if self._sees_people():
            columns.append(Column(_("党建指导员"), lambda row: row.instructor_name, 12))
        return columns


class UnitDetail(HistoryMixin, ScopedMixin, DetailView):
    """One unit: its party organizations or its instructor, who speaks for it, whom to call."""

    template_name = "members/unit_detail.html"
    context_object_name = "unit"

    def get_queryset(self):
        self.queryset = Unit.objects.select_related("chain").with_coverage()
        rows = super().get_queryset()
        return rows.with_people() if self._sees_people() else rows

    def _sees_people(self):
        """Whom to call is for the park and for the unit itself, not for its competitors."""
        user = self.request.user
        own = self.kwargs["pk"] in roles.places(user, roles.UNIT)
        return own or roles.has_role(user, *roles.WHOLE_PARK)

    def get_context_data(self, **kwargs):
        user, unit = self.request.user, self.object
        context = {
            "links": self._links(),
            "panels": panels("unit", unit, user, timezone.localdate()),
        }
        if self._sees_people():
            context |= {"contacts": unit.contacts.all(), "sees_people": True}
        return super().get_context_data(**context, **kwargs)

    def _links(self):
        """Its organizations, those of today first; each says whether the reader may open it."""
        seen = Organization.objects.visible_to(self.request.user).order_by().values("pk")
        rows = self.object.organization_links.select_related("organization")
        rows = rows.annotate(is_seen=Q(organization__in=seen))
        today = timezone.localdate()
        for row in (found := list(rows.order_by("organization__path", "-starts_on"))):
            row.is_over = not (row.is_current(today) and row.organization.is_current(today))
        return sorted(found, key=lambda row: row.is_over)


class UnitFormMixin(FormActionMixin):
    model = Unit
    form_class = UnitForm
    template_name = "members/unit_form.html"


class UnitCreate(UnitFormMixin, CreateView):
    success_message = _("已登记“%(object)s”。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("members:unit-list"), **kwargs)

    def act(self, form):
        contacts = form.contacts.written()
        return actions.add(by=self.request.user, contacts=contacts, **form.facts())


class UnitEdit(UnitFormMixin, EditActionMixin, UpdateView):
    context_object_name = "unit"
    success_message = _("已更正“%(object)s”的资料。")

    def get_object(self, queryset=None):
        found = get_editable_or_deny(Unit.objects, self.request.user, pk=self.kwargs["pk"])
        self.stored_name = str(found)  # the form writes what was typed on its own copy
        return found

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            stored_name=self.stored_name, cancel_url=self.object.get_absolute_url(), **kwargs
        )

    def act(self, form):
        rows = form.contacts
        contacts = {"contacts": rows.written(), "dropped": rows.dropped()}
        actions.change(form.instance, by=self.request.user, **contacts, **form.facts())
        return form.instance


class UnitOrganization(FormActionMixin, FormView):
    """A party organization belongs to the unit from a day on; what the rules say is told."""

    form_class = UnitLinkForm
    template_name = "members/unit_organization.html"
    success_message = _("已登记党组织。")

    def dispatch(self, request, *args, **kwargs):
        self.unit = get_editable_or_deny(Unit.objects, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            unit=self.unit, cancel_url=self.unit.get_absolute_url(), **kwargs
        )

    def act(self, form):
        organization, on = form.cleaned_data["organization"], form.cleaned_data["on"]
        links.link(organization, self.unit, on=on, by=self.request.user)
        for sentence in limits.concerns_of(organization):
            messages.warning(self.request, f"“{organization}”{sentence}")  # data
        return self.unit

from django.http import Http404
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView

from members.forms.organizations import OrganizationFilterSet
from members.models import Organization, PartyMember, Unit
from members.policies import PEOPLE
from members.views.papers import PaperLinkMixin
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.registers import register
from nanchuan.kernel.roles import has_role
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    HistoryMixin,
    ScopedMixin,
)

MOST_PEOPLE = 60


@register(
    "members:organization-list",
    order=20,
    holds=_("每个党组织一行：类别、上级、书记、党员数、所属单位、成立日期、届满日期。"),
)
class OrganizationList(
    ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView
):
    """The organizations of today in the order of their tree."""

    filterset_class = OrganizationFilterSet
    template_name = "members/organization_list.html"
    partial_template_name = "members/_organization_table.html"
    paginate_by = 50
    export_name = _("党组织名册")
    on_paper = True

    def get_queryset(self):
        self.queryset = Organization.objects.current()
        return super().get_queryset()

    def dress(self, rows):
        rows = rows.with_members()
        return rows.with_secretary() if has_role(self.request.user, *PEOPLE) else rows

    def get_context_data(self, **kwargs):
        return super().get_context_data(sees_people=has_role(self.request.user, *PEOPLE), **kwargs)

    def export_columns(self):
        columns = [
            Column(_("名称"), lambda row: row.name, 40),
            Column(_("简称"), lambda row: row.short_name),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("层级"), lambda row: row.depth, 8),
            Column(_("成立日期"), lambda row: row.starts_on),
            Column(_("本级党员数"), lambda row: row.own_members, 12),
        ]
        if has_role(self.request.user, *PEOPLE):
            columns.insert(3, Column(_("书记"), lambda row: row.secretary_name))
        return columns


class OrganizationDetail(PaperLinkMixin, HistoryMixin, DetailView):
    """One organization: its place in the tree, who leads it, its members, what it did."""

    template_name = "members/organization_detail.html"
    context_object_name = "organization"

    def get_object(self, queryset=None):
        pk, user = self.kwargs["pk"], self.request.user
        self.near = list(Organization.objects.with_members().around(pk, user))
        for row in self.near:
            if row.pk == pk and row.is_seen:
                return row
        raise Http404

    def get_context_data(self, **kwargs):
        user, organization = self.request.user, self.object
        units = Unit.objects.filter(
            in_force(prefix="organization_links__"), organization_links__organization=organization
        )
        context = {
            "superiors": [row for row in self.near if row.depth < organization.depth],
            "children": [
                row for row in self.near if row.depth > organization.depth and row.is_current()
            ],
            "units": units,
            "sees_people": has_role(user, *PEOPLE),
            "may_log": organization.is_current() and organization.may_be_led_by(user),
        }
        if context["sees_people"]:
            people = PartyMember.objects.visible_to(user).of_organization(organization)
            activities = organization.activities.visible_to(user).select_related("kind")
            context |= {
                "people": people[:MOST_PEOPLE],
                "activities": activities.newest()[:5],
            }
        return super().get_context_data(**context, **kwargs)

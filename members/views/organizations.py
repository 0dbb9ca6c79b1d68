from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import ListView, TemplateView

from members import charts, radar
from members.forms.days import DayForm, day_of
from members.forms.organizations import OrganizationFilterSet
from members.models import Organization, Tree
from members.policies import PEOPLE
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.registers import register
from nanchuan.kernel.roles import has_role
from nanchuan.kernel.views import DressedMixin, ExportedMixin, FilteredMixin, ScopedMixin


@register(
    "members:organization-list",
    order=20,
    holds=_("每个党组织一行：类别、上级、书记、党员数、所属单位、成立日期、届满日期。"),
)
class OrganizationList(
    ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView
):
    """The organizations of a day in the order of their tree."""

    filterset_class = OrganizationFilterSet
    template_name = "members/organization_list.html"
    partial_template_name = "members/_organization_table.html"
    paginate_by = 100
    export_name = _("党组织名册")
    on_paper = True

    def get_queryset(self):
        self.on = day_of(self.request.GET)
        self.order = None if self.on == timezone.localdate() else Tree.of(self.on).order
        self.queryset = self.as_it_stood(Organization.objects.all())
        return super().get_queryset()

    def as_it_stood(self, rows):
        """In the order of the day; today the database itself keeps names and order."""
        return (
            rows.as_of_today() if self.order is None else rows.as_of(self.on).laid_out(self.order)
        )

    def dress(self, rows):
        rows = self.as_it_stood(rows).with_members(self.on).with_superior(self.on)
        return rows.with_secretary(self.on) if has_role(self.request.user, *PEOPLE) else rows

    def dress_export(self, rows):
        return radar.with_over(self.dress(rows).with_units(self.on), self.on)

    def get_context_data(self, **kwargs):
        sees = has_role(self.request.user, *PEOPLE)
        then = self.on if self.on < timezone.localdate() else None
        return super().get_context_data(sees_people=sees, then=then, **kwargs)

    def export_columns(self):
        columns = [
            Column(_("名称"), lambda row: row.name_then, 40),
            Column(_("简称"), lambda row: row.short_then),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("上级党组织"), lambda row: row.superior_then, 30),
            Column(_("层级"), lambda row: row.depth_then, 8),
            Column(_("所属单位"), lambda row: _("、").join(row.unit_names or ()), 30),
            Column(_("成立日期"), lambda row: row.starts_on),
            Column(_("届满日期"), lambda row: row.committee_over),
            Column(_("本级党员数"), lambda row: row.own_members, 12),
        ]
        if has_role(self.request.user, *PEOPLE):
            columns.insert(3, Column(_("书记"), lambda row: row.secretary_name))
        return columns


class OrganizationChart(TemplateView):
    """The tree of a day as a picture, to look at and to print: what the reader may see of it."""

    template_name = "members/organization_chart.html"

    def get_context_data(self, **kwargs):
        user, form = self.request.user, DayForm(self.request.GET)
        rows = Organization.objects.visible_to(user).with_members(form.day)
        if has_role(user, *PEOPLE):
            rows = rows.with_secretary(form.day)
        counted = rows.exclude(kind=Organization.Kind.PARTY_GROUP)
        return super().get_context_data(
            chart=charts.draw(Tree.of(form.day, counted)),
            day_form=form,
            on=form.day,
            then=None if form.day == timezone.localdate() else form.day,
            **kwargs,
        )

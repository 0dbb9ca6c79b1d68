from django.db.models import Count, OuterRef, Q, Subquery
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView

from members.forms.units import UnitFilterSet
from members.models import Organization, Unit
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import mask_phone
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import ExportedMixin, FilteredMixin, HistoryMixin, ScopedMixin


@register(
    "members:unit-list",
    order=30,
    holds=_("每个单位一行：类别、产业链、规模、党组织与党建指导员、组织覆盖情况。"),
)
class UnitList(ExportedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView):
    """Enterprises, departments, own companies and stationed agencies."""

    filterset_class = UnitFilterSet
    template_name = "members/unit_list.html"
    partial_template_name = "members/_unit_table.html"
    export_name = _("单位与组织覆盖名册")
    on_paper = True

    def get_queryset(self):
        links = Unit.organizations.through.objects.current().filter(unit=OuterRef("pk"))
        number = links.order_by().values("unit").annotate(number=Count("pk")).values("number")
        self.queryset = Unit.objects.annotate(own_organizations=Subquery(number))
        return super().get_queryset()

    def export_columns(self):
        return [
            Column(_("名称"), lambda row: row.name, 40),
            Column(_("简称"), lambda row: row.short_name),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("所属行业"), lambda row: row.industry),
            Column(_("地址"), lambda row: row.address, 40),
            Column(_("党组织数"), lambda row: row.own_organizations or 0, 10),
        ]


class UnitDetail(HistoryMixin, ScopedMixin, DetailView):
    """One unit, its party organizations and who speaks for it."""

    queryset = Unit.objects.all()
    template_name = "members/unit_detail.html"
    context_object_name = "unit"

    def get_context_data(self, **kwargs):
        user, unit = self.request.user, self.object
        organizations = Organization.objects.current().filter(
            in_force(prefix="unit_links__"), unit_links__unit=unit
        )
        seen = Organization.objects.visible_to(user).values("pk")
        context = {"organizations": organizations.annotate(is_seen=Q(pk__in=seen))}
        # Whom to call is for the park and for the unit itself, not for its competitors.
        own = unit.pk in roles.places(user, roles.UNIT)
        if own or roles.has_role(user, *roles.WHOLE_PARK):
            context["contact"] = {
                "name": unit.contact_name,
                "phone": mask_phone(unit.contact_phone),
            }
            context["liaisons"] = unit.liaisons.current().select_related("user")
        return super().get_context_data(**context, **kwargs)

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from members.forms.filters import MonthFilter, OrganizationField, OrganizationFilter, month_of
from members.models import Activity, ActivityKind, Organization, Participation
from nanchuan.kernel.forms import HelperMixin

YES = [("yes", _("是"))]


class ActivityFilterSet(django_filters.FilterSet):
    usual = ("q", "status", "kind", "organization", "month")

    q = django_filters.CharFilter(
        label=_("主题"), field_name="title", lookup_expr="contains", max_length=100
    )
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Activity.Status)
    kind = django_filters.ModelChoiceFilter(
        label=_("活动类型"), queryset=ActivityKind.objects.all()
    )
    organization = OrganizationFilter(method="within")
    month = MonthFilter(label=_("月份"), method="in_month")
    late = django_filters.ChoiceFilter(label=_("补录"), choices=YES, method="only_late")
    joint = django_filters.ChoiceFilter(label=_("联合开展"), choices=YES, method="only_joint")

    def within(self, rows, name, organization):
        """What it held with everything below it."""
        return rows.filter(organization__path__startswith=organization.path)

    def in_month(self, rows, name, first):
        begin, end = month_of(first)
        return rows.filter(starts_at__gte=begin, starts_at__lt=end)

    def only_late(self, rows, name, value):
        return rows.filter(is_late=True)

    def only_joint(self, rows, name, value):
        others = Participation.objects.filter(activity=OuterRef("pk"), is_host=False)
        return rows.filter(Exists(others))


class ReviewFilterSet(ActivityFilterSet):
    """What waits has one status."""

    usual = ("kind", "organization", "late")
    status = None
    q = None
    joint = None


class OrganizationForm(HelperMixin, forms.Form):
    """Whose activity it is; the form itself follows."""

    organization = OrganizationField(
        label=_("党组织"), queryset=Organization.objects.none(), empty_label=_("请选择")
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["organization"].queryset = Organization.objects.current().editable_by(user)

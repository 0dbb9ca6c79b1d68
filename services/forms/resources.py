import django_filters as filters
from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from alliance.models import Group, Seat
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.forms import DateInput, ScopedModelForm
from services.actions.rights import office
from services.forms.contacts import KeepsPhoneMixin, PhoneField
from services.models import Resource

CHANGEABLE = (
    "category",
    "title",
    "content",
    "quantity",
    "free_from",
    "free_until",
    "conditions",
    "contact_name",
    "contact_phone",
)


class ResourceForm(KeepsPhoneMixin, ScopedModelForm):
    """What a unit can give; the office registers it for any unit."""

    contact_phone = PhoneField()

    class Meta:
        model = Resource
        fields = ["unit", *CHANGEABLE]
        widgets = {
            "content": forms.Textarea(attrs={"rows": 4}),
            "free_from": DateInput(),
            "free_until": DateInput(),
        }
        help_texts = {
            "quantity": _("例如“2 间，各 60 座”“每月 2 场”。"),
            "free_until": _("两个日期都不填表示长期可用。"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.one_unit = self.instance.unit if self.instance.pk else self._only_unit()
        if self.one_unit:
            del self.fields["unit"]

    def _only_unit(self):
        units = self.fields["unit"].queryset
        if not office(self.user):
            units = units.filter(pk__in=roles.places(self.user, roles.UNIT))
        self.fields["unit"].queryset = units
        found = list(units[:2])
        return found[0] if len(found) == 1 else None

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in CHANGEABLE}

    @property
    def unit(self) -> Unit:
        return self.one_unit or self.cleaned_data["unit"]


class ResourceAdminForm(KeepsPhoneMixin, forms.ModelForm):
    contact_phone = PhoneField()

    class Meta:
        model = Resource
        fields = ["unit", *CHANGEABLE]


class ResourceFilter(filters.FilterSet):
    FREE = (("today", _("目前可用")),)

    q = filters.CharFilter(label=_("编号或名称"), method="by_words", max_length=60)
    category = filters.ChoiceFilter(label=_("类别"), choices=Resource.Category.choices)
    unit = filters.ModelChoiceFilter(
        label=_("提供单位"),
        queryset=lambda request: Unit.objects.visible_to(request.user).filter(
            pk__in=Resource.objects.visible_to(request.user).values("unit")
        ),
    )
    group = filters.ModelChoiceFilter(
        label=_("小组"),
        queryset=lambda request: Group.objects.visible_to(request.user),
        method="by_group",
    )
    free = filters.ChoiceFilter(label=_("可用情况"), choices=FREE, method="by_free")

    class Meta:
        model = Resource
        fields = []

    def by_words(self, rows, name, value):
        return rows.filter(Q(title__contains=value) | Q(number__contains=value))

    def by_group(self, rows, name, group):
        return rows.filter(unit__in=Seat.objects.current().filter(group=group).values("unit"))

    def by_free(self, rows, name, value):
        return rows.available()

import django_filters
from django import forms
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from members.forms.filters import OrganizationFilter
from members.models import Membership, PartyMember
from nanchuan.kernel.fields import normalise

NOBODYS = "none"  # without a membership in force
PHONE_TAIL = 4


class NameField(forms.CharField):
    """A name, pinyin or the last four digits of a phone.

    Longer numbers are refused: what stands in an address is kept by browsers and logs.
    """

    def clean(self, value):
        words = super().clean(value).strip()
        if sum(character.isdigit() for character in normalise(words)) > PHONE_TAIL:
            raise forms.ValidationError(
                _("这里只填姓名、拼音或手机号后四位。完整的号码请用“按号码查找”。")
            )
        return words


class NameFilter(django_filters.Filter):
    field_class = NameField

    def filter(self, qs, value):
        return qs.search(value) if value else qs


class PersonFilterSet(django_filters.FilterSet):
    """Without a standing: whom the park counts as its members.

    `memberships` are those in force that decide alone who is listed, if they do.
    """

    memberships = None

    q = NameFilter(label=_("姓名、拼音、手机后四位"), max_length=50)
    organization = OrganizationFilter(method="within")
    standing = django_filters.ChoiceFilter(
        label=_("党员类别"),
        choices=[*Membership.Standing.choices, (NOBODYS, _("无在册组织关系"))],
        method="stand",
    )
    gender = django_filters.ChoiceFilter(label=_("性别"), choices=PartyMember.Gender.choices)
    education = django_filters.ChoiceFilter(label=_("学历"), choices=PartyMember.Education.choices)

    def within(self, rows, name, organization):
        return rows  # together with the standing, in one question about memberships

    stand = within

    def filter_queryset(self, queryset):
        rows = Membership.objects.current()
        given = self.form.cleaned_data
        standing = given.get("standing")
        if standing == NOBODYS:
            return super().filter_queryset(queryset.exclude(has(rows)))
        rows = rows.filter(standing__in=[standing] if standing else Membership.COUNTED)
        if organization := given.get("organization"):
            rows = rows.filter(organization__path__startswith=organization.path)
        if not any(given.get(name) for name in ("q", "gender", "education")):
            self.memberships = rows
        return super().filter_queryset(queryset.filter(has(rows)))


def has(memberships) -> Exists:
    return Exists(memberships.filter(member=OuterRef("pk")))


class FindForm(forms.Form):
    """An exact number, sent in the body of a request and never in an address."""

    number = forms.CharField(label=_("公民身份号码或电话"), min_length=4, max_length=30)

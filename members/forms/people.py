import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.filters import ListedFilter, OrganizationFilter
from members.models import Absence, Membership, PartyMember, Post, Term
from nanchuan.kernel.fields import normalise
from nanchuan.kernel.periods import months_after

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


class YearsFilter(django_filters.Filter):
    """A number of years up to today: of age, or in the party."""

    field_class = forms.IntegerField

    def __init__(self, **kwargs):
        super().__init__(min_value=0, max_value=150, **kwargs)


SORTS = {
    # what the address says: the word, columns; the name decides between equals
    "organization": (_("按党组织排序"), [F("place__organization__path").asc(nulls_last=True)]),
    "-age": (_("年长的在前"), [F("born_on").asc(nulls_last=True)]),
    "age": (_("年轻的在前"), [F("born_on").desc(nulls_last=True)]),
    "-years": (_("党龄长的在前"), [F("joined_on").asc(nulls_last=True)]),
    "years": (_("党龄短的在前"), [F("joined_on").desc(nulls_last=True)]),
    "post": (_("按职务排序"), [F("post_order").asc(nulls_last=True)]),
}
BY_NAME = ("pinyin", "pk")
PREPARED = {"organization": "placed", "post": "with_post_order"}


class PersonFilterSet(django_filters.FilterSet):
    """Without a standing: whom the park counts as its members.

    `memberships` are those in force that decide alone who is listed, if they do.
    """

    memberships = None
    usual = ("q", "organization", "standing", "sort")

    q = NameFilter(label=_("姓名、拼音、手机后四位"), max_length=50)
    organization = OrganizationFilter(method="within")
    standing = django_filters.ChoiceFilter(
        label=_("党员类别"),
        choices=[*Membership.Standing.choices, (NOBODYS, _("无在册组织关系"))],
        method="stand",
    )
    sort = django_filters.ChoiceFilter(
        label=_("排序"),
        choices=[(name, word) for name, (word, _columns) in SORTS.items()],
        empty_label=_("按姓名排序"),
        method="ordered",
    )
    post = ListedFilter(label=_("党内职务"), queryset=Post.objects.all(), method="holding")
    gender = django_filters.ChoiceFilter(label=_("性别"), choices=PartyMember.Gender.choices)
    education = django_filters.ChoiceFilter(label=_("学历"), choices=PartyMember.Education.choices)
    ethnicity = django_filters.CharFilter(label=_("民族"), max_length=20, lookup_expr="startswith")
    away = django_filters.ChoiceFilter(
        label=_("流动与失联"), choices=Absence.Kind.choices, method="absent"
    )
    age_from = YearsFilter(label=_("年龄满（岁）"), method="at_least", field_name="born_on")
    age_to = YearsFilter(label=_("年龄不超过（岁）"), method="at_most", field_name="born_on")
    years_from = YearsFilter(label=_("党龄满（年）"), method="at_least", field_name="joined_on")
    years_to = YearsFilter(label=_("党龄不超过（年）"), method="at_most", field_name="joined_on")

    def within(self, rows, name, organization):
        return rows  # together with the standing, in one question about memberships

    stand = within

    def ordered(self, rows, name, value):
        prepare = PREPARED.get(value)
        rows = getattr(rows, prepare)() if prepare else rows
        return rows.order_by(*SORTS[value][1], *BY_NAME)

    def holding(self, rows, name, post):
        return rows.filter(has(Term.objects.current().filter(post=post)))

    def absent(self, rows, name, kind):
        return rows.filter(has(Absence.objects.current().filter(kind=kind)))

    def at_least(self, rows, name, years):
        return rows.filter(**{f"{name}__lte": months_after(timezone.localdate(), -12 * years)})

    def at_most(self, rows, name, years):
        day = months_after(timezone.localdate(), -12 * (years + 1))
        return rows.filter(**{f"{name}__gt": day})

    def filter_queryset(self, queryset):
        rows = Membership.objects.current()
        given = self.form.cleaned_data
        standing = given.get("standing")
        if standing == NOBODYS:
            return super().filter_queryset(queryset.exclude(has(rows)))
        rows = rows.filter(standing__in=[standing] if standing else Membership.COUNTED)
        if organization := given.get("organization"):
            rows = rows.filter(organization__path__startswith=organization.path)
        alone = {"organization", "standing", "sort"}
        if not any(value not in (None, "") for name, value in given.items() if name not in alone):
            self.memberships = rows
        return super().filter_queryset(queryset.filter(has(rows)))


def has(rows) -> Exists:
    """Whether a person has one of some dated rows."""
    return Exists(rows.filter(member=OuterRef("pk")))


class FindForm(forms.Form):
    """An exact number, sent in the body of a request and never in an address."""

    number = forms.CharField(label=_("公民身份号码或电话"), min_length=4, max_length=30)

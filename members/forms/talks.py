import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.filters import MonthFilter, OrganizationFilter, month_of
from members.models import Membership, Organization, PartyMember, Term
from nanchuan.kernel import roles
from nanchuan.kernel.forms import MomentInput, ScopedForm

LONGEST = 5000
MOST_PARTNERS = 500
FIRST_YEAR, MOST_YEARS = 2018, 10


class TalkFilterSet(django_filters.FilterSet):
    organization = OrganizationFilter(method="within")
    month = MonthFilter(label=_("月份"), method="in_month")

    def within(self, rows, name, organization):
        return rows.filter(organization__path__startswith=organization.path)

    def in_month(self, rows, name, first):
        begin, end = month_of(first)
        return rows.filter(starts_at__gte=begin, starts_at__lt=end)


def partners(user):
    """With whom a person may have talked: members of the organizations where the person belongs
    or leads, and who holds a post there, right above or right below."""
    own = Membership.objects.current().filter(member__in=roles.places(user, roles.MEMBER))
    homes = {
        *own.values_list("organization__path", flat=True),
        *roles.places(user, roles.SECRETARY),
    }
    group, step = Organization.Kind.PARTY_GROUP, Organization.steplen
    groups = Organization.objects.filter(kind=group, path__in=homes)
    homes |= {path[:-step] for path in groups.values_list("path", flat=True)}
    right_below = Q(pk__in=[])
    for path in homes:
        right_below |= Q(path__startswith=path, depth=len(path) // step + 1)
    here = Organization.objects.filter(Q(path__in=homes) | right_below & Q(kind=group))
    near = {*homes, *(path[:-step] for path in homes)}
    around = Organization.objects.filter(Q(path__in=near) | right_below)
    people = Membership.objects.counted().filter(organization__in=here)
    officers = Term.objects.current().filter(organization__in=around)
    known = people.order_by().values("member").union(officers.order_by().values("member"))
    return PartyMember.objects.filter(pk__in=known).counted()


class PartnerField(forms.ModelChoiceField):
    """Names are listed once for both sides; a number that no database holds is nobody's."""

    LONGEST = 18

    def to_python(self, value):
        if len(str(value or "")) > self.LONGEST:
            raise ValidationError(self.error_messages["invalid_choice"], "invalid_choice")
        return super().to_python(value)

    def label_from_instance(self, obj):
        return obj.name


class SealedText(forms.Textarea):
    """Never kept in the browser."""

    def __init__(self, rows):
        super().__init__({"rows": rows, "data-no-draft": "", "autocomplete": "off"})


class TalkNoteForm(ScopedForm):
    """What was said, and what follows."""

    content = forms.CharField(
        label=_("谈话内容"),
        max_length=LONGEST,
        widget=SealedText(6),
        required=False,
        help_text=_("加密保存，只有谈话双方和上级党组织书记能看，查看会留下记录。可以以后再补。"),
    )
    follow_up = forms.CharField(
        label=_("后续跟进"),
        max_length=LONGEST,
        widget=SealedText(3),
        required=False,
        help_text=_("同样加密保存。没有可以不填。"),
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=10**9)

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in ("content", "follow_up", "revision")}


class TalkForm(TalkNoteForm):
    """A talk in a few fields: with whom, when, what was said. Who writes is one of the two;
    a secretary may write for two others."""

    lead = PartnerField(label=_("谈话人"), queryset=PartyMember.objects.none(), empty_label=None)
    other = PartnerField(
        label=_("谈话对象"),
        queryset=PartyMember.objects.none(),
        empty_label=_("请选择"),
        error_messages={"required": _("请选择和谁谈话。")},
    )
    starts_at = forms.DateTimeField(
        label=_("时间"),
        widget=MomentInput,
        error_messages={"invalid": _("请填写真实存在的日期和时间。")},
    )
    field_order = ["lead", "other", "starts_at", "content", "follow_up"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        del self.fields["revision"]
        self.people = partners(user).only("name", "pinyin").order_by("pinyin", "pk")
        self.me = next(iter(roles.places(user, roles.MEMBER)), None)
        listed = [(one.pk, one.name) for one in self.people[:MOST_PARTNERS]]
        for name in ("lead", "other"):
            self.fields[name].queryset = self.people
            self.fields[name].widget.attrs["data-search-select"] = ""
        self.fields["other"].choices = [("", _("请选择")), *listed]
        self.fields["lead"].choices = listed
        self.initial.setdefault("lead", self.me)
        if not roles.has_role(user, roles.SECRETARY):
            del self.fields["lead"]
            self.fields["other"].choices = [
                row for row in self.fields["other"].choices if row[0] != self.me
            ]

    def clean(self):
        given = super().clean()
        if "lead" not in self.fields:
            given["lead"] = PartyMember.objects.filter(pk=self.me).first()
        if given.get("lead") and given.get("lead") == given.get("other"):
            self.add_error("other", _("谈话双方不能是同一个人。"))
        return given

    def facts(self) -> dict:
        names = ("lead", "other", "starts_at", "content", "follow_up")
        return {name: self.cleaned_data[name] for name in names}


class CoverageFilterSet(django_filters.FilterSet):
    """Which organizations, and which year: this one unless told."""

    organization = OrganizationFilter(method="within")
    year = django_filters.ChoiceFilter(label=_("年度"), empty_label=_("今年"), method="whenever")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        years = range(timezone.localdate().year, FIRST_YEAR - 1, -1)[:MOST_YEARS]
        self.filters["year"].extra["choices"] = [(str(year), str(year)) for year in years]

    @property
    def chosen_year(self) -> int:
        chosen = self.form.is_valid() and self.form.cleaned_data.get("year")
        return int(chosen or timezone.localdate().year)

    def within(self, rows, name, organization):
        return rows.filter(path__startswith=organization.path)

    def whenever(self, rows, name, value):
        return rows  # the view asks `chosen_year`

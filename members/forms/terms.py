import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.actions import terms as actions
from members.forms.candidates import Candidates, NameInput
from members.forms.consequences import ConsequencesMixin
from members.forms.filters import OrganizationFilter
from members.forms.people import NameFilter
from members.models import Organization, PartyMember, Post, Term
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, ScopedForm, ScopedModelForm
from nanchuan.kernel.periods import day_before, in_force

DATE_ERRORS = {"invalid": _("请填写真实存在的日期。"), "required": _("请填写日期。")}


class DayField(forms.DateField):
    widget = DateInput

    def __init__(self, **kwargs):
        super().__init__(error_messages=DATE_ERRORS, **kwargs)


class TermForm(ConsequencesMixin, ScopedForm):
    """A member takes a post in an organization that was chosen before (任职)."""

    post = forms.ModelChoiceField(Post.objects.none(), label=_("职务"), empty_label=_("请选择"))
    member = forms.CharField(
        label=_("党员"),
        max_length=100,
        widget=NameInput,
        help_text=_("填写姓名；同名的写成“姓名（党组织）”。须是本组织或其上下级党组织的党员。"),
    )
    starts_on = DayField(label=_("任职日期"), help_text=_("当天起生效，权限同时生效。"))

    def __init__(self, *args, organization: Organization, **kwargs):
        super().__init__(*args, **kwargs)
        self.organization = organization
        self.fields["post"].queryset = actions.posts_of(organization.kind)
        self.predecessor: Term | None = None

    def candidates(self) -> Candidates:
        day = getattr(self, "cleaned_data", {}).get("starts_on")
        return Candidates(self.organization, day or timezone.localdate())

    def clean(self):
        given = self.cleaned_data
        if given.get("member") and given.get("starts_on"):
            try:
                given["member"] = self.candidates().find(given["member"])
            except forms.ValidationError as error:
                self.add_error("member", error)
        return super().clean()

    def consequences(self) -> list[str]:
        given = self.cleaned_data
        post, day = given["post"], given["starts_on"]
        actions.check_post(self.organization, post, day)
        actions.check_candidates(self.organization, [(post, given["member"])], day)
        self.predecessor = actions.predecessor(self.organization, post, day)
        return [ends(self.predecessor, day)] if self.predecessor else []


def ends(term: Term, starts_on) -> str:
    return _("%(name)s的%(post)s任期将于 %(day)s 结束。") % {
        "name": term.member,
        "post": term.post,
        "day": day_before(starts_on),
    }


class TermEndForm(ScopedForm):
    """The last day of a term, and why (离任)."""

    on = DayField(label=_("任职到"), help_text=_("最后一天；权限从第二天起失效。"))
    reason = forms.ChoiceField(
        label=_("原因"),
        choices=[
            ("", _("请选择")),
            *[
                (value, label)
                for value, label in Term.End.choices
                if value not in (Term.End.ELECTION, Term.End.SUCCEEDED)
            ],
        ],
    )


class TermEditForm(ConflictMixin, ScopedModelForm):
    """Dates of a term are put right."""

    starts_on = DayField(label=_("任职日期"))
    ends_on = DayField(label=_("结束日期"), required=False, help_text=_("不填表示至今。"))

    class Meta:
        model = Term
        fields = ["starts_on", "ends_on", "end_reason"]

    def clean(self):
        given = super().clean()
        if given.get("end_reason") and "ends_on" in given and not given["ends_on"]:
            self.add_error("ends_on", _("填写了结束原因，请同时填写结束日期。"))
        return given

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self._meta.fields}


class TermFilterSet(django_filters.FilterSet):
    """The register of terms in office on a day, today unless told (任职名册)."""

    q = NameFilter(label=_("姓名、拼音"), max_length=50, method="search")
    organization = OrganizationFilter(method="within")
    post = django_filters.ModelChoiceFilter(label=_("职务"), queryset=Post.objects.all())
    on = django_filters.DateFilter(label=_("在任日期"), widget=DateInput, method="in_office")

    def search(self, rows, name, value):
        return rows.filter(member__in=PartyMember.objects.search(value).order_by().values("pk"))

    def within(self, rows, name, organization):
        return rows.filter(organization__path__startswith=organization.path)

    def in_office(self, rows, name, day):
        return rows  # without one, today: below

    def filter_queryset(self, queryset):
        day = self.form.cleaned_data.get("on")
        return super().filter_queryset(queryset.filter(in_force(day)))

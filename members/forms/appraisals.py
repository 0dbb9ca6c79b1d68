"""Forms of the yearly appraisal, each a step (民主评议)."""

from datetime import timedelta

import django_filters
from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.filters import OrganizationField, OrganizationFilter
from members.forms.transfers import DayField
from members.models import Appraisal, Appraisee, Grade, Membership, Organization
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import HelperMixin, RowsField, ScopedForm

MOST_PEOPLE = 999
PROPOSED = {"as_of": 0, "self_until": 10, "peers_until": 20, "organization_until": 30}  # days on
PICK = _("请选择等次。")


class AppraisalFilterSet(django_filters.FilterSet):
    organization = OrganizationFilter(method="within")
    year = django_filters.NumberFilter(
        label=_("年度"), min_value=2000, max_value=9999, decimal_places=0
    )
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Appraisal.Status)

    def within(self, rows, name, organization):
        return rows.filter(organization__path__startswith=organization.path)


class DaysForm(ScopedForm):
    """Until when each step lasts, and how peers vote."""

    way = forms.ChoiceField(
        label=_("互评方式"),
        choices=Appraisal.Way.choices,
        initial=Appraisal.Way.PORTAL,
        widget=forms.RadioSelect,
    )
    self_until = DayField(label=_("自评截止"))
    peers_until = DayField(label=_("互评截止"))
    organization_until = DayField(label=_("组织评定截止"))

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class ScheduleForm(DaysForm):
    """Another schedule. How peers vote is no question any more once they began."""

    def __init__(self, *args, asks_way: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if not asks_way:
            del self.fields["way"]

    def facts(self) -> dict:
        """With the way that a page of before sends: the action refuses another one in words."""
        sent = {"way": self.data["way"]} if "way" in self.data else {}
        return sent | super().facts()


class AppraisalForm(DaysForm):
    """An appraisal is opened: whose, of which year, with the members of which day."""

    organization = OrganizationField(
        label=_("党组织"), queryset=Organization.objects.none(), empty_label=_("请选择")
    )
    year = forms.IntegerField(label=_("年度"), min_value=2018, max_value=9999)
    as_of = DayField(
        label=_("名单日期"),
        help_text=_("这一天在册的党员列入名单，停止党籍的不列入；之后转入的在原支部参加。"),
    )
    field_order = ["organization", "year", "as_of", "way"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        rows = Organization.objects.counted().editable_by(user)
        homes = Membership.objects.counted().order_by().values("organization")
        self.fields["organization"].queryset = rows.filter(pk__in=homes)
        today = timezone.localdate()
        self.fields["year"].initial = today.year
        for name, days in PROPOSED.items():
            self.fields[name].initial = today + timedelta(days=days)


class SelfForm(ScopedForm):
    """One's own words and the grade that one proposes (自评)."""

    text = forms.CharField(
        label=_("自评材料"),
        max_length=3000,
        widget=forms.Textarea({"rows": 8}),
        help_text=_("对照党员标准写写做得怎样、还差在哪里。只有本人和本支部书记能看到。"),
        error_messages={"required": _("请填写自评材料。")},
    )
    grade = forms.ChoiceField(
        label=_("自评等次"),
        choices=Grade.choices,
        widget=forms.RadioSelect,
        error_messages={"required": PICK},
    )

    def __init__(self, *args, appraisee: Appraisee, **kwargs):
        super().__init__(*args, **kwargs)
        if not appraisee.is_graded:
            del self.fields["grade"]


class PerPersonMixin:
    """Fields for each of some people: `lines` are the rows, each with its fields."""

    def __init__(self, *args, people, **kwargs):
        super().__init__(*args, **kwargs)
        self.people = list(people)
        self._names = {}
        for row in self.people:
            fields = {f"{name}_{row.pk}": field for name, field in self._fields(row).items()}
            self._names[row.pk] = list(fields)
            self.fields.update(fields)

    def lines(self):
        return [(row, [self[name] for name in self._names[row.pk]]) for row in self.people]

    def value(self, row, name):
        return self.cleaned_data.get(f"{name}_{row.pk}", "")


class BallotForm(PerPersonMixin, HelperMixin, forms.Form):
    """Everybody else on one screen. It keeps no draft and needs no token: of two ballots of one
    person the second is refused."""

    def _fields(self, row):
        field = forms.ChoiceField(
            label=row.member.name,
            choices=Grade.choices,
            widget=forms.RadioSelect({"data-no-draft": ""}),
            error_messages={"required": PICK},
        )
        return {"grade": field}

    def grades(self) -> dict[int, str]:
        return {row.pk: self.value(row, "grade") for row in self.people}


class PaperCountsForm(PerPersonMixin, ScopedForm):
    """Counts of a vote on paper, four numbers for each."""

    def _fields(self, row):
        return {
            code: forms.IntegerField(
                label=label,
                min_value=0,
                max_value=MOST_PEOPLE,
                initial=0,
                widget=forms.NumberInput({"inputmode": "numeric", "class": "form-control"}),
            )
            for code, label in Grade.choices
        }

    def counts(self) -> dict[int, dict[str, int]]:
        return {
            row.pk: {code: self.value(row, code) for code in Grade.values} for row in self.people
        }


class GradesForm(ConflictMixin, PerPersonMixin, ScopedForm):
    """What the committee says of each; may be saved half done, and by several people."""

    def __init__(self, *args, appraisal, **kwargs):
        self.instance = appraisal
        super().__init__(*args, **kwargs)

    def lines(self):
        """With the questions about a person where the person stands."""
        for row, fields in super().lines():
            asked = [f"keep_{field.name}" for field in fields]
            yield row, [self[name] for name in asked if name in self.fields], fields

    def _fields(self, row):
        comment = forms.CharField(
            label=_("评语"),
            max_length=500,
            required=False,
            initial=row.comment,
            widget=forms.Textarea(
                {"rows": 2, "class": "form-control", "placeholder": _("评语，公布后本人看得到")}
            ),
        )
        if not row.is_graded:
            return {"comment": comment}
        grade = forms.ChoiceField(
            label=_("评定等次"),
            choices=Grade.choices,
            required=False,
            initial=row.grade,
            widget=forms.RadioSelect,
        )
        return {"grade": grade, "comment": comment}

    def _to_watch(self):
        return [name for names in self._names.values() for name in names]

    def _stored_value(self, name):
        return self.fields[name].initial

    def _take_theirs(self, name):
        self.cleaned_data[name] = self._now[name]

    def _label(self, name):
        person = next(row.member for row in self.people if name in self._names[row.pk])
        return _("%(name)s的%(field)s") % {"name": person, "field": self.fields[name].label}

    def _words(self, name, value):
        return str(dict(Grade.choices).get(value, value)) or _("（空）")

    def grades(self) -> dict[int, tuple[str, str]]:
        return {
            row.pk: (self.value(row, "grade"), self.value(row, "comment")) for row in self.people
        }


class SubmitForm(ScopedForm):
    excess_reason = forms.CharField(
        label=_("优秀超过比例的理由"),
        max_length=200,
        required=False,
        widget=forms.Textarea({"rows": 2}),
    )

    def __init__(self, *args, is_over: bool, **kwargs):
        super().__init__(*args, **kwargs)
        if is_over:
            field = self.fields["excess_reason"]
            field.required = True
            field.error_messages["required"] = _("请写明优秀超过比例的理由，由上级确认。")
        else:
            del self.fields["excess_reason"]


class ReasonForm(ScopedForm):
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("请写明原因。")},
    )


class ExcuseForm(ScopedForm):
    """Who takes no part any more, and why."""

    people = RowsField(
        label=_("党员"),
        queryset=Appraisee.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请勾选至少一名党员。")},
    )
    reason = forms.CharField(
        label=_("原因"), max_length=100, help_text=_("例如：组织关系已转出、因病请假一年以上。")
    )

    def __init__(self, *args, appraisal: Appraisal, **kwargs):
        super().__init__(*args, **kwargs)
        rows = appraisal.appraisees.taking_part().in_order().select_related("member")
        self.fields["people"].queryset = rows

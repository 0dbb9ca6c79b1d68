"""What is typed about a measure: itself with its milestones, how far it is, each act's words."""

from itertools import groupby

from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.actions import measures as actions
from alliance.actions.measures import Planned
from alliance.forms.owed import BAD_DAY, ActForm, reason_field
from alliance.models import ActionItem, Group, Measure, Resolution, Section
from members.forms.organization_changes import UnitsField
from members.models import Unit
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, HelperMixin, ScopedForm, ScopedModelForm
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field

MOST_MILESTONES = 20
PERCENT = _("请填写 0 到 100 之间的整数。")


class MilestoneForm(HelperMixin, forms.Form):
    """A row of the form: what has to be reached by when; an empty row says nothing."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("节点"), max_length=100, required=False)
    due_on = forms.DateField(
        label=_("期限"), required=False, widget=DateInput, error_messages=BAD_DAY
    )

    def clean(self):
        given = super().clean()
        title, due_on = given.get("title"), given.get("due_on")
        if due_on and not title and "title" not in self.errors:
            self.add_error("title", _("请写明节点内容，不再需要的请勾选删除。"))
        if title and not due_on and "due_on" not in self.errors:
            self.add_error("due_on", _("请填写节点的期限。"))
        return given

    def get_layout(self):
        columns = [Div("title", css_class="col-md-7"), Div("due_on", css_class="col-md-5")]
        marks = ["DELETE"] if "DELETE" in self.fields else []
        return Layout("pk", Div(*columns, css_class="row"), *marks)


class MilestoneRows(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("删除这个节点")

    def planned(self) -> list[Planned]:
        kept = [form.cleaned_data for form in self.forms if form not in self.deleted_forms]
        return [
            Planned(each["title"], each["due_on"], each.get("pk"))
            for each in kept
            if each.get("title")
        ]


MilestoneFormSet = forms.formset_factory(
    MilestoneForm,
    formset=MilestoneRows,
    extra=1,
    max_num=MOST_MILESTONES,
    absolute_max=MOST_MILESTONES * 2,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)


class ClauseField(forms.ModelChoiceField):
    """Articles of the versions in force, those of a text together."""

    def label_from_instance(self, section):
        return " ".join(filter(None, (section.label, section.heading or section.body[:24])))

    def group(self, sections):
        def of(section):
            return section.regulation

        groups = [
            (str(text), [(each.pk, self.label_from_instance(each)) for each in rows])
            for text, rows in groupby(sections, key=of)
        ]
        self.choices = [("", self.empty_label), *groups]


class ResolutionField(forms.ModelChoiceField):
    """What was resolved, that of a meeting together."""

    def label_from_instance(self, resolution):
        return Truncator(str(resolution)).chars(60)

    def group(self, resolutions):
        def of(resolution):
            return resolution.meeting

        groups = [
            (
                f"{timezone.localdate(meeting.starts_at)} {meeting}",
                [(each.pk, self.label_from_instance(each)) for each in rows],
            )
            for meeting, rows in groupby(resolutions, key=of)
        ]
        self.choices = [("", self.empty_label), *groups]


class MeasureForm(ConflictMixin, ScopedModelForm):
    """A measure with its milestones, which are a formset of their own: `milestones`.

    `rows` are milestones as typed so far, when only another row was asked for.
    """

    clause = ClauseField(
        Section.objects.none(),
        label=_("条款"),
        required=False,
        empty_label=_("请选择条款"),
        help_text=_("来源是章程或制度条款时选择。"),
        error_messages={"invalid_choice": _("所选条款不在现行的章程和制度中，请重新选择。")},
    )
    resolution = ResolutionField(
        Resolution.objects.none(),
        label=_("议定事项"),
        required=False,
        empty_label=_("请选择议定事项"),
        help_text=_("来源是会议议定事项时选择，只列近两年已召开的会议。"),
        error_messages={"invalid_choice": _("请选择已召开的会议议定的一项。")},
    )
    item = forms.ModelChoiceField(
        ActionItem.objects.all(), required=False, widget=forms.HiddenInput
    )
    assisting = UnitsField(label=_("协办单位"), queryset=Unit.objects.none(), required=False)
    milestones_seen = forms.CharField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = Measure
        fields = [
            "title",
            "content",
            "source",
            "clause",
            "resolution",
            "group",
            "unit",
            "assisting",
            "starts_on",
            "due_on",
        ]
        widgets = {
            "content": forms.Textarea(attrs={"rows": 5}),
            "source": forms.RadioSelect,
            "starts_on": DateInput,
            "due_on": DateInput,
        }
        help_texts = {
            "title": _("一句话说清做什么，例如“组建用工互助队”。"),
            "content": _("具体做什么、做到什么程度。"),
            "group": "",
        }
        error_messages = {
            "title": {"required": _("请用一句话写明举措。")},
            "content": {"required": _("请写明具体内容。")},
            "source": {"required": _("请选择举措的来源。")},
            "unit": {
                "required": _("请选择责任单位。"),
                "invalid_choice": _("所选单位目前不是联盟成员，请重新选择。"),
            },
            "starts_on": BAD_DAY | {"required": _("请填写开始日期。")},
            "due_on": BAD_DAY | {"required": _("请填写完成期限。")},
        }

    def __init__(self, *args, rows=None, **kwargs):
        super().__init__(*args, **kwargs)
        self._offer()
        if self.instance.pk:
            del self.fields["item"]
            del self.fields["due_on"]  # another due day has a reason and a page of its own
            self.fields["milestones_seen"].initial = self._fingerprint()
        if rows is None:
            rows = self._stored_rows()
        data = self.data if self.is_bound else None
        self.milestones = MilestoneFormSet(data, initial=rows, prefix="milestones")

    def _offer(self):
        """What may be chosen today, and what stands already."""
        measure, fields = self.instance, self.fields
        choices = [choice for choice in fields["source"].choices if choice[0]]
        fields["source"].choices = choices
        fields["group"].empty_label = gettext("整个联盟")
        fields["group"].queryset = Group.objects.current() | Group.objects.filter(
            pk=measure.group_id
        )
        clauses = actions.offered_clauses()
        if measure.clause_id:
            clauses = clauses | Section.objects.filter(pk=measure.clause_id)
        fields["clause"].queryset = clauses
        fields["clause"].group(clauses.select_related("regulation"))
        resolutions = actions.offered_resolutions(self.user)
        if measure.resolution_id:
            resolutions = resolutions | Resolution.objects.filter(pk=measure.resolution_id)
        fields["resolution"].queryset = resolutions
        fields["resolution"].group(resolutions.select_related("meeting"))
        units = actions.seated_units()
        if measure.pk:
            named = [measure.unit_id, *measure.assisting.values_list("pk", flat=True)]
            units = units | Unit.objects.filter(pk__in=named)
        fields["unit"].queryset = fields["assisting"].queryset = units.order_by("name")
        fields["unit"].empty_label = gettext("请选择单位")

    def _stored_rows(self):
        if not self.instance.pk:
            return []
        rows = self.instance.milestones.all()
        return [{"pk": row.pk, "title": row.title, "due_on": row.due_on} for row in rows]

    def _fingerprint(self):
        rows = [(row["pk"], row["title"], str(row["due_on"])) for row in self._stored_rows()]
        return salted_hmac("alliance.milestones", repr(rows)).hexdigest()

    def clean(self):
        given = super().clean()
        self._clean_source(given)
        if not self.milestones.is_valid():
            self.add_error(None, _("节点中有需要修改的地方，见表单下方。"))
        elif self.instance.pk:
            self._check_milestones_seen(given)
        starts_on, due_on = given.get("starts_on"), given.get("due_on", self.instance.due_on)
        if starts_on and due_on and due_on < starts_on:
            name = "due_on" if "due_on" in self.fields else "starts_on"
            self.add_error(name, _("完成期限不能早于开始日期。"))
        if given.get("unit") in list(given.get("assisting") or ()):
            self.add_error("assisting", _("责任单位不必再列为协办单位。"))
        return given

    def _clean_source(self, given):
        """The other source's fields say nothing, whatever stands in them."""
        source = given.get("source")
        if source == Measure.Source.CLAUSE:
            given["resolution"] = given["item"] = None
            self.errors.pop("resolution", None)
            if not given.get("clause") and "clause" not in self.errors:
                self.add_error("clause", _("请选择举措出自哪一条款。"))
        elif source == Measure.Source.RESOLUTION:
            given["clause"] = None
            self.errors.pop("clause", None)
            if not given.get("resolution") and "resolution" not in self.errors:
                self.add_error("resolution", _("请选择举措出自哪一项议定事项。"))
            item = given.get("item")
            if item and item.resolution_id != getattr(given.get("resolution"), "pk", None):
                given["item"] = None  # another source was chosen

    def _check_milestones_seen(self, given):
        """Two people edit: whoever saves second reads first what the milestones are now."""
        now = self._fingerprint()
        if given.get("milestones_seen") == now:
            return
        rows = self._stored_rows()
        words = gettext("、").join(f"{row['title']}（{row['due_on']}）" for row in rows)  # data
        self.add_error(
            None,
            _("节点刚被别人改过，现在是：%(rows)s。请核对下方各行，再保存。")
            % {"rows": words or gettext("没有节点")},
        )
        self.data = self.data.copy()
        self.data[self.add_prefix("milestones_seen")] = now

    def _get_validation_exclusions(self):
        """Days and source are checked above, in the words of the field."""
        return super()._get_validation_exclusions() | {"due_on", "source"}

    def facts(self) -> dict:
        facts = {name: self.cleaned_data[name] for name in self.Meta.fields if name in self.fields}
        del facts["source"]
        if "item" in self.fields:
            facts["item"] = self.cleaned_data.get("item")
        return facts | {"milestones": self.milestones.planned()}

    def get_layout(self):
        rest = [name for name in self.fields if name not in {*self.Meta.fields, "once"}]
        days = [name for name in ("starts_on", "due_on") if name in self.fields]
        return Layout(
            *rest,
            "title",
            "content",
            Div(Field("source"), css_class="choices"),
            "clause",
            "resolution",
            "group",
            "unit",
            "assisting",
            Div(*days, css_class="form-pairs"),
            "once",
        )


def typed_so_far(data) -> tuple[dict, list[dict]]:
    """The values of a form that asked only for another row, and the rows of its milestones."""
    names = [*MeasureForm.Meta.fields, "item", "seen", "milestones_seen"]
    values = {name: data.get(name) for name in names if name in data}
    if "assisting" in data:
        values["assisting"] = data.getlist("assisting")
    try:
        number = min(int(data.get("milestones-TOTAL_FORMS", 0)), MOST_MILESTONES)
    except ValueError:
        number = 0
    rows = [
        {name: data.get(f"milestones-{place}-{name}", "") for name in ("pk", "title", "due_on")}
        for place in range(number)
        if f"milestones-{place}-DELETE" not in data
    ]
    return values, rows


# ── How far it is ───────────────────────────────────────────────────────────────────────────


class NoteForm(DocumentsFormMixin, ScopedForm):
    text = forms.CharField(
        label=_("做了什么"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": _("请写明做了什么。")},
    )
    percent = forms.IntegerField(
        label=_("完成比例（%）"),
        min_value=0,
        max_value=actions.WHOLE,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), PERCENT),
    )
    files = documents_field(label=_("佐证材料"))


class ReportForm(DocumentsFormMixin, ScopedForm):
    effect = forms.CharField(
        label=_("成效"),
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("做成了什么、起了什么作用。党务办公室看后确认，或写明原因退回。"),
        error_messages={"required": _("请写明成效。")},
    )
    files = documents_field(label=_("佐证材料"))


# ── Acts on the page of a measure ───────────────────────────────────────────────────────────


class ExtendForm(ActForm):
    due_on = forms.DateField(
        label=_("新的完成期限"),
        widget=DateInput,
        error_messages=BAD_DAY | {"required": _("请填写新的完成期限。")},
    )
    reason = reason_field()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["due_on"] = self.owed.due_on

    def clean_due_on(self):
        due_on = self.cleaned_data["due_on"]
        try:
            actions.check_extension(self.owed, due_on, timezone.localdate())
        except StepRefused as refusal:
            raise forms.ValidationError(str(refusal)) from None
        return due_on

import django_filters
from django import forms
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.days import DayField, OnField
from members.forms.filters import MonthFilter, OrganizationField, OrganizationFilter
from members.models import Organization, StudyMaterial
from nanchuan.kernel import roles
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, HelperMixin, RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field

RETIRED, ALL = "retired", "all"
MOST_OFFERED = 300  # the newest ones; an activity keeps older ones that it has


class StudyFilterSet(django_filters.FilterSet):
    """Without a state: what is offered."""

    q = django_filters.CharFilter(label=_("标题或来源"), method="search", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("类别"), choices=StudyMaterial.Kind.choices)
    organization = OrganizationFilter(label=_("登记的党组织"), method="within")
    state = django_filters.ChoiceFilter(
        label=_("状态"),
        choices=[(RETIRED, _("已停用")), (ALL, _("全部"))],
        empty_label=_("在用"),
        method="whenever",
    )

    def search(self, rows, name, value):
        return rows.filter(Q(title__contains=value) | Q(source__contains=value))

    def within(self, rows, name, organization):
        return rows.filter(organization__path__startswith=organization.path)

    def whenever(self, rows, name, value):
        return rows.exclude(retired_on=None) if value == RETIRED else rows

    def filter_queryset(self, queryset):
        if not self.form.cleaned_data.get("state"):
            queryset = queryset.offered()
        return super().filter_queryset(queryset)


class StudyRecordFilterSet(django_filters.FilterSet):
    """Which organization studied what, in which month."""

    organization = OrganizationFilter(method="within")
    month = MonthFilter(label=_("月份"), method="in_month")
    q = django_filters.CharFilter(label=_("学习材料"), method="search", max_length=100)

    def within(self, rows, name, organization):
        return rows.filter(activity__organization__path__startswith=organization.path)

    def in_month(self, rows, name, first):
        held = {"activity__participations__is_host": True}
        held["activity__participations__held_on__gte"] = first
        if first.year < 9999:  # noqa: PLR2004 - the last year of all
            held["activity__participations__held_on__lt"] = months_after(first, 1)
        return rows.filter(**held)

    def search(self, rows, name, value):
        return rows.filter(material__title__contains=value)


class StudyForm(ConflictMixin, DocumentsFormMixin, ScopedModelForm):
    """A material: its text, files, or where it is to be found."""

    organization = OrganizationField(
        label=_("哪些党组织学习"),
        queryset=Organization.objects.none(),
        required=False,
        empty_label=_("全园区"),
        help_text=_("选定的党组织和它的下级都能看到。"),
    )
    published_on = DayField(label=_("发布日期"))
    files = documents_field()

    class Meta:
        model = StudyMaterial
        fields = ["title", "kind", "source", "published_on", "organization", "text", "where"]
        widgets = {"text": forms.Textarea({"rows": 8})}

    field_order = [*Meta.fields[:6], "files", "where"]

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, user=user, **kwargs)
        field = self.fields["organization"]
        field.queryset = Organization.objects.current().editable_by(user)
        if not roles.has_role(user, roles.STAFF):
            field.required, field.empty_label = True, None

    def clean(self):
        given = super().clean()
        kept = self.instance.pk and self.instance.files.exists()
        named = "files" in self.errors or given.get("files") or kept
        if not (given.get("text") or given.get("where") or named):
            self.add_error("text", _("正文、附件和出处至少要有一项。"))
        return given

    def facts(self) -> dict:
        names = (*self._meta.fields, "files")
        return {name: self.cleaned_data[name] for name in names}


class MaterialChoices(RowsField):
    """Materials with their source and date, the newest first, with a search box."""

    widget = forms.CheckboxSelectMultiple({"data-filter-list": _("输入标题或来源筛选")})

    def label_from_instance(self, obj):
        return " · ".join(filter(None, (obj.title, obj.source, f"{obj.published_on or ''}")))


class MaterialsMixin(forms.Form):
    """A form of an activity with `materials`; stands left of a ScopedFormMixin.

    `chosen` are those that the activity has; they stay on offer once retired.
    """

    materials = MaterialChoices(
        label=_("学习材料"),
        queryset=StudyMaterial.objects.none(),
        required=False,
        error_messages={"invalid_choice": _("所选材料中有一份已经停用或看不到，请重新选择。")},
    )

    def __init__(self, *args, user, chosen=(), **kwargs):
        super().__init__(*args, user=user, **kwargs)
        kept = [each.pk for each in chosen]
        self.known_materials = set(kept)
        self.initial.setdefault("materials", kept)
        rows = StudyMaterial.objects.visible_to(user).defer("text").newest()
        field = self.fields["materials"]
        field.queryset = rows.filter(Q(retired_on=None) | Q(pk__in=kept))
        newest = list(field.queryset[:MOST_OFFERED])
        older = [each for each in chosen if each not in newest]
        field.choices = [(each.pk, field.label_from_instance(each)) for each in (*newest, *older)]


class MaterialsForm(MaterialsMixin, ScopedForm):
    """What was studied at an activity that is there already."""


class NoteForm(HelperMixin, forms.Form):
    """The day on which a member studied a material alone."""

    studied_on = OnField(label=_("学习日期"), widget=DateInput({"class": "form-control"}))

    @property
    def day(self):
        return self.cleaned_data["studied_on"] if self.is_valid() else timezone.localdate()

"""What is typed about an agenda: its lines in their order."""

from crispy_forms.layout import Div, Layout
from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext_lazy as _

from alliance.actions.agenda import FIELDS, MOST, Line, fingerprint, first_line, ordinary
from members.models import Unit
from nanchuan.kernel.forms import HelperMixin, ScopedForm
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field

PREFIX = "line"
MOST_MINUTES = 720


class LineForm(HelperMixin, forms.Form):
    """A line of the agenda; an empty row says nothing."""

    pk = forms.IntegerField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=_("议题"), max_length=200, required=False)
    minutes = forms.IntegerField(
        label=_("分钟"),
        required=False,
        validators=[MinValueValidator(1), MaxValueValidator(MOST_MINUTES)],
    )
    presenter = forms.CharField(label=_("汇报人"), max_length=50, required=False)
    unit = forms.TypedChoiceField(label=_("汇报单位"), required=False, coerce=int, empty_value=None)
    text = forms.CharField(
        label=_("说明"), max_length=2000, required=False, widget=forms.Textarea({"rows": 2})
    )

    def __init__(self, *args, units, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", _("（未定）")), *units]

    def clean(self):
        given = super().clean()
        says = any(given.get(name) for name in ("minutes", "presenter", "unit", "text", "pk"))
        if (
            says
            and not given.get("title")
            and not given.get("DELETE")
            and "title" not in self.errors
        ):
            self.add_error("title", _("请填写议题，不再需要的请勾选删去。"))
        return given

    def get_layout(self):
        columns = [
            Div("title", css_class="col-md-6"),
            Div("minutes", css_class="col-4 col-md-2"),
            Div("presenter", css_class="col-8 col-md-4"),
            Div("unit", css_class="col-md-6"),
            Div("text", css_class="col-md-6"),
        ]
        marks = ["DELETE"] if "DELETE" in self.fields else []
        return Layout("pk", Div(*columns, css_class="row gx-3"), *marks)


class Lines(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("从议程中删去")


LineFormSet = forms.formset_factory(
    LineForm,
    formset=Lines,
    extra=1,
    max_num=MOST,
    absolute_max=MOST * 2,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)


class AgendaForm(ScopedForm):
    """The lines with what was seen of them. `rows` are lines as typed so far, when one was only
    moved or another row was asked for."""

    seen = forms.CharField(widget=forms.HiddenInput)
    first_minutes = forms.IntegerField(
        label=_("首项的分钟"), min_value=1, max_value=MOST_MINUTES, required=False
    )

    def __init__(self, *args, meeting, rows=None, seen=None, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.data = self.data.copy()  # shared with the lines: see `follow`
        self.meeting = meeting
        self.fields["seen"].initial = seen or fingerprint(meeting)
        self.first = first_line(meeting)
        if self.first is None:
            del self.fields["first_minutes"]
        else:
            self.fields["first_minutes"].initial = self.first.minutes
            self.fields["first_minutes"].label = self.first.title
            self.fields["first_minutes"].help_text = _(
                "固定为首项，内容由系统按办理情况生成，只填写用几分钟。"
            )
        stored = ordinary(meeting).values("pk", *FIELDS)
        options = {"prefix": PREFIX, "form_kwargs": {"units": units_of(meeting)}}
        if self.is_bound:
            self.lines = LineFormSet(self.data, **options)
        else:
            self.lines = LineFormSet(initial=list(stored) if rows is None else rows, **options)

    def is_valid(self):
        return super().is_valid() & self.lines.is_valid()

    def facts(self) -> dict:
        """Lines in their order, and those that are to go."""
        typed = [row.cleaned_data for row in self.lines.forms if row.cleaned_data]
        units = Unit.objects.in_bulk({row["unit"] for row in typed if row.get("unit")})
        kept = [row for row in typed if row.get("title") and not row.get("DELETE")]
        lines = [
            Line(
                **{name: row[name] for name in ("pk", "title", "minutes", "presenter", "text")},
                unit=units.get(row["unit"]),
            )
            for row in kept
        ]
        removed = [row["pk"] for row in typed if row.get("DELETE") and row.get("pk")]
        first = {"first_minutes": self.cleaned_data.get("first_minutes")}
        return {"lines": lines, "removed": removed, "seen": self.cleaned_data["seen"]} | first

    def follow(self) -> None:
        """What stands there now has been shown: the next sending is judged against it. A line
        that is gone meanwhile is a new one."""
        self.data["seen"] = fingerprint(self.meeting)
        there = {str(pk) for pk in ordinary(self.meeting).values_list("pk", flat=True)}
        for row in self.lines.forms:
            key = row.add_prefix("pk")
            if self.data.get(key) not in there:
                self.data[key] = ""


def units_of(meeting) -> list[tuple[int, str]]:
    """Who may present: the units that are invited, and those that stand there already."""
    invited = meeting.invitations.standing().values("seat__unit")
    named = meeting.items.filter(unit__isnull=False).values("unit")
    asked = Unit.objects.filter(pk__in=invited) | Unit.objects.filter(pk__in=named)
    asked |= Unit.objects.filter(pk=meeting.convened_by_id)
    return [(unit.pk, str(unit)) for unit in asked.distinct()]


def typed_so_far(data) -> list[dict]:
    """The rows as they stand in the browser, in their order; wholly empty ones are left out."""
    names = ("pk", "title", "minutes", "presenter", "unit", "text", "DELETE")
    total = data.get(f"{PREFIX}-TOTAL_FORMS", "")
    number = min(int(total), MOST * 2) if total.isdecimal() and len(total) < 5 else 0  # noqa: PLR2004
    rows = [
        {name: data.get(f"{PREFIX}-{index}-{name}", "") for name in names}
        for index in range(number)
    ]
    return [row for row in rows if any(row.values())]


class MaterialForm(DocumentsFormMixin, ScopedForm):
    files = documents_field(
        required=True,
        label=_("会议材料"),
        error_messages={"required": _("请选择要添加的文件。")},
    )

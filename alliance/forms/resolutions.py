from calendar import monthrange
from datetime import date, timedelta

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions import resolutions
from alliance.models import AgendaItem, Meeting, Vote
from members.models import Unit
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm

BY_DAY = "day"
BAD_DAY = {"invalid": gettext_lazy("请填写正确的日期，例如 2026-12-15。")}


def quick_days(meeting: Meeting) -> dict[str, date]:
    """Days that are chosen with one tap, counted from the meeting."""
    day = timezone.localdate(meeting.starts_at)
    last = day.replace(day=monthrange(day.year, day.month)[1])
    return {"7": day + timedelta(7), "14": day + timedelta(14), "month": last}


class TaskFields(forms.Form):
    """Who has to do it, with whom, until when."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(), label=gettext_lazy("责任单位"), required=False
    )
    due = forms.ChoiceField(
        label=gettext_lazy("完成期限"), required=False, widget=forms.RadioSelect
    )
    due_on = forms.DateField(
        label=gettext_lazy("其他日期"), required=False, widget=DateInput(), error_messages=BAD_DAY
    )
    assisting = RowsField(
        Unit.objects.none(),
        label=gettext_lazy("协办单位"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def offer(self, meeting: Meeting):
        rows = resolutions.offered_units(meeting).order_by("name")
        self.fields["unit"].queryset = self.fields["assisting"].queryset = rows
        choices = [(unit.pk, unit.short_name or unit.name) for unit in rows]
        self.fields["unit"].choices = [("", _("没有（只记结论）")), *choices]
        self.fields["assisting"].choices = choices
        self.days = quick_days(meeting)
        words = {"7": _("7 天"), "14": _("14 天"), "month": _("月底")}
        self.fields["due"].choices = [
            *((code, f"{words[code]} · {day:%m-%d}") for code, day in self.days.items()),
            (BY_DAY, _("其他日期")),
        ]

    def clean_task(self, given):
        """`due_on` is the day that was chosen or typed."""
        chosen = given.get("due")
        if chosen in self.days:
            given["due_on"] = self.days[chosen]
        if given.get("unit") and not given.get("due_on") and "due_on" not in self.errors:
            self.add_error("due", _("选了责任单位，请同时选择完成期限。"))
        if not given.get("unit") and (given.get("due_on") or given.get("assisting")):
            self.add_error("unit", _("填了期限或协办单位，请同时选择责任单位。"))
        if given.get("unit") and given["unit"] in list(given.get("assisting") or ()):
            self.add_error("assisting", _("责任单位不必再列为协办单位。"))

    def task(self) -> dict:
        given = self.cleaned_data
        return {
            "unit": given["unit"],
            "due_on": given["due_on"],
            "assisting": list(given["assisting"]),
        }


class VoteChoice(forms.ModelChoiceField):
    def label_from_instance(self, vote):
        return _("%(question)s（赞成 %(number)d）") % {
            "question": vote.question,
            "number": vote.in_favour,
        }


class ResolutionForm(ScopedForm, TaskFields):
    """What was resolved, and who has to do it."""

    text = forms.CharField(
        label=gettext_lazy("议定内容"),
        max_length=resolutions.LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("请填写议定内容。")},
    )
    vote = VoteChoice(
        Vote.objects.none(),
        label=gettext_lazy("依据的表决"),
        required=False,
        empty_label=gettext_lazy("没有表决"),
    )
    field_order = ("text", "vote", "unit", "due", "due_on", "assisting")

    def __init__(self, *args, meeting: Meeting, item: AgendaItem | None, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer(meeting)
        offer_votes(self.fields, item)

    def clean(self):
        given = super().clean()
        self.clean_task(given)
        return given


class ResolutionChangeForm(ScopedForm):
    """The words of a resolution put right; `seen` is what the editor saw."""

    text = forms.CharField(
        label=gettext_lazy("议定内容"),
        max_length=resolutions.LONGEST_TEXT,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": gettext_lazy("请填写议定内容。")},
    )
    vote = VoteChoice(
        Vote.objects.none(),
        label=gettext_lazy("依据的表决"),
        required=False,
        empty_label=gettext_lazy("没有表决"),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args, item: AgendaItem | None, **kwargs):
        super().__init__(*args, **kwargs)
        offer_votes(self.fields, item)


class TaskForm(ScopedForm, TaskFields):
    """One unit's share of a resolution."""

    text = forms.CharField(
        label=gettext_lazy("办理内容"),
        max_length=resolutions.LONGEST_TEXT,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text=gettext_lazy("与议定内容相同的，留空。"),
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    field_order = ("unit", "due", "due_on", "assisting", "text")

    def __init__(self, *args, meeting: Meeting, **kwargs):
        super().__init__(*args, **kwargs)
        self.offer(meeting)
        self.fields["unit"].required = True
        self.fields["unit"].error_messages["required"] = _("请选择责任单位。")

    def clean(self):
        given = super().clean()
        if given.get("unit"):
            self.clean_task(given)
        return given

    def task(self) -> dict:
        return super().task() | {"text": self.cleaned_data["text"]}


def offer_votes(fields, item) -> None:
    rows = item.votes.all() if item else Vote.objects.none()
    fields["vote"].queryset = rows
    if not rows.exists():
        del fields["vote"]

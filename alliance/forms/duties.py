from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import Duty, DutyKind, Turn
from members.models import Activity
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.periods import in_force
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field


def activities_of(turn: Turn):
    """What the organizations of the unit on turn did in its time."""
    return Activity.objects.standing().filter(
        in_force(turn.ends_on, "organization__unit_links__"),
        organization__unit_links__unit=turn.seat.unit_id,
        starts_at__date__gte=turn.starts_on,
        starts_at__date__lte=turn.ends_on,
    )


class ActivityField(forms.ModelChoiceField):
    def label_from_instance(self, activity):
        return f"{activity.starts_at:%Y-%m-%d} {activity.marked}"


class DutyForm(DocumentsFormMixin, ScopedForm):
    """What was done: a word, files, or for the theme day the activity that was logged."""

    note = forms.CharField(
        label=_("完成情况"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 4}),
        help_text=_("几句话说清做了什么、什么时候做的。"),
    )
    activity = ActivityField(
        Activity.objects.none(),
        label=_("对应的组织生活"),
        required=False,
        empty_label=_("不选"),
        help_text=_("轮值期间本单位党组织记录的活动，选了就不用再写一遍。"),
    )
    files = documents_field()
    removed = RowsField(
        None, label=_("删去附件"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, duty: Duty, **kwargs):
        self.duty = duty
        super().__init__(*args, **kwargs)
        self.initial.setdefault("note", duty.note)
        self.initial.setdefault("activity", duty.activity_id)
        self._offer_activities()
        kept = duty.files.all()
        self.fields["removed"].queryset = kept
        if not kept:
            del self.fields["removed"]

    def _offer_activities(self):
        if self.duty.kind != DutyKind.THEME_DAY or self.duty.turn.is_open:
            del self.fields["activity"]
            return
        mine = Activity.objects.visible_to(self.user).newest()
        self.fields["activity"].queryset = mine.filter(pk__in=activities_of(self.duty.turn))

    def clean(self):
        given = super().clean()
        shown = [name for name in ("note", "activity", "files") if given.get(name)]
        left = set(self.duty.files.all()) - set(given.get("removed", ()))
        if not (shown or left or self.errors):
            self.add_error("note", _("请写明完成情况，或者添加附件、选择活动。"))
        return given

    def facts(self) -> dict:
        names = ("note", "activity", "files", "removed")
        return {name: self.cleaned_data[name] for name in names if name in self.cleaned_data}


class DropForm(ScopedForm):
    reason = forms.CharField(label=_("原因"), max_length=200)


class TurnForm(ConflictMixin, ScopedModelForm):
    """Who chairs and what the turn is about."""

    class Meta:
        model = Turn
        fields = ["theme", "chair_name", "note"]
        help_texts = {
            "theme": _("这次轮值主要做什么，例如“人才共育季”。"),
            "chair_name": _("轮值单位的党组织负责人，由他主持联席会议。"),
        }
        widgets = {"note": forms.Textarea({"rows": 3})}

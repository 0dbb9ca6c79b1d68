from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core import signing
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.actions.series import FACTS, seen_of
from alliance.models import Group, Meeting, MeetingKind, Series
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.templatetags.ui import weekday

BAD_DAY = {"invalid": gettext_lazy("请填写真实存在的日期，例如 2026-06-30。")}


class SeriesForm(ScopedModelForm):
    """A rhythm of meetings: its meetings are shown before they are drafted."""

    partners = RowsField(
        Group.objects.none(),
        label=gettext_lazy("与哪些小组共同召开"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Series
        fields = ["group", "partners", *FACTS]
        widgets = {
            "starts_on": DateInput,
            "until": DateInput,
            "time": forms.TimeInput({"type": "time"}, format="%H:%M"),
            "shift": forms.RadioSelect,
        }
        help_texts = {
            "place": gettext_lazy("可以不填，由召集单位在发通知前补上。"),
            "interval": gettext_lazy("每隔几周或几个月一次，填 1 就是每周或每月。"),
            "starts_on": gettext_lazy(
                "周期从这一天算起：同一天按日期，第几个星期几按它在当月的位置。"
                "每月 31 日遇小月，就在当月最后一天。"
            ),
            "until": gettext_lazy("到这一天为止，最多 60 次、两年。"),
        }
        error_messages = {
            "title": {"required": gettext_lazy("请填写名称，每次会议都用它。")},
            "starts_on": BAD_DAY | {"required": gettext_lazy("请填写首次日期。")},
            "until": BAD_DAY | {"required": gettext_lazy("请填写截止日期。")},
            "time": {"invalid": gettext_lazy("请填写时间，例如 15:00。")},
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fields = self.fields
        current = Group.objects.current().order_by("order", "pk")
        fields["group"].queryset = fields["partners"].queryset = current
        fields["group"].empty_label = fields["kind"].empty_label = None
        fields["kind"].queryset = self._kinds()
        fields["rhythm"].choices = Series.Rhythm.choices

    def _kinds(self):
        return MeetingKind.objects.in_use()

    def clean_starts_on(self):
        starts_on = self.cleaned_data["starts_on"]
        if starts_on < timezone.localdate():
            raise forms.ValidationError(_("首次日期已过，请选择今天或以后。"))
        return starts_on

    def clean(self):
        given = super().clean()
        starts_on, until = given.get("starts_on"), given.get("until")
        if starts_on and until and until < starts_on:
            self.add_error("until", _("截止日期不能早于首次日期。"))
        return given

    def _get_validation_exclusions(self):
        """Days are checked above, in the words of the field."""
        return super()._get_validation_exclusions() | {"until"}

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in (*FACTS, "partners")}

    def get_layout(self):
        head = [name for name in ("since", "group") if name in self.fields]
        return Layout(
            *head,
            "partners",
            "kind",
            "title",
            "place",
            Fieldset(
                _("周期"),
                Div("rhythm", "interval", css_class="form-pairs"),
                Div("starts_on", "until", "time", "duration", css_class="form-pairs"),
                "shift",
            ),
            *(["seen"] if "seen" in self.fields else []),
            "once",
        )


class SeriesChangeForm(SeriesForm):
    """This meeting and all later ones: from which on, and what they are from then."""

    since = forms.TypedChoiceField(label=gettext_lazy("从哪一次起"), coerce=int)
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["group"]
        series = Series.objects.get(pk=self.instance.pk)  # the form writes on its own
        rows = self.fields["partners"].queryset.exclude(pk=series.group_id)
        self.fields["partners"].queryset = rows
        self.meetings = {meeting.pk: meeting for meeting in _coming(series)}
        self.fields["since"].choices = [(pk, _words(row)) for pk, row in self.meetings.items()]
        self.fields["seen"].initial = signing.dumps(seen_of(series), salt=self._salt())

    def _kinds(self):
        return MeetingKind.objects.filter(Q(is_active=True) | Q(pk=self.instance.kind_id))

    def clean_starts_on(self):
        return self.cleaned_data["starts_on"]  # the rhythm may have begun long ago

    def facts(self) -> dict:
        since = self.meetings.get(self.cleaned_data["since"])
        try:
            seen = signing.loads(self.cleaned_data["seen"], salt=self._salt())
        except signing.BadSignature:
            seen = {}
        return super().facts() | {"since": since.series_on, "seen": seen}

    def _salt(self):
        return f"series:{self.instance.pk}"


def _coming(series):
    status = Meeting.Status
    rows = series.meetings.filter(
        status__in=(status.DRAFT, status.CONVENED),
        series_on__isnull=False,
        starts_at__gt=timezone.now(),
    )
    return rows.order_by("series_on")


def _words(meeting) -> str:
    day = timezone.localdate(meeting.starts_at)
    return _("%(day)s（%(weekday)s）%(title)s，%(status)s") % {
        "day": day,
        "weekday": weekday(day),
        "title": meeting.title,
        "status": meeting.get_status_display(),
    }


class EndForm(ScopedForm):
    """Nothing is typed: the page says what happens."""

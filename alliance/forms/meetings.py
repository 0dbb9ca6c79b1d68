from datetime import timedelta

import django_filters
from crispy_forms.layout import HTML, Layout
from django import forms
from django.db.models import Max, Min, Q
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from alliance.actions.meetings import CHANGEABLE, FARTHEST, LONGEST
from alliance.clashes import Proposed
from alliance.models import Group, KindItem, Meeting, MeetingKind
from nanchuan.kernel.forms import DateInput, MomentInput, RowsField, ScopedForm, ScopedModelForm

# What the dates, the clashes and the reminders follow from: the part of the page that shows them
# is asked for again. It is sent, not put into the address, where titles and names have no place.
LIVE = {"hx-post": "", "hx-target": "#dates", "hx-swap": "outerHTML", "hx-vals": '{"look": "1"}'}


class MeetingForm(ScopedModelForm):
    """What is announced: used to convene, and with a hidden sequence number to change it."""

    is_draft = announces = False
    partners = RowsField(
        Group.objects.none(),
        label=_("与哪些小组共同召开"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("所选小组的成员单位一并受邀，每家单位只邀请一次。"),
    )
    agenda = forms.CharField(
        label=_("议程"),
        max_length=5000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "每行一项议题。不填则用会议类型的议程模板。汇报人、时长和材料可以在会议页上补充。"
        ),
    )

    class Meta:
        model = Meeting
        fields = [
            "group",
            "partners",
            "kind",
            "title",
            "starts_at",
            "ends_at",
            "place",
            "chair",
            "recorder",
        ]
        widgets = {
            "group": forms.Select(LIVE),
            "kind": forms.Select(LIVE),
            "starts_at": MomentInput(LIVE),
            "ends_at": MomentInput(LIVE | {"hx-sync": "#id_starts_at:replace"}),  # typed, it stands
            "place": forms.TextInput(LIVE),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["group"].queryset = Group.objects.convenable_by(self.user)
        fields["group"].empty_label = fields["kind"].empty_label = None
        fields["place"].required = True
        self.groups = list(fields["group"].queryset)
        fields["group"].choices = [(group.pk, str(group)) for group in self.groups]
        if len(self.groups) == 1 and not self.initial.get("group"):
            self.initial["group"] = self.groups[0].pk
        fields["partners"].queryset = self._partners()
        fields["partners"].widget.attrs |= LIVE
        fields["kind"].queryset = self._kinds()
        if kind := fields["kind"].queryset.first():
            fields["agenda"].initial = self.templates.get(kind.pk, "")
        fields["ends_at"].required = False
        fields["ends_at"].help_text = _("不填则按会议类型的时长推算。")

    def _partners(self):
        """Groups of today, all of them: whoever convenes proposes. Not the only one that can."""
        rows = Group.objects.current()
        if len(self.groups) == 1:
            rows = rows.exclude(pk=self.groups[0].pk)
        return rows.order_by("order", "pk")

    def _kinds(self):
        return MeetingKind.objects.in_use()

    def get_layout(self):
        """What follows from the time and the place stands right under them."""
        names = [name for name in self.fields if name not in ("partners", "place")]
        place = names.index("starts_at")
        dates = HTML('{% include "alliance/_meeting_form_dates.html" %}')
        first = ["partners"] if self.fields["partners"].queryset else []
        head = [*names[: names.index("kind")], *first, *names[names.index("kind") : place]]
        return Layout(*head, "starts_at", "ends_at", "place", dates, *names[place + 2 :])

    def clean(self):
        cleaned = super().clean()
        kind = cleaned.get("kind")
        self._clean_times(cleaned, kind)
        if "agenda" in self.fields and kind:
            self._clean_agenda(cleaned, kind)
        return cleaned

    def _clean_times(self, cleaned, kind):
        starts_at, ends_at = cleaned.get("starts_at"), cleaned.get("ends_at")
        if starts_at and kind and not ends_at and "ends_at" not in self.errors:
            ends_at = cleaned["ends_at"] = starts_at + timedelta(minutes=kind.duration)
        if starts_at and "starts_at" in self.changed_data:
            if starts_at <= timezone.now():
                self.add_error("starts_at", _("开始时间已过，请选择今后的时间。"))
            elif starts_at - timezone.now() > FARTHEST:
                self.add_error("starts_at", _("开始时间在两年以后，请检查年份。"))
        if starts_at and ends_at:
            if ends_at <= starts_at:
                self.add_error("ends_at", _("结束时间应晚于开始时间。"))
            elif ends_at - starts_at > LONGEST:
                self.add_error("ends_at", _("一次会议不能超过 12 小时，请检查结束时间。"))

    def _clean_agenda(self, cleaned, kind):
        """The template of a kind, also of the one that was chosen before, is as good as nothing:
        the kind's own is taken, with its minutes."""
        typed = as_lines(cleaned.get("agenda"))
        if typed in self.templates.values():
            typed = ""
        cleaned["agenda"] = typed
        if not (typed or kind.follows_up or self.templates.get(kind.pk)):
            self.add_error("agenda", _("请填写议程，这类会议没有议程模板。"))

    @cached_property
    def templates(self) -> dict[int, str]:
        """Kind → the lines of its agenda."""
        lines = {}
        for kind, title in KindItem.objects.order_by("order", "pk").values_list("kind", "title"):
            lines.setdefault(kind, []).append(title)
        return {kind: "\n".join(titles) for kind, titles in lines.items()}

    def _get_validation_exclusions(self):
        """Times are checked above, in the words of the field."""
        return super()._get_validation_exclusions() | {"ends_at"}

    def facts(self) -> dict:
        """What is announced."""
        return {name: self.cleaned_data[name] for name in (*CHANGEABLE, "partners")}

    def proposed(self) -> Proposed | None:
        """The meeting as it stands in the form so far, if there is enough of it."""
        given = getattr(self, "cleaned_data", {}) if self.is_bound else self._offered()
        group = self.instance.group if self.instance.pk else given.get("group")
        names = ("kind", "starts_at", "ends_at")
        if group is None or any(given.get(name) is None for name in names):
            return None
        partners = [each for each in given.get("partners") or () if each != group]
        meeting = self.instance if self.instance.pk else None
        return Proposed(
            group, partners, *(given[name] for name in names), given.get("place") or "", meeting
        )

    def _offered(self) -> dict:
        """What a form that nobody has filled yet would say."""
        chosen = str(self.initial.get("group") or "")
        groups = [group for group in self.groups if str(group.pk) == chosen] or self.groups
        return self.initial | {
            "group": groups[0] if groups else None,
            "kind": self.fields["kind"].queryset.first(),
        }


def as_lines(text: str | None) -> str:
    lines = (line.strip() for line in (text or "").splitlines())
    return "\n".join(filter(None, lines))


class MeetingChangeForm(MeetingForm):
    seen = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        del self.fields["group"], self.fields["agenda"]
        self.fields["seen"].initial = self.instance.sequence
        self.is_draft = self.instance.status == Meeting.Status.DRAFT
        self.announces = self.is_draft and "announce" in self.data
        self.fields["place"].required = self.announces or not self.is_draft
        self.fields["ends_at"].required = True
        self.fields["ends_at"].help_text = ""

    def _partners(self):
        """Groups of today and those that hold it already."""
        there = self.instance.partners.values("pk")
        rows = Group.objects.filter(Q(pk__in=Group.objects.current()) | Q(pk__in=there))
        return rows.exclude(pk=self.instance.group_id).order_by("order", "pk")

    def _offered(self):
        kind, partners = self.instance.kind, list(self.instance.partners.all())
        return self.initial | {"kind": kind, "partners": partners}

    def _kinds(self):
        """A meeting keeps its kind, also one that is out of use."""
        return MeetingKind.objects.filter(Q(is_active=True) | Q(pk=self.instance.kind_id))


class CancelForm(ScopedForm):
    reason = forms.CharField(label=_("取消原因"), max_length=200)


class MeetingFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(field_name="title", lookup_expr="contains", label=_("名称"))
    group = django_filters.ModelChoiceFilter(
        queryset=lambda request: Group.objects.visible_to(request.user),
        label=_("联盟小组"),
        empty_label=_("全部小组"),
        method="by_group",
    )
    kind = django_filters.ModelChoiceFilter(
        queryset=MeetingKind.objects.all(), label=_("会议类型"), empty_label=_("全部类型")
    )
    status = django_filters.ChoiceFilter(
        choices=Meeting.Status.choices, label=_("状态"), empty_label=_("全部状态")
    )

    year = django_filters.ChoiceFilter(
        field_name="starts_at", lookup_expr="year", label=_("年份"), empty_label=_("全部年份")
    )
    figure = django_filters.ChoiceFilter(
        choices=[
            ("held_year", _("近一年召开")),
            ("held", _("已召开")),
            ("unrecorded", _("未登记到会")),
            ("minutes_in_time", _("按期印发纪要")),
            ("minutes_late", _("逾期印发纪要")),
            ("minutes_missing", _("逾期未印发纪要")),
            ("minutes_waiting", _("纪要未到期限")),
        ],
        label=_("统计口径"),
        method="by_figure",
    )
    since = django_filters.DateFilter(
        label=_("会议日期自"), field_name="starts_at", lookup_expr="date__gte", widget=DateInput
    )
    until = django_filters.DateFilter(
        label=_("会议日期至"), field_name="starts_at", lookup_expr="date__lte", widget=DateInput
    )
    usual = ("q", "group", "kind", "status", "year")

    class Meta:
        model = Meeting
        fields = ["q", "group", "kind", "status", "year", "figure", "since", "until"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.filters["year"].extra["choices"] = [(year, str(year)) for year in _years()]

    def by_group(self, rows, name, group):
        """A joint meeting is each group's."""
        return rows.of_group(group) if group else rows

    def by_figure(self, rows, name, value):
        return rows.held_within_a_year() if value == "held_year" else rows.figure(value)


def _years() -> list[int]:
    """From the latest meeting back to the first one."""
    ends = Meeting.objects.aggregate(first=Min("starts_at"), last=Max("starts_at"))
    if ends["first"] is None:
        return []
    first, last = (timezone.localdate(ends[end]).year for end in ("first", "last"))
    return list(range(last, first - 1, -1))

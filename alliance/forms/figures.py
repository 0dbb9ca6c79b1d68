"""What narrows the figures of meetings and the lists that they open."""

from datetime import date

import django_filters
from django import forms
from django.db.models import Min, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import CheckIn, Group, Invitation, Meeting, Resolution
from alliance.statements import Quarter
from members.forms.filters import UnitFilter
from members.models import Unit
from nanchuan.kernel.forms import DateInput

QUARTERS = [(str(number), _("第%(number)d季度") % {"number": number}) for number in range(1, 5)]


def seen_groups(request):
    return Group.objects.visible_to(request.user).order_by("order", "pk")


def invited_units(request):
    seats = Invitation.objects.visible_to(request.user).order_by().values("seat__unit")
    return Unit.objects.filter(pk__in=seats).order_by("name")


class PeriodForm(forms.Form):
    def clean(self):
        cleaned = super().clean()
        since, until = cleaned.get("since"), cleaned.get("until")
        if since and until and until < since:
            self.add_error("until", _("结束日期早于开始日期，请改正。下面按今年统计。"))
        return cleaned


class FigureFilter(django_filters.FilterSet):
    """A year, this one unless told, or a quarter of it; any two days instead of them; and a group.

    `queryset` are the meetings that the reader may see.
    """

    year = django_filters.ChoiceFilter(label=_("年份"), method="as_they_are")
    quarter = django_filters.ChoiceFilter(
        label=_("季度"), choices=QUARTERS, empty_label=_("全年"), method="as_they_are"
    )
    since = django_filters.DateFilter(label=_("自"), widget=DateInput, method="as_they_are")
    until = django_filters.DateFilter(label=_("至"), widget=DateInput, method="as_they_are")
    group = django_filters.ModelChoiceFilter(
        queryset=seen_groups, label=_("联盟小组"), empty_label=_("全部小组"), method="as_they_are"
    )

    class Meta:
        model = Meeting
        form = PeriodForm
        fields = []

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = timezone.localdate()
        oldest = self.queryset.aggregate(first=Min("starts_at"))["first"]
        first = timezone.localdate(oldest).year if oldest else self.today.year
        years = range(self.today.year - 1, first - 1, -1)
        self.filters["year"].extra |= {
            "choices": [(str(year), str(year)) for year in years],
            "empty_label": _("今年（%(year)d 年）") % {"year": self.today.year},
        }

    def as_they_are(self, rows, name, value):
        return rows

    @property
    def period(self) -> tuple[date, date]:
        """Both days inclusive; what cannot be is this year."""
        chosen = self._chosen()
        year = int(chosen.get("year") or self.today.year)
        first, last = date(year, 1, 1), date(year, 12, 31)
        if chosen.get("quarter"):
            quarter = Quarter(year, int(chosen["quarter"]))
            first, last = quarter.starts_on, quarter.ends_on
        since, until = chosen.get("since"), chosen.get("until")
        if since or until:
            first = since or date(until.year, 1, 1)
            last = until or max(since, self.today)
        return first, last

    @property
    def group_shown(self) -> Group | None:
        return self._chosen().get("group")

    def _chosen(self) -> dict:
        return self.form.cleaned_data if self.form.is_valid() else {}


class OfMeetingFilter(django_filters.FilterSet):
    """Rows of meetings, narrowed by their meeting; each figure is a question of the rows."""

    usual = ("q", "group", "figure", "unit")

    group = django_filters.ModelChoiceFilter(
        queryset=seen_groups, label=_("联盟小组"), empty_label=_("全部小组"), method="of_group"
    )
    since = django_filters.DateFilter(label=_("会议日期自"), widget=DateInput, method="from_day")
    until = django_filters.DateFilter(label=_("会议日期至"), widget=DateInput, method="to_day")

    def of_group(self, rows, name, value):
        return rows.filter(meeting__in=Meeting.objects.of_group(value))

    def from_day(self, rows, name, value):
        return rows.filter(meeting__starts_at__date__gte=value)

    def to_day(self, rows, name, value):
        return rows.filter(meeting__starts_at__date__lte=value)

    def by_figure(self, rows, name, value):
        return rows.figure(value)


class AttendanceFilter(OfMeetingFilter):
    figure = django_filters.ChoiceFilter(
        choices=[
            ("came", _("到会")),
            ("substituted", _("代会")),
            ("late", _("迟到")),
            ("on_leave", _("请假")),
            ("absent", _("缺席")),
        ],
        label=_("到会情况"),
        method="by_figure",
    )
    unit = UnitFilter(label=_("单位"), queryset=invited_units, field_name="seat__unit")

    class Meta:
        model = Invitation
        fields = []


class AttendeeFilter(OfMeetingFilter):
    """`like` is a check-in of the person: no name stands in an address."""

    figure = django_filters.ChoiceFilter(
        choices=[
            ("as_substitute", _("代会")),
            ("came_late", _("迟到")),
            ("left_early", _("早退")),
        ],
        label=_("到会情况"),
        method="by_figure",
    )
    like = django_filters.NumberFilter(widget=forms.HiddenInput, method="of_person")

    class Meta:
        model = CheckIn
        fields = []

    def of_person(self, rows, name, value):
        person = self.queryset.filter(pk=value).values("who", "unit_name").first()
        return rows.filter(**person) if person else rows.none()


class ResolutionFilter(OfMeetingFilter):
    q = django_filters.CharFilter(label=_("编号或内容"), method="by_words", max_length=60)
    figure = django_filters.ChoiceFilter(
        choices=[
            ("owed", _("有办理事项")),
            ("all_done", _("全部办结")),
            ("all_in_time", _("全部按期办结")),
        ],
        label=_("办理情况"),
        method="by_figure",
    )

    class Meta:
        model = Resolution
        fields = []

    def by_words(self, rows, name, value):
        return rows.filter(Q(text__contains=value) | Q(number__contains=value))

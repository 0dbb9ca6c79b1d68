from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.actions import turns as actions
from alliance.actions.planning import FARTHEST_YEAR
from alliance.models import Group, Origin, Seat, Turn
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm


class PlanForm(ScopedForm):
    """Which year of which groups; the page shows the proposal before it is saved."""

    year = forms.TypedChoiceField(label=_("年份"), coerce=int)
    groups = RowsField(
        Group.objects.all(),
        label=_("联盟小组"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选择一个小组。")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        this = timezone.localdate().year
        years = range(this, this + FARTHEST_YEAR + 1)
        self.fields["year"].choices = [(year, str(year)) for year in years]
        rows = self.fields["groups"].queryset.current().order_by("order", "pk")
        self.fields["groups"].queryset = rows


class DeclineForm(ScopedForm):
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("党务办公室和小组成员能看到。"),
    )


class SeatChoice(forms.ModelChoiceField):
    def label_from_instance(self, seat):
        return seat.unit.name


class AssignForm(ScopedForm):
    """The office gives a turn to another unit."""

    seat = SeatChoice(Seat.objects.none(), label=_("改由哪家单位轮值"), empty_label=_("请选择"))
    origin = forms.ChoiceField(
        label=_("性质"),
        choices=[
            (Origin.SUBSTITUTE, _("代为轮值：原单位有困难，由它代替")),
            (Origin.OVERRIDE, _("办公室指定：党务办公室另行安排")),
        ],
        widget=forms.RadioSelect,
        initial=Origin.SUBSTITUTE,
    )
    from_on = forms.DateField(
        label=_("从哪一天起"),
        required=False,
        widget=DateInput(),
        help_text=_("此前已经轮值的日子不变。不填则从今天起。"),
    )
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args, turn: Turn, **kwargs):
        super().__init__(*args, **kwargs)
        seats = Seat.objects.visible_to(self.user).filter(group=turn.group_id)
        seats = seats.overlapping(turn.starts_on, turn.ends_on).exclude(pk=turn.seat_id)
        self.fields["seat"].queryset = seats.select_related("unit").order_by("order", "pk")
        if not actions.has_begun(turn, timezone.localdate()):
            del self.fields["from_on"]
        if turn.is_open:
            del self.fields["origin"]

    def facts(self) -> dict:
        """An open turn is filled by the office's decision."""
        given = {"origin": Origin.OVERRIDE, "from_on": None} | self.cleaned_data
        return {name: given[name] for name in ("seat", "origin", "from_on", "reason")}


class TurnChoice(forms.ModelChoiceField):
    def label_from_instance(self, turn):
        return _("%(unit)s（%(period)s）") % {"unit": turn.holder, "period": turn.period_words}


class SwapForm(ScopedForm):
    """Which turn of the group this one is to be swapped with."""

    other = TurnChoice(Turn.objects.none(), label=_("与哪一次轮值对调"), empty_label=_("请选择"))
    reason = forms.CharField(label=_("原因"), max_length=200)

    def __init__(self, *args, turn: Turn, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Turn.objects.visible_to(self.user).filter(
            group=turn.group_id, starts_on__gte=timezone.localdate(), seat__isnull=False
        )
        rows = rows.exclude(pk=turn.pk).exclude(seat=turn.seat_id)
        self.fields["other"].queryset = rows.select_related("seat__unit").order_by("starts_on")


class RefuseForm(ScopedForm):
    reason = forms.CharField(label=_("不同意的原因"), max_length=200)

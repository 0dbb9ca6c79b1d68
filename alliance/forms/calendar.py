from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.actions.feeds import groups_for, units_for
from members.forms.filters import ListedField
from nanchuan.kernel import calendars, roles
from nanchuan.kernel.forms import DateInput


class CalendarForm(forms.Form):
    """What narrows the calendar; whatever is wrong with a value, it leaves nothing out."""

    on = forms.DateField(
        label=_("日期"),
        required=False,
        widget=DateInput,
        error_messages={"invalid": _("请按“2026-11-25”的样子填写日期。现在显示的是今天。")},
    )
    group = ListedField(
        label=_("联盟小组"), required=False, queryset=None, empty_label=_("全部小组")
    )
    unit = ListedField(label=_("单位"), required=False, queryset=None, empty_label=_("全部单位"))
    kind = forms.MultipleChoiceField(label=_("类别"), required=False)
    mine = forms.BooleanField(label=_("只看本单位"), required=False)

    def __init__(self, data, *, user):
        super().__init__(data, auto_id="calendar-%s")
        self.own = frozenset(roles.places(user, roles.UNIT))
        self.kinds = {kind.key: kind for kind in calendars.kinds()}
        self.fields["group"].queryset = groups_for(user).order_by("order", "pk")
        self.fields["unit"].queryset = units_for(user).order_by("name")
        self.fields["kind"].choices = [(key, kind.label) for key, kind in self.kinds.items()]
        if not self.own:
            del self.fields["mine"]
        self.is_valid()

    def chosen(self, name):
        return self.cleaned_data.get(name)

    @property
    def kinds_chosen(self) -> list:
        return [self.kinds[key] for key in self.chosen("kind") or self.kinds]

    @property
    def kinds_offered(self) -> list[tuple]:
        """Each kind, and whether it is chosen."""
        return [(kind, key in (self.chosen("kind") or ())) for key, kind in self.kinds.items()]

    @property
    def words(self) -> list[str]:
        """What it is narrowed to, to be read beside the title."""
        places = [str(self.chosen(name)) for name in ("group", "unit") if self.chosen(name)]
        mine = [str(_("本单位"))] if self.chosen("mine") else []
        return places + mine + [str(self.kinds[key].label) for key in self.chosen("kind") or ()]

    def narrowed(self) -> dict:
        """What is asked for, as `kernel.calendars.Asked` takes it."""
        group, unit = self.chosen("group"), self.chosen("unit")
        units = None if unit is None else frozenset([unit.pk])
        if self.chosen("mine"):
            units = self.own if units is None else self.own & units
        return {"group": group and group.pk, "units": units}

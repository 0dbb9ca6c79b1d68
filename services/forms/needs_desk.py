"""Several needs dispatched at once: to one unit, or to a unit each."""

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import Seat
from members.models import Unit
from nanchuan.kernel.fields import is_number
from services.models import Need

MOST = 50  # at once


class DispatchForm(forms.Form):
    """`orders` are the needs, each with its unit; a unit of its own goes before the common one.

    Ticking alone comes first: nothing is judged before units could be chosen.
    """

    unit = forms.ChoiceField(label=_("派给"), required=False)
    note = forms.CharField(label=_("交办要求"), max_length=500, required=False)

    def __init__(self, data, *, user):
        super().__init__(data if "unit" in data else None)
        keys = [int(each) for each in data.getlist("need") if is_number(each)][:MOST]
        self.needs = list(
            Need.objects.visible_to(user).filter(pk__in=keys).with_faces(user).order_by("pk")
        )
        seats = Seat.objects.current()
        units = Unit.objects.filter(pk__in=seats.values("unit")).order_by("name")
        self.units = {str(unit.pk): unit for unit in units}
        choices = [(key, str(unit)) for key, unit in self.units.items()]
        self.fields["unit"].choices = [("", _("请选择单位")), *choices]
        for need in self.needs:
            self.fields[f"unit_{need.pk}"] = forms.ChoiceField(
                label=_("%(need)s 派给") % {"need": need.number},
                choices=[("", _("同上")), *choices],
                required=False,
            )

    def lines(self):
        return [(need, self[f"unit_{need.pk}"]) for need in self.needs]

    def clean(self):
        cleaned = super().clean()
        for need in self.needs:
            name = f"unit_{need.pk}"
            if name in cleaned and not (cleaned[name] or cleaned.get("unit")):
                self.add_error(name, _("请选择单位，或在上面选一个共同的单位。"))
        return cleaned

    def orders(self) -> list[tuple[Need, Unit]]:
        typed = self.cleaned_data
        return [
            (need, self.units[typed[f"unit_{need.pk}"] or typed["unit"]]) for need in self.needs
        ]

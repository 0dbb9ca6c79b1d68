from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from alliance.actions.feeds import groups_for, has_own, units_for
from nanchuan.kernel.forms import ScopedForm

MINE = "mine"


class FeedForm(ScopedForm):
    """Whose calendar somebody wants on the phone: one's own, a group's or a unit's."""

    target = forms.ChoiceField(
        label=_("订阅谁的日历"),
        help_text=_(
            "“我的日程”有您所代表的单位的会议、轮值和各项期限；小组日历有全组的轮值和会议；"
            "单位日历只有这家单位的轮值和它参加的会议。"
        ),
        error_messages={"invalid_choice": _("请从列表中选择您能查看的小组或单位。")},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.groups = {
            f"group-{row.pk}": row for row in groups_for(self.user).current().order_by("order")
        }
        self.units = {f"unit-{row.pk}": row for row in units_for(self.user).order_by("name")}
        self.own = [(MINE, _("我的日程"))] if has_own(self.user) else []
        self.fields["target"].choices = [
            *self.own,
            (_("联盟小组"), [(key, str(row)) for key, row in self.groups.items()]),
            (pgettext("several", "成员单位"), [(key, row.name) for key, row in self.units.items()]),
        ]
        self.initial.setdefault("target", MINE if self.own else None)

    @property
    def has_choices(self) -> bool:
        return bool(self.own or self.groups or self.units)

    def facts(self) -> dict:
        """What is subscribed to, as the action takes it: neither is one's own."""
        key = self.cleaned_data["target"]
        return {"group": self.groups.get(key), "unit": self.units.get(key)}

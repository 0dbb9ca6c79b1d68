"""What is given to a project: a resource of the list, or something else."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.forms.filters import ListedField
from members.models import Unit
from nanchuan.kernel import roles
from services.actions.project_rights import lead_or_office
from services.actions.rights import office
from services.forms.bookings import NeedField
from services.forms.hours import HoursInput, TimedSelect, check_hours
from services.forms.project_steps import WHEN, PartForm, money_field
from services.forms.resources import MOST
from services.models import Need, Resource


class CommitForm(PartForm):
    """A resource of the list, or something else that a unit gives."""

    resource = ListedField(
        Resource.objects.none(),
        label=_("资源"),
        required=False,
        widget=TimedSelect,
        error_messages={"invalid_choice": _("所选资源目前不可用，请重新选择。")},
    )
    need = NeedField(Need.objects.none(), label=_("用于哪条需求"), required=False)
    quantity = forms.IntegerField(
        label=_("数量"),
        initial=1,
        min_value=1,
        max_value=MOST,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("请填写 1 以上的整数。")
        ),
    )
    starts_at = forms.DateTimeField(
        label=_("开始时间"),
        required=False,
        widget=HoursInput,
        help_text=_("按时段预约的资源请填写。"),
        error_messages=WHEN,
    )
    ends_at = forms.DateTimeField(
        label=_("结束时间"), required=False, widget=HoursInput, error_messages=WHEN
    )
    unit = ListedField(
        Unit.objects.none(), label=_("提供单位"), required=False, empty_label=_("请选择单位")
    )
    what = forms.CharField(
        label=_("或其他投入"),
        max_length=200,
        required=False,
        help_text=_("不在资源清单里的人力、资金等，写明投入什么。"),
    )
    amount = money_field(_("金额（元）"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self._offer_resources()
        self._offer_needs()
        units = Unit.objects.order_by("name")
        if not office(self.user):
            units = units.filter(pk__in=roles.places(self.user, roles.UNIT))
        self.fields["unit"].queryset = units
        found = list(units[:2])
        if len(found) == 1:
            self.fields["unit"].widget = forms.HiddenInput()
            self.initial["unit"] = found[0].pk

    def _offer_resources(self):
        rows = Resource.objects.visible_to(self.user).available().select_related("unit")
        if not lead_or_office(self.user, self.project):
            rows = rows.filter(unit__in=roles.places(self.user, roles.UNIT))
        field = self.fields["resource"]
        field.queryset = rows.order_by("unit__name", "title", "pk")
        field.empty_label = _("不是清单里的资源")
        field.label_from_instance = lambda row: f"{row.title} · {row.unit}"

    def _offer_needs(self):
        links = self.project.need_links.filter(left_at=None).values("need")
        rows = Need.objects.visible_to(self.user).open().filter(pk__in=links)
        self.fields["need"].queryset = rows.with_faces(self.user).order_by("pk")
        self.fields["need"].empty_label = _("整个项目")

    def clean(self):
        given = super().clean()
        if not given.get("resource") and "resource" not in self.errors:
            if not (given.get("what") or "").strip():
                self.add_error("resource", _("请选择资源，或写明其他投入。"))
            elif not given.get("unit"):
                self.add_error("unit", _("请选择提供单位。"))
        resource = given.get("resource")
        check_hours(self, given, is_needed=bool(resource and resource.is_timed))
        return given

    def facts(self):
        facts = super().facts()
        if facts["resource"]:
            facts["unit"] = None
            if not facts["resource"].is_timed:
                facts |= {"starts_at": None, "ends_at": None}
        return facts

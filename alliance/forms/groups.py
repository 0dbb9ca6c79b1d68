"""What staff type when a group is founded, changes or ends."""

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.actions import groups, seats
from alliance.models import Group, GroupContact, Seat
from members.forms.contacts import MOST, ContactForm, ContactRows
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import DateInput, ScopedForm, ScopedModelForm
from nanchuan.kernel.states import StepRefused

MOST_ORDER = 999


class FromField(forms.DateField):
    """The day from which a change holds, past or to come: today unless told."""

    widget = DateInput
    default_error_messages = {"invalid": _("请填写真实存在的日期，例如 2026-01-01。")}

    def __init__(self, **kwargs):
        super().__init__(**{"label": _("自何日起"), "initial": timezone.localdate} | kwargs)


def order_field(**kwargs):
    return forms.IntegerField(**{"min_value": 1, "max_value": MOST_ORDER} | kwargs)


class RuledForm(ScopedForm):
    """A form whose rules are those of its action: `field` shows the sentence."""

    def judge(self, field, check, *arguments, **facts) -> None:
        try:
            check(*arguments, **facts)
        except StepRefused as refusal:
            self.add_error(field, str(refusal))

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


class FoundForm(RuledForm):
    """A group is founded (成立小组)."""

    name = forms.CharField(
        label=_("名称"), max_length=50, help_text=_("例如：锂电产业链党建联盟小组。")
    )
    chain = forms.CharField(label=_("产业链"), max_length=30)
    starts_on = FromField(label=_("成立日期"))
    order = order_field(
        label=_("排序"), initial=100, help_text=_("数字小的排在前面，相同的按成立先后。")
    )

    def clean_name(self):
        name = self.cleaned_data["name"]
        if Group.objects.filter(name=name).exists():
            raise forms.ValidationError(_("已有这个名称的小组。"))
        return name

    def clean_starts_on(self):
        day = self.cleaned_data["starts_on"]
        self.judge("starts_on", groups.check_founding, day, timezone.localdate())
        return day


class GroupContactForm(ContactForm):
    class Meta(ContactForm.Meta):
        model = GroupContact


ContactFormSet = forms.inlineformset_factory(
    Group,
    GroupContact,
    form=GroupContactForm,
    formset=ContactRows,
    extra=2,
    max_num=MOST,
    absolute_max=MOST * 2,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)


class GroupForm(ConflictMixin, ScopedModelForm):
    """What a group is called and whom to call: the contacts are a formset, `contacts`."""

    order = order_field(label=_("排序"), help_text=_("数字小的排在前面。"))

    class Meta:
        model = Group
        fields = ["name", "chain", "order"]
        error_messages = {"name": {"unique": _("已有这个名称的小组。")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        data = self.data if self.is_bound else None
        self.contacts = ContactFormSet(data, instance=self.instance, prefix="contacts")

    def clean(self):
        given = super().clean()
        if not self.contacts.is_valid():
            self.add_error(None, _("联系人中有需要修改的地方，见表单下方。"))
        return given

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class OfGroupForm(RuledForm):
    """A change of one group, chosen before."""

    def __init__(self, *args, group: Group, **kwargs):
        super().__init__(*args, **kwargs)
        self.group = group


class DissolveForm(OfGroupForm):
    on = FromField(help_text=_("从这一天起不再存在，前一天是最后一天。"))
    all_leave = forms.BooleanField(
        label=_("还在小组中的单位同日全部退出"), required=False, help_text=_("席位到前一天为止。")
    )

    def clean(self):
        given = super().clean()
        if on := given.get("on"):
            check = groups.check_dissolve
            everybody = given["all_leave"]
            self.judge("on", check, self.group, on, timezone.localdate(), all_leave=everybody)
        return given


class LeadForm(OfGroupForm):
    """Which unit leads the group from a day on (头雁)."""

    seat = forms.ModelChoiceField(
        label=_("头雁单位"), queryset=Seat.objects.none(), empty_label=_("请选择")
    )
    on = FromField()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = self.group.seats.overlapping(timezone.localdate(), None)
        self.fields["seat"].queryset = rows.select_related("unit", "group").order_by("order", "pk")
        self.fields["seat"].label_from_instance = lambda seat: seat.unit.name

    def clean(self):
        given = super().clean()
        if given.get("seat") and given.get("on"):
            self.judge("seat", seats.check_lead, given["seat"], given["on"], timezone.localdate())
        return given

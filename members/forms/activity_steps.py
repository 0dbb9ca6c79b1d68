"""What is typed with a step of a record: a reason, who of an organization took part."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import ActivityKind, Attendance, Participation, PartyMember
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import RowsField, ScopedForm, ScopedModelForm


class ReasonForm(ScopedForm):
    """Why a record goes back or is withdrawn, and which version of it the person saw."""

    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明原因，对方会看到。")},
    )
    revision = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)


class AnswerForm(ScopedForm):
    """Who of an organization took part in what another one held together with it."""

    members = RowsField(
        label=_("参加的党员"),
        queryset=PartyMember.objects.none(),
        widget=forms.CheckboxSelectMultiple(attrs={"data-filter-list": ""}),
        error_messages={
            "required": _("请勾选参加的党员，至少一人。没有参加的，请选“未参加”。"),
            "invalid_choice": _("所选人员中有人当天不属于这个党组织。请重新勾选。"),
            "invalid_pk_value": _("所选人员中有人当天不属于这个党组织。请重新勾选。"),
        },
    )

    def __init__(self, *args, part: Participation, **kwargs):
        super().__init__(*args, **kwargs)
        people = PartyMember.objects.in_tree(part.organization.path, part.held_on)
        people = people.counted(part.held_on).exclude(pk=part.activity.host_id)
        people = people.only("name", "pinyin").order_by("pinyin", "pk")
        self.fields["members"].queryset = people
        self.fields["members"].choices = [(person.pk, person.name) for person in people]
        came = part.activity.attendances.filter(presence=Attendance.Presence.PRESENT)
        self.fields["members"].initial = list(came.values_list("member", flat=True))


MOST_ORDER = 9999  # what every database holds


class KindNumbersMixin:
    """The numbers of a kind of activity, on a page of the portal or in the admin site."""

    def clean_order(self):
        order = self.cleaned_data["order"]
        if order > MOST_ORDER:
            message = _("排序的数字最大是 %(most)d。") % {"most": MOST_ORDER}
            raise forms.ValidationError(message)
        return order

    def clean_hours(self):
        hours = self.cleaned_data["hours"]
        if hours < 0:
            raise forms.ValidationError(_("学时不能小于 0。"))
        return hours


class ActivityKindAdminForm(KindNumbersMixin, forms.ModelForm):
    pass


class ActivityKindForm(KindNumbersMixin, ConflictMixin, ScopedModelForm):
    """A kind of activity (活动类型). The code of one that has records stays as it is."""

    class Meta:
        model = ActivityKind
        fields = ["name", "code", "expected", "agenda", "hours", "takes_votes", "order"]
        widgets = {"agenda": forms.Textarea({"rows": 5})}
        help_texts = {
            "code": _("小写字母、数字和下划线，例如 field_visit。有了记录以后不能再改。"),
            "order": _("数字小的排在前面。"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["hours"].min_value = 0
        if self.instance.pk and self.instance.is_used:
            self.fields["code"].disabled = True

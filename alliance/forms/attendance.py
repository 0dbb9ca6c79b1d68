from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Invitation, Meeting
from nanchuan.kernel.forms import RowsField, ScopedForm


class InvitedChoices(RowsField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, invitation):
        if invitation.seat.group_id is None:
            return _("%(unit)s（全联盟席位）") % {"unit": invitation.unit_name}
        return invitation.unit_name


class AttendanceForm(ScopedForm):
    """Which of the invited seats came (到会)."""

    attended = InvitedChoices(
        label=gettext_lazy("到会席位"),
        queryset=Invitation.objects.none(),
        error_messages={
            "required": gettext_lazy("请勾选到会的席位，至少一个。"),
            "invalid_choice": gettext_lazy("所选席位中有的未受邀参加这次会议，请重新勾选。"),
            "invalid_pk_value": gettext_lazy("所选席位中有的未受邀参加这次会议，请重新勾选。"),
        },
    )

    def __init__(self, *args, meeting: Meeting, **kwargs):
        super().__init__(*args, **kwargs)
        invited = meeting.invitations.standing().select_related("seat")
        self.fields["attended"].queryset = invited
        self.fields["attended"].required = invited.exists()

    def came(self) -> list[int]:
        return [invitation.pk for invitation in self.cleaned_data["attended"]]


class CorrectionForm(AttendanceForm):
    """The same of a meeting that is over; `seen` is what the editor saw recorded."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean_seen(self) -> list[int]:
        keys = self.cleaned_data["seen"].split(",")
        return [int(key) for key in keys if key.isdecimal() and len(key) <= RowsField.LONGEST]

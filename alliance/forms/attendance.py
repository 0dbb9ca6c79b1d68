from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance.models import Invitation, Meeting
from nanchuan.kernel.forms import RowsField, ScopedForm


class InvitedChoices(RowsField):
    widget = forms.CheckboxSelectMultiple

    checkins: dict = {}  # of the seats that came

    def label_from_instance(self, invitation):
        label = invitation.unit_name
        if invitation.seat.group_id is None:
            label = _("%(unit)s（全联盟席位）") % {"unit": label}
        row = self.checkins.get(invitation.pk)
        if row is None:
            return label
        told = [label, row.name, str(row.get_way_display())]
        if row.at:
            told.append(f"{timezone.localtime(row.at):%H:%M}")
        return " · ".join(word for word in told if word)


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
        came = meeting.checkins.standing().filter(invitation__isnull=False)
        invited = meeting.invitations.standing().select_related("seat")
        self.offer(invited, {row.invitation_id: row for row in came})

    def offer(self, invited, came):
        """Whoever checked in needs no tick."""
        field = self.fields["attended"]
        field.queryset = invited.exclude(pk__in=came)
        field.required = not came and invited.exists()

    def came(self) -> list[int]:
        return [invitation.pk for invitation in self.cleaned_data["attended"]]


class CorrectionForm(AttendanceForm):
    """All of the seats of a meeting that is over; `seen` is what the editor saw recorded."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    def offer(self, invited, came):
        field = self.fields["attended"]
        field.checkins = came
        field.queryset = invited
        field.required = invited.exists()

    def clean_seen(self) -> list[int]:
        keys = self.cleaned_data["seen"].split(",")
        return [int(key) for key in keys if key.isdecimal() and len(key) <= RowsField.LONGEST]

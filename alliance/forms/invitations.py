"""What a unit answers to an invitation, who else is invited, who comes as a guest."""

from datetime import datetime

from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.actions.invitations import Answer, invitable
from alliance.models import Guest, Invitation, Seat
from nanchuan.kernel.forms import RowsField, ScopedForm, ScopedModelForm

Reply = Invitation.Reply


class ReplyForm(ScopedForm):
    """One choice; what belongs to it stands under it."""

    reply = forms.ChoiceField(
        label=_("回复"),
        choices=[
            (Reply.ATTEND, _("参加")),
            (Reply.SUBSTITUTE, _("请人代会")),
            (Reply.LEAVE, _("请假")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": _("请选择参加、请人代会或请假。")},
    )
    attendee = forms.CharField(label=_("参会人"), max_length=50, required=False)
    substitute = forms.CharField(label=_("代会人"), max_length=50, required=False)
    job = forms.CharField(label=_("代会人职务"), max_length=50, required=False)
    mandate = forms.ChoiceField(
        label=_("代会权限"),
        choices=[("", _("请选择")), *Invitation.Mandate.choices],
        required=False,
        error_messages={"invalid_choice": _("请选择代会人的权限。")},
    )
    reason = forms.CharField(
        label=_("原因"), max_length=200, required=False, help_text=_("请假必须写明；代会可以不写。")
    )
    seen = forms.CharField(required=False, widget=forms.HiddenInput)

    WANTED = {
        Reply.ATTEND: {"attendee": _("请填写参会人的姓名。")},
        Reply.LEAVE: {"reason": _("请写明请假原因。")},
        Reply.SUBSTITUTE: {
            "substitute": _("请填写代会人的姓名。"),
            "job": _("请填写代会人的职务。"),
            "mandate": _("请选择代会人的权限。"),
        },
    }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.is_bound:
            self.data = self.data.copy()  # `follow` writes into it

    def clean(self):
        given = super().clean()
        for name, sentence in self.WANTED.get(given.get("reply"), {}).items():
            if not (given.get(name) or "").strip() and name not in self.errors:
                self.add_error(name, sentence)
        return given

    def clean_seen(self):
        try:
            return datetime.fromisoformat(self.cleaned_data["seen"])
        except ValueError:
            return None

    def answer(self) -> Answer:
        typed = self.cleaned_data
        name = "substitute" if typed["reply"] == Reply.SUBSTITUTE else "attendee"
        rest = {key: typed[key] for key in ("reply", "job", "mandate", "reason")}
        return Answer(attendee=typed[name], **rest)

    def follow(self, invitation: Invitation) -> None:
        """The answer that was given meanwhile has been shown."""
        self.data["seen"] = seen_of(invitation)


def seen_of(invitation: Invitation) -> str:
    return invitation.replied_at.isoformat() if invitation.replied_at else ""


class SeatChoices(RowsField):
    widget = forms.CheckboxSelectMultiple

    def label_from_instance(self, seat):
        return f"{seat.unit} · {seat.group or _('全联盟席位')}"


class InviteForm(ScopedForm):
    """Seats of the whole alliance, of other groups too."""

    seats = SeatChoices(
        Seat.objects.none(),
        label=_("增加邀请的席位"),
        error_messages={
            "required": _("请勾选要邀请的席位。"),
            "invalid_choice": _("所选席位中有的已受邀或已不在联盟，请重新选择。"),
        },
    )

    def __init__(self, *args, meeting, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seats"].queryset = invitable(meeting)


class GuestForm(ScopedModelForm):
    class Meta:
        model = Guest
        fields = ["name", "unit_name", "job"]

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

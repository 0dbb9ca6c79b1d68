from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import CheckIn, Guest, Invitation, Meeting
from nanchuan.kernel.forms import MomentInput, RowsField, ScopedForm
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field


class SeatChoice(forms.ModelChoiceField):
    def label_from_instance(self, invitation):
        if invitation.attendee:
            return f"{invitation.unit_name} · {invitation.attendee}"
        return invitation.unit_name


class GuestChoice(forms.ModelChoiceField):
    def label_from_instance(self, guest):
        return f"{guest.name} · {guest.unit_name}" if guest.unit_name else guest.name


class NameForm(forms.Form):
    """One tap on the chair's screen: a seat, a guest, or the name of somebody on no list."""

    seat = forms.ModelChoiceField(Invitation.objects.none(), required=False)
    guest = forms.ModelChoiceField(Guest.objects.none(), required=False)
    name = forms.CharField(label=_("姓名"), max_length=50, required=False)
    unit_name = forms.CharField(label=_("单位"), max_length=100, required=False)

    def __init__(self, *args, meeting: Meeting, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["seat"].queryset = meeting.invitations.standing()
        self.fields["guest"].queryset = meeting.guests.filter(withdrawn_at=None)

    def who(self) -> dict:
        given = self.cleaned_data
        for field, place in (("seat", "invitation"), ("guest", "guest")):
            if given[field]:
                return {place: given[field]}
        return {"name": given["name"], "unit_name": given["unit_name"]}


class ScanForm(ScopedForm):
    """For which of the seats that a person may take, or beside them (列席)."""

    BESIDE = "beside"
    place = forms.ChoiceField(label=_("签到身份"), widget=forms.RadioSelect)
    unit_name = forms.CharField(
        label=_("所在单位"),
        max_length=100,
        required=False,
        help_text=_("列席时填写，代表席位签到的不用填。"),
    )

    def __init__(self, *args, places: list[tuple[str, str]], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["place"].choices = places
        self.initial.setdefault("place", places[0][0])


class HandForm(ScopedForm):
    """Who came, by hand: for a seat, as a guest, or with a name."""

    seat = SeatChoice(
        Invitation.objects.none(),
        label=_("席位"),
        required=False,
        empty_label=_("不代表席位（列席）"),
    )
    guest = GuestChoice(
        Guest.objects.none(), label=_("列席人员"), required=False, empty_label=_("不在名单里")
    )
    name = forms.CharField(
        label=_("姓名"), max_length=50, required=False, help_text=_("选了席位的可以不填。")
    )
    unit_name = forms.CharField(
        label=_("单位"), max_length=100, required=False, help_text=_("选了席位的不用填。")
    )
    is_substitute = forms.BooleanField(label=_("代会"), required=False)
    came_at = forms.DateTimeField(
        label=_("到会时间"),
        required=False,
        widget=MomentInput(),
        help_text=_("没有人记下时间的，留空。"),
    )

    def __init__(self, *args, meeting: Meeting, **kwargs):
        super().__init__(*args, **kwargs)
        came = CheckIn.objects.standing().filter(meeting=meeting)
        seats = meeting.invitations.standing()
        taken = came.filter(invitation__isnull=False).values("invitation")
        self.fields["seat"].queryset = Invitation.objects.filter(
            pk__in=seats.exclude(pk__in=taken).values("pk")
        )
        greeted = came.filter(guest__isnull=False).values("guest")
        self.fields["guest"].queryset = meeting.guests.filter(withdrawn_at=None).exclude(
            pk__in=greeted
        )
        if not self.fields["guest"].queryset.exists():
            del self.fields["guest"]

    def who(self) -> dict:
        given = self.cleaned_data
        return {
            "invitation": given["seat"],
            "guest": None if given["seat"] else given.get("guest"),
            "name": given["name"],
            "unit_name": given["unit_name"],
            "is_substitute": given["is_substitute"] or None,
            "came_at": given["came_at"],
        }


class TimesForm(ScopedForm):
    """When somebody came and left."""

    came_at = forms.DateTimeField(label=_("到会时间"), required=False, widget=MomentInput())
    left_at = forms.DateTimeField(
        label=_("离会时间"),
        required=False,
        widget=MomentInput(),
        help_text=_("没有提前离会的，留空。"),
    )


class WithdrawForm(ScopedForm):
    reason = forms.CharField(
        label=_("撤销原因"),
        max_length=100,
        help_text=_("例如：点错了单位。不要写个人信息。"),
        error_messages={"required": _("请写明为什么撤销。")},
    )


class SheetForm(DocumentsFormMixin, ScopedForm):
    """Photos of the sheet, and who stands on it."""

    files = documents_field(label=_("签到表照片"), help_text=_("可以一次选几张，也可以是 PDF。"))
    seats = RowsField(
        Invitation.objects.none(),
        label=_("签到表上的席位"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    guests = RowsField(
        Guest.objects.none(),
        label=_("签到表上的列席人员"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args, room, **kwargs):
        super().__init__(*args, **kwargs)
        has_photo = room.meeting.sheets.exists()
        self.fields["files"].required = not has_photo
        for name, missing in (
            ("seats", [*room.missing, *room.excused]),
            ("guests", room.missing_guests),
        ):
            model = self.fields[name].queryset.model
            rows = model.objects.filter(pk__in=[each.pk for each in missing])
            self.fields[name].queryset = rows
            if not missing:
                del self.fields[name]

"""What an enterprise types to file a need (点单), most of it known already."""

from django import forms
from django.db.models import Subquery
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from alliance.models import ActionItem, Seat
from members.models import PartyMember, Unit
from nanchuan.kernel import roles
from nanchuan.kernel.forms import DateInput, RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.readers import prepared_for_reader
from nanchuan.kernel.uploads import DocumentsField, DocumentsFormMixin, documents_field
from services.actions.bookable import FARTHEST
from services.actions.cofilers import invitable
from services.actions.rights import office
from services.forms.contacts import PhoneField
from services.forms.resources import MOST
from services.forms.seen import CHANGEABLE, SeenMixin
from services.models import Need, Visit
from services.naming import names_in

MOST_PHOTOS = 9
PUBLIC = ("public_title", "public_note")


class UnitsField(RowsField):
    """Members of the alliance that ask for the same."""

    def __init__(self, **kwargs):
        words = {"data-filter-list": _("输入单位名称筛选")}
        super().__init__(
            Unit.objects.none(),
            widget=forms.CheckboxSelectMultiple(attrs=words),
            help_text=_("勾选的单位会看到这条需求的全部内容，并和贵单位一起收到进展。"),
            error_messages={
                "required": _("请至少勾选一个单位。"),
                "invalid_choice": _("所选单位不是联盟现任成员，请重新选择。"),
            },
            **kwargs,
        )


class InviteForm(ScopedForm):
    units = UnitsField(label=_("单位"))

    def __init__(self, *args, need, **kwargs):
        super().__init__(*args, **kwargs)
        taken = {need.accepted_by_id, need.dispatched_to_id} - {None}
        units = invitable(need.unit).exclude(pk__in=need.cofilers.admitted().values("unit"))
        self.fields["units"].queryset = units.exclude(pk__in=taken).order_by("name")


@prepared_for_reader(int)
def _units(reader, user):
    """The first two units for which a reader may ask, each with the reader's own number."""
    rows = Unit.objects.visible_to(reader)
    if not office(reader):
        rows = rows.filter(pk__in=roles.places(reader, roles.UNIT))
    phone = PartyMember.objects.filter(user=user).values("phone")[:1]
    return rows.annotate(own_phone=Subquery(phone))[:2]


class CameraField(DocumentsField):
    """Photos that the phone takes at once."""

    def __init__(self, **kwargs):
        super().__init__(most=MOST_PHOTOS, required=False, **kwargs)
        attrs = {"accept": "image/*", "capture": "environment", "data-photos": ""}
        self.widget.attrs = self.widget.attrs | attrs


class NeedForm(SeenMixin, DocumentsFormMixin, ScopedModelForm):
    """An order from a phone: big choices first, whom to call last and known already."""

    item = forms.ModelChoiceField(
        ActionItem.objects.none(), required=False, widget=forms.HiddenInput
    )
    visit = forms.ModelChoiceField(
        Visit.objects.none(),
        required=False,
        widget=forms.HiddenInput,
        error_messages={"invalid_choice": _("这次走访已不能查看，请从走访页面重新进入。")},
    )
    photos = CameraField(label=_("拍照"), help_text=_("直接拍下现场，照片里的位置信息会去掉。"))
    files = documents_field(label=_("照片或文件"))
    quantity = forms.IntegerField(
        label=_("数量"),
        min_value=1,
        max_value=MOST,
        required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("invalid", "min_value", "max_value"), _("请填写 1 以上的整数。")
        ),
    )
    contact_phone = PhoneField(error_messages={"required": _("请填写联系电话，方便责任单位联系。")})
    names_known = forms.BooleanField(
        label=_("我知道其他单位会看到这个名称，仍然这样公开"),
        required=False,
        widget=forms.HiddenInput,
    )
    cofilers = UnitsField(label=_("和哪些单位一起提出"), required=False)

    class Meta:
        model = Need
        fields = ["unit", *CHANGEABLE]
        widgets = {
            "category": forms.RadioSelect,
            "urgency": forms.RadioSelect,
            "audience": forms.RadioSelect,
            "title": forms.TextInput(attrs={"autocomplete": "off"}),
            "content": forms.Textarea(attrs={"rows": 4}),
            "public_note": forms.Textarea(attrs={"rows": 2}),
            "wanted_on": DateInput,
        }
        help_texts = {
            "title": _("一句话说清要什么，例如“急需两名污水处理技术员”。"),
            "content": _("原因、数量、希望什么时候解决。请勿填写身份证号。"),
            "measure": _("例如人、间、万元。"),
            "wanted_on": _("那天有空的资源会先推荐。"),
        }
        error_messages = {
            "category": {"required": _("请选择类别。")},
            "title": {"required": _("请用一句话写明需求。")},
            "content": {"required": _("请写明具体情况。")},
            "measure": {"max_length": _("计量单位最多 %(limit_value)d 个字。")},
            "wanted_on": {"invalid": _("请填写真实存在的日期。")},
        }

    def __init__(self, *args, kept_phone="", names_units=False, **kwargs):
        self.kept_phone = kept_phone  # of a draft: a number is typed, but never shown again
        super().__init__(*args, **kwargs)
        for name in ("category", "urgency", "audience"):
            field = self.fields[name]
            field.choices = [choice for choice in field.choices if choice[0]]
        if self.instance.pk:
            for name in ("item", "visit", "cofilers"):
                del self.fields[name]
            self.look_at(self.instance)
            self.one_unit = self.instance.unit
        else:
            del self.fields["seen"]
            self._offer_origins()
            self._offer_units()
            self._offer_cofilers(names_units)
        if self.one_unit:
            del self.fields["unit"]
        self._know_the_contact()

    def _offer_origins(self):
        if self._given("item"):
            self.fields["item"].queryset = ActionItem.objects.visible_to(self.user).live()
        if self._given("visit"):
            self.fields["visit"].queryset = Visit.objects.editable_by(self.user)

    def _offer_units(self):
        units = self.fields["unit"].queryset
        if not office(self.user):
            units = units.filter(pk__in=roles.places(self.user, roles.UNIT))
        self.fields["unit"].queryset = units
        self.fields["unit"].empty_label = _("请选择单位")
        found = _units(self.user, self.user.pk)
        self.one_unit = found[0] if len(found) == 1 else None
        self.own_phone = found[0].own_phone if found else ""

    def _offer_cofilers(self, names_units):
        """All members are on offer: they stand in the page once somebody asks for them."""
        self.shows_cofilers = names_units or bool(self._given("cofilers"))
        if self.shows_cofilers:
            self.fields["cofilers"].queryset = invitable(self.one_unit).order_by("name")
        else:
            del self.fields["cofilers"]

    def _given(self, name):
        """What was sent, or what the page starts with; nothing is asked about what is not told."""
        return self[name].value()

    def _know_the_contact(self):
        if self.instance.pk:
            self.initial["contact_phone"] = ""
            self.fields["contact_phone"].know(self.instance.contact_phone)
            return
        name, phone = self._default_contact(self.one_unit)
        self.initial.setdefault("contact_name", name)
        self.fields["contact_phone"].know(phone)
        self.fields["contact_phone"].required = bool(self.one_unit) and not phone
        if not self.one_unit:
            self.fields["contact_name"].required = False
            self.fields["contact_name"].help_text = self.fields["contact_phone"].help_text = _(
                "不填则用该单位登记的联系人和电话。"
            )

    def _default_contact(self, unit):
        """What the draft holds, else the filer's own name and number; for another unit those that
        it registered."""
        name, phone = self._registered_contact(unit)
        return name, self.kept_phone or phone

    def _registered_contact(self, unit):
        if unit is None:
            return ("" if office(self.user) else self.user.name), ""
        if unit.pk not in roles.places(self.user, roles.UNIT):
            return unit.first_contact
        return self.user.name, self.own_phone or unit.first_contact[1]

    def _post_clean(self):
        """What was typed is judged; the row is made by an action, and has no rule besides."""

    @property
    def has_amount(self) -> bool:
        """Whether how much and when stand open in the page."""
        names = ("quantity", "measure", "wanted_on")
        return any(self[name].value() or self[name].errors for name in names)

    def clean_measure(self):
        return self.cleaned_data["measure"].strip()

    def clean_wanted_on(self):
        day, today = self.cleaned_data["wanted_on"], timezone.localdate()
        if day is None or day == self.instance.wanted_on:
            return day
        if day < today:
            raise forms.ValidationError(_("这一天已经过去，请重新选择，或留空。"))
        if day - today > FARTHEST:
            raise forms.ValidationError(_("最远填到一年以后，请检查年份。"))
        return day

    def clean(self):
        cleaned = super().clean()
        self._check_amount(cleaned)
        unit = cleaned.setdefault("unit", self.one_unit) if self.one_unit else cleaned.get("unit")
        if unit is None:
            return cleaned
        if self.instance.pk:
            known = ("", self.instance.contact_phone)
        else:
            known = self._default_contact(unit)
        for name, value in zip(("contact_name", "contact_phone"), known, strict=True):
            if name in cleaned:
                cleaned[name] = cleaned[name] or value
                if not cleaned[name]:
                    self.add_error(name, _("请填写，方便责任单位联系。"))
        self._check_audience(unit, cleaned.get("audience"))
        self._check_cofilers(unit, cleaned)
        self._check_public_words(unit, cleaned)
        return cleaned

    def _check_amount(self, cleaned):
        if not {"quantity", "measure"} <= cleaned.keys():
            return
        if cleaned["quantity"] and not cleaned["measure"]:
            self.add_error("measure", _("请写明数量的单位，例如人、间、万元。"))
        elif cleaned["measure"] and not cleaned["quantity"]:
            self.add_error("quantity", _("请填写数量，或清空计量单位。"))

    def _check_audience(self, unit, audience):
        if audience != Need.Audience.GROUP:
            return
        if not Seat.objects.current().filter(unit=unit).exclude(group=None).exists():
            self.add_error("audience", _("该单位不在产业链小组中，请选择其他公开范围。"))

    def _check_cofilers(self, unit, cleaned):
        if unit in (cleaned.get("cofilers") or ()):
            self.add_error("cofilers", _("提出单位自己不用再勾选，请去掉“%s”。") % unit)
        visit = cleaned.get("visit")
        if visit and visit.unit_id != unit.pk:
            self.add_error(
                None,
                _("这次走访的是“%(visited)s”，请选择该单位，或从需求页面另外点单。")
                % {"visited": visit.unit},
            )

    def _check_public_words(self, unit, cleaned):
        """Others would learn whose it is: said once, and then the filer decides."""
        if cleaned.get("audience") == Need.Audience.OFFICE or cleaned.get("names_known"):
            return
        units = [unit, *(cleaned.get("cofilers") or ())]
        for name in PUBLIC:
            if name in cleaned and (found := names_in(cleaned[name], units)):
                self.add_error(
                    name,
                    _(
                        "这里写了“%(name)s”，其他成员单位会看到。请改掉，或勾选下面的“仍然这样公开”。"
                    )
                    % {"name": found[0]},
                )
                self.fields["names_known"].widget = forms.CheckboxInput()

    @property
    def documents(self) -> list:
        """Photos and files together, as they will stand beside the need."""
        return [*self.cleaned_data["photos"], *self.cleaned_data["files"]]

    def facts(self) -> dict:
        return {name: self.cleaned_data[name] for name in CHANGEABLE}

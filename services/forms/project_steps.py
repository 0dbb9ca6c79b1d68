"""What is typed with a step of a project, or of what belongs to it (`row`)."""

from decimal import Decimal

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.filters import ListedField
from members.forms.photos import PhotosField
from members.models import Unit
from nanchuan.kernel import roles, uploads
from nanchuan.kernel.forms import DateInput
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field
from services.actions.project_rights import askers, assisting, project_of, served
from services.actions.rights import CARRIED, office, speaks_for
from services.forms.bookings import NeedField
from services.forms.need_steps import words_field
from services.forms.resources import StepForm
from services.models import Effect, Milestone, Money, Need, ProgressNote, Project, Risk

MOST_PERCENT, LEAST = 100, 0
WHEN = dict.fromkeys(("required", "invalid"), _("请填写真实存在的日期和时间。"))
DAY = dict.fromkeys(("required", "invalid"), _("请选择日期。"))
MONEY = dict.fromkeys(
    ("required", "invalid", "min_value", "max_digits", "max_whole_digits", "max_decimal_places"),
    _("请填写大于 0 的金额，最多两位小数。"),
)


def money_field(label, **kwargs):
    return forms.DecimalField(
        label=label,
        min_value=Decimal("0.01"),
        max_digits=14,
        decimal_places=2,
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}),
        error_messages=MONEY,
        **kwargs,
    )


def line_field(model, name, label, required="", **kwargs):
    errors = {"required": required} if required else {}
    length = model._meta.get_field(name).max_length
    return forms.CharField(
        label=label,
        max_length=length,
        required=bool(required),
        error_messages=errors,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        **kwargs,
    )


class PartForm(StepForm):
    def __init__(self, *args, row, **kwargs):
        self.row, self.project = row, project_of(row)
        super().__init__(*args, **kwargs)


class ProjectReasonForm(PartForm):
    reason = words_field(
        _("原因"),
        _("请写明原因，有关单位会看到。"),
        max_length=200,
        help_text=_("有关单位会看到。"),
    )


class ProgressForm(DocumentsFormMixin, PartForm):
    """From a phone: a few words, how far it is, photos."""

    text = forms.CharField(
        label=_("进展情况"),
        max_length=ProgressNote._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("项目各单位都会看到，请勿写其他单位需求的详情。"),
        error_messages={"required": _("请写明做了什么。")},
    )
    percent = forms.IntegerField(
        label=_("完成进度(%)"),
        min_value=LEAST,
        max_value=MOST_PERCENT,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("请填写 0 到 100 之间的整数。")
        ),
    )
    photos = PhotosField(
        label=_("照片"),
        help_text=_("最多 9 张，可以直接拍照。照片中的拍摄地点等信息会自动去除。"),
    )
    files = documents_field(label=_("佐证材料"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        latest = self.project.notes.values_list("percent", flat=True).first()
        self.initial.setdefault("percent", latest or 0)

    def clean(self):
        given = super().clean()
        if len(given.get("photos") or ()) > uploads.MOST_PHOTOS:
            self.add_error("photos", _("照片最多 9 张。请先勾选要删除的照片。"))
        return given

    def facts(self):
        facts = super().facts()
        return facts | {"pictures": facts.pop("photos")}


class UnitsOfProjectForm(PartForm):
    """One of the units that carry it; the lead, unless chosen."""

    named = "unit"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields[self.named]
        keys = [row.unit_id for row in assisting(self.project)]
        field.queryset = Unit.objects.filter(pk__in=keys).order_by("name")
        field.empty_label = str(self.project.lead)
        if not keys:
            del self.fields[self.named]


class MilestoneForm(UnitsOfProjectForm):
    title = line_field(Milestone, "title", _("节点"), _("请写明要完成什么。"))
    due_on = forms.DateField(label=_("期限"), widget=DateInput, error_messages=DAY)
    unit = forms.ModelChoiceField(Unit.objects.none(), label=_("责任单位"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if isinstance(self.row, Milestone):
            for name in ("title", "due_on"):
                self.initial.setdefault(name, getattr(self.row, name))
            self.initial.setdefault("unit", self.row.unit_id)


class RiskForm(UnitsOfProjectForm):
    named = "owner"

    text = line_field(Risk, "text", _("风险"), _("请写明可能影响项目的情况。"))
    level = forms.ChoiceField(
        label=_("程度"), choices=Risk.Level.choices, initial=Risk.Level.MIDDLE
    )
    owner = forms.ModelChoiceField(Unit.objects.none(), label=_("责任单位"), required=False)


class CloseRiskForm(PartForm):
    done = words_field(_("采取的措施"), _("请写明怎样解除的。"), max_length=2000)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("done", self.row.done)


class HandleRiskForm(CloseRiskForm):
    done = words_field(_("采取的措施"), _("请写明采取了什么措施。"), max_length=2000)
    level = forms.ChoiceField(label=_("目前程度"), choices=Risk.Level.choices)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("level", self.row.level)


class MoneyForm(PartForm):
    kind = forms.ChoiceField(
        label=_("类别"), choices=Money.Kind.choices, widget=forms.RadioSelect, initial="spent"
    )
    amount = money_field(_("金额（元）"))
    on = forms.DateField(label=_("日期"), widget=DateInput, error_messages=DAY)
    text = line_field(Money, "text", _("说明"), _("请写明是什么钱。"))
    unit = ListedField(
        Unit.objects.order_by("name"), label=_("单位"), required=False, empty_label=_("整个项目")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("on", timezone.localdate())
        self.fields["unit"].empty_label = _("不针对某个单位")


class AssistForm(PartForm):
    unit = ListedField(
        Unit.objects.order_by("name"),
        label=_("协作单位"),
        empty_label=_("请选择单位"),
        error_messages={
            "required": _("请选择单位。"),
            "invalid_choice": _("不能选择该单位，请重新选择。"),
        },
    )
    task = words_field(_("任务"), "", max_length=200, help_text=_("请它做什么，可以不填。"))


class ChangeForm(PartForm):
    name = line_field(
        Project,
        "name",
        _("项目名称"),
        _("请填写项目名称。"),
        help_text=_("提供资源的单位也会看到项目名称。"),
    )
    goal = words_field(_("目标"), "", max_length=2000, rows=4)
    due_on = forms.DateField(
        label=_("计划完成日期"), widget=DateInput, required=False, error_messages=DAY
    )
    lead = ListedField(
        Unit.objects.order_by("name"),
        label=_("牵头单位"),
        required=False,
        empty_label=_("请选择单位"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name in ("name", "goal", "due_on"):
            self.initial.setdefault(name, getattr(self.project, name))
        if office(self.user):
            self.initial.setdefault("lead", self.project.lead_id)
            self.fields["lead"].empty_label = None
        else:
            del self.fields["lead"]


class JoinForm(PartForm):
    """A need that is worked on and in no project: of the own unit, or any for the office."""

    need = NeedField(
        Need.objects.none(),
        label=_("需求"),
        help_text=_("可以选择已接单、还没有对接项目的需求。"),
        error_messages={
            "required": _("请选择需求。"),
            "invalid_choice": _("所选需求已经办结，或不能选择，请重新选择。"),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        rows = Need.objects.filter(status__in=CARRIED)
        rows = rows.exclude(pk__in=_joined())
        if not office(self.user):
            rows = rows.filter(accepted_by__in=roles.places(self.user, roles.UNIT))
        self.fields["need"].empty_label = _("请选择需求")
        self.fields["need"].queryset = rows.with_faces(self.user).sorted_by("new")


def _joined():
    links = Need._meta.get_field("project_links").related_model.objects
    return links.filter(left_at=None).values("need")


class EffectForm(PartForm):
    """For which of the needs, and by which of the enterprises, where there are several."""

    said_for = forms.ChoiceField(label=_("需求"))
    text = forms.CharField(
        label=_("成效"),
        max_length=Effect._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("项目帮助企业解决了什么，用企业自己的话写。"),
        error_messages={"required": _("请写明项目带来了什么。")},
    )
    amount = money_field(
        _("折合金额（元）"), required=False, help_text=_("节省或带来的金额，可以不填。")
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.pairs = {
            f"{link.need_id}-{unit.pk}": (link.need, unit)
            for link in served(self.project)
            for unit in askers(link.need)
            if office(self.user) or speaks_for(self.user, unit.pk)
        }
        choices = [(key, f"{need.title} · {unit}") for key, (need, unit) in self.pairs.items()]
        self.fields["said_for"].choices = choices
        if len(choices) == 1:
            self.fields["said_for"].widget = forms.HiddenInput()
            self.initial["said_for"] = choices[0][0]

    def facts(self):
        facts = super().facts()
        need, unit = self.pairs[facts.pop("said_for")]
        return facts | {"need": need, "unit": unit}

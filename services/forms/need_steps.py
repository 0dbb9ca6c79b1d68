"""What is typed with a step of a need."""

from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from members.forms.organization_changes import UnitsField
from members.models import Unit
from nanchuan.kernel.forms import DateInput, ScopedForm
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field
from services import conditions
from services.actions.review import LEADS
from services.actions.rights import seated_units, units_to_accept
from services.actions.solving import CONTENT
from services.forms.seen import SeenMixin
from services.models import Clock, Need, Solution

TITLE = Need._meta.get_field("public_title").max_length
NO_SUCH_UNIT = _("该单位不能办理这条需求，请重新选择。")


class StepForm(ScopedForm):
    """`verb` keeps the ids of several forms apart."""

    def __init__(self, *args, need, verb, **kwargs):
        self.need = need
        super().__init__(*args, auto_id=f"id_{verb}_%s", **kwargs)
        self.fields["once"].required = False  # one click in a list sends nothing else

    def facts(self) -> dict:
        return {name: value for name, value in self.cleaned_data.items() if name != "once"}


def words_field(label, required, **kwargs):
    """A few lines; without the sentence that asks for them they may be left out."""
    errors = {"required": required} if required else {}
    facts = {"max_length": 500, "required": bool(required), "error_messages": errors}
    rows = kwargs.pop("rows", 3)
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, widget=widget, **facts | kwargs)


def in_columns(form, units) -> Layout:
    """A long list of units beside each other."""
    return Layout(
        *(Div(name, css_class="choices-units") if name == units else name for name in form.fields)
    )


class ReasonForm(StepForm):
    reason = words_field(_("原因"), _("请写明原因，对方会看到。"))


class AppealForm(StepForm):
    reason = words_field(
        _("申诉理由"),
        _("请写明理由。"),
        help_text=_("只能申诉一次，由园区党务办公室复核，园区领导会知道。"),
    )


class TextForm(StepForm):
    text = words_field(
        _("补充的情况"),
        _("请写明要补充的情况。"),
        max_length=2000,
        help_text=_("办理的单位会看到。"),
    )


class JudgeForm(StepForm):
    """Yes or no, and why. Subclasses say what that means."""

    YES, NO = _("成立"), _("不成立")
    answer_name = "answer"

    is_upheld = forms.TypedChoiceField(
        label=_("结论"),
        coerce=lambda value: value == "yes",
        choices=[("yes", ""), ("no", "")],
        widget=forms.RadioSelect,
        error_messages={
            "required": _("请选择结论。"),
            "invalid_choice": _("请选择结论。"),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["is_upheld"].choices = [("yes", self.YES), ("no", self.NO)]

    def get_layout(self):
        others = [name for name in self.fields if name != "is_upheld"]
        return Layout(Div(Field("is_upheld"), css_class="choices choices-column"), *others)


class RuleAppealForm(JudgeForm):
    YES, NO = _("申诉成立，重新审核"), _("维持不予受理")
    answer = words_field(_("答复"), _("请写明答复，提出单位会看到。"))


class DecideExtensionForm(JudgeForm):
    YES, NO = _("同意延期"), _("不同意延期")
    answer = words_field(_("答复"), "", rows=2)

    def facts(self):
        typed = super().facts()
        return {"is_granted": typed["is_upheld"], "answer": typed["answer"]}


class PublicFaceMixin(SeenMixin):
    """What the office decides when it lets a need pass: one that it has read as it is now."""

    taken_anew = ("public_title",)

    public_title = forms.CharField(
        label=_("公开标题"),
        max_length=TITLE,
        required=False,
        help_text=_("其他成员单位只看到这一句，请勿写单位名称。不填则只写类别。"),
    )
    is_complex = forms.BooleanField(
        label=_("复杂需求"), required=False, help_text=_("办结期限按章程中复杂需求的天数。")
    )

    def know(self, need):
        if need.status == Need.Status.SUBMITTED:
            self.initial |= {"public_title": need.public_title, "is_complex": need.is_complex}
            self.look_at(need)
        else:
            del self.fields["public_title"], self.fields["is_complex"], self.fields["seen"]


class PublishForm(PublicFaceMixin, StepForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.know(self.need)


class UnitForm(StepForm):
    """One of the units that sit in the alliance."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("责任单位"),
        empty_label=_("请选择单位"),
        error_messages={"required": _("请选择单位。"), "invalid_choice": NO_SUCH_UNIT},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["unit"].queryset = self.units().order_by("name")

    def units(self) -> models.QuerySet[Unit]:
        now = (self.need.accepted_by_id, self.need.dispatched_to_id)
        return seated_units(self.need).exclude(pk__in=[unit for unit in now if unit])


class DispatchForm(PublicFaceMixin, UnitForm):
    assisting = UnitsField(label=_("协办单位"), queryset=Unit.objects.none(), required=False)
    note = words_field(_("交办要求"), "")

    field_order = ["unit", "assisting", "note", "public_title", "is_complex"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["assisting"].queryset = self.fields["unit"].queryset
        self.know(self.need)

    def get_layout(self):
        return in_columns(self, "assisting")

    def clean(self):
        given = super().clean()
        if given.get("unit") in list(given.get("assisting") or ()):
            self.add_error("assisting", _("责任单位不必再列为协办单位。"))
        return given


class ReassignForm(UnitForm):
    reason = words_field(_("原因"), _("请写明为什么转办，有关单位会看到。"))


class RuleForm(JudgeForm, UnitForm):
    YES, NO = _("异议成立"), _("异议不成立，由该单位办理")
    ruling = words_field(_("裁定意见"), _("请写明裁定意见，这是最终裁定。"))

    field_order = ["is_upheld", "unit", "ruling"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        unit.label, unit.required = _("异议成立时改派"), False
        unit.empty_label = _("不改派，重新公开接单")


class AcceptForm(UnitForm):
    """Which unit takes it: hidden when a person speaks for one only."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        unit = self.fields["unit"]
        unit.label = _("接单单位")
        unit.error_messages |= {
            "required": _("请选择接单单位。"),
            "invalid_choice": _("该单位不能接这条需求，请重新选择。"),
        }
        found = list(unit.queryset[:2])
        if len(found) == 1:
            self.initial["unit"] = found[0].pk
            unit.widget = forms.HiddenInput()

    def units(self):
        return units_to_accept(self.user, self.need)


class MergeForm(StepForm):
    into = forms.CharField(
        label=_("并入需求编号"),
        max_length=20,
        help_text=_("例如 需-2026-0012。并入后只计一条，提出单位仍能看到办理到哪一步。"),
        error_messages={"required": _("请填写要并入的需求编号。")},
    )
    reason = words_field(_("说明"), "", rows=2)

    def clean_into(self):
        number = self.cleaned_data["into"].strip()
        rows = Need.objects.editable_by(self.user).exclude(pk=self.need.pk)
        found = rows.filter(number=number, status__in=LEADS).first()
        if found is None:
            raise forms.ValidationError(_("没有这个编号的需求，或者它已经撤回、未受理。"))
        return found


class HelpForm(StepForm):
    units = UnitsField(
        label=_("协办单位"),
        queryset=Unit.objects.none(),
        error_messages={"required": _("请至少选择一家单位。"), "invalid_choice": NO_SUCH_UNIT},
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = self.offered().order_by("name")

    def get_layout(self):
        return in_columns(self, "units")

    def offered(self):
        taken = [row.unit_id for row in conditions.helping(self.need)]
        return seated_units(self.need).exclude(pk__in=[*taken, self.need.accepted_by_id])


class ReleaseForm(HelpForm):
    def offered(self):
        return Unit.objects.filter(pk__in=[row.unit_id for row in conditions.helping(self.need)])


class FinishHelpForm(StepForm):
    result = words_field(_("协办情况"), _("请写明做了什么。"), max_length=1000)


class FilesForm(DocumentsFormMixin, StepForm):
    files = documents_field()


class ContactForm(FilesForm):
    text = words_field(
        _("联系情况"),
        _("请写明联系了谁、说了什么。"),
        max_length=2000,
        help_text=_("提出单位会看到。第一次联系即完成“首次联系企业”。"),
    )

    field_order = ["text", "files"]


class NoteForm(FilesForm):
    text = words_field(_("做了什么"), _("请写明做了什么。"), max_length=2000, rows=4)
    is_public = forms.BooleanField(
        label=_("提出单位可见"),
        required=False,
        initial=True,
        help_text=_("不勾选则只有党务办公室、责任单位和协办单位看到。"),
    )

    field_order = ["text", "is_public", "files"]


class StatementForm(FilesForm):
    text = words_field(
        _("本月进展"),
        _("请写明本月做了什么、下月打算怎么办。"),
        max_length=2000,
        rows=4,
        help_text=_("提出单位会看到。"),
    )

    field_order = ["text", "files"]


class ExtendForm(StepForm):
    days = forms.IntegerField(
        label=_("延长几个工作日"),
        min_value=1,
        error_messages={"required": _("请填写延长几个工作日。"), "invalid": _("请填写数字。")},
    )
    reason = words_field(_("原因"), _("请写明为什么要延期。"))

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        clock = conditions.running(self.need, Clock.Kind.SOLVE)
        self.most = conditions.extra_days(self.need, clock) if clock else 0
        words = _("最多还能延长 %(most)d 个工作日，由党务办公室答复。") % {"most": self.most}
        self.fields["days"].help_text = words

    def clean_days(self):
        days = self.cleaned_data["days"]
        if days > self.most:
            raise forms.ValidationError(_("最多还能延长 %(most)d 个工作日。") % {"most": self.most})
        return days


class HoldForm(StepForm):
    reason = words_field(_("原因"), _("请写明为什么暂停，对方会看到。"))
    expected_on = forms.DateField(
        label=_("预计恢复日期"),
        widget=DateInput,
        help_text=_("到这一天会提醒责任单位和党务办公室。企业自己等的时间照常计算。"),
        error_messages={
            "required": _("请填写预计恢复日期。"),
            "invalid": _("请填写正确的日期。"),
        },
    )

    def clean_expected_on(self):
        expected_on = self.cleaned_data["expected_on"]
        if expected_on <= timezone.localdate():
            raise forms.ValidationError(_("预计恢复日期应晚于今天。"))
        return expected_on


class OfferForm(StepForm):
    text = words_field(
        _("解决情况"),
        _("请写明解决情况。"),
        max_length=3000,
        rows=5,
        help_text=_("做了什么、结果如何。提出单位看后确认并评价。"),
    )
    public_summary = words_field(
        _("可公开的办法"),
        "",
        rows=2,
        help_text=_("以后有类似需求时，其他单位会看到这一段，请勿写单位名称。"),
    )


class ConfirmForm(StepForm):
    """Who is not content is asked once more whether it is solved at all."""

    rating = forms.TypedChoiceField(
        label=_("满意程度"),
        coerce=int,
        choices=Solution.Rating.choices,
        widget=forms.RadioSelect,
        error_messages={
            "required": _("请从五档中选择一档。"),
            "invalid_choice": _("请从五档中选择一档。"),
        },
    )
    comment = words_field(_("评价意见"), "", rows=2)
    despite = forms.BooleanField(label=_("问题已解决，但对过程不满意"), required=False)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        low = {str(rating) for rating in Solution.Rating.values if rating < CONTENT}
        if not (self.is_bound and self.data.get("rating") in low):
            del self.fields["despite"]

    def clean(self):
        given = super().clean()
        if given.get("rating", CONTENT) >= CONTENT:
            return given
        if not given.get("despite"):
            self.add_error(
                "despite",
                _("您选择了不满意。如果问题没有解决，请改为退回；如果已经解决，请勾选这一项。"),
            )
        if not given.get("comment", "").strip():
            self.add_error("comment", _("请说明哪里不满意。"))
        return given

    def get_layout(self):
        rest = [name for name in ("despite", "comment", "once") if name in self.fields]
        return Layout(Div(Field("rating"), css_class="choices choices-pairs"), *rest)

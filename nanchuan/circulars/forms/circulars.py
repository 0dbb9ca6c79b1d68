from datetime import UTC, datetime

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from members.models import Organization, Post, Unit
from nanchuan.circulars.actions.circulars import CHANGEABLE
from nanchuan.circulars.models import Circular, Numbering, Question, Target
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import MomentInput, RowsField, ScopedForm, ScopedModelForm
from nanchuan.kernel.templatetags.ui import moment
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field

MOST_YEARS = 5  # ahead


class DueField(forms.DateTimeField):
    """A moment that lies ahead."""

    widget = MomentInput
    default_error_messages = {"invalid": _("请填写真实存在的日期和时间。")}

    def clean(self, value):
        moment = super().clean(value)
        if moment and moment <= timezone.now():
            raise ValidationError(_("这个时间已经过去。请填写今后的时间。"))
        if moment and moment.year > timezone.now().year + MOST_YEARS:
            raise ValidationError(_("这个时间太远。请核对年份。"))
        return moment


class CircularForm(DocumentsFormMixin, ConflictMixin, ScopedModelForm):
    """What goes out; to whom and with which questions is chosen after."""

    due_at = DueField(
        label=_("截止时间"),
        required=False,
        help_text=_("截止前 3 个和 1 个工作日自动提醒未办的，逾期再提醒一次。"),
    )
    files = documents_field()
    templates = documents_field(
        label=_("填报模板"), help_text=_("要求下载、填好再交回的表格，可以一次选几个。")
    )

    class Meta:
        model = Circular
        fields = list(CHANGEABLE)
        widgets = {
            "kind": forms.RadioSelect,
            "title": forms.TextInput({"autocomplete": "off"}),
            "text": forms.Textarea({"rows": 10}),
        }
        error_messages = {"title": {"required": _("请填写标题。")}}

    field_order = ["kind", "title", "text", "files", "needs_receipt", "needs_submission"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = Circular.Kind.choices

    def clean_needs_submission(self):
        is_collection = self.cleaned_data.get("kind") == Circular.Kind.COLLECTION
        return is_collection or self.cleaned_data["needs_submission"]

    def clean(self):
        given = super().clean()
        lacks_due = not given.get("due_at") and "due_at" not in self.errors
        if given.get("needs_submission") and lacks_due:
            self.add_error("due_at", _("需要报送的通知请填写截止时间。"))
        return given

    def _token(self, name, value):
        if isinstance(value, datetime):
            value = value.astimezone(UTC)
        return super()._token(name, value)

    def _words(self, name, value):
        if isinstance(value, bool):
            return gettext("是") if value else gettext("否")
        return super()._words(name, moment(value) if isinstance(value, datetime) else value)

    def facts(self) -> dict:
        given = self.cleaned_data
        uploaded = {name: given.get(name) or () for name in ("files", "templates")}
        return {name: given[name] for name in CHANGEABLE} | uploaded


class QuestionForm(ScopedModelForm):
    class Meta:
        model = Question
        fields = ["text", "kind", "choices", "source", "is_required"]
        widgets = {
            "text": forms.TextInput({"autocomplete": "off"}),
            "choices": forms.Textarea({"rows": 4}),
        }
        error_messages = {"text": {"required": _("请写明要填报什么。")}}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        empty = [("", _("不自动填入"))]
        self.fields["source"].choices = empty + list(Question.Source.choices)
        self.fields["kind"].choices = Question.Kind.choices

    def clean(self):
        given = super().clean()
        kind = given.get("kind")
        options = Question(choices=given.get("choices") or "").options
        if kind == Question.Kind.CHOICE and len(options) < 2:  # noqa: PLR2004
            self.add_error("choices", _("请至少填写两个不同的选项，每行一个。"))
        if kind not in (Question.Kind.TEXT, Question.Kind.NUMBER) and given.get("source"):
            self.add_error("source", _("只有文字和数字可以自动填入。"))
        return given

    def facts(self) -> dict:
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return given if given["kind"] == Question.Kind.CHOICE else given | {"choices": ""}


def _boxes(label, rows, words=None, **kwargs):
    widget = forms.CheckboxSelectMultiple({"data-filter-list": words or _("输入名称筛选")})
    return RowsField(rows, label=label, required=False, widget=widget, **kwargs)


class ReceiversForm(ScopedForm):
    """Whom it goes to: any of these, together; who is meant twice gets it once."""

    park = forms.BooleanField(label=_("全园区党组织"), required=False)
    alliance = forms.BooleanField(label=_("联盟全体成员单位"), required=False)
    subtrees = _boxes(_("党组织及其全部下级"), Organization.objects.none())
    organizations = _boxes(_("单个党组织"), Organization.objects.none())
    groups = _boxes(_("联盟小组的成员单位"), Group.objects.none())
    posts = _boxes(
        _("任某职务的同志"),
        Post.objects.none(),
        help_text=_("发给有人任此职务的党组织，由任职的同志或书记办理。"),
    )
    units = _boxes(_("单个单位"), Unit.objects.none())

    ROWS = {
        "subtrees": (Target.Kind.SUBTREE, "organization"),
        "organizations": (Target.Kind.ORGANIZATION, "organization"),
        "groups": (Target.Kind.GROUP, "group"),
        "posts": (Target.Kind.POST, "post"),
        "units": (Target.Kind.UNIT, "unit"),
    }

    def __init__(self, *args, chosen=(), **kwargs):
        super().__init__(*args, **kwargs)
        counted = Organization.objects.counted()
        offered = {
            "subtrees": counted.filter(numchild__gt=0),
            "organizations": counted,
            "groups": Group.objects.current(),
            "posts": Post.objects.all(),
            "units": Unit.objects.order_by("kind", "name"),
        }
        for name, rows in offered.items():
            self.fields[name].queryset = rows
        self._know(chosen)

    def _know(self, targets):
        chosen: dict[str, list] = {}
        for target in targets:
            chosen.setdefault(target.kind, []).append(target)
        for name, (kind, column) in self.ROWS.items():
            self.initial[name] = [getattr(each, f"{column}_id") for each in chosen.get(kind, ())]
        self.initial["park"] = Target.Kind.PARK in chosen
        self.initial["alliance"] = Target.Kind.ALLIANCE in chosen

    def targets(self) -> list[Target]:
        """Rows that are not stored yet."""
        given = self.cleaned_data
        rows = [Target(kind=kind) for kind in ("park", "alliance") if given.get(kind)]
        for name, (kind, column) in self.ROWS.items():
            rows += [Target(kind=kind, **{column: row}) for row in given.get(name) or ()]
        return rows

    def clean(self):
        given = super().clean()
        if not self.errors and not self.targets():
            raise ValidationError(_("请至少选择一项。"))
        return given


class NumberingForm(ScopedModelForm):
    class Meta:
        model = Numbering
        fields = ["pattern"]


class NothingForm(ScopedForm):
    """A page that only asks whether one is sure."""


class ReasonForm(ScopedForm):
    reason = forms.CharField(
        label=_("原因"),
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("请写明原因，收到的同志会看到。")},
    )


class UntilForm(ScopedForm):
    until = DueField(label=_("延期至"), error_messages={"required": _("请填写延期至何时。")})


class AskForTimeForm(UntilForm):
    reason = forms.CharField(
        label=_("延期原因"),
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
        error_messages={"required": _("请写明为什么需要延期。")},
    )

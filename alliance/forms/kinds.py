"""What staff type about a kind of meeting: its numbers, its invitation, its agenda, its
reminders."""

from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from alliance.actions.agenda import MOST
from alliance.forms.regulations import NOT_LONGER
from alliance.models import MeetingKind, Regulation
from alliance.models.kinds import LONGEST_OFFSET
from alliance.models.settings import Text
from alliance.naming import DAY, HOUR, split
from alliance.timeline import Rules
from members.models import Unit
from nanchuan.kernel.conflicts import ConflictMixin
from nanchuan.kernel.forms import HelperMixin, ScopedModelForm

MOST_OFFSETS = 10
UNITS = [(DAY, _("天")), (HOUR, _("小时")), (1, _("分钟"))]
DAYS = [name for name in MeetingKind.OWN if name != "quorum_percent"]


class RowForm(HelperMixin, forms.Form):
    """A line of a list; an empty one says nothing."""

    columns: dict = {}

    def get_layout(self):
        columns = [Div(name, css_class=css) for name, css in self.columns.items()]
        marks = ["DELETE"] if "DELETE" in self.fields else []
        return Layout(Div(*columns, css_class="row"), *marks)


class OffsetForm(RowForm):
    """How long before the meeting to remind, as people say it."""

    columns = {"number": "col-6", "unit": "col-6"}
    number = forms.IntegerField(label=_("提前"), required=False, min_value=1, max_value=86400)
    unit = forms.TypedChoiceField(label=_("单位"), choices=UNITS, coerce=int, initial=DAY)

    def clean(self):
        given = super().clean()
        number, unit = given.get("number"), given.get("unit")
        if number and unit and number * unit > LONGEST_OFFSET:
            self.add_error("number", _("最多提前 60 天。"))
        return given

    def minutes(self) -> int | None:
        number = self.cleaned_data.get("number")
        return number and number * self.cleaned_data["unit"]


class KindItemForm(RowForm):
    columns = {"title": "col-8", "minutes": "col-4"}
    title = forms.CharField(label=_("议题"), max_length=200, required=False)
    minutes = forms.IntegerField(label=_("分钟"), required=False, min_value=1, max_value=720)

    def clean(self):
        given = super().clean()
        if given.get("minutes") and not given.get("title") and "title" not in self.errors:
            self.add_error("title", _("请写明议题，不再需要的请勾选删除。"))
        return given


class Rows(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("删除这一行")

    def kept(self) -> list:
        return [form for form in self.forms if form not in self.deleted_forms]


def _rows(form, most, extra):
    return forms.formset_factory(
        form,
        formset=Rows,
        extra=extra,
        max_num=most,
        absolute_max=most * 2,
        validate_max=True,
        can_delete=True,
        can_delete_extra=False,
    )


OffsetRows = _rows(OffsetForm, MOST_OFFSETS, 1)
KindItemRows = _rows(KindItemForm, MOST, 2)


class KindForm(ConflictMixin, ScopedModelForm):
    """A kind of meeting with `offsets` and `items`, which are formsets of their own."""

    invited_kinds = forms.MultipleChoiceField(
        label=_("邀请哪些单位"),
        choices=Unit.Kind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选择一类单位。")},
    )

    class Meta:
        model = MeetingKind
        fields = [
            "name",
            "duration",
            "order",
            "is_active",
            *MeetingKind.OWN,
            "invited_kinds",
            "invites_alliance",
            "follows_up",
            "minutes_prefix",
        ]
        error_messages = {
            "name": {"required": _("请填写名称。"), "unique": _("已有这个名称的会议类型。")}
        }
        help_texts = {
            "duration": _("新会议的结束时间按它推算。"),
            "is_active": _("停用后不再供新会议选择，已有的会议照常办理。"),
            "order": _("数字小的排在前面。排在最前的启用类型，是每次轮值要召开的会议。"),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if "invited_kinds" in self.watched:
            self.watched.remove("invited_kinds")  # a list; the last who saves decides
        self.system = Regulation.objects.of(Text.MEETINGS) or Regulation()
        for code in MeetingKind.OWN:
            self.fields[code].widget.attrs["placeholder"] = gettext("按制度：%(value)s") % {
                "value": self.system.value(code)
            }
        kind, data = self.instance, self.data if self.is_bound else None
        spans = [split(minutes) for minutes in sorted(kind.reminder_offsets, reverse=True)]
        offsets = [{"number": number, "unit": unit} for number, unit in spans]
        self.offsets = OffsetRows(data, initial=None if data else offsets, prefix="offsets")
        items = list(kind.items.values("title", "minutes")) if kind.pk else []
        self.items = KindItemRows(data, initial=None if data else items, prefix="items")

    def clean(self):
        given = super().clean()
        if not self.offsets.is_valid():
            self.add_error(None, _("会前提醒中有需要修改的地方，见表单下方。"))
        if not self.items.is_valid():
            self.add_error(None, _("议程模板中有需要修改的地方，见表单下方。"))
        self._check_order(given)
        return given

    def _check_order(self, given):
        """Whether the numbers fit, its own and those of the system."""
        own = {code: given.get(code) for code in MeetingKind.OWN}
        rules = Rules(MeetingKind(**own), self.system)
        for one, other in NOT_LONGER:
            if one in own and other in own and rules.value(one) > rules.value(other):
                at = one if own[one] is not None else other
                self.add_error(
                    at,
                    _("“%(one)s”（%(mine)d）不能大于“%(other)s”（%(limit)d）。")
                    % {
                        "one": self.fields[one].label,
                        "mine": rules.value(one),
                        "other": self.fields[other].label,
                        "limit": rules.value(other),
                    },
                )

    def written(self) -> tuple[MeetingKind, list]:
        """The kind as it would be kept, and the lines of its agenda."""
        kind = self.instance
        for name in self.Meta.fields:
            setattr(kind, name, self.cleaned_data[name])
        typed = {form.minutes() for form in self.offsets.kept()}
        kind.reminder_offsets = sorted(filter(None, typed), reverse=True)
        rows = [form.cleaned_data for form in self.items.kept()]
        items = [(row["title"], row.get("minutes")) for row in rows if row.get("title")]
        return kind, items

    def get_layout(self):
        rest = [name for name in self.fields if name.startswith("keep_")]
        return Layout(
            *rest,
            "name",
            Div("duration", "order", "minutes_prefix", css_class="form-pairs"),
            "is_active",
            Fieldset(
                _("时间安排和法定人数"),
                Div(*DAYS, "quorum_percent", css_class="form-pairs"),
            ),
            Fieldset(_("默认邀请"), "invited_kinds", "invites_alliance"),
            Fieldset(_("议程"), "follows_up"),
            "seen",
            "once",
        )

import django_filters
from crispy_forms.layout import Div, Fieldset, Layout
from django import forms
from django.core import signing
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alliance import articles
from alliance.actions.regulations import DUTY_FIELDS, duty_facts, parts
from alliance.models import DutyItem, Regulation, SignOff
from alliance.models.settings import Setting, Text, settings_of
from nanchuan.kernel import events
from nanchuan.kernel.forms import DateInput, HelperMixin, ScopedForm
from nanchuan.kernel.uploads import DocumentsFormMixin, documents_field

MOST_DUTIES = 40
SPARE_ROWS = 3  # empty duties to fill in
MOST_LETTERS = 60_000
PREFIX = "setting_"
PARTS = {
    "title": gettext_lazy("名称"),
    "text": gettext_lazy("正文"),
    "settings": gettext_lazy("设定"),
    "duties": gettext_lazy("轮值职责"),
    "change_note": gettext_lazy("修订说明"),
}
# Days of which the first cannot be more than the second.
NOT_LONGER = (
    ("solve_days", "longest_days"),
    ("assist_days", "longest_days"),
    ("complex_days", "longest_days"),
    ("invite_days", "topics_days"),
    ("report_days", "invite_days"),
    ("minutes_days", "minutes_last_days"),
)


def setting_field(setting: Setting) -> forms.Field:
    """The field of a decision, with its limits and its default in words."""
    default = _("默认：%(default)s。") % {"default": setting.words(setting.default)}
    words = {"label": setting.label, "help_text": default, "initial": setting.default}
    if setting.several:
        return forms.MultipleChoiceField(
            choices=setting.choices, widget=forms.CheckboxSelectMultiple, **words
        )
    if setting.choices:
        kind = type(setting.default)
        return forms.TypedChoiceField(choices=setting.choices, coerce=kind, **words)
    limits = {"least": setting.least, "most": setting.most}
    between = _("请填 %(least)d 到 %(most)d 之间的整数。") % limits
    words["label"] = _("%(label)s（%(unit)s）") % {"label": setting.label, "unit": setting.unit}
    words["help_text"] = default + _("可填 %(least)d—%(most)d。") % limits
    return forms.IntegerField(
        min_value=setting.least,
        max_value=setting.most,
        error_messages=dict.fromkeys(("min_value", "max_value", "invalid"), between),
        **words,
    )


class DraftForm(ScopedForm):
    """A draft on one page: its name, its text, the decisions of that text, why it was changed.

    Remembers, signed, what its reader saw: of two who edit it at once the second is told what
    the first changed, keeps what was typed, and saves again to let it stand.
    """

    title = forms.CharField(label=gettext_lazy("名称"), max_length=100)
    text = forms.CharField(
        label=gettext_lazy("正文"),
        max_length=MOST_LETTERS,
        widget=forms.Textarea({"rows": 24, "class": "regulation-text"}),
        help_text=gettext_lazy(
            "以“第几章”“第几条”开头的行，是一章或一条的开始，其余的行属于上一条。"
            "可以直接从 Word 粘贴。"
        ),
    )
    change_note = forms.CharField(
        label=gettext_lazy("修订说明"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("改了什么、为什么改，各单位签字前会看到。"),
    )
    seen = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args, regulation: Regulation, **kwargs):
        self.regulation, self.theirs = regulation, []
        super().__init__(*args, **kwargs)
        for setting in settings_of(regulation.text):
            field = self.fields[PREFIX + setting.code] = setting_field(setting)
            field.initial = regulation.value(setting.code)
        self.fields["title"].initial = regulation.title
        self.fields["text"].initial = articles.write(articles.of(regulation))
        self.fields["change_note"].initial = regulation.change_note
        self.now = parts(regulation)
        self.fields["seen"].initial = self._signed(self.now)

    @property
    def helper(self):
        helper = super().helper
        helper.render_hidden_fields = True
        return helper

    def get_layout(self):
        codes = [PREFIX + setting.code for setting in settings_of(self.regulation.text)]
        return Layout(
            "title",
            "text",
            Fieldset(_("设定"), Div(*codes, css_class="form-pairs")),
            "change_note",
        )

    def clean_text(self):
        text = self.cleaned_data["text"]
        long = [part.label for part in articles.parse(text) if len(part.body) > MOST_LETTERS // 3]
        if long:
            raise forms.ValidationError(
                _("%(label)s太长了，请分成几条。") % {"label": long[0] or _("开头的文字")}
            )
        return text

    def clean(self):
        given = super().clean()
        for one, other in NOT_LONGER:
            mine, limit = given.get(PREFIX + one), given.get(PREFIX + other)
            if mine is not None and limit is not None and mine > limit:
                self.add_error(
                    PREFIX + one,
                    _("不能大于“%(label)s”。") % {"label": self.fields[PREFIX + other].label},
                )
        self._look_for_others()
        return given

    def _look_for_others(self):
        """What somebody else saved since this page was opened."""
        seen = self._remembered()
        self.theirs = [str(PARTS[name]) for name in self.now if seen.get(name) != self.now[name]]
        if not self.theirs:
            return
        last = events.history(self.regulation).first()
        self.add_error(
            None,
            _(
                "%(who)s刚改过这份草案的%(parts)s，这次没有保存。您填的内容还在下面，"
                "对方保存的内容在最下面。核对以后再保存一次，就以您填的为准。"
            )
            % {
                "who": last.by_label if last and last.by_label else _("别人"),
                "parts": _("、").join(self.theirs),
            },
        )
        self.data = self.data.copy()
        self.data[self.add_prefix("seen")] = self._signed(self.now)

    def _remembered(self) -> dict:
        try:
            return signing.loads(self.cleaned_data.get("seen", ""), salt=self._salt())
        except signing.BadSignature:
            return {}

    def _signed(self, what) -> str:
        return signing.dumps(what, salt=self._salt())

    def _salt(self) -> str:
        return f"regulation:{self.regulation.pk}"

    def facts(self) -> dict:
        """What the action needs, beside the duties."""
        given = self.cleaned_data
        codes = [setting.code for setting in settings_of(self.regulation.text)]
        return {name: given[name] for name in ("title", "text", "change_note")} | {
            "settings": {code: given[PREFIX + code] for code in codes}
        }


class DutyItemForm(forms.ModelForm):
    class Meta:
        model = DutyItem
        fields = DUTY_FIELDS
        labels = {"anchor": gettext_lazy("从何时起算")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["title"].widget.attrs["placeholder"] = _("职责名称")
        self.fields["days"].validators.append(_not_beyond_a_year)
        for field in self.fields.values():
            field.widget.attrs["class"] = (
                "form-select" if isinstance(field, forms.ChoiceField) else "form-control"
            )


def _not_beyond_a_year(days):
    if days > 366:  # noqa: PLR2004
        raise forms.ValidationError(_("请填 0 到 366 之间的整数。"))


class DutyRows(forms.BaseFormSet):
    """The duties of the rota system: a row without a title is no duty."""

    def clean(self):
        titles = [row["title"] for row in self.rows()]
        if len(set(titles)) < len(titles):
            raise forms.ValidationError(_("有两项职责同名，请改用不同的名称。"))

    def rows(self) -> list[dict]:
        """What was typed, in its order, without the rows that were taken out."""
        given = [form.cleaned_data for form in self.forms if form.is_valid()]
        return [
            {name: row[name] for name in DUTY_FIELDS}
            for row in given
            if row.get("title") and not row.get("DELETE")
        ]


_DutyFormSet = forms.formset_factory(
    DutyItemForm,
    formset=DutyRows,
    extra=SPARE_ROWS,
    max_num=MOST_DUTIES,
    absolute_max=MOST_DUTIES,
    validate_max=True,
    can_delete=True,
    can_delete_extra=False,
)


def duty_rows(regulation: Regulation, data=None) -> DutyRows | None:
    """The formset of the rota system's duties; the other texts have none."""
    if regulation.text != Text.ROTA:
        return None
    rows = [duty_facts(item) for item in regulation.duty_items.all()]
    return _DutyFormSet(data, initial=rows, prefix="duties")


class AdoptForm(ScopedForm):
    starts_on = forms.DateField(label=gettext_lazy("施行日期"), widget=DateInput)
    adopted_how = forms.CharField(
        label=gettext_lazy("通过方式"),
        max_length=200,
        help_text=gettext_lazy("例如：某年某月某日联席会议审议通过。"),
    )


class WithdrawForm(ScopedForm):
    reason = forms.CharField(
        label=gettext_lazy("作废原因"), max_length=200, widget=forms.Textarea({"rows": 3})
    )


class FilesForm(DocumentsFormMixin, ScopedForm):
    files = documents_field(required=True)


class SignForm(HelperMixin, forms.Form):
    """Signed by name, for the unit."""

    name = forms.CharField(label=gettext_lazy("签字人"), max_length=50)
    for_unit = forms.BooleanField(
        error_messages={"required": gettext_lazy("请勾选，确认是代表单位签字。")}
    )

    def __init__(self, *args, sign_off: SignOff, name: str = "", **kwargs):
        super().__init__(*args, prefix=f"sign-{sign_off.pk}", **kwargs)
        self.fields["name"].initial = name
        self.fields["for_unit"].label = _("我代表%(unit)s签字，拥护并遵守《%(title)s》。") % {
            "unit": sign_off.unit_name,
            "title": sign_off.regulation.title,
        }


class SignOffFilter(django_filters.FilterSet):
    """Signed, read only, missing, late."""

    q = django_filters.CharFilter(
        label=gettext_lazy("单位"), field_name="unit_name", lookup_expr="contains", max_length=100
    )
    state = django_filters.ChoiceFilter(
        label=gettext_lazy("签字情况"),
        empty_label=gettext_lazy("全部签字情况"),
        choices=[
            ("signed", gettext_lazy("已签字")),
            ("missing", gettext_lazy("未签字")),
            ("read", gettext_lazy("已阅读未签字")),
            ("late", gettext_lazy("逾期未签字")),
            ("left", gettext_lazy("已退出联盟，不再要求")),
        ],
        method="in_state",
    )

    class Meta:
        model = SignOff
        fields = ["q", "state"]

    def in_state(self, rows, name, state):
        seated = Q(signed_at=None, is_seated=True)
        found = {
            "signed": ~Q(signed_at=None),
            "missing": seated,
            "read": seated & ~Q(read_at=None),
            "late": seated & Q(due_on__lt=timezone.localdate()),
            "left": Q(signed_at=None, is_seated=False),
        }
        return rows.filter(found[state])

import django_filters as filters
from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from members.models import Unit
from nanchuan.kernel import roles
from nanchuan.kernel.forms import HelperMixin
from services.actions.rights import office, units_to_accept
from services.models import Need, Solution


class StepForm(HelperMixin, forms.Form):
    """What is typed with a step of a need. `verb` keeps the ids of several forms apart."""

    def __init__(self, *args, need, user, verb, **kwargs):
        self.need, self.user = need, user
        super().__init__(*args, auto_id=f"id_{verb}_%s", **kwargs)


class ReasonForm(StepForm):
    reason = forms.CharField(
        label=_("原因"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写明原因，对方会看到。")},
    )


class OfferForm(StepForm):
    text = forms.CharField(
        label=_("解决情况"),
        max_length=3000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("做了什么、结果如何。提出单位看后确认并评价。"),
        error_messages={"required": _("请写明解决情况。")},
    )


class ConfirmForm(StepForm):
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
    comment = forms.CharField(
        label=_("评价意见"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def get_layout(self):
        return Layout(Div(Field("rating"), css_class="choices choices-column"), "comment")


class AcceptForm(StepForm):
    """Which unit takes it: hidden when a person speaks for one only."""

    unit = forms.ModelChoiceField(
        Unit.objects.none(),
        label=_("接单单位"),
        empty_label=_("请选择单位"),
        error_messages={
            "required": _("请选择接单单位。"),
            "invalid_choice": _("该单位不能接这条需求，请重新选择。"),
        },
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        units = units_to_accept(self.user, self.need)
        self.fields["unit"].queryset = units
        if office(self.user):
            return
        found = list(units[:2])
        if len(found) == 1:
            self.initial["unit"] = found[0].pk
            self.fields["unit"].widget = forms.HiddenInput()


class NeedFilter(filters.FilterSet):
    """Narrows what the reader sees already; `figure` shows the rows of a headline figure."""

    FIGURES = (
        ("collected", _("征集需求")),
        ("matched", _("对接项目")),
        ("solved", _("解决问题")),
        ("auto_solved", _("到期自动确认")),
    )
    MINE = (
        ("todo", _("等我办理")),
        ("filed", _("本单位提出")),
        ("owed", _("本单位负责")),
        ("takeable", _("可以接单")),
    )

    q = filters.CharFilter(label=_("编号或标题"), method="by_words", max_length=60)
    status = filters.ChoiceFilter(label=_("状态"), choices=Need.Status.choices)
    category = filters.ChoiceFilter(label=_("类别"), choices=Need.Category.choices)
    group = filters.ModelChoiceFilter(
        label=_("小组"),
        queryset=lambda request: Group.objects.visible_to(request.user),
        method="by_group",
    )
    open = filters.ChoiceFilter(
        label=_("办理情况"), choices=[("1", _("尚未办结"))], method="by_open"
    )
    mine = filters.ChoiceFilter(label=_("与我有关"), choices=MINE, method="by_part")
    figure = filters.ChoiceFilter(label=_("统计口径"), choices=FIGURES, method="by_figure")

    class Meta:
        model = Need
        fields = []

    def by_words(self, rows, name, value):
        return rows.searched(value, self.request.user)

    def by_group(self, rows, name, group):
        return rows.of_group(group, self.request.user)

    def by_open(self, rows, name, value):
        return rows.open()

    def by_part(self, rows, name, value):
        user = self.request.user
        own = roles.places(user, roles.UNIT)
        return {
            "todo": lambda: rows.awaiting(user),
            "filed": lambda: rows.filter(unit__in=own),
            "owed": lambda: rows.filter(accepted_by__in=own),
            "takeable": lambda: rows.takeable_by(user),
        }[value]()

    def by_figure(self, rows, name, value):
        return getattr(rows, value)()  # one of FIGURES, each a question of the queryset

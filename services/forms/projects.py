from itertools import groupby

from django import forms
from django.utils.translation import gettext_lazy as _

from nanchuan.kernel.forms import RowsField, ScopedForm
from services.models import Booking, Need, Resource


class MatchForm(ScopedForm):
    """A need joined to resources: chosen from those free today, or a new one of the unit."""

    name = forms.CharField(
        label=_("项目名称"),
        max_length=80,
        help_text=_("提供资源的单位也会看到项目名称。"),
        error_messages={"required": _("请填写项目名称。")},
    )
    resources = RowsField(
        Resource.objects.select_related("unit"),
        label=_("投入的资源"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": _("所选资源目前不可用，请重新选择。")},
    )
    new_category = forms.ChoiceField(
        label=_("新增资源的类别"),
        required=False,
        choices=[("", _("不新增")), *Resource.Category.choices],
    )
    new_title = forms.CharField(
        label=_("新增资源的名称"),
        required=False,
        max_length=60,
        help_text=_("名单里没有合适的，可在这里登记一项责任单位的资源。"),
    )

    def __init__(self, *args, need, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial.setdefault("name", self._default_name(need))
        self.has_some = need.bookings.filter(status=Booking.Status.AGREED).exists()
        field = self.fields["resources"]
        field.queryset = field.queryset.available().order_by("category", "unit", "pk")
        words = dict(Resource.Category.choices)
        field.choices = [
            (words[category], [(row.pk, f"{row.title} · {row.unit}") for row in rows])
            for category, rows in groupby(field.queryset, key=lambda row: row.category)
        ]

    @staticmethod
    def _default_name(need) -> str:
        """What the whole alliance may read of it: giving units see the name."""
        if need.audience == Need.Audience.ALLIANCE and need.public_title:
            return need.public_title
        return _("%(category)s需求对接") % {"category": need.get_category_display()}

    def clean(self):
        cleaned = super().clean()
        category, title = cleaned.get("new_category"), cleaned.get("new_title")
        if category and not title and "new_title" not in self.errors:
            self.add_error("new_title", _("请填写新增资源的名称。"))
        if title and not category and "new_category" not in self.errors:
            self.add_error("new_category", _("请选择新增资源的类别。"))
        chosen = cleaned.get("resources") or title or category or self.has_some
        if not chosen and "resources" not in self.errors:
            self.add_error("resources", _("请至少选择一项资源，或登记一项新的。"))
        return cleaned

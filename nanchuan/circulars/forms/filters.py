import django_filters
from django import forms
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from nanchuan.circulars.models import Addressee, Circular, Extension
from nanchuan.circulars.models.addressees import RUNNING
from nanchuan.kernel import roles

FIRST_YEAR, LAST_YEAR = 2000, 2999
OPEN, LATE, MINE = "open", "late", "mine"
Status = Addressee.Status


class YearField(forms.IntegerField):
    def __init__(self, **kwargs):
        words = {name: _("请填写四位年份。") for name in ("invalid", "min_value", "max_value")}
        facts = {"min_value": FIRST_YEAR, "max_value": LAST_YEAR, "error_messages": words}
        super().__init__(**facts | kwargs)


class YearFilter(django_filters.Filter):
    field_class = YearField


class CircularFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("标题、正文或字号"), method="search", max_length=100)
    kind = django_filters.ChoiceFilter(label=_("类别"), choices=Circular.Kind.choices)
    status = django_filters.ChoiceFilter(label=_("状态"), choices=Circular.Status.choices)
    year = YearFilter(label=_("年份"), field_name="year")
    only = django_filters.ChoiceFilter(
        label=_("办理"),
        choices=[(OPEN, _("还有未办的")), (LATE, _("已经逾期")), (MINE, _("我的"))],
        method="narrow",
    )

    def search(self, rows, name, value):
        return rows.search(value)

    def narrow(self, rows, name, value):
        """For the office of all to whom it went, for others of their own."""
        user = self.request.user
        mine = Addressee.objects.filter(circular=OuterRef("pk"))
        if not roles.has_role(user, *roles.WHOLE_PARK):
            mine = mine.editable_by(user)
        elif value == MINE:
            return rows.filter(by=user)
        asked = {OPEN: mine.owing, LATE: mine.late, MINE: mine.all}
        return rows.filter(Exists(asked[value]()))


class AddresseeFilterSet(django_filters.FilterSet):
    q = django_filters.CharFilter(
        label=_("名称"), field_name="name", lookup_expr="contains", max_length=100
    )
    state = django_filters.ChoiceFilter(
        label=_("办理情况"),
        choices=[
            ("missing", _("未办")),
            ("late", _("逾期")),
            ("unread", _("未读")),
            ("unconfirmed", _("未确认")),
            ("submitted", _("待审核")),
            ("returned", _("已退回")),
            ("accepted", _("已通过")),
            ("asking", _("申请延期")),
        ],
        method="narrow",
    )

    def narrow(self, rows, name, value):
        if value == "missing":
            return rows.owing()
        if value == "late":
            return rows.late()
        asked = Extension.objects.filter(status=Extension.Status.ASKED)
        return rows.filter(
            {
                "unread": RUNNING & Q(read_at=None),
                "unconfirmed": RUNNING & Q(confirmed_at=None),
                "asking": Q(pk__in=asked.values("addressee")),
            }.get(value)
            or Q(status=value)
        )

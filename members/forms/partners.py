"""With whom an activity was held (联合开展)."""

from django import forms
from django.utils.translation import gettext_lazy as _

from members.models import Organization
from nanchuan.kernel.forms import RowsField

MOST_LISTED = 500


class PartnersField(RowsField):
    """Other organizations that held it together with this one."""

    def __init__(self, **kwargs):
        super().__init__(
            Organization.objects.none(),
            required=False,
            widget=forms.SelectMultiple({"data-search-select": ""}),
            error_messages={"invalid_choice": _("所选党组织已经撤销，请重新选择。")},
            **kwargs,
        )

    def offer(self, organization):
        """The rows that a user sees and those that may be asked are different questions."""
        rows = Organization.objects.counted().exclude(pk=organization.pk)
        self.queryset = rows.only("name", "short_name", "path", "depth")
        listed = rows.values_list("pk", "name")[:MOST_LISTED]
        self.choices = lambda: listed

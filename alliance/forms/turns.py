from django import forms
from django.utils.translation import gettext_lazy as _

from alliance.models import Group
from nanchuan.kernel.forms import ScopedForm


class PlanForm(ScopedForm):
    """How many quarters of which group; the page shows the proposal before it is saved."""

    group = forms.ModelChoiceField(Group.objects.all(), label=_("联盟小组"), empty_label=None)
    turns = forms.IntegerField(label=_("排定几个季度"), min_value=1, max_value=12, initial=4)

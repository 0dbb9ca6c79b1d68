"""How much each kind of members pays, with sources and versions."""

from decimal import Decimal

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.generic import FormView, ListView

from members.actions import dues_rates as actions
from members.forms.dues import RateForm
from members.models import DuesRate
from nanchuan.kernel.fields import CENT
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.views import ScopedMixin, get_editable_or_deny

MOST_SAMPLES = 12


class RateList(ScopedMixin, ListView):
    """Each kind with the version of today and those before and after."""

    queryset = DuesRate.objects.order_by("-starts_on")
    template_name = "members/duesrate_list.html"

    def get_context_data(self, **kwargs):
        today, groups = timezone.localdate(), []
        for kind in DuesRate.Kind:
            rows = [row for row in self.object_list if row.kind == kind]
            if rows:
                now = next((row for row in rows if row.is_current(today)), rows[-1])
                others = [row for row in rows if row is not now]
                groups.append({"now": now, "others": others, "newest": rows[0]})
        return super().get_context_data(groups=groups, **kwargs)


class RateRevise(PreviewMixin, FormView):
    """A new version from a month on; the page says what it changes before it is kept.

    It is shown on invented bases: what a change does to real people would tell theirs.
    """

    form_class = RateForm
    template_name = "members/duesrate_revise.html"
    success_message = gettext_lazy("“%(object)s”已有新的一版标准。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rate = get_editable_or_deny(DuesRate.objects.all(), request.user, pk=kwargs["pk"])
        self.rate = actions.latest(rate)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"rate": self.rate}

    def get_initial(self):
        names = ("title", "article", "note")
        next_month = months_after(timezone.localdate().replace(day=1), 1)
        return {name: getattr(self.rate, name) for name in names} | {"starts_on": next_month}

    def get_context_data(self, **kwargs):
        return super().get_context_data(rate=self.rate, cancel_url=self.get_success_url(), **kwargs)

    def get_success_url(self):
        return reverse("members:duesrate-list")

    def preview(self, form):
        on, facts = form.cleaned_data["starts_on"].replace(day=1), form.facts()
        actions.check_revision(self.rate, starts_on=on, **facts)
        made = DuesRate(kind=self.rate.kind, **facts)
        number = actions.touched(self.rate, on).count()
        return [
            _("自 %(day)s 起，“%(rate)s”按新的一版核定，依据%(source)s。")
            % {"day": on, "rate": self.rate, "source": made.citation},
            *_samples(self.rate, made),
            _("从那个月起未交的 %(number)d 份将重新核定；已交的不变。") % {"number": number},
        ]

    def act(self, form):
        on = form.cleaned_data["starts_on"].replace(day=1)
        return actions.revise(self.rate, starts_on=on, by=self.request.user, **form.facts())


def _samples(before: DuesRate, after: DuesRate):
    """What changes at the ends of the steps of both versions."""
    if before.kind == DuesRate.Kind.FIXED:
        words = {"before": before.owed(None), "after": after.owed(None)}
        yield _("每月由 %(before)s 元改为 %(after)s 元。") % words
        return
    ends = {Decimal(most) for most, _percent in (*before.steps, *after.steps) if most}
    bases = sorted({Decimal(2000), *ends, *(end + CENT for end in ends)})[:MOST_SAMPLES]
    for base in bases:
        words = {"base": base, "before": before.owed(base), "after": after.owed(base)}
        if words["before"] != words["after"]:
            yield _("基数 %(base)s 元：每月由 %(before)s 元改为 %(after)s 元。") % words

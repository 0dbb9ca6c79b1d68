"""The rules of duties with their versions, and exemptions from them."""

from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import FormView, ListView

from members.actions import duties as actions
from members.checkup.changes import changes
from members.checkup.periods import by_code
from members.forms.duties import DutyRuleForm, ExemptionForm
from members.models import ActivityKind, DutyRule, Exemption, Organization
from nanchuan.kernel.periods import months_after
from nanchuan.kernel.previews import PreviewMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import FormActionMixin, ScopedMixin, get_editable_or_deny

MOST_NAMED = 8


class DutyRuleList(ScopedMixin, ListView):
    """Each duty with the version of today, its source, and the versions before and after."""

    queryset = DutyRule.objects.all()
    template_name = "members/dutyrule_list.html"

    def get_context_data(self, **kwargs):
        today = timezone.localdate()
        names = dict(ActivityKind.objects.values_list("code", "name"))
        groups = []
        for versions in by_code(self.object_list).values():
            rows = versions[::-1]
            now = next((row for row in rows if row.is_current(today)), rows[0])
            groups.append(
                {
                    "now": now,
                    "activities": now.activity_words(names),
                    "others": [row for row in rows if row is not now],
                    "newest": rows[0],
                }
            )
        return super().get_context_data(groups=groups, today=today, **kwargs)


class DutyRulePage(PreviewMixin, FormView):
    """What would be asked for; the page says which cells it changes before it is kept."""

    form_class = DutyRuleForm
    rule = None  # the version until now

    def get_context_data(self, **kwargs):
        return super().get_context_data(rule=self.rule, cancel_url=self.get_success_url(), **kwargs)

    def get_success_url(self):
        return reverse("members:dutyrule-list")

    def flips(self, made):
        """How many cells of which organizations would read otherwise."""
        found = changes(self.rule, made)
        if not found:
            yield _("到今天为止，没有党组织的体检结果会改变。")
            return
        number = sum(len(each) for each in found.values())
        yield _("到今天为止，%(places)d 个党组织的 %(cells)d 个月份会改变：") % {
            "places": len(found),
            "cells": number,
        }
        for organization, lines in list(found.items())[:MOST_NAMED]:
            yield _("%(organization)s：%(lines)s") % {
                "organization": organization,
                "lines": _("、").join(lines[:MOST_NAMED]) + ("…" if lines[MOST_NAMED:] else ""),
            }
        if (rest := len(found) - MOST_NAMED) > 0:
            yield _("另有 %(number)d 个党组织。") % {"number": rest}


class DutyRuleCreate(DutyRulePage):
    """Something that was not asked for until now."""

    template_name = "members/dutyrule_create.html"
    success_message = gettext_lazy("已新增任务“%(object)s”。")

    def get_initial(self):
        return {"starts_on": months_after(timezone.localdate().replace(day=1), 1), "times": 1}

    def get_form(self, form_class=None):
        form = super().get_form(form_class)
        form.fields["times"].help_text = ""  # 0 ends a duty
        return form

    def preview(self, form):
        made = actions.begun(starts_on=form.cleaned_data["starts_on"], **form.facts())
        words = {"day": made.starts_on, "rule": made, "asks": made.asks, "source": made.citation}
        yield _("自 %(day)s 起新增任务“%(rule)s”：%(asks)s，依据%(source)s。") % words
        owing = Organization.objects.current().filter(kind__in=made.kinds).count()
        words = {"kinds": _("、").join(made.kind_words), "number": owing}
        yield _("适用于%(kinds)s，现有 %(number)d 个党组织。") % words
        if made.period_of(made.starts_on)[0] != made.starts_on:
            yield _("这一天在一期的中间，所以从下一期起要求。")
        yield from self.flips(made)

    def act(self, form):
        on = form.cleaned_data["starts_on"]
        return actions.begin(starts_on=on, by=self.request.user, **form.facts())


class DutyRuleRevise(DutyRulePage):
    """A new version from a day on; with `?end=1` the form begins as one that ends the duty."""

    template_name = "members/dutyrule_revise.html"
    success_message = gettext_lazy("“%(object)s”已有新的一版。")

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rule = get_editable_or_deny(DutyRule.objects.all(), request.user, pk=kwargs["pk"])
        self.rule = actions.latest(rule)

    def get_initial(self):
        facts = {name: getattr(self.rule, name) for name in DutyRuleForm.FACTS}
        return facts | {"times": 0} if "end" in self.request.GET else facts

    def preview(self, form):
        made = actions.revised(self.rule, starts_on=form.cleaned_data["starts_on"], **form.facts())
        words = {"day": made.starts_on, "rule": self.rule, "source": made.citation}
        words |= {"before": self.rule.asks, "after": made.asks}
        yield _("自 %(day)s 起，“%(rule)s”由“%(before)s”改为“%(after)s”，依据%(source)s。") % words
        yield _("在这一天以前开始的各期，仍按当时的一版判断；以前的版本都会保留。")
        yield from self.flips(made)

    def act(self, form):
        on = form.cleaned_data["starts_on"]
        return actions.revise(self.rule, starts_on=on, by=self.request.user, **form.facts())


class CheckupExempt(FormActionMixin, FormView):
    """An organization need not do a duty for a while."""

    form_class = ExemptionForm
    template_name = "members/exemption_form.html"
    success_message = gettext_lazy("已登记豁免。到期后体检会照常要求。")

    def dispatch(self, request, *args, **kwargs):
        self.organization = get_editable_or_deny(
            Organization.objects.all(), request.user, pk=kwargs["pk"]
        )
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"kind": self.organization.kind}

    def get_initial(self):
        return {"code": self.request.GET.get("duty", "")}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            organization=self.organization, cancel_url=self.get_success_url(), **kwargs
        )

    def get_success_url(self):
        return reverse("members:checkup-detail", args=[self.organization.pk])

    def act(self, form):
        return actions.exempt(self.organization, by=self.request.user, **form.facts())


@require_POST
def exemption_end(request, pk):
    exemption = get_editable_or_deny(Exemption.objects.all(), request.user, pk=pk)
    try:
        actions.end_exemption(exemption, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("豁免已经结束。"))
    return redirect("members:checkup-detail", exemption.organization_id)

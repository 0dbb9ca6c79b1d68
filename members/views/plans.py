from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, FormView, TemplateView, UpdateView

from members import planning, thismonth
from members.actions import plans as actions
from members.forms.plans import DropForm, PlanChoice, PlannedForm, ProposeForm, years
from members.models import Organization, PlannedActivity
from nanchuan.kernel import roles
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import (
    FormActionMixin,
    PartialMixin,
    get_editable_or_deny,
    take_step,
)


class PlanYear(TemplateView):
    """The plan of a year, month after month, with what became of each line (工作计划)."""

    template_name = "members/plan_list.html"

    def get_context_data(self, **kwargs):
        user, today = self.request.user, timezone.localdate()
        choice = PlanChoice(self.request.GET, user=user)
        choice.is_valid()
        organization = choice.cleaned_data.get("organization") or usual(user)
        year = choice.cleaned_data.get("year") or today.year
        context = {"organization": organization, "year": year, "today": today}
        if organization:
            leads = context["may_edit"] = organization.may_be_led_by(user)
            months = planning.months(organization, year, today, drafts=leads)
            filled = [month for month in months if month.lines or month.besides]
            context["ahead"] = [month for month in filled if month.first >= today.replace(day=1)]
            context["behind"] = [month for month in filled if month.first < today.replace(day=1)]
            context["planned"] = sum(len(month.lines) for month in months)
            context["done"] = sum(line.status == "done" for month in months for line in month.lines)
        shown = PlanChoice(
            {"organization": organization.pk if organization else "", "year": year}, user=user
        )
        context["choice"] = shown
        return super().get_context_data(**context, **kwargs)


class MonthThings(PartialMixin, TemplateView):
    """本月三件事, the first thing on a secretary's first page."""

    template_name = "members/month_things.html"
    partial_template_name = "members/_month_things.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(things=thismonth.things(self.request.user), **kwargs)


def usual(user) -> Organization | None:
    """The organization that a person leads, or else belongs to; the first branch for the office."""
    rows = Organization.objects.current()
    if own := rows.editable_by(user).filter(path__in=roles.places(user, roles.SECRETARY)).first():
        return own
    seen = rows.visible_to(user)
    return seen.branches().first() or seen.first()


class OfOrganizationMixin(FormActionMixin):
    """Forms about the plan of an organization, which lead back to its year."""

    organization: Organization

    def dispatch(self, request, *args, **kwargs):
        rows = Organization.objects.current()
        self.organization = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        url = plan_url(self.organization, timezone.localdate().year)
        kwargs = {"cancel_url": url} | kwargs
        return super().get_context_data(organization=self.organization, **kwargs)


class PlanPropose(OfOrganizationMixin, FormView):
    """The plan of a year is filled from the duties (从应开展的活动生成)."""

    form_class = ProposeForm
    template_name = "members/plan_propose.html"

    def dispatch(self, request, *args, **kwargs):
        self.year = kwargs["year"]
        if self.year not in years():
            raise Http404
        return super().dispatch(request, *args, **kwargs)

    def get_context_data(self, **kwargs):
        return super().get_context_data(year=self.year, cancel_url=self.get_success_url(), **kwargs)

    def act(self, form):
        day = form.cleaned_data["day"]
        made = actions.propose(self.organization, self.year, day=day, by=self.request.user)
        words = _("已按应开展的活动补充 %(number)d 项计划，可以逐项改期。") % {"number": made}
        messages.success(self.request, words if made else _("计划已经齐全，没有需要补充的。"))
        return self.organization

    def get_success_url(self):
        return plan_url(self.organization, self.year)


class PlannedCreate(OfOrganizationMixin, CreateView):
    model = PlannedActivity
    form_class = PlannedForm
    template_name = "members/plan_form.html"
    success_message = gettext_lazy("已列入计划：%(object)s。")

    def act(self, form):
        return actions.add(self.organization, by=self.request.user, **form.facts())


class OfLineMixin(FormActionMixin):
    """Forms about one line, whose first tap may have taken it further already."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = PlannedActivity.objects.select_related("organization", "kind")
        self.planned = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            planned=self.planned,
            organization=self.planned.organization,
            cancel_url=self.planned.get_absolute_url(),
            **kwargs,
        )


class PlannedEdit(EditActionMixin, OfLineMixin, UpdateView):
    model = PlannedActivity
    form_class = PlannedForm
    template_name = "members/plan_form.html"
    success_message = gettext_lazy("已更改计划：%(object)s。")

    def get_object(self, queryset=None):
        """As it stands now, after the lock; the form writes on its own copy."""
        return PlannedActivity.objects.select_related("organization", "kind").get(
            pk=self.planned.pk
        )

    def act(self, form):
        return actions.change(self.planned, by=self.request.user, **form.facts())


class PlannedDrop(OfLineMixin, FormView):
    form_class = DropForm
    template_name = "members/plan_drop.html"
    success_message = gettext_lazy("“%(object)s”不再开展，随时可以恢复。")

    def act(self, form):
        actions.drop(self.planned, reason=form.cleaned_data["reason"], by=self.request.user)
        return self.planned


@require_POST
def planned_restore(request, pk):
    rows = PlannedActivity.objects.select_related("organization")
    planned = get_editable_or_deny(rows, request.user, pk=pk)
    return take_step(request, actions.restore, planned, done=_("已恢复为计划开展。"))


@require_POST
def planned_hold(request, pk):
    """按计划已开展: one tap to a record that is filled in, one more to hand it in."""
    rows = PlannedActivity.objects.select_related("organization")
    planned = get_editable_or_deny(rows, request.user, pk=pk)
    try:
        draft = actions.hold(planned, by=request.user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(planned)
    if draft.is_standing:
        return redirect(draft)
    messages.success(request, _("已按计划填好草稿。核对时间、到会人员和内容后提交。"))
    return redirect("members:activity-edit", pk=draft.pk)


def plan_url(organization, year) -> str:
    return f"{reverse('members:plan-list')}?organization={organization.pk}&year={year}"

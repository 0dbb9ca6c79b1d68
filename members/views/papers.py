from datetime import date

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from members import papers
from members.models import Organization
from nanchuan.kernel import roles
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import paper_response


class PaperLinkMixin:
    """The page of an organization that offers its overview, on the day that it shows."""

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        if _may_take(self.request.user, self.object):
            address = reverse("members:organization-paper", args=[self.object.pk])
            then = context.get("then")
            context["paper_url"] = f"{address}?on={then}" if then else address
        return context


def organization_paper(request, pk):
    """The overview of an organization as Word, on the day of `?on=` or today.

    For those who see all of its members: the park, and who leads it.
    """
    user = request.user
    organization = get_object_or_404(Organization.objects.visible_to(user), pk=pk)
    if not _may_take(user, organization):
        raise PermissionDenied
    try:
        sheet = papers.overview(organization, on=_day(request, organization), by=user)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect(organization)
    return paper_response(sheet, subject=organization, by=user, paper=papers.OVERVIEW)


def _may_take(user, organization):
    return roles.has_role(user, *roles.WHOLE_PARK) or organization.may_be_led_by(user)


def _day(request, organization):
    """The day asked for. Raises StepRefused for one on which the organization was not."""
    today = timezone.localdate()
    last = min(today, organization.ends_on or today)
    try:
        on = date.fromisoformat(request.GET.get("on") or last.isoformat())
    except ValueError:
        raise StepRefused(_("请按“2026-11-23”的样子填写日期。")) from None
    if on > today or not organization.is_current(on):
        raise StepRefused(
            _("%(name)s在 %(day)s 没有记录。请选择它存续期间、不晚于今天的日期。")
            % {"name": organization, "day": on}
        )
    return on

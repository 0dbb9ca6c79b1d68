from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.generic import FormView, TemplateView

from members import activity_papers, handbook, yearly
from members.actions import year_words as actions
from members.forms.year_words import YearForm, YearWordsForm
from members.models import Activity, ActivityKind, Organization, YearWords
from nanchuan.kernel import roles
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.views import paper_response


def _organization(user, pk):
    """For those who see all of its members: the park, and who leads it."""
    found = get_object_or_404(Organization.objects.visible_to(user), pk=pk)
    if not may_take(user, found):
        raise PermissionDenied
    if not yearly.years(found):
        raise Http404
    return found


def may_take(user, organization) -> bool:
    return roles.has_role(user, *roles.WHOLE_PARK) or organization.may_be_led_by(user)


def _year(request, organization) -> int:
    return YearForm(request.GET, years=yearly.years(organization)).chosen


class OrganizationYear(TemplateView):
    """A year of an organization: its figures, the secretary's words, and the handbook to take."""

    template_name = "members/organization_year.html"

    def get_context_data(self, **kwargs):
        organization = _organization(self.request.user, self.kwargs["pk"])
        form = YearForm(self.request.GET, years=yearly.years(organization))
        year = form.chosen
        figures = yearly.figures(organization, year)
        leads = any(
            organization.path.startswith(path)
            for path in roles.places(self.request.user, roles.SECRETARY)
        )
        return super().get_context_data(
            organization=organization,
            form=form,
            year=year,
            figures=figures,
            lines=handbook.figure_lines(figures),
            words=YearWords.objects.filter(organization=organization, year=year).first(),
            may_write=leads,
            **kwargs,
        )


def organization_handbook(request, pk):
    """The handbook of a year as Word."""
    organization = _organization(request.user, pk)
    sheet = handbook.handbook(organization, _year(request, organization), by=request.user)
    return paper_response(sheet, subject=organization, by=request.user, paper=handbook.HANDBOOK)


class OrganizationWords(EditActionMixin, FormView):
    """The secretary sums up a year; the organization is locked, since there may be no words yet."""

    model = Organization
    form_class = YearWordsForm
    template_name = "members/organization_words.html"
    success_message = _("年度总结已保存，会写进支部工作手册。")

    def dispatch(self, request, *args, **kwargs):
        self.organization = _organization(request.user, kwargs["pk"])
        if not self.organization.may_be_led_by(request.user):
            raise PermissionDenied
        self.year = _year(request, self.organization)
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        words = YearWords.objects.select_related("written_by")
        words = words.filter(organization=self.organization, year=self.year).first()
        return super().get_form_kwargs() | {"instance": words}

    def act(self, form):
        text = form.cleaned_data["text"]
        return actions.write(self.organization, self.year, text, by=self.request.user)

    def get_success_url(self):
        address = reverse("members:organization-year", args=[self.organization.pk])
        return f"{address}?year={self.year}"

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            organization=self.organization,
            year=self.year,
            cancel_url=self.get_success_url(),
            **kwargs,
        )


def activity_record(request, pk):
    """The record of an activity as Word, for who keeps it and for the park."""
    activity = _activity(request.user, pk)
    sheet = activity_papers.record(activity, by=request.user)
    return paper_response(sheet, subject=activity, by=request.user, paper=activity_papers.RECORD)


def activity_sheet(request, pk):
    """The sheet to sign in on, also of a draft."""
    activity = _activity(request.user, pk)
    sheet = activity_papers.sign_in_sheet(activity, by=request.user)
    return paper_response(sheet, subject=activity, by=request.user, paper=activity_papers.SHEET)


def _activity(user, pk):
    rows = Activity.objects.visible_to(user).exclude(kind__in=ActivityKind.objects.private())
    found = get_object_or_404(activity_papers.dressed(rows, user), pk=pk)
    if not may_take(user, found.organization):
        raise PermissionDenied
    return found

from django.db.models import Q
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.generic import DetailView

from members import overview
from members.forms.days import DayForm
from members.models import Organization, PartyMember, Tree
from members.policies import PEOPLE
from members.views.committees import committee_box
from members.views.papers import PaperLinkMixin
from nanchuan.kernel import events, roles
from nanchuan.kernel.panels import panels

MOST_PEOPLE = 60


class OrganizationDetail(PaperLinkMixin, DetailView):
    """One organization as it stood on a day: its place, officers, members, and what it did."""

    template_name = "members/organization_detail.html"
    context_object_name = "organization"

    def get_object(self, queryset=None):
        self.form, self.today = DayForm(self.request.GET), timezone.localdate()
        self.on, pk = self.form.day, self.kwargs["pk"]
        found = self._stood(pk) if self.on != self.today else None
        if found is None:
            self.on, found = self.today, self._stands(pk)
        return found

    def _stands(self, pk):
        """As the tree says today."""
        rows = overview.dressed(Organization.objects.all(), pk, self.request.user, self.today)
        near = list(rows.around(pk, self.request.user))
        found = next((row for row in near if row.pk == pk and row.is_seen), None)
        if found is None:
            raise Http404
        self.superiors = [row for row in near if row.depth < found.depth]
        self.children = [row for row in near if row.depth > found.depth and row.is_current()]
        if self.form.is_valid() and self.form.cleaned_data["on"] not in (None, self.today):
            self.form.add_error("on", _was_not(found))
        return found

    def _stood(self, pk):
        """As the dated rows say of another day; None for one on which it was not."""
        user = self.request.user
        rows = overview.dressed(Organization.objects.all(), pk, user, self.on)
        seen = Organization.objects.visible_to(user).order_by().values("pk")
        tree = Tree.of(self.on, rows.annotate(is_seen=Q(pk__in=seen)))
        found = tree.rows.get(pk)
        if found is None or not found.is_seen:
            return None
        self.superiors, self.children = tree.superiors(pk), tree.children(pk)
        return found

    def get_context_data(self, **kwargs):
        user, organization, is_today = self.request.user, self.object, self.on == self.today
        sees_people = roles.has_role(user, *PEOPLE)
        context = {
            "day_form": self.form,
            "then": None if is_today else self.on,
            "superiors": self.superiors,
            "children": self.children,
            "superior": self.superiors[-1] if self.superiors else None,
            "committee_box": self._committee_box(),
            "changes": overview.changes(organization),
            "concerns": overview.concerns(organization, self.on),
            "sees_people": sees_people,
            "panels": panels("organization", organization, user, self.on),
            "may_log": is_today and organization.is_current() and organization.may_be_led_by(user),
            "may_change": is_today and organization.ends_on is None,
        }
        if sees_people:
            people = PartyMember.objects.visible_to(user).of_organization(organization, self.on)
            context["people"] = people[:MOST_PEOPLE]
        if is_today:
            context["history"] = events.history(organization)[:50]
        return super().get_context_data(**context, **kwargs)

    def _committee_box(self):
        box = committee_box(
            self.object,
            self.request.user,
            committee=overview.committee(self.object),
            steps=overview.notice_steps(self.object),
            on=self.on,
        )
        if box:
            box["may_record"] &= self.on == self.today
        return box


def _was_not(organization) -> str:
    if organization.ends_on:
        return _("它从 %(first)s 存续到 %(last)s。请填写其间的日期。") % {
            "first": organization.starts_on,
            "last": organization.ends_on,
        }
    return _("它成立于 %(day)s。请填写这一天或以后的日期。") % {"day": organization.starts_on}

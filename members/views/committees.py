from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, FormView, ListView, UpdateView

from members import radar
from members.actions import committees as actions
from members.forms.committees import (
    CommitteeEditForm,
    ElectionForm,
    ExtensionForm,
    RadarFilterSet,
    states,
)
from members.models import CommitteeTerm, Organization, Rule
from members.timeline import Timeline
from members.views.terms import OfOrganizationMixin
from nanchuan.kernel import roles
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
)
from nanchuan.notices.plans import plan_of

ROWS = CommitteeTerm.objects.select_related("organization")
MOST_ROWS = 200  # of the picture


class RadarMixin(FilteredMixin, ScopedMixin):
    """Organizations with the day on which their committee is over, worst first."""

    filterset_class = RadarFilterSet

    def get_queryset(self):
        self.queryset = radar.worst_first(radar.with_over(Organization.objects.counted()))
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        notice = Rule.objects.of(Rule.Code.ELECTION_NOTICE)
        return super().get_context_data(notice=notice, **kwargs)


@register(
    "members:committee-list",
    order=50,
    holds=_("每个党组织一行：届次、选举和届满日期、延期、离届满还有多久。"),
)
class CommitteeList(ExportedMixin, DressedMixin, RadarMixin, ListView):
    """Who is over, and who will be soon (换届雷达)."""

    template_name = "members/committee_list.html"
    partial_template_name = "members/_committee_table.html"
    paginate_by = 50
    export_name = _("换届届期台账")
    on_paper = True

    def dress(self, rows):
        return radar.with_committee(radar.with_over(rows))

    def get_context_data(self, **kwargs):
        context = super().get_context_data(counts=self._counts(), **kwargs)
        rows = list(context["object_list"])
        for row in rows:
            row.signal = radar.signal(row.committee_over, self.filter.steps)
        return context | {"object_list": rows}

    def _counts(self):
        """How many organizations are in each state, as the other filters leave them."""
        asked = self.request.GET.copy()
        asked.pop("state", None)
        rows = radar.with_over(Organization.objects.counted()).visible_to(self.request.user)
        steps = self.filter.steps
        asked = RadarFilterSet(asked, queryset=rows, request=self.request, steps=steps)
        columns = {
            f"state_{state}": Count("pk", filter=Q(radar.state_filter(state, steps)))
            for state, _words in states(steps)
        }
        numbers = asked.qs.order_by().aggregate(**columns)
        return [(state, words, numbers[f"state_{state}"]) for state, words in states(steps)]

    def export_columns(self):
        steps = self.filter.steps
        return [
            Column(_("党组织"), lambda row: row.name, 40),
            Column(_("类别"), lambda row: row.get_kind_display()),
            Column(_("届次"), lambda row: row.committee_number, 8),
            Column(_("选举日期"), lambda row: row.committee_elected_on),
            Column(_("届满日期"), lambda row: row.committee_due_on),
            Column(_("延期至"), lambda row: row.committee_extended_to),
            Column(_("换届"), lambda row: radar.signal(row.committee_over, steps).words),
        ]


class CommitteePicture(RadarMixin, ListView):
    """All terms on one time line: a picture, and the same as a table."""

    template_name = "members/committee_picture.html"
    partial_template_name = "members/_committee_picture.html"
    paginate_by = MOST_ROWS

    def get_context_data(self, **kwargs):
        context = super().get_context_data(**kwargs)
        organizations = sorted(context["object_list"], key=lambda row: row.path)
        committees = ROWS.filter(organization__in=organizations).order_by(
            "organization__path", "starts_on"
        )
        committees = list(committees)
        timeline = Timeline(organizations, committees, timezone.localdate())
        return context | {"timeline": timeline, "committees": committees}


class CommitteeDetail(HistoryMixin, ScopedMixin, DetailView):
    """One committee: its days, its officers, what was decided about it."""

    queryset = ROWS
    template_name = "members/committee_detail.html"
    context_object_name = "committee"

    def get_context_data(self, **kwargs):
        committee = self.object
        officers = committee.organization.terms.overlapping(committee.starts_on, committee.ends_on)
        officers = officers.filter(post__elected=True).select_related("post", "member")
        serves = committee.ends_on is None
        years, notice, bound = radar.rules_on(
            committee.due_on,
            radar.years_code(committee.organization),
            Rule.Code.ELECTION_NOTICE,
            Rule.Code.EXTENSION_MOST,
        ).values()
        context = {
            "officers": officers.order_by("post__order", "starts_on"),
            "signal": radar.signal(committee.over_on, radar.notice_steps()) if serves else None,
            "serves": serves,
            "years": years,
            "notice": notice,
            "bound": bound,
        }
        if committee.is_editable and roles.has_role(self.request.user, roles.STAFF):
            context["plan"] = plan_of(committee)
        return super().get_context_data(**context, **kwargs)


class CommitteeCreate(OfOrganizationMixin, FormActionMixin, FormView):
    """An election with its officers, in one act."""

    form_class = ElectionForm
    template_name = "members/committee_form.html"
    success_message = _("已登记：%(object)s。")
    choose_title = _("登记换届")

    def list_url(self):
        return reverse("members:committee-list")

    def get_initial(self):
        return {"elected_on": timezone.localdate()}

    def act(self, form):
        return actions.elect(self.organization, by=self.request.user, **form.facts())


class CommitteeExtend(FormActionMixin, FormView):
    """The superior agreed that the committee serves longer."""

    form_class = ExtensionForm
    template_name = "members/committee_extend.html"
    success_message = _("已登记延期：%(object)s。")

    def dispatch(self, request, *args, **kwargs):
        self.committee = get_editable_or_deny(ROWS, request.user, pk=kwargs["pk"])
        return super().dispatch(request, *args, **kwargs)

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"committee": self.committee}

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            committee=self.committee, cancel_url=self.committee.get_absolute_url(), **kwargs
        )

    def act(self, form):
        given = form.cleaned_data
        actions.extend(
            self.committee,
            to=given["to"],
            reason=given["reason"],
            document=given["document"],
            by=self.request.user,
        )
        return self.committee


class CommitteeEdit(EditActionMixin, UpdateView):
    """What was recorded of a committee is put right."""

    model = CommitteeTerm
    form_class = CommitteeEditForm
    template_name = "members/committee_edit.html"
    context_object_name = "committee"
    success_message = _("已更正：%(object)s。")

    def get_object(self, queryset=None):
        return get_editable_or_deny(ROWS, self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.object.get_absolute_url(), **kwargs)

    def act(self, form):
        committee = ROWS.get(pk=form.instance.pk)  # the form has written on its own copy
        actions.correct(committee, by=self.request.user, **form.facts())
        return committee


def committee_box(organization, user, *, committee, steps, on) -> dict | None:
    """What `members/_committee_box.html` shows on an organization's page; a 党小组 has none.

    `committee` is the one of a day, `steps` are the months of notice, as the page knows them.
    """
    if organization.kind == Organization.Kind.PARTY_GROUP:
        return None
    signal = radar.signal(committee.over_on if committee else None, steps, on)
    return {
        "committee": committee,
        "signal": signal,
        "may_record": roles.has_role(user, roles.STAFF) and organization.is_current(),
        "is_near": signal.status != "done",
        "next": gettext("登记换届") if committee else gettext("登记届次"),
    }

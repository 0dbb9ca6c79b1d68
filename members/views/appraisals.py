"""The list of appraisals and the page of one: what is to be done, what may be seen."""

from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView

from members import appraisal_papers as papers
from members.actions import appraisals as actions
from members.forms.appraisals import AppraisalFilterSet
from members.models import Appraisal
from members.models.ballots import FEWEST_BALLOTS
from nanchuan.kernel import events, exporting
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    ScopedMixin,
    file_response,
    paper_response,
)

Status = Appraisal.Status
ROAD = (
    Status.SELF,
    Status.PEERS,
    Status.ORGANIZATION,
    Status.CONFIRMING,
    Status.CONFIRMED,
    Status.RELEASED,
    Status.CLOSED,
)


@register(
    "members:appraisal-list",
    order=75,
    holds=_("每次民主评议一行：党组织、年度、办到哪一步、多少人自评和互评；不含等次。"),
)
class AppraisalList(ExportedMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = Appraisal.objects.newest()
    filterset_class = AppraisalFilterSet
    template_name = "members/appraisal_list.html"
    partial_template_name = "members/_appraisal_table.html"
    export_name = _("民主评议台账")

    def dress(self, rows):
        return rows.select_related("organization").with_numbers()

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row.organization.name, 36),
            Column(_("年度"), lambda row: row.year, 8),
            Column(_("状态"), lambda row: row.get_status_display(), 12),
            Column(_("名单日期"), lambda row: row.as_of, 12),
            Column(_("参加人数"), lambda row: row.taking_part, 10),
            Column(_("已自评"), lambda row: row.handed_in, 10),
            Column(_("应互评"), lambda row: row.to_vote, 10),
            Column(_("公布时间"), lambda row: row.released_at, 18),
        ]


class AppraisalDetail(ScopedMixin, DetailView):
    """One page for everybody who takes part: the own step first, then what the reader may see."""

    queryset = Appraisal.objects.select_related("organization").with_numbers()
    template_name = "members/appraisal_detail.html"
    context_object_name = "appraisal"

    def get_context_data(self, **kwargs):
        appraisal, user = self.object, self.request.user
        sight = appraisal.sight_of(user)
        own = appraisal.appraisees.filter(member__user=user).select_related("member").first()
        people = people_for(appraisal, sight)
        context = {
            "sight": sight,
            "own": own,
            "votes_next": own and own.is_graded and not own.has_voted,
            "owes": _owes(appraisal, own),
            "road": _road(appraisal),
            "fewest": FEWEST_BALLOTS,
            "people": people,
            "shows_grades": appraisal.shows_grades_to(sight),
            "has_notes": any(row.excused or not row.is_graded for row in people),
            "counts": papers.counts_for(appraisal, sight),
            "rule": actions.limit(appraisal),
        }
        if sight.leads:
            context["history"] = events.latest(appraisal)
            context["too_few"] = appraisal.way == "portal" and appraisal.to_vote <= FEWEST_BALLOTS
        if sight.grades:
            context["excess"] = actions.excess(appraisal)
            context["all_graded"] = all(row.grade for row in people if row.is_graded)
        return super().get_context_data(**context, **kwargs)


def _owes(appraisal, own) -> bool:
    """Whether the next step is the reader's own: then it is the one red button."""
    if own is None or own.excused:
        return False
    if appraisal.status == Status.SELF:
        return own.handed_in_on is None
    votes = appraisal.status == Status.PEERS and appraisal.way == Appraisal.Way.PORTAL
    return votes and own.is_graded and not own.has_voted


def people_for(appraisal, sight) -> list:
    """Who is on the list, for those who may see it: without anybody's words or grades unless they
    may be seen too."""
    if not sight.reads:
        return []
    rows = appraisal.appraisees.select_related("member").in_order()
    rows = rows.defer("own_text", "member__id_number", "member__phone")
    return list(rows if appraisal.shows_grades_to(sight) else rows.defer("own_text", "comment"))


def _road(appraisal) -> list[tuple]:
    """(step, done | now | ahead, until when)."""
    days = {
        Status.SELF: appraisal.self_until,
        Status.PEERS: appraisal.peers_until,
        Status.ORGANIZATION: appraisal.organization_until,
    }
    if appraisal.status not in ROAD:
        return []
    here = ROAD.index(appraisal.status)
    words = {True: "is-done", False: "is-to-come"}
    return [
        (each.label, "is-now" if place == here else words[place < here], days.get(each))
        for place, each in enumerate(ROAD)
    ]


def _found(request, pk):
    """The appraisal and how the reader stands to it; only for those who read its numbers."""
    rows = Appraisal.objects.select_related("organization").visible_to(request.user)
    appraisal = get_object_or_404(rows, pk=pk)
    sight = appraisal.sight_of(request.user)
    if not appraisal.shows_counts_to(sight):
        raise PermissionDenied
    return appraisal, sight


def appraisal_paper(request, pk):
    appraisal, sight = _found(request, pk)
    sheet = papers.summary(appraisal, sight, by=request.user)
    return paper_response(sheet, subject=appraisal, by=request.user, paper=papers.SUMMARY)


def appraisal_sheet(request, pk):
    appraisal, sight = _found(request, pk)
    file, number = papers.summary_sheet(appraisal, sight, by=request.user)
    exporting.record_export(request.user, papers.SUMMARY, number)
    name = f"{papers.SUMMARY}-{timezone.localdate():%Y%m%d}.xlsx"
    return file_response(file, name, exporting.CONTENT_TYPE)

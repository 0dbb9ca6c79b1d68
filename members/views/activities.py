from django.db.models import Value
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import DetailView, ListView

from members import answers
from members.forms.activities import ActivityFilterSet
from members.models import Activity, ActivityFile, ActivityPhoto
from members.views.activity_form import DraftsMixin
from members.views.talks import TalkElsewhereMixin
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.attaching import answer
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.panels import panels
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    HistoryMixin,
    ScopedMixin,
    photo_response,
)


class ActivityList(
    DraftsMixin, ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView
):
    """What branches did, newest first."""

    filterset_class = ActivityFilterSet
    template_name = "members/activity_list.html"
    partial_template_name = "members/_activity_table.html"
    paginator_class = LongPaginator
    export_name = _("组织生活记录")

    queryset = Activity.objects.newest()

    def dress(self, rows):
        rows = rows.select_related("organization", "kind", "host").defer("text")
        return rows.with_attendance().with_partners()

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row.organization.name, 36),
            Column(_("活动类型"), lambda row: row.kind.name),
            Column(_("主题"), lambda row: row.title, 36),
            Column(_("时间"), lambda row: row.starts_at, 18),
            Column(_("地点"), lambda row: row.place, 20),
            Column(_("主持人"), lambda row: str(row.host or ""), 10),
            Column(_("参加人数"), lambda row: row.taking_part, 10),
            Column(_("联合开展"), lambda row: row.partner_count or "", 10),
            Column(_("状态"), lambda row: row.get_status_display(), 10),
            Column(_("补录"), lambda row: row.late_word, 8),
            Column(_("提交时间"), lambda row: row.submitted_at, 18),
            Column(_("核实时间"), lambda row: row.verified_at, 18),
        ]


class ActivityDetail(TalkElsewhereMixin, HistoryMixin, ScopedMixin, DetailView):
    """One activity: what was done and decided, who took part, photos, files, organizations."""

    queryset = Activity.objects.whole()
    template_name = "members/activity_detail.html"
    context_object_name = "activity"

    def get_context_data(self, **kwargs):
        activity, user = self.object, self.request.user
        parts = list(activity.participations.select_related("organization").order_by("-is_host"))
        answered = answers.of(activity, parts, user)
        mine = [part for part in answered if part.is_mine and part.answer == part.Answer.ASKED]
        around = (activity, user, timezone.localdate())
        return super().get_context_data(
            panels_first=panels("activity-first", *around),
            panels=panels("activity", *around),
            parts=answered,
            asked=mine[0] if mine else None,
            decisions=activity.decisions.all(),
            **_attached(activity),
            **_steps(activity, user),
            **kwargs,
        )


def _attached(activity) -> dict[str, list]:
    """Its photos in their order and its files, in one question: as much as the page says."""
    photos = activity.photos.order_by().values_list(Value(True), "order", "pk", "caption")
    files = activity.files.order_by().values_list(Value(False), "size", "pk", "name")
    rows = list(photos.union(files, all=True))
    pictures = sorted((order, pk, words) for is_photo, order, pk, words in rows if is_photo)
    papers = sorted((pk, name, size) for is_photo, size, pk, name in rows if not is_photo)
    return {
        "photos": [ActivityPhoto(pk=pk, caption=words) for _order, pk, words in pictures],
        "files": [ActivityFile(pk=pk, name=name, size=size) for pk, name, size in papers],
    }


def _steps(activity, user) -> dict[str, bool]:
    """What the reader may do next, beside correcting it."""
    status = activity.Status
    may_return = activity.may_become(status.RETURNED) and activity.may_be_verified_by(user)
    return {
        "may_return": may_return,
        "may_verify": may_return and activity.may_become(status.VERIFIED),
        "may_withdraw": activity.may_become(status.WITHDRAWN),
    }


def activity_photo(request, pk):
    return _photo(request, pk, "image")


def activity_thumbnail(request, pk):
    return _photo(request, pk, "thumbnail")


def _photo(request, pk, name):
    """For those who see its activity; 404 for anybody else."""
    seen = Activity.objects.opened_to(request.user)
    photo = get_object_or_404(ActivityPhoto, pk=pk, activity__in=seen)
    return photo_response(getattr(photo, name), f"photo-{pk}.jpg")


def activity_file(request, pk):
    """For those who see its activity; 404 for anybody else."""
    seen = Activity.objects.opened_to(request.user)
    return answer(get_object_or_404(ActivityFile, pk=pk, activity__in=seen))

from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from members.actions import activities as actions
from members.forms.activities import (
    USUAL_KIND,
    ActivityEditForm,
    ActivityFilterSet,
    ActivityForm,
    OrganizationForm,
)
from members.models import Activity, ActivityKind, ActivityPhoto, Organization
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel import roles, uploads
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
    photo_response,
)


class ActivityList(
    ExportedMixin, DressedMixin, SavedViewsMixin, FilteredMixin, ScopedMixin, ListView
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
        return rows.with_attendance()

    def export_columns(self):
        return [
            Column(_("党组织"), lambda row: row.organization.name, 36),
            Column(_("活动类型"), lambda row: row.kind.name),
            Column(_("主题"), lambda row: row.title, 36),
            Column(_("时间"), lambda row: row.starts_at, 18),
            Column(_("地点"), lambda row: row.place, 20),
            Column(_("主持人"), lambda row: row.host.name, 10),
            Column(_("参加人数"), lambda row: row.taking_part, 10),
        ]


class ActivityDetail(HistoryMixin, ScopedMixin, DetailView):
    """One activity with who took part and its photos."""

    queryset = Activity.objects.select_related("organization", "kind", "host", "logged_by")
    template_name = "members/activity_detail.html"
    context_object_name = "activity"

    def get_context_data(self, **kwargs):
        activity = self.object
        return super().get_context_data(
            members=activity.members.only("name", "pinyin"), photos=activity.photos.all(), **kwargs
        )


class ActivityFormMixin(FormActionMixin):
    """Logging and correcting share the form, its organization, and the care for its files."""

    model = Activity
    template_name = "members/activity_form.html"
    organization = None

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()  # reads the request: oversized files are known then
        oversized = getattr(self.request, "oversized_files", ())
        return kwargs | {"organization": self.organization, "oversized": oversized}

    def form_valid(self, form):
        try:
            return super().form_valid(form)
        except BaseException:  # the transaction is gone, so its photos go too
            uploads.discard(form.cleaned_data["photos"])
            raise

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            organization=self.organization,
            photos_dropped=bool(self.request.FILES) and self.request.method == "POST",
            **kwargs,
        )


class ActivityCreate(ActivityFormMixin, CreateView):
    """A secretary writes down an activity in under a minute (记活动).

    What was true last time is filled in: place, host, who took part.
    """

    form_class = ActivityForm
    success_message = _("已记录“%(object)s”。")

    def dispatch(self, request, *args, **kwargs):
        self.organization = self._organization()
        if self.organization is None:
            return self._choose()
        return super().dispatch(request, *args, **kwargs)

    def _organization(self):
        """The one asked for, or the only sensible one."""
        user, asked = self.request.user, self.request.GET.get("organization", "")
        rows = Organization.objects.current()
        if asked:
            if not asked.isdecimal():
                raise Http404
            return get_editable_or_deny(rows, user, pk=asked[:18])
        if roles.has_role(user, roles.STAFF) or "choose" in self.request.GET:
            return None
        return rows.editable_by(user).order_by("depth", "path").first()

    def _choose(self):
        """Without scripts too: first the organization, then the form with its members."""
        form = OrganizationForm(user=self.request.user)
        return render(self.request, "members/activity_choose.html", {"form": form})

    def get_initial(self):
        if self.request.method == "POST":
            return {}
        last = self.organization.activities.newest().first()
        now = timezone.localtime()
        initial = {"starts_at": now.replace(minute=now.minute // 15 * 15, second=0, microsecond=0)}
        if last is None:
            usual = ActivityKind.objects.filter(code=USUAL_KIND)
            return initial | {"kind": usual.values_list("pk", flat=True).first()}
        return initial | {
            "kind": last.kind_id,
            "place": last.place,
            "host": last.host_id,
            "members": list(last.attendances.values_list("member", flat=True)),
        }

    def get_context_data(self, **kwargs):
        user = self.request.user
        several = roles.has_role(user, roles.STAFF) or self.organization.numchild > 0
        return super().get_context_data(
            may_choose=several, cancel_url=reverse("members:activity-list"), **kwargs
        )

    def act(self, form):
        return actions.log(
            self.organization,
            by=self.request.user,
            pictures=form.cleaned_data["photos"],
            **form.facts(),
        )


class ActivityEdit(ActivityFormMixin, UpdateView):
    """What was written down is put right."""

    form_class = ActivityEditForm
    context_object_name = "activity"
    success_message = _("已更正“%(object)s”。")

    def get_object(self, queryset=None):
        rows = Activity.objects.select_related("organization")
        found = get_editable_or_deny(rows, self.request.user, pk=self.kwargs["pk"])
        self.organization = found.organization
        return found

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.object.get_absolute_url(), **kwargs)

    def act(self, form):
        # The form has written on its own copy; the action compares with what is stored.
        activity = Activity.objects.select_related("organization").get(pk=form.instance.pk)
        activity.revision = form.cleaned_data["revision"]
        return actions.change(
            activity,
            by=self.request.user,
            pictures=form.cleaned_data["photos"],
            removed=form.cleaned_data.get("removed", ()),
            **form.facts(),
        )


def activity_photo(request, pk):
    return _photo(request, pk, "image")


def activity_thumbnail(request, pk):
    return _photo(request, pk, "thumbnail")


def _photo(request, pk, name):
    """For those who see its activity; 404 for anybody else."""
    seen = Activity.objects.visible_to(request.user)
    photo = get_object_or_404(ActivityPhoto, pk=pk, activity__in=seen)
    return photo_response(getattr(photo, name), f"photo-{pk}.jpg")

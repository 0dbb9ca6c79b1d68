"""Campaigns (专项行动) and visits (走访): what was brought, what was heard, what came of it."""

from copy import copy
from urllib.parse import urlencode

from django.db.models import F, Prefetch
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST
from django.views.generic import CreateView, DetailView, ListView, UpdateView

from members.models import Unit
from nanchuan.accounts.views.saved import SavedViewsMixin
from nanchuan.kernel.conflicts import EditActionMixin
from nanchuan.kernel.exporting import Column
from nanchuan.kernel.fields import is_number
from nanchuan.kernel.registers import register
from nanchuan.kernel.views import (
    DressedMixin,
    ExportedMixin,
    FilteredMixin,
    FormActionMixin,
    HistoryMixin,
    ScopedMixin,
    get_editable_or_deny,
    take_step,
)
from services.actions import drives as actions
from services.forms.drives import DriveFilter, DriveForm, VisitFilter, VisitForm
from services.models import Drive, Need, Visit


class DriveList(DressedMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = Drive.objects.newest()
    filterset_class = DriveFilter
    partial_template_name = "services/_drive_table.html"

    def dress(self, rows):
        return rows.with_progress(self.request.user)


class DriveDetail(HistoryMixin, ScopedMixin, DetailView):
    """How far a drive is, unit by unit; a unit reads of itself only."""

    def get_queryset(self):
        self.queryset = Drive.objects.with_progress(self.request.user)
        return super().get_queryset()

    def get_context_data(self, **kwargs):
        drive, user = self.object, self.request.user
        visits = list(self._visits())
        visited = {visit.unit_id: visit for visit in reversed(visits)}
        units = drive.units.order_by("kind", "name")
        if not drive.sees_all(user):
            units = units.filter(pk__in=drive.own_units(user))
        lines = [(unit, visited.get(unit.pk)) for unit in units]
        return super().get_context_data(
            visits=visits,
            to_visit=[unit for unit, visit in lines if visit is None],
            lines=lines,
            steps=_steps(drive),
            **kwargs,
        )

    def _visits(self):
        user = self.request.user
        rows = self.object.visits.visible_to(user).newest().select_related("unit", "drive")
        return rows.prefetch_related(_needs_of(user))


def _steps(drive) -> list[dict]:
    """The drive as a funnel: words, a number, and the number that it is part of."""
    steps = [
        (_("走访单位"), drive.visited, drive.planned),
        (_("带回需求"), drive.brought, None),
        (_("企业确认解决"), drive.solved, drive.brought),
    ]
    return [
        {"words": words, "number": number, "of": whole, "percent": _percent(number, whole)}
        for words, number, whole in steps
    ]


def _percent(number, whole) -> int | None:
    return round(100 * number / whole) if whole else None


def _needs_of(user):
    """Only those of the unit that was visited: to its own people they are shown by their titles."""
    rows = Need.objects.visible_to(user).filter(unit=F("visit__unit"))
    rows = rows.select_related("accepted_by").order_by("filed_at", "pk")
    return Prefetch("needs", rows, to_attr="found_needs")


class DriveFormMixin(FormActionMixin):
    model = Drive
    form_class = DriveForm
    template_name = "services/drive_form.html"
    context_object_name = "drive"


class DriveCreate(DriveFormMixin, CreateView):
    success_message = _("已建立“%(object)s”。")

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:drive-list"), **kwargs)

    def act(self, form):
        return actions.start(by=self.request.user, **form.facts())


class OwnRowMixin:
    """The edit page of a row; the form writes on a copy of its own."""

    def setup(self, request, *args, **kwargs):
        super().setup(request, *args, **kwargs)
        rows = self.model.objects.all()
        self.row = get_editable_or_deny(rows, request.user, pk=kwargs["pk"])

    def get_object(self, queryset=None):
        self.row.refresh_from_db()
        return copy(self.row)

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=self.row.get_absolute_url(), **kwargs)


class DriveEdit(OwnRowMixin, DriveFormMixin, EditActionMixin, UpdateView):
    success_message = _("已更新“%(object)s”。")

    def act(self, form):
        actions.change(self.row, by=self.request.user, **form.facts())
        return self.row


@register(
    "services:visit-list",
    order=130,
    holds=_("每次走访一行：单位、人员、送去的政策和服务、了解到的情况、带回的需求。"),
)
class VisitList(ExportedMixin, SavedViewsMixin, DressedMixin, FilteredMixin, ScopedMixin, ListView):
    queryset = Visit.objects.newest()
    filterset_class = VisitFilter
    partial_template_name = "services/_visit_table.html"
    export_name = _("走访台账")
    on_paper = True

    def dress(self, rows):
        return rows.select_related("unit", "drive").with_found(self.request.user)

    def dress_export(self, rows):
        return self.dress(rows).prefetch_related(_needs_of(self.request.user))

    def export_columns(self):
        return [
            Column(_("走访日期"), lambda row: row.on, 12),
            Column(_("走访单位"), lambda row: row.unit.name, 24),
            Column(_("专项行动"), lambda row: str(row.drive or ""), 20),
            Column(_("走访人员"), lambda row: row.visitors, 14),
            Column(_("送去的政策和服务"), lambda row: row.brought, 30),
            Column(_("了解到的情况"), lambda row: row.heard, 40),
            Column(_("带回的需求"), _found_words, 30),
            Column(_("已解决"), lambda row: row.solved, 8),
        ]


def _found_words(visit) -> str:
    return "\n".join(
        f"{need.number} {need.title}（{need.get_status_display()}）"  # data
        for need in visit.found_needs
    )


class VisitDetail(HistoryMixin, ScopedMixin, DetailView):
    def get_queryset(self):
        user = self.request.user
        rows = Visit.objects.select_related("unit", "drive", "recorded_by")
        self.queryset = rows.prefetch_related(_needs_of(user))
        return super().get_queryset()


class VisitFormMixin(FormActionMixin):
    model = Visit
    form_class = VisitForm
    template_name = "services/visit_form.html"
    context_object_name = "visit"

    def get_success_url(self):
        """On to the order of the enterprise, if that is what the person pressed."""
        if "order" in self.request.POST:
            return f"{reverse('services:need-create')}?{urlencode({'visit': self.object.pk})}"
        return super().get_success_url()


class VisitCreate(VisitFormMixin, CreateView):
    success_message = _("已登记走访“%(object)s”。")

    def get_initial(self):
        """`?drive=7&unit=3`: from the page of a drive."""
        asked = {name: self.request.GET.get(name, "") for name in ("drive", "unit")}
        initial = {name: value for name, value in asked.items() if is_number(value)}
        if "unit" in initial:
            units = Unit.objects.visible_to(self.request.user)
            initial["unit"] = get_object_or_404(units, pk=initial["unit"]).pk
        return initial

    def get_context_data(self, **kwargs):
        return super().get_context_data(cancel_url=reverse("services:visit-list"), **kwargs)

    def act(self, form):
        return actions.visit(by=self.request.user, **form.facts())


class VisitEdit(OwnRowMixin, VisitFormMixin, EditActionMixin, UpdateView):
    success_message = _("已更新走访“%(object)s”。")

    def act(self, form):
        actions.correct(self.row, by=self.request.user, **form.facts())
        return self.row


@require_POST
def visit_remove(request, pk):
    visit = get_editable_or_deny(Visit.objects, request.user, pk=pk)
    to = visit.drive or reverse("services:visit-list")
    if visit.needs.exists():
        to = visit
    return take_step(request, actions.remove, visit, done=_("已删除这次走访。"), to=to)

"""A roster comes in: upload, look, put right, confirm; take back."""

from io import BytesIO
from urllib.parse import urlencode

from celery import current_app
from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST
from django.views.generic import DetailView, FormView, ListView

from members.actions import import_work, imports
from members.forms.imports import AcceptForm, ColumnsForm, RowForm, UploadForm
from members.importing.columns import LABELS
from members.importing.files import write_failed, write_template
from members.importing.lines import ERROR
from members.importing.shown import shown_row, tabs
from members.models import Organization
from nanchuan.kernel import exporting
from nanchuan.kernel.importing.models import ImportBatch, ImportRow
from nanchuan.kernel.views import (
    FormActionMixin,
    ScopedMixin,
    file_response,
    get_editable_or_deny,
    take_step,
)
from nanchuan.notices import bell, watch

ROWS_A_PAGE = 50


def detail_url(batch, **query) -> str:
    url = reverse("members:import-detail", args=[batch.pk])
    return f"{url}?{urlencode(query)}" if query else url


def proceed(batch: ImportBatch) -> None:
    """The next step of a short file is done at once, that of a long one by the worker."""
    batch.refresh_from_db()
    if not batch.is_at_work:
        return
    if imports.is_short(batch):
        import_work.work(batch)
    else:
        task = current_app.tasks[import_work.TASK]
        transaction.on_commit(lambda: bell.ring(task))


class ImportList(ScopedMixin, ListView):
    """Files that came in, newest first (导入记录)."""

    queryset = ImportBatch.objects.select_related("by").defer("source", "reading", "notice")
    template_name = "members/import_list.html"
    paginate_by = 25

    def paginate_queryset(self, queryset, page_size):
        page = self.get_paginator(queryset, page_size).get_page(self.request.GET.get("page"))
        return page.paginator, page, page.object_list, page.has_other_pages()


class ImportCreate(FormActionMixin, FormView):
    """A file is chosen (导入名册)."""

    form_class = UploadForm
    template_name = "members/import_form.html"

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()  # reads the request: oversized files are known then
        return kwargs | {"oversized": getattr(self.request, "oversized_files", ())}

    def act(self, form):
        file = form.cleaned_data["file"]
        return imports.upload(file.read(), file.name, by=self.request.user)

    def form_valid(self, form):
        answer = super().form_valid(form)
        if made := getattr(self, "object", None):
            proceed(made)
        return answer

    def get_success_url(self):
        return detail_url(self.object)


class ImportDetail(ScopedMixin, DetailView):
    """Progress, preview or result, whatever the file has come to."""

    queryset = ImportBatch.objects.select_related("by", "asked_by").defer("source")
    template_name = "members/import_detail.html"
    context_object_name = "batch"

    def get_template_names(self):
        if self.request.htmx and not self.request.htmx.boosted:
            part = "_import_progress" if self.object.is_at_work else "_import_rows"
            return [f"members/{part}.html"]
        return [self.template_name]

    def render_to_response(self, context, **kwargs):
        response = super().render_to_response(context, **kwargs)
        if self.request.htmx and "progress" in self.request.GET and not self.object.is_at_work:
            response["HX-Refresh"] = "true"
        return response

    def get_context_data(self, **kwargs):
        batch = self.object
        context = super().get_context_data(**kwargs)
        if batch.is_at_work:
            silent = not batch.lease_until and watch.is_silent(import_work.WORKER)
            return context | {"is_silent": silent, "total": sum(batch.counts.values())}
        return context | self._rows(batch)

    def _rows(self, batch):
        state = self.request.GET.get("state", "")
        rows = batch.rows.all()
        rows = rows.filter(state=state) if state in batch.counts else rows
        page = Paginator(rows, ROWS_A_PAGE).get_page(self.request.GET.get("page"))
        return {
            "page_obj": page,
            "is_paginated": page.has_other_pages(),
            "rows": [shown_row(row, batch.is_open) for row in page.object_list],
            "tabs": tabs(batch.counts, state),
            "state": state,
            "errors": batch.counts.get(ERROR, 0),
            "importable": sum(batch.counts.get(each, 0) for each in ("new", "changed", "warning")),
            "here": self.request.get_full_path(),
        }


class BatchFormMixin(FormActionMixin):
    """A form about a file that is open to the user."""

    template_name = "form_page.html"

    def dispatch(self, request, *args, **kwargs):
        self.batch = self.get_batch()
        return super().dispatch(request, *args, **kwargs)

    def get_batch(self):
        return get_editable_or_deny(ImportBatch.objects, self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            batch=self.batch, cancel_url=detail_url(self.batch), **kwargs
        )

    def get_success_url(self):
        return detail_url(self.batch)


class ImportColumns(BatchFormMixin, FormView):
    """Which column is which (对应列)."""

    form_class = ColumnsForm
    template_name = "members/import_columns.html"

    def get(self, request, *args, **kwargs):
        if not self.batch.reading or self.batch.is_at_work:
            return redirect(detail_url(self.batch))
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        return (
            self.get(request) if not self.batch.reading else super().post(request, *args, **kwargs)
        )

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"batch": self.batch}

    def act(self, form):
        given = form.cleaned_data
        imports.choose_columns(
            self.batch,
            mapping=form.mapping(),
            sheet=given["sheet"],
            organization=given["organization"],
            by=self.request.user,
        )
        return self.batch

    def form_valid(self, form):
        answer = super().form_valid(form)
        proceed(self.batch)
        return answer


class ImportRowEdit(BatchFormMixin, FormView):
    """The cells of one line, put right in place (更正一行)."""

    form_class = RowForm
    template_name = "members/import_row.html"

    def get_batch(self):
        rows = ImportRow.objects.select_related("batch")
        self.row = get_editable_or_deny(rows, self.request.user, pk=self.kwargs["pk"])
        return self.row.batch

    def get_template_names(self):
        return ["members/_import_row_form.html"] if self.request.htmx else [self.template_name]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"row": self.row}

    def get_context_data(self, **kwargs):
        return super().get_context_data(row=self.row, **kwargs)

    def act(self, form):
        if changed := form.changed_cells():
            imports.correct(self.batch, self.row.number, changed, by=self.request.user)
        return self.batch

    def get_success_url(self):
        state = self.request.GET.get("state", "")
        page = self.request.GET.get("page", "")
        kept = {name: value for name, value in (("state", state), ("page", page)) if value}
        return f"{detail_url(self.batch, **kept)}#row-{self.row.number}"


def _step(request, pk, action, done="", **facts):
    batch = get_editable_or_deny(ImportBatch.objects.defer("source"), request.user, pk=pk)
    answer = take_step(request, action, batch, done=done, to=detail_url(batch), **facts)
    proceed(batch)
    return answer


@require_POST
def import_confirm(request, pk):
    return _step(request, pk, imports.confirm, skip_errors="skip_errors" in request.POST)


@require_POST
def import_undo(request, pk):
    return _step(request, pk, imports.undo)


@require_POST
def import_discard(request, pk):
    batch = get_editable_or_deny(ImportBatch.objects.defer("source"), request.user, pk=pk)
    after = reverse("members:import-list")
    return take_step(request, imports.discard, batch, done=_("已放弃这份文件。"), to=after)


@require_POST
def import_accept(request, pk):
    """A misspelt organization, put right on every line at once."""
    batch = get_editable_or_deny(ImportBatch.objects.defer("source"), request.user, pk=pk)
    form = AcceptForm(request.POST, user=request.user)
    if not form.is_valid():
        messages.error(request, _("没有改：请刷新后再试。"))
        return redirect(detail_url(batch))
    given = form.cleaned_data
    words = {"typed": given["typed"], "name": given["organization"].name}
    return take_step(
        request,
        imports.accept_name,
        batch,
        done=_("已把“%(typed)s”都改为“%(name)s”。") % words,
        to=detail_url(batch),
        **given,
    )


@require_POST
def import_leave_out(request, pk):
    rows = ImportRow.objects.select_related("batch")
    row = get_editable_or_deny(rows, request.user, pk=pk)
    return take_step(
        request,
        imports.leave_out,
        row.batch,
        done=_("第 %(number)d 行不导入了。") % {"number": row.number},
        to=detail_url(row.batch),
        number=row.number,
    )


@require_GET
def import_failed(request, pk):
    """The lines with errors, and why, to be put right in Excel."""
    batch = get_editable_or_deny(ImportBatch.objects.defer("source"), request.user, pk=pk)
    file = BytesIO()
    mapping = batch.reading.get("mapping", {})
    names = list(dict.fromkeys([*mapping.values(), "organization"]))
    headers = {name: str(LABELS[name]) for name in names}
    number = write_failed(file, headers, batch.rows.filter(state=ERROR).iterator(500))
    exporting.record_export(request.user, _("未导入的行"), number, batch=batch.pk)
    name = _("未导入的行") + f"-{batch.pk}.xlsx"
    return file_response(file, name, exporting.CONTENT_TYPE)


@require_GET
def import_template(request):
    file = BytesIO()
    places = Organization.objects.current().branches().editable_by(request.user)
    first = places.values_list("name", flat=True).first()
    write_template(file, first or _("示例党支部"))
    return file_response(file, _("党员名册模板") + ".xlsx", exporting.CONTENT_TYPE)

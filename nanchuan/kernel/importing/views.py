"""The pages of a kind of list that comes in: upload, look, put right, confirm; take back."""

from io import BytesIO
from urllib.parse import urlencode

from django.contrib import messages
from django.core.paginator import Paginator
from django.db import transaction
from django.shortcuts import redirect
from django.urls import path
from django.utils.translation import gettext as _
from django.views.generic import DetailView, FormView, ListView, View

from nanchuan.kernel import exporting
from nanchuan.kernel.importing import staging, working
from nanchuan.kernel.importing.forms import AcceptForm, ColumnsForm, RowForm, UploadForm
from nanchuan.kernel.importing.importers import Importer
from nanchuan.kernel.importing.lines import ERROR
from nanchuan.kernel.importing.models import ImportBatch, ImportRow
from nanchuan.kernel.importing.sheets import write_failed
from nanchuan.kernel.importing.shown import shown_row, tabs
from nanchuan.kernel.views import (
    FormActionMixin,
    ScopedMixin,
    file_response,
    get_editable_or_deny,
    take_step,
)

ROWS_A_PAGE = 50


def addresses(importer: Importer, at: str) -> list:
    """The URLs of a kind of list, below an address that ends with a slash."""
    noun = importer.prefix.rpartition(":")[2]
    views = {
        "list": ("", ImportList),
        "create": ("create/", ImportCreate),
        "template": ("template/", ImportTemplate),
        "detail": ("<int:pk>/", ImportDetail),
        "columns": ("<int:pk>/columns/", ImportColumns),
        "accept": ("<int:pk>/accept/", ImportAccept),
        "confirm": ("<int:pk>/confirm/", ImportConfirm),
        "undo": ("<int:pk>/undo/", ImportUndo),
        "discard": ("<int:pk>/discard/", ImportDiscard),
        "failed": ("<int:pk>/failed/", ImportFailed),
        "row": ("rows/<int:pk>/", ImportRowEdit),
        "leave-out": ("rows/<int:pk>/leave-out/", ImportLeaveOut),
    }
    return [
        path(f"{at}{below}", view.as_view(importer=importer), name=f"{noun}-{verb}")
        for verb, (below, view) in views.items()
    ]


def proceed(batch: ImportBatch) -> None:
    """The next step of a short file is done at once, that of a long one by the worker."""
    batch.refresh_from_db()
    if not batch.is_at_work:
        return
    if staging.is_short(batch):
        working.work(batch)
    else:
        transaction.on_commit(working.Worker.ring)


class OfImporter:
    """A page of one kind of list; files of another kind are not found here."""

    importer: Importer = None

    def batches(self):
        return ImportBatch.objects.filter(kind=self.importer.kind)

    def rows(self):
        return ImportRow.objects.filter(batch__kind=self.importer.kind).select_related("batch")

    def own_batch(self, pk) -> ImportBatch:
        return get_editable_or_deny(self.batches().defer("source"), self.request.user, pk=pk)

    def detail_url(self, batch, **query) -> str:
        url = self.importer.url("detail", batch.pk)
        return f"{url}?{urlencode(query)}" if query else url

    def get_context_data(self, **kwargs):
        importer = self.importer
        return super().get_context_data(importer=importer, urls=importer.urls, **kwargs)


class ImportList(OfImporter, ScopedMixin, ListView):
    """Files that came in, newest first (导入记录)."""

    template_name = "importing/list.html"
    paginate_by = 25

    def get_queryset(self):
        rows = self.batches().select_related("by").defer("source", "reading", "notice")
        self.queryset = rows
        return super().get_queryset()

    def paginate_queryset(self, queryset, page_size):
        page = self.get_paginator(queryset, page_size).get_page(self.request.GET.get("page"))
        return page.paginator, page, page.object_list, page.has_other_pages()


class ImportCreate(OfImporter, FormActionMixin, FormView):
    """A file is chosen (导入)."""

    form_class = UploadForm
    template_name = "importing/form.html"

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()  # reads the request: oversized files are known then
        oversized = getattr(self.request, "oversized_files", ())
        return kwargs | {"oversized": oversized, "importer": self.importer}

    def act(self, form):
        file, kind = form.cleaned_data["file"], self.importer.kind
        return staging.upload(file.read(), file.name, kind=kind, by=self.request.user)

    def form_valid(self, form):
        answer = super().form_valid(form)
        if made := getattr(self, "object", None):
            proceed(made)
        return answer

    def get_success_url(self):
        return self.detail_url(self.object)


class ImportDetail(OfImporter, ScopedMixin, DetailView):
    """Progress, preview or result, whatever the file has come to."""

    template_name = "importing/detail.html"
    context_object_name = "batch"

    def get_queryset(self):
        self.queryset = self.batches().select_related("by", "asked_by").defer("source")
        return super().get_queryset()

    def get_template_names(self):
        if self.request.htmx and not self.request.htmx.boosted:
            part = "_progress" if self.object.is_at_work else "_rows"
            return [f"importing/{part}.html"]
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
            silent = not batch.lease_until and working.Worker.is_silent()
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
            "rows": [shown_row(self.importer, row, batch.is_open) for row in page.object_list],
            "tabs": tabs(batch.counts, state),
            "state": state,
            "errors": batch.counts.get(ERROR, 0),
            "importable": sum(batch.counts.get(each, 0) for each in ("new", "changed", "warning")),
            "here": self.request.get_full_path(),
        }


class BatchFormMixin(OfImporter, FormActionMixin):
    """A form about a file that is open to the user."""

    def dispatch(self, request, *args, **kwargs):
        self.batch = self.get_batch()
        return super().dispatch(request, *args, **kwargs)

    def get_batch(self):
        return get_editable_or_deny(self.batches(), self.request.user, pk=self.kwargs["pk"])

    def get_context_data(self, **kwargs):
        return super().get_context_data(
            batch=self.batch, cancel_url=self.detail_url(self.batch), **kwargs
        )

    def get_success_url(self):
        return self.detail_url(self.batch)


class ImportColumns(BatchFormMixin, FormView):
    """Which column is which (对应列)."""

    form_class = ColumnsForm
    template_name = "importing/columns.html"

    def get(self, request, *args, **kwargs):
        if not self.batch.reading or self.batch.is_at_work:
            return redirect(self.detail_url(self.batch))
        return super().get(request, *args, **kwargs)

    def post(self, request, *args, **kwargs):
        return (
            self.get(request) if not self.batch.reading else super().post(request, *args, **kwargs)
        )

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"batch": self.batch}

    def act(self, form):
        given = form.cleaned_data
        staging.choose_columns(
            self.batch,
            mapping=form.mapping(),
            sheet=given["sheet"],
            place=given["place"],
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
    template_name = "importing/row.html"

    def get_batch(self):
        self.row = get_editable_or_deny(self.rows(), self.request.user, pk=self.kwargs["pk"])
        return self.row.batch

    def get_template_names(self):
        return ["importing/_row_form.html"] if self.request.htmx else [self.template_name]

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"row": self.row}

    def get_context_data(self, **kwargs):
        return super().get_context_data(row=self.row, **kwargs)

    def act(self, form):
        if changed := form.changed_cells():
            staging.correct(self.batch, self.row.number, changed, by=self.request.user)
        return self.batch

    def get_success_url(self):
        state = self.request.GET.get("state", "")
        page = self.request.GET.get("page", "")
        kept = {name: value for name, value in (("state", state), ("page", page)) if value}
        return f"{self.detail_url(self.batch, **kept)}#row-{self.row.number}"


class Verb(OfImporter, View):
    """Something is done to a file, or to a line of it."""

    def step(self, action, done="", **facts):
        batch = self.own_batch(self.kwargs["pk"])
        to = self.detail_url(batch)
        answer = take_step(self.request, action, batch, done=done, to=to, **facts)
        proceed(batch)
        return answer


class ImportConfirm(Verb):
    def post(self, request, pk):
        return self.step(staging.confirm, skip_errors="skip_errors" in request.POST)


class ImportUndo(Verb):
    def post(self, request, pk):
        return self.step(staging.undo)


class ImportDiscard(Verb):
    def post(self, request, pk):
        after = self.importer.url("list")
        done = _("已放弃这份文件。")
        return take_step(request, staging.discard, self.own_batch(pk), done=done, to=after)


class ImportAccept(Verb):
    """A misspelt place, put right on every line at once."""

    def post(self, request, pk):
        batch = self.own_batch(pk)
        form = AcceptForm(request.POST, importer=self.importer, user=request.user)
        if not form.is_valid():
            messages.error(request, _("没有改：请刷新后再试。"))
            return redirect(self.detail_url(batch))
        given = form.cleaned_data
        words = {"typed": given["typed"], "name": given["place"].name}
        return take_step(
            request,
            staging.accept_name,
            batch,
            done=_("已把“%(typed)s”都改为“%(name)s”。") % words,
            to=self.detail_url(batch),
            **given,
        )


class ImportLeaveOut(Verb):
    def post(self, request, pk):
        row = get_editable_or_deny(self.rows(), request.user, pk=pk)
        return take_step(
            request,
            staging.leave_out,
            row.batch,
            done=_("第 %(number)d 行不导入了。") % {"number": row.number},
            to=self.detail_url(row.batch),
            number=row.number,
        )


class ImportFailed(OfImporter, View):
    """The lines with errors, and why, to be put right in Excel."""

    def get(self, request, pk):
        batch, importer, file = self.own_batch(pk), self.importer, BytesIO()
        mapping = batch.reading.get("mapping", {})
        names = list(dict.fromkeys([*mapping.values(), importer.place]))
        rows = batch.rows.filter(state=ERROR).iterator(500)
        number = write_failed(file, importer, names, rows)
        exporting.record_export(request.user, _("未导入的行"), number, batch=batch.pk)
        name = _("未导入的行") + f"-{batch.pk}.xlsx"
        return file_response(file, name, exporting.CONTENT_TYPE)


class ImportTemplate(OfImporter, View):
    def get(self, request):
        file = BytesIO()
        title = self.importer.write_template(file, request.user)
        return file_response(file, f"{title}.xlsx", exporting.CONTENT_TYPE)

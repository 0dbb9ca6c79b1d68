"""Pieces that every page is made of."""

import logging
from collections.abc import Callable
from tempfile import TemporaryFile

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.cache import patch_cache_control
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from nanchuan.kernel import events, exporting, papers, readers
from nanchuan.kernel.models import FormToken
from nanchuan.kernel.paging import LongPaginator
from nanchuan.kernel.states import StepRefused

logger = logging.getLogger(__name__)


class ScopedMixin:
    """Generic views that show a user only what that user may see.

    Rows know `is_editable`, where the page asks for it (`marked`).
    """

    marked = True

    def get_queryset(self):
        user = self.request.user
        rows = super().get_queryset().visible_to(user)
        return rows.marked_for(user) if self.marked else rows


class KeptScopeMixin:
    """Like ScopedMixin, for rows whose scope asks only what a person holds, and the day."""

    def get_queryset(self):
        return readers.rows_of(self.queryset.model, self.request.user)


class FoundMixin:
    """A detail page whose row is found by a prepared statement (`readers.finder`), within the
    reader's scope and knowing `is_editable`."""

    find: Callable

    def get_object(self, queryset=None):
        found = type(self).find(self.request.user, self.kwargs["pk"])
        if found is None:
            raise Http404
        return found


class HistoryMixin:
    """A detail page that ends with who, when and what."""

    def get_context_data(self, **kwargs):
        return super().get_context_data(history=events.latest(self.object), **kwargs)


class PartialMixin:
    """Answer htmx with the partial that the full page itself includes."""

    partial_template_name: str

    def get_template_names(self):
        if self.request.htmx and not self.request.htmx.boosted:
            return [self.partial_template_name]
        return super().get_template_names()


class FilteredMixin(PartialMixin):
    """A list with a FilterSet: `filter`, the rows it leaves, and their number as `row_count`.

    Unknown or impossible filter values show the form's own sentence and all rows.
    """

    filterset_class = None
    paginate_by = 25
    marked = False  # lines of a list lead to the page that offers what will work

    def get_queryset(self):
        rows = super().get_queryset()
        self.filter = self.filterset_class(self.request.GET, queryset=rows, request=self.request)
        return self.filtered()

    def filtered(self):
        return self.filter.qs

    def paginate_queryset(self, queryset, page_size):
        """A page beyond the last shows the last, as after a filter that leaves fewer rows."""
        paginator = self.get_paginator(queryset, page_size)
        page = paginator.get_page(self.request.GET.get("page"))
        return paginator, page, page.object_list, page.has_other_pages()

    def get_context_data(self, **kwargs):
        context = super().get_context_data(filter=self.filter, **kwargs)
        return context | {"row_count": context["paginator"].count}


class DressedMixin:
    """A list whose rows are first found and then dressed with what their line shows.

    A database counts and skips bare rows quickly, but would work out the subqueries of
    every row that it skips. Stands left of FilteredMixin; subclasses write `dress(rows)`.
    """

    def dress(self, rows):
        raise NotImplementedError

    def get_paginator(self, *args, **kwargs):
        if issubclass(self.paginator_class, LongPaginator):
            kwargs.setdefault("exact", self.request.GET.get("count") == "all")
        return super().get_paginator(*args, **kwargs)

    def paginate_queryset(self, queryset, page_size):
        paginator, page, rows, more = super().paginate_queryset(queryset, page_size)
        keys = rows if isinstance(rows, list) else list(rows.values_list("pk", flat=True))
        page.object_list = self.dressed(queryset, keys)
        return paginator, page, page.object_list, more

    def dressed(self, queryset, keys):
        """Found within the reader's scope, the rows need not be judged a second time."""
        rows = self.dress(queryset.model._default_manager.filter(pk__in=keys))
        return sorted(rows.order_by(), key=lambda row: keys.index(row.pk))


class FormActionMixin:
    """A form page that ends in one action; a double click makes one row.

    Subclasses write `act(form) -> object`. The token of the form and the action share a
    transaction: the second of two clicks waits for the first, then follows it.
    """

    success_message = ""

    def post(self, request, *args, **kwargs):
        """The first of two clicks on a record may have taken it out of the sender's reach."""
        if kwargs and (answer := self.first_answer()):
            return answer
        return super().post(request, *args, **kwargs)

    def form_valid(self, form):
        try:
            with transaction.atomic():
                token = FormToken.objects.create(token=form.cleaned_data["once"])
                self.object = self.act(form)
                token.url = self.get_success_url()
                token.save(update_fields=["url"])
        except StepRefused as refusal:
            form.add_error(None, str(refusal))
            return self.form_invalid(form)
        except IntegrityError as broken:
            # The second of two clicks, or else a rule of the database, broken in between.
            logger.warning("refused by %s", _constraint(broken))
            form.add_error(None, _("与刚刚保存的其他内容冲突，这次没有保存。请核对后再试。"))
            return self.form_invalid(form)
        if self.success_message:
            messages.success(self.request, self.success_message % {"object": self.object})
        return redirect(token.url)

    def form_invalid(self, form):
        """What was sent before is not judged again: its own row would be in its way."""
        return self.first_answer() or super().form_invalid(form)

    def first_answer(self):
        """Where the first of two clicks led; None before it."""
        sent = _sent(self.request.POST.get("once", ""))
        return redirect(sent.url) if sent else None

    def get_success_url(self):
        return self.object.get_absolute_url()

    def get_form_kwargs(self):
        return super().get_form_kwargs() | {"user": self.request.user}


class UploadMixin(FormActionMixin):
    """The form knows which files were dropped while they arrived (`uploads.QuotaHandler`), and
    the page says that chosen files have to be chosen again."""

    def get_form_kwargs(self):
        kwargs = super().get_form_kwargs()  # reads the request: oversized files are known then
        return kwargs | {"oversized": getattr(self.request, "oversized_files", ())}

    def get_context_data(self, **kwargs):
        dropped = self.request.method == "POST" and bool(self.request.FILES)
        return super().get_context_data(files_dropped=dropped, **kwargs)


def _constraint(error: IntegrityError) -> str:
    """The rule that was broken, without the values that broke it."""
    told = getattr(error.__cause__, "diag", None)
    return (told and told.constraint_name) or str(error)


def _sent(token) -> FormToken | None:
    try:
        return FormToken.objects.filter(token=token).first()
    except ValidationError:  # not a token at all: the form says so
        return None


def get_editable_or_deny(queryset, user, **lookup):
    """404 for what the user cannot see, 403 for what the user can only see."""
    found = get_object_or_404(queryset.visible_to(user).marked_for(user), **lookup)
    if not found.is_editable:
        raise PermissionDenied
    return found


def take_step(request, action, subject, *, done: str = "", to=None, **facts):
    """Answer a verb: call the action, say what happened or why not, go back to the record."""
    try:
        action(subject, by=request.user, **facts)
    except StepRefused as refusal:
        messages.error(request, str(refusal))
    else:
        if done:
            messages.success(request, done)
    after = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(after, {request.get_host()}, request.is_secure())
    if is_ours and after.startswith("/"):  # any other word would be looked up as a view's name
        return redirect(after)
    return redirect(to or subject)


class ExportedMixin:
    """A list that `?export=xlsx` answers as a file: exactly the rows that its filter leaves.

    Subclasses name the file and its columns; whatever is personal comes masked from there.
    With `on_paper` there is `?export=docx` too, a table on A4 sheets.
    """

    export_name = ""
    on_paper = False
    numbered_paper = True

    def export_columns(self) -> list[exporting.Column]:
        raise NotImplementedError

    def get(self, request, *args, **kwargs):
        answers = {"xlsx": self.as_sheet} | ({"docx": self.as_paper} if self.on_paper else {})
        answer = answers.get(request.GET.get("export"))
        if answer is None:
            return super().get(request, *args, **kwargs)
        try:
            return answer()
        except StepRefused as refusal:
            messages.error(request, str(refusal))
            query = request.GET.copy()
            del query["export"]
            return redirect(f"{request.path}?{query.urlencode()}")

    def get_context_data(self, **kwargs):
        return super().get_context_data(on_paper=self.on_paper, **kwargs)

    def dress_export(self, rows):
        """Rows with all that their columns show."""
        return self.dress(rows) if hasattr(self, "dress") else rows

    def export_rows(self, most):
        return exporting.limited(self.dress_export(self.get_queryset()), most)

    def as_sheet(self):
        rows, columns, by = (
            self.export_rows(exporting.MOST_ROWS),
            self.export_columns(),
            self.request.user,
        )
        file = TemporaryFile()  # noqa: SIM115 - closed by the response
        number = exporting.write_xlsx(
            file, title=self.export_name, columns=columns, rows=rows, by=by
        )
        exporting.record_export(by, self.export_name, number, self._filters())
        name = f"{self.export_name}-{timezone.localdate():%Y%m%d}.xlsx"
        return file_response(file, name, exporting.CONTENT_TYPE)

    def as_paper(self):
        rows, by = self.export_rows(papers.MOST_ROWS), self.request.user
        sheet = papers.Paper(self.export_name, landscape=True, by=by)
        number = sheet.rows(self.export_columns(), rows, numbered=self.numbered_paper)
        exporting.record_export(by, self.export_name, number, self._filters(), form="docx")
        return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)

    def _filters(self):
        return [name for name, value in self.request.GET.items() if value and name != "export"]


def paper_response(sheet: papers.Paper, *, subject, by, paper):
    """Hand out a paper about a record, and keep in its history that it was taken out.

    `paper` is what kind of paper it is, without any name.
    """
    events.record("paper.exported", subject=subject, by=by, paper=str(paper))
    return file_response(sheet.file(), sheet.file_name, papers.CONTENT_TYPE)


def file_response(file, name, content_type):
    """A file to keep, that no cache on the way keeps too."""
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    response["Cache-Control"] = "no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


def photo_response(field, name):
    """A JPEG of our own making, to look at; only the browser of who saw it keeps it for a day."""
    try:
        file = field.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = FileResponse(file, content_type="image/jpeg", filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    patch_cache_control(response, private=True, max_age=86400)
    return response


def stored_response(field, name, content_type):
    """A file that somebody uploaded, to keep: never shown by the browser as a page of ours."""
    try:
        file = field.open("rb")
    except FileNotFoundError:
        raise Http404 from None
    response = file_response(file, name, content_type)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response

"""How those stand to whom a circular went: the live table, its figures, and what came back."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.generic import ListView

from nanchuan.circulars import collecting
from nanchuan.circulars.figures import figures
from nanchuan.circulars.forms.filters import AddresseeFilterSet
from nanchuan.circulars.models import Addressee, Circular, Extension
from nanchuan.kernel import events, exporting, roles
from nanchuan.kernel.states import StepRefused
from nanchuan.kernel.views import ExportedMixin, FilteredMixin, file_response

MOST_ASKED = 90  # times that an open page looks by itself: a quarter of an hour
ZIP = "application/zip"


class CircularTable(ExportedMixin, FilteredMixin, ListView):
    """One row for each that the reader sees; it looks anew by itself for a while."""

    model = Addressee
    filterset_class = AddresseeFilterSet
    template_name = "circulars/circular_table.html"
    partial_template_name = "circulars/_addressee_table.html"
    paginate_by = 100

    @cached_property
    def circular(self):
        rows = Circular.objects.visible_to(self.request.user)
        return get_object_or_404(rows, pk=self.kwargs["pk"])

    @cached_property
    def all_rows(self):
        return Addressee.objects.visible_to(self.request.user).filter(circular=self.circular)

    @property
    def queryset(self):
        return self.all_rows.select_related("circular").order_by("order", "pk")

    @property
    def export_name(self):
        return _("办理情况-%(title)s") % {"title": collecting.safe(self.circular.title)}

    def export_columns(self):
        return collecting.columns(self.circular)

    def dress_export(self, rows):
        return collecting.with_answers(rows)

    def get_context_data(self, **kwargs):
        looked = self.request.GET.get("looked", "")
        looked = int(looked) + 1 if looked.isdecimal() and len(looked) < len("1000") else 1
        context = super().get_context_data(**kwargs)
        rows = context["object_list"]
        asked = Extension.objects.filter(addressee__in=rows, status=Extension.Status.ASKED)
        asked = set(asked.values_list("addressee", flat=True))
        for row in rows:
            row.is_asking = row.pk in asked
        return context | {
            "circular": self.circular,
            "figures": figures(self.circular, self.all_rows),
            "looked": looked if self.circular.is_running and looked <= MOST_ASKED else None,
            "has_stopped": looked > MOST_ASKED,
            "is_office": roles.has_role(self.request.user, roles.STAFF),
            "now": timezone.now(),
        }


def circular_files(request, pk):
    """Everything that was handed in, of the rows that the filter leaves, as one archive."""
    circular = get_object_or_404(Circular.objects.visible_to(request.user), pk=pk)
    rows = Addressee.objects.visible_to(request.user).filter(circular=circular)
    narrowed = AddresseeFilterSet(request.GET, queryset=rows, request=request).qs
    narrowed = narrowed.order_by("order", "pk")
    try:
        file, number = collecting.archive(collecting.with_answers(narrowed))
    except StepRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("circulars:circular-table", pk=pk)
    name = f"{collecting.safe(circular.number)}-{timezone.localdate():%Y%m%d}.zip"
    exporting.record_export(request.user, circular.title, number, request.GET, form="zip")
    events.record("circular.collected", subject=circular, by=request.user, files=number)
    return file_response(file, name, ZIP)
